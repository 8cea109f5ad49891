# SPDX-License-Identifier: Apache-2.0
"""Usage: porting.py [WALK...] -- the walks of docs/porting.md (all unless named) in a copy of the tree, by nothing but
the blocks that are marked for them: ```sh WALK is run, ```text WALK must be in what was printed before it, whatever its
numbers are. A block with "long" after the walk's name runs with LONG=1 only. A walk's name is that of its board. Then
faults are planted on the new boards, and the self-test must find them; with LONG=1 it runs on every other board too.

A board is built from the objects of one that has the same compiler options, as far as these are up to date."""

import glob
import os
import re
import shutil
import subprocess
import sys

import tally
from ports import free_port
from tally import check

ROOT = os.getcwd()
BUILD = os.path.abspath(os.environ.get("BUILD", "build"))
COPY = f"{BUILD}/porting"
GUIDE = "docs/porting.md"
LONG = bool(os.environ.get("LONG"))
# The boards whose options the walks choose.
DONORS = {"mps2-an385": "emcraft-sf2", "netduino2": "lm3s6965evb"}


def blocks():
    """(kind, walk, only when long, text) in their order."""
    with open(GUIDE) as f:
        found = re.findall(r"(?ms)^```(\w+) (\S+)( long)?\n(.*?)^```$", f.read())
    return [(kind, walk, bool(long), text) for kind, walk, long, text in found]


def copy_tree():
    shutil.rmtree(COPY, ignore_errors=True)
    os.makedirs(f"{COPY}/build")
    for name in os.listdir(ROOT):
        if name not in ("build", ".git"):
            subprocess.run(["cp", "-a", name, COPY], check=True)
    for name in ("deps", "corpus"):
        if os.path.isdir(f"{ROOT}/build/{name}"):
            os.symlink(f"{ROOT}/build/{name}", f"{COPY}/build/{name}")
    subprocess.run(["cp", "-a", f"{BUILD}/host", f"{BUILD}/texts.c", f"{COPY}/build"], check=True)


def run(command):
    environment = {name: value for name, value in os.environ.items() if name not in ("BUILD", "LONG")}
    environment |= {"PORT": str(free_port()), "SINK_PORT": str(free_port())}
    done = subprocess.run(["bash", "-euc", command], cwd=COPY, env=environment, stdin=subprocess.DEVNULL,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, errors="replace",
                          timeout=10 * tally.HUNG_S)
    return done.returncode, done.stdout


def options(board):
    """What this board's objects are compiled with."""
    names = " ".join(f"$({name}_{board})" for name in ("CC", "FLAGS", "ENGINE_FLAGS"))
    return run(f"make --no-print-directory --eval 'options: ; @echo $(strip {names})' options 2>&1 | tail -n 1")[1]


def lend_objects(board):
    """Objects of the donor, with what they depend on, so that make builds what is older than its sources."""
    donor = DONORS.get(board)
    have, want = f"{BUILD}/{donor}", f"{COPY}/build/{board}"
    if os.path.exists(want) or not os.path.isdir(have) or options(board) != options(donor):
        return
    shutil.copystat(f"{ROOT}/board/{donor}/board.mk", f"{COPY}/board/{board}/board.mk")
    for folder, _, files in os.walk(have):
        to = folder.replace(have, want, 1)
        for name in files:
            if name.endswith((".o", ".a", ".ci", ".d")) and "/board/" not in folder:
                os.makedirs(to, exist_ok=True)
                shutil.copy2(f"{folder}/{name}", f"{to}/{name}")
            if name.endswith(".d") and os.path.exists(f"{to}/{name}"):
                with open(f"{to}/{name}") as f:
                    text = f.read().replace(f"{os.path.relpath(BUILD, ROOT)}/{donor}/", f"build/{board}/")
                with open(f"{to}/{name}", "w") as f:
                    f.write(text)


def alike(text):
    return re.sub(r"\d+", "N", text)


def is_in(expected, printed):
    """Its lines are all there, in this order; numbers differ."""
    lines = iter(alike(printed).split("\n"))
    return all(alike(line) in lines for line in expected.splitlines())


def walk(board):
    printed = ""
    for kind, name, long, text in blocks():
        if name != board or long and not LONG:
            continue
        if kind == "text":
            check(is_in(text, printed), f"prints what {GUIDE} shows", f"{text}\nwas expected in\n{printed[-1500:]}")
            continue
        if re.search(r"(?m)^make ", text):
            lend_objects(board)
        before = tally.cpu_s()
        code, said = run(text)
        printed += said
        print(f"    {tally.cpu_s() - before:4.1f} s of CPU: {text.splitlines()[-1]}", flush=True)
        if not check(code == 0, text.splitlines()[0], f"ended with {code}\n{said[-1500:]}"):
            return False
    return True


def edit(path, old, new):
    with open(f"{COPY}/{path}") as f:
        text = f.read()
    check(text.count(old) == 1, f"{path} has {old}")
    with open(f"{COPY}/{path}", "w") as f:
        f.write(text.replace(old, new))


