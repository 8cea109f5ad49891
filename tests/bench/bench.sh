#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Usage: bench.sh -- first figures, into build/bench/results.md; UPDATE=1 puts them into README.md too, QUICK=1 is for a
# look whether it works at all.
exec "${PYTHON:-/usr/bin/python3}" "$(dirname "$0")/bench.py" "$@"
