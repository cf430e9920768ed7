#!/bin/sh
# po.sh [FILE]: collects the texts that are marked in the code into po/fika.pot (or FILE), and brings
# each po/LANGUAGE.po up to date with it: what is new is there empty, what changed is marked fuzzy, what
# is gone is dropped.
# po.py says whether anything is left to do.
set -eu
cd "$(dirname "$0")/.."
pot=${1:-po/fika.pot}
ls src/base/*.[ch] src/core/*.[ch] src/net/*.[ch] src/store/*.[ch] src/ui/*.[ch] src/gate/*.[ch] \
    src/app/*.[ch] | LC_ALL=C sort >"$pot.files"
trap 'rm -f "$pot.files"' EXIT
# refuse() and options_refuse() are printf's kin.
xgettext --language=C --from-code=UTF-8 --files-from="$pot.files" --output="$pot" \
    --keyword --keyword=_ --keyword=N_ --keyword=tr_plural:1,2 \
    --flag=_:1:pass-c-format --flag=N_:1:pass-c-format --flag=tr_plural:1:pass-c-format \
    --flag=tr_plural:2:pass-c-format --flag=options_refuse:2:c-format --flag=refuse:3:c-format \
    --add-comments='No text:' --no-location --no-wrap \
    --package-name=fika --copyright-holder='the authors of fika' --msgid-bugs-address='the issues of the project'
# A date would change the file each time.
sed -i.before '/^"POT-Creation-Date:/d' "$pot" && rm -f "$pot.before"
[ $# -eq 0 ] || exit 0
for po in po/*.po; do
    msgmerge --quiet --update --backup=none --no-wrap --no-location "$po" "$pot"
    msgattrib --no-obsolete --no-wrap --output-file="$po" "$po"
done
