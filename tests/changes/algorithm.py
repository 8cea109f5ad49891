# SPDX-License-Identifier: Apache-2.0
"""Messages are signed with ecdsa-sha256, and OpenSSL verifies the signature with the key of the record."""

import base64
import hashlib
import os
import subprocess
import tempfile

import dkim
from dkim.canonicalization import CanonicalizationPolicy

from passage import SEAL, expect, make, pass_message, run

# SubjectPublicKeyInfo of a P-256 key (RFC 5480 2), but for its point.
P256 = bytes.fromhex("3059301306072a8648ce3d020106082a8648ce3d030107034200")


def new_key(path):
    subprocess.run(["openssl", "genpkey", "-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256", "-out", path],
                   check=True, capture_output=True)
    os.chmod(path, 0o600)
    made = run(SEAL, "key", "dns", path, "--domain", "sender.example", "--selector", "s1")
    return next(line for line in made.splitlines() if line.startswith("; value: ")).removeprefix("; value: ")


def number(octets):
    octets = octets.lstrip(b"\0")
    octets = b"\0" * (octets[:1] >= b"\x80") + octets
    return b"\x02" + bytes([len(octets)]) + octets


def verifies(point, signature, signed):
    """Whether openssl finds r and s of `signature` to be of `signed`."""
    numbers = number(signature[:32]) + number(signature[32:])
    with tempfile.TemporaryDirectory() as folder:
        for name, octets in {"key": P256 + point, "signature": b"\x30" + bytes([len(numbers)]) + numbers,
                             "signed": signed}.items():
            with open(f"{folder}/{name}", "wb") as f:
                f.write(octets)
        done = subprocess.run(["openssl", "dgst", "-sha256", "-verify", f"{folder}/key", "-keyform", "DER",
                               "-signature", f"{folder}/signature", f"{folder}/signed"], capture_output=True)
        return done.returncode == 0


class Collect:
    """What was to be hashed."""
    octets = b""

    def update(self, octets):
        self.octets += octets


def check(content, record):
    headers, body = dkim.rfc822_parse(content)
    [field] = [h for h in headers if h[0].lower() == b"dkim-signature"]
    tags = dkim.parse_tag_value(field[1])
    how = CanonicalizationPolicy.from_c_value(tags[b"c"])
    expect("ecdsa-sha256", tags[b"a"].decode())
    expect(base64.b64encode(hashlib.sha256(how.canonicalize_body(body)).digest()).decode(), tags[b"bh"].decode())
    signed = Collect()
    names = [name.strip().lower() for name in tags[b"h"].split(b":")]
    dkim.hash_headers(signed, how, how.canonicalize_headers(headers), names, field, tags)
    point = base64.b64decode(record.split("p=")[1])
    signature = base64.b64decode(tags[b"b"])
    if not verifies(point, signature, signed.octets) or verifies(point, signature, signed.octets + b" "):
        raise SystemExit(f"the signature is not of these octets: {signed.octets}")


make("host", "build/host/unit")
expect("0 failed", run("build/host/unit"))
_, _, content, record = pass_message(make_key=new_key)
expect("v=DKIM1; k=ecdsa; p=", record)
check(content, record)
_, _, content, record = pass_message()
expect("v=DKIM1; k=rsa; p=", record)
expect("a=rsa-sha256", content.decode())
