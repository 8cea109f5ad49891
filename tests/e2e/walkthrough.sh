#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Usage: walkthrough.sh -- what README says of the way from nothing to a key that changes, its commands as they stand
# there, with real name servers and a mail from each domain. The last line is "N passed, N failed".
exec "${PYTHON:-/usr/bin/python3}" "$(dirname "$0")/walkthrough.py" "$@"
