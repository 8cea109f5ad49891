# SPDX-License-Identifier: Apache-2.0
"""The relay between a scripted client and a scripted next hop, over TCP, octet by octet. See relay.sh."""

import re
import socket
import threading
import time

from peers import (Client, Closed, Do, Gateway, NextHop, Work, finish, later, message, run_tests, slowly, stop_all,
                   stuff, then)
from tally import HUNG_S, check, eventually

work = Work("relay")
hop = NextHop()
gateway = Gateway(work, hop.port)
acknowledged = 0        # 250s to a final dot that clients saw, of all tests
elsewhere = 0           # of these, through a gateway other than the main one
taken = 0               # 250s to a final dot that the next hop gave


def count():
    """Call before a new script: counts what the next hop accepted under the old one."""
    global taken
    taken += len(hop.messages())


def script(answer=None, **more):
    count()
    hop.script(answer, **more)


def transaction(content=None, recipients=("b@dest.example",), timeout=HUNG_S, wait=0.0, parameters=""):
    """One message; [(step, reply)], the last entry being the verdict. A closed connection is ("closed", None)."""
    global acknowledged
    said = []
    content = message() if content is None else content
    try:
        with Client(gateway.port, timeout) as client:
            steps = [("EHLO", "EHLO client.test"), ("MAIL", "MAIL FROM:<a@sender.example>" + parameters)]
            steps += [("RCPT", f"RCPT TO:<{r}>") for r in recipients]
            accepted = 0
            for step, text in steps:
                reply = client.command(text)
                said.append((step, reply))
                accepted += step == "RCPT" and reply.code < 300
                if reply.code >= 400 and step != "RCPT":
                    return said
            if not accepted:
                return said
            time.sleep(wait)
            reply = client.command("DATA")
            said.append(("DATA", reply))
            if reply.code != 354:
                return said
            client.send(stuff(content) + b".\r\n")
            reply = client.reply()
            said.append(("dot", reply))
            acknowledged += reply.code == 250
            client.send(b"QUIT\r\n")
            client.replies(1)
    except Closed:
        said.append(("closed", None))
    except (TimeoutError, ValueError) as e:
        said.append((str(e), None))
    return said


def show(said):
    return ", ".join(f"{step}: {reply}" for step, reply in said)


def last(said):
    """The last reply."""
    replies = [reply for _, reply in said if reply]
    return replies[-1]


def delivered(name, content=None, recipients=("b@dest.example",), **more):
    """A message goes through: 250 with the next hop's text, octet-exact, signed, its signature verifies."""
    content = message() if content is None else content
    before = len(hop.messages())
    said = transaction(content, recipients, **more)
    verdict = last(said)
    if not check(said[-1][0] == "dot" and verdict.code == 250, name, show(said)):
        return None
    got = hop.messages()[before:]
    if not check(len(got) == 1, name, f"{len(got)} messages arrived"):
        return None
    arrived = got[0][2]
    check(exact(arrived, content), name, f"other octets arrived: {arrived[-300:]!r}")
    check(gateway.verify(arrived), name, "the signature does not verify")
    check(b" ".join(got[0][1]).lower().count(b"<") == len(recipients), name, f"recipients: {got[0][1]}")
    return arrived


def exact(arrived, content):
    """The unchanged content, after nothing but our signature and Received."""
    if not arrived.endswith(content):
        return False
    front = arrived[:len(arrived) - len(content)]
    names = [f.partition(b":")[0].lower() for f in re.sub(rb"\r\n[ \t]", b" ", front).split(b"\r\n") if f]
    return b"\n" not in front.replace(b"\r\n", b"") and sorted(names) == [b"dkim-signature", b"received"]


def nothing(name):
    check(not hop.messages(), name, "the next hop accepted a message")


# --- ordinary mail --------------------------------------------------------------------------------------------------

