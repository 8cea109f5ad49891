# SPDX-License-Identifier: Apache-2.0
"""Mail through the board: signatures, sessions, sizes, refusals, spools."""

import glob
import hashlib
import os
import random
import re
import struct
import threading
import time

from board import PATIENCE, STATIC, Debugger, Door, Trouble, config, icount
from common import (ALIKE, FAILURES, LONG, MB, Hop, board_time, code, connect, facts, fine, name, note, numbered,
                    passes_dkimpy, passes_opendkim, signature_of, signed_by_host, stamp, start, transaction, verifies,
                    work)
import postfix
from peers import BUILD, DOMAIN, Client, Do, Gateway, message, stuff, then
from tally import check, eventually

# What the boards promise: sessions at the same time.
PROMISED = {"lm3s6965evb": 2, "emcraft-sf2": 8}
PROMISED_ELSEWHERE = 16


def test_signature():
    """With the same message and key, and without a time, the signature is the host's, bit for bit."""
    hop = Hop()
    body = b"".join(b"line %d with some  space \t\r\n" % i for i in range(200)) + b"\r\n\r\n"
    for pair in ("relaxed/relaxed", "simple/simple"):
        domain = f"timestamp = no\ncanonicalization = {pair}\n"
        with start(hop.port, domain=domain, real=True) as b:
            for content in (message(body, more=b"Cc:  c@x.test,\r\n   d@x.test\r\nX-Y: z\r\n"), message(b"")):
                hop.script()
                reply = transaction(b.port, content)
                if not check(code(reply) == 250 and hop.messages(), f"{pair}: taken", (reply, b.end())):
                    continue
                want, why = signed_by_host(config(hop.port, domain=domain), content)
                got = hop.messages()[0][2]
                check(want and signature_of(got) == signature_of(want), f"{pair}: the same as on the host",
                      (why, got[:900], want[:900]))
                check(got.endswith(content), f"{pair}: octet for octet")
            fine(b)


def test_sessions():
    """As many sessions as promised, and the next client is refused immediately."""
    promised = PROMISED.get(name, PROMISED_ELSEWHERE)
    check(facts.sessions >= promised, f"{promised} sessions at once", facts.sessions)
    hop = Hop()
    with start(hop.port) as b:
        for turn in range(2):
            clients = [connect(b.port) for _ in range(facts.sessions)]
            check(all(c.greeting.code == 220 for c in clients), f"{len(clients)} greetings",
                  [str(c.greeting) for c in clients])
            try:
                with Client(b.port, PATIENCE) as more:
                    check(more.greeting.code == 421, "the next one gets 421", more.greeting)
                    # The board ends an idle session only after minutes.
                    check(not any(c.has_ended() for c in clients), "immediately: the others are still connected")
                    check(more.replies(PATIENCE)[1], "the next one is closed")
            except FAILURES as e:
                check(False, "the next one is answered", repr(e))
            replies = []

            def one(client, i):
                try:
                    client.begin()
                    replies.append(client.data(numbered(i), PATIENCE))
                except FAILURES as e:
                    replies.append(e)

            hop.script()
            began = time.monotonic()
            threads = [threading.Thread(target=one, args=(c, i)) for i, c in enumerate(clients)]
            for t in threads:
                t.start()
            for t in threads:
                t.join()
            check([code(r) for r in replies] == [250] * len(clients), "a message each, all at the same time",
                  [str(r) for r in replies if code(r) != 250] + [b.end()])
            check(sorted(hop.subjects()) == sorted(f"number {i}".encode() for i in range(len(clients))),
                  "each arrived once", hop.subjects())
            note(f"{len(clients)} messages at the same time: {time.monotonic() - began:.2f} s")
            for c in clients:
                if turn == 0:
                    c.command("QUIT")
                    c.socket.close()
                else:
                    c.reset()
        check(eventually(lambda: code(transaction(b.port, message())) == 250), "all places are free again", b.end())
        fine(b)


def named(reply, hop):
    """The reply without the address and port by which each machine reaches its next hop."""
    return re.sub(rf"Next hop [0-9.]+:{hop.port}\b", "Next hop", str(reply))


