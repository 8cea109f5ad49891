# SPDX-License-Identifier: Apache-2.0
"""Put a generated text between two lines of docs/measurements.md."""

import sys

DOCUMENT = "docs/measurements.md"


def update(name, text):
    begin, end = f"<!-- {name}:begin -->", f"<!-- {name}:end -->"
    with open(DOCUMENT, encoding="utf-8") as f:
        before, begins, rest = f.read().partition(begin)
    _, ends, after = rest.partition(end)
    if not begins or not ends:
        sys.exit(f"{DOCUMENT} has no {begin} and {end}")
    with open(DOCUMENT, "w", encoding="utf-8") as f:
        f.write(f"{before}{begin}\n{text}{end}{after}")
    print(f"{DOCUMENT} updated", file=sys.stderr)
