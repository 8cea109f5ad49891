# SPDX-License-Identifier: Apache-2.0
"""Usage: verify.py MESSAGE RECORD... -- dkimpy verifies every signature of a message with the records that "mailseal
key" printed into these files."""

import sys

import dkim

records = {}
for path in sys.argv[2:]:
    with open(path, encoding="utf-8") as f:
        for line in f:
            if line.startswith("; name:"):
                owner = line.split()[-1]
            if line.startswith("; value: "):
                records[owner.encode() + b"."] = line[len("; value: "):].strip().encode()
with open(sys.argv[1], "rb") as f:
    message = f.read()
head = message.split(b"\r\n\r\n")[0]
count = sum(line.lower().startswith(b"dkim-signature:") for line in head.split(b"\r\n"))
results = [dkim.DKIM(message).verify(idx=i, dnsfunc=lambda name, timeout=5: records.get(name)) for i in range(count)]
print(count, results)
sys.exit(not (count > 0 and all(results)))
