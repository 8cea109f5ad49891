# SPDX-License-Identifier: Apache-2.0
"""What the end-to-end tests need: the gateway as a process, a client that sends exactly what it is given, and a next
hop that replies exactly what it is given and keeps every octet it got."""

import atexit
import base64
import itertools
import os
import re
import select
import shutil
import signal
import socket
import ssl
import struct
import subprocess
import sys
import tempfile
import threading
import time

import dkim
import tally
from tally import HUNG_S

BUILD = os.environ.get("BUILD", "build")
# A signal ends the program properly: all that was started is stopped.
for number in (signal.SIGTERM, signal.SIGHUP, signal.SIGINT):
    signal.signal(number, lambda *_: sys.exit(1))

MAILSEAL = os.environ.get("MAILSEAL", f"{BUILD}/host/mailseal")
MAILSEALD = os.environ.get("MAILSEALD", f"{BUILD}/host/mailseald")
OPENDKIM = f"{BUILD}/host/tests/diff/opendkim"
DOMAIN = "sender.example"
SELECTOR = "seal"
NAME = "gateway.test"

CONFIG = """\
[gateway]
hostname = gateway.test
{gateway}
[client test]
network = 0.0.0.0/0
from = sender.example
rate = 100000/min
{client}
[domain sender.example]
selector = seal
key = {key}
{domain}
"""


class Work:
    """A folder for this run alone, so that two runs do not share one; removed at the end unless a check failed."""

    def __init__(self, name):
        os.makedirs(f"{BUILD}/e2e", exist_ok=True)
        self.path = tempfile.mkdtemp(prefix=f"{name}-", dir=os.path.abspath(f"{BUILD}/e2e"))

    def remove(self):
        shutil.rmtree(self.path, ignore_errors=True)

    def file(self, name, text):
        path = f"{self.path}/{name}"
        with open(path, "w") as f:
            f.write(text)
        return path


def make_key(work):
    path = f"{work.path}/key.pem"
    run = subprocess.run([MAILSEAL, "key", "new", "--domain", DOMAIN, "--selector", SELECTOR, "-o", path],
                         capture_output=True)
    if run.returncode != 0:
        sys.exit(f"mailseal key new failed: {run.stderr.decode()}")
    public = subprocess.run(["openssl", "pkey", "-in", path, "-pubout"], capture_output=True, check=True).stdout
    return path, b"v=DKIM1; k=rsa; p=" + b"".join(public.split(b"\n")[1:-2])


def run_tests(tests, gateways, before=lambda: None, after=lambda: None):
    """The functions test_* among `tests`, or those that the command line names, while the gateways live."""
    for name, test in tally.chosen({name: tests[name] for name in sorted(tests) if name.startswith("test_")}):
        before()
        with tally.part(name):
            test()
        after()
        if not lives(gateways, name):
            break


def lives(gateways, name):
    return tally.check(all(gw.alive() for gw in gateways), f"{name}: mailseald is still running",
                       "".join(gw.log() for gw in gateways)[-2000:])


def stop_all(gateways):
    for gw in gateways:
        code, log = gw.stop(), gw.log()
        name = os.path.basename(gw.log_path)
        tally.check(code == 0, f"{name}: mailseald ends cleanly on SIGTERM", str(code))
        tally.check("Sanitizer" not in log and "runtime error" not in log, f"{name}: no sanitizer report", log[-2000:])


def finish(work):
    if tally.failed == 0:
        atexit.register(work.remove)
    else:
        print(f"logs are in {work.path}")
    tally.end()


# --- the gateway -----------------------------------------------------------------------------------------------------

