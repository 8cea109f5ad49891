# SPDX-License-Identifier: Apache-2.0
"""Usage: boards.py {BOARD IMAGE CPU-FLAGS QEMU-OPTIONS}... -- what board_bench.c counts, as a table, for every board;
UPDATE=1 puts it into README.md too."""

import os
import re
import subprocess
import sys

import readme

RESULTS = f"{os.environ.get('BUILD', 'build')}/bench/boards.md"
ICOUNT = ["-icount", "shift=3,sleep=off"]
LOOP = 20000000
HEAD = """\
**The boards, in executed instructions**

Made by `make bench-boards UPDATE=1`, which runs `tests/bench/board/board_bench.c` with the board's own code and flags:
`qemu-system-arm -M BOARD {icount} -kernel build/BOARD/bench.elf`. Instructions are not cycles, but the
same in every run. An octet of a message goes through line ends, limits, canonicalization and SHA-256, in pieces of
{chunk}; "hash" is SHA-256 alone. A signature is RSA-2048, with the key parsed and new blinding each time, as boards do
it; "kept" is what it would take with the key kept in the arena.

"""
COLUMNS = [("signature", "sign"), ("verification", "verify"), ("signature, kept", "sign-kept")]
OCTETS = [("prose, relaxed", "prose-relaxed"), ("prose, simple", "prose-simple"),
          ("base64, relaxed", "base64-relaxed"), ("base64, simple", "base64-simple"), ("hash", "sha256")]


def run(board, image, options):
    options = re.sub(r"-drive \S+", "", options).split()
    qemu = subprocess.run(["qemu-system-arm", *options, "-nographic", "-monitor", "none", "-serial", "null",
                           "-nic", "none", *ICOUNT, "-chardev", "stdio,id=out", "-semihosting-config",
                           "enable=on,target=native,chardev=out", "-kernel", image],
                          stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=300)
    if qemu.returncode != 0:
        sys.exit(f"{board}: QEMU ended with {qemu.returncode}: {(qemu.stdout + qemu.stderr)[-300:]}")
    found = {name: int(number) for name, number in re.findall(r"(?m)^(\S+)\t(\d+)$", qemu.stdout)}
    if abs(found["loop"] - LOOP) > 1:
        sys.exit(f"{board}: a loop of {LOOP} instructions is counted as {found['loop']}")
    return found


def main():
    with open("tests/bench/board/board_bench.c", encoding="utf-8") as source:
        chunk = re.search(r"#define CHUNK\s+(\d+)", source.read())[1]
    text = HEAD.format(icount=" ".join(ICOUNT), chunk=chunk)
    titles = [f"{title}, M" for title, _ in COLUMNS] + [f"{title}, per octet" for title, _ in OCTETS]
    text += "| board | processor | " + " | ".join(titles) + " |\n|---|---|" + "--:|" * len(titles) + "\n"
    args = sys.argv[1:]
    for board, image, flags, options in zip(args[::4], args[1::4], args[2::4], args[3::4]):
        found = run(board, image, options)
        cells = [f"{found[name] / 1e6:.1f}" for _, name in COLUMNS] + [f"{found[name] / 100:.1f}" for _, name in OCTETS]
        text += f"| {board} | {flags.removeprefix('-mcpu=')} | " + " | ".join(cells) + " |\n"
    os.makedirs(os.path.dirname(RESULTS), exist_ok=True)
    with open(RESULTS, "w", encoding="utf-8") as f:
        f.write(text)
    print(text)
    if os.environ.get("UPDATE"):
        readme.update("icount", text)


main()