def test_octets():
    bodies = {
        "plain": b"Hello.\r\n",
        "no body": b"",
        "only an empty line": b"\r\n",
        "many empty lines at the end": b"x\r\n" + b"\r\n" * 50,
        "only white space": b" \t \r\n\t\r\n",
        "dots": b".\r\n..\r\n...\r\n.x\r\n. \r\nx.\r\n.\r\n",
        "a dot line first": b".\r\nx\r\n",
        "8-bit": bytes(range(128, 256)) * 3 + b"\r\n" + "żółć ✓\r\n".encode(),
        "UTF-8": "Grüße, 你好, 👋\r\n".encode(),
        "control characters": bytes(c for c in range(1, 32) if c not in (10, 13)) + b"\x7f\r\n",
        "a line of 998": b"x" * 998 + b"\r\n",
        "a line of 999": b"x" * 999 + b"\r\n",
        "a line of 100000": b"y" * 100000 + b"\r\n",
        "lines with white space at the end": b"a \t\r\nb  \r\n  c\r\n",
        "commands as text": b"QUIT\r\nRSET\r\nMAIL FROM:<x@y.example>\r\nDATA\r\n",
        "1 MB": b"".join(b"%08d the quick brown fox jumps over the lazy dog\r\n" % i for i in range(20000)),
    }
    for name, body in bodies.items():
        delivered(f"octets: {name}", message(body))
    delivered("octets: header only, no empty line", message()[:message().index(b"\r\n\r\n") + 2])
    folded = b"X-Folded:\r\n\tone\r\n \t two \r\nX-Empty:\r\nX-Space : odd\r\n"
    delivered("octets: folded, empty and odd fields", message(more=folded))
    two = b"Received: from a by b; Tue, 14 Nov 2023 22:13:20 +0000\r\n"
    delivered("octets: a foreign DKIM-Signature stays",
              b"DKIM-Signature: v=1; a=rsa-sha256; d=other.example; s=x; h=from; bh=AA==; b=AA==\r\n" + two + message())
    delivered("octets: three recipients", recipients=("b@dest.example", "c@dest.example", "d@other.example"))


def test_clients():
    global acknowledged
    script()
    with Client(gateway.port) as client:
        client.begin()
        first = client.data(message(b"one\r\n"))
        client.command("MAIL FROM:<a@sender.example>")
        client.command("RCPT TO:<c@dest.example>")
        second = client.data(message(b"two\r\n"))
        check((first.code, second.code) == (250, 250), "two messages in one connection", f"{first}, {second}")
        acknowledged += 2
    got = [m[2][-5:] for m in hop.messages()]
    check(got == [b"one\r\n", b"two\r\n"], "two messages in one connection arrive as two", str(got))

    script()
    with Client(gateway.port) as client:
        client.begin()
        reset = client.command("RSET")
        client.command("MAIL FROM:<z@sender.example>")
        client.command("RCPT TO:<z@dest.example>")
        reply = client.data(message())
        acknowledged += reply.code == 250
        check(reset.code == reply.code == 250, "RSET ends the transaction", str(reply))
    got = hop.messages()
    check(len(got) == 1 and len(got[0][1]) == 1 and b"z@dest" in got[0][1][0], "RSET removes the recipients",
          str(got)[:300])

    script()
    with Client(gateway.port) as client:
        client.command("EHLO client.test")
        client.send(b"MAIL FROM:<a@sender.example>\r\nRCPT TO:<b@dest.example>\r\nRCPT TO:<c@dest.example>\r\nDATA\r\n")
        codes = [client.reply().code for _ in range(4)]
        client.send(message() + b".\r\nMAIL FROM:<a@sender.example>\r\nRCPT TO:<d@dest.example>\r\nDATA\r\n")
        codes += [client.reply().code for _ in range(4)]
        client.send(message(b"second\r\n") + b".\r\nQUIT\r\n")
        codes += [client.reply().code for _ in range(2)]
        acknowledged += (codes[4] == 250) + (codes[8] == 250)
    check(codes == [250, 250, 250, 354, 250, 250, 250, 354, 250, 221], "a pipelining client", str(codes))
    check(len(hop.messages()) == 2, "a pipelining client's two messages", str(len(hop.messages())))

    script()
    with Client(gateway.port) as client:
        for octet in b"EHLO client.test\r\nMAIL FROM:<a@sender.example>\r\nRCPT TO:<b@dest.example>\r\nDATA\r\n":
            client.send(bytes([octet]))
        codes = [client.reply().code for _ in range(4)]
        for octet in message(b".. dots\r\n.\r\n"[4:]) + b".\r\n":
            client.send(bytes([octet]))
        codes.append(client.reply().code)
        acknowledged += codes[-1] == 250
    check(codes == [250, 250, 250, 354, 250], "one octet at a time", str(codes))

    # A message that is cut off is not delivered.
    for name, end in (("before the final dot", b""), ("inside the final dot", b".\r"), ("after the dot alone", b".")):
        for way in ("close", "reset"):
            script()
            client = Client(gateway.port)
            client.begin()
            client.command("DATA")
            client.send(message() + end)
            time.sleep(0.05)
            aborted = gateway.log().count("verdict=aborted")
            client.reset() if way == "reset" else client.socket.close()
            eventually(lambda: gateway.log().count("verdict=aborted") > aborted)
            nothing(f"client {way}s {name}")
    script()
    delivered("mail is delivered afterwards")


