#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Usage: bench.sh -- measures and writes build/bench/results.md; UPDATE=1 puts the results into docs/measurements.md
# too, QUICK=1 only checks that the benchmark works.
exec "${PYTHON:-/usr/bin/python3}" "$(dirname "$0")/bench.py" "$@"
