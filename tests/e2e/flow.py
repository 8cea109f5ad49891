# SPDX-License-Identifier: Apache-2.0
"""Mail that flows while records come and go and gateways are restarted, and what must be true for each message."""

import collections
import contextlib
import re
import socket
import threading
import time

import dkim
from peers import Client, Closed, message, stuff
from tally import HUNG_S

# When the connection was last used; outcome: a code, or what broke the connection.
Sent = collections.namedtuple("Sent", "subject used began ended outcome")
Arrived = collections.namedtuple("Arrived", "subject at content selectors")


class Flow:
    """Clients that send message after message to port(), `interval` seconds apart, until the end. now() is the clock
    of the gateway, in seconds. Clients and the next hop record what happens."""

    def __init__(self, hop, port, now, clients=4, interval=0.2, timeout=HUNG_S):
        self.port, self.now, self.interval, self.timeout = port, now, interval, timeout
        self.sent, self.arrived, self.over = [], [], threading.Event()
        self.stops = []                         # (from, until): the gateway is restarted
        self.under_way, self.eased = {}, 0      # when the message of each client was begun
        self.connected = {}
        hop.script(answer=self.take)
        self.threads = [threading.Thread(target=self.send, args=(i,), daemon=True) for i in range(clients)]

    def __enter__(self):
        for thread in self.threads:
            thread.start()
        return self

    def __exit__(self, *_):
        self.over.set()
        for thread in self.threads:
            thread.join(self.timeout + 10)

    def take(self, step, line, session):
        if step == "dot":
            subject = re.search(rb"(?m)^Subject: (.*)\r$", line).group(1).decode()
            found = re.findall(rb"(?s)DKIM-Signature:.*?\bs=(\w+);", line)
            self.arrived.append(Arrived(subject, self.now(), line, [s.decode() for s in found]))

    def send(self, number):
        client, used, count = None, 0, 0
        while not self.over.wait(self.interval):
            subject, began = f"{number}-{count}", self.now()
            count += 1
            self.under_way[number] = began
            try:
                if client is None:
                    client, used = Client(self.port(), self.timeout, greet=False), began
                    self.connected[number] = client
                    client.greeting = client.reply()
                reply = client.greeting if client.greeting.code != 220 else client.begin()
                if reply.code == 250:
                    reply = client.data(stuff(message(subject=subject.encode())))
                outcome = reply.code
            except (Closed, OSError, ValueError) as e:
                outcome = repr(e)
            if outcome != 250 and outcome != 451 and client is not None:
                client.socket.close()
                client = None
            self.sent.append(Sent(subject, used, began, self.now(), outcome))
            used = self.now()
            del self.under_way[number]

    def cut(self):
        """The gateway was switched off: it resets no connection, so its clients would wait until they give up."""
        for client in list(self.connected.values()):
            with contextlib.suppress(OSError):
                client.socket.shutdown(socket.SHUT_RDWR)

    def ease(self):
        """Call before the clock jumps, at most by 100 s: no message may see more than one jump."""
        end = time.monotonic() + self.timeout
        while any(began < self.eased for began in list(self.under_way.values())) and time.monotonic() < end:
            time.sleep(0.005)
        self.eased = self.now()

    def more(self, count=8):
        """The outcome of messages that begin from now on: their selectors, or the codes of refusals. Without those
        whose connection breaks."""
        since, found = self.now(), []
        end = time.monotonic() + self.timeout
        while len(found) < count and time.monotonic() < end:
            time.sleep(0.01)
            found = [s for s in list(self.sent) if s.began > since and s.outcome in (250, *range(422, 600))]
        selectors = {a.subject: "".join(a.selectors) for a in list(self.arrived)}
        return {selectors.get(s.subject, "lost") if s.outcome == 250 else s.outcome for s in found}

    # --- when it is over

    def faults(self, zone, window, since, until):
        """{what must not happen: messages to which it happened}. A signature must verify if the zone is asked while
        the message is in transit, or up to `window` seconds before; refusals count between `since` and `until`."""
        count = collections.Counter(a.subject for a in self.arrived)
        began = {s.subject: s.began for s in self.sent}
        late = [a for a in self.arrived if not verifies(a.content, zone, began.get(a.subject, a.at), a.at)]
        bad = [a for a in late if not verifies(a.content, zone, began.get(a.subject, a.at) - window, a.at)]
        self.seen = f"{len(self.arrived)} messages, {len(late)} signed with a key that was just withdrawn"
        return {
            "no verifier can verify it": [(a.subject, a.at, a.selectors) for a in bad],
            "without a signature, or with two": [a for a in self.arrived if len(a.selectors) != 1],
            "taken, and not arrived once": [s for s in self.sent if s.outcome == 250 and count[s.subject] != 1],
            "refused while a key is known to be published": [
                s for s in self.sent if since < s.began and s.ended < until and s.outcome != 250 and
                not self.has_ended(s)]}

    def has_ended(self, sent):
        """Its session with the gateway, which may get 421 after five idle minutes (RFC 5321 4.5.3.2.7), of which one
        jump may pass before the client looks at the clock."""
        if sent.outcome in range(422, 600):
            return False
        return sent.outcome == 421 and sent.ended - sent.used > 199 or any(
            sent.used <= ended and sent.ended >= began for began, ended in self.stops)

    def selectors(self, since, until):
        """The selectors of messages that began and arrived between these moments."""
        began = {s.subject: s.began for s in self.sent}
        return {s for a in self.arrived if since < began.get(a.subject, 0) and a.at < until for s in a.selectors}


def verifies(content, zone, since, until):
    for records in zone.published(since, until):
        try:
            if dkim.DKIM(content).verify(idx=0, dnsfunc=lambda name, timeout=5: records.get(name.decode(), b"")):
                return True
        except dkim.DKIMException:
            pass
    return False