def test_concurrent():
    global acknowledged
    script()
    failures, done = [], []

    def run(i):
        try:
            with Client(gateway.port) as client:
                client.command(f"EHLO c{i}.test")
                for j in range(5):
                    client.command("MAIL FROM:<a@sender.example>")
                    client.command("RCPT TO:<b@dest.example>")
                    reply = client.data(message(b"message %d of %d\r\n" % (j, i) * 200))
                    if reply.code == 250:
                        done.append((i, j))
                    else:
                        failures.append(str(reply))
        except (Closed, TimeoutError, ValueError) as e:
            failures.append(f"client {i}: {e}")

    threads = [threading.Thread(target=run, args=(i,)) for i in range(40)]
    for t in threads:
        t.start()
    for t in threads:
        t.join()
    acknowledged += len(done)
    check(len(done) == 200, "40 clients at once, 5 messages each", f"{len(done)}; {failures[:3]}")
    got = hop.messages()
    check(len(got) == 200 and all(gateway.verify(m[2]) for m in got), "200 messages arrive, each verifies",
          str(len(got)))
    bodies = {m[2].partition(b"\r\n\r\n")[2] for m in got}
    check(len(bodies) == 200, "no two of them are mixed", str(len(bodies)))


def is_greeted():
    with Client(gateway.port) as client:
        return client.greeting.code == 220


def test_session_limit():
    script()
    clients = []
    try:
        for i in range(64):
            clients.append(Client(gateway.port))
        check(all(c.greeting.code == 220 for c in clients), "64 sessions are greeted")
        try:
            with Client(gateway.port) as extra:
                check(extra.greeting.code == 421, "the 65th gets 421", str(extra.greeting))
        except (Closed, TimeoutError) as e:
            check(False, "the 65th gets 421", str(e))
        check(clients[0].command("NOOP").code == 250, "the 64 continue")
    except (Closed, TimeoutError) as e:
        check(False, "64 sessions at once", f"{len(clients)}: {e}")
    finally:
        for c in clients:
            c.socket.close()
    eventually(is_greeted)
    delivered("mail is delivered afterwards")


# --- the next hop's word --------------------------------------------------------------------------------------------

CODES = (421, 450, 451, 452, 500, 503, 550, 552, 554)


