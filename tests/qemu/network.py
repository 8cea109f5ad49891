# SPDX-License-Identifier: Apache-2.0
"""The board under bad network conditions, and the network while the board signs."""

import re
import socket
import threading
import time

import board
import pcap
from board import PATIENCE
from common import (FAILURES, LONG, Hop, board_time, boot, code, connect, fine, make_image, name, note, numbered,
                    passes_dkimpy, start, subject_of, transaction, work)
from names import Names
from peers import Closed, message
from tally import check, eventually
from wire import Wire


def ask(client, until, latencies, rest=0.01):
    """Send EHLO repeatedly; the seconds that each reply took, if it came in time."""
    for _ in range(18):  # with more of them and no message, the client is closed
        began = time.monotonic()
        reply = client.command("EHLO other.test")
        if reply.code != 250:
            raise ValueError(str(reply))
        if until.is_set():
            return
        latencies.append(time.monotonic() - began)
        time.sleep(rest)


def leave(client):
    """End a session so that its place is free afterwards."""
    client.command("QUIT")
    client.replies(PATIENCE)


def while_signing(b, hop, rest=0.01):
    """A message, and another client's EHLO while its signature is computed; returns the latencies."""
    latencies, ready, busy, done = [], threading.Event(), threading.Event(), threading.Event()
    hop.script(lambda step, line, session: done.set() if step == "content" else None)

    def other():
        try:
            with connect(b.port) as client:
                # The first reply waits for the next hop, whose extensions it lists.
                client.command("EHLO other.test")
                ready.set()
                if busy.wait(PATIENCE):
                    ask(client, done, latencies, rest)
                leave(client)
        except FAILURES as e:
            check(False, "the other client", (repr(e), b.end()))
            ready.set()

    thread = threading.Thread(target=other)
    thread.start()
    try:
        with connect(b.port) as client:
            client.begin()
            client.command("DATA")
            ready.wait(PATIENCE)
            client.send(message() + b".\r\n")
            busy.set()
            reply = client.reply()
            leave(client)
    except FAILURES as e:
        reply = e
    done.set()
    busy.set()
    thread.join()
    return reply, latencies


def test_latency():
    """While a signature is computed, another client's EHLO is answered before it is done, and within 50 ms of the
    board's time."""
    hop = Hop()
    with start(hop.port, real=True) as b:
        latencies, end = [], time.monotonic() + PATIENCE
        while len(latencies) < 20 and time.monotonic() < end:
            reply, some = while_signing(b, hop)
            if not check(code(reply) == 250, "the message", (str(reply), b.end())):
                break
            latencies += some
        if check(latencies, "EHLO was answered while signing"):
            latencies.sort()
            note(f"{len(latencies)} times EHLO while signing: {1000 * latencies[len(latencies) // 2]:.1f} ms, "
                 f"{1000 * latencies[-1]:.1f} ms at most, host's clock")
        fine(b)
    with start(hop.port, options=board.icount(name) + board.RECORD) as b:
        frames = f"{b.folder}/frames.pcap"
        found, end = [], time.monotonic() + PATIENCE
        while len(found) < 10 and time.monotonic() < end:
            reply, _ = while_signing(b, hop, rest=0.02)
            if not check(code(reply) == 250, "with -icount: the message", (str(reply), b.end())):
                break
            signing, found = ehlos_while_signing(frames)
        fine(b)
        b.order("quit")
        b.exit_code()
    signing, found = ehlos_while_signing(frames)
    if signing:
        note(f"from the end of the data to DATA: "
             f"{min(z - a for a, z in signing) * 1000 / 2 ** board.icount_shift(name):.0f} million instructions, most "
             "of them for the signature")
    if check(found, "with -icount: EHLO while signing", signing):
        note(f"{len(found)} times EHLO while signing ({max(z - a for a, z in signing):.2f} s): "
             f"{1000 * max(found):.2f} ms at most, board's clock")
        check(max(found) < 0.050, "EHLO within 50 ms of the board", max(found))


def ehlos_while_signing(frames):
    """(when a signature was computed, how long an EHLO took meanwhile), in the board's time."""
    signing = pcap.between(frames, b"\r\n.\r\n", b"DATA\r\n")
    return signing, [took for began, took in pcap.answers(frames, b"EHLO other.test")
                     if any(a <= began <= z for a, z in signing)]


class Flood:
    """Unwanted frames: UDP to a port without a listener, `rate` in a second, or as fast as possible."""

    def __init__(self, b, rate=None):
        self.sent, self.rate, self.port, self.stop = 0, rate, b.udp_port, threading.Event()
        self.thread = threading.Thread(target=self.run)

    def __enter__(self):
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.stop.set()
        self.thread.join()

    def run(self):
        began = time.monotonic()
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
            s.connect(("127.0.0.1", self.port))
            while not self.stop.is_set():
                due = (time.monotonic() - began) * self.rate - self.sent if self.rate else 100
                for _ in range(int(due)):
                    try:
                        s.send(b"f" * (18 if self.sent % 2 else 1400))
                    except OSError:
                        pass
                    self.sent += 1
                if self.rate:
                    time.sleep(0.005)


