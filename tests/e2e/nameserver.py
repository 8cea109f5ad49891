# SPDX-License-Identifier: Apache-2.0
"""Knot with the zone example, whose records are a dictionary that may change."""
import atexit
import os
import shutil
import socket
import subprocess
import time


def strings(text):
    return " ".join(f'"{text[i:i + 255]}"' for i in range(0, len(text), 255))


class NameServer:
    """`txt` is {name below example: [text, ...]}."""

    def __init__(self, folder):
        self.folder, self.serial, self.txt, self.cname = folder, 0, {}, {}
        os.mkdir(folder)
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        self.write()
        with open(f"{folder}/knot.conf", "w", encoding="ascii") as f:
            f.write(f"server:\n  listen: 127.0.0.1@{self.port}\n  rundir: {folder}\ndatabase:\n  storage: {folder}\n"
                    f"log:\n  - target: stderr\n    any: warning\nzone:\n  - domain: example\n    file: {folder}/zone\n"
                    "    zonefile-sync: -1\n    journal-content: none\n")
        with open(f"{folder}/log", "wb") as log:
            self.process = subprocess.Popen([shutil.which("knotd") or "/usr/sbin/knotd", "-c", f"{folder}/knot.conf"],
                                            stdout=log, stderr=log)
        atexit.register(self.stop)
        for _ in range(200):
            if os.path.exists(f"{folder}/knot.sock") and self.control("zone-status", "example") == 0:
                return
            time.sleep(0.05)
        with open(f"{folder}/log", encoding="utf-8") as f:
            raise SystemExit(f"knotd does not start: {f.read()}")

    def stop(self):
        if self.process.poll() is None:
            self.process.terminate()
            self.process.wait()

    def control(self, *arguments):
        return subprocess.run([shutil.which("knotc") or "/usr/sbin/knotc", "-s", f"{self.folder}/knot.sock", "-b",
                               *arguments], capture_output=True, check=False).returncode

    def write(self):
        self.serial += 1
        lines = ["$ORIGIN example.", "$TTL 5", f"@ SOA ns admin {self.serial} 3600 600 86400 5", "@ NS ns",
                 "ns A 127.0.0.1"]
        lines += [f"{name} TXT {strings(text)}" for name, texts in self.txt.items() for text in texts]
        lines += [f"{name} CNAME {target}" for name, target in self.cname.items()]
        with open(f"{self.folder}/zone", "w", encoding="ascii") as f:
            f.write("\n".join(lines) + "\n")

    def publish(self, **changes):
        """The names that are given as {name: text, list of texts, or None}."""
        for name, texts in changes.items():
            self.txt[name] = [texts] if isinstance(texts, str) else texts or []
        self.write()
        if self.control("zone-reload", "example") != 0:
            raise SystemExit("knotc zone-reload failed")

    def options(self):
        return ["--server", f"127.0.0.1:{self.port}", "--zone-port", str(self.port), "--timeout", "2"]
