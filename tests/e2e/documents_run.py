# SPDX-License-Identifier: Apache-2.0
"""Where the documents' commands run: a folder with a configuration, its keys, a log and messages."""

import glob
import os
import re
import shutil
import subprocess

from program import BUILD, SEAL, new_folder
from tally import HUNG_S, check

GATEWAY = "[gateway]\nhostname = gateway.example.com\nnext-hop = smtp.example.net:25\n"
CLIENT = "[client printers]\nnetwork = 192.0.2.0/24\nfrom = example.com\n"
MESSAGE = "From: a@example.com\nTo: b@example.net\nSubject: x\nDate: Mon, 30 Nov 2026 00:00:00 +0000\n\nHello\n"
# These need neither a network nor a terminal. Of the others only the options are checked.
OFFLINE = {("check",), ("sign",), ("image",), ("bundle",), ("help",), ("version",), ("handover",), ("completion",),
           ("domain", "add"), ("domain", "list"), ("domain", "remove"), ("key", "new"), ("key", "next"),
           ("key", "list"), ("key", "revoke"), ("spf", "merge")}
ONLINE = {"--dns", "--wait", "--gateway"}
PLACEHOLDER = re.compile(r"^[A-Z]{2,}$|^\.\.\.$")


class World:
    """Commands run in copies of one folder, configurations are checked in it."""

    def __init__(self):
        self.folder, self.num_run = new_folder(), 0
        os.mkdir(f"{self.folder}/reports")
        self.make_keys()
        self.write("gateway.conf", GATEWAY + CLIENT.replace("example.com", "old.example") +
                   "[client local]\nnetwork = 127.0.0.0/8\nfrom = old.example\n"
                   "[domain old.example]\nselector = s1\nkey = s2026.pem\n")
        self.write("in.eml", MESSAGE.replace("\n", "\r\n"))
        self.write("gateway.log", "")
        self.write("board.seed", os.urandom(32))
        self.write("new.seed", os.urandom(32))

    def write(self, name, text):
        with open(f"{self.folder}/{name}", "wb") as f:
            f.write(text if isinstance(text, bytes) else text.encode())
        os.chmod(f"{self.folder}/{name}", 0o600)

    def make_keys(self):
        """One RSA key for every domain, one certificate that is also its own authority."""
        self.seal("key", "new", "--domain", "example.com", "--selector", "s2026", "-o", "s2026.pem")
        subprocess.run(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "90", "-subj",
                        "/CN=gateway.example.com", "-addext", "subjectAltName=DNS:gateway.example.com", "-keyout",
                        "gateway-key.pem", "-out", "gateway-chain.pem"], cwd=self.folder, capture_output=True,
                       check=True)
        os.chmod(f"{self.folder}/gateway-key.pem", 0o600)

    def seal(self, *words, folder=None, data=None):
        return subprocess.run([SEAL, *words], cwd=folder or self.folder, capture_output=True, input=data,
                              timeout=HUNG_S, check=False)

    # --- configurations ----------------------------------------------------------------------------------------------

    def make_files(self, text, folder):
        """What a configuration names."""
        for key, name in re.findall(r"^(key|certificate|certificate-key|ca|secret) *= *(\S+)", text, re.M):
            source = {"key": "s2026.pem", "certificate-key": "gateway-key.pem", "secret": None}.get(key,
                                                                                                   "gateway-chain.pem")
            if name == "device" or os.path.exists(f"{folder}/{name}"):
                continue
            if source:
                shutil.copy(f"{self.folder}/{source}", f"{folder}/{name}")
            else:
                with open(f"{folder}/{name}", "w", encoding="utf-8") as f:
                    f.write("secret\n")
                os.chmod(f"{folder}/{name}", 0o600)

    @staticmethod
    def whole(text):
        """A part of a configuration, with what it needs to be one."""
        if "[gateway]" not in text:
            text = GATEWAY + text
        for domain in re.findall(r"^from *= *(.*)", text, re.M):
            for name in domain.split(","):
                name = name.strip()
                if not any(name == d or name.endswith(f".{d}") for d in re.findall(r"^\[domain (\S+)\]", text, re.M)):
                    text += f"\n[domain {name}]\nselector = s2026\nkey = s2026.pem\n"
        return text

    def check_configuration(self, where, text):
        text, folder = self.whole(text), self.copy()
        self.make_files(text, folder)
        with open(f"{folder}/shown.conf", "w", encoding="utf-8") as f:
            f.write(text)
        done = self.seal("check", "shown.conf", folder=folder)
        self.num_run += 1
        check(done.returncode == 0, f"{where}: mailseal check", done.stderr.decode())

    # --- commands ----------------------------------------------------------------------------------------------------

    def copy(self):
        folder = new_folder()
        shutil.copytree(self.folder, folder, dirs_exist_ok=True)
        return folder

    def prepare(self, words, folder):
        """Every command starts with example.com configured, but for the one that adds it."""
        for domain in ("example.com", "shop.example") if words[:2] != ["domain", "add"] else ():
            self.seal("domain", "add", domain, "--selector", "s20260115,s2", "--from-client", "printers", folder=folder)
        if words[:1] == ["sign"]:
            with open(f"{folder}/gateway.conf", "w", encoding="utf-8") as f:
                f.write(GATEWAY + CLIENT + "[domain example.com]\nselector = s2026\nkey = s2026.pem\n")

    def run(self, where, line, words):
        """If it needs no network, the line ends well."""
        name = next((name for name in OFFLINE if tuple(words[:len(name)]) == name), None)
        if not name or ONLINE & set(words) or any(PLACEHOLDER.match(word) for word in words):
            return
        folder = self.copy()
        self.prepare(words, folder)
        words = [word.replace("/etc/mailseal/", "") for word in words]
        if "-o" in words and os.path.exists(f"{folder}/{words[words.index('-o') + 1]}"):
            os.unlink(f"{folder}/{words[words.index('-o') + 1]}")
        done = self.seal(*words, folder=folder, data=MESSAGE.replace("\n", "\r\n").encode())
        self.num_run += 1
        check(done.returncode == 0, f"{where}: {line}", (done.returncode, done.stderr.decode()))

    # --- programs and units ------------------------------------------------------------------------------------------

    def check_program(self, document, parts, lines):
        """The parts compile: the first alone for a Cortex-M3 without a C library, all together for this machine, with
        the document's own lines too. They sign a message that another implementation verifies."""
        folder = self.copy()
        whole = "\n".join(parts)
        for name, text in ("part.c", parts[0]), ("whole.c", whole), ("sign.c", whole):
            with open(f"{folder}/{name}", "w", encoding="utf-8") as f:
                f.write(text)
        strict = ["-std=c11", "-Wall", "-Wextra", "-Werror", "-Wno-unused-function", "-I."]
        board = ["arm-none-eabi-gcc", "-mcpu=cortex-m3", "-mthumb", "-Os", "-ffreestanding", *strict]
        self.compile(f"{document}: for a Cortex-M3", [*board, "-c", f"{folder}/part.c", "-o", f"{folder}/part.o"])
        host = ["gcc", "-D_GNU_SOURCE", "-O2", *strict, f"{folder}/whole.c", *glob.glob(f"{BUILD}/port/x86/*.o"),
                f"{BUILD}/libmbedtls.a", f"{BUILD}/libengine.a"]
        if self.compile(f"{document}: for this machine", [*host, "-o", f"{folder}/whole"]):
            self.verify(document, folder, f"{folder}/whole")
        for line in lines:
            self.compile_as_shown(document, folder, line)
        if os.path.exists(f"{folder}/sign"):
            self.verify(document, folder, f"{folder}/sign")

    def compile_as_shown(self, document, folder, line):
        """A line of the document, in a folder that looks like ours. Without an operating
        system, a function here replaces getrandom, and stubs of the C library replace the start-up code."""
        build = os.path.dirname(os.path.abspath(BUILD))
        folders = {"engine": "engine", "port": "port", "build/host": BUILD}
        folders |= {f"build/{name}": f"{build}/{name}" for name in ("deps", "lm3s6965evb")}
        for name, path in folders.items():
            os.makedirs(os.path.dirname(f"{folder}/{name}"), exist_ok=True)
            if not os.path.lexists(f"{folder}/{name}"):
                os.symlink(os.path.abspath(path), f"{folder}/{name}")
        if line.startswith("arm-none-eabi-gcc"):
            with open(f"{folder}/sign.c", encoding="utf-8") as f:
                text = f.read().replace("#include <sys/random.h>", "#include <sys/types.h>\nstatic ssize_t getrandom"
                                        "(void *out, size_t len, int flags)\n{ (void)out; return flags - (int)len; }")
            with open(f"{folder}/sign.c", "w", encoding="utf-8") as f:
                f.write(text)
            line += " --specs=nano.specs --specs=nosys.specs"
        if "-Lbuild/lm3s6965evb" not in line or os.path.exists(f"{build}/lm3s6965evb/libmbedtls.a"):
            line = line.replace("cc -c ", "cc -fsyntax-only ")
            self.compile(f"{document}: {line}", ["sh", "-c", f"cd '{folder}' && {line}"])

    def compile(self, what, command):
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        self.num_run += 1
        return check(done.returncode == 0, what, done.stderr)

    def verify(self, document, folder, program):
        import dkim
        command = [program, f"{folder}/s2026.pem"]
        with open(f"{folder}/in.eml", "rb") as f:
            message = f.read()
        made = subprocess.run(command, input=message, capture_output=True, check=False)
        record = self.seal("key", "dns", "s2026.pem", "--domain", "example.com", "--selector", "s2026", folder=folder)
        value = re.search(rb"^; value: (.*)$", record.stdout, re.M)[1].strip()
        asked = []

        def dns(name, timeout=5):
            asked.append((name, timeout))
            return value

        good = made.returncode == 0 and dkim.verify(made.stdout, dnsfunc=dns)
        check(good and asked, f"{document}: dkimpy verifies what the program signed", made.stdout[:300])
        check(not dkim.verify(made.stdout.replace(b"Hello", b"Hellp"), dnsfunc=dns), f"{document}: and nothing else")
        for what, wrong in (("a message that does not fit", message + 40000 * b"a line of text that is long\r\n"),
                            ("two From fields", b"From: b@other.example\r\n" + message),
                            ("the From of another domain", message.replace(b"a@example.com", b"a@other.example")),
                            ("a bare LF", message + b"a\nb\r\n")):
            made = subprocess.run(command, input=wrong, capture_output=True, check=False)
            check(made.returncode == 1 and not made.stdout, f"{document}: {what}: nothing is written",
                  made.stdout[:300])

    def check_unit(self, path):
        """systemd, where it is installed, reads the unit; only the program and the pages are elsewhere."""
        if not shutil.which("systemd-analyze"):
            return
        unit = f"{self.folder}/{os.path.basename(path)}"
        with open(path, encoding="utf-8") as source, open(unit, "w", encoding="utf-8") as f:
            f.write(source.read().replace("/usr/local/sbin/", f"{BUILD}/"))
        done = subprocess.run(["systemd-analyze", "verify", "--man=no", unit], capture_output=True, text=True,
                              check=False)
        ours = [line for line in done.stderr.splitlines() if os.path.basename(path) in line]
        check(done.returncode == 0 and not ours, f"{path}: systemd reads it", done.stderr)
