# SPDX-License-Identifier: Apache-2.0
"""Put a generated text between two lines of README.md."""

import sys


def update(name, text):
    begin, end = f"<!-- {name}:begin -->", f"<!-- {name}:end -->"
    with open("README.md", encoding="utf-8") as f:
        before, begins, rest = f.read().partition(begin)
    _, ends, after = rest.partition(end)
    if not begins or not ends:
        sys.exit(f"README.md has no {begin} and {end}")
    with open("README.md", "w", encoding="utf-8") as f:
        f.write(f"{before}{begin}\n{text}{end}{after}")
    print("README.md updated", file=sys.stderr)
