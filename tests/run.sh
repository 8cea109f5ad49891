#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Usage: run.sh NAME=PROGRAM... -- runs test suites, AT_ONCE at a time (2), and adds up. The last line of a suite is
# "N passed, N failed"; one that does not say so, or ran no test at all, has failed. Our own last line has the same
# form; the failed checks of all suites come once more before it, for whoever keeps the end only.
set -u

build=${BUILD:-build}
limit=3600 # seconds for one suite: the boards take some minutes, and far more on a busy machine
at_once=${AT_ONCE:-2}
export AT_ONCE=1 # for suites within a suite
passed=0
failed=0
mkdir -p "$build/log"
again=$(mktemp)
trap 'rm -f "$again"' EXIT
trap 'kill "${running[@]}" 2>/dev/null; exit 1' HUP INT TERM

# NAME LOG TROUBLE: its lines with FAILED, each once: what a suite within the suite had failed comes at the end of its
# own log and as this list, which says more.
failures() {
    local found
    found=$(grep -aE '(^|: )FAILED |^[a-z_/0-9]+\.c:[0-9]+: ' "$2" | tac |
        awk '{ key = substr($0, index($0, "FAILED ")) } !seen[key]++' | tac)
    [ -z "$3" ] || found=${found:+$found$'\n'}"FAILED as a suite: $3"
    [ -n "$found" ] || found="FAILED without a word; the end of its log: $(tail -n 3 "$2" | tr '\n' '/')"
    sed "s|^|$1: |" <<<"$found"
}

# NAME=PROGRAM: its status goes into its own file.
run() {
    local log=$build/log/${1%%=*}.txt
    timeout -k 10 "$limit" "${1#*=}" >"$log" 2>&1 </dev/null
    echo $? >"$log.new"
    mv "$log.new" "$log.status"
}

# NAME: once it has ended.
report() {
    local name=$1 log=$build/log/$1.txt trouble= good=0 bad=0 status
    status=$(cat "$log.status")
    if [[ $(tail -n 1 "$log") =~ ^([0-9]+)\ passed,\ ([0-9]+)\ failed$ ]]; then
        good=$((10#${BASH_REMATCH[1]})) bad=$((10#${BASH_REMATCH[2]}))
        if [ $((good + bad)) = 0 ]; then
            trouble='ran no test'
        elif [ "$status" != 0 ] && [ "$bad" = 0 ]; then
            trouble="ended with status $status"
        fi
    else
        trouble="did not finish (status $status)"
    fi
    [ -z "$trouble" ] || bad=$((bad + 1))
    if [ "$bad" != 0 ]; then
        echo "---- $name, the end of $log:"
        tail -n 40 "$log"
        echo "----"
        failures "$name" "$log" "$trouble" >>"$again"
    fi
    echo "$name: $good passed, $bad failed${trouble:+ ($trouble)}"
    passed=$((passed + good))
    failed=$((failed + bad))
}

# Suites end in any order and are reported in theirs.
report_ended() {
    while [ ${#waiting[@]} != 0 ] && [ -e "$build/log/${waiting[0]}.txt.status" ]; do
        report "${waiting[0]}"
        waiting=("${waiting[@]:1}")
    done
}

running=() waiting=()
for suite; do
    rm -f "$build/log/${suite%%=*}.txt.status"
done
for suite; do
    while [ "$(jobs -pr | wc -l)" -ge "$at_once" ]; do
        wait -n
        report_ended
    done
    run "$suite" &
    running+=("$!") waiting+=("${suite%%=*}")
done
while [ "$(jobs -pr | wc -l)" != 0 ]; do
    wait -n
    report_ended
done
report_ended

if [ -s "$again" ]; then
    echo "---- what failed:"
    cut -c 1-600 "$again" | head -n 40
    [ "$(wc -l <"$again")" -le 40 ] || echo "... and more: $(wc -l <"$again") lines in all"
fi
echo "$passed passed, $failed failed"
[ "$failed" = 0 ] && [ "$passed" != 0 ]