class Gateway:
    def __init__(self, work, next_hop, gateway="", client="", domain="", config=None, options=(), name="gateway"):
        self.key, self.record = getattr(work, "key", None) or make_key(work)
        work.key = self.key, self.record
        self.log_path = f"{work.path}/{name}.log"
        text = (config or CONFIG).format(gateway=f"next-hop = 127.0.0.1:{next_hop}\n" + gateway, client=client,
                                         domain=domain, key=self.key)
        with open(self.log_path, "wb") as log:
            self.process = subprocess.Popen(
                [MAILSEALD, "-c", work.file(f"{name}.conf", text), "--listen", "127.0.0.1:0",
                 "--listen-tls", "127.0.0.1:0", "--next-hop", f"127.0.0.1:{next_hop}", *options],
                stdout=log, stderr=log, stdin=subprocess.DEVNULL)
        atexit.register(self.stop)
        self.wait()

    def wait(self):
        end = time.monotonic() + HUNG_S
        while time.monotonic() < end:
            found = re.search(r"listening on 127\.0\.0\.1:(\d+)", self.log())
            if found:
                self.port = int(found.group(1))
                found = re.search(r"listening for TLS on 127\.0\.0\.1:(\d+)", self.log())
                self.port_tls = found and int(found.group(1))
                return
            if self.process.poll() is not None:
                break
            time.sleep(0.02)
        raise RuntimeError(f"mailseald does not listen: {self.log()[-2000:]}")

    def log(self):
        with open(self.log_path, errors="replace") as f:
            return f.read()

    def stop(self):
        if self.process.poll() is None:
            self.process.terminate()
            try:
                self.process.wait(HUNG_S)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
        return self.process.returncode

    def alive(self):
        return self.process.poll() is None

    def verify(self, message):
        """Does the topmost signature of the message as it arrived (CRLF, dots undone) verify?"""
        def look_up(name, timeout=5):
            return self.record if name == f"{SELECTOR}._domainkey.{DOMAIN}.".encode() else b""
        try:
            return dkim.DKIM(message).verify(idx=0, dnsfunc=look_up)
        except dkim.MessageFormatError:
            # dkimpy does not read "Name :" (RFC 5322 4.5.8), libopendkim does.
            return self.verify_opendkim(message)
        except Exception:
            return False

    def verify_opendkim(self, message):
        folder = os.path.dirname(self.log_path)
        with open(f"{folder}/record.txt", "wb") as f:
            f.write(self.record)
        with open(f"{folder}/verify.eml", "wb") as f:
            f.write(message)
        run = subprocess.run([OPENDKIM, f"{folder}/record.txt"], input=f"{folder}/verify.eml\n", text=True,
                             capture_output=True)
        return "\tpass\t" in run.stdout


# --- the client ------------------------------------------------------------------------------------------------------

class Closed(Exception):
    """The peer closed or reset the connection."""


class Reply:
    def __init__(self, lines):
        self.lines = lines                      # without codes
        self.code = lines and int(self.raw_code(lines[-1])) or 0
        self.lines = [line[4:] for line in lines]
        self.text = "\n".join(self.lines)

    @staticmethod
    def raw_code(line):
        if not re.match(r"[2-5][0-9][0-9]([ -]|$)", line):
            raise ValueError(f"not a reply: {line!r}")
        return line[:3]

    def __str__(self):
        return f"{self.code} {self.text}".replace("\n", " / ")


