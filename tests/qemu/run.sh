#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Usage: run.sh [TEST...] -- tests the firmware on every board in QEMU, between a client and a next hop on loopback.
# BOARDS="NAME ..." chooses boards (default: all in board/, none is skipped), JOBS how many run at a time (2); LONG=1
# takes longer: more damaged images, more messages over a bad wire, 25 MB on a card and between two Postfix. "suite.py
# BOARD --list" lists the tests. The firmware must have been built: make boards host helpers. The last line is "N
# passed, N failed".
set -u

cd "$(dirname "$0")/../.." || exit 1
export BUILD=${BUILD:-build}
python=${PYTHON:-/usr/bin/python3}
boards=${BOARDS:-$(for folder in board/*/board.mk; do basename "$(dirname "$folder")"; done)}
jobs=${JOBS:-2}
limit=7200 # seconds after which the tests of a board count as hanging: they take three minutes alone
passed=0
failed=0

command -v qemu-system-arm >/dev/null || { echo "qemu-system-arm: not found"; echo "0 passed, 1 failed"; exit 1; }
mkdir -p "$BUILD/log"
tests/diff/corpus.sh "$BUILD/corpus" || { echo "no real messages were found"; echo "0 passed, 1 failed"; exit 1; }
work=$(mktemp -d "$BUILD/qemu-XXXXXX")
running=()
stop() {
    [ ${#running[@]} = 0 ] || kill "${running[@]}" 2>/dev/null
    wait
    rm -rf "$work"
}
trap stop EXIT
trap 'exit 1' HUP INT TERM

# Copied, so that a build in the meantime changes nothing here.
for program in mailseal mailseald; do
    cp "$BUILD/host/$program" "$work/" || {
        echo "$program: not found; build it with: make host"
        echo "0 passed, 1 failed"
        exit 1
    }
done
export MAILSEAL=$PWD/$work/mailseal MAILSEALD=$PWD/$work/mailseald
case $work in /*) MAILSEAL=$work/mailseal MAILSEALD=$work/mailseald ;; esac

for board in $boards; do
    while [ "$(jobs -pr | wc -l)" -ge "$jobs" ]; do
        wait -n
    done
    timeout -k 20 "$limit" "$python" -B tests/qemu/suite.py "$board" "$@" </dev/null \
        >"$work/$board.txt" 2>&1 &
    running+=("$!")
done
wait
running=()

for board in $boards; do
    log=$BUILD/log/qemu-$board.txt
    mv "$work/$board.txt" "$log"
    cat "$log"
    if [[ $(tail -n 1 "$log") =~ ^([0-9]+)\ passed,\ ([0-9]+)\ failed$ ]]; then
        passed=$((passed + 10#${BASH_REMATCH[1]}))
        failed=$((failed + 10#${BASH_REMATCH[2]}))
    else
        echo "FAILED $board: did not finish: $(tail -n 1 "$log")"
        failed=$((failed + 1))
    fi
done
echo "$passed passed, $failed failed"
[ "$failed" = 0 ] && [ "$passed" != 0 ]
