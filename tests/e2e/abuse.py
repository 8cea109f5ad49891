# SPDX-License-Identifier: Apache-2.0
"""Hostile and broken clients against mailseald, through raw sockets; the next hop keeps every octet it got, so that any
smuggled text would be seen. One row per case: what is sent, and what must come back. See abuse.sh."""

import re
import socket
import time

import tally
from peers import Client, Closed, Gateway, NextHop, Work, finish, lives, message, stop_all
from tally import HUNG_S, check

work = Work("abuse")
hop = NextHop()
MAX_SIZE = 40 * 1024 * 1024
gateway = Gateway(work, hop.port, gateway=f"max-size = {MAX_SIZE}\n")

EHLO = b"EHLO client.test\r\n"
BEGIN = EHLO + b"MAIL FROM:<a@sender.example>\r\nRCPT TO:<b@dest.example>\r\nDATA\r\n"
INJECTED = (b"MAIL FROM:<evil@sender.example>\r\nRCPT TO:<victim@dest.example>\r\nDATA\r\n"
            b"From: evil@sender.example\r\nSubject: smuggled\r\n\r\nsmuggled\r\n")
HEAD = message(b"")
CLOSED = "closed"


def talk(port, *pieces, owed=(), half_close=False):
    """Send the pieces, each after the replies to the one before (one per line). Returns all replies, and "closed" at
    the end if it was closed. After the last piece: as many replies as are expected, and then all before the end."""
    said = []
    client = Client(port, greet=False)
    try:
        said.append(client.reply())
        for i, piece in enumerate(pieces):
            client.send(piece)
            if half_close and i == len(pieces) - 1:
                client.socket.shutdown(socket.SHUT_WR)
            if i < len(pieces) - 1:
                said += [client.reply() for _ in range(piece.count(b"\r\n"))]
                continue
            replies, closed = gather(client, num_replies(owed) - len(said) + 1, CLOSED in owed, piece)
            said += replies
            if closed:
                said.append(CLOSED)
    except Closed:
        said.append(CLOSED)
    except (TimeoutError, ValueError) as e:
        said.append(str(e))
    client.socket.close()
    return [str(s) for s in said[str(said[0]).startswith("220"):]]


def num_replies(owed):
    return sum(pattern not in (CLOSED, "closed?", "...") for pattern in owed)


def gather(client, count=1, until_closed=False, piece=b"\r\n"):
    """Read `count` replies, at least one, and those that are too many. Returns (replies, closed?)"""
    said = []
    try:
        while len(said) < max(1, count) or until_closed:
            said.append(client.reply(HUNG_S))
    except Closed:
        return said, True
    more, closed = surplus(client, piece)
    return said + more, closed


def surplus(client, piece):
    """The replies to what was sent before, of which `piece` is the last, when all that were owed have come: those up to
    the reply to QUIT. In the middle of a line or of content QUIT is no command, and the end of what we send has to do.
    (Replies, closed before that?)"""
    said, quits = [], piece.endswith(b"\r\n")
    try:
        if quits:
            client.send(b"QUIT\r\n")
    except Closed:
        pass  # what came before is still read
    try:
        if not quits:
            client.socket.shutdown(socket.SHUT_WR)
        while not quits or not said or said[-1].code != 221:
            said.append(client.reply(HUNG_S))
            if said[-1].code == 354:
                client.socket.shutdown(socket.SHUT_WR)
    except (Closed, OSError):
        return said, quits
    return said[:-1], False


def matches(said, owed):
    """owed: one pattern per reply; a last "closed?" allows a close, "..." anything."""
    said = list(said)
    for i, pattern in enumerate(owed):
        if pattern == "...":
            return True
        if pattern == "closed?":
            return said[i:] in ([], [CLOSED])
        if i >= len(said) or not re.match(pattern, said[i]):
            return False
    return len(said) == len(owed)


def content_case(name, content, owed, arrives=None, **more):
    """Send `content` and the end of data. `arrives`: what the next hop gets of it; None: nothing."""
    hop.script()
    owed = ["250", "250", "250", "354"] + owed
    said = talk(gateway.port, BEGIN, content + b".\r\n", owed=owed, **more)
    judge(name, said, owed, arrives)


def judge(name, said, owed, arrives):
    got = [m[2] for m in hop.messages()]
    if arrives is None:
        ok = not got and not any(p and b"smuggled" in p for p in hop.partials())
        detail = f"{len(got)} messages arrived"
    else:
        arrives = arrives if isinstance(arrives, list) else [arrives]
        ok = len(got) == len(arrives) and all(g.endswith(a) and gateway.verify(g) for g, a in zip(got, arrives))
        detail = f"arrived: {[g[-200:] for g in got]}"
    ok = ok and not any(re.search(rb"\r(?!\n)|(?<!\r)\n|\0", g) for g in got)
    shown = [s[:100] for s in said]
    check(matches(said, owed) and ok, name, f"{shown}, owed {owed}; {detail}")


