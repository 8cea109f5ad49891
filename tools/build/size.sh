#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Usage: size.sh -- code, data and stack of the engine as a Markdown table, from what "make size" has built. It goes to
# standard output and, between the lines size:begin and size:end if it has them, into README.md.
set -eu

build=${BUILD:-build}
arm=arm-none-eabi-
readme=README.md
begin='<!-- size:begin -->'
end='<!-- size:end -->'

sections() { # SIZE-PROGRAM OBJECT... ; code, constants and variables in octets
    "$@" -A | awk '
        /^\.text/ { code += $2 }
        /^\.(rodata|data\.rel\.ro)/ { constants += $2; next }
        /^\.(data|bss)/ { variables += $2 }
        END { printf "%d | %d | %d", code, constants, variables }'
}

row() { # NAME FOLDER-PATTERN
    # shellcheck disable=SC2086
    echo "| $1 | $(sections ${arm}size "$build"/m3/engine/$2/*.o) | $(sections size "$build"/host/engine/$2/*.o) |"
}

compiler() { # PROGRAM
    "$1" --version | sed -n '1s/^[^ ]* //p'
}

table() {
    local folder rows
    echo "| octets | Cortex-M3 code | constants | variables | host code | constants | variables |"
    echo "|---|--:|--:|--:|--:|--:|--:|"
    for folder in base mail dkim smtp dns config gateway; do
        if compgen -G "engine/$folder/*.c" >/dev/null; then
            row "engine/$folder" "$folder"
        fi
    done
    row "**engine**" '*'
    echo
    echo "Cortex-M3: \`-Os\`, ${arm}gcc $(compiler ${arm}gcc). Host: \`-O2\`, $(uname -m) gcc $(compiler "${CC:-gcc}")."
    echo
    echo "| worst stack on the Cortex-M3, octets | |"
    echo "|---|--:|"
    head -n 5 "$build/check/stack.txt" | awk '{ printf "| `%s` | %d |\n", $2, $1 }'
    echo
    echo "The boards. \"bound\" is the most of its stack that an image can ever use, over all of its code:"
    echo "\`make stack-boards\` shows the path. \"flash free\" is what is left up to the image or to the flash's end."
    echo "\`make check\` fails when a stack is smaller than its bound, or less flash is free than the board's link.ld"
    echo "says. \"painted\" and \"arena peak\" are what the last run of \`make run BOARD=\` saw; the second memory is"
    echo "PSRAM or DDR without the spool."
    echo
    rows=$("${MAKE:-make}" --no-print-directory size-boards)
    grep -E '^(\||$)' <<<"$rows"
    echo
    echo "A connection with TLS has buffers and, in the arena, what Mbed TLS takes for it while it is open and at most"
    echo "during a handshake with a chain of two certificates and RSA-2048, as the last \`make bench-boards\` saw it."
    echo "Where there is one memory only, the arena takes all that is free as soon as TLS is configured."
}

made=$build/size.md
table >"$made"
cat "$made"
if [ -e "$readme" ] && grep -qxF "$begin" "$readme" && grep -qxF "$end" "$readme"; then
    awk -v begin="$begin" -v end="$end" -v made="$made" '
        $0 == end { inside = 0 }
        !inside
        $0 == begin { inside = 1; while ((getline line < made) > 0) print line }' "$readme" >"$build/README.md"
    cmp -s "$build/README.md" "$readme" || cat "$build/README.md" >"$readme"
fi
