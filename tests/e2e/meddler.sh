#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Usage: meddler.sh [SECONDS [SEED]] -- an attacker sits on both wires, and cuts, delays, splits, drops, duplicates and
# changes what passes, TLS and the octets before it. The last line is "N passed, N failed".
exec "${PYTHON:-/usr/bin/python3}" "$(dirname "$0")/meddler.py" "$@"
