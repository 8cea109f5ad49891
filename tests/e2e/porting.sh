#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Usage: porting.sh [WALK...] -- docs/porting.md as its reader follows it: see porting.py. The last line is "N passed,
# N failed".
set -u

cd "$(dirname "$0")/../.." || exit 1
unset MAKEFLAGS MFLAGS MAKELEVEL BOARD BOARDS
exec "${PYTHON:-/usr/bin/python3}" -B tests/e2e/porting.py "$@"
