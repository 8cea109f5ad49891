#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Usage: verify_demo.py MESSAGE RECORD -- verifies a message with dkimpy, which shares no code with us.

RECORD is what "mailseal key dns" prints, lines for a zone file; DNS itself is not asked. Prints "pass", or "fail" and
why; the exit code is 0 only for pass.
"""

import logging
import re
import sys

import dkim


def read_zone(path):
    """{name: text} of the TXT records in zone-file form, strings put together."""
    with open(path) as f:
        text = re.sub(r"(?m)^\s*;.*$", "", f.read())
    records = re.findall(r"(\S+)\s+(?:\d+\s+)?IN\s+TXT\s+\(?((?:\s*\"[^\"]*\")+)", text)
    return {name.lower(): "".join(re.findall(r"\"([^\"]*)\"", strings)) for name, strings in records}


def main():
    records = read_zone(sys.argv[2])
    with open(sys.argv[1], "rb") as f:
        message = f.read()
    logging.disable(logging.CRITICAL)
    try:
        good = dkim.DKIM(message).verify(dnsfunc=lambda name, timeout=5: records.get(name.decode().lower(),
                                                                                     "").encode())
        reason = "the signature does not verify"
    except Exception as e:
        good, reason = False, e
    print("pass" if good else f"fail: {reason}")
    return 0 if good else 1


sys.exit(main())
