#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Usage: asan.sh -- units, cuts, the simulation and the gateway itself under the address and undefined-behaviour
# sanitizers: whatever they find ends the program, and its test fails. The last line is "N passed, N failed".
set -u

cd "$(dirname "$0")/.." || exit 1
export BUILD=${BUILD:-build}
export MAILSEALD=$BUILD/asan/mailseald
exec tests/run.sh asan-unit="$BUILD/asan/unit" asan-cut="$BUILD/asan/cut" asan-sim="$BUILD/asan/sim" \
    asan-relay=tests/e2e/relay.sh asan-abuse=tests/e2e/abuse.sh
