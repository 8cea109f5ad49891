#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Usage: next_hop.sh [TEST...] -- TLS and login at the next hop: good certificates and bad ones, STARTTLS stripped and
# meddled with, handshakes that fail, every suite, resumption, AUTH. The last line is "N passed, N failed".
exec "${PYTHON:-/usr/bin/python3}" "$(dirname "$0")/next_hop.py" "$@"
