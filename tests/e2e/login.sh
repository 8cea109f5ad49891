#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Usage: login.sh [TEST...] -- AUTH of clients: mechanisms, right and wrong passwords, TLS first, devices that insist on
# any login; swaks and msmtp. The last line is "N passed, N failed".
exec "${PYTHON:-/usr/bin/python3}" "$(dirname "$0")/login.py" "$@"
