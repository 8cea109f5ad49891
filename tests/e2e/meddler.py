# SPDX-License-Identifier: Apache-2.0
"""Random meddling with both of the gateway's connections: see meddler.sh. Always: no 250 without the next
hop's, nothing but the message that was sent, no message or secret in the clear, and the service goes on."""

import base64
import os
import random
import socket
import ssl
import sys
import threading
import time

import authority
from peers import Client, Closed, Gateway, NextHop, Work, finish, message
from tally import HUNG_S, check

SECONDS = float(sys.argv[1]) if len(sys.argv) > 1 else 15
SEED = int(sys.argv[2]) if len(sys.argv) > 2 else 1
WORKERS = 6
ENOUGH = 10
SECRET = "a secret no one may see"

work = Work("meddler")
ca = authority.Authority(work.path)
theirs, ours = ca.issue("hop"), ca.issue("ours", "DNS:gateway.test")


class Meddler:
    """Sits between clients of `port` and `target`. The fate of each connection is drawn at its start."""

    FATES = ("none", "none", "none", "crumbs", "delay", "flip", "flip", "cut", "truncate", "drop", "double", "swap",
             "insert")

    def __init__(self, seed):
        self.random = random.Random(seed)
        self.listener = socket.create_server(("127.0.0.1", 0), backlog=128)
        self.port = self.listener.getsockname()[1]
        self.calm = False
        self.heard = []             # everything that each connection's client sent
        self.fates = {}
        threading.Thread(target=self.serve, daemon=True).start()

    def serve(self):
        while True:
            near, _ = self.listener.accept()
            fate = "none" if self.calm else self.random.choice(self.FATES)
            self.fates[fate] = self.fates.get(fate, 0) + 1
            # More often during a handshake than after it.
            at = int(2 ** self.random.uniform(0, 14))
            threading.Thread(target=self.connection, args=(near, fate, at, self.random.random() < 0.5,
                                                           random.Random(self.random.random())), daemon=True).start()

    def connection(self, near, fate, at, to_server, rng):
        try:
            far = socket.create_connection(("127.0.0.1", self.target), timeout=HUNG_S)
        except OSError:
            near.close()
            return
        for s in (near, far):
            s.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            s.settimeout(HUNG_S)
        heard = bytearray()
        self.heard.append(heard)
        back = threading.Thread(target=self.pump, args=(far, near, "none" if to_server else fate, at, rng, None),
                                daemon=True)
        back.start()
        self.pump(near, far, fate if to_server else "none", at, rng, heard)
        back.join()
        near.close()
        far.close()

    def pump(self, source, sink, fate, at, rng, heard):
        count = 0
        try:
            while True:
                data = source.recv(4096)
                if not data:
                    break
                if heard is not None:
                    heard += data
                inside = count <= at < count + len(data)
                offset = at - count
                count += len(data)
                if fate == "crumbs" and count < 6000:
                    for i in range(len(data)):
                        sink.sendall(data[i:i + 1])
                    continue
                if fate == "delay":
                    time.sleep(rng.uniform(0, 0.2))
                if inside and fate in ("cut", "truncate"):
                    if fate == "truncate":
                        sink.sendall(data[:offset])
                    raise OSError("as drawn")
                if inside:
                    data = self.changed(fate, data, offset, rng)
                sink.sendall(data)
            sink.shutdown(socket.SHUT_WR)
        except OSError:
            for s in (source, sink):
                try:
                    s.shutdown(socket.SHUT_RDWR)
                except OSError:
                    pass

    @staticmethod
    def changed(fate, data, at, rng):
        end = at + 1 + rng.randrange(40)
        if fate == "flip":
            return data[:at] + bytes([data[at] ^ (1 << rng.randrange(8))]) + data[at + 1:]
        if fate == "drop":
            return data[:at] + data[end:]
        if fate == "double":
            return data[:end] + data[at:end] + data[end:]
        if fate == "swap":
            return data[:at] + data[end:end + 20] + data[at:end] + data[end + 20:]
        if fate == "insert":
            return data[:at] + rng.randbytes(rng.randrange(1, 60)) + data[at:]
        return data


hop = NextHop()
context = theirs.server()
hop.script(tls=context, logins={"us": SECRET})
up, down, down_tls = Meddler(SEED), Meddler(SEED + 1), Meddler(SEED + 2)
up.target = hop.port
path = work.file("secret", SECRET + "\n")
os.chmod(path, 0o600)
gateway = Gateway(work, up.port, gateway=f"certificate = {ours.path}\ncertificate-key = {ours.key}\n"
                                         "listen-tls = 127.0.0.1:465\n[next-hop]\ntls = starttls\nname = hop.test\n"
                                         "ca = ca.pem\nauth = plain\nuser = us\nsecret = secret\n")
