# SPDX-License-Identifier: Apache-2.0
"""TLS and logins on the board, with its clients and with the next hop."""

import base64
import functools
import os
import random
import re
import socket
import ssl
import subprocess
import sys
import threading
import time

import board
import firmware
import pcap
from authority import Authority, client as client_context, self_signed
from board import PATIENCE, STATIC, Debugger, Trouble
from common import (FAILURES, LONG, MB, Hop, code, connect, facts, fine, name, note, numbered, passes_dkimpy,
                    passes_opendkim, start, subject_of, transaction, work)
import postfix
from peers import MAILSEAL, Client, Closed, Do, later, message, stuff, then
from tally import check, eventually
from wire import Wire, time_server

TLS12, TLS13 = ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3
SPOKEN = {TLS12: "TLSv1.2", TLS13: "TLSv1.3"}
FORWARDS = ["-netdev", "user,id=n0,hostfwd=tcp:127.0.0.1:0-:25,hostfwd=tcp:127.0.0.1:0-:465"]
USER, SECRET = "gateway", "the gateway's own secret"
JOE, JOES = "joe", "correct horse"
LOGINS = {USER: SECRET}


def is_small():
    """TLS 1.2, only with the next hop, one connection at a time. The other boards have TLS 1.3 too, also for
    clients."""
    with open(f"board/{name}/board.mk") as f:
        return "-DSEAL_TLS_SMALL" in f.read()


SMALL = "--list" not in sys.argv and is_small()
VERSIONS = (TLS12,) if SMALL else (TLS13, TLS12)


# --- certificates ----------------------------------------------------------------------------------------------------

@functools.cache
def authority(kind):
    return Authority(work.path, f"ca-{kind}", kind=kind)


def ca():
    return authority("ec")


@functools.cache
def trusted():
    """The content of `ca`: two authorities."""
    os.rename(authority("rsa").chain(ca()), f"{work.path}/trusted.pem")
    return "ca = trusted.pem"


@functools.cache
def certificate(of):
    return ca().issue(of, f"DNS:{of}.test")


@functools.cache
def chain(above):
    """An RSA certificate with this many CAs between it and the trusted one, which is left out."""
    issuers = [authority("rsa")]
    for i in range(above):
        issuers.insert(0, Authority(work.path, f"above{above}-{i}", issuers[0], kind="rsa"))
    return issuers[0].issue(f"below{above}", kind="rsa"), *issuers[:-1]


@functools.cache
def hop_tls(kind="ec", version=None):
    """The context of a next hop; "rsa" is a chain with an intermediate. That one has AES only, where TLS 1.2 lets us
    choose: boards prefer ChaCha20."""
    fixed = {"minimum_version": version, "maximum_version": version} if version else {}
    shown, *above = [certificate("hop")] if kind == "ec" else chain(1)
    context = shown.server(*above, **fixed)
    if kind == "rsa":
        context.set_ciphers("ECDHE+AESGCM")
    return context


def pinned():
    return f"pin = sha256/{certificate('hop').pin()}"


# --- boards ----------------------------------------------------------------------------------------------------------

@functools.cache
def joes_login():
    return subprocess.run([MAILSEAL, "password", "--user", JOE, "--rounds", "1000"], input=JOES + "\n", text=True,
                          capture_output=True, check=True).stdout.strip()


def start_private(hop, known, tls="starttls", auth="plain", clients="required", wire=None, **options):
    """A board with TLS on both sides, or on one if it has no more. With a wire it has a time server too."""
    gateway, client = STATIC, ""
    if wire:
        gateway += "time-server = 10.0.2.2\n"
    if not SMALL:
        own = certificate("gateway")
        gateway += f"certificate = {os.path.basename(own.path)}\ncertificate-key = {os.path.basename(own.key)}\n"
        gateway += "listen-tls = 0.0.0.0:465\n"
        client = f"tls = {clients}\n" + (f"auth = required\nlogin = {joes_login()}\n" if clients == "required" else "")
    work.file("secret", SECRET + "\n")
    gateway += f"[next-hop]\ntls = {tls}\nname = hop.test\n{known}\n"
    if auth:
        gateway += f"auth = {auth}\nuser = {USER}\nsecret = secret\n"
    b = start(hop.port, gateway=gateway, client=client, network=wire.network if wire else FORWARDS, **options)
    if wire:
        b.port, b.port_tls = wire.port, wire.port_tls
        if not check(b.shows(rb"clock=set"), "the time is known", b.end()):
            b.kill()
            raise Trouble("without the time no certificate can be judged")
    else:
        b.port_tls = int(re.search(r"(\d+)\s+\S+\s+465\s", b.human("info usernet")).group(1))
    return b


