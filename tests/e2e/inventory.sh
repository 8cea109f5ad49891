#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Usage: inventory.sh -- mailseal key list with what Knot publishes and what gateways logged, in every form that a log
# comes in, and with malicious logs. BUILD names the folder with the program or its parent. The last line is
# "N passed, N failed".
cd "$(dirname "$0")/../.." || exit 1
exec "${PYTHON:-/usr/bin/python3}" tests/e2e/inventory.py "$@"
