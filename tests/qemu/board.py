# SPDX-License-Identifier: Apache-2.0
"""A board in QEMU: the facts in its folder, its start, its UART, its plugs and buttons (QMP)."""

import atexit
import ctypes
import json
import os
import re
import shutil
import signal
import socket
import struct
import subprocess
import sys
import threading
import time

sys.path.append("tools/build")

import explain_end  # noqa: E402

BUILD = os.environ.get("BUILD", "build")
MAILSEAL = os.environ.get("MAILSEAL", f"{BUILD}/host/mailseal")
READY = rb"network address=[1-9]"
TROUBLE = rb"FAULT|PANIC|stack has overflowed"
# Seconds after which something hangs. None of these is a promise: promised times are measured by the board's clock,
# where instructions are counted (icount).
PATIENCE = 300
# Nanoseconds for an instruction, as a power of two: the next one below the processor's speed at one per cycle.
ICOUNT_SHIFT = {"lm3s6965evb": 5, "emcraft-sf2": 3, "mps2-an386": 6, "mps2-an500": 6, "mps2-an505": 6}
# As fast as QEMU ever is, so that the board's clock is never ahead of the host's, on which its peers live.
FAST = 1
# Frames are recorded with the board's time.
RECORD = ["-object", "filter-dump,id=dump,netdev=n0,file=frames.pcap"]
# The end of a firmware under QEMU: port/cortexm/halt.h.
REFUSED, CANARY, FAULT = 3, 96, 98


def icount_shift(board):
    return ICOUNT_SHIFT.get(board, 6)


def icount(board, shift=None):
    """Options for QEMU: the board's time counts its instructions, so it does not depend on the machine's speed."""
    return ["-icount", f"shift={icount_shift(board) if shift is None else shift},sleep=on"]


class Trouble(Exception):
    """The board does not do something that the test cannot continue without."""


class Facts:
    """The facts in board/NAME/board.mk."""

    def __init__(self, name):
        self.name = name
        with open(f"board/{name}/board.mk") as f:
            text = f.read().replace("\\\n", " ")
        variables = dict(re.findall(r"(?m)^([A-Z_]+)_" + re.escape(name) + r"\s*:?=\s*(.*)$", text))
        self.options_text = variables["QEMU"]
        self.options = self.options_text.split()
        self.medium = variables.get("MEDIUM", "").strip()
        defines = dict(re.findall(r"-DSEAL_([A-Z_]+)=(\d+)", variables.get("DEFINES", "")))
        self.sessions = int(defines["SESSIONS"])
        self.domains = int(defines["DOMAINS"])
        self.key_bits = int(defines["KEY_BITS"])
        self.work = int(defines["SESSION_WORK"])
        with open(f"board/{name}/board.c") as f:
            self.watchdog = ".watchdog" in f.read()
        self.elf = self.elf_of("mailseal-qemu")

    def keep(self, folder):
        """Copy the firmware, so that a build in the meantime changes nothing here."""
        self.elf, self.symbols = self.kept(folder, self.elf)
        self.image_at = self.symbols["seal_ld_image_start"]
        # Where the image is on the medium, on a board that has it there.
        self.image_on_medium = self.symbols.get("seal_ld_image_on_medium")
        # The firmware whose card fails on demand: port/driver/sd/sd_faulty.h.
        self.faulty = "if=sd" in self.options_text and self.kept(folder, self.elf_of("mailseal-faulty"))

    def kept(self, folder, path):
        copy = f"{folder}/{os.path.basename(path)}"
        shutil.copy(path, copy)
        symbols = subprocess.run(["arm-none-eabi-nm", copy], capture_output=True, text=True, check=True).stdout
        return copy, {name: int(value, 16) for value, _, name in re.findall(r"(?m)^(\w+) (\S) (\w+)$", symbols)}

    def elf_of(self, image):
        return os.path.abspath(f"{BUILD}/{self.name}/{image}.elf")

    def patched(self, folder, name, at, octets):
        """A copy of the firmware with other octets at this address."""
        with open(self.elf, "rb") as f:
            elf = bytearray(f.read())
        headers, (size, count) = struct.unpack_from("<I", elf, 28)[0], struct.unpack_from("<HH", elf, 42)
        for i in range(count):
            kind, offset, virtual, _, length = struct.unpack_from("<IIIII", elf, headers + i * size)
            if kind == 1 and virtual <= at and at + len(octets) <= virtual + length:
                elf[offset + at - virtual:offset + at - virtual + len(octets)] = octets
                break
        else:
            raise Trouble(f"no contents at {at:#x}")
        with open(f"{folder}/{name}.elf", "wb") as f:
            f.write(elf)
        return f"{folder}/{name}.elf"


