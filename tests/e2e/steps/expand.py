# SPDX-License-Identifier: Apache-2.0
"""Usage: expand.py <DER -- prints the numbers of an RSAPrivateKey that an image contains (port/mbedtls/keygen.h), from
PKCS#8."""

import struct
import sys
import zlib


def tlv(octets):
    length, at = octets[1], 2
    if length >= 0x80:
        at += length & 0x7f
        length = int.from_bytes(octets[2:at], "big")
    return octets[at:at + length], octets[at + length:]


rest = tlv(sys.stdin.buffer.read())[0]
for _ in range(2):
    rest = tlv(rest)[1]
rest, numbers = tlv(tlv(rest)[0])[0], []
while rest:
    number, rest = tlv(rest)
    numbers.append(int.from_bytes(number, "big"))
packed = b"".join(number.to_bytes((numbers[1].bit_length() + 15) // 16, "big") for number in numbers[4:])
sys.stdout.buffer.write(packed + struct.pack("<I", zlib.crc32(packed)))
