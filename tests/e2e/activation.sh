#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Usage: activation.sh [TEST...] -- activation = dns: which key signs while records come and go in a name server, with a
# cache before it or without one, while it is silent, and when the gateway is restarted at each step, also while mail
# flows. Hours pass immediately: the clocks of gateway and cache are moved forward.
# The last line is "N passed, N failed".
exec "${PYTHON:-/usr/bin/python3}" "$(dirname "$0")/activation.py" "$@"
