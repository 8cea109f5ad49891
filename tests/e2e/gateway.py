
# SPDX-License-Identifier: Apache-2.0
"""mailseald as a process: its options and errors, its network, its spools, its end. See gateway.sh."""

import glob
import os
import re
import shutil
import signal
import socket
import struct
import subprocess
import tempfile
import threading
import time

import tally
from ports import free_port
from tally import HUNG_S, check, eventually

build = os.environ.get("BUILD", "build/host")
if os.path.exists(f"{build}/host/mailseald"):
    build += "/host"
MAILSEALD = os.path.abspath(os.environ.get("MAILSEALD", f"{build}/mailseald"))
MAILSEAL = os.path.abspath(os.environ.get("MAILSEAL", f"{build}/mailseal"))

CONFIG = """\
[gateway]
hostname = gateway.test
next-hop = {next_hop}
{more}
[client local]
network = 127.0.0.0/8
from = sender.example
rate = 100000/min
[domain sender.example]
selector = s1
key = key.pem
"""

folder = tempfile.mkdtemp(prefix="mailseal-gateway-")
processes = []


def make_key():
    path = f"{folder}/key.pem"
    if not os.path.exists(path):
        if subprocess.run([MAILSEAL, "key", "new", path], capture_output=True).returncode != 0:
            subprocess.run(["openssl", "genrsa", "-out", path, "2048"], capture_output=True, check=True)
        os.chmod(path, 0o600)


class Sink:
    """A next hop that keeps what it gets; `hold` makes it wait before the reply to the final dot."""

    def __init__(self, port=0):
        self.server = socket.socket()
        self.server.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self.server.bind(("127.0.0.1", port))
        self.server.listen(128)
        self.port = self.server.getsockname()[1]
        self.messages, self.hold, self.slow, self.sockets = [], threading.Event(), 0, []
        self.hold.set()
        threading.Thread(target=self.accept, daemon=True).start()

    def accept(self):
        while True:
            try:
                s, _ = self.server.accept()
            except OSError:
                return
            self.sockets.append(s)
            threading.Thread(target=self.session, args=(s,), daemon=True).start()

    def session(self, s):
        try:
            self.talk(s, s.makefile("rb"))
        except OSError:
            pass
        s.close()

    def talk(self, s, f):
        s.sendall(b"220 sink ESMTP\r\n")
        for line in f:
            verb = line[:4].upper()
            if verb == b"EHLO":
                s.sendall(b"250-sink\r\n250-SIZE 100000000\r\n250 8BITMIME\r\n")
            elif verb == b"DATA":
                s.sendall(b"354 go\r\n")
                lines = []
                for line in f:
                    if line == b".\r\n":
                        break
                    lines.append(line)
                    if self.slow:
                        time.sleep(self.slow)
                else:
                    return
                self.hold.wait()
                self.messages.append(b"".join(lines))
                s.sendall(b"250 2.0.0 kept\r\n")
            elif verb == b"QUIT":
                s.sendall(b"221 bye\r\n")
                return
            else:
                s.sendall(b"250 2.1.0 Ok\r\n")

    def close(self):
        self.server.shutdown(socket.SHUT_RDWR)
        self.server.close()
        for s in self.sockets:
            try:
                s.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass


def write_config(next_hop, more=""):
    make_key()
    path = f"{folder}/gateway.conf"
    with open(path, "w") as f:
        f.write(CONFIG.format(next_hop=next_hop, more=more))
    return path