class Client:
    """`tls`, a context: TLS from the first octet."""

    def __init__(self, port, timeout=HUNG_S, greet=True, tls=None):
        self.socket = socket.create_connection(("127.0.0.1", port), timeout=timeout)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.timeout = timeout
        self.buffer = b""
        if tls:
            self.secure(tls)
        self.greeting = self.reply() if greet else None

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.socket.close()

    def secure(self, context):
        try:
            self.socket.settimeout(max(HUNG_S, self.timeout))
            self.socket = context.wrap_socket(self.socket, server_hostname=context.check_hostname and NAME or None)
        except TimeoutError:
            raise
        except OSError as e:
            raise Closed(str(e)) from None

    def starttls(self, context):
        reply = self.command("STARTTLS")
        if reply.code == 220:
            self.secure(context)
        return reply

    def send(self, data):
        try:
            self.socket.settimeout(600)
            self.socket.sendall(data if isinstance(data, bytes) else data.encode())
        except (BrokenPipeError, ConnectionResetError, ssl.SSLError) as e:
            raise Closed(str(e)) from None

    def line(self, timeout=None):
        end = time.monotonic() + (timeout or self.timeout)
        while b"\n" not in self.buffer:
            left = end - time.monotonic()
            if left <= 0:
                raise TimeoutError("no reply in time")
            self.socket.settimeout(left)
            try:
                data = self.socket.recv(65536)
            except (ConnectionResetError, ssl.SSLError) as e:
                raise Closed(str(e) or "reset") from None
            except socket.timeout:
                raise TimeoutError("no reply in time") from None
            if not data:
                raise Closed("closed")
            self.buffer += data
        line, _, self.buffer = self.buffer.partition(b"\n")
        if not line.endswith(b"\r"):
            raise ValueError(f"a reply without CRLF: {line!r}")
        return line[:-1].decode("utf-8", "replace")

    def reply(self, timeout=None):
        lines = [self.line(timeout)]
        while lines[-1][3:4] == "-":
            lines.append(self.line(timeout))
        return Reply(lines)

    def command(self, text, timeout=None):
        self.send(text if isinstance(text, bytes) else text.encode() + b"\r\n")
        return self.reply(timeout)

    def replies(self, timeout):
        """All that comes until nothing comes for `timeout`; True if the connection was closed."""
        found = []
        try:
            while True:
                found.append(self.reply(timeout))
        except Closed:
            return found, True
        except TimeoutError:
            return found, False

    def begin(self, sender="a@" + DOMAIN, recipients=("b@dest.example",), parameters=""):
        """EHLO up to RCPT; returns the first reply that was not positive, or the last one."""
        for text in ["EHLO client.test", f"MAIL FROM:<{sender}>{parameters}"] + [f"RCPT TO:<{r}>" for r in recipients]:
            reply = self.command(text)
            if reply.code >= 400:
                return reply
        return reply

    def data(self, content, timeout=None):
        """DATA and the content, with dots already stuffed and without the final dot; returns the verdict."""
        reply = self.command("DATA", timeout)
        if reply.code != 354:
            return reply
        self.send(content + b".\r\n")
        return self.reply(timeout)

    def has_ended(self):
        """Whether the peer has closed, without waiting for that; its octets are read."""
        while select.select([self.socket], [], [], 0)[0]:
            try:
                data = self.socket.recv(65536)
            except OSError:
                return True
            if not data:
                return True
            self.buffer += data
        return False

    def reset(self):
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.socket.close()


marks = itertools.count(1)


def mark():
    """A subject that no other message has."""
    return b"mark %d." % next(marks)


def swaks_trust(ca):
    """Options that make swaks check the gateway's certificate. From 2024 on it checks the name too, and takes the
    address for it unless another is given."""
    with open(shutil.which("swaks"), "rb") as f:
        target = ["--tls-verify-target", NAME] if b"tls-verify-target" in f.read() else []
    return ["--tls-verify", "--tls-ca-path", ca.path, *target]


def stuff(content):
    return re.sub(rb"(?m)^\.", b"..", content)


def unstuff(content):
    return re.sub(rb"(?m)^\.", b"", content)


def message(body=b"Hello.\r\n", subject=b"test", more=b"", sender=b"a@sender.example"):
    return (b"From: " + sender + b"\r\nTo: b@dest.example\r\nSubject: " + subject +
            b"\r\nDate: Tue, 14 Nov 2023 22:13:20 +0000\r\nMessage-ID: <1@sender.example>\r\n" + more + b"\r\n" + body)


# --- the next hop ----------------------------------------------------------------------------------------------------

class Do:
    """What a scripted next hop may do instead of replying."""
    CLOSE, RESET, SILENCE = "close", "reset", "silence"

    def __init__(self, what, data=b"", delay=0.0):
        self.what, self.data, self.delay = what, data, delay


def slowly(data, delay=0.002):
    """Reply octet by octet."""
    return Do("slowly", data, delay)


def then(data, what):
    """Reply, and then close or reset."""
    return Do(what, data)


def later(data, delay):
    return Do("later", data, delay)


class Session:
    def __init__(self):
        self.commands = []       # lines as they came, without CRLF
        self.messages = []       # (mail, [rcpt], content with dots undone, our reply)
        self.partial = b""       # content that was never completed
        self.tls = None          # (version, suite, whether resumed)
        self.logins = []         # (mechanism, user, secret), right or wrong
        self.trouble = ""        # how it ended, if not normally
        self.over = False


