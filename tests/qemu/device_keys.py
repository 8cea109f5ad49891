# SPDX-License-Identifier: Apache-2.0
"""key = device: the board makes its key, keeps it across power cuts, and signs when its record is published."""

import base64
import os
import random
import re
import subprocess
import time

import dkim
from activation import CONFIG
from board import MAILSEAL, REFUSED, STATIC, make_image, size_of
from common import PATIENCE, Hop, Now, boot, code, facts, fine, note, transaction, work
from peers import message
from published import Resolver, Zone
from tally import check, eventually
import tls

SECTION = """\
[domain sender.example]
selector = {selector}
key = device
activation = dns
hold = 10m
"""
DEVICE_KEY = rb'device-key name=(\S+)\._domainkey\.sender\.example record="v=DKIM1; k=rsa; p=([A-Za-z0-9+/=]+)"'
# The time to make a key is random: this is about five times the median.
LONG = 4 * PATIENCE


class Site:
    """A board with a medium that is kept, a zone, a next hop."""

    def __init__(self, selectors="a", next_hop=""):
        self.folder = f"{work.path}/{Now.test}"
        os.mkdir(self.folder)
        self.zone = Zone(self.folder, "sender.example")
        self.resolver, self.hop = Resolver(self.zone), Hop()
        self.medium = f"{self.folder}/medium.img"
        self.seed = f"{self.folder}/seed"
        self.new_medium()
        self.new_seed()
        self.selectors, self.next_hop = selectors, next_hop

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.zone.end()

    def new_medium(self):
        with open(self.medium, "wb") as f:
            f.truncate(size_of(facts.medium))

    def new_seed(self):
        with open(self.seed, "wb") as f:
            f.write(os.urandom(32))
        os.chmod(self.seed, 0o600)

    def change(self, at, octets):
        with open(self.medium, "r+b") as f:
            f.seek(at)
            f.write(octets)

    def text(self):
        return CONFIG.format(next_hop=self.hop.port, dns=self.resolver.port, gateway=STATIC) + "".join(
            SECTION.format(selector=s) for s in self.selectors) + self.next_hop

    def boot(self, **options):
        return boot(make_image(self.folder, self.text(), seed=self.seed), medium=self.medium,
                    **{"real": not self.next_hop} | options)

    def start(self):
        """Wait until it is ready; it may make a key first."""
        b = self.boot(ready=False)
        b.connect()
        b.wait(LONG)
        b.ports()
        b.listens()
        return b

    def signer(self, b):
        """The selector of the only signature, which verifies with the records published now; or the code of the
        reply."""
        before = len(self.hop.messages())
        reply = transaction(b.port, message())
        if code(reply) != 250:
            return code(reply)
        content = self.hop.messages()[before][2]
        found = re.findall(rb"(?s)DKIM-Signature:.*?\bs=(\w+);", content)
        return found[0].decode() if dkim.DKIM(content).verify(idx=0, dnsfunc=self.zone.text) else (found, content)

    def refused(self, what, pattern):
        with self.boot(ready=False) as b:
            check(b.exit_code(LONG) == REFUSED, f"{what}: does not start", b.end())
            check(re.search(pattern, b.text()), f"{what}: reports why", b.end())


def keys_of(b):
    return dict((s.decode(), p.decode()) for s, p in re.findall(DEVICE_KEY, b.uart()))


def test_device_keys():
    """It makes its key, prints the record, signs when that is published, and has the same key after every start."""
    with Site() as site:
        with site.start() as b:
            made = keys_of(b)
            if not check(list(made) == ["a"] and b"making a key" in b.uart(), "makes a key", b.end()):
                return
            public = subprocess.run(["openssl", "pkey", "-pubin", "-inform", "DER", "-text", "-noout"], check=True,
                                    input=base64.b64decode(made["a"]), capture_output=True).stdout
            check(b"Public-Key: (2048 bit)" in public and b"65537" in public, "of 2048 bits", public[:200])
            check(site.resolver.asked, "asks for its record", b.end())
            check(site.signer(b) == 451, "does not sign before that", b.end())
            fine(b)
            adopted(site, b, made["a"])
        site.zone.publish(a=made["a"])
        for what in ("after a power cut", "again"):
            with site.start() as b:
                check(keys_of(b) == made and b"making" not in b.uart(), f"{what}: the same key", b.end())
                check(len(site.resolver.asked) >= 2, f"{what}: asks", b.end())
                check(eventually(lambda: site.signer(b) == "a", step=0.5), f"{what}: signs", b.end())
                seen = re.findall(r"memory .* arena=(\d+) arena-size=(\d+) free=(\d+)", b.text())
                note(f"arena, its size, free RAM: {seen[-1] if seen else '-'}")
                fine(b)
        damaged(site)


