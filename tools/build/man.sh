#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Usage: man.sh MAILSEAL PAGE -- replaces the text between the two marks in a manual page with the program's own help.
set -eu

seal=$1
page=$2

# Escape what troff would read as a request or an escape.
quote() { sed "s/\\\\/\\\\e/g; s/-/\\\\-/g; s/^\\([.']\\)/\\\\\\&\\1/"; }

commands() {
    "$seal" help | sed -n 's/^  \([a-z]\+\( [a-z]\+\)\?\)  *[A-Z].*/\1/p' | while read -r name; do
        printf '.SS %s\n.nf\n' "$name"
        # shellcheck disable=SC2086 # two words
        "$seal" help $name | quote
        # shellcheck disable=SC2086
        if "$seal" help --json $name >/dev/null 2>&1; then
            echo
            "$seal" help --json $name | quote
        fi
        printf '.fi\n'
    done
}

{
    sed '/^\.\\" commands:begin/q' "$page"
    commands
    sed -n '/^\.\\" commands:end/,$p' "$page"
} >"$page.new"
mv "$page.new" "$page"
