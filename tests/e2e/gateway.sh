#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Usage: gateway.sh [TEST...] -- mailseald as a process: its options and errors, its network, its spools, its end. Ports
# are free ones; nothing outside a temporary folder is touched. The last line is "N passed, N failed".
# BUILD is the folder with the programs or its parent (build/host by default).
cd "$(dirname "$0")/../.." || exit 1
exec "${PYTHON:-/usr/bin/python3}" tests/e2e/gateway.py "$@"
