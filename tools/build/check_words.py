#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Usage: check_words.py [FILE...] -- plain English in comments, messages, help and documents.

Each phrase below is an idiom that a native reader reads twice. A place where one is right stands in words_allowed.txt
with its reason; an entry there that nothing needs is a fault too."""
import fnmatch
import os
import re
import sys

import prose

HERE = os.path.dirname(os.path.abspath(__file__))
ALLOWED = os.path.join(HERE, "words_allowed.txt")
OWN = {"tools/build/check_words.py", "tools/build/words_allowed.txt"}

PHRASES = [
    (r"anew", "again, or restart"),
    (r"mend(s|ed|ing)?", "fix"),
    (r"whoever|whomever", "name the subject: the administrator, the client"),
    (r"somebody|anybody|nobody|everybody", "name the role: the administrator, an attacker, no client"),
    (r"for ever", "forever"),
    (r"(is|are|was|were|be|been) there", "exists, is set, is published, is present"),
    (r"there (is|are) none|what there is", "none exists, or say what is missing"),
    (r"(in front|behind|beside)( of)?", "before, after, next to, together with"),
    (r"so (often|long|many|much)(?! as)(?= that|[.,;:]|$)", "at most, at least this many"),
    (r"of no more use", "no longer usable"),
    (r"ha(s|ve) done with", "is finished with"),
    (r"(cannot|not|no|never|nothing|none)( \w+){0,3} any ?more(?! \w+ than)(?! than)", "no longer"),
    (r"says? of", "reports about"),
    (r"(is|are|was|were|be) told", "prints, shows, logs, reports"),
    (r"by itself|of (its|their) own", "automatically, or own"),
    (r"for it (is|was|has|does|may|can|would)", "because it"),
    (r"all the same", "still"),
    (r"whatever it is|what is asked for", "name the thing"),
]
COMPILED = [(re.compile(r"(?<![\w-])(?:%s)(?![\w-])" % pattern, re.I), better) for pattern, better in PHRASES]
COMPILED.append((re.compile(r", for (?:the|it|they|he|she|we|there|nothing|nobody|neither)(?![\w-])"),
                 "because, when it gives a reason"))


def read_allowed():
    entries = []
    with open(ALLOWED, encoding="utf-8") as source:
        for number, line in enumerate(source, 1):
            if line.strip() and not line.startswith("#"):
                fields = [field.strip() for field in line.split(" | ")]
                if len(fields) != 3 or not all(fields):
                    sys.exit(f"words_allowed.txt:{number}: expected FILE | TEXT | REASON")
                entries.append([number, *fields, False])
    return entries


def is_allowed(entries, block, start, end):
    for entry in entries:
        _, pattern, text, _, _ = entry
        if not fnmatch.fnmatch(block.path, pattern):
            continue
        at = block.text.lower().find(text.lower())
        while at >= 0:
            if at <= start and end <= at + len(text):
                entry[4] = True
                return True
            at = block.text.lower().find(text.lower(), at + 1)
    return False


def check(paths, entries):
    hits = 0
    for path in paths:
        for block in prose.blocks_of(path):
            for pattern, better in COMPILED:
                for match in pattern.finditer(block.text):
                    if not is_allowed(entries, block, match.start(), match.end()):
                        hits += 1
                        print(f'{path}:{block.at(match.start())}: "{match.group()}": {better}')
    return hits


def main():
    paths = sys.argv[1:]
    entries = read_allowed()
    hits = check(paths or [path for path in prose.files() if path not in OWN], entries)
    if not paths:
        for number, pattern, text, _, used in entries:
            if not used:
                hits += 1
                print(f"words_allowed.txt:{number}: nothing in {pattern} needs: {text}")
    if hits:
        print(f"{hits} to write in plain English; CONTRIBUTING.md has the rules")
    sys.exit(hits > 0)


main()
