#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Usage: handover.sh -- mailseal handover: every format is loaded by its program, or by a parser for it, and must
# contain the same keys; Knot serves them. Chromium shows and prints the sheet.
# BUILD names the folder with the program or its parent. The last line is "N passed, N failed".
cd "$(dirname "$0")/../.." || exit 1
exec "${PYTHON:-/usr/bin/python3}" tests/e2e/handover.py "$@"
