#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Usage: documents.sh -- every command line, configuration, program and link of README.md and docs/ is run or checked,
# and the manual pages are read. BUILD names the folder with the programs or its parent. The last line is "N passed, N
# failed".
exec "${PYTHON:-/usr/bin/python3}" -B "$(dirname "$0")/documents.py" "$@"
