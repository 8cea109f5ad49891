#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Usage: abuse.sh [GROUP...] -- hostile and broken input against mailseald, a table of cases with the reply that is
# expected for each. The last line is "N passed, N failed".
exec "${PYTHON:-/usr/bin/python3}" "$(dirname "$0")/abuse.py" "$@"
