# SPDX-License-Identifier: Apache-2.0
"""Usage: holds.py EXPRESSION -- whether it holds of the JSON document in the file "out", which it calls d."""

import json
import sys

with open("out", encoding="utf-8") as f:
    d = json.load(f)
assert eval(f"({sys.argv[1]})"), d
