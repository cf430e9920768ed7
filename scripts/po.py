#!/usr/bin/python3
"""Says what is missing for all texts to be translated, one line each, and ends with 1 then.

1. po/fika.pot and the translations hold exactly what is marked in the code (make po).
2. Every translation of a language is there, not fuzzy, and has the same places ({nick}, %s), number
   of forms, and blanks at its ends as the original.
3. Nothing that looks like a sentence stands in the code unmarked.
"""

import os
import re
import subprocess
import sys
import tempfile

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
os.chdir(ROOT)
wrong = []

STRING = r'"(?:[^"\\\n]|\\.)*"'
# What programs read, and what goes into the log of the node or to who repairs fika.
NOT_TEXTS = {
    "src/app/archive.c": ["fika history 1", "channel %s\\n", "run %s\\n"],  # the file format
    "src/base/check.c": ["fika: this should not happen: %s (%s:%d)\\n"],  # for who repairs it
    "src/net/zap.c": ["malformed request"],  # for libzmq
    "src/store/keyring.c": ["fika network passphrase"],  # a salt
    "src/ui/editor.c": ["%s/fika", "%s/text-XXXXXX"],
    "src/ui/outside.c": None,  # what a shell reads
    "src/app/sandbox.c": None,  # paths, and words of the system
    "src/ui/heed.c": None,  # the format of its file
    "src/ui/notice.c": ["fika"],  # a name
    "src/ui/ring.c": None,  # what terminals read
    "src/ui/theme.c": None,  # the format of themes
    "src/ui/title.c": ["fika%s%s%s"],  # a name
    "src/ui/welcome.c": ["    fika ", "    fika --network @FILE "],  # to be typed
}
# The last word before a string that goes somewhere else than to a person.
NOT_SHOWN = (
    r"frame_breaks_rules\([^;]*|emit_log\([^;]*|CHECK\([^;]*|_Static_assert\([^;]*|strn?c(ase)?cmp\([^;]*"
    r"|str(str|spn|cspn)\([^;]*|str_is\([^;]*|word_is\([^;]*|starts\([^;]*|getenv\([^;]*|#include .*"
    r"|store_execute\([^;]*|execute\([^;]*|query\([^;]*|sqlite3_\w+\([^;]*|put_(text|number|foreign|id|said)\([^;]*"
)


# Where the screen and the lines are written.
WRITES = (
    r"\b(v?snprintf|fprintf|fputs|template_add|TEMPLATE|cells_draw|pen_say|item|tui_note|lines_note"
    r"|view_note|popup_sentence|view_line_sentence|draw_rule)\([^;]*$"
)


def complain(text):
    wrong.append(text)


def catalogue(path):
    """{msgid: (msgid_plural, [msgstr ...], fuzzy)}, without the head."""
    found = {}
    with open(path, encoding="utf-8") as file:
        blocks = file.read().split("\n\n")
    for block in blocks:
        fields, name = {}, None
        for line in block.splitlines():
            start = re.match(r'(msgid|msgid_plural|msgstr(?:\[\d+\])?) "(.*)"$', line)
            if start:
                name = start.group(1)
                fields[name] = start.group(2)
            elif line.startswith('"') and name:
                fields[name] += line[1:-1]
        if fields.get("msgid"):
            forms = [v for k, v in sorted(fields.items()) if k.startswith("msgstr")]
            fuzzy = re.search(r"^#,.*\bfuzzy\b", block, re.M) is not None
            found[fields["msgid"]] = (fields.get("msgid_plural"), forms, fuzzy)
    return found


def places(text):
    """What a program fills in: names in braces, and what printf takes, in any order."""
    named = set(re.findall(r"\{(\w+)\}", text)) | set(re.findall(r"\{(\w+)\|", text))
    printf = re.findall(r"%(?:\d+\$)?[-+ #0]*(?:\*|\d+)?(?:\.(?:\*|\d+))?(?:hh?|ll?|z|j)?[a-zA-Z%]", text)
    return named, sorted(printf)


def ends(text):
    return text[: len(text) - len(text.lstrip(" "))], text[len(text.rstrip(" ")) :], text.endswith("\\n")


def check_catalogues():
    with tempfile.TemporaryDirectory() as directory:
        fresh = os.path.join(directory, "fika.pot")
        subprocess.run(["sh", "scripts/po.sh", fresh], check=True)
        marked = catalogue(fresh)
    if marked.keys() != catalogue("po/fika.pot").keys():
        complain("po/fika.pot is not what is marked in the code: run make po")
    languages = sorted(name for name in os.listdir("po") if name.endswith(".po"))
    if "sv.po" not in languages:
        complain("po/sv.po is not there")
    for name in languages:
        path = f"po/{name}"
        checked = subprocess.run(
            ["msgfmt", "--check", "-o", "/dev/null", path], capture_output=True, text=True
        )
        if checked.returncode != 0 or checked.stderr:
            complain(f"{path}: msgfmt --check says: {checked.stderr.strip()}")
        check_language(path, marked, catalogue(path))


