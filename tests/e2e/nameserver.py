# SPDX-License-Identifier: Apache-2.0
"""Name servers as processes for one run: Knot, which has zones, and Unbound, which asks Knot and caches."""

import atexit
import os
import re
import shutil
import subprocess
import time

from ports import free_port
from tally import HUNG_S


def as_strings(text):
    """In the form of a zone file: no string of more than 255 octets."""
    return " ".join(f'"{text[i:i + 255]}"' for i in range(0, len(text), 255))


class Server:
    """A server that is configured by a file in `folder` and ends with the program."""
    program = []

    def __init__(self, folder, address="127.0.0.1", port=None, environment=None):
        self.folder, self.address, self.port = folder, address, port or free_port(address)
        self.environment = environment or {}
        os.makedirs(folder, exist_ok=True)
        self.start()

    def start(self):
        self.configure()
        with open(f"{self.folder}/log", "ab") as log:
            self.process = subprocess.Popen([*self.program, "-c", f"{self.folder}/conf"], stdout=log,
                                            stderr=log, env=os.environ | self.environment)
        atexit.register(self.end)
        end = time.monotonic() + HUNG_S
        while not self.is_ready():
            if time.monotonic() > end or self.process.poll() is not None:
                with open(f"{self.folder}/log") as f:
                    raise RuntimeError(f"{self.program[0]} does not start: {f.read()[-2000:]}")
            time.sleep(0.05)

    def end(self):
        if self.process.poll() is None:
            self.process.terminate()
            self.process.wait()

    def look_up(self, name, kind="TXT"):
        run = subprocess.run(["kdig", "+short", "+time=2", f"@{self.address}", "-p", str(self.port), name, kind],
                             capture_output=True, text=True)
        return run.stdout.strip()

    def texts(self, name):
        """The TXT records, each with its strings joined."""
        return ["".join(re.findall(r'"([^"]*)"', line)) for line in self.look_up(name).splitlines()
                if line.startswith('"')]


class NameServer(Server):
    """Knot. `zones` is {name: file}; a zone without its file is SERVFAIL. updates: accepts updates from this host."""
    program = ["/usr/sbin/knotd"]

    def __init__(self, folder, zones, updates=False, **options):
        self.zones, self.updates = dict(zones), updates
        super().__init__(folder, **options)

    def configure(self):
        files = "".join(f"  - domain: {name}\n    file: {os.path.abspath(file)}\n" for name, file in self.zones.items())
        with open(f"{self.folder}/conf", "w") as f:
            f.write(f"server:\n    listen: {self.address}@{self.port}\n    rundir: {self.folder}\n"
                    f"database:\n    storage: {self.folder}\nlog:\n  - target: stderr\n    any: warning\n"
                    f"acl:\n  - id: here\n    address: {self.address}\n    action: update\n"
                    "template:\n  - id: default\n    zonefile-sync: -1\n    journal-content: none\n"
                    f"{'    acl: here' if self.updates else ''}\nzone:\n{files}")

    def is_ready(self):
        return os.path.exists(f"{self.folder}/knot.sock") and all(
            self.look_up(name.rstrip(".") + ".", "SOA") for name, file in self.zones.items() if os.path.exists(file))

    def control(self, *words):
        subprocess.run(["knotc", "-s", f"{self.folder}/knot.sock", "-b", *words], check=True, capture_output=True)

    def add(self, name, file):
        """Add a zone, or give one another file."""
        self.zones[name] = file
        self.configure()
        self.control("reload")
        while not self.is_ready():
            time.sleep(0.02)


class Records(NameServer):
    """Knot with the zone example: `txt` is {name below it: [text, ...]}, `cname` is {name: target}."""

    def __init__(self, folder):
        self.serial, self.txt, self.cname, self.file = 0, {}, {}, f"{folder}.zone"
        self.write()
        super().__init__(folder, {"example": self.file})

    def write(self):
        self.serial += 1
        lines = ["$ORIGIN example.", "$TTL 5", f"@ SOA ns admin {self.serial} 3600 600 86400 5", "@ NS ns",
                 "ns A 127.0.0.1"]
        lines += [f"{name} TXT {as_strings(text)}" for name, texts in self.txt.items() for text in texts]
        lines += [f"{name} CNAME {target}" for name, target in self.cname.items()]
        with open(self.file, "w", encoding="ascii") as f:
            f.write("\n".join(lines) + "\n")

    def publish(self, **changes):
        """{name: text, list of texts, or None}; other names stay as they are."""
        for name, texts in changes.items():
            self.txt[name] = [texts] if isinstance(texts, str) else texts or []
        self.write()
        self.control("zone-reload", "example")

    def options(self):
        """Options that make mailseal ask only this server."""
        return ["--server", f"127.0.0.1:{self.port}", "--zone-port", str(self.port), "--timeout", "2"]


class Cache(Server):
    """Unbound, which serves the zones of `upstream`, a NameServer."""

    def __init__(self, folder, upstream, **options):
        self.upstream = upstream
        os.makedirs(folder)
        # A copy, because AppArmor has a profile for the original's path, which forbids it to read our files.
        self.program = [shutil.copy("/usr/sbin/unbound", folder), "-d"]
        super().__init__(folder, **options)

    def configure(self):
        stubs = "".join(f'stub-zone:\n    name: "{name}"\n    stub-addr: {self.upstream.address}@{self.upstream.port}\n'
                        for name in self.upstream.zones)
        with open(f"{self.folder}/conf", "w") as f:
            f.write(f'server:\n    interface: {self.address}@{self.port}\n    directory: "{self.folder}"\n'
                    '    chroot: ""\n    username: ""\n    pidfile: ""\n    logfile: ""\n    use-syslog: no\n'
                    '    module-config: "iterator"\n    do-not-query-localhost: no\n    do-ip6: no\n'
                    'remote-control:\n    control-enable: yes\n'
                    f'    control-interface: "{self.folder}/control"\n{stubs}')

    def is_ready(self):
        return os.path.exists(f"{self.folder}/control") and self.control("status") == 0

    def control(self, *words):
        return subprocess.run(["unbound-control", "-c", f"{self.folder}/conf", *words], capture_output=True).returncode

    def flush(self):
        for name in self.upstream.zones:
            self.control("flush_zone", name)
