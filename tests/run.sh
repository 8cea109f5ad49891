#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Usage: run.sh NAME=PROGRAM... -- runs test suites and adds up. The last line of a suite is "N passed, N failed";
# one that does not say so, or ran no test at all, has failed. Our own last line has the same form; the failed checks of
# all suites come once more before it, for whoever keeps the end only.
set -u

build=${BUILD:-build}
limit=3600 # seconds for one suite: the boards take some minutes, and far more on a busy machine
passed=0
failed=0
mkdir -p "$build/log"
again=$(mktemp)
trap 'rm -f "$again"' EXIT

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

for suite; do
    name=${suite%%=*} log=$build/log/${suite%%=*}.txt
    timeout -k 10 "$limit" "${suite#*=}" >"$log" 2>&1 </dev/null
    status=$?
    trouble=
    if [[ $(tail -n 1 "$log") =~ ^([0-9]+)\ passed,\ ([0-9]+)\ failed$ ]]; then
        good=$((10#${BASH_REMATCH[1]})) bad=$((10#${BASH_REMATCH[2]}))
        if [ $((good + bad)) = 0 ]; then
            trouble='ran no test'
        elif [ "$status" != 0 ] && [ "$bad" = 0 ]; then
            trouble="ended with status $status"
        fi
    else
        good=0 bad=0
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
done

if [ -s "$again" ]; then
    echo "---- what failed:"
    cut -c 1-600 "$again" | head -n 40
    [ "$(wc -l <"$again")" -le 40 ] || echo "... and more: $(wc -l <"$again") lines in all"
fi
echo "$passed passed, $failed failed"
[ "$failed" = 0 ] && [ "$passed" != 0 ]