EXTENSIONS = ("PIPELINING", "SIZE 60000000", "8BITMIME", "SMTPUTF8", "DSN", "ENHANCEDSTATUSCODES")


class NextHop:
    """answer(step, line, session) may give bytes or a Do for a step: connect, EHLO, HELO, STAR(TTLS), AUTH (its
    verdict), MAIL, RCPT, DATA, content (at every piece; line is what came so far), dot, RSET, NOOP, QUIT; None is the
    normal answer. `tls` is a context, `implicit`: from the first octet on; `logins` is {user: secret}."""

    def __init__(self):
        self.listener = socket.create_server(("127.0.0.1", 0), backlog=128)
        self.port = self.listener.getsockname()[1]
        self.lock = threading.Lock()
        self.script()
        threading.Thread(target=self.serve, daemon=True).start()

    def script(self, answer=None, extensions=EXTENSIONS, read_delay=0.0, tls=None, implicit=False, logins=None,
               mechanisms="PLAIN LOGIN XOAUTH2"):
        self.answer = answer or (lambda step, line, session: None)
        self.extensions = extensions
        self.read_delay = read_delay
        self.tls, self.implicit = tls, implicit
        self.logins, self.mechanisms = logins, mechanisms
        self.sessions = []

    def messages(self):
        with self.lock:
            return [m for s in self.sessions for m in s.messages if m[3][:1] == b"2"]

    def commands(self):
        with self.lock:
            return [c for s in self.sessions for c in s.commands]

    def partials(self):
        with self.lock:
            return [s.partial for s in self.sessions if s.partial]

    def serve(self):
        while True:
            connection, _ = self.listener.accept()
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            threading.Thread(target=self.session, args=(connection, self.answer), daemon=True).start()

    def session(self, connection, answer):
        session = Session()
        session.socket = connection
        with self.lock:
            self.sessions.append(session)
        try:
            if self.implicit:
                self.secure(session)
            self.speak(session, answer)
        except OSError as e:
            session.trouble = str(e) or type(e).__name__
        finally:
            session.over = True
            session.socket.close()

    def secure(self, session):
        session.socket = self.tls.wrap_socket(session.socket, server_side=True)
        session.tls = session.socket.version(), session.socket.cipher()[0], session.socket.session_reused

    def login(self, line, ask):
        """(mechanism, user, secret) of an AUTH; ask(prompt) gives the response to a 334."""
        words = line.decode("ascii", "replace").split()
        responses = [words[2]] if len(words) > 2 else []
        mechanism = words[1].upper()

        def seen(prompt):
            return base64.b64decode(responses.pop() if responses else ask(prompt)).decode()

        if mechanism == "PLAIN":
            return mechanism, *seen("").split("\0")[1:]
        if mechanism == "XOAUTH2":
            user, bearer = seen("").split("\1")[:2]
            return mechanism, user.removeprefix("user="), bearer.removeprefix("auth=Bearer ")
        return mechanism, seen("VXNlcm5hbWU6"), seen("UGFzc3dvcmQ6")

    def offers(self, session):
        more = ["STARTTLS"] if self.tls and not session.tls else []
        if self.logins is not None and (session.tls or not self.tls):
            more.append(f"AUTH {self.mechanisms}")
        return ["next.test", *self.extensions, *more]

    def say(self, connection, session, answer, step, line, normal):
        """Returns what was sent, or None if that was the end."""
        what = answer(step, line, session)
        if what is None:
            what = normal
        # Before it is sent, because its reader may check at once what became of the message.
        if step == "dot":
            with self.lock:
                session.messages[-1][3] = what if isinstance(what, bytes) else what.data
        if isinstance(what, bytes):
            connection.sendall(what)
            return what
        if what.what == "slowly":
            for i in range(len(what.data)):
                connection.sendall(what.data[i:i + 1])
                time.sleep(what.delay)
            return what.data
        if what.what == "later":
            time.sleep(what.delay)
            connection.sendall(what.data)
            return what.data
        if what.what == Do.SILENCE:
            while connection.recv(65536):
                pass
            return None
        if what.data:
            connection.sendall(what.data)
            time.sleep(0.05)
        if what.what == Do.RESET:
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        connection.close()
        return None

    def speak(self, session, answer):
        buffer, mail, rcpts = b"", None, []

        def say(step, line, normal):
            return self.say(session.socket, session, answer, step, line, normal)

        def next_line():
            nonlocal buffer
            while b"\r\n" not in buffer:
                data = session.socket.recv(65536)
                if not data:
                    raise ConnectionError("closed")
                buffer += data
            line, _, buffer = buffer.partition(b"\r\n")
            return line

        def ask(prompt):
            session.socket.sendall(f"334 {prompt}\r\n".encode())
            return next_line()

        if say("connect", b"", b"220 next.test ESMTP\r\n") is None:
            return
        while True:
            line = next_line()
            with self.lock:
                session.commands.append(line)
            verb = line[:4].upper()
            step = verb.decode("ascii", "replace")
            if verb == b"EHLO":
                offers = self.offers(session)
                said = say(step, line, "".join(f"250-{e}\r\n" for e in offers[:-1]).encode() +
                           f"250 {offers[-1]}\r\n".encode())
            elif verb == b"STAR" and self.tls:
                said = say(step, line, b"220 2.0.0 go ahead\r\n")
                if said and said[:3] == b"220":
                    self.secure(session)
            elif verb == b"AUTH" and self.logins is not None:
                login = self.login(line, ask)
                session.logins.append(login)
                right = self.logins.get(login[1]) == login[2]
                if login[0] == "XOAUTH2" and not right:
                    ask(base64.b64encode(b'{"status":"401"}').decode())
                said = say(step, line, b"235 2.7.0 welcome\r\n" if right else b"535 5.7.8 who are you?\r\n")
            elif verb == b"MAIL":
                said = say(step, line, b"250 2.1.0 sender fine\r\n")
                if said and said[:1] == b"2":
                    mail, rcpts = line, []
            elif verb == b"RCPT":
                said = say(step, line, b"250 2.1.5 recipient fine\r\n")
                if said and said[:1] == b"2":
                    rcpts.append(line)
            elif verb == b"DATA":
                said = say(step, line, b"354 go on\r\n")
                if said and said[:3] == b"354":
                    said, buffer = self.content(session.socket, session, answer, say, mail, rcpts, buffer)
                    mail, rcpts = None, []
            elif verb == b"QUIT":
                if say(step, line, b"221 2.0.0 bye\r\n") and session.tls:
                    session.socket.settimeout(HUNG_S)
                    session.socket = session.socket.unwrap()
                return
            elif verb in (b"RSET", b"NOOP", b"HELO"):
                said = say(step, line, b"250 2.0.0 fine\r\n")
                if verb == b"RSET":
                    mail, rcpts = None, []
            else:
                said = say(step, line, b"500 5.5.2 what?\r\n")
            if said is None:
                return

    def content(self, connection, session, answer, say, mail, rcpts, buffer):
        data = bytearray(buffer)
        start = 0
        while True:
            what = answer("content", bytes(data[:65536]), session) if data else None
            if isinstance(what, Do):
                session.partial = bytes(data[:2000000])
                return self.say(connection, session, lambda *_: what, "content", b"", b""), b""
            if data[:3] == b".\r\n":
                end = 0
                break
            found = data.find(b"\r\n.\r\n", max(0, start - 5))
            if found >= 0:
                end = found + 2
                break
            start = len(data)
            session.partial = bytes(data[:2000000])
            if self.read_delay:
                time.sleep(self.read_delay)
            more = connection.recv(65536)
            if not more:
                return None, b""
            data += more
        content, rest = unstuff(bytes(data[:end])), bytes(data[end + 3:])
        session.partial = b""
        with self.lock:
            session.messages.append([mail, list(rcpts), content, b""])
        return say("dot", content, b"250 2.0.0 taken as 4711\r\n"), rest