def command_case(name, owed, *pieces, **more):
    hop.script()
    said = talk(gateway.port, *pieces, owed=owed, **more)
    judge(name, said, owed, None)


# --- s: the end of data ---------------------------------------------------------------------------------------------

def smuggling():
    """Rule S: at most one message, no 354 for injected text; refused at the true end."""
    sequences = {
        "s01 LF.LF": b"\n.\n", "s02 LF.CRLF": b"\n.\r\n", "s03 CRLF.LF": b"\r\n.\n", "s04 CR.CR": b"\r.\r",
        "s05 CRLF.CR": b"\r\n.\r", "s06 CR.CRLF": b"\r.\r\n", "s07 CRLF.CRCRLF": b"\r\n.\r\r\n",
        "s08 CRLF NUL.CRLF": b"\r\n\0.\r\n", "s09 CRLF.NUL CRLF": b"\r\n.\0\r\n", "s10 LF.CR": b"\n.\r",
        "s14 LFCR.LFCR": b"\n\r.\n\r", "LFCRLF.CRLF NUL": b"\n\r\n.\0\r\n", "CR.LF": b"\r.\n",
        "CRLF.CRCR": b"\r\n.\r\r",
    }
    for name, sequence in sequences.items():
        content_case(name, HEAD + b"body" + sequence + INJECTED, ["550 5\\.6\\.0", "closed?"])
    hop.script()
    owed = ["250", "250", "250", "354", "550 5\\.6\\.0", CLOSED]
    said = talk(gateway.port, BEGIN, HEAD + b"body\r\r\n.\r\n" + INJECTED + b".\r\n", owed=owed)
    judge("s11 CRCRLF.CRLF", said, owed, None)
    content_case("s12 CRLF.SP CRLF", HEAD + b"body\r\n. \r\n", ["250"], b"body\r\n \r\n")
    hop.script()
    commands, content = INJECTED[:INJECTED.index(b"From:")], INJECTED[INJECTED.index(b"From:"):]
    with Client(gateway.port) as client:
        client.send(BEGIN)
        said = [str(client.reply()) for _ in range(4)]
        client.send(HEAD + b"body\r\n.\r\n" + commands)
        said += [str(client.reply()) for _ in range(4)]
        client.send(content + b".\r\n")
        said.append(str(client.reply()))
    judge("s13 the true end and the next message", said, ["250"] * 3 + ["354"] + ["250"] * 3 + ["354", "250"],
          [b"body\r\n", b"smuggled\r\n"])
    for i in range(1, 5):
        hop.script()
        end = b"\r\n.\r\n"
        client = Client(gateway.port)
        client.send(BEGIN)
        for _ in range(4):
            client.reply()
        client.send(HEAD + b"body" + end[:i])
        time.sleep(0.05)
        client.send(end[i:])
        verdict = client.reply()
        client.socket.close()
        judge(f"the end of data cut after {i} octets", [str(verdict)], ["250"], b"body\r\n")


def normalizing():
    """With bare-newline = normalize a bare LF becomes CRLF before it is signed; the end of data stays the same."""
    global gateway
    strict, gateway = gateway, Gateway(work, hop.port, client="bare-newline = normalize", name="normalize")
    for name, sequence in {"LF.LF": b"\n.\n", "LF.CRLF": b"\n.\r\n", "CRLF.LF": b"\r\n.\n"}.items():
        content = HEAD + b"body" + sequence + INJECTED
        # A dot is removed only if the line began after CRLF; "CRLF . LF" is such a line, and not the end.
        arrived = re.sub(rb"(?<=\r\n)\.(?=\n)", b"", content)
        content_case(f"normalize: {name}", content, ["250"], re.sub(rb"(?<!\r)\n", b"\r\n", arrived)[len(HEAD):])
    content_case("normalize: LF only", (HEAD + b"one\ntwo\n").replace(b"\r\n", b"\n") + b"\r\n", ["250"],
                 b"\r\none\r\ntwo\r\n\r\n")
    content_case("normalize: bare CR is still refused", HEAD + b"one\rtwo\r\n", ["550 5\\.6\\.0", "closed?"])
    gateway.stop()
    gateway = strict


# --- b: content ------------------------------------------------------------------------------------------------------

