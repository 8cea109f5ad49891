#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Usage: doctor.sh -- mailseal doctor and selftest: messages signed by mailseal sign, then damaged in known ways; Knot
# serves the keys; dkimpy and OpenDKIM judge the same files. BUILD names the folder with the program or its parent.
# The last line is "N passed, N failed".
cd "$(dirname "$0")/../.." || exit 1
exec "${PYTHON:-/usr/bin/python3}" tests/e2e/doctor.py "$@"
