# SPDX-License-Identifier: Apache-2.0
"""Usage: boards.py {BOARD IMAGE CPU-FLAGS QEMU-OPTIONS}... -- prints the counts of board_bench.c as a table, for each
board; UPDATE=1 puts it into docs/measurements.md too."""

import os
import re
import ssl
import subprocess
import sys
import tempfile
import threading

import document
import tls_peer

RESULTS = f"{os.environ.get('BUILD', 'build')}/bench/boards.md"
ICOUNT = ["-icount", "shift=3,sleep=off"]
LOOP = 20000000
HEAD = """\
**The boards, in executed instructions**

`make bench-boards UPDATE=1` writes these tables. It runs `tests/bench/board/board_bench.c`, compiled with the board's
own flags: `qemu-system-arm -M BOARD {icount} -kernel build/BOARD/bench.elf`. Instructions are not cycles, but
their number is the same in every run. Each byte of a message passes line ends, limits, canonicalization and SHA-256
in pieces of {chunk} bytes; "hash" is SHA-256 alone. A signature is made with RSA-2048; the key is parsed and blinded
again for each one, as boards do it. "kept" is the cost if the key stayed in the arena.

"""
TLS_HEAD = """
TLS handshakes run against a peer on the host (`tests/bench/tls_peer.py`, {peer}); its bytes travel by
semihosting. A chain has two certificates, and the client checks both against a root. All keys of a row are of its kind,
RSA-2048 or ECDSA P-256. Random numbers change a figure by a few per cent. The last two rows count one byte that is
sent, in records as full as the board makes them.

"""
COLUMNS = [("signature", "sign"), ("verification", "verify"), ("signature, kept", "sign-kept")]
OCTETS = [("prose, relaxed", "prose-relaxed"), ("prose, simple", "prose-simple"),
          ("base64, relaxed", "base64-relaxed"), ("base64, simple", "base64-simple"), ("hash", "sha256")]
HANDSHAKES = [(f"{title} {version[0]}.{version[1]}, {kind}", f"{side}{version}-{key}{again}")
              for side, title in (("client", "client"), ("server", "server"))
              for version in ("12", "13")
              for key, again, kind in (("rsa", "", "RSA"), ("ec", "", "ECDSA"), ("ec", "-again", "resumed"))]
RECORDS = [("AES-128-GCM, per byte", "gcm"), ("ChaCha20-Poly1305, per byte", "chacha")]


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
    titles = [f"{title}, M" for title, _ in COLUMNS] + [f"{title}, per byte" for title, _ in OCTETS]
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
        document.update("icount", text)


main()