def check_language(path, marked, done):
    with open(path, encoding="utf-8") as file:
        count = int(re.search(r"nplurals=(\d+)", file.read()).group(1))
    for text in done.keys() - marked.keys():
        complain(f"{path}: nothing says this any more: {text}")
    for text, (plural, _, _) in marked.items():
        found_plural, forms, fuzzy = done.get(text, (None, [""], False))
        if fuzzy:
            complain(f"{path}: fuzzy: {text}")
        if not forms or not all(forms):
            complain(f"{path}: not translated: {text}")
            continue
        if plural != found_plural:
            complain(f"{path}: another plural than in the code: {text}")
        for form in forms:
            if places(form) != places(text):
                complain(f"{path}: other places than in the original: {form}")
            if any(place.count("|") != count for place in re.findall(r"\{\w+\|[^}]*\}", form)):
                complain(f"{path}: not one form for each of its {count}: {form}")
            if ends(form) != ends(text):
                complain(f"{path}: other blanks at its ends than in the original: {form!r}")


def blanked(code, kept):
    """The same length, with blanks for comments, characters and strings but those that are kept."""
    pattern = re.compile(STRING + r"|'(?:[^'\\\n]|\\.)*'|/\*.*?\*/|//[^\n]*|\\\n", re.S)
    return pattern.sub(
        lambda m: m.group() if m.group()[0] == kept else re.sub(r"[^\n]", " ", m.group()), code
    )


def is_sentence(text):
    """Two words of letters with a blank between; not a format, a key or a path."""
    text = re.sub(r"\{\w+\}|%[-+ #0]*[\d.*]*(?:ll|z|l)?[a-zA-Z]|\\.", "", text)
    return re.search(r"[a-z]{2,}[,;:]? [(]?[a-z]{2,}", text) is not None


def is_word(text):
    """One word will do, where it is said that it is written for a person."""
    text = text.removeprefix("fika: ")
    text = re.sub(r"\{\w+\}|%[-+ #0]*[\d.*]*(?:ll|z|l)?[a-zA-Z]|\\.", "", text)
    return re.search(r"\b[a-z]{3,}\b", text) is not None


def layer_shows(path):
    return path.startswith("src/ui/") and not path.startswith("src/ui/json")


def check_code():
    for layer in ("base", "core", "net", "store", "ui", "gate", "app"):
        for name in sorted(os.listdir(f"src/{layer}")):
            path = f"src/{layer}/{name}"
            if name.endswith((".c", ".h")) and path != "src/store/schema.h":
                check_file(path)


def check_file(path):
    with open(path, encoding="utf-8") as file:
        code = file.read()
    bare, code = blanked(code, None), blanked(code, '"')
    allowed = NOT_TEXTS.get(path, [])
    for found in re.finditer(rf"{STRING}(?:\s*{STRING})*", code):
        text = "".join(part[1:-1] for part in re.findall(STRING, found.group()))
        before = bare[: found.start()]
        line = before.count("\n") + 1
        if re.search(r"(?:\b_|\bN_|\btr_plural)\($|\btr_plural\([^;]*$", before.rstrip()):
            continue
        statement = re.split(r"[;{}]", before)[-1]
        written = layer_shows(path) and re.search(WRITES, statement) and is_word(text)
        if not (is_sentence(text) or written) or allowed is None or text in allowed:
            continue
        if re.search(rf"(?:{NOT_SHOWN})$", statement, re.S) or re.match(
            r"(SELECT|INSERT|CREATE|DELETE|UPDATE|PRAGMA|ALTER|BEGIN|ROLLBACK|DROP)\b", text
        ):
            continue
        complain(f"{path}:{line}: not marked with _() or N_(): {text}")


# Each row of these tables holds texts: what stands in it unmarked must be a key or a name.
TABLES = [
    ("src/ui/told.c", r"told_templates\[\] = \{(.*?)\n\};", r"\[TOLD_\w+\] =", 1),
    ("src/ui/command.c", r"struct row rows\[\] = \{(.*?)\n\};", r"\{\{\"", 1),
    ("src/ui/keys.c", r"\} rows\[ACTION_COUNT\] = \{(.*?)\n\};", r"\] = \{\"", 1),
    ("src/ui/help.c", r"help_topic topics\[\] = \{(.*?)\n\};", r"\n    \{\"", 2),
    ("src/ui/settings.c", r"\} rows\[SETTINGS\] = \{(.*?)\n\};", r"\[SETTING_\w+\] =", 1),
    ("src/app/optiontable.c", r"option_row rows\[\] = \{(.*?)\n\};", r"\n    \{", 1),
    ("src/core/parting.c", r"TEXT\[WHY_COUNT\] = \{(.*?)\n    \};", r"\[WHY_\w+\] =", 1),
    ("src/core/lists.c", r"STATE\[\] = \{(.*?)\n    \};", r"\[LINK_\w+\] =", 1),
    ("src/gate/classic_peer.c", r"stages\[\] = \{(.*?)\n    \};", r"\[STAGE_\w+\] =", 1),
    ("src/base/error.h", r"#define ERRORS\(X\)(.*?)\nenum", r"\bX\(ERROR_\w+,", 1),
]
NO_TEXT = re.compile(r'= "\{a\}"|X\(ERROR_NONE, "%s"\)|, NULL\}')


def check_tables():
    for path, table, row, least in TABLES:
        with open(path, encoding="utf-8") as file:
            body = re.search(table, file.read(), re.S)
        if not body:
            complain(f"{path}: a table that this check looks at is gone: {table}")
            continue
        rows = re.split(rf"(?={row})", body.group(1))[1:]
        if len(rows) < 3:
            complain(f"{path}: this check does not see the rows of its table")
        for entry in rows:
            if entry.count("N_(") < least and not NO_TEXT.search(entry):
                complain(f"{path}: a row without a marked text: {entry.strip()}")


check_catalogues()
check_code()
check_tables()
for complaint in wrong:
    print(complaint)
sys.exit(1 if wrong else 0)
