#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Usage: walkthrough.sh -- README's way from nothing to a change of keys, with its commands as they are printed
# there, with real name servers and a mail from each domain. The last line is "N passed, N failed".
exec "${PYTHON:-/usr/bin/python3}" "$(dirname "$0")/walkthrough.py" "$@"
