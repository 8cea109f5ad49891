# SPDX-License-Identifier: Apache-2.0
"""The peer of tests/bench/board/board_bench.c, with the TLS of Python's ssl: it tells the board what to do, and sends
the octets of a server or a client, one frame for each frame from the board."""

import os
import ssl
import subprocess

KEYS = {"rsa": ["-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:2048"],
        "ec": ["-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256"]}
CA = "basicConstraints=critical,CA:TRUE\nkeyUsage=critical,keyCertSign\n"
VERSIONS = {"12": ssl.TLSVersion.TLSv1_2, "13": ssl.TLSVersion.TLSv1_3}
SUITES = [("gcm", "ECDHE-ECDSA-AES128-GCM-SHA256"), ("chacha", "ECDHE-ECDSA-CHACHA20-POLY1305")]


def openssl(*args, text=None):
    return subprocess.run(["openssl", *args], input=text, capture_output=True, check=True).stdout


def issue(folder, name, subject, issuer, extensions):
    with open(f"{folder}/extensions", "w", encoding="utf-8") as file:
        file.write(extensions)
    request = openssl("req", "-new", "-key", f"{folder}/{name}.key", "-subj", f"/O=Example/CN={subject}")
    signer = ["-CA", f"{folder}/{issuer}.crt", "-CAkey", f"{folder}/{issuer}.key"]
    if issuer == name:
        signer = ["-signkey", f"{folder}/{name}.key"]
    openssl("x509", "-req", "-sha256", "-days", "3650", "-extfile", f"{folder}/extensions", *signer, "-set_serial", "7",
            "-out", f"{folder}/{name}.crt", text=request)


def make_chains(folder):
    """For each kind of key: a root, an authority below it and a server's certificate, all with such keys."""
    for kind, options in KEYS.items():
        for name in "root", "middle", "leaf":
            openssl("genpkey", *options, "-out", f"{folder}/{kind}-{name}.key")
        issue(folder, f"{kind}-root", f"{kind} root", f"{kind}-root", CA)
        issue(folder, f"{kind}-middle", f"{kind} middle", f"{kind}-root", CA)
        issue(folder, f"{kind}-leaf", "hop.example", f"{kind}-middle", "subjectAltName=DNS:hop.example\n")
        with open(f"{folder}/{kind}-chain.pem", "wb") as chain:
            for name in "leaf", "middle":
                with open(f"{folder}/{kind}-{name}.crt", "rb") as file:
                    chain.write(file.read())


class Peer:
    def __init__(self, folder):
        self.folder = folder
        self.receives, self.sends = (os.path.join(folder, name) for name in ("from-board", "to-board"))
        for pipe in self.receives, self.sends:
            os.mkfifo(pipe)

    def read(self, name):
        with open(f"{self.folder}/{name}", "rb") as file:
            return file.read()

    def send(self, frame):
        self.to_board.write(len(frame).to_bytes(4, "little") + frame)
        self.to_board.flush()

    def receive(self):
        length = int.from_bytes(self.from_board.read(4), "little")
        return self.from_board.read(length)

    def order(self, what, name, trust=b"", secret=b""):
        for frame in (what + name).encode(), trust, secret:
            self.send(frame)

    def talk(self, context, server_side, session=None):
        """Serve a connection until the board closes it."""
        comes, goes = ssl.MemoryBIO(), ssl.MemoryBIO()
        tls = context.wrap_bio(comes, goes, server_side=server_side, session=session,
                               server_hostname=None if server_side else "hop.example")
        done, ended = False, False
        while not ended:
            comes.write(self.receive())
            try:
                if not done:
                    tls.do_handshake()
                    done = True
                tls.read(1)
                ended = True
            except ssl.SSLWantReadError:
                pass
            except ssl.SSLError:
                if not done:
                    raise
                ended = True  # the measured records never came here, so later ones cannot be decrypted
            self.send(goes.read())
        return tls

    def context(self, kind, version, server_side):
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER if server_side else ssl.PROTOCOL_TLS_CLIENT)
        context.options &= ~ssl.OP_CIPHER_SERVER_PREFERENCE  # it also covers signatures, and would choose PSS
        context.minimum_version = context.maximum_version = VERSIONS[version]
        if server_side:
            context.load_cert_chain(f"{self.folder}/{kind}-chain.pem", f"{self.folder}/{kind}-leaf.key")
        else:
            context.load_verify_locations(f"{self.folder}/{kind}-root.crt")
        return context

    def root(self, kind):
        return ssl.PEM_cert_to_DER_cert(self.read(f"{kind}-root.crt").decode())

    def be_server(self, kind, version):
        context = self.context(kind, version, True)
        self.order("c", f"client{version}-{kind}", self.root(kind))
        self.talk(context, True)
        self.order("C", f"client{version}-{kind}-again")
        if not self.talk(context, True).session_reused:
            raise RuntimeError("the session was not resumed")

    def be_client(self, kind, version):
        context = self.context(kind, version, False)
        self.order("s", f"server{version}-{kind}", self.read(f"{kind}-chain.pem"), self.read(f"{kind}-leaf.key"))
        session = self.talk(context, False).session
        self.order("S", f"server{version}-{kind}-again")
        if not self.talk(context, False, session).session_reused:
            raise RuntimeError("the session was not resumed")

    def take_records(self, name, suite):
        context = self.context("ec", "12", True)
        context.set_ciphers(suite)
        self.order("o", name, self.root("ec"))
        self.talk(context, True)

    def run(self):
        with open(self.sends, "wb") as self.to_board, open(self.receives, "rb") as self.from_board:
            small = self.receive() == b"small"
            for kind in KEYS:
                for version in ["12"] if small else VERSIONS:
                    self.be_server(kind, version)
                    if not small:
                        self.be_client(kind, version)
            for name, suite in SUITES:
                self.take_records(name, suite)
            self.order("", "")