def test_refusals():
    for code in CODES:
        enhanced = f"{code // 100}.7.{code % 100}"
        text = f"{code} {enhanced} scripted refusal of {code}"
        line = text.encode() + b"\r\n"
        for at in ("connect", "EHLO", "MAIL", "RCPT", "DATA", "dot"):
            def answer(step, given, session):
                if at == "EHLO" and step == "HELO":
                    return line
                if step == at:
                    return then(line, Do.CLOSE) if code == 421 else line
                return None
            script(answer)
            said = transaction()
            name = f"{code} at {at}"
            nothing(name)
            verdict = last(said)
            if at in ("connect", "EHLO"):
                check(verdict.code in (451, 421), f"{name}: 451 to the client", show(said))
            elif code == 421:
                check(verdict.code in (421, 451), f"{name}: 421 or 451 to the client", show(said))
            else:
                check(str(verdict) == text, f"{name}: code, enhanced code and text pass", show(said))
                where = [step for step, _ in said][-1]
                check(where == at or at == "DATA" and where == "dot", f"{name}: at the matching verb", show(said))
    script()
    delivered("mail is delivered after all refusals")


def test_recipients():
    """A verdict for each recipient."""
    def answer(step, line, session):
        if step == "RCPT" and b"bad@" in line:
            return b"550 5.1.1 no such user here\r\n"
        if step == "RCPT" and b"later@" in line:
            return b"450 4.2.1 greylisted\r\n"
        return None
    script(answer)
    said = transaction(recipients=("good@dest.example", "bad@dest.example", "later@dest.example", "good2@dest.example"))
    texts = [str(reply) for step, reply in said if step == "RCPT"]
    check(texts == ["250 2.1.5 recipient fine", "550 5.1.1 no such user here", "450 4.2.1 greylisted",
                    "250 2.1.5 recipient fine"], "a verdict per recipient", str(texts))
    got = hop.messages()
    check(last(said).code == 250 and len(got) == 1 and len(got[0][1]) == 2, "the message goes to those accepted",
          show(said))
    script(lambda step, line, session: b"550 5.1.1 no such user\r\n" if step == "RCPT" else None)
    said = transaction()
    check(last(said).code == 550, "no recipient left", show(said))
    nothing("no recipient left")


def test_long_replies():
    def lines(code, n, width):
        rows = [f"{code}-2.0.0 line {i} " + "x" * width for i in range(n - 1)] + [f"{code} 2.0.0 the last"]
        return "\r\n".join(rows).encode() + b"\r\n"

    cases = {
        "two lines": b"250-2.0.0 first\r\n250 2.0.0 second\r\n",
        "no text": b"250\r\n",
        "a space only": b"250 \r\n",
        "bare LF": b"250 2.0.0 fine\n",
        "lines that disagree": b"451-4.0.0 no\r\n250 2.0.0 yes\r\n",
        "40 lines": lines(250, 40, 10),
        "a line of 510": b"250 2.0.0 " + b"x" * 498 + b"\r\n",
        "a line of 1500": b"250 2.0.0 " + b"x" * 1500 + b"\r\n",
        "8-bit text": "250 2.0.0 köszönöm\r\n".encode(),
    }
    for name, reply in cases.items():
        for at in ("MAIL", "RCPT", "dot"):
            script(lambda step, line, session: reply if step == at else None)
            said = transaction()
            check(last(said).code == 250, f"reply of {name} at {at}", show(said)[:300])
    script(lambda step, line, session: b"550-5.7.1 first reason\r\n550-5.7.1 second reason\r\n550 5.7.1 third\r\n"
           if step == "RCPT" else None)
    text = last(transaction()).text
    check(all(w in text for w in ("first reason", "second reason", "third")), "all lines of a refusal pass", text)

    nonsense = {
        "nonsense": b"what is this\r\n",
        "two digits": b"25 ok\r\n",
        "a code of 999": b"999 9.9.9 ok\r\n",
        "a code of 100": b"100 wait\r\n",
        "a line of 10000": b"250 " + b"x" * 10000 + b"\r\n",
        "1000 lines": lines(250, 1000, 5),
        "a TLS record": b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + bytes(50) + b"\r\n",
        "NULs": b"\0\0\0\0\r\n",
    }
    for name, reply in nonsense.items():
        for at in ("connect", "EHLO", "MAIL", "RCPT", "DATA", "dot"):
            script(lambda step, line, session: reply if step == at or at == "EHLO" and step == "HELO" else None)
            said = transaction()
            nothing_unless_dot(f"reply of {name} at {at}", at)
            check(last(said).code in (421, 451), f"reply of {name} at {at}: 451", show(said)[:300])
    # A reply that comes too early must not count as the reply to the next command.
    script(lambda step, line, session: b"250 2.1.0 fine\r\n250 2.1.5 early\r\n" if step == "MAIL" else
           b"550 5.1.1 no such user\r\n" if step == "RCPT" else None)
    said = transaction()
    nothing("a reply too early")
    check(last(said).code >= 400, "a reply too early", show(said))
    script()
    delivered("mail is delivered after all nonsense")


