#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Usage: judge.sh -- key records with every known fault, through the gateway (activation = dns), mailseal verify,
# doctor and key list, and three verifiers that we did not write: all give one verdict, and what is claimed about the
# three is true. BUILD names the folder with the programs or its parent (build/host). The last line is "N passed, N
# failed".
exec "${PYTHON:-/usr/bin/python3}" "$(dirname "$0")/judge.py" "$@"