def test_refusals():
    """What the next hop refuses or breaks reaches the client as it would on the host; then mail flows again."""
    steps = ("connect", "EHLO", "MAIL", "RCPT", "DATA", "dot")
    answers = [(f"{step} {text[:3]}", step, text.encode() + b"\r\n") for step in steps
               for text in ("421 4.3.2 busy", "450 4.2.0 not now", "554 5.7.1 never")]
    answers += [(f"{step} closed", step, Do(Do.CLOSE)) for step in steps]
    answers += [(f"{step} reset", step, Do(Do.RESET)) for step in ("connect", "RCPT", "DATA", "content", "dot")]
    answers += [("nonsense", "MAIL", b"hello there\r\n"),
                ("421 and closed", "dot", then(b"421 4.3.2 bye\r\n", Do.CLOSE)),
                ("many lines", "dot", b"550-5.7.1 one\r\n550-5.7.1 two\r\n550 5.7.1 three\r\n")]
    hop, host_hop = Hop(), Hop()
    host = Gateway(work, host_hop.port)
    tried = []
    with start(hop.port, real=True) as b:
        for what, step, answer in answers:
            said = []
            for gateway, at in ((host, host_hop), (b, hop)):
                at.script(lambda s, line, session, step=step, answer=answer: answer if s == step else None)
                said.append(named(transaction(gateway.port, message()), at))
            same = said[0] == said[1]
            tried.append(same)
            check(same, f"{what}: the same reply as on the host", said)
            if what != "EHLO 554":  # HELO may follow it
                check(said[1][:1] in "45" and not hop.messages(), f"{what}: no success", said)
        hop.script()
        check(code(transaction(b.port, message())) == 250, "it recovers", b.end())
        hop.go()
        host_hop.go()
        said = [named(transaction(gateway.port, message()), at) for gateway, at in ((host, host_hop), (b, hop))]
        check(said[0] == said[1] and said[1].startswith("451 "), "gone: the same reply as on the host", said)
        hop.come()
        hop.script()
        check(code(transaction(b.port, message())) == 250, "it comes back", b.end())
        fine(b)
    host.stop()
    note(f"{sum(tried)} of {len(tried)} replies are the host's")


def corpus():
    """Real messages as they would come by SMTP, from our author: (name, content)."""
    found = glob.glob(f"{BUILD}/corpus/*/*") or glob.glob("/usr/lib/python3*/test/test_email/data/*.txt")
    found.sort()
    random.Random(3).shuffle(found)
    for path in found:
        with open(path, "rb") as f:
            content = re.sub(rb"(?<!\r)\n", b"\r\n", f.read())
        if not content.endswith(b"\r\n"):
            content += b"\r\n"
        head, empty, body = content.partition(b"\r\n\r\n")
        head = re.sub(rb"(?im)^(From:(?:.*\r\n[ \t])*.*@)[\w.-]+", rb"\1" + DOMAIN.encode(), head, count=1)
        yield path, head + empty + body


def test_corpus():
    """Real messages, signed by the board, verified by two verifiers and compared with the host's."""
    wanted = 25 if ALIKE else 100
    hop = Hop()
    domain = "timestamp = no\n"
    text = config(hop.port, domain=domain)
    arrived, small, clients, missed = [], 0, [], 0
    with start(hop.port, domain=domain, real=True) as b:
        for path, content in corpus():
            if len(arrived) == wanted or missed > 3:
                break
            want, _ = signed_by_host(text, content)
            if not want:
                continue
            if not clients:
                clients.append(connect(b.port))
            client, before = clients[0], len(hop.messages())
            try:
                client.begin(parameters=" BODY=8BITMIME")
                reply = client.data(stuff(content))
            except FAILURES as e:
                reply = e
                clients.pop().socket.close()
            if code(reply) == 552 and content.find(b"\r\n\r\n") > facts.work // 2:
                small += 1
                continue
            if not check(code(reply) == 250 and len(hop.messages()) == before + 1, f"{path}: taken",
                         (str(reply), b.end())):
                missed += 1
                continue
            got = hop.messages()[-1][2]
            check(got.endswith(content), f"{path}: octet for octet")
            check(signature_of(got) == signature_of(want), f"{path}: the same signature as the host's",
                  (signature_of(got), signature_of(want)))
            check(passes_dkimpy(got), f"{path}: dkimpy", got[:900])
            arrived.append((path, got))
        fine(b)
    for (path, _), verdict in zip(arrived, passes_opendkim([got for _, got in arrived])):
        check(verdict.startswith("pass"), f"{path}: libopendkim", verdict)
    check(len(arrived) == wanted, "enough messages", len(arrived))
    note(f"{len(arrived)} real messages, {small} more with headers too large for the board")


