#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Usage: reports.sh -- mailseal report with DMARC aggregate reports of both schemas, packed in each way, and with files
# that are malicious. BUILD names the folder with the program or its parent. The last line is "N passed, N failed".
cd "$(dirname "$0")/../.." || exit 1
exec "${PYTHON:-/usr/bin/python3}" tests/e2e/reports.py "$@"
