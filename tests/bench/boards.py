# SPDX-License-Identifier: Apache-2.0
"""Usage: boards.py {BOARD IMAGE CPU-FLAGS QEMU-OPTIONS}... -- prints the counts of board_bench.c as a table, for each
board; UPDATE=1 puts it into README.md too."""

import os
import re
import ssl
import subprocess
import sys
import tempfile
import threading

import readme
import tls_peer

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
TLS_HEAD = """
Handshakes of TLS, with a peer on the host: `tests/bench/tls_peer.py`, {peer}, whose octets come and
go by semihosting. A chain has two certificates, and the client checks both against a root; all keys are of the kind
that the line says, RSA-2048 or ECDSA P-256. What is drawn at random makes a difference of up to a few per cent. An
octet is one that goes out, in records as full as the board makes them.

"""
COLUMNS = [("signature", "sign"), ("verification", "verify"), ("signature, kept", "sign-kept")]
OCTETS = [("prose, relaxed", "prose-relaxed"), ("prose, simple", "prose-simple"),
          ("base64, relaxed", "base64-relaxed"), ("base64, simple", "base64-simple"), ("hash", "sha256")]
HANDSHAKES = [(f"{title} {version[0]}.{version[1]}, {kind}", f"{side}{version}-{key}{again}")
              for side, title in (("client", "client"), ("server", "server"))
              for version in ("12", "13")
              for key, again, kind in (("rsa", "", "RSA"), ("ec", "", "ECDSA"), ("ec", "-again", "resumed"))]
RECORDS = [("AES-128-GCM, per octet", "gcm"), ("ChaCha20-Poly1305, per octet", "chacha")]


def run(board, image, options):
    """The output of the image, which runs in the folder where its peer has made the pipes."""
    image = os.path.abspath(image)
    with tempfile.TemporaryDirectory() as folder:
        tls_peer.make_chains(folder)
        peer = threading.Thread(target=tls_peer.Peer(folder).run, daemon=True)
        peer.start()
        return run_image(board, image, options, folder)


def run_image(board, image, options, folder):
    options = re.sub(r"-(drive|device) \S+", "", options).split()
    qemu = subprocess.run(["qemu-system-arm", *options, "-nographic", "-monitor", "none", "-serial", "null",
                           "-nic", "none", *ICOUNT, "-chardev", "stdio,id=out", "-semihosting-config",
                           "enable=on,target=native,chardev=out", "-kernel", image],
                          stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=300, cwd=folder)
    if qemu.returncode != 0:
        sys.exit(f"{board}: QEMU ended with {qemu.returncode}: {(qemu.stdout + qemu.stderr)[-300:]}")
    found = {name: int(number) for name, number in re.findall(r"(?m)^(\S+)\t(\d+)$", qemu.stdout)}
    if abs(found["loop"] - LOOP) > 1:
        sys.exit(f"{board}: a loop of {LOOP} instructions was counted as {found['loop']}")
    return found


def main():
    with open("tests/bench/board/board_bench.c", encoding="utf-8") as source:
        chunk = re.search(r"#define CHUNK\s+(\d+)", source.read())[1]
    text = HEAD.format(icount=" ".join(ICOUNT), chunk=chunk)
    titles = [f"{title}, M" for title, _ in COLUMNS] + [f"{title}, per octet" for title, _ in OCTETS]
    text += "| board | processor | " + " | ".join(titles) + " |\n|---|---|" + "--:|" * len(titles) + "\n"
    os.makedirs(os.path.dirname(RESULTS), exist_ok=True)
    args, boards = sys.argv[1:], {}
    for board, image, flags, options in zip(args[::4], args[1::4], args[2::4], args[3::4]):
        found = run(board, image, options)
        cells = [f"{found[name] / 1e6:.1f}" for _, name in COLUMNS] + [f"{found[name] / 100:.1f}" for _, name in OCTETS]
        text += f"| {board} | {flags.removeprefix('-mcpu=')} | " + " | ".join(cells) + " |\n"
        boards[board] = found
        with open(f"{os.path.dirname(RESULTS)}/{board}.txt", "w", encoding="utf-8") as f:
            f.writelines(f"{name}\t{number}\n" for name, number in found.items())
    text += TLS_HEAD.format(peer=ssl.OPENSSL_VERSION)
    text += "| M instructions | " + " | ".join(boards) + " |\n|---|" + "--:|" * len(boards) + "\n"
    for titles, unit in (HANDSHAKES, 1e6), (RECORDS, 100):
        for title, name in titles:
            cells = [f"{found[name] / unit:.1f}" if name in found else "-" for found in boards.values()]
            text += f"| {title} | " + " | ".join(cells) + " |\n"
    with open(RESULTS, "w", encoding="utf-8") as f:
        f.write(text)
    print(text)
    if os.environ.get("UPDATE"):
        readme.update("icount", text)


main()
