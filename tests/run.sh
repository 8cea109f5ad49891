#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Usage: run.sh 'NAME=PROGRAM [ARGUMENT...]'... [-- 'NAME=PROGRAM [ARGUMENT...]'...] -- runs test suites and adds up.
# The suites after "--" wait most of their time: two of them run at a time, next to the others, whose spare time they
# use. The others run AT_ONCE at a time, which is by default one more than the number of processors. In both groups the
# suites start in the given order: the longest come first.
# Each line shows how long a suite took and how much processor time it used. The last line of a suite is "N passed, N
# failed"; a suite without that line, or without any test, has failed. Our own last line has the same form. The failed
# checks of all suites are repeated before it, for readers who keep only the end.
set -u

build=${BUILD:-build}
limit=7200 # seconds after which a suite counts as hanging: the longest takes three minutes, far more on a busy machine
at_once=${AT_ONCE:-$(($(nproc 2>/dev/null || echo 1) + 1))}
at_once_waiting=2
export AT_ONCE=1 # for suites within a suite
passed=0
failed=0
mkdir -p "$build/log"
again=$(mktemp)
trap 'rm -f "$again"' EXIT
trap 'kill "${running[@]}" 2>/dev/null; exit 1' HUP INT TERM

# NAME LOG TROUBLE: the lines with FAILED in a log, each once. A suite within the suite lists its failures at the end
# of its log too, with more detail.
failures() {
    local found
    found=$(grep -aE '(^|: )FAILED |^[a-z_/0-9]+\.c:[0-9]+: ' "$2" | tac |
        awk '{ key = substr($0, index($0, "FAILED ")) } !seen[key]++' | tac)
    [ -z "$3" ] || found=${found:+$found$'\n'}"FAILED as a suite: $3"
    [ -n "$found" ] || found="FAILED without a message; the end of its log: $(tail -n 3 "$2" | tr '\n' '/')"
    sed "s|^|$1: |" <<<"$found"
}

# NAME=PROGRAM...: its status and its times go to separate files.
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

# Report the suites that have ended; the others stay in running_busy and running_waiting.
report_ended() {
    local name left
    local -n names
    for names in running_busy running_waiting; do
        left=()
        for name in "${names[@]}"; do
            if [ -e "$build/log/$name.txt.status" ]; then
                report "$name"
            else
                left+=("$name")
            fi
        done
        names=("${left[@]}")
    done
}

# QUEUE RUNNING PLACES: start suites of the queue while places are free.
start() {
    local -n queue=$1 names=$2
    while [ "${#queue[@]}" != 0 ] && [ "${#names[@]}" -lt "$3" ]; do
        run "${queue[0]}" &
        running+=("$!") names+=("${queue[0]%%=*}")
        queue=("${queue[@]:1}")
    done
}

running=() running_busy=() running_waiting=() busy=() waiting=()
for suite; do
    shift
    [ "$suite" != -- ] || break
    busy+=("$suite")
done
waiting=("$@")
for suite in "${busy[@]}" "${waiting[@]}"; do
    rm -f "$build/log/${suite%%=*}.txt.status"
done
# When the last of the busy ones have started, the places that they leave are for those that wait.
while
    start busy running_busy "$at_once"
    places=$at_once_waiting
    [ "${#busy[@]}" != 0 ] || places=$((places + at_once - ${#running_busy[@]}))
    start waiting running_waiting "$places"
    [ "$(jobs -pr | wc -l)" != 0 ]
do
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
