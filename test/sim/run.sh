#!/bin/sh
# run.sh SIM WORLDS [NODES]: runs the simulator's worlds of mixed size, weather and liars, seeds 1 to WORLDS,
# in two processes, some in which a machine has no link for ten minutes, and some with a private channel; sees that the same seed gives the
# same trace, to the byte, and that each sabotage is found; and one swarm of NODES (1000), with a bug that it
# must find. Says what happened as TAP.
set -u
sim=$1
worlds=$2
nodes=${3:-1000}
room=$(mktemp -d) || exit 1
trap 'rm -rf "$room"' EXIT
half=$((worlds / 2))
cuts=40
private=$((worlds / 8))
sabotages=$("$sim" --sabotage list)
number=0 bad=0

say() { # STATUS TEXT
    number=$((number + 1))
    if [ "$1" = 0 ]; then
        echo "ok $number $2"
    else
        bad=1
        echo "not ok $number $2"
    fi
}

# shellcheck disable=SC2086 # a list of names
set -- $sabotages
echo "1..$((worlds + cuts + private + 1 + $# + 14 + 1))"

"$sim" --mix "$half" --seed 1 >"$room/a" 2>&1 &
"$sim" --mix $((worlds - half)) --seed $((half + 1)) >"$room/b" 2>&1
wait
"$sim" --mix "$cuts" --down 600 --seed 1 >"$room/c" 2>&1
"$sim" --mix "$private" --private yes --seed 1 >"$room/d" 2>&1
awk '/^1\.\./ {next} /^(not )?ok / {sub(/ok [0-9]+/, "ok " ++n)} {print}' "$room/a" "$room/b" "$room/c" "$room/d" >"$room/all"
cat "$room/all"
number=$(grep -cE '^(not )?ok ' "$room/all")
grep -q '^not ok' "$room/all" && bad=1

for trace in one two; do
    "$sim" --seed 5 --nodes 6 --entries 150 --weather storm --liars 2 --trace "$room/$trace" \
        >"$room/out" 2>&1
done
[ -s "$room/one" ] && cmp -s "$room/one" "$room/two"
say $? "the same seed gives the same trace"

# A sabotage is found when one of the worlds goes wrong.
for sabotage in "$@"; do
    "$sim" --mix 400 --seed 1 --sabotage "$sabotage" >"$room/out" 2>&1
    grep -q '^not ok' "$room/out"
    say $? "$sabotage is found"
done

# A time that it takes only where something is wrong: 10,000 nodes are five minutes of a processor, and 600 MB.
limit=
command -v timeout >/dev/null && limit="timeout -k 5 $((600 + nodes / 4))"
$limit "$sim" --swarm "$nodes" --seed 1 >"$room/a" 2>&1 &
"$sim" --swarm 250 --seed 1 --plant never-prune >"$room/b" 2>&1
wait
awk -v n="$number" '/^1\.\./ {next} /^(not )?ok / {sub(/ok [0-9]+/, "ok " ++n)} {print}' "$room/a"
number=$((number + $(grep -cE '^(not )?ok ' "$room/a")))
grep -q '^not ok' "$room/a" && bad=1
grep -q '^not ok' "$room/b"
say $? "never-prune is found"
exit $bad
