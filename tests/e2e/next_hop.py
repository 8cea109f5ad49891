# SPDX-License-Identifier: Apache-2.0
"""TLS and login at the next hop: see next_hop.sh. The rule: without what is configured, no mail is sent."""

import base64
import os
import socket
import ssl
import struct
import subprocess
import sys
import threading
import time

import authority
from names import Names
from peers import (CONFIG, MAILSEALD, Client, Closed, Do, Gateway, NextHop, Session, Work, finish, mark, message,
                   run_tests, stop_all, stuff, then)
from ports import free_port
from tally import HUNG_S, check, eventually
from wire import logged

TLS12, TLS13 = ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3
VERSIONS = (TLS12, TLS13)
NO_TLS = "451 4.7.5 {hop}: TLS failed: "
NO_OFFER = "451 4.7.5 {hop}: TLS not offered"
NO_AUTH = "451 4.7.0 {hop}: configured AUTH mechanism not offered"
EXPIRED = "its certificate, or one above it, has expired"
NOT_YET = "its certificate, or one above it, is not valid yet"
NAMES = "its certificate is for other names"
ISSUER = "no configured CA issued its certificate"
PIN = "its key matches no pin"
WEAK = "its certificate is weak"
USE = "its certificate is missing, damaged, or not for this use"
OLD = "no TLS version in common"
NO_COMMON = "no cipher suite, group or signature in common"
NOT_TLS = "it did not send TLS"
ENDED = "it closed the connection in the middle of the handshake"
ALERT = "it ended the connection with an alert"

work = Work("next-hop")
hop = NextHop()
ca = authority.Authority(work.path)
middle = authority.Authority(work.path, "middle", ca, "rsa")
good = ca.issue("good", "DNS:hop.test, IP:127.0.0.1")
contexts = {version: good.server(minimum_version=version, maximum_version=version) for version in VERSIONS}
gateways = []


def gateway(name, next_hop="tls = starttls\nname = hop.test\nca = ca.pem\n", to=None, **more):
    gateways.append(Gateway(work, (to or hop).port, gateway="[next-hop]\n" + next_hop, name=name, **more))
    return gateways[-1]


# One for each version, because next hops keep theirs, and for each way: (gateway, is it implicit?).
ways = {version: ((gateway(f"starttls-{version.name}"), False),
                  (gateway(f"implicit-{version.name}", "tls = implicit\nname = hop.test\nca = ca.pem\n"), True))
        for version in VERSIONS}
main_gw = ways[TLS13][0][0]


def send(gw, subject, body=b"Hello.\r\n", timeout=HUNG_S):
    """One message; the replies in order."""
    replies = []
    try:
        with Client(gw.port, timeout) as client:
            for text in ("EHLO client.test", "MAIL FROM:<a@sender.example>", "RCPT TO:<b@dest.example>"):
                replies.append(client.command(text, timeout))
                if replies[-1].code >= 400:
                    return replies
            replies.append(client.data(stuff(message(body, subject)), timeout))
            client.send(b"QUIT\r\n")
            client.replies(1)
    except (Closed, TimeoutError, ValueError) as e:
        replies.append(f"{type(e).__name__}: {e}")
    return replies


def taken(at, subject):
    """Messages that the next hop accepted with 250."""
    return [m[2] for m in at.messages() if b"Subject: " + subject + b"\r\n" in m[2]]


def delivered(name, gw=main_gw, body=b"Hello.\r\n", to=hop, private=True, **more):
    subject = mark()
    replies = send(gw, subject, body, **more)
    got = taken(to, subject)
    ok = str(replies[-1])[:4] == "250 " and len(replies) == 4 and len(got) == 1
    ok = ok and got[0].endswith(message(body, subject)) and gw.verify(got[0])
    private = not private or all(session.tls for session in to.sessions if session.messages)
    return check(ok and private, name, f"{', '.join(map(str, replies))[-400:]}; {len(got)} arrived; "
                                       f"private: {private}; {[s.trouble for s in to.sessions][-3:]}")


HARMLESS = {b"EHLO", b"STAR", b"QUIT"}


def named(words, to):
    """The words with the name and port of the next hop in place of {hop}."""
    return words.format(hop=f"Next hop 127.0.0.1:{to.port}")


def refused(name, words, gw=main_gw, alarm=True, to=hop, harmless=HARMLESS, timeout=HUNG_S):
    """451 with the words, an alarm in the log, and nothing private reached the next hop."""
    words = named(words, to)
    since, subject, before = len(gw.log()), mark(), len(to.commands())
    replies = send(gw, subject, timeout=timeout)
    check(str(replies[-1]).startswith("451 ") and words in str(replies[-1]), name, ", ".join(map(str, replies))[-400:])
    if alarm:
        ok, line = logged(gw, since, "alarm=yes", "code=451", words.removeprefix("451 "))
        check(ok, f"{name}: the log has it, as an alarm", line)
    said = to.commands()[before:]
    check({c[:4].upper() for c in said} <= harmless, f"{name}: nothing reached the next hop", str(said))
    check(not taken(to, subject), f"{name}: no message was sent")


# --- whose certificate -----------------------------------------------------------------------------------------------