def contents():
    bad = ["550 5\\.6\\.0", "closed?"]
    body = b"body\r\n"
    content_case("b01 LF-only body lines", HEAD + b"one\ntwo\nthree\r\n", bad)
    content_case("b02 bare CR in mid line", HEAD + b"one\rtwo\r\n", bad)
    content_case("b02 bare CR in the header", b"X-A: b\rc\r\n" + HEAD + body, bad)
    content_case("b03 NUL in the body", HEAD + b"a\0b\r\n", bad)
    content_case("b04 NUL in the header", b"X-A: b\0c\r\n" + HEAD + body, bad)
    content_case("b05 8-bit in the header without SMTPUTF8", "X-A: é\r\n".encode() + HEAD + body,
                 ["550 5\\.6\\.7", "closed?"])
    content_case("b06 8-bit in the body without BODY=", HEAD + "é\r\n".encode(), ["250"], "é\r\n".encode())
    content_case("UTF-16 in the body", HEAD + "text\r\n".encode("utf-16") + b"\r\n", bad)
    content_case("b07 no content", b"", bad)
    content_case("b08 header only, no empty line", HEAD[:-2], ["250"], HEAD[:-2])
    content_case("b09 an empty line first", b"\r\n" + HEAD + body, bad)
    content_case("only empty lines", b"\r\n" * 1000, bad)
    content_case("b10 no From", b"To: b@dest.example\r\n\r\nbody\r\n", bad)
    content_case("b11 two From", b"From: a@sender.example\r\n" + HEAD + body, bad)
    content_case("b12 a line of mbox first", b"From a@sender.example Tue Nov 14 22:13:20 2023\r\n" + HEAD + body, bad)
    content_case("b13 the first line folded", b" X: y\r\n" + HEAD + body, bad)
    content_case("b14 a fold of white space only", b"X-A: b\r\n \t\r\n c\r\n" + HEAD + body, ["250"], body)
    content_case("b15 lines of white space at the end", HEAD + body + b" \t\r\n\r\n  \r\n", ["250"],
                 body + b" \t\r\n\r\n  \r\n")
    content_case("b16 white space before the colon", HEAD.replace(b"Subject:", b"Subject :") + body, ["250"], body)
    content_case("b16 From with white space before the colon", HEAD.replace(b"From:", b"From :") + body, bad)
    content_case("b17 a header line without colon", b"X-A\r\n" + HEAD + body, bad)
    content_case("a name with a space inside", b"X A: b\r\n" + HEAD + body, bad)
    content_case("an empty name", b": b\r\n" + HEAD + body, bad)
    content_case("a control character in a field", b"X-A: b\x01\r\n" + HEAD + body, bad)
    content_case("b18 a field of 1 MB", b"X-A: " + b"b" * 1000000 + b"\r\n" + HEAD + body, ["552 5\\.3\\.4", "closed?"])
    content_case("b18 a folded field of 1 MB", b"X-A:" + b" b\r\n" * 250000 + b" c\r\n" + HEAD + body,
                 ["552 5\\.3\\.4", "closed?"])
    content_case("a field folded 5000 times", b"X-A:" + b" b\r\n" * 5000 + b" c\r\n" + HEAD + body, ["250"], body)
    content_case("b19 10000 fields", b"X-A: b\r\n" * 10000 + HEAD + body, ["552 5\\.3\\.4", "closed?"])
    content_case("900 fields", b"X-A: b\r\n" * 900 + HEAD + body, ["250"], body)
    for n in (998, 999, 2048, 100000, 10000000):
        content_case(f"b20 a body line of {n}", HEAD + b"x" * n + b"\r\n", ["250"], b"x" * 900 + b"\r\n")
    content_case("b21 a header line of 100000", b"X-A: " + b"b" * 100000 + b"\r\n" + HEAD + body, ["250"], body)
    content_case("a Subject that does not fit the work area", HEAD.replace(b": test", b": " + b"x" * 100000) + body,
                 ["55[02] 5\\.", "closed?"])
    received = b"Received: from a by b; Tue, 14 Nov 2023 22:13:20 +0000\r\n"
    content_case("b22 50 Received", received * 50 + HEAD + body, ["250"], body)
    content_case("51 Received", received * 51 + HEAD + body, ["554 5\\.4\\.6", "closed?"])
    content_case("b23 120 Received", received * 120 + HEAD + body, ["554 5\\.4\\.6", "closed?"])
    content_case("b29 60 MB", HEAD + (b"x" * 998 + b"\r\n") * 60000, ["552 5\\.3\\.4", "closed?"])
    content_case("5 MB of empty lines", HEAD + b"\r\n" * 2500000, ["250"], b"\r\n" * 100)
    content_case("white space at the end of all lines", HEAD + b"a \t \r\n" * 1000, ["250"], b"a \t \r\n" * 1000)
    content_case("dots", HEAD + b"..\r\n...\r\n..x\r\n", ["250"], b".\r\n..\r\n.x\r\n")
    for name in (b"Subject", b"Date", b"To", b"Content-Type", b"Message-ID"):
        content_case(f"two {name.decode()}", name + b": <a@b.example>\r\n" + HEAD + body, ["250"], body)
    content_case("a forged Authentication-Results stays as it is",
                 b"Authentication-Results: gateway.test; dkim=pass\r\n" + HEAD + body, ["250"], HEAD + body)
    content_case("a broken DKIM-Signature of others stays", b"DKIM-Signature: nonsense\r\n" + HEAD + body, ["250"],
                 b"DKIM-Signature: nonsense\r\n" + HEAD + body)


