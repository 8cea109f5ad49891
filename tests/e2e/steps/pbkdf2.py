# SPDX-License-Identifier: Apache-2.0
"""Usage: pbkdf2.py FILE USER ROUNDS PASSWORD -- checks the item of "login =" in a file with hashlib."""

import base64
import hashlib
import sys

path, wanted_user, wanted_rounds, password = sys.argv[1:]
with open(path, encoding="utf-8") as f:
    user, kind, rounds, salt, digest = f.read().rstrip("\n").split(":")
assert [user, kind, rounds] == [wanted_user, "pbkdf2-sha256", wanted_rounds], (user, kind, rounds)
salt = base64.b64decode(salt, validate=True)
assert len(salt) == 16
expected = hashlib.pbkdf2_hmac("sha256", password.encode(), salt, int(rounds), 32)
assert base64.b64decode(digest, validate=True) == expected