def nothing_unless_dot(name, at):
    if at != "dot":
        nothing(name)


# --- connections that end --------------------------------------------------------------------------------------------

def test_endings():
    for way in (Do.CLOSE, Do.RESET):
        for at in ("connect", "EHLO", "MAIL", "RCPT", "DATA", "dot"):
            script(lambda step, line, session: Do(way) if step == at else None)
            doubts = gateway.log().count("verdict=in-doubt")
            said = transaction(timeout=20)
            name = f"{way} at {at}"
            nothing(name)
            check(last(said).code in (421, 451), f"{name}: 451 to the client", show(said))
            if at == "dot":
                check(eventually(lambda: in_doubt_since(doubts)), f"{name}: in doubt, with its Message-ID, in the log",
                      gateway.log()[-600:])
        for octets in (1, 50, 400, 20000):
            body = b"0123456789" * 6 + b"\r\n"
            script(lambda step, line, session: Do(way) if step == "content" and len(line) >= octets else None)
            said = transaction(message(body * 800))
            name = f"{way} after {octets} octets of content"
            nothing(name)
            check(last(said).code in (421, 451), f"{name}: 451", show(said))
    script()
    delivered("mail is delivered after all endings")
    # Half a reply is no reply.
    script(lambda step, line, session: Do(Do.CLOSE, b"250 2.0.0 tak") if step == "dot" else None)
    said = transaction(timeout=20)
    check(last(said).code in (421, 451), "close inside the reply to the dot", show(said))
    script(lambda step, line, session: Do(Do.CLOSE, b"250-2.0.0 taken\r\n") if step == "dot" else None)
    said = transaction(timeout=20)
    check(last(said).code in (421, 451), "close after the first line of the reply to the dot", show(said))
    # No server listens.
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        other = Gateway(work, closed.getsockname()[1], name="unreachable")
        with Client(other.port) as client:
            reply = client.begin()
            check(reply.code in (421, 451), "next hop not listening: 451", str(reply))
        other.stop()


def in_doubt_since(doubts):
    """One more line with in-doubt, which names the message."""
    lines = [line for line in gateway.log().splitlines() if "verdict=in-doubt" in line]
    return len(lines) > doubts and "1@sender.example" in lines[-1]


