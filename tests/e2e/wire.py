# SPDX-License-Identifier: Apache-2.0
"""TLS over a socket where every octet on the wire passes through this program, to be cut, split or kept back. And logs
to wait for."""

import ssl
import time

from tally import HUNG_S


class Wire:
    """A TLS client in place of a socket; `crumbs` sends every octet of a record separately."""

    def __init__(self, socket, context, crumbs=False, name=None):
        self.socket, self.crumbs = socket, crumbs
        self.arrived, self.leaving = ssl.MemoryBIO(), ssl.MemoryBIO()
        self.tls = context.wrap_bio(self.arrived, self.leaving, server_hostname=name)

    def flights(self):
        """The handshake, one flight at a time: what it wants to send now, or b"" when it is over. The caller that
        takes it sends it, or does not."""
        while True:
            try:
                self.tls.do_handshake()
                break
            except ssl.SSLWantReadError:
                yield self.leaving.read()
                self.receive()
        yield self.leaving.read()

    def handshake(self):
        for flight in self.flights():
            self.send_raw(flight)
        return self

    def send_raw(self, data):
        if not self.crumbs:
            self.socket.sendall(data)
            return
        for i in range(len(data)):
            self.socket.sendall(data[i:i + 1])

    def receive(self):
        data = self.socket.recv(65536)
        if not data:
            raise ConnectionResetError("closed in the middle of TLS")
        self.arrived.write(data)

    def records(self, data):
        self.tls.write(data)
        return self.leaving.read()

    def sendall(self, data):
        for at in range(0, len(data), 16384):
            self.send_raw(self.records(data[at:at + 16384]))

    def recv(self, size):
        while True:
            try:
                return self.tls.read(size)
            except ssl.SSLWantReadError:
                self.receive()
            except ssl.SSLZeroReturnError:
                return b""

    def say_close(self):
        try:
            self.tls.unwrap()
        except ssl.SSLWantReadError:
            pass
        self.send_raw(self.leaving.read())

    def settimeout(self, seconds):
        self.socket.settimeout(seconds)

    def setsockopt(self, *arguments):
        self.socket.setsockopt(*arguments)

    def close(self):
        self.socket.close()


def logged(gateway, since, *words, timeout=HUNG_S):
    """A line of the log after its first `since` characters that has all the words; else the whole log, and False."""
    end = time.monotonic() + timeout
    while True:
        lines = gateway.log()[since:].splitlines()
        found = [line for line in lines if all(word in line for word in words)]
        if found:
            return True, found[0]
        if time.monotonic() > end:
            return False, " | ".join(lines[-5:])
        time.sleep(0.02)