down.target, down_tls.target = gateway.port, gateway.port_tls
contexts = [authority.client(ca, v) for v in (None, ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3)]
seen = {}               # subject -> code of the verdict
sent = {}               # subject -> content
lock = threading.Lock()


def transaction(rng, subject):
    noise = rng.randbytes(rng.choice((10, 1000, 20000))).hex().encode()
    content = message(noise + b"\r\n.\r\nend of " + subject + b"\r\n",
                      subject)
    sent[subject] = content
    implicit, tls = rng.random() < 0.4, rng.choice(contexts)
    with Client(down_tls.port if implicit else down.port, timeout=4, tls=tls if implicit else None) as client:
        if not implicit:
            client.command("EHLO client.test")
            if client.starttls(tls).code != 220:
                return None
        if client.begin().code != 250 or client.command("DATA").code != 354:
            return None
        client.send(content.replace(b"\r\n.", b"\r\n..") + b".\r\n")
        code = client.reply(8).code
        with lock:
            seen[subject] = code
        client.send(b"QUIT\r\n")
        return code


def worker(number, end):
    rng = random.Random(SEED * 1000 + number)
    count = 0
    while time.monotonic() < end or sum(code == 250 for code in list(seen.values())) < 2 * ENOUGH:
        count += 1
        try:
            transaction(rng, b"meddled %d.%d." % (number, count))
        except (Closed, OSError, ValueError, TimeoutError):
            pass


def main():
    end = time.monotonic() + SECONDS
    threads = [threading.Thread(target=worker, args=(i, end)) for i in range(WORKERS)]
    for t in threads:
        t.start()
    for t in threads:
        t.join()
    check(gateway.alive(), "mailseald lives", gateway.log()[-2000:])
    for meddler in (up, down, down_tls):
        meddler.calm = True
    # Sessions that only their own deadlines can end leave enough room.
    codes = []
    for i in range(5):
        try:
            codes.append(transaction(random.Random(i), b"calm %d." % i))
        except (Closed, OSError, ValueError) as e:
            codes.append(str(e))
    check(codes.count(250) >= 4, "mail is delivered afterwards", str(codes))

    taken = {}
    for m in hop.messages():
        subject = m[2].partition(b"\r\nSubject: ")[2].partition(b"\r\n")[0]
        taken.setdefault(subject, []).append(m[2])
    good = [s for s, code in seen.items() if code == 250]
    print(f"seed {SEED}: {len(sent)} begun, {len(seen)} answered, {len(good)} with 250; "
          f"up {up.fates}, down {down.fates}")
    check(len(good) >= ENOUGH, "some were delivered", str(len(good)))
    lies = [s for s in good if s not in taken]
    check(not lies, "never a 250 without the next hop's", str(lies[:5]))
    check(all(len(m) == 1 for m in taken.values()), "nothing that was sent once is delivered twice",
          str([s for s, m in taken.items() if len(m) != 1][:5]))
    others = [s for s, m in taken.items() if s not in sent or not m[0].endswith(sent[s])]
    check(not others, "what arrives equals what was sent", str(others[:5]))
    unsigned = [s for s, m in taken.items() if not gateway.verify(m[0])]
    check(not unsigned, "and its signature verifies", str(unsigned[:5]))
    open_ones = [s.commands for s in hop.sessions if s.messages and not s.tls]
    check(not open_ones, "no message goes out without TLS", str(open_ones[:3]))
    words = (b"MAIL FROM", b"RCPT TO", b"AUTH ", SECRET.encode(), base64.b64encode(f"\0us\0{SECRET}".encode()))
    leaks = [w for heard in up.heard for w in words if w in heard]
    check(not leaks, "neither envelope nor secret is ever in the clear", str(leaks[:5]))
    check(all(login == ("PLAIN", "us", SECRET) for s in hop.sessions for login in s.logins),
          "the login is complete or missing")
    start = time.monotonic()
    gateway.process.terminate()
    try:
        code = gateway.process.wait(HUNG_S)
    except Exception:
        code = "still there"
    check(code == 0, "mailseald ends cleanly on SIGTERM", f"{code} after {time.monotonic() - start:.1f} s")
    log = gateway.log()
    check("Sanitizer" not in log and "runtime error" not in log and "no memory" not in log, "no sanitizer report",
          log[-2000:])
    finish(work)


main()
