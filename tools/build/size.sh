#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Usage: size.sh -- code, data and stack of the engine as a Markdown table, from what "make size" has built. It goes to
# standard output and, between its lines size:begin and size:end, into docs/measurements.md.
set -eu

build=${BUILD:-build}
arm=arm-none-eabi-
document=docs/measurements.md
begin='<!-- size:begin -->'
end='<!-- size:end -->'

sections() { # SIZE-PROGRAM OBJECT... ; code, constants and variables in bytes
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
    echo "| bytes | Cortex-M3 code | constants | variables | host code | constants | variables |"
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
    echo "| worst stack on the Cortex-M3, bytes | |"
    echo "|---|--:|"
    head -n 5 "$build/check/stack.txt" | awk '{ printf "| `%s` | %d |\n", $2, $1 }'
    echo
    cat <<-"END"
	The boards. "bound" is the most stack that an image can ever use, over all of its code; `make stack-boards`
	shows the path. "flash free" counts up to the image or to the end of the flash. `make check` fails if a stack
	is smaller than its bound, or if less flash is free than the board's `link.ld` demands. "painted" and "arena
	peak" were measured in the last `make run BOARD=`. The second memory is PSRAM or DDR without the spool.
	END
    echo
    rows=$("${MAKE:-make}" --no-print-directory size-boards)
    grep -E '^(\||$)' <<<"$rows"
    echo
    cat <<-"END"
	A TLS connection has buffers. In the arena, Mbed TLS also takes memory for it: while it is open, and at most
	during a handshake with a chain of two certificates and RSA-2048. The last `make bench-boards` measured both.
	On a board with one memory, the arena takes all free RAM as soon as TLS is configured.
	END
}

made=$build/size.md
table >"$made"
cat "$made"
if [ -e "$document" ] && grep -qxF "$begin" "$document" && grep -qxF "$end" "$document"; then
    awk -v begin="$begin" -v end="$end" -v made="$made" '
        $0 == end { inside = 0 }
        !inside
        $0 == begin { inside = 1; while ((getline line < made) > 0) print line }' "$document" >"$build/measurements.md"
    cmp -s "$build/measurements.md" "$document" || cat "$build/measurements.md" >"$document"
fi