def expect(reply, wanted):
    if reply.code != wanted:
        raise ValueError(f"{reply} instead of {wanted}")


def plain_login():
    return "AUTH PLAIN " + base64.b64encode(f"\0{JOE}\0{JOES}".encode()).decode()


def connect_tls(b, context):
    """As connect(), with TLS from the first octet: there a client is turned away without a reply."""
    end = time.monotonic() + PATIENCE
    while True:
        try:
            return Client(b.port_tls, PATIENCE, tls=context)
        except Closed:
            if time.monotonic() > end:
                raise
            time.sleep(0.1)


def enter(b, version=None, implicit=False, login=True):
    """A client with full rights: after EHLO, private and logged in."""
    context = client_context(ca(), version)
    if implicit:
        client = connect_tls(b, context)
    else:
        client = connect(b.port)
        expect(client.command("EHLO client.test"), 250)
        expect(client.starttls(context), 220)
    if version and client.socket.version() != SPOKEN[version]:
        raise ValueError(client.socket.version())
    expect(client.command("EHLO client.test"), 250)
    if login:
        expect(client.command(plain_login()), 235)
    return client


def leave(client):
    client.command("QUIT")
    client.replies(PATIENCE)
    client.socket.close()


def hand_in(b, content, version=None, implicit=False, login=True):
    """The last reply to a message sent privately, if the board has TLS for clients."""
    try:
        client = connect(b.port) if SMALL else enter(b, version, implicit, login)
        with client:
            reply = client.begin()
            if reply.code < 400:
                reply = client.data(stuff(content))
            leave(client)
            return reply
    except FAILURES as e:
        return e


