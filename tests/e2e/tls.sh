#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Usage: tls.sh [TEST...] -- TLS with clients: OpenSSL, GnuTLS, swaks, msmtp, Python, and octets that are not TLS;
# what is offered, code point by code point. The last line is "N passed, N failed".
exec "${PYTHON:-/usr/bin/python3}" "$(dirname "$0")/tls.py" "$@"