def test_certificates():
    others = authority.Authority(work.path, "others")
    expired_middle = authority.Authority(work.path, "expired-middle", ca, days=(-300, -1))
    by_middle = middle.issue("by-middle")
    cases = {
        "expired": (ca.issue("expired", days=(-30, -1)), (), EXPIRED),
        "not valid yet": (ca.issue("future", days=(1, 30)), (), NOT_YET),
        "one above expired": (expired_middle.issue("below-expired"), (expired_middle,), EXPIRED),
        "another name": (ca.issue("name", "DNS:other.test"), (), NAMES),
        "a name below": (ca.issue("below", "DNS:a.hop.test, DNS:*.hop.test"), (), NAMES),
        "a name above": (ca.issue("above", "DNS:test"), (), NAMES),
        "an address only": (ca.issue("address", "IP:127.0.0.1"), (), NAMES),
        "an unknown CA": (others.issue("unknown"), (), ISSUER),
        "an unknown CA that is shown": (others.issue("unknown2"), (others,), ISSUER),
        "self-signed": (authority.self_signed(work.path, "self"), (), ISSUER),
        "intermediate missing": (by_middle, (), ISSUER),
        "no CA above it": (good_as_ca(), (good,), ISSUER),
        "SHA-1": (ca.issue("sha1", digest="sha1"), (), WEAK),
        "RSA-1024": (ca.issue("rsa1024", kind="rsa1024"), (), WEAK),
        "P-521": (ca.issue("p521", kind="p521"), (), NO_COMMON),
        "for clients": (ca.issue("clients", usage="clientAuth"), (), USE),
    }
    for name, (certificate, above, why) in cases.items():
        for version in VERSIONS:
            context = certificate.server(*above, old=True, minimum_version=version, maximum_version=version)
            for gw, is_implicit in ways[version]:
                hop.script(tls=context, implicit=is_implicit)
                refused(f"{name}, {version.name}{', implicit' if is_implicit else ''}", NO_TLS + why, gw)
    kinds = {
        "EC": (good, ()), "RSA-2048": (ca.issue("rsa", kind="rsa"), ()), "P-384": (ca.issue("p384", kind="p384"), ()),
        "RSA-4096": (ca.issue("rsa4096", kind="rsa4096"), ()),
        "SHA-512": (ca.issue("sha512", digest="sha512"), ()), "a wildcard": (ca.issue("wild", "DNS:*.test"), ()),
        "one of many names": (ca.issue("many", ", ".join(f"DNS:n{i}.test" for i in range(60)) + ", DNS:HOP.test"), ()),
        "intermediate": (by_middle, (middle,)), "the root too": (by_middle, (middle, ca)),
        "a chain that is too long": (by_middle, (middle, others, ca)),
    }
    for name, (certificate, above) in kinds.items():
        for version in VERSIONS:
            context = certificate.server(*above, minimum_version=version, maximum_version=version)
            for gw, is_implicit in ways[version]:
                hop.script(tls=context, implicit=is_implicit)
                delivered(f"{name}, {version.name}{', implicit' if is_implicit else ''}", gw)


def good_as_ca():
    """A certificate issued by one that is not a CA's."""
    fake = authority.Authority(work.path, "fake-parent", kind="ec")
    fake.path, fake.key = good.path, good.key
    return fake.issue("by-no-ca")


def test_names():
    right = gateway("name-right", "tls = starttls\nname = other.test\nca = ca.pem\n")
    other = ca.issue("other-name", "DNS:other.test")
    hop.script(tls=other.server())
    delivered("name is the expected name", right)
    hop.script(tls=good.server())
    refused("name is not the expected name", NO_TLS + NAMES, right)
    hop.script(tls=other.server())
    alone = gateway("ca-itself", f"tls = starttls\nname = hop.test\nca = {other.path}\n")
    refused("its certificate configured as CA, another name", NO_TLS + NAMES, alone)
    alone = gateway("leaf-itself", f"tls = starttls\nname = other.test\nca = {other.path}\n")
    delivered("its certificate configured as CA", alone)
    hop.script(tls=good.server())
    refused("another certificate configured as CA", NO_TLS, alone)
    host = gateway("hosts-own", "tls = starttls\nname = hop.test\n")
    refused("the host's own CAs do not know it", NO_TLS + ISSUER, host)
    for gw in (right, alone, host):
        gw.stop()
    local = Gateway(work, hop.port, name="localhost", options=("--next-hop", f"localhost:{hop.port}"),
                    config=CONFIG.replace("{gateway}", f"next-hop = localhost:{hop.port}\n[next-hop]\ntls = starttls\n"
                                                       "ca = ca.pem\n"))
    hop.script(tls=ca.issue("localhost", "DNS:localhost").server())
    delivered("localhost is a name too", local)
    local.stop()


def test_server_name():
    named = []
    context = good.server()
    context.sni_callback = lambda tls, name, its: named.append(name)
    hop.script(tls=context)
    delivered("server_name")
    check(named == ["hop.test"], "the expected name is sent as server_name", str(named))


def test_pins():
    own = authority.self_signed(work.path, "pinned")
    old = authority.self_signed(work.path, "pinned-expired", "DNS:elsewhere.test")
    weak = ca.issue("pinned-weak", kind="rsa1024")
    past = ca.issue("pinned-past", days=(-30, -1))
    wrong = "sha256/" + base64.b64encode(bytes(32)).decode()

    def pinned(name, *pins):
        return gateway(name, "tls = starttls\npin = " + ", ".join(pins) + "\n")

    first = pinned("pin-first", f"sha256/{own.pin()}")
    for version in VERSIONS:
        hop.script(tls=own.server(minimum_version=version, maximum_version=version))
        delivered(f"self-signed and pinned, {version.name}", first)
        hop.script(tls=good.server(minimum_version=version, maximum_version=version))
        refused(f"another key than the pinned one, {version.name}", NO_TLS + PIN, first)
    named = []
    context = own.server()
    context.sni_callback = lambda tls, name, its: named.append(name)
    hop.script(tls=context)
    delivered("pinned, by address", first)
    check(named == [None], "an address is not sent as server_name (RFC 6066 3)", str(named))
    second = pinned("pin-second", wrong, f"sha256/{old.pin()}", f"sha256/{weak.pin()}", f"sha256/{past.pin()}")
    for name, certificate in (("the second of four pins, another name", old), ("pinned and expired", past)):
        hop.script(tls=certificate.server())
        delivered(name, second)
    hop.script(tls=weak.server(old=True))
    refused("pinned and weak", NO_TLS + WEAK, second)
    revoked = pinned("pin-revoked", wrong)
    hop.script(tls=own.server())
    refused("a pin that was removed", NO_TLS + PIN, revoked)
    both = gateway("pin-and-ca", f"tls = starttls\nname = hop.test\nca = ca.pem\npin = {wrong}\n")
    hop.script(tls=good.server())
    refused("a good certificate, and pins together with the CA", NO_TLS + PIN, both)
    for gw in (first, second, revoked, both):
        gw.stop()


