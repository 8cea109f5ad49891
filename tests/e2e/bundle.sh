#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Usage: bundle.sh -- mailseal bundle: what it contains, and that it contains no octet of a secret, with
# configurations that have errors, logs that have secrets, and files that cannot be read. BUILD names the folder with
# the program or its parent. The last line is "N passed, N failed".
cd "$(dirname "$0")/../.." || exit 1
exec "${PYTHON:-/usr/bin/python3}" tests/e2e/bundle.py "$@"
