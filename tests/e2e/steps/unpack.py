# SPDX-License-Identifier: Apache-2.0
"""Usage: unpack.py FOLDER IMAGE -- checks an image against the description in engine/config/image.h, without its code.
The entries become files of the folder; "/" becomes "_"."""

import hashlib
import os
import struct
import sys

folder, path = sys.argv[1:]
with open(path, "rb") as f:
    image = f.read()
magic, version, length, digest, seed, count, zero = struct.unpack_from("<8sII32s32sII", image)
assert magic == b"SEALIMG\x1a" and version == 1 and zero == 0
assert length == len(image) and length % 8 == 0
assert digest == hashlib.sha256(image[48:]).digest()
at = 88 + 16 * count
os.makedirs(folder)
with open(f"{folder}/SEED", "wb") as f:
    f.write(seed)
for i in range(count):
    pieces = []
    name_at, name_len, data_at, data_len = struct.unpack_from("<IIII", image, 88 + 16 * i)
    for start, size in ((name_at, name_len), (data_at, data_len)):
        assert start == at and size > 0
        pieces.append(image[start:start + size])
        at = (start + size + 7) // 8 * 8
        assert not any(image[start + size:at])
    with open(f"{folder}/{pieces[0].decode().replace('/', '_')}", "xb") as f:
        f.write(pieces[1])
assert at == length