def authors():
    """From, which decides the signing domain: valid or refused."""
    good = {
        "plain": b"a@sender.example", "brackets": b"<a@sender.example>", "a name": b"A B <a@sender.example>",
        "a quoted name with an address": b'"x@other.example" <a@sender.example>',
        "a comment with an address": b"(x@other.example) a@sender.example (y@other.example)",
        "comments inside": b"a(x)@(y)sender(z).(w)example",
        "nested comments": b"(a(b(c)d)e) a@sender.example",
        "an escaped bracket": b'"\\"<x@other.example>" <a@sender.example>',
        "an encoded word": b"=?utf-8?q?x=40other=2Eexample?= <a@sender.example>",
        "folded": b"A\r\n B\r\n <a@sender.example>", "folded after the colon": b"\r\n a@sender.example",
        "upper case": b"a@SENDER.Example", "an obsolete route": b"<@other.example,@third.example:a@sender.example>",
        "a quoted local part": b'"x@other.example"@sender.example', "white space around dots": b"a @ sender . example",
    }
    bad = {
        "empty": b"", "white space": b" ", "no address": b"absent", "no domain": b"a@",
        "no local part": b"@sender.example",
        "two mailboxes": b"a@sender.example, b@other.example", "two of ours": b"a@sender.example, b@sender.example",
        "a group": b"friends: a@sender.example;", "an empty group": b"undisclosed:;",
        "a domain literal": b"a@[192.0.2.1]", "two @": b"a@other.example@sender.example",
        "two brackets": b"<x@other.example><a@sender.example>",
        "brackets and more": b"<a@sender.example> x@other.example",
        "an open quote": b'"a@sender.example', "an open comment": b"(a@sender.example",
        "an open bracket": b"<a@sender.example",
        "a name with @": b"x@other.example <a@sender.example>", "a semicolon": b"a@sender.example;",
        "two dots": b"a@sender..example",
    }
    for name, value in good.items():
        content_case(f"From: {name}", message(b"body\r\n", sender=value), ["250"], b"body\r\n")
    for name, value in bad.items():
        content_case(f"From: {name}", message(b"body\r\n", sender=value), ["550 5\\.", "closed?"])
    for name, value in {"another domain": b"a@other.example", "a domain below": b"a@sub.sender.example",
                        "a name that ends alike": b"a@notsender.example",
                        "ours as a name": b"a@sender.example <x@other.example>",
                        "ours in a comment": b"x@other.example (a@sender.example)",
                        "IDN": "a@münchen.example".encode()}.items():
        content_case(f"From: {name}", message(b"body\r\n", sender=value), ["55[0-9] 5\\.", "closed?"])


# --- c: commands -----------------------------------------------------------------------------------------------------

