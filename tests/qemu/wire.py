# SPDX-License-Identifier: Apache-2.0
"""A wire between a board and QEMU's user network that loses, duplicates and reorders frames. The network is in a
separate QEMU that has no machine; the frames travel as datagrams."""

import atexit
import json
import os
import random
import re
import select
import socket
import struct
import subprocess
import tempfile
import threading
import time

from board import Trouble, die_with_parent

LATE_S = 0.003
NTP = 123
SECONDS_1900_TO_1970 = 2208988800


def time_server(now_s):
    """Replies for SNTP, for an hour from `now_s` on; `asked` lists the questions."""
    began, asked = time.monotonic(), []

    def answer(frame):
        if len(frame) < 14 + 20 + 8 + 48 or frame[12:14] != b"\x08\x00" or frame[23] != 17:
            return None
        header = 14 + 4 * (frame[14] & 15)
        source, target = struct.unpack_from(">HH", frame, header)
        if target != NTP:
            return None
        question = frame[header + 8:]
        asked.append(question)
        now = now_s + SECONDS_1900_TO_1970 + time.monotonic() - began
        stamp = struct.pack(">II", int(now), int((now % 1) * 2 ** 32))
        packet = struct.pack(">BBbbII4s", 0x24, 2, 6, -20, 100, 100, b"\x7f\0\0\1")
        packet += stamp + question[40:48] + stamp * 2
        length = struct.pack(">H", 8 + len(packet))
        ip = frame[14:16] + struct.pack(">H", 28 + len(packet)) + frame[18:24] + b"\0\0" + frame[30:34] + frame[26:30]
        total = sum(struct.unpack(">10H", ip))
        total = (total & 0xffff) + (total >> 16)
        total = (total & 0xffff) + (total >> 16)
        ip = ip[:10] + struct.pack(">H", total ^ 0xffff) + ip[12:]
        udp = struct.pack(">HH", target, source) + length + b"\0\0"
        return frame[6:12] + frame[:6] + frame[12:14] + ip + udp + packet

    answer.asked = asked
    return answer


class Wire:
    def __init__(self, folder, seed=1):
        self.folder = folder
        self.rng = random.Random(seed)
        self.frames = self.lost = 0
        self.answer = lambda frame: None  # instead of the network
        self.trouble()
        # Socket names have at most 107 octets, so they use a link in the short folder of this process.
        self.short = f"{tempfile.gettempdir()}/wire-{os.getpid()}"
        if os.path.lexists(self.short):
            os.unlink(self.short)
        os.symlink(os.path.abspath(folder), self.short)
        atexit.register(self.end)
        self.sockets = []
        for side in ("board", "net"):
            s = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
            for end in (f"{self.short}/wire-{side}", f"{self.short}/{side}"):
                if os.path.exists(end):
                    os.unlink(end)
            s.bind(f"{self.short}/wire-{side}")
            self.sockets.append((s, f"{self.short}/{side}"))
        self.network = self.netdev("board")
        self.running = True
        with open(f"{folder}/wire.log", "wb") as log:
            self.process = subprocess.Popen(
                ["qemu-system-arm", "-machine", "none", "-display", "none", "-monitor", "none", "-nodefaults",
                 "-netdev", "user,id=u0,hostfwd=tcp:127.0.0.1:0-:25,hostfwd=tcp:127.0.0.1:0-:465",
                 "-netdev", "hubport,id=h0,hubid=0,netdev=u0",
                 *self.netdev("net"), "-netdev", "hubport,id=h1,hubid=0,netdev=n0", "-qmp", "stdio"],
                stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=log, preexec_fn=die_with_parent)
        self.process.stdout.readline()
        self.order("qmp_capabilities")
        said = self.order("human-monitor-command", **{"command-line": "info usernet"})
        ports = {guest: int(host) for host, guest in
                 re.findall(r"HOST_FORWARD\]\s+\d+\s+\S+\s+(\d+)\s+\S+\s+(\d+)", said)}
        self.port, self.port_tls = ports["25"], ports["465"]
        self.thread = threading.Thread(target=self.carry, daemon=True)
        self.thread.start()

    def netdev(self, side):
        return ["-netdev", f"dgram,id=n0,local.type=unix,local.path={self.short}/{side},"
                           f"remote.type=unix,remote.path={self.short}/wire-{side}"]

    def order(self, command, **arguments):
        self.process.stdin.write(json.dumps({"execute": command, "arguments": arguments}).encode() + b"\n")
        self.process.stdin.flush()
        while True:
            line = self.process.stdout.readline()
            if not line:
                raise Trouble("the QEMU with the network ended")
            answer = json.loads(line)
            if "return" in answer:
                return answer["return"]
            if "error" in answer:
                raise Trouble(f"QMP {command}: {answer['error']}")

    def trouble(self, loss=0.0, twice=0.0, late=0.0):
        """Fractions of all frames."""
        self.loss, self.twice, self.late = loss, twice, late

    def carry(self):
        waiting = []  # (when, socket, target, frame)
        ends = {self.sockets[0][0]: self.sockets[1], self.sockets[1][0]: self.sockets[0]}
        while self.running:
            now = time.monotonic()
            timeout = max(0, min([w[0] for w in waiting], default=now + 0.2) - now)
            readable, _, _ = select.select(list(ends), [], [], timeout)
            for source in readable:
                frame = source.recv(65536)
                s, target = ends[source]
                self.frames += 1
                answer = self.answer(frame)
                if answer:
                    try:
                        source.sendto(answer, ends[s][1])
                    except OSError:
                        pass
                    continue
                if self.rng.random() < self.loss:
                    self.lost += 1
                    continue
                late = LATE_S if self.rng.random() < self.late else 0
                waiting.append((time.monotonic() + late, s, target, frame))
                if self.rng.random() < self.twice:
                    waiting.append((time.monotonic() + LATE_S, s, target, frame))
            now = time.monotonic()
            for due in [w for w in waiting if w[0] <= now]:
                waiting.remove(due)
                try:
                    due[1].sendto(due[3], due[2])
                except OSError:
                    pass  # no peer exists (yet)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.end()

    def end(self):
        self.running = False
        if getattr(self, "process", None) and self.process.poll() is None:
            self.process.kill()
            self.process.wait()
        if os.path.islink(self.short):
            os.unlink(self.short)
