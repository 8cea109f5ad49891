# SPDX-License-Identifier: Apache-2.0
"""activation = dns on the board: which key signs while records come and go, with a reset at each step."""

import os
import re
import struct
import time

from board import PATIENCE, STATIC, Debugger, make_image
from common import Hop, boot, code, facts, fine, note, transaction, work
import dkim
from flow import Flow
from peers import Gateway, NextHop, message
from published import Resolver, Zone, new_key
from tally import check, eventually

HOLD_S = 600
QUIET_TURNS = 3
STEP_S = 100    # while mail flows: sessions may be idle for at most five minutes

CONFIG = """\
[gateway]
hostname = gateway.test
next-hop = 10.0.2.2:{next_hop}
dns-server = 10.0.2.2:{dns}
{gateway}
[client test]
network = 10.0.2.0/24
from = sender.example
rate = 100000/min
"""
SECTION = """\
[domain sender.example]
selector = {name}
key = {name}.pem
activation = dns
hold = 10m
"""


class Site:
    count = 0

    def __init__(self, selectors="ab"):
        Site.count += 1
        self.folder = f"{work.path}/activation{Site.count}"
        os.mkdir(self.folder)
        self.keys = {name: new_key(work.path, name)[1] for name in selectors}
        self.zone, self.ahead_s = Zone(self.folder, "sender.example"), 0
        self.zone.now = self.now
        self.resolver, self.hop, self.debugger = Resolver(self.zone), Hop(), Debugger()
        text = CONFIG.format(next_hop=self.hop.port, dns=self.resolver.port, gateway=STATIC)
        text += "".join(SECTION.format(name=name) for name in selectors)
        self.board = boot(make_image(work.path, text), debugger=self.debugger, real=True)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.board.kill()
        self.zone.end()

    def now(self):
        """Seconds of the board's clock, added up over resets, with each of which it starts again."""
        return time.monotonic() + self.ahead_s

    def put_forward(self, seconds):
        at = facts.symbols["timekeeper"]
        with self.debugger as d:
            low, high = d.words(at, 2)
            d.write(at, struct.pack("<Q", (high << 32 | low) + seconds * 1000))
        self.ahead_s += seconds

    def passes(self, seconds):
        """Put the board's clock forward; what is then due is asked for, and answered."""
        asked = len(self.resolver.asked)
        self.put_forward(seconds)
        check(eventually(lambda: len(self.resolver.asked) > asked), "asks again", self.board.end())
        self.quiet()

    def quiet(self):
        """Wait until nothing is left to ask: the board then serves clients and asks nothing."""
        turns = 0
        while turns < QUIET_TURNS:
            asked = len(self.resolver.asked)
            self.board.listens()
            eventually(lambda: not self.resolver.busy["udp"])
            turns = turns + 1 if asked == len(self.resolver.asked) else 0

    def reset(self):
        asked = len(self.resolver.asked)
        self.board.reset()
        self.board.wait()
        check(eventually(lambda: len(self.resolver.asked) >= asked + 2), "asks after a reset", self.board.end())
        self.quiet()

    def signer(self):
        """The selector of the only signature, which verifies with the records published now; or the code of the
        reply."""
        before = len(self.hop.messages())
        reply = transaction(self.board.port, message())
        if code(reply) != 250:
            return code(reply)
        content = self.hop.messages()[before][2]
        found = re.findall(rb"(?s)DKIM-Signature:.*?\bs=(\w+);", content)
        try:
            good = dkim.DKIM(content).verify(idx=0, dnsfunc=self.zone.text)
        except dkim.DKIMException:
            good = False
        return found[0].decode() if good and len(found) == 1 else (found, good)

    def signs(self, what, wanted):
        result = self.signer()
        check(result == wanted, what, (result, wanted, self.board.text()[-1500:]))


def test_activation():
    """activation = dns: records come and go, with a reset at each step."""
    with Site() as site:
        b = site.board
        check(eventually(lambda: len(site.resolver.asked) >= 2), "asks", b.end())
        site.quiet()
        site.signs("nothing is published", 451)
        site.zone.publish(a=site.keys["a"])
        site.passes(61)
        site.signs("the first is published", "a")
        site.reset()
        site.signs("the first is published, reset", "a")
        site.zone.publish(b=site.keys["b"])
        site.passes(61)
        check(re.search(rb"keyring event=rotating name=b\._domainkey\.sender\.example in-s=\d+", b.uart()),
              "reports when the next will sign", b.end())
        site.signs("both are published", "a")
        site.passes(HOLD_S)
        site.signs("both are published, after the hold", "b")
        site.reset()
        site.signs("both are published, reset: the older one has been known for longer", "a")
        site.zone.publish(a=None)
        site.passes(301)
        site.passes(61)
        site.signs("the old one is withdrawn", "b")
        site.zone.publish(b=None)
        site.reset()
        site.signs("both are withdrawn, reset", 451)
        seen = re.findall(r"memory .* arena=(\d+) arena-size=(\d+) free=(\d+)", b.text())
        note(f"arena, its size, free RAM: {seen[-1] if seen else '-'}")
        fine(b)


