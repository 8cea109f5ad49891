#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Usage: postfix.sh -- mailseald between real mail servers: Postfix as next hop with OpenDKIM verifying, Postfix with us
# as its relayhost, swaks. All of it is in a private folder, on loopback and free ports; Postfix must be started by
# root. The last line is "N passed, N failed".
exec "${PYTHON:-/usr/bin/python3}" "$(dirname "$0")/postfix.py" "$@"
