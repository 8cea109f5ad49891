# SPDX-License-Identifier: Apache-2.0
"""Usage: holds.py EXPRESSION -- checks that it is true for the JSON document d in the file "out"."""

import json
import sys

with open("out", encoding="utf-8") as f:
    d = json.load(f)
assert eval(f"({sys.argv[1]})"), d
