# SPDX-License-Identifier: Apache-2.0
"""What a TLS server offers, found by asking for every code point; without a TLS library, because a library
would not ask for what it does not know itself."""

import hashlib
import socket
import struct

RETRY = hashlib.sha256(b"HelloRetryRequest").digest()
DOWNGRADE = b"DOWNGRD\x01"
TLS12, TLS13 = 0x0303, 0x0304
ALL_SIGNATURES = (0x0403, 0x0503, 0x0603, 0x0804, 0x0805, 0x0806, 0x0401, 0x0501, 0x0601, 0x0203, 0x0201)
PIECE = 600                             # code points in one ClientHello: one segment
# They are signals from a client and choose nothing: TLS_EMPTY_RENEGOTIATION_INFO_SCSV, TLS_FALLBACK_SCSV.
SIGNALS = (0x00ff, 0x5600)


def vector(data, width):
    return len(data).to_bytes(width, "big") + data


def words(values):
    return b"".join(struct.pack(">H", v) for v in values)


def extension(number, data):
    return struct.pack(">H", number) + vector(data, 2)


def client_hello(version=TLS12, suites=(), groups=(29, 23, 24, 25), signatures=ALL_SIGNATURES, versions=(),
                 compressions=b"\0", more=b"", record_version=0x0301):
    extensions = (extension(10, vector(words(groups), 2)) + extension(11, b"\1\0") +
                  extension(13, vector(words(signatures), 2)) + extension(23, b"") + extension(0xff01, b"\0") + more)
    if versions:
        extensions += extension(43, vector(words(versions), 1)) + extension(51, vector(b"", 2))
    body = (struct.pack(">H", version) + bytes(range(32)) + vector(bytes(32), 1) + vector(words(suites), 2) +
            vector(compressions, 1) + vector(extensions, 2))
    return b"\x16" + struct.pack(">H", record_version) + vector(b"\1" + vector(body, 3), 2)


class Answer:
    """The reply to one ClientHello. `alert` is the code of a fatal alert, or None; `suite` is None if none was
    chosen."""

    def __init__(self):
        self.alert = self.version = self.suite = self.compression = self.group = self.signature = None
        self.random = b""
        self.done = self.closed = False

    def __str__(self):
        return " ".join(f"{k}={v!r}" for k, v in vars(self).items() if v)

    def take_hello(self, body):
        self.version = int.from_bytes(body[:2], "big")
        self.random = body[2:34]
        at = 35 + body[34]
        self.suite = int.from_bytes(body[at:at + 2], "big")
        self.compression = body[at + 2]
        rest = body[at + 5:]
        while rest:
            number, length = struct.unpack(">HH", rest[:4])
            data, rest = rest[4:4 + length], rest[4 + length:]
            if number == 43:
                self.version = int.from_bytes(data, "big")
            elif number == 51:
                self.group = int.from_bytes(data[:2], "big")
        self.done = self.version == TLS13

    def take_key_exchange(self, body):
        self.group = int.from_bytes(body[1:3], "big")
        self.signature = int.from_bytes(body[4 + body[3]:6 + body[3]], "big")

    def take_messages(self, buffer):
        while len(buffer) >= 4 and len(buffer) >= 4 + int.from_bytes(buffer[1:4], "big"):
            length = int.from_bytes(buffer[1:4], "big")
            body, kind = buffer[4:4 + length], buffer[0]
            buffer = buffer[4 + length:]
            if kind == 2:
                self.take_hello(body)
            elif kind == 12:
                self.take_key_exchange(body)
            elif kind == 14:
                self.done = True
        return buffer


def ask(port, hello, timeout=15):
    """The reply to a ClientHello that begins a connection."""
    answer, wire, messages = Answer(), b"", b""
    with socket.create_connection(("127.0.0.1", port), timeout=timeout) as s:
        s.sendall(hello)
        while not answer.done and answer.alert is None:
            while len(wire) >= 5 and len(wire) >= 5 + int.from_bytes(wire[3:5], "big"):
                length = int.from_bytes(wire[3:5], "big")
                body, kind = wire[5:5 + length], wire[0]
                wire = wire[5 + length:]
                if kind == 21 and body[0] == 2:
                    answer.alert = body[1]
                elif kind == 22 and not answer.done:
                    messages = answer.take_messages(messages + body)
            if answer.done or answer.alert is not None:
                break
            try:
                data = s.recv(65536)
            except ConnectionResetError:
                data = b""
            if not data:
                answer.closed = True
                break
            wire += data
    return answer


def every(port, choose, hello, skip=()):
    """All code points that the server accepts, in its order within one question: choose(answer) is its choice."""
    left = [v for v in range(0x10000) if v not in skip]
    found = []
    for at in range(0, len(left), PIECE):
        piece = left[at:at + PIECE]
        while piece:
            chosen = choose(ask(port, hello(piece)))
            if chosen not in piece:
                break
            found.append(chosen)
            piece.remove(chosen)
    return found


def suites(port, version):
    if version == TLS13:
        return every(port, lambda a: a.suite, lambda piece: client_hello(suites=piece, versions=(TLS13,)), SIGNALS)
    return every(port, lambda a: a.suite, lambda piece: client_hello(version, suites=piece), SIGNALS)


def groups(port, version, suite):
    versions = (TLS13,) if version == TLS13 else ()
    return every(port, lambda a: a.suite and a.group,
                 lambda piece: client_hello(suites=(suite,), groups=piece, versions=versions))


def signatures(port, suite):
    """In TLS 1.2 only: in 1.3 they are encrypted."""
    return every(port, lambda a: a.suite and a.signature,
                 lambda piece: client_hello(suites=(suite,), signatures=piece))