def size_of(text):
    return int(text[:-1]) << {"K": 10, "M": 20, "G": 30}[text[-1]] if text[-1] in "KMG" else int(text)


def die_with_parent():
    ctypes.CDLL(None).prctl(1, signal.SIGKILL)


class Debugger:
    """The board's memory, through QEMU's gdbstub. The board is stopped while this is open."""

    def __init__(self):
        self.ours, self.its = socket.socketpair()
        self.ours.settimeout(PATIENCE)
        self.options = ["-chardev", f"socket,id=gdb,fd={self.its.fileno()}", "-gdb", "chardev:gdb"]
        self.read = self.ours.makefile("rb")

    def packet(self, text):
        self.ours.sendall(b"$%s#%02x" % (text, sum(text) & 255))

    def answer(self):
        while self.read.read(1) != b"$":
            pass
        text = b""
        while (octet := self.read.read(1)) != b"#":
            if not octet:
                raise Trouble("QEMU's gdbstub has ended")
            text += octet
        self.read.read(2)
        self.ours.sendall(b"+")
        return text

    def ask(self, text):
        self.packet(text)
        return self.answer()

    def __enter__(self):
        self.ours.sendall(b"\x03")
        self.answer()
        return self

    def __exit__(self, *_):
        self.packet(b"c")

    def write(self, at, octets):
        if self.ask(b"M%x,%x:%s" % (at, len(octets), octets.hex().encode())) != b"OK":
            raise Trouble(f"no memory at {at:#x}")

    def words(self, at, count):
        return struct.unpack(f"<{count}I", bytes.fromhex(self.ask(b"m%x,%x" % (at, 4 * count)).decode()))


