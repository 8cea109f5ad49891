#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Usage: records.sh -- mailseal verify, spf and dmarc against name servers with a fault for each verdict (zones/), a
# caching resolver, and the published test suite of RFC 7208. BUILD names the folder with the program or its parent
# (build/host). The last line is "N passed, N failed".
exec "${PYTHON:-/usr/bin/python3}" "$(dirname "$0")/records.py" "$@"
