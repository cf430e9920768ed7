#!/bin/sh
# layers.sh OBJECT...: holds the walls of the house.
# 1. Who may include whom: base <- core <- {net, store, ui, gate, sim} <- app. Siblings never see
#    each other, and the core's files include no system header that brings the outside in.
# 2. What base and core call (the objects given): nothing that opens, sends, sleeps, asks the time,
#    starts a thread or draws random numbers. The list below is all there is. base/tcp alone asks the
#    system, for net and gate, which may not see each other; the core may not include it.
#    base/tr alone calls gettext, and the core only marks texts: it never calls base/tr.
set -u
cd "$(dirname "$0")/.." || exit 1
bad=0

allowed_layers() {
    case $1 in
    base) echo "base" ;;
    core) echo "base core" ;;
    net | store | ui | gate | sim) echo "base core $1" ;;
    app) echo "base core net store ui gate app" ;;
    *) echo "" ;;
    esac
}

for file in src/*/*.[ch]; do
    layer=${file#src/}
    layer=${layer%%/*}
    allowed=" $(allowed_layers "$layer") "
    for seen in $(sed -n 's/^[[:space:]]*#[[:space:]]*include "\(.*\)".*/\1/p' "$file"); do
        case $seen in
        ../* | [!/]*/*/*) echo "$file: \"$seen\" is not named by layer" && bad=1 ;;
        base/tcp.h)
            case $layer in
            base | net | gate | app) ;;
            *) echo "$file: $layer may not include \"$seen\"" && bad=1 ;;
            esac ;;
        */*) case $allowed in
            *" ${seen%%/*} "*) ;;
            *) echo "$file: $layer may not include \"$seen\"" && bad=1 ;;
            esac ;;
        *) echo "$file: \"$seen\" is not named by layer" && bad=1 ;;
        esac
    done
done

headers='<(assert|ctype|errno|inttypes|limits|sodium|stdalign|stdarg|stdbool|stddef|stdint|stdio|stdlib|string|utf8proc|sanitizer/asan_interface)\.h>'
if grep -En '^[[:space:]]*#[[:space:]]*include <' src/base/*.[ch] src/core/*.[ch] |
    grep -v '^src/base/tcp\.[ch]:' | grep -v '^src/base/tr\.c:.*<libintl\.h>' | grep -Ev "include $headers"; then
    echo "base and core may not include these" && bad=1
fi

# Pure functions of libc, libsodium and utf8proc; what the compiler itself adds. sodium_malloc is malloc
# with a guard, of which sodium_init draws a random mark that decides nothing.
pure='(mem(chr|cmp|cpy|move|set)|str(chr|rchr|cmp|cpy|len|ncmp|nlen|spn|cspn|str|toul|toull)'
pure="$pure"'|malloc|calloc|realloc|free|qsort|bsearch|abort'
pure="$pure"'|crypto_[a-z0-9_]+|sodium_(memcmp|memzero|increment|compare|is_zero|malloc|free|init)|utf8proc_[a-z_]+'
pure="$pure"'|_GLOBAL_OFFSET_TABLE_|_?_stack_chk_(fail|guard)|__mem(cpy|move|set)_chk|__isoc23_strtoul|__isoc23_strtoull)'
# Sentences are made with printf in two files, and one of them prints its last to stderr.
words='_*v?(snprintf|fprintf)(_chk)?|strerror(_r)?|__xpg_strerror_r|stderr|__stderrp'

# What base and core give each other is no call to the outside.
known=$(nm -g --defined-only "$@" | awk 'NF == 3 {print $3}')
for object in "$@"; do
    case $object in
    */base/check.o | */base/error.o) list="$pure|$words" ;;
    */base/tr.o) list="$pure|(libintl_)?(dc?n?gettext|bindtextdomain|bind_textdomain_codeset)" ;;
    */base/tcp.o) list="$pure|getpeername|getsockopt|ioctl" ;;
    *) list=$pure ;;
    esac
    for symbol in $(nm -u "$object" | awk 'NF == 2 {print $2}'); do
        case $symbol in
        # These draw random numbers behind a pure name; randomness comes in as core_config.seed.
        crypto_*_seed_keypair) continue ;;
        crypto_*keypair | crypto_*keygen) ;;
        *)
            printf '%s\n' "$symbol" | grep -Eqx "$list" && continue
            case $object:$symbol in */core/*:tr | */core/*:tr_*) ;; *)
                printf '%s\n' "$known" | grep -Fqx "$symbol" && continue ;;
            esac ;;
        esac
        echo "$object: calls $symbol, which base and core may not" && bad=1
    done
done
exit $bad