def test_connections():
    """One connection after another: no resource is used up."""
    count = 500
    hop = Hop()
    with start(hop.port, real=True) as b:
        began = time.monotonic()
        good = 0
        for i in range(count):
            try:
                # A place becomes free only when the board has noticed that the client is gone.
                with connect(b.port) as client:
                    good += client.greeting.code == 220
                    if i % 10 == 9:
                        client.begin()
                        client.reset()
                        good += 1
                    elif i % 10 == 8:
                        good += 1
                    else:
                        good += client.command("QUIT").code == 221 and client.replies(PATIENCE)[1]
            except FAILURES as e:
                check(False, f"connection {i}", (repr(e), b.end()))
                break
        check(good == 2 * count, f"{count} connections", (good, b.end()))
        note(f"{count} connections one after another: {time.monotonic() - began:.2f} s")
        check(code(transaction(b.port, message())) == 250, "a message after all connections", b.end())
        fine(b)


# The driver waits for a card that does not answer by the board's clock, at work all the while: at the board's own pace
# that is a sixteenth of the instructions that the usual pace (board.FAST) takes for it.
OWN_PACE = icount(name)


def check_card(b, what):
    began = stamp(b)
    b.mark()
    reply = transaction(b.port, message())
    check(code(reply) == 452, f"{what}: 452", (repr(reply), str(reply), b.end()))
    b.shows(rb"verdict=\w+.*\n")
    took = board_time(b) - began
    check(took < 30, f"{what}: no hang", took)
    try:
        with connect(b.port) as client:
            check(client.command("EHLO client.test").code == 250, f"{what}: EHLO is answered")
    except FAILURES as e:
        check(False, f"{what}: EHLO is answered", repr(e))
    note(f"{what}: {reply}")


def test_card():
    """A board that spools on a card: absent from the start, pulled, put back, too small for a message."""
    if "if=sd" not in " ".join(facts.options):
        return
    hop = Hop()
    with start(hop.port, medium=False, options=OWN_PACE) as b:
        check_card(b, "no card")
        check(re.search(r"(?i)card|medium|spool|store", b.text()), "no card: the log shows it", b.text())
        check(not hop.messages(), "no card: nothing was sent")
        fine(b)
    with start(hop.port, options=OWN_PACE) as b:
        check(code(transaction(b.port, message())) == 250, "with a card", b.end())
        devices = re.findall(r"(?m)^(sd\S*)", b.human("info block"))
        device = devices[0].rstrip(":") if devices else "sd0"
        b.mark()
        said = b.human(f"eject -f {device}")
        if said.strip():
            note(f"this QEMU does not eject: {said.strip()}")
            return
        arrived = len(hop.messages())
        check_card(b, "card pulled")
        check(re.search(r"(?i)card|medium|spool|store", b.since()), "card pulled: the log shows it", b.since())
        check(len(hop.messages()) == arrived, "card pulled: nothing was sent")
        b.human(f"change {device} {b.folder}/medium.img raw")
        check(eventually(lambda: code(transaction(b.port, message(), 20)) == 250, step=0.2), "card is back", b.end())
        # In the middle of a message.
        line = b"m" * 76 + b"\r\n"
        try:
            with connect(b.port) as client:
                client.begin()
                client.command("DATA")
                client.send(message(line * 1000))
                time.sleep(0.1)
                b.human(f"eject -f {device}")
                client.send(line * 1000 + b".\r\n")
                reply = client.reply()
        except FAILURES as e:
            reply = e
        check(code(reply) == 452, "card pulled in a message: 452", (repr(reply), str(reply), b.end()))
        b.human(f"change {device} {b.folder}/medium.img raw")
        check(eventually(lambda: code(transaction(b.port, message(), 20)) == 250, step=0.2), "card is back again",
              b.end())
        fine(b)
    small = f"{work.path}/small.img"
    with open(small, "wb") as f:
        f.truncate(8 << 20)
    with start(hop.port, medium=small, real=True) as b:
        check(code(transaction(b.port, message())) == 250, "a small card", b.end())
        arrived = len(hop.messages())
        reply = transaction(b.port, message(line * 100000), PATIENCE)
        check(code(reply) in (452, 552), "more than a small card holds", (str(reply), b.end()))
        check(len(hop.messages()) == arrived, "more than a small card holds: nothing was sent")
        check(code(transaction(b.port, message())) == 250, "a small message after it", b.end())
        fine(b)
    os.unlink(small)


# port/driver/sd/sd_faulty.h
GONE, STUCK, REFUSES, UNREADABLE, FLIPS, SILENT, SLOW, NOISE = range(1, 9)
LASTING = 0


class FaultyCard:
    """The firmware with sd_faulty between its card and the driver, and its control."""

    def __init__(self, hop, medium):
        elf, symbols = facts.faulty
        self.debugger = Debugger()
        self.at = symbols["seal_sd_faulty_bus"]
        self.board = start(hop.port, elf=elf, debugger=self.debugger, medium=medium, options=OWN_PACE)

    def set(self, fault, after=0, times=LASTING):
        """Set a fault; returns how often the one before struck."""
        with self.debugger as d:
            struck = d.words(self.at + 24, 1)[0]
            d.write(self.at + 8, struct.pack("<IIBBBBII", after, times, fault, 0, 0, 0, 0, 0))
        return struck


