#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Usage: verify_dkimpy.py RECORD < list of files > verdicts: as opendkim.c, with dkimpy."""

import logging
import sys

import dkim

logging.disable(logging.CRITICAL)


def main():
    with open(sys.argv[1], "rb") as f:
        record = f.read().strip()

    def look_up(name, timeout=5):
        return record if name.startswith(b"seal._domainkey.") else b""

    for line in sys.stdin:
        name = line.rstrip("\n")
        with open(name, "rb") as f:
            message = f.read()
        reason = ""
        try:
            good = dkim.DKIM(message).verify(idx=0, dnsfunc=look_up)
        except dkim.DKIMException as e:
            good, reason = False, f"{type(e).__name__}: {e}"
        except Exception as e:  # a verifier that breaks has not passed the message
            good, reason = False, f"{type(e).__name__} in dkimpy: {e}"
        print(name, "pass" if good else "fail", reason.replace("\n", " ")[:200], sep="\t")


main()