def commands():
    ok, mail = ["250"], b"MAIL FROM:<a@sender.example>\r\n"
    rcpt = b"RCPT TO:<b@dest.example>\r\n"
    command_case("c01 commands with LF only", ["500 5\\.5\\.2", "..."], b"EHLO client.test\nNOOP\n")
    for n in (512, 513, 1024, 2048, 10000, 1000000):
        line = b"NOOP " + b"x" * (n - 7) + b"\r\n"
        command_case(f"c02 NOOP line of {n}", ok + (["250"] if n == 512 else ["500 5\\.5\\.[26]"]) + ok, EHLO, line,
                     b"NOOP\r\n")
    command_case("c03 NUL in a command", ok + ["50[01]"] + ok, EHLO, b"NO\0OP\r\n", b"NOOP\r\n")
    command_case("8-bit in a command", ok + ["50[01]"] + ok, EHLO, b"NO\xe9OP\r\n", b"NOOP\r\n")
    command_case("bare CR in a command", ok + ["50[01]", "..."], EHLO, b"NOOP\rNOOP\r\n", b"NOOP\r\n")
    command_case("bare LF in a command", ok + ["50[01]", "..."], EHLO, b"NOOP\nNOOP\r\n", b"NOOP\r\n")
    command_case("c05 HTTP GET", ["(421|554)", CLOSED], b"GET / HTTP/1.1\r\nHost: gateway.test\r\n\r\n")
    command_case("HTTP POST", ["(421|554)", CLOSED], b"POST / HTTP/1.1\r\n\r\nEHLO x\r\n" + mail + rcpt)
    hello = b"\x16\x03\x01\x00\xf1\x01\x00\x00\xed\x03\x03" + bytes(range(32)) + b"\x20" + bytes(60) + b"\r\n"
    command_case("c06 TLS ClientHello", ["(421|50[0-9])", "..."], hello)
    command_case("TLS ClientHello without a line end", ["(421|50[0-9])", "..."], hello.replace(b"\n", b"\x0b"))
    noise = bytes((i * 197 + 31) % 256 for i in range(5000))
    command_case("binary noise", ["(421|50[0-9])", "..."], noise + b"\r\n")
    command_case("c07 MAIL before EHLO", ["(503|250)", "..."], mail)
    command_case("c08 RCPT before MAIL", ok + ["503"], EHLO, rcpt)
    command_case("c09 DATA before RCPT", ok + ["250", "(503|554)"], EHLO, mail, b"DATA\r\n")
    command_case("DATA before MAIL", ok + ["503"], EHLO, b"DATA\r\n")
    command_case("c10 nested MAIL", ok + ["250", "503"], EHLO, mail, mail)
    command_case("EHLO in a transaction resets it", ok + ["250", "250", "250", "503"], EHLO, mail, rcpt, EHLO,
                 b"DATA\r\n")
    command_case("c22 EHLO without a name", ["501"], b"EHLO\r\n")
    command_case("HELO without a name", ["501"], b"HELO\r\n")
    command_case("c22 EHLO with garbage", ["501"], b"EHLO !@#$%\r\n")
    command_case("c22 EHLO with a name of 300", ["50[01]"], b"EHLO " + b"x." * 150 + b"\r\n")
    command_case("c22 HELO with a literal", ["250"], b"HELO [127.0.0.1]\r\n")
    command_case("HELO with a bare name", ["250"], b"HELO printer\r\n")
    command_case("HELO with an underscore", ["250"], b"HELO my_printer\r\n")
    command_case("c23 DATA with an argument", ok + ["250", "250", "501"], EHLO, mail, rcpt, b"DATA now\r\n")
    command_case("c24 QUIT, then more", ["250", "221", CLOSED], EHLO + b"QUIT\r\n" + mail + rcpt)
    verbs = {
        "HELP": (b"HELP", "(214|502)"), "EXPN": (b"EXPN x", "502"), "VRFY": (b"VRFY bo@dest.example", "252"),
        "TURN": (b"TURN", "502"), "ETRN": (b"ETRN x", "502"), "XCLIENT": (b"XCLIENT NAME=x", "502"),
        "SEND": (b"SEND FROM:<a@b.example>", "502"), "SOML": (b"SOML FROM:<a@b.example>", "502"),
        "noop": (b"noop", "250"), "NoOp x y": (b"NoOp x y", "250"), "RSET x": (b"RSET x", "501"),
        "QUIT x": (b"QUIT x", "(501|221)", "closed?"), "NOOP with white space at the end": (b"NOOP \t ", "250"),
        "RSET with white space at the end": (b"RSET  ", "250"), "an empty line": (b"", "50[0-9]"),
        "white space first": (b" NOOP", "50[0-9]"), "an unknown verb": (b"FOO bar", "500"),
        "a verb that only begins so": (b"NOOPS", "500"), "MAIL alone": (b"MAIL", "501"),
        "MAIL TO": (b"MAIL TO:<a@sender.example>", "50[01]"),
    }
    for name, (text, *owed) in verbs.items():
        command_case(f"c25 {name}", ok + owed, EHLO, text + b"\r\n")
    hop.script()
    owed = ["250", "250", "250", "(554|503)", CLOSED]
    said = talk(gateway.port, BEGIN + HEAD + b"body\r\n.\r\nQUIT\r\n", owed=owed)
    judge("c26 all in one segment", said, owed, None)
    command_case("c27 DATA after a refused recipient", ["250", "250", "50[0-9]|553", "(503|554)"],
                 EHLO + mail + b"RCPT TO:<>\r\nDATA\r\n")
    command_case("c28 telnet IAC", ["50[0-9]", "..."], b"\xff\xf4\xff\xfd\x06NOOP\r\n")
    # An octet at a time: a deadline for each octet would let this pass, and one for the line must not refuse it.
    with Client(gateway.port) as client:
        client.command("EHLO client.test")
        for octet in b"NOOP\r\n":
            client.send(bytes([octet]))
            time.sleep(0.3)
        check(client.reply().code == 250, "c29 a slow command")
    with Client(gateway.port, greet=False) as client:
        client.send(EHLO)
        codes = [r.code for r in gather(client, 2)[0]]
        check(codes in ([220, 250], [554], [220, 554]), "c04 an early talker", str(codes))
    command_case("c15 BDAT", ["250", "250", "250", "50[0-3]", "..."], EHLO, mail, rcpt,
                 b"BDAT %d LAST\r\n" % len(INJECTED) + INJECTED)
    command_case("c16 AUTH PLAIN without TLS", ok + ["5(0[234]|30|38)"], EHLO, b"AUTH PLAIN AGEAYg==\r\n")
    command_case("AUTH with 12 KB", ok + ["5(0[0-4]|30|38)"], EHLO, b"AUTH PLAIN " + b"QUJD" * 3000 + b"\r\n")
    command_case("c17 STARTTLS", ok + ["(502|503|454)"], EHLO, b"STARTTLS\r\n")
    command_case("STARTTLS and what follows it", ok + ["(502|503|454)", "250"], EHLO, b"STARTTLS\r\nNOOP\r\n")
    command_case("c18 STARTTLS with an argument", ok + ["50[12]"], EHLO, b"STARTTLS now\r\n")
    # Counted, so that a client with endless errors is closed.
    for name, line, low, high in (("c19 NOOP", b"NOOP\r\n", 20, 100), ("c20 bad verbs", b"FOO\r\n", 5, 20),
                                  ("RSET", b"RSET\r\n", 20, 100), ("VRFY", b"VRFY x\r\n", 20, 100)):
        with Client(gateway.port) as client:
            codes = []
            try:
                for _ in range(200):
                    codes.append(client.command(line).code)
            except Closed:
                codes.append(CLOSED)
            ended = codes[-2:] == [421, CLOSED]
            check(ended and low <= len(codes) - 2 <= high, f"{name} many times: 421 in time",
                  f"{len(codes)} replies, the last {codes[-2:]}")
    for pieces in (5000,):
        with Client(gateway.port) as client:
            try:
                client.send(b"NOOP\r\n" * pieces)
                said = gather(client, 101)[0]
            except Closed:
                said = []
            check(not said or said[-1].code == 421 or len(said) <= 101, f"c19 {pieces} NOOP at once", str(len(said)))
    with Client(gateway.port) as client:
        client.command("EHLO client.test")
        client.command("MAIL FROM:<a@sender.example>")
        codes = []
        try:
            for i in range(2100):
                codes.append(str(client.command(f"RCPT TO:<r{i}@dest.example>"))[:9])
        except Closed:
            codes.append(CLOSED)
        good = sum(c.startswith("250") for c in codes)
        first_bad = next((c for c in codes if not c.startswith("250")), "none")
        check(100 <= good <= 1000 and first_bad == "452 4.5.3", "c21 2100 recipients: 452 4.5.3 after 100 or more",
              f"{good} accepted, then {first_bad}, at last {codes[-1]}")
        try:
            hop.script()
            verdict = client.data(HEAD + b"body\r\n")
            check(verdict.code == 250, "c21 accepted recipients stay", str(verdict))
        except Closed:
            check(codes[-1] == CLOSED, "c21 accepted recipients stay", "closed")


