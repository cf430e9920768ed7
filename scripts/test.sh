#!/bin/sh
# test.sh PART...: builds with sanitizers, runs the parts named (checks unit story sim fuzz e2e soak
# core-fuzz tsan valgrind), and ends with one line: how many passed, failed, were skipped. Quiet while all is well: what
# the programs said stands in build/test.log, and what failed is shown. A part that cannot be built
# or ends without a result counts as one failure.
set -u
cd "$(dirname "$0")/.." || exit 1
mkdir -p build
log=build/test.log
out=build/test.out
: >"$log"
make=${MAKE:-make}
unset MAKEFLAGS MAKELEVEL MFLAGS
python=/usr/bin/python3
[ -x "$python" ] || python=python3
passed=0 failed=0 skipped=0
PATH=$PATH:/usr/sbin:/sbin
export PYTHONDONTWRITEBYTECODE=1 LC_ALL=C.UTF-8 CMOCKA_MESSAGE_OUTPUT=TAP
export UBSAN_OPTIONS=print_stacktrace=1

limit=
command -v timeout >/dev/null && limit='timeout -k 5'

# Runs a command into $out and the log.
quietly() {
    "$@" >"$out" 2>&1 </dev/null
    status=$?
    { echo "== $*" && cat "$out" && echo "== status $status"; } >>"$log"
    return $status
}

fail() {
    failed=$((failed + 1))
    echo "FAILED: $1"
    tail -n 60 "$out"
}

check() { # NAME COMMAND...: a check that has nothing to count unless it fails
    name=$1
    shift
    quietly "$@" || fail "$name"
}

build() { # WHAT TARGET: builds, or counts one failure
    quietly "$make" -s -j2 "$2" || { fail "building $1" && return 1; }
}

# A cmocka program's output as TAP: each test counts, a program that ends badly or says less than
# it promised is a failure.
result() { # PROGRAM STATUS, with its output in $out
    { echo "== $1" && cat "$out" && echo "== status $2"; } >>"$log"
    good=$(grep -c '^ok' "$out")
    skip=$(grep -ci '^ok.*# skip' "$out")
    wrong=$(grep -c '^not ok' "$out")
    promised=$(sed -n 's/^1\.\.\([0-9]*\).*/\1/p' "$out" | awk '{n += $1} END {print n + 0}')
    passed=$((passed + good - skip))
    skipped=$((skipped + skip))
    if [ "$wrong" -gt 0 ]; then
        failed=$((failed + wrong - 1))
        fail "$1"
    elif [ "$2" != 0 ] || [ "$good" = 0 ] || [ "$good" -lt "$promised" ]; then
        fail "$1 (status $2, $good of $promised tests)"
    fi
}

sims() { # COUNT NODES: so many worlds, one trace twice, every sabotage; one swarm
    sh test/sim/run.sh build/fika-sim "$1" "$2" >"$out" 2>&1 </dev/null
    result "the simulator" $?
    say sim
}

walk() { # SECONDS: over the whole full screen; says from which seed, and how many steps
    FIKA_WALK_SECONDS=$1 build/asan/test/unit/test_walk >"$out" 2>&1 </dev/null
    result "the walk over the screen" $?
    sed -n 's/^# seed/the walk: seed/p' "$out"
    say walk
}

programs() { # KIND [VARIANT SECONDS UNDER BUT]: all of build/VARIANT/test/KIND but BUT, two at a time, each run by UNDER
    variant=${2:-asan}
    rm -rf build/results && mkdir -p build/results
    # shellcheck disable=SC2016 # the inner shell expands it
    ls test/"$1"/*.c 2>/dev/null | sed 's|.*/||; s|\.c$||' | grep -vx "${5:--}" |
        xargs -P 2 -I NAME sh -c "${limit:+$limit ${3:-120}} ${4-}"' "build/$1/$2" </dev/null \
            >"build/results/$2" 2>&1; echo $? >"build/results/$2.status"' sh "$variant/test/$1" NAME
    for source in test/"$1"/*.c; do
        [ -e "$source" ] || continue
        out=build/results/$(basename "$source" .c)
        [ "${out##*/}" = "${5-}" ] && continue
        result "build/$variant/${source%.c}" "$(cat "$out.status")"
    done
    out=build/test.out
    say "$1"
}

