#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Usage: bench.sh -- first figures, into build/bench/results.md; UPDATE=1 puts them into docs/measurements.md
# too, QUICK=1 only shows that it works.
exec "${PYTHON:-/usr/bin/python3}" "$(dirname "$0")/bench.py" "$@"
