# SPDX-License-Identifier: Apache-2.0
"""What the tests of a board share: the next hop, transactions, verifiers, the board, which is named by the first
argument, and the tally."""

import os
import re
import socket
import subprocess
import sys
import threading
import time

sys.path.append("tests/e2e")

import dkim  # noqa: E402
from board import PATIENCE, STATIC, Board, Facts, config, make_image  # noqa: E402
import tally  # noqa: E402
from peers import (DOMAIN, MAILSEAL, OPENDKIM, SELECTOR, Client, Closed, NextHop, Work, finish, make_key,  # noqa: E402
                   message, stuff)
from tally import check  # noqa: E402

LONG = os.environ.get("LONG", "") not in ("", "0")
FAILURES = (Closed, TimeoutError, OSError, ValueError)
MB = 1000 * 1000

name = sys.argv[1]
work = Work(f"qemu-{name}")


# These boards are mps2-an386 with another core: without LONG=1, tests that do not depend on the core run only on that
# board, or less often.
ALIKE = name in ("mps2-an500", "mps2-an505") and not LONG


class Now:
    """The current test."""
    test = "start"

    @classmethod
    def begins(cls, test):
        cls.test, tally.place = test, f"{name} {test}"


def get_ready():
    Now.begins("start")
    try:
        found = Facts(name)
        found.keep(work.path)
    except (OSError, KeyError, subprocess.CalledProcessError) as e:
        check(False, "the firmware exists", repr(e))
        finish(work)
    work.key = make_key(work)
    return found


class Hop(NextHop):
    """A next hop that can go and come back."""

    def __init__(self):
        self.connections = []
        super().__init__()

    def serve(self):
        try:
            super().serve()
        except OSError:
            pass

    def session(self, connection, answer):
        self.connections.append(connection)
        super().session(connection, answer)

    def go(self):
        self.listener.shutdown(socket.SHUT_RDWR)
        self.listener.close()
        for connection in self.connections:
            try:
                connection.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass
        self.connections.clear()

    def come(self):
        self.listener = socket.create_server(("127.0.0.1", self.port), backlog=128)
        threading.Thread(target=self.serve, daemon=True).start()

    def subjects(self):
        return [subject_of(m[2]) for m in self.messages()]


def subject_of(content):
    found = re.search(rb"(?m)^Subject: (.*)\r$", content)
    return found.group(1) if found else None


def note(text):
    print(f"{name} {Now.test}: {text}", flush=True)


def fine(b, what="the firmware runs without a fault"):
    return check(b.fine(), what, b.end())


def boot(image, **options):
    return Board(facts, work.path, image, label=Now.test, **options)


def start(next_hop, gateway=STATIC, client="", domain="", **options):
    return boot(make_image(work.path, config(next_hop, gateway, client, domain)), **options)


def connect(port, timeout=PATIENCE):
    """A session; a session that has just ended may still take its place for a moment."""
    end = time.monotonic() + PATIENCE
    while True:
        client = Client(port, timeout)
        if client.greeting.code != 421 or time.monotonic() > end:
            return client
        client.socket.close()
        time.sleep(0.02)


def transaction(port, content, timeout=PATIENCE, parameters="", recipients=("b@dest.example",)):
    """The last reply to a complete message, or the exception that ended it."""
    try:
        with connect(port, timeout) as client:
            if client.greeting.code != 220:
                return client.greeting
            reply = client.begin(parameters=parameters, recipients=recipients)
            if reply.code >= 400:
                return reply
            return client.data(stuff(content), timeout)
    except FAILURES as e:
        return e


def code(reply):
    return getattr(reply, "code", 0)


def look_up(queried, timeout=5):
    return work.key[1] if queried == f"{SELECTOR}._domainkey.{DOMAIN}.".encode() else b""


def passes_dkimpy(content):
    try:
        return dkim.DKIM(content).verify(idx=0, dnsfunc=look_up)
    except Exception:
        return False


def passes_opendkim(contents):
    """The verdict on each, with its reason."""
    files = []
    for i, content in enumerate(contents):
        files.append(f"{work.path}/verify{i}.eml")
        with open(files[-1], "wb") as f:
            f.write(content)
    with open(f"{work.path}/record.txt", "wb") as f:
        f.write(work.key[1])
    run = subprocess.run([OPENDKIM, f"{work.path}/record.txt"], input="".join(f"{f}\n" for f in files), text=True,
                         capture_output=True, timeout=120)
    verdicts = dict(line.split("\t", 1) for line in run.stdout.splitlines())
    for file in files:
        os.unlink(file)
    return [verdicts.get(f, "no verdict") for f in files]


def verifies(content, what):
    check(passes_dkimpy(content), f"{what}: dkimpy", content[:1500])
    verdict = passes_opendkim([content])[0]
    check(verdict.startswith("pass"), f"{what}: libopendkim", verdict)


def signature_of(content):
    """The first field, with its line end."""
    return re.match(rb"DKIM-Signature:.*\r\n(?:[ \t].*\r\n)*", content).group()


def signed_by_host(text, content, options=("--time", "0")):
    """(signed message, "") or (b"", why not)."""
    path = f"{work.path}/host.conf"
    with open(path, "w") as f:
        f.write(text)
    run = subprocess.run([MAILSEAL, "sign", "-c", path, *options], input=content, capture_output=True, timeout=60)
    return run.stdout if run.returncode == 0 else b"", run.stderr.decode("utf-8", "replace")


def board_time(b):
    """Seconds of the board's clock at its last line."""
    found = re.findall(r"(?m)^(\d+\.\d{3}) ", b.text())
    return float(found[-1]) if found else 0.0


def stamp(b):
    """Seconds of the board's clock now, from the log line of a transaction that its client gives up."""
    b.mark()
    with connect(b.port) as client:
        client.begin()
    b.shows(rb"verdict=\w+.*\n")
    return board_time(b)


def numbered(i, body=b"Hello.\r\n"):
    return message(body, subject=f"number {i}".encode())


facts = None if "--list" in sys.argv else get_ready()