corpora() {
    for source in test/fuzz/fuzz_*.c; do
        [ -e "$source" ] || continue
        name=$(basename "$source" .c)
        if ! ls test/fuzz/corpus/"${name#fuzz_}"/* >/dev/null 2>&1; then
            : >"$out"
            fail "$name has no corpus"
            continue
        fi
        quietly ${limit:+$limit 120} "build/fuzz/test/fuzz/$name" \
            test/fuzz/corpus/"${name#fuzz_}"/* || fail "$name"
        passed=$((passed + $(grep -c '^Executed ' "$out")))
    done
    say "fuzz corpus"
}

core_fuzz() { # SECONDS: the core's fuzzer from its corpus, which stays as it is; what ends it is kept, and named
    learned=$(mktemp -d) && mkdir -p build/crash || return
    # Weighing what is rare would take half of the time.
    quietly build/fuzz/test/fuzz/fuzz_core -max_total_time="$1" -timeout=20 -rss_limit_mb=2048 \
        -entropic=0 -max_len=500 -verbosity=0 -print_final_stats=1 -artifact_prefix=build/crash/core- "$learned" test/fuzz/corpus/core
    status=$?
    rm -rf "$learned"
    runs=$(sed -n 's/^stat::number_of_executed_units: *//p' "$out")
    kept=$(sed -n 's/.*Test unit written to //p' "$out")
    if [ $status = 0 ] && [ "${runs:-0}" -gt 0 ]; then
        passed=$((passed + 1))
        echo "the core's fuzzer: $runs runs in $1 s, nothing found"
    else
        fail "the core's fuzzer (status $status${kept:+; ended by $kept})"
    fi
    say "core fuzz"
}

pytests() { # NAME ARGUMENT...
    part=$1
    shift
    ls test/e2e/test_*.py >/dev/null 2>&1 || return
    quietly "$python" -m pytest -q -p no:cacheprovider "$@"
    status=$?
    # 5: nothing was selected.
    [ $status = 5 ] && status=0
    totals=$(grep -E '^[0-9]+ (passed|failed|skipped|error|deselected|xfailed)' "$out" | tail -n 1)
    count() { printf '%s\n' "$totals" | tr ',' '\n' | awk -v w="$1" '$2 ~ w {n += $1} END {print n + 0}'; }
    wrong=$(($(count '^failed') + $(count '^error')))
    passed=$((passed + $(count '^passed')))
    skipped=$((skipped + $(count '^skipped')))
    if [ $wrong -gt 0 ]; then
        failed=$((failed + wrong - 1))
        fail "$part"
    elif [ $status != 0 ]; then
        fail "$part (status $status)"
    fi
    say "$part"
}

say() {
    echo "$1: $passed passed so far, $failed failed"
}

for part in "$@"; do
    case $part in
    checks)
        build "the release" all
        check layers "$make" -s layers
        check "the protections of the binary" "$make" -s harden-check
        check "that they are missed" "$make" -s harden-test
        check clang-format "$make" -s format
        check cppcheck "$make" -s cppcheck
        check "the translations" "$python" scripts/po.py
        check "the man page" mandoc -Tlint -Wwarning docs/fika.1
        say checks
        ;;
    unit | story) build "the $part tests" "$part-tests" && programs "$part" ;;
    fuzz) build "the fuzzers" fuzzers && corpora ;;
    sim) build "the simulator" sim && sims 200 1000 ;;
    # Two files of tests at a time: most of a test is waiting.
    e2e)
        build "fika for the tests" build/asan/fika &&
            pytests e2e -n 2 --dist loadfile -m 'not soak' test/e2e
        ;;
    soak)
        build "fika for the tests" build/asan/fika && pytests soak -m soak test/e2e
        build "the walk" build/asan/test/unit/test_walk && walk "${SOAK_SECONDS:-3600}"
        build "the core's fuzzer" build/fuzz/test/fuzz/fuzz_core && core_fuzz "${SOAK_SECONDS:-3600}"
        build "the simulator" sim && sims 10000 10000
        ;;
    core-fuzz) build "the core's fuzzer" build/fuzz/test/fuzz/fuzz_core && core_fuzz "${SOAK_SECONDS:-3600}" ;;
    tsan)
        FIKA=build/tsan/fika
        export FIKA
        build "fika with ThreadSanitizer" build/tsan/fika && pytests tsan -m threads test/e2e
        ;;
    valgrind)
        # The sandbox refuses what valgrind itself needs.
        build "the unit tests" plain-tests &&
            programs unit plain 3600 "valgrind -q --error-exitcode=9 --leak-check=full \
                --errors-for-leak-kinds=definite --suppressions=test/valgrind.supp" test_sandbox
        ;;
    esac
done
rm -f "$out"
[ $failed = 0 ] || echo "everything that was said is in $log"
line="fika: $passed passed, $failed failed"
[ $skipped = 0 ] || line="$line, $skipped skipped"
echo "$line"
[ $failed = 0 ] && [ $passed -gt 0 ]