def planted(board, what, edits, *expected):
    """The self-test of the board with these mistakes prints each of the expected lines."""
    for path, old, new in edits:
        edit(f"board/{board}/{path}", old, new)
    code, said = run(f"make selftest-board BOARD={board}")
    check(code != 0 and all(alike(line) in alike(said).split("\n") for line in expected), what, said[-1500:])
    for path, old, new in edits:
        edit(f"board/{board}/{path}", new, old)


def refused(board, what, path, old, new, expected, target="selftest.elf"):
    """With this mistake the self-test, or another file, is not built, for this reason."""
    path = f"board/{board}/{path}"
    with open(f"{COPY}/{path}") as f:
        text = f.read()
    edit(path, old, new)
    code, said = run(f"make build/{board}/{target}")
    check(code != 0 and expected in said, what, said[-1500:])
    with open(f"{COPY}/{path}", "w") as f:
        f.write(text)


def check_mps2_an385():
    if LONG:
        planted("mps2-an385", "a wrong interrupt of the Ethernet", [("board.c", ".eth_irq = 13", ".eth_irq = 14")],
                "ethernet: a frame came, but no interrupt: look at eth_irq: FAILED", "self-test failed: ethernet")


def check_netduino2():
    planted("netduino2", "a memory that is smaller, and a counter that runs the other way",
            [("link.ld", "LENGTH = 128K", "LENGTH = 256K"),
             ("board.c", ".hz = 1000000", ".hz = 1000000, .down = true")],
            "memory: bytes of RAM that are free: 1, of the spool: 1: FAILED",
            "clock: the counter runs the other way: look at `down`: FAILED", "self-test failed: memory, clock")
    planted("netduino2", "a counter that stands still", [("board.c", "0x40000024", "0x40000034")],
            "clock: the counter stands still, or its address is wrong: FAILED", "self-test failed: clock")
    planted("netduino2", "a tick that is too fast", [("board.c", "CPU_HZ 120000000u", "CPU_HZ 100000000u")],
            "clock: 2000 ms by the counter, 240 ticks of 10 ms: FAILED", "self-test failed: clock")
    refused("netduino2", "memories that overlap", "link.ld", 'REGION_ALIAS("BULK", RAM)',
            "MEMORY { BULK (rw) : ORIGIN = 0x20010000, LENGTH = 128K }", "RAM and BULK overlap")
    refused("netduino2", "RAM within CODE", "link.ld", "0x20000000", "0x08000000", "CODE and RAM overlap")
    code, said = run("make build/netduino2/mailseal-qemu.elf; tools/build/run_board.sh unit netduino2 '-M netduino2 "
                     "-device loader,file=build/demo-netduino2/image.bin,addr=0x080a0000,force-raw=on' '' "
                     "build/netduino2/mailseal-qemu.elf")
    check("refused: no Ethernet controller answers" in said, "without Ethernet the gateway refuses to start", said)
    refused("netduino2", "a size that is missing", "board.mk", "-DSEAL_LEARN=0", "",
            '"board.mk sets SEAL_SESSIONS, but not SEAL_LEARN"', "port/cortexm/main.o")
    lines = [("board.mk", "PLANTED_netduino2 := 1"), ("board.mk", "DEFINES_netduino2 += -DSEAL_SIZE=1"),
             ("link.ld", "SEAL_MORE = 1;")]
    for path, line in lines:
        with open(f"{COPY}/board/netduino2/{path}", "a") as f:
            f.write(f"{line}\n")
    code, said = run("$(make -n check-text | grep check_porting)")
    for path, name in (("board.mk", "PLANTED_"), ("board.mk", "SEAL_SIZE"), ("link.ld", "SEAL_MORE")):
        check(code != 0 and f"board/netduino2/{path}: docs/porting.md does not explain {name}\n" in said,
              f"a variable that the guide does not explain: {name}", said)


def check_self_tests():
    """Of the boards that exist."""
    for path in sorted(glob.glob("board/*/board.mk")):
        board = path.split("/")[1]
        done = subprocess.run(["make", "selftest-board", f"BOARD={board}"], stdin=subprocess.DEVNULL, text=True,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=10 * tally.HUNG_S)
        check(done.returncode == 0 and done.stdout.endswith("self-test passed\n"), board, done.stdout[-1500:])


def main():
    walks = list(dict.fromkeys(name for _, name, _, _ in blocks()))
    check(set(walks) == set(DONORS), "every walk is known here", walks)
    copy_tree()
    for board in [name for name in walks if name in sys.argv[1:] or not sys.argv[1:]]:
        tally.place = board
        with tally.part(board):
            if walk(board):
                globals()[f"check_{board.replace('-', '_')}"]()
    tally.place = ""
    if LONG and not sys.argv[1:]:
        with tally.part("the self-test of every board"):
            check_self_tests()
    if tally.failed == 0:
        shutil.rmtree(COPY)
    tally.end()


main()
