#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Usage: run.sh NAME=PROGRAM... -- runs test suites and adds up. The last line of a suite is "N passed, N failed";
# one that does not say so, or ran no test at all, has failed. Our own last line has the same form.
set -u

build=${BUILD:-build}
limit=600 # seconds for one suite
passed=0
failed=0
mkdir -p "$build/log"

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
    fi
    echo "$name: $good passed, $bad failed${trouble:+ ($trouble)}"
    passed=$((passed + good))
    failed=$((failed + bad))
done

echo "$passed passed, $failed failed"
[ "$failed" = 0 ] && [ "$passed" != 0 ]