def test_idle():
    """Next hops drop idle connections; the client must not notice."""
    for name, what in (("close", Do(Do.CLOSE, b"250 2.1.5 recipient fine\r\n")),
                       ("reset", Do(Do.RESET, b"250 2.1.5 recipient fine\r\n")),
                       ("421 and close", Do(Do.CLOSE, b"250 2.1.5 recipient fine\r\n421 4.4.2 idle too long\r\n"))):
        first = []

        def answer(step, line, session):
            if step == "RCPT" and not first:
                first.append(session)
                return what
            return None
        script(answer)
        delivered(f"idle {name} before DATA: unnoticed", wait=0.4)
        check(len(hop.sessions) >= 2, f"idle {name} before DATA: reopened")

    first = []

    def answer(step, line, session):
        if step == "EHLO" and not first:
            first.append(session)
            return Do(Do.CLOSE, b"250-next.test\r\n250-SIZE 60000000\r\n250 8BITMIME\r\n")
        return None
    script(answer)
    with Client(gateway.port) as client:
        client.command("EHLO client.test")
        time.sleep(0.4)
        codes = [client.command("MAIL FROM:<a@sender.example>").code, client.command("RCPT TO:<b@dest.example>").code,
                 client.data(message()).code]
        global acknowledged
        acknowledged += codes[-1] == 250
    check(codes == [250, 250, 250], "idle close after EHLO: unnoticed", str(codes))

    # Between two messages.
    script(lambda step, line, session: Do(Do.CLOSE, b"250 2.0.0 taken\r\n") if step == "dot" else None)
    with Client(gateway.port) as client:
        client.begin()
        codes = [client.data(message()).code]
        time.sleep(0.3)
        codes += [client.command("MAIL FROM:<a@sender.example>").code, client.command("RCPT TO:<b@dest.example>").code,
                  client.data(message()).code]
        acknowledged += (codes[0] == 250) + (codes[-1] == 250)
    check(codes == [250, 250, 250, 250], "idle close between two messages: unnoticed", str(codes))
    # We do not judge a different verdict at the second time.
    first = []

    def refuse_later(step, line, session):
        if step == "RCPT":
            if not first:
                first.append(session)
                return Do(Do.CLOSE, b"250 2.1.5 recipient fine\r\n")
            return b"550 5.1.1 gone meanwhile\r\n"
        return None
    script(refuse_later)
    said = transaction(wait=0.4)
    nothing("another verdict at the second time")
    check(last(said).code == 451, "another verdict at the second time: 451", show(said))


def test_slow():
    extensions = b"250-next.test\r\n250-PIPELINING\r\n250-SIZE 60000000\r\n250-8BITMIME\r\n250 SMTPUTF8\r\n"
    normal = {"connect": b"220 next.test ESMTP\r\n", "EHLO": extensions, "MAIL": b"250 2.1.0 fine\r\n",
              "RCPT": b"250 2.1.5 recipient fine\r\n", "DATA": b"354 go on\r\n", "dot": b"250 2.0.0 taken\r\n"}
    script(lambda step, line, session: slowly(normal[step]) if step in normal else None)
    delivered("all replies octet by octet", message(b"slow\r\n" * 100))
    for at in normal:
        script(lambda step, line, session: later(normal[at], 1.5) if step == at else None)
        delivered(f"a reply after 1.5 s at {at}")
    script(read_delay=0.02)
    delivered("a next hop that reads slowly", message(b"0123456789" * 7 + b"\r\n" * 10000))
    # While one waits for its next hop, others are served.
    reached, released, results = threading.Event(), threading.Event(), []

    def hold(step, line, session):
        if step != "dot" or b"slow" not in line:
            return None
        reached.set()
        released.wait(HUNG_S)
        return b"250 2.0.0 at last\r\n"

    script(hold)
    thread = threading.Thread(target=lambda: results.append(transaction(message(b"slow\r\n"))))
    thread.start()
    check(reached.wait(HUNG_S), "one waits")
    delivered("another client meanwhile", message(b"quick\r\n"))
    check(not results, "another client does not wait", results)
    released.set()
    thread.join()
    check(last(results[0]).code == 250, "the waiting one gets its 250", show(results[0]))


# --- EHLO is a mirror -------------------------------------------------------------------------------------------------

def offers():
    with Client(gateway.port) as client:
        reply = client.command("EHLO client.test")
        return {line.split()[0].upper(): line.split()[1:] for line in reply.lines[1:]}