def paths():
    good_from = {
        "no brackets": (b"a@sender.example", b"<a@sender.example>"),
        "space after the colon": (b" <a@sender.example>", b"<a@sender.example>"),
        "spaces and no brackets": (b"  a@sender.example", b"<a@sender.example>"),
        "source route": (b"<@one.example,@two.example:a@sender.example>", b"<a@sender.example>"),
        'quoted "a b"': (b'<"a b"@sender.example>', b'<"a b"@sender.example>'),
        'quoted "a@b"': (b'<"a@b"@sender.example>', b'<"a@b"@sender.example>'),
        "quoted with backslashes": (b'<"a\\"b\\\\"@sender.example>', b'<"a\\"b\\\\"@sender.example>'),
        "quoted >": (b'<"a>b"@sender.example>', b'<"a>b"@sender.example>'),
        "domain literal": (b"<a@[192.0.2.1]>", b"<a@[192.0.2.1]>"),
        "IPv6 literal": (b"<a@[IPv6:2001:db8::1]>", b"<a@[IPv6:2001:db8::1]>"),
        "null sender": (b"<>", b"<>"),
        "all atext": (b"<!#$%&'*+-/=?^_`{|}~@sender.example>", b"<!#$%&'*+-/=?^_`{|}~@sender.example>"),
        "local part of 64": (b"<" + b"l" * 64 + b"@sender.example>", b"<" + b"l" * 64 + b"@sender.example>"),
        "8BITMIME": (b"<a@sender.example> BODY=8BITMIME", b"BODY=8BITMIME"),
        "SMTPUTF8": (b"<a@sender.example> SMTPUTF8", b"SMTPUTF8"),
        "RET=FULL": (b"<a@sender.example> RET=FULL", b"RET=FULL"),
        "lower case parameter": (b"<a@sender.example> body=8bitmime", b"<a@sender.example>"),
    }
    bad_from = {
        'quoted ""': b'<""@sender.example>', "unterminated quote": b'<"a@sender.example>',
        "two @": b"<a@b@sender.example>",
        "<<a>>": b"<<a@sender.example>>", "> missing": b"<a@sender.example", "leading dot": b"<.a@sender.example>",
        "double dot": b"<a..b@sender.example>", "trailing dot": b"<a.@sender.example>",
        "bad literal": b"<a@[999.0.2.1]>",
        "open literal": b"<a@[192.0.2.1>", "no domain": b"<a>", "empty domain": b"<a@>",
        "empty local part": b"<@sender.example>",
        "local 65": b"<" + b"l" * 65 + b"@sender.example>", "domain 260": b"<a@" + b"d." * 126 + b"example.org>",
        "label 64": b"<a@" + b"d" * 64 + b".example>", "path 1000": b"<a@" + b"d" * 980 + b".example>",
        "ctrl 0x01": b"<a\x01b@sender.example>", "tab": b"<a\tb@sender.example>",
        "CR inside quoted": b'<"a\rb"@sender.example>',
        "LF inside quoted": b'<"a\nRCPT TO:<x@y.example>"@sender.example>', "DEL": b"<a\x7f@sender.example>",
        "postmaster bare": b"<postmaster>", "comment": b"<a(c)@sender.example>",
        "junk after >": b"<a@sender.example>junk",
        "dash domain": b"<a@-sender.example>", "domain dash": b"<a@sender-.example>",
        "double dot domain": b"<a@sender..example>",
        "space inside": b"<a b@sender.example>", "nothing": b"", "a space": b" ",
        "8-bit local": "<é@sender.example>".encode(),
        "8-bit domain": "<a@é.example>".encode(), "injected parameter": b"<a@sender.example SIZE=1>",
    }
    for name, (path, passed_on) in good_from.items():
        hop.script()
        said = talk(gateway.port, EHLO, b"MAIL FROM:" + path + b"\r\n")
        seen = [c for c in hop.commands() if c[:4] == b"MAIL"]
        check(matches(said, ["250", "250"]) and len(seen) == 1 and passed_on in seen[0], f"c11 MAIL {name}",
              f"{said} {seen}")
    for name, path in bad_from.items():
        hop.script()
        said = talk(gateway.port, EHLO, b"MAIL FROM:" + path + b"\r\n", b"NOOP\r\n")
        seen = [c for c in hop.commands() if c[:4] in (b"MAIL", b"RCPT")]
        check(matches(said, ["250", "(500|501|503|553|555)", "..."]) and not seen, f"c11 MAIL {name}", f"{said} {seen}")
    check(matches(talk(gateway.port, EHLO, "MAIL FROM:<é@sender.example>\r\n".encode()), ["250", "553 5\\.6\\.7"]),
          "c11 MAIL 8-bit local part without SMTPUTF8: 553 5.6.7")
    said = talk(gateway.port, EHLO, b"MAIL FROM:<a@my_host.example>\r\n")
    check(matches(said, ["250", "(250|501)"]), "c11 MAIL underscore domain", str(said))
    parameters = {"SIZE of 21 digits": (b"SIZE=" + b"1" * 21, "501"), "SIZE=-1": (b"SIZE=-1", "501"),
                  "SIZE=abc": (b"SIZE=abc", "501"), "SIZE=": (b"SIZE=", "501"), "SIZE": (b"SIZE", "501"),
                  "SIZE=2^64": (b"SIZE=18446744073709551616", "552"),
                  "SIZE=2^64-1": (b"SIZE=18446744073709551615", "552"), "SIZE twice": (b"SIZE=1 SIZE=2", "501"),
                  "SIZE=1GB": (b"SIZE=1000000000", "552"), "unknown": (b"FOO=bar", "555"),
                  "BINARYMIME": (b"BODY=BINARYMIME", "(555|501)"), "BODY=9BIT": (b"BODY=9BIT", "(555|501)"),
                  "AUTH=<>": (b"AUTH=<>", "555"), "RET=SOME": (b"RET=SOME", "501"), "RET twice": (b"RET=FULL RET=HDRS",
                                                                                                  "501"),
                  "ENVID of 101": (b"ENVID=" + b"x" * 101, "501"), "NOTIFY": (b"NOTIFY=NEVER", "(555|501)"),
                  "SMTPUTF8=x": (b"SMTPUTF8=x", "(555|501)")}
    for name, (parameter, owed) in parameters.items():
        hop.script()
        said = talk(gateway.port, EHLO, b"MAIL FROM:<a@sender.example> " + parameter + b"\r\n")
        seen = [c for c in hop.commands() if c[:4] == b"MAIL"]
        check(matches(said, ["250", owed]) and not seen, f"c13 MAIL {name}", f"{said} {seen}")
    recipients = {
        "null": (b"<>", "501"), "postmaster": (b"<postmaster>", "250"), "Postmaster": (b"<Postmaster>", "250"),
        "source route": (b"<@one.example:b@dest.example>", "250"), "no brackets": (b"b@dest.example", "250"),
        "percent hack": (b"<b%other.example@dest.example>", "250"), "no domain": (b"<b>", "501"),
        "bang": (b"<dest.example!b@sender.example>", "250"), "SIZE=1": (b"<b@dest.example> SIZE=1", "(555|501)"),
        "NOTIFY=NEVER": (b"<b@dest.example> NOTIFY=NEVER", "250"), "two": (b"<b@dest.example>,<c@dest.example>", "501"),
        "NOTIFY=NEVER,SUCCESS": (b"<b@dest.example> NOTIFY=NEVER,SUCCESS", "501"),
    }
    for name, (path, owed) in recipients.items():
        hop.script()
        said = talk(gateway.port, EHLO, b"MAIL FROM:<a@sender.example>\r\n", b"RCPT TO:" + path + b"\r\n")
        seen = [c for c in hop.commands() if c[:4] == b"RCPT"]
        ok = matches(said, ["250", "250", owed]) and (bool(seen) == (owed == "250")) and not any(b"@one" in c
                                                                                                 for c in seen)
        check(ok, f"c12 RCPT {name}", f"{said} {seen}")
    hop.script()
    said = talk(gateway.port, EHLO, b"MAIL FROM:<a@sender.example> SIZE=10\r\n", b"RCPT TO:<b@dest.example>\r\n",
                b"DATA\r\n",
                HEAD + b"x" * 250 + b"\r\n.\r\n")
    judge("c14 SIZE=10 and more content", said, ["250", "250", "250", "354", "250"], b"x" * 250 + b"\r\n")


