#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Usage: playbooks.sh -- checks that the commands in docs/operations.md exist, with each of their options. BUILD
# names the folder with the program or its parent. The last line is "N passed, N failed".
set -u

cd "$(dirname "$0")/../.." || exit 1
build=${BUILD:-build/host}
[ -x "$build/mailseal" ] || build=$build/host
seal=$build/mailseal
. tests/tally.sh
suite=playbooks ok_log=/dev/null

has_option() { grep -qE -- "(^|[ ,\[])$1([ ,=\[]|\]|$)" <<<"$help"; }

# Indented ones, and those between backquotes.
while read -r line; do
    read -ra words <<<"${line#mailseal }"
    name=${words[0]}
    [ "$name" != help ] || continue
    # shellcheck disable=SC2086 # one word or two
    help=$("$seal" help $name 2>/dev/null) || {
        name="${words[0]} ${words[1]:-}"
        help=$("$seal" help $name 2>/dev/null)
    }
    ok "there is no command: $line" [ -n "$help" ]
    for word in "${words[@]}"; do
        case $word in
        --*) ok "$name has no $word: $line" has_option "${word%%=*}" ;;
        -[a-z]) ok "$name has no $word: $line" has_option "$word" ;;
        esac
    done
done < <(grep -oE '^    mailseal .*|`mailseal [^`]*`' docs/operations.md | tr -d '`' | sed 's/^ *//')
for link in $(grep -oE '\(#[a-z-]+\)' docs/operations.md | tr -d '(#)'); do
    ok "no heading $link" grep -qix "## ${link//-/ }" docs/operations.md
done
ok "more than 50 commands and options were found" [ "$passed" -gt 50 ]
end
