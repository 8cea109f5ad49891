#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Usage: run.sh 'NAME=PROGRAM [ARGUMENT...]'... -- runs test suites, AT_ONCE at a time (by default one more than the
# number of processors, because most suites mostly wait), and adds up. They start in the given order, the longest
# first. Each line shows how long a suite took and how much processor time it used. The last line of a suite is
# "N passed, N failed"; a suite without that line, or that ran no test, has failed. Our own last line has the same
# form. The failed checks of all suites are repeated before it, for readers who keep only the end.
set -u

build=${BUILD:-build}
limit=7200 # seconds after which a suite hangs: the longest takes three minutes alone, and far more on a busy machine
at_once=${AT_ONCE:-$(($(nproc 2>/dev/null || echo 1) + 1))}
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

# NAME=PROGRAM...: its status and its times go into their own files.
run() {
    local log=$build/log/${1%%=*}.txt command
    read -ra command <<<"${1#*=}"
    TIMEFORMAT='%0R s, processor %0U + %0S s'
    { time timeout -k 10 "$limit" "${command[@]}" >"$log" 2>&1 </dev/null; echo $? >"$log.new"; } 2>"$log.times"
    mv "$log.new" "$log.status"
}

# NAME: once it has ended.
report() {
    local name=$1 log=$build/log/$1.txt trouble='' good=0 bad=0 status
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
    echo "$name: $good passed, $bad failed${trouble:+ ($trouble)}, $(tail -n 1 "$log.times")"
    passed=$((passed + good))
    failed=$((failed + bad))
}

report_ended() {
    local name left=()
    for name in "${waiting[@]}"; do
        if [ -e "$build/log/$name.txt.status" ]; then
            report "$name"
        else
            left+=("$name")
        fi
    done
    waiting=("${left[@]}")
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