# --- suites and versions ---------------------------------------------------------------------------------------------

class Pipe:
    """openssl s_server in place of a socket."""

    def __init__(self, certificate, *options):
        self.port = free_port()
        self.process = subprocess.Popen(
            ["openssl", "s_server", "-accept", f"127.0.0.1:{self.port}", "-cert", certificate.path, "-key",
             certificate.key, "-quiet", *options],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
        end = time.monotonic() + HUNG_S
        while f":{self.port:04X} 00000000:0000 0A" not in open("/proc/net/tcp").read() and time.monotonic() < end:
            time.sleep(0.02)

    def recv(self, size):
        return os.read(self.process.stdout.fileno(), size)

    def sendall(self, data):
        self.process.stdin.write(data)
        self.process.stdin.flush()

    def close(self):
        self.process.kill()
        self.process.wait()


class PipedHop(NextHop):
    """A next hop that talks through s_server; one connection."""

    def __init__(self, certificate, *options):
        super().__init__()
        self.pipe = Pipe(certificate, *options)
        self.port = self.pipe.port
        session = Session()
        session.socket = self.pipe
        self.sessions.append(session)
        threading.Thread(target=self.run, args=(session,), daemon=True).start()

    def run(self, session):
        try:
            self.speak(session, self.answer)
        except OSError as e:
            session.trouble = str(e)


def test_suites():
    rsa = ca.issue("suites-rsa", kind="rsa")
    good_ones = [(certificate, "-tls1_3", "-ciphersuites", suite) for certificate in (good, rsa)
                 for suite in ("TLS_AES_128_GCM_SHA256", "TLS_CHACHA20_POLY1305_SHA256")]
    good_ones += [(good, "-tls1_2", "-cipher", suite) for suite in ("ECDHE-ECDSA-AES128-GCM-SHA256",
                                                                    "ECDHE-ECDSA-CHACHA20-POLY1305")]
    good_ones += [(rsa, "-tls1_2", "-cipher", suite) for suite in ("ECDHE-RSA-AES128-GCM-SHA256",
                                                                   "ECDHE-RSA-CHACHA20-POLY1305")]
    good_ones += [(rsa, version, "-groups", group) for version in ("-tls1_2", "-tls1_3")
                  for group in ("X25519", "P-256", "P-384")]
    good_ones += [(rsa, "-tls1_2", "-no_ticket"), (rsa, "-tls1_3", "-no_ticket"), (rsa, "-tls1_2", "-no_renegotiation")]
    for certificate, *options in good_ones:
        piped = PipedHop(certificate, *options)
        gw = gateway("piped", "tls = implicit\nname = hop.test\nca = ca.pem\n", to=piped)
        delivered(f"s_server {' '.join(options)}", gw, to=piped, private=False)
        gw.stop()
        piped.pipe.close()
    bad_ones = [(rsa, NO_COMMON, "-tls1_3", "-ciphersuites", "TLS_AES_256_GCM_SHA384"),
                (rsa, NO_COMMON, "-tls1_2", "-cipher", "ECDHE-RSA-AES256-GCM-SHA384"),
                (rsa, NO_COMMON, "-tls1_2", "-cipher", "ECDHE-RSA-AES128-SHA256:AES128-GCM-SHA256:DHE"),
                (rsa, NO_COMMON, "-tls1_3", "-groups", "P-521"),
                (rsa, OLD, "-tls1_1", "-cipher", "ALL@SECLEVEL=0"), (rsa, OLD, "-tls1", "-cipher", "ALL@SECLEVEL=0")]
    for certificate, why, *options in bad_ones:
        piped = PipedHop(certificate, *options)
        gw = gateway("piped", "tls = implicit\nname = hop.test\nca = ca.pem\n", to=piped)
        refused(f"s_server {' '.join(options)}", NO_TLS + why, gw, to=piped)
        gw.stop()
        piped.pipe.close()
    context = good.server(old=True)
    context.minimum_version, context.maximum_version = ssl.TLSVersion.TLSv1, ssl.TLSVersion.TLSv1_1
    hop.script(tls=context)
    refused("a next hop with TLS 1.1 only", NO_TLS + OLD)


def test_resumption():
    for version in VERSIONS:
        for gw, is_implicit in ways[version]:
            # Not the context of an earlier test, because the test checks whose tickets are known.
            context = good.server(minimum_version=version, maximum_version=version)
            hop.script(tls=context, implicit=is_implicit)
            resumed = []
            # A session is kept when its connection has ended, which no event shows.
            end = time.monotonic() + HUNG_S
            while not (resumed and resumed[-1]) and time.monotonic() < end:
                delivered(f"{version.name}: message {len(resumed)}", gw)
                resumed = [s.tls[2] for s in hop.sessions]
                time.sleep(0.1)
            check(resumed[0] is False and resumed[-1], f"{version.name}: sessions are resumed", str(resumed))
            seen = {s.tls[0] for s in hop.sessions}
            check(seen == {f"TLSv1.{3 if version == TLS13 else 2}"}, f"{version.name} it is", str(seen))
            # A session does not replace the check of a certificate that is bad by now.
            hop.script(tls=authority.self_signed(work.path, "now-bad").server(), implicit=is_implicit)
            refused(f"{version.name}: another certificate in the meantime", NO_TLS + ISSUER, gw)


def test_changes():
    """A next hop that is replaced by another: what was learned about it must not matter for long."""
    gw = gateway("changes")
    rsa = ca.issue("changes", kind="rsa")
    for certificate, version in ((rsa, TLS12), (good, TLS13), (rsa, TLS13), (rsa, TLS12), (good, TLS12), (rsa, TLS12),
                                 (rsa, TLS13), (good, TLS12), (good, TLS13)):
        hop.script(tls=certificate.server(minimum_version=version, maximum_version=version))
        codes = [str(send(gw, mark())[-1])[:3] for _ in range(3)]
        check(codes[1:] == ["250", "250"] and codes[0] in ("250", "451"), f"a next hop that has {version.name} now",
              f"{codes} {[s.tls or s.trouble for s in hop.sessions]}")
    gw.stop()


# --- STARTTLS that is meddled with -----------------------------------------------------------------------------------

def test_stripping():
    def at(step_, reply):
        return lambda step, line, session: reply if step == step_ else None

    no_tls = b"250-next.test\r\n250-XXXXXXXA\r\n250 8BITMIME\r\n"
    context = good.server()
    hop.script()
    refused("STARTTLS is not offered", NO_OFFER)
    hop.script(at("EHLO", no_tls), tls=context)
    refused("STARTTLS is stripped", NO_OFFER)
    hop.script(at("EHLO", b"502 5.5.1 HELO only\r\n"), tls=context)
    refused("EHLO is refused", NO_OFFER, harmless=HARMLESS | {b"HELO"})
    for reply in (b"454 4.7.0 TLS not available due to temporary reason\r\n", b"502 5.5.1 not here\r\n",
                  b"501 5.5.4 no\r\n", b"554 5.7.1 never\r\n", b"421 4.3.2 later\r\n"):
        hop.script(at("STAR", reply), tls=context)
        words = "451 4.7.5 {hop}: STARTTLS refused: " if reply[:3] != b"421" else "451 "
        refused(f"STARTTLS: {reply[:3].decode()}", words,
                alarm=reply[:3] != b"421")
    for name, reply in (("garbage", b"what?\r\n"), ("250", b"250 fine\r\n"), ("354", b"354 go\r\n"),
                        ("a reply after 220", b"220 go\r\n250-next.test\r\n250 AUTH PLAIN\r\n"),
                        ("one octet after 220", b"220 go\r\n2"), ("LF after 220", b"220 go\r\n\n")):
        hop.script(at("STAR", reply if reply[:3] == b"220" else then(reply, Do.CLOSE)), tls=context)
        refused(f"STARTTLS: {name}", "451 ", alarm=False)
    for name, what in (("220 and close", then(b"220 go\r\n", Do.CLOSE)),
                       ("220 and reset", then(b"220 go\r\n", Do.RESET)),
                       ("close", Do(Do.CLOSE)), ("reset", Do(Do.RESET))):
        hop.script(at("STAR", what), tls=context)
        refused(f"STARTTLS: {name}", "451 ", alarm=False)
    # A STARTTLS that is offered again within TLS is not used.
    hop.script(tls=context, extensions=("SIZE 1000000", "STARTTLS", "8BITMIME"))
    delivered("STARTTLS offered twice")
    check(sum(c[:8] == b"STARTTLS" for c in hop.commands()) == 1, "STARTTLS offered twice: sent once")
    # What was offered before TLS does not count.
    hop.script(lambda step, line, session: b"250-next.test\r\n250-STARTTLS\r\n250-SMTPUTF8\r\n250 8BITMIME\r\n"
               if step == "EHLO" and not session.tls else b"250 next.test\r\n" if step == "EHLO" else None, tls=context)
    with Client(main_gw.port) as client:
        said = client.command("EHLO client.test").text
    check("8BITMIME" not in said and "SMTPUTF8" not in said, "an offer in the clear does not count", said)


class Handshakes:
    """What a next hop may do instead of a handshake, with the socket on which a ClientHello comes."""

    @staticmethod
    def hello(session):
        session.socket.settimeout(HUNG_S)
        data = b""
        while len(data) < 5 or len(data) < 5 + int.from_bytes(data[3:5], "big"):
            piece = session.socket.recv(4096)
            if not piece:
                break
            data += piece
        return data

    @staticmethod
    def saying(data, after_hello=True):
        def act(session):
            if after_hello:
                Handshakes.hello(session)
            session.socket.sendall(data)
            session.socket.shutdown(socket.SHUT_WR)
            while session.socket.recv(4096):
                pass
            raise ConnectionError("as scripted")
        return act

    @staticmethod
    def reset(session):
        Handshakes.hello(session)
        session.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        session.socket.close()
        raise ConnectionError("as scripted")

    @staticmethod
    def through(context, change):
        """A real handshake whose octets pass through change(data, number of octets before)."""
        def act(session):
            arrived, leaving, count = ssl.MemoryBIO(), ssl.MemoryBIO(), 0
            tls = context.wrap_bio(arrived, leaving, server_side=True)
            while True:
                try:
                    tls.do_handshake()
                    done = True
                except ssl.SSLWantReadError:
                    done = False
                data = leaving.read()
                for piece in change(data, count):
                    session.socket.sendall(piece)
                count += len(data)
                if done:
                    break
                data = session.socket.recv(4096)
                if not data:
                    raise ConnectionError("closed in the middle")
                arrived.write(data)
            raise ConnectionError("it went well")
        return act


def test_handshakes():
    def flip(at):
        def change(data, count):
            data = bytearray(data)
            if count <= at < count + len(data):
                data[at - count] ^= 0x40
            return [bytes(data)]
        return change

    def cut(at):
        def change(data, count):
            if count + len(data) < at:
                return [data]
            raise ConnectionError("cut, as scripted")
        return change

    alert = b"\x15\x03\x03\x00\x02\x02"
    cases = {
        "closes at once": (Handshakes.saying(b"", False), ENDED),
        "closes after the ClientHello": (Handshakes.saying(b""), ENDED),
        "resets after the ClientHello": (Handshakes.reset, ""),
        "alert: handshake_failure": (Handshakes.saying(alert + b"\x28"), NO_COMMON),
        "alert: protocol_version": (Handshakes.saying(alert + b"\x46"), OLD),
        "alert: internal_error": (Handshakes.saying(alert + b"\x50"), ALERT),
        "alert: close_notify": (Handshakes.saying(b"\x15\x03\x03\x00\x02\x01\x00"), ""),
        "SMTP": (Handshakes.saying(b"554 5.3.0 something went wrong here\r\n"), NOT_TLS),
        "HTTP": (Handshakes.saying(b"HTTP/1.1 400 Bad Request\r\n\r\n"), NOT_TLS),
        "zeros": (Handshakes.saying(bytes(500)), NOT_TLS),
        "a record of 20000": (Handshakes.saying(b"\x16\x03\x03\x4e\x20" + bytes(20000)), ""),
        "half a ServerHello": (Handshakes.saying(b"\x16\x03\x03\x00\x7a\x02\x00\x00\x76\x03\x03" + bytes(20)), ENDED),
        "a ServerHello of TLS 1.0": (Handshakes.saying(b"\x16\x03\x01\x00\x2a\x02\x00\x00\x26\x03\x01" + bytes(32) +
                                                       b"\x00\xc0\x13\x00"), OLD),
        "application data": (Handshakes.saying(b"\x17\x03\x03\x00\x20" + bytes(32)), ""),
    }
    for name, (act, why) in cases.items():
        for gw, is_implicit in ways[TLS12]:
            hop.script(tls=contexts[TLS12], implicit=is_implicit)
            hop.secure = act
            refused(f"{name}{', implicit' if is_implicit else ''}", NO_TLS + why, gw)
    for version in VERSIONS:
        gw = ways[version][0][0]
        for at in (3, 10, 30, 60, 100, 150, 300, 500, 700, 760):
            hop.script(tls=contexts[version])
            hop.secure = Handshakes.through(contexts[version], flip(at))
            replies = send(gw, mark())
            went = any(s.trouble == "it went well" for s in hop.sessions)
            check(str(replies[-1]).startswith("451 4.") and {c[:4] for c in hop.commands()} <= HARMLESS,
                  f"{version.name}: octet {at} changed", f"{replies[-1]} {went} {hop.commands()}")
            hop.script(tls=contexts[version])
            hop.secure = Handshakes.through(contexts[version], cut(at))
            refused(f"{version.name}: cut at octet {at}", NO_TLS + ENDED, gw)
        del hop.secure
        hop.script(tls=contexts[version])
        delivered(f"{version.name}: mail is delivered afterwards", gw)


# --- messages --------------------------------------------------------------------------------------------------------

def test_messages():
    for version in VERSIONS:
        for gw, is_implicit in ways[version]:
            hop.script(tls=contexts[version], implicit=is_implicit)
            body = b".dots\r\n..\r\n" + b"".join(b"%07d 0123456789\r\n" % i for i in range(20000))
            delivered(f"{version.name}: 400 KB with dots", gw, body)
            with Client(gw.port) as client:
                codes = []
                for i in range(20):
                    client.begin()
                    codes.append(client.data(message(b"number %d\r\n" % i)).code)
                check(codes == [250] * 20, f"{version.name}: 20 messages in one session", str(codes))
            check(len([s for s in hop.sessions if s.messages]) == 2, f"{version.name}: one connection for all of them",
                  str(len(hop.sessions)))
    start = time.monotonic()
    hop.script(tls=contexts[TLS13])
    delivered("25 MB", body=b"".join(b"%08d " % i + b"0123456789abcdef" * 4 + b"\r\n" for i in range(25000000 // 75)))
    print(f"25 MB: {time.monotonic() - start:.1f} s")
    hop.script(read_delay=0.01, tls=contexts[TLS12])
    delivered("a next hop that reads slowly", ways[TLS12][0][0], body=b"0123456789" * 7 + b"\r\n" * 3000)


def test_ends():
    """The next hop leaves, with close_notify or without: its 250 counts only if it came complete."""
    whole = b"250 2.0.0 taken as 4712\r\n"

    def unwrapped(step_, reply):
        def answer(step, line, session):
            if step != step_:
                return None
            session.socket.sendall(reply)
            session.socket.settimeout(HUNG_S)
            with hop.lock:
                if session.messages:
                    session.messages[-1][3] = reply
            session.socket = session.socket.unwrap()
            return Do(Do.CLOSE, b"")
        return answer

    def at_dot(what):
        return lambda step, line, session: what if step == "dot" else None

    for version in VERSIONS:
        gw = ways[version][0][0]
        cases = {
            "250 and close": (at_dot(then(whole, Do.CLOSE)), 250),
            "250, close_notify, close": (unwrapped("dot", whole), 250),
            "close after the dot": (at_dot(Do(Do.CLOSE)), 451), "reset after the dot": (at_dot(Do(Do.RESET)), 451),
            "close_notify after the dot": (unwrapped("dot", b""), 451),
            "half a 250 and close": (at_dot(then(b"250 2.0.0 tak", Do.CLOSE)), 451),
            "half a 250 and close_notify": (unwrapped("dot", b"250 2.0.0 tak"), 451),
            "250- and close": (at_dot(then(b"250-2.0.0 taken\r\n", Do.CLOSE)), 451),
            "552 and close": (at_dot(then(b"552 5.2.2 full\r\n", Do.CLOSE)), 552),
        }
        for name, (answer, code) in cases.items():
            since, subject = len(gw.log()), mark()
            hop.script(answer, tls=contexts[version])
            reply = send(gw, subject)[-1]
            check(str(reply)[:3] == str(code), f"{version.name}: {name}: {code}", str(reply))
            if code == 451:
                ok, line = logged(gw, since, "verdict=in-doubt")
                check(ok, f"{version.name}: {name}: in doubt in the log", line)
        # Lost between two messages: opened again.
        for name, end in (("close", Do.CLOSE), ("reset", Do.RESET)):
            hop.script(lambda step, line, session: Do(end, whole) if step == "dot" and len(hop.sessions) == 1 else None,
                       tls=contexts[version])
            with Client(gw.port) as client:
                codes = []
                for _ in range(2):
                    client.begin()
                    codes.append(client.data(message()).code)
                    time.sleep(0.3)
                check(codes[1] == 250 and codes[0] in (250, 451), f"{version.name}: {name} between two messages",
                      str(codes))
        # In the middle of the content.
        for name, end in (("close", Do.CLOSE), ("reset", Do.RESET)):
            hop.script(lambda step, line, session: Do(end) if step == "content" else None, tls=contexts[version])
            subject = mark()
            reply = send(gw, subject, b"x" * 70 + b"\r\n" * 2000)[-1]
            check(str(reply).startswith("451 "), f"{version.name}: {name} in the content: 451", str(reply))
    hop.script(tls=contexts[TLS13])
    delivered("mail is delivered afterwards")


def test_client_leaves():
    """A client that leaves before its dot: no message is sent, and no record marks it as complete."""
    for version in VERSIONS:
        for way in ("close", "reset"):
            hop.script(tls=contexts[version])
            client = Client(ways[version][0][0].port)
            client.begin()
            client.command("DATA")
            client.send(message(b"never whole\r\n"))
            client.reset() if way == "reset" else client.socket.close()
            ok, line = logged(ways[version][0][0], 0, "verdict=aborted")
            time.sleep(0.1)
            check(ok and not hop.messages() and not hop.partials(), f"{version.name}: client {way}s: nothing is sent",
                  line)


# --- login -----------------------------------------------------------------------------------------------------------

TOKEN = "ya29." + "A0ARrdaM-_~+/=" * 300
LOGINS = {"user@sender.example": "pass word!", "token@sender.example": TOKEN}


def with_login(name, mechanism, user="user@sender.example", secret="pass word!",
               tls="tls = starttls\nname = hop.test\nca = ca.pem\n",
               more=""):
    path = work.file(f"{name}.secret", secret + "\n")
    os.chmod(path, 0o600)
    return gateway(name, f"{tls}auth = {mechanism}\nuser = {user}\nsecret = {name}.secret\n{more}")


def test_login():
    for mechanism in ("plain", "login", "xoauth2"):
        user = "token@sender.example" if mechanism == "xoauth2" else "user@sender.example"
        for way in ("starttls", "implicit"):
            gw = with_login(f"{mechanism}-{way}", mechanism, user, LOGINS[user],
                            f"tls = {way}\nname = hop.test\nca = ca.pem\n")
            name = f"AUTH {mechanism}, {way}"
            for version in VERSIONS:
                hop.script(tls=contexts[version], implicit=way == "implicit", logins=LOGINS)
                delivered(f"{name}, {version.name}", gw)
                seen = [login for s in hop.sessions for login in s.logins]
                check(seen == [(mechanism.upper(), user, LOGINS[user])], f"{name}, {version.name}: once, and whole",
                      str(seen)[:300])
            # Only the right next hop gets the secret.
            hop.script(tls=authority.self_signed(work.path, "thief").server(), implicit=way == "implicit",
                       logins=LOGINS)
            refused(f"{name}: not sent to a stranger", NO_TLS + ISSUER, gw)
            if way == "starttls":
                hop.script(logins=LOGINS)
                refused(f"{name}: not sent in the clear", NO_OFFER, gw)
            hop.script(tls=contexts[TLS13], implicit=way == "implicit", logins=LOGINS, mechanisms="CRAM-MD5 GSSAPI")
            refused(f"{name}: not offered", NO_AUTH, gw)
            hop.script(tls=contexts[TLS13], implicit=way == "implicit")
            refused(f"{name}: no AUTH at all", NO_AUTH, gw)
            gw.stop()
    clear = with_login("clear", "plain", tls="tls = none\n", more="auth-in-clear = yes\n")
    hop.script(logins=LOGINS)
    delivered("AUTH in the clear if that is configured", clear, private=False)
    clear.stop()


def test_login_refused():
    def at_auth(reply):
        return lambda step, line, session: reply if step == "AUTH" else None

    cases = {"wrong password, plain": ("plain", "wrong", None), "wrong password, login": ("login", "wrong", None),
             "expired token": ("xoauth2", "old" * 1000, None), "454": ("plain", "pass word!", b"454 4.7.0 not now\r\n"),
             "534": ("login", "pass word!", b"534 5.7.9 mechanism too weak\r\n"),
             "many lines": ("plain", "wrong", b"535-5.7.8 Username and Password not accepted. Learn more at\r\n"
                                              b"535 5.7.8  https://support.example/?p=BadCredentials\r\n")}
    for i, (name, (mechanism, secret, reply)) in enumerate(cases.items()):
        gw = with_login(f"wrong{i}", mechanism, secret=secret)
        hop.script(at_auth(reply) if reply else None, tls=contexts[VERSIONS[i % 2]], logins=LOGINS)
        since = len(gw.log())
        replies = [send(gw, mark())[-1] for _ in range(4)]
        first = named("451 4.7.0 {hop}: authentication refused: ", hop)
        later = "451 4.7.0 Next hop: authentication refused"
        check(all(str(r).startswith((first, later)) for r in replies), f"{name}: 451", ", ".join(map(str, replies)))
        ok, line = logged(gw, since, "alarm=yes", first.removeprefix("451 "))
        check(ok, f"{name}: an alarm", line)
        seen = [login for s in hop.sessions for login in s.logins]
        check(len(seen) == 1 and len(hop.sessions) == 1, f"{name}: tried once, and not again within the minute",
              f"{len(seen)} of {len(hop.sessions)}")
        check(secret not in gw.log() and base64.b64encode(secret.encode()).decode() not in gw.log(),
              f"{name}: the secret is not in the log")
        check(not hop.messages() and {c[:4] for c in hop.commands()} <= HARMLESS | {b"AUTH"},
              f"{name}: no mail was sent",
              str(hop.commands())[:300])
        gw.stop()
    # A next hop that leaves in the middle of it has not refused: it is tried again.
    gw = with_login("lost", "plain")
    hop.script(lambda step, line, session: Do(Do.CLOSE) if step == "AUTH" and len(hop.sessions) < 3 else None,
               tls=contexts[TLS13], logins=LOGINS)
    replies = [send(gw, mark())[-1] for _ in range(3)]
    check(str(replies[-1])[:3] == "250", "a next hop that closes at AUTH is asked again", ", ".join(map(str, replies)))
    gw.stop()


def start_fails(name, next_hop, words):
    text = CONFIG.format(gateway=f"next-hop = 127.0.0.1:{hop.port}\n[next-hop]\n{next_hop}", client="", domain="",
                         key=work.key[0])
    try:
        run = subprocess.run([MAILSEALD, "-c", work.file("fails.conf", text), "--listen", "127.0.0.1:0"],
                             capture_output=True, text=True, timeout=HUNG_S)
        check(run.returncode in (3, 4) and words in run.stderr, name, f"{run.returncode} {run.stderr}")
    except subprocess.TimeoutExpired as e:
        check(False, name, f"it runs: {e.stderr}")


def test_helper():
    base = "tls = starttls\nname = hop.test\nca = ca.pem\nauth = xoauth2\nuser = token@sender.example\n"
    script = work.file("helper", f"#!/bin/sh\necho run >> {work.path}/helper.count\nsleep $1\n"
                                 f"cat {work.path}/helper.token\n")
    os.chmod(script, 0o700)
    for i, (token, seconds) in enumerate((("first-" + TOKEN[:4000], 0), ("second", 1))):
        work.file("helper.token", token + "\nmore\n")
        gw = gateway(f"helper{i}", base + f"secret-helper = {script} {seconds}\n")
        hop.script(tls=contexts[TLS13], logins={"token@sender.example": token})
        delivered(f"secret-helper: the token it prints now ({i})", gw)
        gw.stop()
    count = len(open(f"{work.path}/helper.count").readlines())
    check(count == 2, "secret-helper: run once at each start", str(count))
    start_fails("secret-helper: fails", base + "secret-helper = exit 3\n", "secret-helper: exit 3: failed")
    start_fails("secret-helper: does not exist", base + "secret-helper = /no/such/program\n",
                "secret-helper: /no/such/program: failed")
    start_fails("secret-helper: prints nothing", base + "secret-helper = true\n", "secret-helper: ")
    start_fails("secret-helper: prints an empty line", base + "secret-helper = echo\n", "secret-helper: ")
    start_fails("secret-helper: prints too much", base + "secret-helper = yes | tr -d '\\n'\n", "secret-helper: ")
    start_fails("secret-helper: is killed", base + "secret-helper = kill -9 $$\n", "secret-helper: kill -9 $$: failed")
    start_fails("secret: no file", base + "secret = nowhere\n", "nowhere")
    start_fails("secret: an empty file", base + f"secret = {work.file('empty', '')}\n", "empty")
    start_fails("ca: no file", "tls = starttls\nname = hop.test\nca = nowhere\n", "nowhere")
    start_fails("ca: no certificate in it", f"tls = starttls\nname = hop.test\nca = {work.file('no.pem', 'hello')}\n",
                "no.pem")
    start_fails("an address as name", "tls = starttls\nname = 127.0.0.1\nca = ca.pem\n", "name: expected a domain name")
    start_fails("no name for an address", "tls = starttls\nca = ca.pem\n", "expected a host name")


# --- slow ones -------------------------------------------------------------------------------------------------------

class Stalled(threading.Thread):
    """A client whose next hop stalls in the handshake: always, or the first time."""

    def __init__(self, stage, always):
        super().__init__(daemon=True)
        self.name = f"next hop stalls {stage}, {'always' if always else 'once'}"
        self.hop = NextHop()
        self.hop.script(tls=contexts[TLS12])
        secure = self.hop.secure

        def act(session):
            if not always and len(self.hop.sessions) > 1:
                secure(session)
                return
            if stage != "before the ClientHello":
                Handshakes.hello(session)
            if stage == "in its ServerHello":
                session.socket.sendall(b"\x16\x03\x03\x00\x7a\x02\x00\x00\x76\x03\x03" + bytes(20))
            session.socket.settimeout(HUNG_S)
            while session.socket.recv(4096):
                pass
            raise ConnectionError("as scripted")

        self.hop.secure = act
        self.always = always
        self.gw = gateway(f"stalled-{stage.replace(' ', '-')}-{always}", to=self.hop)
        self.start()

    def run(self):
        start = time.monotonic()
        self.replies = send(self.gw, b"stalled")
        self.took = time.monotonic() - start

    def finish(self):
        self.join(HUNG_S)
        last = str(self.replies[-1])
        expected = named(NO_TLS, self.hop) + "the handshake takes too long" if self.always else "250 "
        check(last.startswith(expected), self.name, ", ".join(map(str, self.replies)))
        check(self.took < HUNG_S, f"{self.name}: at the deadline", f"{self.took:.1f} s")
        if self.always:
            check("alarm=yes" in self.gw.log(), f"{self.name}: an alarm", self.gw.log()[-500:])


def while_stalled(stalled):
    """Another client of the same gateway is served, while one waits for its handshake."""
    for s in stalled:
        if s.always:
            continue
        subject = mark()
        eventually(lambda: s.hop.sessions)
        replies = send(s.gw, subject)
        check(str(replies[-1])[:3] == "250" and s.is_alive(), f"{s.name}: other clients continue", replies[-1])


def test_end():
    """SIGTERM while the next hop stalls in its handshake."""
    slow = NextHop()
    slow.script(tls=contexts[TLS13])

    def act(session):
        while session.socket.recv(4096):
            pass
        raise ConnectionError("as scripted")

    slow.secure = act
    gw = gateway("end", to=slow)
    client = Client(gw.port)
    client.send(b"EHLO client.test\r\n")
    eventually(lambda: slow.sessions)
    start = time.monotonic()
    gw.process.terminate()
    try:
        code = gw.process.wait(HUNG_S)
    except subprocess.TimeoutExpired:
        code = "still there"
    check(code == 0, "SIGTERM while the next hop stalls: ends cleanly", str(code))
    # A session without a command ends after five minutes.
    check(time.monotonic() - start < 120, "SIGTERM while the next hop stalls: in time",
          f"{time.monotonic() - start:.1f} s")
    client.socket.close()


def is_greeted(gw):
    with Client(gw.port) as client:
        return client.greeting.code == 220


def test_memory():
    """300 connections to the next hop, good and bad, with two sessions."""
    gw = gateway("memory", options=("--sessions", "2"))
    bad = authority.self_signed(work.path, "memory").server()
    codes = []
    for i in range(300):
        if i % 30 == 0:
            hop.script(tls=(contexts[TLS13], bad, contexts[TLS12])[i // 30 % 3])
        try:
            with Client(gw.port) as client:
                codes.append(client.begin().code)
        except (Closed, ValueError, OSError) as e:
            codes.append(str(e))
            time.sleep(0.02)
    check({250, 451} <= set(codes) and codes.count(250) >= 150, "300 connections: served", str(codes)[:300])
    hop.script(tls=contexts[TLS13])
    for i in range(2):
        eventually(lambda: is_greeted(gw))
        delivered("300 connections: afterwards mail goes through", gw)
    log = gw.log()
    check("no memory" not in log, "300 connections: there was always enough memory", log[-500:])
    gw.stop()


# --- its name --------------------------------------------------------------------------------------------------------

def by_name(names, name="mx.hop.test", **more):
    """A gateway whose next hop is the plain one of this run, by its name; `dns-server` has the port."""
    more.setdefault("name", "by-name")
    return Gateway(work, hop.port, gateway=f"dns-server = 127.0.0.1:{names.port}\n",
                   options=("--next-hop", f"{name}:{hop.port}"), **more)


def goes(what, gw, want=250):
    code = send(gw, mark())[-1].code
    return check(code == want, f"by name: {what}", (code, gw.log()[-500:]))


def test_by_name():
    """The configured name server, at its port, finds the next hop; its answers count for their TTL."""
    names = Names()
    hop.script()
    names.records = {("mx.hop.test", "A"): (3, ["127.0.0.1", "127.0.0.2"])}
    gw = by_name(names)
    goes("an address", gw)
    check(names.asked == [("mx.hop.test", "A", "udp")], "by name: one question, at the configured port", names.asked)
    goes("again", gw)
    check(len(names.asked) == 1, "by name: the answer counts as long as its TTL", names.asked)
    time.sleep(3.1)
    names.lose = 1
    began = time.monotonic()
    goes("a question is lost", gw)
    check(len(names.asked) == 3 and 1.9 < time.monotonic() - began < 10, "by name: it is asked again, and after 2 s",
          (names.asked, time.monotonic() - began))
    gw.stop()
    names.asked.clear()
    names.records = {("mx.hop.test", "CNAME"): (60, ["a.hop.test"]), ("a.hop.test", "CNAME"): (1, ["b.hop.test"]),
                     ("b.hop.test", "A"): (60, ["127.0.0.1"])}
    gw = by_name(names)
    goes("a chain of aliases", gw)
    check(names.asked == [("mx.hop.test", "A", "udp")], "by name: a chain in one answer", names.asked)
    time.sleep(1.1)
    names.truncate = True
    goes("a truncated answer, when the least TTL of the chain is over", gw)
    check([way for _, _, way in names.asked] == ["udp", "udp", "tcp"], "by name: truncated, then TCP", names.asked)
    names.truncate = False
    gw.stop()
    for what, records in (("no such name", {}), ("no address", {("mx.hop.test", "AAAA"): (60, ["::1"])}),
                          ("0.0.0.0", {("mx.hop.test", "A"): (60, ["0.0.0.0"])}),
                          ("an alias of no name", {("mx.hop.test", "CNAME"): (60, ["nowhere.hop.test"])})):
        names.records, names.asked = records, []
        gw = by_name(names)
        goes(what, gw, 451)
        names.records = {("mx.hop.test", "A"): (60, ["127.0.0.1"])}
        if what != "0.0.0.0":
            time.sleep(1.1)     # a missing name is cached for a second
            goes(f"{what}, and later there is", gw)
        gw.stop()
    names.end()


def test_names_of_many():
    """All sessions wait for the same question."""
    names = Names()
    hop.script()
    names.records = {("mx.hop.test", "A"): (0, ["127.0.0.1"])}
    names.lose = 1
    gw = by_name(names)
    codes = []
    threads = [threading.Thread(target=lambda: codes.append(send(gw, mark())[-1].code)) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    check(codes == [250] * 8, "by name: eight at once", (codes, gw.log()[-500:]))
    check(2 <= len(names.asked) <= 4, "by name: they wait for one question", names.asked)
    gw.stop()
    names.end()


def main():
    wanted = sys.argv[1:]
    stalled = [Stalled(stage, always) for always in (True, False)
               for stage in ("before the ClientHello", "after the ClientHello", "in its ServerHello")
               ] if not wanted or "stall" in wanted else []
    while_stalled(stalled)
    run_tests(globals(), [gw for pair in ways.values() for gw, _ in pair],
              before=lambda: hop.script(tls=contexts[TLS13]), after=lambda: vars(hop).pop("secure", None))
    for s in stalled:
        s.finish()
    stop_all(gateways)
    finish(work)


main()