def signing_ms(b):
    b.shows(rb"signing-ms=\d+.*\n")
    return max([int(n) for n in re.findall(r"signing-ms=(\d+)", b.since())], default=0)


def flooded_message(b, hop):
    """A message, and a flood as fast as possible while it is signed; returns the reply and the number of frames."""
    signed = threading.Event()
    hop.script(lambda step, line, session: signed.set() if step == "DATA" else None)
    sent = 0
    try:
        with connect(b.port) as client:
            client.begin()
            client.command("DATA")
            client.send(message() + b".\r\n")
            with Flood(b) as flood:
                signed.wait(2)
            sent = flood.sent
            reply = client.reply()
            leave(client)
    except FAILURES as e:
        reply = e
    hop.script()
    return reply, sent


def test_flood():
    """A flood of frames keeps the board neither from signing nor from serving other clients."""
    hop = Hop()
    with start(hop.port, options=board.icount(name)) as b:
        quiet = []
        for _ in range(3):
            b.mark()
            check(code(transaction(b.port, message())) == 250, "before the flood", b.end())
            quiet.append(signing_ms(b))
        b.mark()
        reply, sent = flooded_message(b, hop)
        check(code(reply) == 250, "a message in the flood", (repr(reply), b.end()))
        flooded = signing_ms(b)
        note(f"signing: {min(quiet)} ms to {max(quiet)} ms, {flooded} ms in a flood of {sent} frames, board's clock")
        check(0 < flooded < 2 * max(quiet), "signing is not starved", (quiet, flooded))
        fine(b)
    with start(hop.port, real=True) as b:
        reply, sent = flooded_message(b, hop)
        note(f"{reply} in a flood of {sent} frames")
        check(code(reply) == 250, "a message in the flood, without -icount", (repr(reply), b.end()))
        check(served(b), "after the flood", b.end())
        # A lasting flood, at a rate that leaves room on the wire.
        with Flood(b, 2000) as flood:
            began = time.monotonic()
            check([served(b) for _ in range(3)] == [True] * 3, "messages in a lasting flood", b.end())
            took = time.monotonic() - began
        note(f"3 messages in {took:.2f} s among {flood.sent} frames")
        check(served(b), "after the lasting flood", b.end())
        fine(b)


class Bulk(threading.Thread):
    """A client that sends content without a pause until it is stopped."""

    def __init__(self, port):
        super().__init__()
        self.port, self.stop, self.sent, self.failed = port, threading.Event(), 0, None
        self.begun = threading.Event()

    def run(self):
        line = b"b" * 76 + b"\r\n"
        try:
            with connect(self.port) as client:
                client.begin()
                client.command("DATA")
                client.send(message())
                self.begun.set()
                while not self.stop.is_set():
                    client.send(line * 20)
                    self.sent += len(line) * 20
                client.reset()
        except FAILURES as e:
            self.failed = repr(e)
        self.begun.set()


def test_bulk():
    """A client that sends for minutes without a pause stops neither signing nor the feeding of the watchdog."""
    hop = Hop()
    with start(hop.port, options=board.icount(name, 7)) as b:
        b.mark()
        check(code(transaction(b.port, message())) == 250, "before", b.end())
        quiet = signing_ms(b)
        bulk = Bulk(b.port)
        bulk.start()
        bulk.begun.wait(PATIENCE)
        took = []
        for _ in range(2):
            b.mark()
            reply = transaction(b.port, message())
            check(code(reply) == 250, "a message in the meantime", (repr(reply), bulk.failed, b.end()))
            took.append(signing_ms(b))
        # Longer than the longest job and the watchdog's time-out, without any signature.
        first, end = board_time(b), time.monotonic() + PATIENCE
        while b.alive() and not bulk.failed and board_time(b) - first < 75 and time.monotonic() < end:
            try:
                with connect(b.port) as client:
                    client.begin()  # and leaves: that is logged, with the time
            except FAILURES:
                pass
            time.sleep(0.1)
        lasted = board_time(b) - first
        bulk.stop.set()
        bulk.join()
        check(lasted > 75 and bulk.failed is None, "the client was never cut off", (lasted, bulk.failed, b.end()))
        note(f"signing: {quiet} ms, {min(took)} to {max(took)} ms while another client sends; {bulk.sent / 1000:.0f} "
             f"KB in all, {lasted:.0f} s without signing, board's clock")
        check(max(took) < 3 * quiet, "signing is not starved", (quiet, took))
        check(served(b), "after it", b.end())
        fine(b)


def served(b):
    """A message goes through. If the machine gives a board too little time, the first one may have waited too long."""
    return eventually(lambda: code(transaction(b.port, message(), 20)) == 250)


