#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Usage: unit.sh [BOARD...] -- the unit tests on boards in QEMU (all that exist), from the same sources as on the host.
# The last line is "N passed, N failed"; an image that does not end has failed.
set -u

cd "$(dirname "$0")/../.." || exit 1
passed=0
failed=0
[ $# != 0 ] || set -- $(for folder in board/*/board.mk; do basename "$(dirname "$folder")"; done)
for board; do
    said=$("${MAKE:-make}" --no-print-directory test-board BOARD="$board" 2>&1) || {
        failed=$((failed + 1))
        grep -vE "^(build/|$board )" <<<"$said"
    }
    grep "^$board" <<<"$said" || {
        echo "FAILED $board: no test ran"
        tail -n 20 <<<"$said"
        failed=$((failed + 1))
    }
    while read -r good bad; do
        passed=$((passed + good))
        failed=$((failed + bad))
    done < <(sed -nE "s/^$board .*: ([0-9]+) passed, ([0-9]+) failed$/\1 \2/p" <<<"$said")
done
echo "$passed passed, $failed failed"
[ "$failed" = 0 ] && [ "$passed" != 0 ]