def damaged(site):
    """A key that cannot be read is refused and stays as it is: it is never replaced by another one."""
    with open(site.medium, "rb") as f:
        octets = f.read()
    check(octets.count(b"sealkey1") == 1, "it is in one block", octets.count(b"sealkey1"))
    at = octets.index(b"sealkey1") + random.randrange(512)
    with open(site.seed, "rb") as f:
        seed = f.read()
    site.new_seed()
    site.refused("another seed", "key = device: damaged, or made with another seed")
    with open(site.seed, "wb") as f:
        f.write(seed)
    site.change(at, bytes([octets[at] ^ 1 << random.randrange(8)]))
    site.refused(f"octet {at} changed", "key = device: damaged")
    site.change(at, octets[at:at + 1])
    with site.start() as b:
        check(list(keys_of(b)) == ["a"] and b"making" not in b.uart(), "repaired: the same key", b.end())


def test_device_power():
    """Power fails while it makes and keeps keys: in the end it has all of them, and one that it has printed stays."""
    with Site("ab") as site:
        seen = {}
        for i in range(6):
            with site.boot(ready=False) as b:
                b.shows((rb"making", rb"device-key")[i % 2], LONG)
                time.sleep(random.random() / 2)
                b.kill()
                for selector, key in keys_of(b).items():
                    check(seen.setdefault(selector, key) == key, f"{selector} is the same", b.end())
        with site.start() as b:
            made = keys_of(b)
            check(set(made) == {"a", "b"}, "both exist", b.end())
            check(all(made[s] == key for s, key in seen.items()), "and the same", (made, seen))
            check(made["a"] != made["b"], "they differ", made)


def test_device_private():
    """Two own keys, DNS, and TLS with the next hop: the memory is enough for all of it together."""
    with Site("ab", f"[next-hop]\ntls = starttls\nname = hop.test\n{tls.pinned()}\n") as site:
        site.hop.tls = tls.hop_tls("ec", tls.TLS12)
        with site.start() as b:
            site.zone.publish(**keys_of(b))
        with site.start() as b:
            check(len(site.resolver.asked) >= 2, "asks", b.end())
            for i in range(3):
                check(eventually(lambda: site.signer(b) == "a", step=0.5), f"message {i}", b.end())
            check(all(s.tls for s in site.hop.sessions), "privately", [s.trouble for s in site.hop.sessions])
            seen = re.findall(r"memory .* arena=(\d+) arena-size=(\d+)", b.text())
            note(f"arena, its size: {seen[-1] if seen else '-'}")
            fine(b)


def test_device_places():
    """Without a medium no key is made; a new medium gets a new key."""
    with Site() as site:
        if "if=mtd" not in facts.options_text:  # a soldered medium is never missing
            with boot(make_image(site.folder, site.text(), seed=site.seed), medium=False, ready=False) as b:
                check(b.exit_code() == REFUSED, "without a medium: does not start", b.end())
                check("key = device: needs a medium, to count starts" in b.text(), "reports why", b.end())
        found = []
        for _ in range(2):
            with site.start() as b:
                found.append(keys_of(b))
            site.new_medium()
        check(found[0].keys() == found[1].keys() and found[0] != found[1], "another medium, another key", found)


def adopted(site, b, public):
    """The host program reads the record from the UART's log."""
    with open(f"{site.folder}/board.conf") as f:
        before = f.read()
    run = subprocess.run([os.path.abspath(MAILSEAL), "key", "adopt", b.serial, "-c", "board.conf"], cwd=site.folder,
                         capture_output=True, text=True)
    check(run.returncode == 0, "key adopt", run.stderr)
    with open(f"{site.folder}/board.conf") as f:
        check(f"# mailseal: record = v=DKIM1; k=rsa; p={public}\n" in f.read(), "key adopt: the note", run.stdout)
    run = subprocess.run([os.path.abspath(MAILSEAL), "handover", "sender.example", "-c", "board.conf", "-f", "zone"],
                         cwd=site.folder, capture_output=True, text=True)
    check("".join(re.findall(r'"([^"]*)"', run.stdout)) == f"v=DKIM1; k=rsa; p={public}", "handover", run.stderr)
    with open(f"{site.folder}/board.conf", "w") as f:
        f.write(before)

