# SPDX-License-Identifier: Apache-2.0
"""dkimpy verifies signed.eml with the records that "mailseal key list --json" printed into the file "out"."""

import json

import dkim

with open("out", encoding="utf-8") as f:
    records = {k["record"]["name"]: k["record"]["value"] for k in json.load(f)["keys"]}
with open("signed.eml", "rb") as f:
    message = f.read()
assert dkim.verify(message, dnsfunc=lambda name, **_: records[name.decode().rstrip(".")].encode())
