# SPDX-License-Identifier: Apache-2.0
"""A message signed with ed25519-sha256 verifies, with a verifier that shares no code with mailseal."""

import dkim

from passage import SEAL, expect, make, pass_message, run


def new_key(path):
    run("openssl", "genpkey", "-algorithm", "ed25519", "-out", path)
    record = run(SEAL, "key", "dns", path, "--domain", "sender.example", "--selector", "s1")
    expect("k=ed25519; p=", record)
    return next(line.split("; value: ")[1] for line in record.splitlines() if "; value: " in line)


make("host", "build/host/unit")
expect("0 failed", run("build/host/unit"))
_, _, message, record = pass_message(make_key=new_key)
expect("a=ed25519-sha256", message.decode())
verifier = dkim.DKIM(message)
if not verifier.verify(dnsfunc=lambda name, timeout=5: record.encode()):
    raise SystemExit(f"the signature does not verify: {message.decode()}")
if dkim.verify(message.replace(b"It arrives", b"It Arrives"), dnsfunc=lambda name, timeout=5: record.encode()):
    raise SystemExit("another message verifies too")
