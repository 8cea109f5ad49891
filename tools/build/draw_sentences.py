#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Usage: draw_sentences.py [SEED [COUNT]] -- draws sentences to read as a stranger would: COUNT (100) of them, a
quarter each from messages, help, documents and comments, the same for the same SEED (1) and tree.

If a native reader would order or word a sentence in another way, the sentence is written new, and so is its file."""
import random
import re
import sys

import prose

END = re.compile(r"(?<=[.!?])\s+(?=[A-Z`(\"])|\s{3,}")


def sentences():
    found = {kind: [] for kind in (prose.MESSAGE, prose.HELP, prose.DOCUMENT, prose.COMMENT)}
    for path in prose.files():
        for block in prose.blocks_of(path):
            if block.kind == prose.MESSAGE and not re.match(r"(engine|port|board|tools/mailseal)/.*\.[ch]$", path):
                continue
            offset = 0
            for sentence in END.split(block.text):
                at = block.text.find(sentence, offset)
                offset = at + len(sentence)
                if len(re.findall(r"[A-Za-z]{2,}", sentence)) >= 5 and "SPDX" not in sentence:
                    found[block.kind].append((path, block.at(at), sentence))
    return found


def main():
    seed = int(sys.argv[1]) if len(sys.argv) > 1 else 1
    count = int(sys.argv[2]) if len(sys.argv) > 2 else 100
    for kind, all_of_kind in sentences().items():
        print(f"\n{kind}: {len(all_of_kind)} sentences")
        for path, line, sentence in sorted(random.Random(seed).sample(all_of_kind, min(count // 4, len(all_of_kind)))):
            print(f"{path}:{line}: {sentence}")


main()