def faulty_message(card, content, halves):
    """A message, and another client in the meantime: (reply, reply). With halves, the fault comes between them."""
    port, other = card.board.port, []

    def ask():
        try:
            with connect(port) as client:
                other.append(client.command("EHLO other.test"))
                client.command("QUIT")
        except FAILURES as e:
            other.append(e)

    asking = threading.Thread(target=ask)
    try:
        with connect(port) as client:
            client.begin()
            client.command("DATA")
            if halves:
                client.send(content[:len(content) // 2])
                halves()
            asking.start()
            client.send(content[len(content) // 2 if halves else 0:] + b".\r\n")
            reply = client.reply()
            client.command("QUIT")
    except FAILURES as e:
        reply = e
    if not asking.ident:
        asking.start()
    asking.join()
    return reply, other[0]


def test_errors():
    """A card that fails in every way, from the first operation on and in the middle of a message, once and forever:
    452, or 250 for a message that the next hop has whole; the log shows it; another client is served; then mail flows
    again."""
    if not facts.faulty:
        return
    hop = Hop()
    content = message(b"e" * 76 + b"\r\n" + b"error\r\n" * 3000)
    blocks = (len(content) + 511) // 512
    # Reading comes after writing.
    cases = [("gone", GONE, 0), ("gone while writing", GONE, 7), ("gone while reading", GONE, blocks + 7),
             ("stuck", STUCK, 0), ("stuck while writing", STUCK, 7), ("stuck while reading", STUCK, blocks + 7),
             ("busy at first", SLOW, 0), ("busy later", SLOW, 7),
             ("write error at first", REFUSES, 0), ("write error later", REFUSES, 7),
             ("read error at first", UNREADABLE, 0), ("read error later", UNREADABLE, blocks + 7),
             ("no data at first", SILENT, 0), ("no data later", SILENT, blocks + 7),
             ("wrong data at first", FLIPS, 0), ("wrong data later", FLIPS, blocks + 7),
             ("noise at first", NOISE, 0), ("noise later", NOISE, blocks + 7)]
    medium = f"{work.path}/errors.img"
    card = FaultyCard(hop, medium)
    b = card.board
    seen = []
    for times in (LASTING, 1):
        for what, fault, after in cases:
            if fault == SLOW and times == 1:
                continue
            what += " forever" if times == LASTING else " once"
            hop.script()
            b.mark()
            card.set(fault, after, 0xffffffff if fault == SLOW else times)
            began = time.monotonic()
            reply, other = faulty_message(card, content, None)
            took = time.monotonic() - began
            struck = card.set(0)
            check(struck > 0, f"{what}: it struck", struck)
            arrived = hop.messages()
            if code(reply) == 250:
                check(times != LASTING, f"{what}: is refused", (str(reply), b.end()))
                check(len(arrived) == 1 and arrived[0][2].endswith(content) and passes_dkimpy(arrived[0][2]),
                      f"{what}: 250 for a message that is whole", [m[2][:300] for m in arrived])
            else:
                # 451 is for octets that differ from what was written, for example when a block is missing.
                wanted = {FLIPS: (451,), SILENT: (451, 452)}.get(fault, (452,))
                check(code(reply) in wanted, f"{what}: {wanted[-1]}", (repr(reply), str(reply), b.end()))
                check(not arrived, f"{what}: nothing arrived", len(arrived))
                check(b.shows(rb"alarm=yes.*\n"), f"{what}: the log shows it", b.since())
            check(code(other) == 250, f"{what}: another client is served", (repr(other), b.end()))
            check(eventually(lambda: code(transaction(b.port, message(), 20)) == 250, step=0.1), f"{what}: it recovers",
                  b.end())
            seen.append(f"{what} {code(reply)} ({took:.1f} s)")
    # In the middle of the content.
    for what, fault in (("gone", GONE), ("stuck", STUCK), ("write error", REFUSES)):
        hop.script()
        b.mark()
        reply, other = faulty_message(card, content, lambda fault=fault: card.set(fault))
        card.set(0)
        check(code(reply) == 452 and not hop.messages(), f"{what} in the content: 452", (repr(reply), b.end()))
        check(b.shows(rb"alarm=yes.*\n"), f"{what} in the content: the log shows it", b.since())
        check(code(other) == 250, f"{what} in the content: another client is served", (repr(other), b.end()))
        check(eventually(lambda: code(transaction(b.port, message(), 20)) == 250, step=0.1),
              f"{what} in the content: it recovers", b.end())
    # A card that is slow, like real ones, is no error: what QEMU's card does at once takes a hundred polls.
    hop.script()
    card.set(SLOW, times=100)
    began = time.monotonic()
    reply, _ = faulty_message(card, content, None)
    took = time.monotonic() - began
    struck = card.set(0)
    check(code(reply) == 250 and struck >= blocks, "a slow card", (repr(reply), struck, b.end()))
    check(hop.messages() and hop.messages()[0][2].endswith(content), "a slow card: whole")
    note(f"a slow card: {len(content) / took / 1000:.0f} KB/s")
    note("; ".join(seen))
    fine(b)


def spool_memory():
    """Octets; none where a card is the spool."""
    return facts.symbols["seal_ld_spool_end"] - facts.symbols["seal_ld_spool_start"]


def spool_size():
    """Octets that certainly fit: 25 MB on an SD card, or what memory holds."""
    return min(25 * MB, spool_memory() * 8 // 10) if spool_memory() else 25 * MB


def large(b, hop, size):
    line = bytes(32 + i % 90 for i in range(76)) + b"\r\n"
    content = message(line * (size // len(line)))
    digest = hashlib.sha256(content).digest()
    hop.script()
    began = time.monotonic()
    reply = transaction(b.port, content, 600, f" SIZE={len(content)}")
    took = time.monotonic() - began
    what = f"{size / MB:.0f} MB"
    if not check(code(reply) == 250, f"{what} taken", (str(reply), b.end())):
        return
    arrived = hop.messages()
    check(len(arrived) == 1 and hashlib.sha256(arrived[0][2][-len(content):]).digest() == digest, f"{what}: all octets")
    verifies(arrived[0][2], what)
    note(f"{what}: {took:.1f} s, {len(content) / took / MB:.1f} MB/s")


def test_large():
    """The largest message that the board's memory holds, or 8 MB on a card (LONG=1: 25); and one that is larger."""
    hop = Hop()
    size = spool_size() if LONG or spool_memory() else 8 * MB
    with start(hop.port, real=True) as b:
        large(b, hop, size)
        check(code(transaction(b.port, message())) == 250, "a small message after it", b.end())
        reply = transaction(b.port, message(), parameters=" SIZE=40000000")
        check(code(reply) in (452, 552), "40 MB are refused", reply)
        fine(b)
    with start(hop.port, gateway=STATIC + "max-size = 100K\n", real=True) as b:
        hop.script()
        reply = transaction(b.port, message(b"%s\r\n" % (b"x" * 76) * 3000))
        check(code(reply) == 552, "larger than max-size", (str(reply), b.end()))
        check(not hop.messages(), "larger than max-size: nothing arrived")
        check(code(transaction(b.port, message())) == 250, "a small message after the refusal", b.end())
        fine(b)


class BoardGateway:
    """What tests/e2e/postfix.py uses as a gateway."""

    def __init__(self, b):
        self.board, self.port = b, b.port


def test_postfix():
    """Between two Postfix: mail of many kinds, refusals, reports, bounces; OpenDKIM judges as a milter."""
    if os.geteuid() != 0:
        raise Trouble("Postfix must be started by root")
    postfix.begin(work)
    try:
        milter = postfix.opendkim(work.key[1])
        hop = postfix.Postfix("next.dest.example", postfix.NEXT_HOP.format(milter=milter))
        size = "max-size = 30M\n" if spool_size() == 25 * MB else ""
        with start(hop.port, gateway=STATIC + size, real=True) as b:
            gateway = BoardGateway(b)
            limit = f"smtp_destination_concurrency_limit = {facts.sessions}\n"
            sender = postfix.Postfix("mx.sender.example", postfix.SENDER.format(gateway=Door(b.port).port) + limit)
            large_too = ["large"] if LONG and size else []
            kinds = ["swaks", "kinds", "recipients", "dsn", "smtputf8"]
            for kind in kinds + large_too:
                getattr(postfix, "test_" + kind)(gateway, hop)
                fine(b, f"{kind}: the firmware runs without a fault")
            for kind in ("postfix_client", "bounce"):
                getattr(postfix, "test_" + kind)(gateway, hop, sender)
                fine(b, f"{kind}: the firmware runs without a fault")
        unsigned = [f for f, m in hop.mails().items() if b"dkim=pass" not in m and b"Report" not in m]
        check(not unsigned, "nothing arrived without a good signature", len(unsigned))
    finally:
        postfix.end_servers()