class Gateway:
    def __init__(self, next_hop, *options, more="", wrap=()):
        self.log_path = f"{folder}/log"
        conf = write_config(next_hop, more)
        with open(self.log_path, "wb") as log:
            self.process = subprocess.Popen([*wrap, MAILSEALD, "-c", conf, "--listen", "127.0.0.1:0", *options],
                                            stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        processes.append(self.process)
        started = self.wait_log(r"listening on 127\.0\.0\.1:(\d+)")
        if started is None:
            raise SystemExit(f"mailseald did not start: {self.log()}")
        self.port = int(started.group(1))
        self.pid = self.process.pid
        if wrap:
            with open(f"/proc/{self.pid}/task/{self.pid}/children") as f:
                self.pid = int((f.read().split() or [self.pid])[0])

    def log(self):
        with open(self.log_path, errors="replace") as f:
            return f.read()

    def wait_log(self, pattern, seconds=HUNG_S):
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            found = re.search(pattern, self.log())
            if found or self.process.poll() is not None:
                return found or re.search(pattern, self.log())
            time.sleep(0.02)
        return None

    def num_fds(self):
        return len(os.listdir(f"/proc/{self.pid}/fd"))

    def rss_kb(self):
        with open(f"/proc/{self.pid}/status") as f:
            return int(re.search(r"VmRSS:\s+(\d+)", f.read()).group(1))

    def stop(self, seconds=HUNG_S):
        if self.process.poll() is None:
            os.kill(self.pid, signal.SIGTERM)
        try:
            return self.process.wait(seconds)
        except subprocess.TimeoutExpired:
            self.process.kill()
            return f"no end within {seconds} s"


class Client:
    def __init__(self, port, greeting=True):
        self.s = socket.create_connection(("127.0.0.1", port), timeout=HUNG_S)
        self.s.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.f = self.s.makefile("rb")
        self.greeting = self.reply() if greeting else None

    def reply(self):
        text = b""
        while True:
            line = self.f.readline()
            text += line
            if line[3:4] != b"-":
                return text

    def say(self, line):
        self.s.sendall(line + b"\r\n")
        return self.reply()

    def envelope(self):
        for line in (b"EHLO client", b"MAIL FROM:<alice@sender.example>", b"RCPT TO:<bob@far.example>"):
            reply = self.say(line)
            if reply[:1] != b"2":
                return reply
        return self.say(b"DATA")

    def message(self, body=b"hello\r\n", step=0):
        reply = self.envelope()
        if reply[:3] != b"354":
            return reply
        text = b"From: alice@sender.example\r\nTo: bob@far.example\r\nSubject: x\r\n\r\n" + body + b".\r\n"
        for at in range(0, len(text), step or len(text)):
            self.s.sendall(text[at:at + (step or len(text))])
        return self.reply()

    def close(self):
        self.f.close()
        self.s.close()

    def reset(self):
        self.s.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.close()


def message(gateway, body=b"hello\r\n", step=0):
    client = Client(gateway.port)
    reply = client.message(body, step)
    client.say(b"QUIT")
    client.close()
    return reply


def run(*arguments):
    result = subprocess.run([MAILSEALD, *arguments], capture_output=True, text=True, timeout=HUNG_S)
    return result.returncode, result.stdout, result.stderr


# --- starting --------------------------------------------------------------------------------------------------------

def test_options():
    code, out, _ = run("--help")
    check(code == 0 and "usage: mailseald" in out, "--help", out)
    for arguments in ([], ["--listen"], ["-c", "x", "--listen", "127.0.0.1"], ["-c", "x", "--listen", "localhost:25"],
                      ["-c", "x", "--next-hop", "a b"], ["-c", "x", "--next-hop", "a:0"],
                      ["-c", "x", "--sessions", "65"], ["-c", "x", "--dns-server", "ns.test"],
                      ["-c", "x", "--dns-server", "127.0.0.1:0"], ["-c", "x", "--signers", "0"], ["-c", "x", "y"],
                      ["--wrong"]):
        code, _, err = run(*arguments)
        check(code == 2 and err, f"usage {arguments}", (code, err))
    code, _, err = run("-c", f"{folder}/none.conf")
    check(code == 5 and "none.conf" in err, "no configuration", (code, err))


def test_configuration_errors():
    path = write_config("127.0.0.1:1", "max-size = many")
    code, _, err = run("-c", path)
    check(code == 3 and f"{path}:4:12: max-size: expected" in err and "found many" in err, "file:line:column", err)
    path = write_config("127.0.0.1:1")
    code, _, err = run("-c", path, "--listen", "0.0.0.0:2525")
    check(code == 5 and "0.0.0.0:2525" in err and "--tap" in err, "only loopback", (code, err))
    code, _, err = run("-c", path)
    check(code == 5 and "0.0.0.0:25" in err and "--tap" in err, "the default is not loopback", (code, err))
    code, _, err = run("-c", path, "--listen", "127.0.0.1:0", "--spool", f"{folder}/none")
    check(code == 5 and "none" in err, "no spool directory", (code, err))


def test_keys():
    path = write_config("127.0.0.1:1")
    os.chmod(f"{folder}/key.pem", 0o640)
    code, _, err = run("-c", path, "--listen", "127.0.0.1:0")
    check(code == 4 and f"chmod 600 {folder}/key.pem" in err, "readable key", (code, err))
    os.chmod(f"{folder}/key.pem", 0o600)
    os.rename(f"{folder}/key.pem", f"{folder}/other.pem")
    code, _, err = run("-c", path, "--listen", "127.0.0.1:0")
    check(code == 4 and "key.pem" in err, "no key file", (code, err))
    with open(f"{folder}/key.pem", "w") as f:
        f.write("nothing\n")
    os.chmod(f"{folder}/key.pem", 0o600)
    code, _, err = run("-c", path, "--listen", "127.0.0.1:0")
    check(code == 4 and "key.pem" in err, "not a key", (code, err))
    os.rename(f"{folder}/other.pem", f"{folder}/key.pem")
    # relative to the configuration, whatever the working directory
    here = os.getcwd()
    os.chdir("/")
    gateway = Gateway("127.0.0.1:1")
    os.chdir(here)
    check(gateway.stop() == 0, "key relative to the configuration", gateway.log())


def test_port_in_use():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        s.listen()
        where = f"127.0.0.1:{s.getsockname()[1]}"
        code, _, err = run("-c", write_config("127.0.0.1:1"), "--listen", where)
        check(code == 5 and f"{where}: address already in use" in err, "port in use", (code, err))


# --- messages --------------------------------------------------------------------------------------------------------

def test_message():
    sink = Sink()
    gateway = Gateway(f"localhost:{sink.port}")
    swaks = subprocess.run(["swaks", "--server", f"127.0.0.1:{gateway.port}", "--from", "alice@sender.example",
                            "--to", "bob@far.example", "--ehlo", "client"], capture_output=True, text=True)
    check(swaks.returncode == 0, "swaks", swaks.stdout)
    check(message(gateway) == b"250 2.0.0 kept\r\n", "reply of the next hop")
    check(sink.messages[-1].startswith(b"DKIM-Signature: "), "signed", sink.messages[-1])
    check(b"Received: from client ([127.0.0.1])" in sink.messages[-1], "address of the client", sink.messages[-1])
    check(message(gateway, b"one by one\r\n" * 20, step=1)[:3] == b"250", "one octet at a time")
    record = gateway.log().splitlines()[-1]
    for part in ("verdict=delivered code=250 by=next-hop client=127.0.0.1", "selector=s1", "from=alice@sender.example",
                 'text="2.0.0 kept"', "to=<bob@far.example>"):
        check(part in record, f"log has {part}", record)
    check(gateway.stop() == 0, "end", gateway.log())
    sink.close()


def test_log_masked():
    sink = Sink()
    gateway = Gateway(f"127.0.0.1:{sink.port}", more="log-addresses = masked")
    client = Client(gateway.port)
    client.say(b"EHLO client")
    client.say(b"MAIL FROM:<alice@sender.example>")
    client.say(b"RCPT TO:<bob@far.example>")
    client.say(b"RCPT TO:<\"b o b\"@far.example>")
    client.say(b"DATA")
    client.s.sendall(b"From: alice@sender.example\r\nMessage-ID: <\"\\x\x7f y=1\">\r\n\r\nx\r\n.\r\n")
    client.reply()
    client.close()
    gateway.stop()
    log = gateway.log()
    check("from=a***@sender.example" in log, "sender", log)
    check("<b***@far.example>" in log and "bob" not in log and "b o" not in log, "recipients", log)
    check(len(re.findall("verdict=", log)) == len(re.findall(r"\n\S+Z id=", log)), "a record is a line", log)
    sink.close()


def test_half_closed_client():
    sink = Sink()
    gateway = Gateway(f"127.0.0.1:{sink.port}")
    client = Client(gateway.port)
    client.envelope()
    client.s.sendall(b"From: alice@sender.example\r\n\r\nx\r\n.\r\nQUIT\r\n")
    client.s.shutdown(socket.SHUT_WR)
    rest = client.f.read()
    check(rest == b"250 2.0.0 kept\r\n221 2.0.0 Bye\r\n", "replies after the client's FIN", rest)
    gateway.stop()
    sink.close()


def test_reset_client():
    sink = Sink()
    gateway = Gateway(f"127.0.0.1:{sink.port}")
    for _ in range(70):
        client = Client(gateway.port)
        client.envelope()
        client.s.sendall(b"From: alice@sender.example\r\n\r\nhalf of")
        client.reset()
    check(message(gateway)[:3] == b"250", "slots are free again")
    check(eventually(lambda: len(sink.messages) == 1), "nothing else was delivered", len(sink.messages))
    gateway.stop()
    check("aborted=70 " in gateway.log(), "counted", gateway.log()[-400:])
    sink.close()


def test_large_message():
    sink = Sink()
    for option in ("memory", folder):
        gateway = Gateway(f"127.0.0.1:{sink.port}", "--spool", option)
        message(gateway)
        body = b"%s\r\n" % (b"x" * 76) * (25 * 1000 * 1000 // 78)
        rss = []
        for _ in range(3):
            start = time.monotonic()
            check(message(gateway, body)[:3] == b"250", f"25 MB, spool {option}")
            rss.append(gateway.rss_kb())
        took = time.monotonic() - start
        check(sink.messages[-1].endswith(body), f"octets, spool {option}")
        what = "memory" if option == "memory" else "files"
        print(f"25 MB with the spool in {what}: {took:.1f} s, RSS after each {rss} kB")
        check(rss[2] - rss[0] < 2000, "no growth", rss)
        check(option == "memory" or rss[2] < 25000, "memory does not grow with the message", rss)
        check(gateway.stop() == 0, "end")
        sink.messages.clear()
    sink.close()


def test_slow_next_hop():
    sink = Sink()
    sink.slow = 0.0005
    gateway = Gateway(f"127.0.0.1:{sink.port}")
    body = b"%s\r\n" % (b"y" * 998) * 1500
    check(message(gateway, body)[:3] == b"250" and sink.messages[-1].endswith(body), "back-pressure from the next hop")
    gateway.stop()
    sink.close()


# --- many clients ----------------------------------------------------------------------------------------------------

def full_house(gateway):
    clients = [Client(gateway.port) for _ in range(64)]
    check(all(c.greeting[:3] == b"220" for c in clients), "64 sessions", [c.greeting for c in clients])
    one_more = Client(gateway.port)
    check(one_more.greeting[:3] == b"421" and one_more.f.read() == b"", "the 65th client gets 421", one_more.greeting)
    one_more.close()
    return clients


def test_sessions():
    sink = Sink()
    gateway = Gateway(f"127.0.0.1:{sink.port}")
    message(gateway)
    eventually(lambda: gateway.num_fds() < 12)
    fds = gateway.num_fds()
    clients = full_house(gateway)
    early = Client(gateway.port, greeting=False)
    early.s.sendall(b"EHLO early\r\n" * 5000)
    check(early.reply()[:3] == b"421", "421 for a client that talks first")
    early.close()
    replies = []
    threads = [threading.Thread(target=lambda c=c: replies.append(c.message()[:3])) for c in clients]
    for t in threads:
        t.start()
    for t in threads:
        t.join()
    check(replies == [b"250"] * 64, "64 messages at once", replies)
    for c in clients:
        c.close()
    eventually(lambda: message(gateway)[:3] == b"250")
    start = time.monotonic()
    good = 0
    for _ in range(500):
        client = Client(gateway.port)
        good += client.greeting[:3] == b"220" and client.say(b"QUIT")[:3] == b"221" and client.f.read() == b""
        client.close()
    check(good == 500, "500 connections one after another", good)
    print(f"500 connections one after another: {time.monotonic() - start:.2f} s")
    for c in full_house(gateway):
        c.close()
    check(eventually(lambda: gateway.num_fds() <= fds), "no descriptor is left", (fds, gateway.num_fds()))
    check(message(gateway)[:3] == b"250", "a message after all connections")
    check(gateway.stop() == 0, "end")
    sink.close()


def test_same_source_port():
    gateway = Gateway("127.0.0.1:1")
    # REUSEADDR, because the client's system may remember the port too
    port, ends = free_port(), []
    for _ in range(5):
        with socket.socket() as s:
            s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            s.bind(("127.0.0.1", port))
            s.settimeout(HUNG_S)
            s.connect(("127.0.0.1", gateway.port))
            f = s.makefile("rb")
            ends.append(f.readline()[:3])
            s.sendall(b"QUIT\r\n")
            ends.append(f.read()[:3])
            f.close()
    check(ends == [b"220", b"221"] * 5, "a client that always uses the same port", ends)
    gateway.stop()


def test_last_words():
    gateway = Gateway("127.0.0.1:1")
    for _ in range(20):
        client = Client(gateway.port)
        client.s.sendall(b"WHAT\r\n" * 20000)
        try:
            text = client.f.read()
        except ConnectionResetError:
            text = b"reset"
        check(text.splitlines()[-1:][0][:3] == b"421", "421 although octets are unread", text[-100:])
        client.close()
    gateway.stop()


# --- trouble ---------------------------------------------------------------------------------------------------------

def test_next_hop_gone():
    sink = Sink()
    port = sink.port
    gateway = Gateway(f"127.0.0.1:{port}")
    check(message(gateway)[:3] == b"250", "before")
    sink.close()
    reply = message(gateway)
    check(reply[:3] == b"451", "next hop is gone", reply)
    sink = Sink(port)
    check(message(gateway)[:3] == b"250", "the next hop is back")
    # gone between the envelope and the reply
    client = Client(gateway.port)
    sink.hold.clear()
    threading.Timer(0.5, sink.close).start()
    reply = client.message()
    check(reply[:3] == b"451", "lost before its reply", reply)
    client.close()
    check(gateway.stop() == 0, "end")
    check("in-doubt=1" in gateway.log(), "in doubt is counted", gateway.log()[-300:])


def test_no_name():
    gateway = Gateway("nowhere.test:25", more="dns-server = 10.0.2.77")
    start = time.monotonic()
    reply = message(gateway)
    check(reply[:3] == b"451", "no DNS", reply)
    check(time.monotonic() - start < 60, "in time")
    check(gateway.stop() == 0, "end")


def test_spool_full():
    sink = Sink()
    gateway = Gateway(f"127.0.0.1:{sink.port}", "--spool", folder,
                      wrap=("sh", "-c", 'ulimit -f 2048; "$@"; exit $?', "sh"))
    reply = message(gateway, b"%s\r\n" % (b"z" * 76) * 100000)
    check(reply[:3] == b"452", "no room", reply)
    check(message(gateway)[:3] == b"250", "a smaller one fits")
    check(gateway.stop() == 0, "end")
    gateway = Gateway(f"127.0.0.1:{sink.port}", more="max-size = 1M")
    clients = [Client(gateway.port) for _ in range(6)]
    replies = []
    for c in clients:
        c.say(b"EHLO client")
        replies.append(c.say(b"MAIL FROM:<alice@sender.example> SIZE=1000000")[:3])
    check(replies == [b"250"] * 4 + [b"452"] * 2, "declared sizes are reserved", replies)
    for c in clients:
        c.close()
    gateway.stop()
    sink.close()


def test_spool_fails():
    sink = Sink()
    # the loader of shared libraries makes other calls before
    strace = ["strace", "-f", "-qq", "-o", f"{folder}/strace", "-e"]
    subprocess.run([*strace, "trace=pread64", MAILSEALD, "--help"], stdout=subprocess.DEVNULL, check=True)
    with open(f"{folder}/strace") as f:
        num_before = len(f.readlines())
    for call, error, code in (("pwrite64", "ENOSPC", b"452"), ("pwrite64", "EIO", b"452"), ("pread64", "EIO", b"452"),
                              ("pwrite64", "EINTR", b"250")):
        when = str(1 + num_before if call == "pread64" else 1) + ("" if error == "EINTR" else "+")
        gateway = Gateway(f"127.0.0.1:{sink.port}", "--spool", folder, "--signers", "1",
                          wrap=(*strace, f"trace={call}", "-e", f"inject={call}:error={error}:when={when}"))
        sink.messages.clear()
        reply = message(gateway)
        check(reply[:3] == code, f"{call} {error}", reply)
        check(len(sink.messages) == (code == b"250"), f"{call} {error}: delivered", sink.messages)
        gateway.stop()
    check(not glob.glob(f"{folder}/mailseal-*"), "no files are left over")
    sink.close()


# --- ending ----------------------------------------------------------------------------------------------------------

def test_drain():
    sink = Sink()
    gateway = Gateway(f"127.0.0.1:{sink.port}")
    idle, busy = Client(gateway.port), Client(gateway.port)
    idle.say(b"EHLO idle")
    check(busy.envelope()[:3] == b"354", "in a transaction")
    busy.s.sendall(b"From: alice@sender.example\r\n\r\nfirst half\r\n")
    os.kill(gateway.pid, signal.SIGTERM)
    check(idle.reply()[:3] == b"421" and idle.f.read() == b"", "an idle client gets 421")
    late = Client(gateway.port)
    check(late.greeting[:3] == b"421", "a late client gets 421", late.greeting)
    time.sleep(0.5)
    check(gateway.process.poll() is None, "it waits for the running transaction")
    busy.s.sendall(b"second half\r\n.\r\n")
    rest = busy.f.read()
    check(rest.startswith(b"250 2.0.0 kept\r\n421 "), "it ends with code 0", rest)
    check(gateway.process.wait(HUNG_S) == 0, "exit code", gateway.process.returncode)
    check(len(sink.messages) == 1, "delivered")
    check("stats connections=2 delivered=1 " in gateway.log(), "counters", gateway.log()[-400:])
    sink.close()


def test_two_signals():
    sink = Sink()
    gateway = Gateway(f"127.0.0.1:{sink.port}")
    client = Client(gateway.port)
    client.envelope()
    os.kill(gateway.pid, signal.SIGTERM)
    time.sleep(0.3)
    check(gateway.process.poll() is None, "the first waits")
    os.kill(gateway.pid, signal.SIGINT)
    check(gateway.process.wait(HUNG_S) == 1, "the second does not", gateway.process.returncode)
    check(not sink.messages, "nothing was delivered")
    sink.close()


def test_hangup():
    """SIGHUP drains like SIGTERM, unless nohup ignores it."""
    sink, before = Sink(), signal.signal(signal.SIGHUP, signal.SIG_DFL)
    gateway = Gateway(f"127.0.0.1:{sink.port}")
    busy = Client(gateway.port)
    busy.envelope()
    busy.s.sendall(b"From: alice@sender.example\r\n\r\nfirst half\r\n")
    os.kill(gateway.pid, signal.SIGHUP)
    check(gateway.wait_log("SIGHUP: no reload exists"), "SIGHUP is logged", gateway.log())
    check(gateway.process.poll() is None, "SIGHUP waits for the running transaction")
    busy.s.sendall(b"second half\r\n.\r\n")
    rest = busy.f.read()
    check(rest.startswith(b"250 2.0.0 kept\r\n421 "), "the transaction ends", rest)
    check(gateway.process.wait(HUNG_S) == 0, "SIGHUP: exit code", gateway.process.returncode)
    signal.signal(signal.SIGHUP, signal.SIG_IGN)
    gateway = Gateway(f"127.0.0.1:{sink.port}")
    signal.signal(signal.SIGHUP, before)
    os.kill(gateway.pid, signal.SIGHUP)
    client = Client(gateway.port)
    check(client.greeting[:3] == b"220" and "SIGHUP" not in gateway.log(), "after nohup it is ignored", gateway.log())
    client.close()
    check(gateway.stop() == 0, "end")
    sink.close()


def test_counters():
    gateway = Gateway("127.0.0.1:1")
    Client(gateway.port).close()
    os.kill(gateway.pid, signal.SIGUSR1)
    check(gateway.wait_log("stats connections=1 "), "SIGUSR1", gateway.log())
    check(gateway.stop() == 0, "end")


def main():
    try:
        for name, test in tally.chosen({key[5:]: value for key, value in globals().items() if key.startswith("test_")}):
            tally.place = name
            with tally.part(name):
                test()
    finally:
        for process in processes:
            process.kill()
        shutil.rmtree(folder, ignore_errors=True)
    tally.end()


main()
