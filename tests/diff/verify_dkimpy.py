#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Usage: verify_dkimpy.py RECORD|--port PORT < list of files > verdicts: as opendkim.c, with dkimpy."""

import logging
import sys

import dkim
import dns.resolver

logging.disable(logging.CRITICAL)


def in_file(path):
    with open(path, "rb") as f:
        record = f.read().strip()

    def look_up(name, timeout=5):
        return record if name.startswith(b"seal._domainkey.") else b""
    return look_up


def at_port(port):
    """Ask like dkimpy itself, except for the server."""
    resolver = dns.resolver.Resolver(configure=False)
    resolver.nameservers, resolver.port = ["127.0.0.1"], port
    dns.resolver.default_resolver = resolver
    return dkim.get_txt


def main():
    look_up = at_port(int(sys.argv[2])) if sys.argv[1] == "--port" else in_file(sys.argv[1])
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