# --- connections -----------------------------------------------------------------------------------------------------

def connections():
    global gateway
    hop.script()
    client = Client(gateway.port)
    client.begin()
    client.command("DATA")
    text = HEAD + b"every octet its own segment\r\n.\r\n"
    for octet in text:
        client.send(bytes([octet]))
        time.sleep(0.0005)
    judge("b24 every octet its own segment", [str(client.reply())], ["250"], text[:-3])
    client.socket.close()

    hop.script()
    client = Client(gateway.port)
    client.begin()
    client.command("DATA")
    client.send(HEAD + b"QUIT\r\nRSET\r\nNOOP\r\n")
    client.send(b".\r\n")
    judge("b25 QUIT in content is content", [str(r) for r in gather(client)[0]], ["250"],
          b"QUIT\r\nRSET\r\nNOOP\r\n")
    client.socket.close()

    hop.script()
    said = talk(gateway.port, BEGIN, HEAD + b"body\r\n", owed=[CLOSED], half_close=True)
    judge("b26 half-close in content", said[4:], ["421", CLOSED] if "421" in str(said[4:]) else [CLOSED], None)
    hop.script()
    said = talk(gateway.port, BEGIN, HEAD + b"body\r\n.\r\n", owed=[CLOSED], half_close=True)
    judge("b27 half-close after the final dot", said[4:], ["250", CLOSED], b"body\r\n")
    hop.script()
    client = Client(gateway.port)
    client.begin()
    client.command("DATA")
    client.send(HEAD + b"body\r\n")
    client.reset()
    content_case("b28 reset in content, next session", HEAD + b"clean\r\n", ["250"], b"clean\r\n")

    # A client that never reads must neither use up the gateway's memory nor stop other clients.
    deaf = socket.create_connection(("127.0.0.1", gateway.port))
    deaf.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    deaf.settimeout(2)
    sent = 0
    try:
        while sent < 20000000:
            sent += deaf.send(b"HELP\r\n" * 1000)
    except OSError:
        pass
    content_case("a client that never reads stops no other client", HEAD + b"body\r\n", ["250"], b"body\r\n")
    deaf.close()
    for _ in range(500):
        socket.create_connection(("127.0.0.1", gateway.port), timeout=HUNG_S).close()
    content_case("after 500 connections that only came and went", HEAD + b"body\r\n", ["250"], b"body\r\n")

    # The limit of size: one less, exactly, one more.
    big, gateway = gateway, Gateway(work, hop.port, gateway="max-size = 100K", name="size")
    with Client(gateway.port) as client:
        offered = client.command("EHLO client.test").text
    limit = int(re.search(r"(?m)^SIZE (\d+)$", offered).group(1)) if "SIZE " in offered else 0
    check(90000 < limit <= 102400, "SIZE follows max-size", offered)
    for size in (limit - 1, limit, limit + 1):
        body = b"x" * 68 + b"\r\n"
        content = HEAD + body * 2000
        content = content[:size - 2].rstrip(b"\r\n")
        content += b"y" * (size - 2 - len(content)) + b"\r\n"
        fits = size <= limit
        content_case(f"content of SIZE {size - limit:+d}", content, ["250"] if fits else ["552 5\\.3\\.4", "closed?"],
                     content[-100:] if fits else None)
        hop.script()
        said = talk(gateway.port, EHLO, b"MAIL FROM:<a@sender.example> SIZE=%d\r\n" % size)
        check(matches(said, ["250", "250" if fits else "552 5\\.3\\.4"]), f"MAIL SIZE {size - limit:+d}", str(said))
    gateway.stop()
    gateway = big


def main():
    groups = [smuggling, normalizing, contents, authors, commands, paths, connections]
    for name, group in tally.chosen({group.__name__: group for group in groups}):
        with tally.part(name):
            group()
        if not lives((gateway,), name):
            break
    stop_all((gateway,))
    finish(work)


main()