class Board:
    """options: additional ones for QEMU. medium: False starts without it, and without what the board's folder has for
    it; a path is a file to keep. network: the arguments for a network other than QEMU's own; its port is then None.
    real: the board's clock is the host's. That takes half of the processor time if much is sent, and is enough if the
    board's deadlines are minutes. Otherwise the clock counts instructions, so that no deadline of the board passes
    early on a busy machine. """
    count = 0
    all = []

    def __init__(self, facts, folder, image, options=(), medium=None, network=None, elf=None, ready=True,
                 debugger=None, label="", real=False):
        Board.count += 1
        self.facts = facts
        self.folder = f"{folder}/{Board.count}{'-' if label else ''}{label}"
        os.makedirs(self.folder)
        self.process = self.qmp = self.port = self.udp_port = None
        self.seen = 0
        with open(f"{self.folder}/image.bin", "wb") as f:
            f.write(image)
        self.elf = elf or facts.elf
        hardware = self.hardware(medium)
        loader = self.place(image, medium)
        network = network or ["-netdev", "user,id=n0,hostfwd=tcp:127.0.0.1:0-:25,hostfwd=udp:127.0.0.1:0-:7"]
        self.serial = f"{self.folder}/uart.log"
        open(self.serial, "wb").close()
        # A socket that QEMU has from its start. On one that it listens on, it sometimes never sends anything.
        ours, its = socket.socketpair()
        if not real and "-icount" not in options:
            options = [*options, *icount(facts.name, FAST)]
        command = ["qemu-system-arm", *hardware, "-nodefaults", "-display", "none", "-monitor", "none",
                   "-chardev", "file,id=uart,path=uart.log", "-serial", "chardev:uart",
                   *network, "-net", "nic,netdev=n0", "-chardev", f"socket,id=qmp,fd={its.fileno()}",
                   "-mon", "chardev=qmp,mode=control",
                   "-semihosting-config", "enable=on,target=native",
                   *loader, *options, "-kernel", self.elf]
        kept = [its.fileno()]
        if debugger:
            command += debugger.options
            kept.append(debugger.its.fileno())
        self.command = command
        # QEMU's output, with that of the firmware's semihosting.
        self.words = f"{self.folder}/qemu.log"
        with open(self.words, "wb") as log:
            self.process = subprocess.Popen(command, cwd=self.folder, stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                                            pass_fds=kept, preexec_fn=die_with_parent)
        its.close()
        self.qmp = ours
        if debugger:
            debugger.its.close()
        atexit.register(self.kill)
        Board.all.append(self)
        if ready:
            try:
                self.connect()
                self.wait()
                self.ports()
            except Trouble:
                self.kill()
                raise

    def hardware(self, medium):
        if medium is False:
            return re.sub(r"-drive \S*@MEDIUM@\S*|-device \S*drive=\S*", "", self.facts.options_text).split()
        path = medium or f"{self.folder}/medium.img"
        if self.facts.medium and not os.path.exists(path):
            with open(path, "wb") as f:
                f.truncate(size_of(self.facts.medium))
        return [option.replace("@MEDIUM@", path) for option in self.facts.options]

    def place(self, image, medium):
        """Put the image where the board looks for it: QEMU's options that do."""
        if self.facts.image_on_medium is None:
            return ["-device", f"loader,file=image.bin,addr={self.facts.image_at:#x},force-raw=on"]
        if medium is not False:
            with open(medium or f"{self.folder}/medium.img", "r+b") as f:
                f.seek(self.facts.image_on_medium)
                f.write(image)
        return []

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.kill()

    # --- UART

    def uart(self):
        with open(self.serial, "rb") as f:
            return f.read()

    def text(self):
        return self.uart().decode("utf-8", "replace")

    def said(self):
        with open(self.words, "rb") as f:
            return f.read().decode("utf-8", "replace")

    def mark(self):
        """wait() looks only at what comes from now on."""
        self.seen = len(self.uart())

    def since(self):
        return self.uart()[self.seen:].decode("utf-8", "replace")

    def shows(self, pattern, timeout=PATIENCE):
        end = time.monotonic() + timeout
        while True:
            alive = self.alive()
            if re.search(pattern, self.uart()[self.seen:]):
                return True
            if not alive or time.monotonic() > end:
                return False
            time.sleep(0.005)

    def wait(self, timeout=PATIENCE):
        if not self.shows(READY, timeout):
            raise Trouble(f"{self.facts.name} is not ready: {self.end()}")

    def end(self):
        """The last output, to be shown with a failure."""
        code = self.process.poll()
        why = explain_end.report(code, self.elf, self.text()) if code else ""
        code = "" if code is None else f"QEMU ended with {code}; "
        return f"{why}{chr(10) if why else ''}{code}UART {self.text()[-600:]!r}; QEMU {self.said()[-300:]!r}"

    def alive(self):
        return self.process.poll() is None

    def fine(self):
        """It runs, and has reported no fault."""
        return self.alive() and not re.search(TROUBLE, self.uart())

    # --- QMP

    def connect(self):
        self.qmp.settimeout(PATIENCE)
        self.answers = self.qmp.makefile("rb")
        try:
            self.answers.readline()
            self.order("qmp_capabilities")
        except (OSError, ValueError):
            raise Trouble(f"QEMU does not respond: {self.end()}") from None

    def order(self, command, **arguments):
        message = {"execute": command}
        if arguments:
            message["arguments"] = arguments
        self.qmp.sendall(json.dumps(message).encode() + b"\n")
        while True:
            answer = json.loads(self.answers.readline())
            if "return" in answer:
                return answer["return"]
            if "error" in answer:
                raise Trouble(f"QMP {command}: {answer['error']}")

    def human(self, line):
        return self.order("human-monitor-command", **{"command-line": line})

    def ports(self):
        for kind, host, guest in re.findall(r"(TCP|UDP)\[HOST_FORWARD\]\s+\d+\s+\S+\s+(\d+)\s+\S+\s+(\d+)",
                                            self.human("info usernet")):
            if kind == "TCP" and guest == "25":
                self.port = int(host)
            elif kind == "UDP":
                self.udp_port = int(host)

    def listens(self):
        """Wait until it listens. If it asks for the records of its keys first, that is later than the network's
        start."""
        end = time.monotonic() + PATIENCE
        while self.alive() and time.monotonic() < end:
            try:
                with socket.create_connection(("127.0.0.1", self.port), PATIENCE) as s:
                    if s.recv(1):
                        return
            except OSError:
                pass
            time.sleep(0.02)
        raise Trouble(f"{self.facts.name} does not listen: {self.end()}")

    def reset(self):
        self.mark()
        self.order("system_reset")

    def link(self, up):
        self.order("set_link", name="n0", up=up)

    def exit_code(self, timeout=PATIENCE):
        """The exit code of a firmware that ends; None: it does not end."""
        try:
            return self.process.wait(timeout)
        except subprocess.TimeoutExpired:
            return None

    def kill(self):
        if self.process and self.process.poll() is None:
            self.process.kill()
            self.process.wait()
        if self.qmp:
            self.qmp.close()
            self.qmp = None
        if os.path.exists(f"{self.folder}/medium.img"):
            os.unlink(f"{self.folder}/medium.img")
        if self in Board.all:
            Board.all.remove(self)