def test_link():
    """The cable pulled and put back in the middle of a message, and while it is signed and passed on."""
    hop = Hop()
    with start(hop.port) as b:
        for turn, (where, off_s) in enumerate((("content", 0.5), ("content", 4), ("dot", 0.5), ("dot", 4))):
            hop.script()
            what = f"link down for {off_s} s at the {where}"
            content = numbered(turn, b"x" * 76 * 4 + b"\r\n" + b"y\r\n" * 4000)
            half = len(content) // 2
            try:
                with connect(b.port) as client:
                    client.begin()
                    client.command("DATA")
                    client.send(content[:half])
                    time.sleep(0.1)
                    if where == "dot":
                        client.send(content[half:] + b".\r\n")
                        time.sleep(0.05)
                    b.link(False)
                    if where == "content":
                        client.send(content[half:] + b".\r\n")
                    time.sleep(off_s)
                    b.link(True)
                    reply = client.reply()
            except FAILURES as e:
                b.link(True)
                reply = e
            arrived = hop.subjects()
            check(code(reply) == 250 or 400 <= code(reply) < 500 or isinstance(reply, Closed), f"{what}: 250 or 4yz",
                  (repr(reply), b.end()))
            if code(reply) == 250:
                check(arrived == [f"number {turn}".encode()], f"{what}: no 250 without the next hop's", arrived)
                check(passes_dkimpy(hop.messages()[0][2]), f"{what}: signature")
            note(f"{what}: {reply}")
            check(served(b), f"{what}: it recovers", b.end())
        seen = re.findall(r"link=(\w+)", b.text())
        note(f"the UART says: link {', '.join(seen)}")
        fine(b)


def by_name(text):
    return text.replace("next-hop = 10.0.2.2:", "next-hop = mx.hop.test:")


def test_names():
    """The next hop's name is looked up at the configured name server and port, or at the server that DHCP names."""
    hop, names = Hop(), Names()
    names.records = {("mx.hop.test", "CNAME"): (60, ["host.hop.test"]), ("host.hop.test", "A"): (60, ["10.0.2.2"])}
    names.lose = 1
    text = by_name(board.config(hop.port, board.STATIC + f"dns-server = 10.0.2.2:{names.port}\n"))
    with boot(make_image(work.path, text)) as b:
        check(code(transaction(b.port, message())) == 250, "a message", b.end())
        check(len(hop.messages()) == 1 and passes_dkimpy(hop.messages()[0][2]), "it arrived, and verifies")
        check(names.asked == [("mx.hop.test", "A", "udp")] * 2, "asked at the port, and again when lost", names.asked)
        check(code(transaction(b.port, message())) == 250, "another message", b.end())
        check(len(names.asked) == 2, "the answer is kept", names.asked)
        fine(b)
    names.truncate = True
    with boot(make_image(work.path, text)) as b:
        check(code(transaction(b.port, message())) == 250, "a truncated answer: over TCP", b.end())
        check([way for _, _, way in names.asked[2:]] == ["udp", "tcp"], "once over UDP, once over TCP", names.asked)
        fine(b)
    names.end()
    with boot(make_image(work.path, by_name(board.config(hop.port, ""))), options=board.RECORD) as b:
        frames = f"{b.folder}/frames.pcap"
        check(code(transaction(b.port, message())) // 100 == 4, "no server knows the name: 4yz", b.end())
        asked = [octets for to, port, octets in pcap.datagrams(frames) if (to, port) == (b"\x0a\0\2\3", 53)]
        check(any(b"\2mx\3hop\4test\0\0\1\0\1" in octets for octets in asked), "DHCP's name server is asked", asked)
        fine(b)


def test_wire():
    """Frames are lost, duplicated and reordered: messages arrive or fail with 4yz, and all that arrive verify."""
    hop = Hop()
    with Wire(work.path) as wire, start(hop.port, network=wire.network) as b:
        check(code(transaction(wire.port, message())) == 250, "over the wire", b.end())
        wire.trouble(loss=0.01, twice=0.01, late=0.02)
        said = []
        hop.script()
        for i in range(12 if LONG else 4):
            content = numbered(i, b"w" * 70 + b"\r\n" + b"body\r\n" * 1000)
            # A place may be taken until the end of the previous session has arrived.
            eventually(lambda: said.append(transaction(wire.port, content, 60)) or code(said[-1]) != 421, step=0.5)
            said = [r for r in said if code(r) != 421]
        arrived = hop.subjects()
        for i, reply in enumerate(said):
            good = code(reply) == 250
            check(good or 400 <= code(reply) < 500 or isinstance(reply, (Closed, TimeoutError)), f"message {i}",
                  (repr(reply), b.end()))
            check(not good or f"number {i}".encode() in arrived, f"message {i}: no 250 without the next hop's")
        check(any(code(r) == 250 for r in said), "some arrive", [str(r) for r in said])
        check(all(arrived.count(s) == 1 for s in set(arrived)), "nothing arrives twice", arrived)
        for m in hop.messages():
            check(passes_dkimpy(m[2]), f"{subject_of(m[2])}: signature")
        wire.trouble()
        check(eventually(lambda: code(transaction(wire.port, message(), 20)) == 250), "a message over the good wire",
              b.end())
        note(f"{sum(code(r) == 250 for r in said)} of {len(said)} messages, {wire.lost} frames lost of {wire.frames}")
        fine(b)
