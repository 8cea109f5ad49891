#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Usage: commands.sh -- what holds for every command of mailseal: its rows of options in help, manual page, completion
# and reader, JSON documents also on failure, suggestions, the default configuration; and completion in bash, zsh and
# fish themselves. BUILD names the folder with the program or its parent. The last line is "N passed, N failed".
cd "$(dirname "$0")/../.." || exit 1
exec "${PYTHON:-/usr/bin/python3}" tests/e2e/commands.py "$@"
