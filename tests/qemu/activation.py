# SPDX-License-Identifier: Apache-2.0
"""activation = dns on the board: which key signs while records come and go, and it is reset at each step."""

import os
import re
import struct

from board import STATIC, Debugger, make_image
from common import Hop, boot, check, code, eventually, facts, fine, note, transaction, work
import dkim
from peers import message
from published import Resolver, Zone, new_key

HOLD_S = 600

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
    def __init__(self):
        self.folder = f"{work.path}/activation"
        os.mkdir(self.folder)
        self.keys = {name: new_key(work.path, name)[1] for name in "ab"}
        self.zone = Zone(self.folder, "sender.example")
        self.resolver, self.hop, self.debugger = Resolver(self.zone), Hop(), Debugger()
        text = CONFIG.format(next_hop=self.hop.port, dns=self.resolver.port, gateway=STATIC)
        text += "".join(SECTION.format(name=name) for name in "ab")
        self.board = boot(make_image(work.path, text), debugger=self.debugger)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.board.kill()
        self.zone.end()

    def passes(self, seconds):
        """The board's clock is put forward; what is then due is asked for, and answered."""
        asked = len(self.resolver.asked)
        at = facts.symbols["timekeeper"]
        with self.debugger as d:
            low, high = d.words(at, 2)
            d.write(at, struct.pack("<Q", (high << 32 | low) + seconds * 1000))
        check(eventually(lambda: len(self.resolver.asked) > asked), "asks again", self.board.end())
        self.quiet()

    def quiet(self):
        asked = [-1, -1, -1]

        def still():
            asked.append(len(self.resolver.asked))
            return asked[-4] == asked[-1]
        eventually(still, step=0.1)

    def reset(self):
        asked = len(self.resolver.asked)
        self.board.reset()
        self.board.wait()
        check(eventually(lambda: len(self.resolver.asked) >= asked + 2), "asks after a reset", self.board.end())
        self.quiet()

    def signer(self):
        """The selector of the only signature, which verifies with what is published now, or the code of the reply."""
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
    """activation = dns: records come and go, and it is reset at each step."""
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
              "says when the next will sign", b.end())
        site.signs("both are published", "a")
        site.passes(HOLD_S)
        site.signs("both are published, after the hold", "b")
        site.reset()
        site.signs("both are published, reset: the older one is known longer", "a")
        site.zone.publish(a=None)
        site.passes(301)
        site.passes(61)
        site.signs("the old one is withdrawn", "b")
        site.zone.publish(b=None)
        site.reset()
        site.signs("both are withdrawn, reset", 451)
        told = re.findall(r"memory .* arena=(\d+) arena-size=(\d+) free=(\d+)", b.text())
        note(f"arena, its size, free RAM: {told[-1] if told else '-'}")
        fine(b)