def test_mirror():
    script()
    offered = offers()
    check({"8BITMIME", "SMTPUTF8", "DSN", "SIZE", "PIPELINING", "ENHANCEDSTATUSCODES"} <= set(offered),
          "what the next hop has is offered", str(offered))
    check(0 < int(offered.get("SIZE", [0])[0]) <= 25 * 1024 * 1024, "SIZE is ours when the next hop's is larger",
          str(offered))
    check(not {"CHUNKING", "BINARYMIME", "STARTTLS", "AUTH", "ETRN", "VRFY"} & set(offered) - {"VRFY"},
          "nothing else is offered", str(offered))
    script(extensions=("CHUNKING", "BINARYMIME", "STARTTLS", "AUTH PLAIN LOGIN", "SIZE 100000", "X-OTHER"))
    offered = offers()
    check(not {"8BITMIME", "SMTPUTF8", "DSN"} & set(offered), "what the next hop lacks is not offered", str(offered))
    check(not {"CHUNKING", "BINARYMIME", "STARTTLS", "AUTH", "X-OTHER"} & set(offered),
          "what we do not do is not offered", str(offered))
    check(90000 <= int(offered.get("SIZE", [0])[0]) <= 100000, "SIZE is the next hop's when smaller", str(offered))
    said = transaction(parameters=" SIZE=100001")
    check(last(said).code == 552, "SIZE over the next hop's: 552", show(said))
    said = transaction(message(b"x" * 70 + b"\r\n" * 60000))
    check(last(said).code == 552, "content over the next hop's SIZE: 552", show(said))
    nothing("content over the next hop's SIZE")
    for parameter in (" BODY=8BITMIME", " SMTPUTF8", " RET=HDRS"):
        said = transaction(parameters=parameter)
        check(last(said).code == 555, f"{parameter.strip()} when not offered: 555", show(said))
    said = transaction(message("Grüße\r\n".encode()))
    check(last(said).code == 554 and last(said).text.startswith("5.6.3"),
          "8-bit body, next hop without 8BITMIME: 554 5.6.3",
          show(said))
    nothing("8-bit body, next hop without 8BITMIME")

    script(lambda step, line, session: b"502 5.5.1 no EHLO here\r\n" if step == "EHLO" else None)
    offered = offers()
    check(not {"8BITMIME", "SMTPUTF8", "DSN"} & set(offered), "next hop with HELO only: no extensions", str(offered))
    delivered("next hop with HELO only")

    script()
    said = transaction(parameters=" SIZE=200 BODY=8BITMIME RET=HDRS ENVID=abc")
    mails = [c for c in hop.commands() if c.upper().startswith(b"MAIL")]
    check(last(said).code == 250 and mails and b"RET=HDRS" in mails[-1] and b"ENVID=abc" in mails[-1] and
          b"BODY=8BITMIME" in mails[-1], "MAIL parameters are passed on", f"{mails} {show(said)}")
    sizes = re.findall(rb"SIZE=(\d+)", b" ".join(mails))
    check(not sizes or int(sizes[0]) >= 200, "SIZE passed on is not smaller than the client's", str(mails))
    with Client(gateway.port) as client:
        client.command("EHLO client.test")
        client.command("MAIL FROM:<a@sender.example>")
        reply = client.command("RCPT TO:<b@dest.example> NOTIFY=SUCCESS,FAILURE ORCPT=rfc822;b@dest.example")
    rcpts = [c for c in hop.commands() if c.upper().startswith(b"RCPT")]
    check(reply.code == 250 and b"NOTIFY=SUCCESS,FAILURE" in rcpts[-1] and b"ORCPT=rfc822;b@dest.example" in rcpts[-1],
          "RCPT parameters are passed on", str(rcpts[-1:]))
    said = transaction("From: a@sender.example\r\nTo: jürgen@dest.example\r\nSubject: Grüße\r\n\r\nHallo\r\n".encode(),
                       recipients=("jürgen@dest.example",), parameters=" SMTPUTF8")
    got = hop.messages()
    check(last(said).code == 250 and gateway.verify(got[-1][2]) and "jürgen".encode() in got[-1][1][0],
          "SMTPUTF8 from end to end", show(said))