def together(actions):
    """Run all at the same time; returns what each returned or raised, a reply as its text."""
    found = [None] * len(actions)

    def run(i):
        try:
            found[i] = actions[i]()
        except FAILURES as e:
            found[i] = e

    threads = [threading.Thread(target=run, args=(i,)) for i in range(len(actions))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return [str(f) if code(f) else f for f in found]


def all_start_with(said, wanted):
    return all(isinstance(s, str) and s.startswith(wanted) for s in said)


class Arena:
    """The board's memory for TLS: struct seal_arena_use, read by a debugger."""

    def __init__(self):
        self.debugger = Debugger()
        symbols = subprocess.run(["arm-none-eabi-nm", "-S", facts.elf], capture_output=True, text=True).stdout
        self.at = int(re.search(r"(?m)^(\w+) 00000028 \w arena$", symbols).group(1), 16) + 16

    def look(self):
        with self.debugger as d:
            return dict(zip(("len", "used", "blocks", "peak", "extent", "refusals"), d.words(self.at, 6)))

    def at_rest(self, most=None):
        """Octets in use when nothing happens: at most `most`, or as soon as they stay the same."""
        used = self.look()["used"]
        for _ in range(300):
            time.sleep(0.1)
            before, used = used, self.look()["used"]
            if used == before and (most is None or used <= most):
                break
        return used


# --- messages --------------------------------------------------------------------------------------------------------

def until_resumed(b, hop, what, version, **how):
    """Send messages until the next hop sees a session resumed: with the second, unless the board is still ending the
    first one's connection."""
    for turn in range(4):
        reply = hand_in(b, numbered(turn), version, **how)
        if not check(code(reply) == 250, f"{what}: message {turn}", (repr(reply), str(reply), b.end())):
            return
        eventually(lambda: all(s.over for s in hop.sessions))
        if hop.sessions[-1].tls[2]:
            break
    # The previous session may be of another version; it is offered once, in vain.
    sessions = [s for s in hop.sessions if s.tls]
    check(len(hop.sessions) <= len(sessions) + 1, f"{what}: no connection in vain", [s.trouble for s in hop.sessions])
    check([s.tls[2] for s in sessions] == [False] * turn + [True], f"{what}: resumed", [s.tls for s in sessions])
    check({s.tls[0] for s in sessions} == {SPOKEN[version]}, f"{what}: the version", [s.tls for s in sessions])
    check(not any(s.trouble for s in sessions), f"{what}: ended well", [s.trouble for s in sessions])


def check_arrived(b, arrived, protocol):
    for content in arrived:
        check(passes_dkimpy(content), "dkimpy", content[:1500])
        check(b"by gateway.test with " + protocol in content.replace(b"\r\n\t", b" "), "the trace", content[:1500])
    for verdict in passes_opendkim(arrived):
        check(verdict.startswith("pass"), "libopendkim", verdict)
    seen = re.findall(r"verdict=delivered .*protocol=(\w+)", b.text())
    check(seen == [protocol.decode()] * len(arrived), "the protocol in the log", seen)


def test_private():
    """STARTTLS and AUTH on both sides, in TLS 1.3 and 1.2. The next hop shows ECDSA, or an RSA chain, which a CA and
    the time from a server validate; its sessions are resumed; every signature verifies."""
    hop, arrived = Hop(), []
    with Wire(work.path) as wire:
        wire.answer = time_server(time.time())
        with start_private(hop, trusted(), wire=wire) as b:
            for version in VERSIONS:
                for kind in ("ec", "rsa"):
                    hop.script(tls=hop_tls(kind, version), logins=LOGINS)
                    until_resumed(b, hop, f"{SPOKEN[version]} {kind}", version)
                    check(all(s.logins == [("PLAIN", USER, SECRET)] for s in hop.sessions if s.tls), "logged in",
                          [s.logins for s in hop.sessions])
                    arrived += [m[2] for m in hop.messages()]
            check_arrived(b, arrived, b"ESMTP" if SMALL else b"ESMTPSA")
            note(f"{len(arrived)} messages")
            fine(b)


def test_implicit():
    """TLS from the first octet on both sides, in TLS 1.3 and 1.2, and AUTH LOGIN; a pin needs no clock."""
    hop, arrived = Hop(), []
    with start_private(hop, pinned(), tls="implicit", auth="login") as b:
        for version in VERSIONS:
            hop.script(tls=hop_tls("ec", version), implicit=True, logins=LOGINS)
            until_resumed(b, hop, SPOKEN[version], version, implicit=True)
            check(all(s.logins == [("LOGIN", USER, SECRET)] for s in hop.sessions if s.tls), "logged in",
                  [s.logins for s in hop.sessions])
            arrived += [m[2] for m in hop.messages()]
        check_arrived(b, arrived, b"ESMTP" if SMALL else b"ESMTPSA")
        check("clock=set" not in b.text(), "the clock is not set", b.text())
        if not SMALL:
            check_strangers(b)
        fine(b)


def check_strangers(b):
    """Clients that are not private, or whose login is wrong."""
    with connect(b.port) as client:
        check(client.begin().code == 530, "not without TLS")
        leave(client)
    with enter(b, implicit=True, login=False) as client:
        check(client.begin().code == 530, "not without AUTH")
        reply = client.command("AUTH PLAIN " + base64.b64encode(f"\0{JOE}\0guessed".encode()).decode())
        check(reply.code == 535, "not with a wrong password", reply)
        check(client.command(plain_login()).code == 235, "the right password")
        leave(client)


# --- a next hop with a wrong identity -------------------------------------------------------------------------

def check_insecure(b, hop, what, words, reached=(b"EHLO", b"STARTTLS"), alarm="alarm=yes ", **script):
    """No message is sent and no other command than these, and the reason is reported."""
    hop.script(**{"logins": LOGINS} | script)
    b.mark()
    reply = transaction(b.port, message())
    check(code(reply) == 451 and words in str(reply), f"{what}: 451 and why", (repr(reply), str(reply), b.end()))
    seen = f"verdict=deferred {alarm}code=451 .*{re.escape(words)}"
    check(b.shows(seen.encode()), f"{what}: the log shows it", b.since())
    check(hop.sessions and not hop.messages() and not hop.partials(), f"{what}: nothing was sent", hop.messages())
    said = hop.commands()
    check(all(line.split()[0] in reached for line in said), f"{what}: no other command was sent", said)


class Imposter:
    """Replaces a server's context: it sends this, and closes."""

    def __init__(self, words):
        self.words = words

    def wrap_socket(self, connection, server_side):
        connection.recv(4096)
        connection.sendall(self.words)
        raise ConnectionError("sent everything")


def recovers(b, hop, what):
    hop.script(tls=hop_tls(), logins=LOGINS)
    reply = transaction(b.port, message())
    check(code(reply) == 250 and hop.messages() and hop.sessions[-1].tls, f"after {what}", (repr(reply), str(reply)))


def test_insecure():
    """A next hop with a bad certificate, without TLS, or that refuses our login: 451, the reason and an alarm; it gets
    neither message nor secret nor address. A good one at the same port does."""
    hop = Hop()
    stranger = Authority(work.path, "stranger")
    cases = [("expired", ca().issue("expired", days=(-30, -1)), "has expired"),
             ("not yet", ca().issue("future", days=(2, 30)), "is not valid yet"),
             ("another name", ca().issue("other", "DNS:other.test, DNS:*.hop.test"), "is for other names"),
             ("unknown CA", stranger.issue("stranger-hop"), "no configured CA"),
             ("self-signed", self_signed(work.path, "self"), "no configured CA")]
    with Wire(work.path) as wire:
        wire.answer = time_server(time.time())
        with start_private(hop, trusted(), clients="offered", wire=wire) as b:
            recovers(b, hop, "the start")
            for what, shown, words in cases:
                check_insecure(b, hop, what, words, tls=shown.server())
                recovers(b, hop, what)
            if SMALL:
                check_insecure(b, hop, "TLS 1.3 only", "no TLS version in common", tls=hop_tls("ec", TLS13))
            check_insecure(b, hop, "no STARTTLS", "TLS not offered", reached=(b"EHLO",))
            for what, words, answer in (
                    ("STARTTLS refused", "STARTTLS refused: 454", b"454 4.7.0 not today\r\n"),
                    ("closed after 220", "closed the connection in the middle", then(b"220 go\r\n", Do.CLOSE))):
                check_insecure(b, hop, what, words, tls=hop_tls(), answer=lambda step, line, session, answer=answer: (
                    answer if step == "STAR" else None))
            # RFC 3207 5: an attacker in between may have sent it.
            check_insecure(b, hop, "a reply after 220", "does not speak SMTP", alarm="", tls=hop_tls(),
                           answer=lambda step, line, session: (
                               b"220 go\r\n250 welcome\r\n" if step == "STAR" else None))
            check_insecure(b, hop, "plain text after 220", "did not send TLS",
                           tls=Imposter(b"250 2.0.0 what you say\r\n"))
            check_insecure(b, hop, "closed after our hello", "closed the connection in the middle", tls=Imposter(b""))
            recovers(b, hop, "all that")
            # Last, because after that it does not log in for a minute.
            check_insecure(b, hop, "wrong password", "authentication refused",
                           (b"EHLO", b"STARTTLS", b"AUTH"), tls=hop_tls(), logins={USER: "another"})
            check(len([c for c in hop.commands() if c.startswith(b"AUTH")]) == 1, "one try", hop.commands())
            hop.script(tls=hop_tls(), logins=LOGINS)
            reply = transaction(b.port, message())
            check(code(reply) == 451 and not hop.commands(), "it waits before the next try",
                  (str(reply), hop.commands()))
            if LONG:
                check(eventually(lambda: code(transaction(b.port, message())) == 250, step=5), "it logs in again",
                      b.end())
            fine(b)


def test_pins():
    """The next hop's key is pinned: any certificate with it is accepted, and no other one. Without a clock a CA is
    useless, and that is reported."""
    hop = Hop()
    old = ca().issue("old", "DNS:other.test", days=(-30, -1))
    with start_private(hop, f"pin = sha256/{old.pin()}", clients="offered") as b:
        check_insecure(b, hop, "another key", "matches no pin", tls=hop_tls())
        hop.script(tls=old.server(), logins=LOGINS)
        reply = transaction(b.port, message())
        check(code(reply) == 250 and hop.messages(), "the pinned key, expired and for another name",
              (str(reply), b.end()))
        check_insecure(b, hop, "another key again", "matches no pin", tls=hop_tls())
        fine(b)
    shown, *above = chain(3)
    with start_private(hop, f"pin = sha256/{shown.pin()}", clients="offered") as b:
        hop.script(tls=shown.server(*above), logins=LOGINS)
        reply = transaction(b.port, message())
        check(code(reply) == 250 and hop.messages(), "a pinned key of RSA, below a long chain", (str(reply), b.end()))
        fine(b)
    with start_private(hop, trusted(), clients="offered") as b:
        check_insecure(b, hop, "a CA and no clock", "the time is unknown", tls=hop_tls())
        fine(b)


# --- clients ---------------------------------------------------------------------------------------------------------

def hello():
    """The octets of a ClientHello."""
    said = ssl.MemoryBIO()
    try:
        client_context(ca()).wrap_bio(ssl.MemoryBIO(), said, server_hostname="gateway.test").do_handshake()
    except ssl.SSLWantReadError:
        return said.read()


def before_tls(b):
    client = connect(b.port)
    expect(client.command("EHLO client.test"), 250)
    expect(client.command("STARTTLS"), 220)
    return client


def ends(client):
    """Wait until the peer ends the connection; returns what it sent before, which may be an alert."""
    said = b""
    client.socket.settimeout(PATIENCE)
    try:
        while octets := client.socket.recv(4096):
            said += octets
    except ConnectionError:
        pass
    client.socket.close()
    return said


def all_at_once(b, hop, what):
    """As many clients as the board has sessions shake hands at the same time; then each sends a message."""
    hop.script(tls=hop_tls(), logins=LOGINS)
    clients = [connect(b.port) for _ in range(facts.sessions)]
    try:
        for client in clients:
            expect(client.command("EHLO client.test"), 250)
        began = time.monotonic()
        said = together([functools.partial(client.starttls, client_context(ca())) for client in clients])
        took = time.monotonic() - began
        check(all_start_with(said, "220"), f"{what}: {len(clients)} handshakes", (said, b.end()))

        def one(client, i):
            expect(client.begin(), 250)
            return client.data(numbered(i))

        began = time.monotonic()
        said = together([functools.partial(one, client, i) for i, client in enumerate(clients)])
        check(all_start_with(said, "250"), f"{what}: a message each", (said, b.end()))
        check(sorted(hop.subjects()) == sorted(f"number {i}".encode() for i in range(len(clients))),
              f"{what}: each arrived once", hop.subjects())
        note(f"{what}: {len(clients)} handshakes at the same time in {took:.2f} s, a message each in "
             f"{time.monotonic() - began:.2f} s")
    finally:
        together([functools.partial(leave, client) for client in clients])


def all_free(b):
    """Every session has TLS for a client, at the same time."""
    clients = []
    try:
        while len(clients) < facts.sessions:
            clients.append(connect_tls(b, client_context(ca())))
    except FAILURES as e:
        check(False, f"session {len(clients)}", (repr(e), b.end()))
    together([functools.partial(leave, client) for client in clients])


def tear(b, first, turn):
    """A client that leaves during the handshake: in its own first flight, after it, or in the board's."""
    client = Client(b.port_tls, PATIENCE, greet=False) if turn % 5 else before_tls(b)
    client.send(first[:len(first) // 2] if turn % 3 == 0 else first)
    if turn % 3 == 2:
        client.socket.settimeout(PATIENCE)
        client.socket.recv(100)
    if turn % 2:
        client.reset()
    else:
        client.socket.close()


def test_handshakes():
    """Handshakes on all sessions at the same time. Clients that stall in one, do not speak TLS, or leave in the middle
    disturb no other client and use up no memory."""
    hop = Hop()
    if SMALL:
        own = certificate("gateway")
        with start(hop.port, ready=False, gateway=STATIC + f"certificate = {os.path.basename(own.path)}\n"
                   f"certificate-key = {os.path.basename(own.key)}\n") as b:
            check(b.exit_code() == board.REFUSED and "this board has no TLS for clients" in b.text(),
                  "a certificate is refused", b.end())
        return
    arena = Arena()
    with start_private(hop, pinned(), clients="offered", debugger=arena.debugger) as b:
        all_at_once(b, hop, "at first")
        used = arena.at_rest()
        first = hello()
        stalled = before_tls(b)
        stalled.send(first[:len(first) // 2])
        check(code(hand_in(b, message(), login=False)) == 250, "while another client stalls", b.end())
        for what, port in (("after STARTTLS", b.port), ("from the first octet", b.port_tls)):
            b.mark()
            client = before_tls(b) if port == b.port else Client(port, PATIENCE, greet=False)
            client.send(b"GET / HTTP/1.1\r\nHost: gateway.test\r\n\r\n")
            said = ends(client)
            check(said[:1] in (b"", b"\x15"), f"no TLS {what}: ended", said)
            check(b.shows(rb"it did not send TLS"), f"no TLS {what}: the log shows it", b.since())
        for turn in range(30):
            tear(b, first, turn)
        check(code(hand_in(b, message(), login=False)) == 250, "after torn handshakes", b.end())
        stalled.reset()
        all_free(b)
        after = arena.at_rest(used)
        check(after <= used, "the memory is free again", (used, after))
        look = arena.look()
        check(look["refusals"] == 0, "the memory was enough", look)
        note(f"arena: {after} octets at rest, {look['peak']} at most, of {look['len']}")
        fine(b)


# --- time ------------------------------------------------------------------------------------------------------------

def computing(frames):
    """(from, to): from a peer's octets until the board replied with a handshake record, in the board's time."""
    waiting, found = {}, []
    for when, (source, port, target, to), octets in pcap.segments(frames):
        # The board's side of a connection is the one at its address.
        from_board = source == b"\x0a\0\x02\x0f"
        connection = (source, port, target, to) if from_board else (target, to, source, port)
        if not from_board:
            waiting[connection] = when
        elif connection in waiting:
            began = waiting.pop(connection)
            if octets[:2] in (b"\x16\x03", b"\x14\x03"):
                found.append((began, when))
    return found


def test_private_latency():
    """While a handshake is computed, on either side, another client is answered within 50 ms of the board's
    time."""
    hop = Hop()
    # Without anything that needs the next hop: with only one connection, another client may be using it.
    question = "NOOP" if SMALL else "EHLO other.test"
    with start_private(hop, pinned(), auth=None, clients="offered", options=board.icount(name) + board.RECORD) as b:
        frames = f"{b.folder}/frames.pcap"
        found, end = [], time.monotonic() + PATIENCE
        while len(found) < 10 and time.monotonic() < end:
            # A new one each time, so that nothing is resumed.
            hop.script(tls=certificate("hop").server())
            done = threading.Event()

            def ask():
                # With more than 18 questions and no message, a client is closed.
                while not done.is_set():
                    with connect(b.port) as other:
                        # This one waits for the next hop, up to ten seconds, because the reply lists that one's
                        # extensions.
                        known = SMALL or "8BITMIME" in other.command("EHLO first.test").lines
                        for _ in range(17 if known else 0):
                            expect(other.command(question), 250)
                            if done.wait(0.005):
                                break
                        leave(other)

            def send():
                try:
                    return hand_in(b, message(), login=False)
                finally:
                    done.set()

            said = together([ask, send])
            if not check(said[0] is None and all_start_with(said[1:], "250"), "both are served", (said, b.end())):
                break
            found = latencies(frames, question)
        fine(b)
        b.order("quit")
        b.exit_code()
    windows, found = computing(frames), latencies(frames, question)
    if check(found, "other clients were answered meanwhile", windows):
        note(f"{len(found)} answers while handshakes were computed ({max(z - a for a, z in windows):.2f} s at most): "
             f"{1000 * max(found):.2f} ms at most, board's clock")
        check(max(found) < 0.050, "within 50 ms of the board", max(found))


def latencies(frames, question):
    windows = computing(frames)
    return [took for began, took in pcap.answers(frames, question.encode()) if any(a <= began <= z for a, z in windows)]


# --- one connection at a time ----------------------------------------------------------------------------------------

def test_turns():
    """A board with TLS for one connection: simultaneous clients have their messages passed one after the other; an idle
    one does not delay others; a message of 1 MB; a chain that is too long for its memory."""
    if not SMALL:
        return
    hop = Hop()
    with start_private(hop, pinned()) as b:
        hop.script(tls=hop_tls(), logins=LOGINS)
        said = together([functools.partial(transaction, b.port, numbered(i)) for i in range(facts.sessions)])
        check(all_start_with(said, "250"), "at the same time", (said, b.end()))
        check(sorted(hop.subjects()) == sorted(f"number {i}".encode() for i in range(facts.sessions)), "all arrived",
              hop.subjects())
        with connect(b.port) as idle:
            expect(idle.command("EHLO idle.test"), 250)
            began = time.monotonic()
            reply = transaction(b.port, message())
            check(code(reply) == 250, "while another client is idle", (repr(reply), b.end()))
            note(f"{time.monotonic() - began:.2f} s for a message while another client is idle")
            expect(idle.begin(), 250)
            # Now it is not idle: the other client must wait.
            other = threading.Thread(target=lambda: said.append(transaction(b.port, message())))
            other.start()
            time.sleep(0.5)
            reply = idle.data(message())
            check(code(reply) == 250, "the client that was idle", (str(reply), b.end()))
            leave(idle)
            other.join()
            check(code(said[-1]) == 250, "the client that waited for it", (repr(said[-1]), str(said[-1]), b.end()))
        line = bytes(32 + i % 90 for i in range(76)) + b"\r\n"
        content = message(line * (MB // len(line)))
        hop.script(tls=hop_tls(), logins=LOGINS)
        began = time.monotonic()
        reply = transaction(b.port, content, 600)
        took = time.monotonic() - began
        if check(code(reply) == 250, "1 MB", (repr(reply), b.end())):
            check(hop.messages()[0][2].endswith(content) and passes_dkimpy(hop.messages()[0][2]), "1 MB: all octets")
        note(f"1 MB: {took:.1f} s")
        fine(b)
    with Wire(work.path) as wire:
        wire.answer = time_server(time.time())
        far, *above = chain(3)
        with start_private(hop, trusted(), wire=wire) as b:
            hop.script(tls=far.server(*above), logins=LOGINS)
            reply = transaction(b.port, message())
            check(code(reply) == 250, "a chain of four", (str(reply), b.end()))
            check_insecure(b, hop, "a long chain", "too large for this machine", tls=far.server(*above, *above))
            recovers(b, hop, "a long chain")
            fine(b)


# --- resets, and many messages ---------------------------------------------------------------------------------------

class Try(firmware.Try):
    """Like firmware.Try, but private if the board has TLS for clients."""

    def run(self):
        try:
            with Client(self.port, PATIENCE, greet=False) as self.client:
                self.raw = self.client.socket.dup()
                if self.client.reply().code != 220:
                    return
                if not SMALL:
                    expect(self.client.command("EHLO client.test"), 250)
                    expect(self.client.starttls(client_context(ca())), 220)
                expect(self.client.begin(), 250)
                self.reply = self.client.data(stuff(self.content))
        except FAILURES:
            pass

    def end(self):
        """During a handshake Python has detached the socket."""
        try:
            self.raw.shutdown(socket.SHUT_RDWR)
        except (OSError, AttributeError):
            pass
        self.join()


def test_private_reset():
    """Reset at any moment of a private message: no 250 without the next hop's, and the next boot is clean."""
    resets = 40 if LONG else 8
    hop, tries, rng = Hop(), [], random.Random(name)
    body = b"z" * 70 + b"\r\n" + b"body\r\n" * 500

    def some_time(step, line, session):
        return later(b"250 2.0.0 taken as 4711\r\n", 0.2) if step == "dot" and len(tries) % 2 else None

    with start_private(hop, pinned(), clients="offered") as b:
        hop.script(tls=hop_tls(), logins=LOGINS, answer=some_time)
        began = time.monotonic()
        check(code(hand_in(b, numbered("first", body), login=False)) == 250, "before", b.end())
        took = time.monotonic() - began
        for i in range(resets):
            tries.append(Try(b.port, numbered(i, body)))
            time.sleep((i + rng.random()) / resets * 1.4 * took)
            b.reset()
            up = check(b.shows(board.READY), f"reset {i}: boots again", b.end())
            tries[-1].end()
            if not up:
                return
            check(not re.search(board.TROUBLE, b.uart()), f"reset {i}: no fault", b.end())
        reply = hand_in(b, numbered("last", body), login=False)
        check(code(reply) == 250, "a message after all resets", (repr(reply), b.end()))
        fine(b)
    arrived = hop.subjects()
    good = [i for i, attempt in enumerate(tries) if code(attempt.reply) == 250]
    for i in good:
        check(f"number {i}".encode() in arrived, f"message {i}: no 250 without the next hop's", arrived)
    check(all(arrived.count(s) == 1 for s in set(arrived)), "nothing arrived twice", arrived)
    for m in hop.messages():
        check(m[2].endswith(body) and passes_dkimpy(m[2]), f"{subject_of(m[2])}: whole and signed")
    note(f"{resets} resets within {1.4 * took:.2f} s: {len(good)} clients had their 250, {len(arrived) - 2} messages "
         "arrived")


def test_private_many():
    """One private message after another: no memory is used up."""
    count = (50 if SMALL else 200) if LONG else 10
    hop, arena = Hop(), Arena()
    with start_private(hop, pinned(), clients="offered", debugger=arena.debugger) as b:
        hop.script(tls=hop_tls(), logins=LOGINS)
        for i in range(4):
            check(code(hand_in(b, numbered(i), login=False)) == 250, f"message {i}", b.end())
        used, began = arena.at_rest(), time.monotonic()
        for i in range(4, count):
            reply = hand_in(b, numbered(i), VERSIONS[i % len(VERSIONS)], login=False)
            if not check(code(reply) == 250, f"message {i}", (repr(reply), b.end())):
                break
        note(f"{(time.monotonic() - began) / (count - 4):.2f} s for a message")
        check(hop.subjects() == [f"number {i}".encode() for i in range(count)], "all arrived", hop.subjects())
        after = arena.at_rest(used)
        check(after <= used, "the memory is free again", (used, after))
        note(f"arena: {used} octets at rest, {arena.look()}")
        fine(b)


# --- Postfix ---------------------------------------------------------------------------------------------------------

POSTFIX = """\
smtpd_tls_security_level = encrypt
smtpd_tls_cert_file = {certificate}
smtpd_tls_key_file = {key}
smtpd_tls_received_header = yes
smtpd_tls_session_cache_database = btree:{path}/smtpd-cache
"""


def test_private_postfix():
    """Postfix as the next hop, with TLS; OpenDKIM judges as a milter."""
    if os.geteuid() != 0:
        raise Trouble("Postfix must be started by root")
    postfix.begin(work)
    shown = certificate("hop")
    try:
        milter = postfix.opendkim(work.key[1])
        hop = postfix.Postfix("next.dest.example", postfix.NEXT_HOP.format(milter=milter) + POSTFIX.format(
            certificate=shown.path, key=shown.key, path=work.path))
        with start_private(hop, pinned(), auth=None) as b:
            for i in range(3):
                reply = hand_in(b, numbered(i, b"line\r\n.\r\n..\r\n"))
                check(code(reply) == 250, f"message {i}", (repr(reply), str(reply), b.end()))
            check(eventually(lambda: len(hop.mails()) == 3), "all arrived", hop.log()[-2000:])
            for content in hop.mails().values():
                check(b"dkim=pass" in content, "signed", content)
                check(re.search(rb"using TLSv1\.[23] with cipher", content), "privately", content)
            fine(b)
    finally:
        postfix.processes[0].kill()  # OpenDKIM takes five seconds to end
        postfix.end_servers()