class Door:
    """An entrance to a board for clients that come many at a time. QEMU's network listens with a backlog of one, and
    the kernel lets further clients believe for a minute that they are connected. Here they are let in one after the
    other, each when the one before was greeted."""

    def __init__(self, port):
        self.to = port
        self.listener = socket.create_server(("127.0.0.1", 0), backlog=128)
        self.port = self.listener.getsockname()[1]
        threading.Thread(target=self.serve, daemon=True).start()

    def serve(self):
        while True:
            client, _ = self.listener.accept()
            server = None
            try:
                server = socket.create_connection(("127.0.0.1", self.to), PATIENCE)
                client.sendall(server.recv(4096))
                server.settimeout(None)
            except OSError:
                client.close()
                if server:
                    server.close()
                continue
            for pair in ((client, server), (server, client)):
                threading.Thread(target=self.carry, args=pair, daemon=True).start()

    @staticmethod
    def carry(source, target):
        try:
            while octets := source.recv(65536):
                target.sendall(octets)
            target.shutdown(socket.SHUT_WR)
        except OSError:
            for s in (source, target):
                try:
                    s.shutdown(socket.SHUT_RDWR)
                except OSError:
                    pass


# --- images ----------------------------------------------------------------------------------------------------------

CONFIG = """\
[gateway]
hostname = gateway.test
next-hop = 10.0.2.2:{next_hop}
{gateway}
[client test]
network = {network}
from = sender.example
rate = 100000/min
{client}
[domain sender.example]
selector = seal
key = key.pem
{domain}
"""
STATIC = "address = 10.0.2.15/24\nrouter = 10.0.2.2\n"


def config(next_hop, gateway=STATIC, client="", domain="", network="10.0.2.0/24"):
    return CONFIG.format(next_hop=next_hop, gateway=gateway, client=client, domain=domain, network=network)


def make_image(folder, text, name="board", seed=None):
    """The image of a configuration whose keys are in `folder`; `seed` is a file."""
    with open(f"{folder}/{name}.conf", "w") as f:
        f.write(text)
    run = subprocess.run([os.path.abspath(MAILSEAL), "image", f"{name}.conf", "-o", f"{name}.img", "--force",
                          *(["--seed-file", os.path.abspath(seed)] if seed else [])],
                         cwd=folder, capture_output=True, text=True, timeout=60)
    if run.returncode != 0:
        raise Trouble(f"mailseal image: {run.stderr.strip()}")
    with open(f"{folder}/{name}.img", "rb") as f:
        return f.read()
