#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Usage: asan.sh PROGRAM [ARGUMENT...] -- runs a suite with the gateway, or the tool, under the address and
# undefined-behaviour sanitizers: a fault that they find ends the program, and its test fails.
set -u

cd "$(dirname "$0")/.." || exit 1
export BUILD=${BUILD:-build}
export MAILSEALD=$BUILD/asan/mailseald
[ ! -x "$BUILD/asan/mailseal" ] || export MAILSEAL=$BUILD/asan/mailseal
exec "$@"
