#!/bin/sh
# fuzz.sh: runs each fuzzer for FUZZ_SECONDS (60), from its seeds, two at a time. What it learns is
# kept in build/corpus, what ends a fuzzer is kept in build/crash and shown; exit 1 if any was.
set -u
cd "$(dirname "$0")/.." || exit 1
seconds=${FUZZ_SECONDS:-60}
mkdir -p build/corpus build/crash

one() {
    name=$1
    mkdir -p "build/corpus/$name"
    "build/fuzz/test/fuzz/fuzz_$name" -max_total_time="$seconds" -timeout=10 -rss_limit_mb=1024 \
        -print_final_stats=1 -artifact_prefix="build/crash/$name-" \
        "build/corpus/$name" "test/fuzz/corpus/$name" >"build/crash/$name.log" 2>&1 </dev/null
    status=$?
    runs=$(sed -n 's/^stat::number_of_executed_units: *//p' "build/crash/$name.log")
    if [ $status = 0 ]; then
        echo "$name: ${runs:-0} runs in $seconds s, nothing found"
    else
        echo "$name: FOUND something; see build/crash/$name.log"
        tail -n 30 "build/crash/$name.log"
        touch build/crash/found
    fi
}

rm -f build/crash/found
pair=
for source in test/fuzz/fuzz_*.c; do
    [ -e "$source" ] || continue
    name=$(basename "$source" .c)
    one "${name#fuzz_}" &
    pair="$pair $!"
    set -- $pair
    if [ $# = 2 ]; then
        wait "$1" "$2"
        pair=
    fi
done
wait
[ ! -e build/crash/found ]