class Flowing:
    """Mail that flows through the board."""

    def __init__(self, site):
        self.site = site
        self.flow = Flow(site.hop, lambda: site.board.port, site.now, clients=2, interval=0.1, timeout=PATIENCE)

    def is_signed(self, wanted, what):
        found = self.flow.more(3)
        check(found == {wanted}, f"mail flows, {what}: signed with {wanted}", (found, self.site.board.text()[-1200:]))

    def reset(self):
        began = self.site.now()
        self.site.reset()
        self.flow.cut()
        self.flow.stops.append((began, self.site.now()))

    def passes(self, seconds):
        """In steps, in most of which records are asked for."""
        for left in range(seconds, 0, -STEP_S):
            asked = len(self.site.resolver.asked)
            self.flow.ease()
            self.site.put_forward(min(STEP_S, left))
            eventually(lambda: len(self.site.resolver.asked) > asked, deadline=0.5)
            self.site.quiet()

    def passes_to(self, moment):
        """The same, up to a moment of now(), which includes the time that the steps take."""
        while (left := moment - self.site.now()) > 0:
            self.passes(int(min(STEP_S, left)) + 1)

    def holds(self, old, new):
        """`new` is published: it signs when its hold time is over, and not before. A message that is sent half-way has
        minutes to arrive; messages that arrive later in the hold time are checked when it is over."""
        flow, began = self.flow, self.site.now()
        self.site.zone.publish(**{new: self.site.keys[new]})
        self.passes(61)
        self.passes_to(began + HOLD_S / 2)
        self.is_signed(old, f"in the hold time of {new}")
        self.passes_to(began + HOLD_S - 50)
        self.passes_to(began + HOLD_S + 100)
        self.is_signed(new, f"the hold time of {new} is over")
        check(flow.selectors(began, began + HOLD_S) == {old}, f"mail flows: {new} does not sign in its hold time")

    def judge(self, known, until):
        for what, found in self.flow.faults(self.site.zone, 370, known, until).items():
            check(not found, f"mail flows, no message: {what}", found[:3])
        note(self.flow.seen)


def test_flow():
    """activation = dns while mail flows: two hold times, resets, DNS that lies and fails, a second gateway
    (lm3s6965evb)."""
    if facts.sessions > 2:
        note("only the smallest board runs this")
        return
    with Site("abc") as site:
        b, publish, hop = site.board, site.zone.publish, NextHop()
        publish(d=new_key(work.path, "d")[1])
        text = CONFIG.format(next_hop=hop.port, dns=site.resolver.port, gateway="") + SECTION.format(name="d")
        neighbour = Gateway(work, hop.port, config=text.replace("10.0.2.", "127.0.0."), name="second")
        other = Flow(hop, lambda: neighbour.port, site.now, clients=1)
        flowing = Flowing(site)
        with flowing.flow, other:
            flowing.is_signed(451, "no key of the board is published")
            publish(a=site.keys["a"])
            flowing.passes(61)
            flowing.is_signed("a", "the first is published")
            known = site.now()
            flowing.holds("a", "b")
            flowing.reset()
            flowing.is_signed("a", "reset: the older one has been known for longer")
            publish(a=None)
            flowing.passes(301)
            flowing.passes(61)
            flowing.is_signed("b", "the old one is withdrawn first")
            flowing.reset()
            flowing.is_signed("b", "the old one is withdrawn, reset")
            site.resolver.mode = "lies"
            flowing.holds("b", "c")
            for mode in ("fail", "silent"):
                site.resolver.mode = mode
                flowing.passes(400)
                flowing.is_signed("c", f"resolver: {mode}")
            site.resolver.mode = "pass"
            flowing.passes(600)
            until = site.now()
            publish(b=None, c=None)
            flowing.passes(301)
            flowing.passes(61)
            flowing.is_signed(451, "all keys of the board are withdrawn")
            check(other.more() == {"d"}, "the second gateway signs with its own key", neighbour.log()[-1000:])
        flowing.judge(known, until)
        bad = [f for f in other.faults(site.zone, 0, 0, site.now()).items() if f[1]]
        check(not bad and other.selectors(0, site.now()) == {"d"}, "the second gateway always did", bad)
        fine(b)
        neighbour.stop()
