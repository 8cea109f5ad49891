#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Usage: relay.sh [TEST...] -- mailseald between a scripted client and a scripted next hop: refusals at each verb, ends
# at each step, slow and odd replies, idle connections, the mirror of EHLO, octet-exact content. Over TCP on loopback.
# The last line is "N passed, N failed".
exec "${PYTHON:-/usr/bin/python3}" "$(dirname "$0")/relay.py" "$@"