def test_loop():
    received = b"Received: from a by b; Tue, 14 Nov 2023 22:13:20 +0000\r\n"
    script()
    delivered("50 Received fields", received * 50 + message())
    script()
    said = transaction(received * 51 + message())
    check(str(last(said)).startswith("554 5.4.6"), "51 Received fields: 554 5.4.6", show(said))
    nothing("51 Received fields")


def test_null_sender():
    global acknowledged
    script()
    with Client(gateway.port) as client:
        client.command("EHLO client.test")
        replies = [client.command("MAIL FROM:<>"), client.command("RCPT TO:<b@dest.example>")]
        replies.append(client.data(message(sender=b"MAILER-DAEMON@sender.example")))
        acknowledged += replies[-1].code == 250
    got = hop.messages()
    check(all(r.code == 250 for r in replies) and got and gateway.verify(got[0][2]) and b"<>" in got[0][0],
          "MAIL FROM:<> is signed by its From", ", ".join(map(str, replies)))


def test_policy():
    script()
    said = transaction(message(sender=b"a@other.example"))
    check(last(said).code == 550 and "5.7.1" in last(said).text, "a From domain without a key: 550 5.7.1", show(said))
    nothing("a From domain without a key")
    stranger = Gateway(work, hop.port, name="stranger", config=CONFIG_STRANGER)
    try:
        with Client(stranger.port) as client:
            reply = client.greeting if client.greeting.code >= 400 else client.begin()
            check(reply.code in (550, 554), "an unknown client: 550 or 554", str(reply))
    except Closed:
        check(False, "an unknown client: 550 or 554", "closed without a reply")
    stranger.stop()
    slow = Gateway(work, hop.port, name="rate", config=CONFIG_RATE)
    with Client(slow.port) as client:
        codes = []
        client.command("EHLO client.test")
        for _ in range(4):
            reply = client.command("MAIL FROM:<a@sender.example>")
            if reply.code == 250:
                client.command("RCPT TO:<b@dest.example>")
                reply = client.data(message())
            codes.append(str(reply)[:9])
    check(codes[:3] == ["250 2.0.0"] * 3 and codes[3] == "451 4.7.1", "the rate ends in 451 4.7.1", str(codes))
    global acknowledged, elsewhere
    acknowledged += sum(c.startswith("250") for c in codes)
    elsewhere += sum(c.startswith("250") for c in codes)
    slow.stop()


CONFIG_STRANGER = """\
[gateway]
hostname = gateway.test
{gateway}
[client test]
network = 192.0.2.0/24
from = sender.example
[domain sender.example]
selector = seal
key = {key}
"""
CONFIG_RATE = """\
[gateway]
hostname = gateway.test
{gateway}
[client test]
network = 0.0.0.0/0
from = sender.example
rate = 3/h
[domain sender.example]
selector = seal
key = {key}
"""


def main():
    run_tests(globals(), (gateway,), before=script)
    count()
    check(acknowledged <= taken, "never a 250 without the next hop's", f"{acknowledged} given, {taken} taken")
    stop_all((gateway,))
    stats = [line for line in gateway.log().splitlines() if " stats " in line]
    counters = dict(re.findall(r"([a-z-]+)=(\d+)", stats[-1] if stats else ""))
    check(int(counters.get("delivered", -1)) == acknowledged - elsewhere,
          "the counter of deliveries is what clients saw", f"{counters}, {acknowledged}, {elsewhere}")
    check(int(counters.get("in-doubt", -1)) == gateway.log().count("verdict=in-doubt"), "in-doubt is counted",
          str(counters))
    finish(work)


main()
