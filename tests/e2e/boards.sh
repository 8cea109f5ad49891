#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Usage: boards.sh -- checks that make reports what is wrong with BOARD= before it builds anything. The last line is
# "N passed, N failed".
set -u

cd "$(dirname "$0")/../.." || exit 1
unset MAKEFLAGS MFLAGS MAKELEVEL BOARD
. tests/tally.sh
suite=boards ok_log=/dev/null

check() { # STATUS NAME
    ok "$2" [ "$1" = 0 ] || printf '    %s\n' "$said"
}

boards=$(for folder in board/*/board.mk; do basename "$(dirname "$folder")"; done)
for goal in run test-board selftest-board; do
    for name in misspelt mps2 'mps2-an386 misspelt' lm3s6965evb/; do
        said=$(make "$goal" BOARD="$name" ONCE=1 2>&1)
        [ $? = 2 ] && [[ $said == *"BOARD=$name: no such board; the boards are: "$(echo $boards)* ]] &&
            [ "$(wc -l <<<"$said")" = 1 ]
        check $? "make $goal BOARD=$name: an error of one line that names the boards"
    done
    for name in $boards; do
        said=$(make -n "$goal" BOARD="$name" 2>&1)
        check $? "make $goal BOARD=$name"
    done
done
for goal in test-board selftest-board; do
    said=$(make "$goal" 2>&1)
    [ $? = 2 ] && [[ $said == *"make $goal BOARD="* ]]
    check $? "make $goal without BOARD= shows how"
done
end
