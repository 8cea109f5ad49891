#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Usage: status.sh -- mailseal status: a domain from the key to the second change of keys, with Knot and what the
# gateway logs on the way; the facts about it. BUILD names the folder with the program or its parent. The last line is
# "N passed, N failed".
cd "$(dirname "$0")/../.." || exit 1
exec "${PYTHON:-/usr/bin/python3}" tests/e2e/status.py "$@"
