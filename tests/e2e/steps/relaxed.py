# SPDX-License-Identifier: Apache-2.0
"""Usage: relaxed.py MESSAGE -- prints the header data that the topmost signature signs, in the relaxed form, and writes
the signature itself into signature.bin."""

import base64
import re
import sys

with open(sys.argv[1], "rb") as f:
    head = f.read().split(b"\r\n\r\n")[0] + b"\r\n"
fields = re.findall(rb"(?:^|(?<=\n))([^\s:]+):((?:.*\r\n)(?:[ \t].*\r\n)*)", head)


def relaxed(name, value):
    return name.lower() + b":" + re.sub(rb"[ \t]+", b" ", value.replace(b"\r\n", b"")).strip()


signature = fields.pop(0)
tags = dict(t.strip().split(b"=", 1) for t in signature[1].replace(b"\r\n", b"").split(b";") if t.strip())
out = b""
for name in re.sub(rb"\s", b"", tags[b"h"]).split(b":"):
    for i in range(len(fields) - 1, -1, -1):
        if fields[i][0].lower() == name.lower():
            out += relaxed(*fields.pop(i)) + b"\r\n"
            break
out += relaxed(signature[0], re.sub(rb"([;\s]b=)[^;]*", rb"\1", signature[1]))
with open("signature.bin", "wb") as f:
    f.write(base64.b64decode(re.sub(rb"\s", b"", tags[b"b"])))
sys.stdout.buffer.write(out)
