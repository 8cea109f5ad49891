# SPDX-License-Identifier: Apache-2.0
"""activation = dns from the records to the signatures. See activation.sh."""

import os
import re
import signal
import threading
import time

import dkim
import tally
from peers import Client, Gateway, NextHop, Work, finish, message, stuff
from flow import Flow
from nameserver import Cache
from published import Clock, Resolver, Zone, new_key
from tally import check

DOMAIN = "sender.example"
HOLD_S = 600
CONFIRM_S, ABSENT_S, OURS_S = 61, 61, 301   # engine/gateway/keyring.h, and a second

CONFIG = """\
[gateway]
hostname = gateway.test
{gateway}
[client test]
network = 127.0.0.0/8
from = sender.example
rate = 100000/min
{client}
"""
SECTION = """\
[domain sender.example]
selector = %s
key = %s
activation = dns
hold = %ds
{domain}
"""

work = Work("activation")
clock = Clock(work.path)
keys = {name: new_key(work.path, name) for name in ("a", "b", "c", "d", "stranger")}


def text_of(selectors):
    return CONFIG + "".join(SECTION % (s, keys[s][0], HOLD_S) for s in selectors)


class Site:
    """A zone, a next hop, gateways: each {name: selectors}. ttls: of records and of missing ones; then with a cache."""
    count = 0

    def __init__(self, gateways=None, domain="", by_option=False, ttls=None, environment=None):
        Site.count += 1
        self.folder = f"{work.path}/{Site.count}"
        os.mkdir(self.folder)
        self.zone = Zone(self.folder, DOMAIN)
        self.cache = None
        if ttls:
            self.zone.ttl, self.zone.negative_ttl = ttls
            self.zone.publish()
            self.cache = Cache(f"{self.folder}/cache", self.zone, environment=clock.of_day)
        self.resolver = Resolver(self.cache or self.zone)
        self.hop = NextHop()
        self.domain, self.by_option, self.seen = domain, by_option, 0
        self.environment = environment or clock.environment
        self.selectors = gateways or {"gateway": "ab"}
        self.ease = lambda: None    # before the clock is moved forward
        self.gateways, self.texts = {}, {}

    def start(self, name="gateway", dead=False):
        where = f"127.0.0.1:{self.resolver.port}"
        # The name server does not answer: by default it is asked for long enough.
        hurry = threading.Event()
        if dead:
            threading.Thread(target=self.hurry, args=(hurry,), daemon=True).start()
        os.environ.update(self.environment)
        try:
            self.gateways[name] = Gateway(
                work, self.hop.port, "" if self.by_option else f"dns-server = {where}\n", domain=self.domain,
                config=self.texts.get(name) or text_of(self.selectors[name]), name=f"{Site.count}-{name}",
                options=("--dns-server", where) if self.by_option else ())
        finally:
            for key in self.environment:
                del os.environ[key]
            hurry.set()
        return self.gateways[name]

    @staticmethod
    def hurry(done):
        while not done.wait(0.02):
            clock.run_ahead(0.25)

    def restart(self, name="gateway", dead=False):
        check(self.gateways[name].stop() == 0, "an end without loss", self.gateways[name].log())
        self.start(name, dead)

    def end(self):
        for gateway in self.gateways.values():
            gateway.stop()
        if self.cache:
            self.cache.end()
        self.zone.end()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.end()

    def wake(self):
        """Wait until all that is due was asked for and answered: three reports in a row without a question."""
        quiet, asked = 0, -1
        while quiet < 3:
            reports = {gateway: gateway.log().count(" stats connections=") for gateway in self.gateways.values()}
            for gateway in reports:
                os.kill(gateway.process.pid, signal.SIGUSR1)
            end = time.monotonic() + 5
            while time.monotonic() < end and any(g.log().count(" stats connections=") == reports[g] for g in reports):
                time.sleep(0.002)
            quiet = quiet + 1 if asked == len(self.resolver.asked) and not any(self.resolver.busy.values()) else 0
            asked = len(self.resolver.asked)
            time.sleep(0.015)

    def passes(self, seconds, step=None):
        """In steps short enough that no server is asked twice in one; without step, at once."""
        while seconds > 0:
            self.ease()
            clock.run_ahead(min(seconds, step or seconds))
            seconds -= step or seconds
            self.wake()

    def warm(self, selector, seconds):
        """Another client asked the cache for this that long ago."""
        self.cache.look_up(f"{selector}._domainkey.{DOMAIN}")
        clock.run_ahead(seconds)

    def log(self, name="gateway"):
        return self.gateways[name].log()

    def key_line(self, selector, name="gateway"):
        self.wake()
        return re.findall(rf"key (name={selector}\..*)", self.log(name))[-1]

    def hand_in(self, name="gateway", sender=b"a@sender.example"):
        """(reply, selectors of the signatures on it that verify with the records published now, all selectors)"""
        before = len(self.hop.messages())
        with Client(self.gateways[name].port) as client:
            reply = client.begin(sender=sender.decode())
            if reply.code < 400:
                reply = client.data(stuff(message(sender=sender)))
        arrived = self.hop.messages()[before:]
        if reply.code != 250:
            check(not arrived, "what is refused does not arrive", arrived)
            return reply.code, "", ""
        content = arrived[0][2]
        found = [s.decode() for s in re.findall(rb"(?s)DKIM-Signature:.*?\bs=(\w+);", content)]
        good = [s for i, s in enumerate(found) if self.verifies(content, i)]
        return 250, "".join(good), "".join(found)

    def verifies(self, content, index):
        try:
            return dkim.DKIM(content).verify(idx=index, dnsfunc=self.zone.text)
        except dkim.DKIMException:
            return False

    def signs(self, selector, what, name="gateway"):
        """It signs with this key, and the signature verifies now."""
        result = self.hand_in(name)
        return check(result == (250, selector, selector), f"{what}: signs with {selector}", (result, self.log(name)))

    def still_signs(self, selector, what):
        """It signs with this key, whose record is gone."""
        result = self.hand_in()
        check(result == (250, "", selector), f"{what}: still signs with {selector}", (result, self.log()))

    def asked(self, what, **times):
        found = {selector: self.resolver.count(selector) for selector in times}
        check(found == times, f"{what}: asked {times}", found)

    def refuses(self, what, name="gateway"):
        result = self.hand_in(name)
        check(result[0] == 451, f"{what}: 451", (result, self.log(name)))
        check(re.search(r'code=451 .*text="4\.7\.5 ', self.log(name)), f"{what}: 4.7.5", self.log(name))

    def event(self, event, selector, name="gateway"):
        found = re.findall(rf"keyring event={event} name={selector}\._domainkey\.sender\.example(.*)", self.log(name))
        check(found, f"the log has {event} of {selector}", self.log(name))
        return found[-1] if found else ""


# --- tests -----------------------------------------------------------------------------------------------------------

def test_rotation():
    """From nothing to the first key, to the second, to nothing; a restart at every step."""
    with Site() as site:
        site.start()
        site.refuses("nothing is published")
        site.restart()
        site.refuses("nothing is published, restarted")
        site.zone.publish(a=keys["a"][1])
        site.passes(ABSENT_S)
        site.signs("a", "the first is published")
        site.event("switched", "a")
        site.restart()
        site.signs("a", "the first is published, restarted")
        site.passes(HOLD_S + OURS_S, 300)
        check(re.search("signs=yes held=yes used=1 last-used=[0-9]{10}$", site.key_line("a")), "held, and used",
              site.key_line("a"))
        check("seen=absent signs=no held=no used=0" in site.key_line("b"), "not used", site.key_line("b"))
        site.zone.publish(b=keys["b"][1])
        site.passes(ABSENT_S)
        seen = site.event("rotating", "b")
        found = re.search(r" in-s=(\d+)", seen)
        check(found and HOLD_S - 5 <= int(found.group(1)) <= HOLD_S, "reports when", seen)
        site.signs("a", "the next is published")
        site.passes(HOLD_S - 30, 200)
        site.signs("a", "just before the hold is over")
        check("switched name=b" not in site.log(), "not before", site.log())
        site.passes(35)
        site.signs("b", "after the hold")
        site.event("switched", "b")
        site.restart()
        site.signs("a", "both are published, restarted: the older one has been known for longer")
        site.passes(HOLD_S + 5, 200)
        site.signs("b", "after the hold again")
        site.zone.publish(a=None)
        site.passes(OURS_S)
        site.passes(CONFIRM_S)
        site.signs("b", "the old one is withdrawn")
        check("alarm" not in site.event("retired", "a"), "the old one is withdrawn: no alarm", site.log())
        site.restart()
        site.signs("b", "the old one is withdrawn, restarted")
        site.zone.publish(b=None)
        site.passes(OURS_S)
        check(site.hand_in() == (250, "", "b"), "a single answer withdraws nothing", site.log())
        site.passes(CONFIRM_S)
        site.refuses("both are withdrawn")
        check(" alarm=yes" in site.event("unpublished", "b"), "both are withdrawn: an alarm", site.log())
        site.restart()
        site.refuses("both are withdrawn, restarted")


def test_withdrawn_first():
    """The old record is deleted before the next one's hold time is over: the next one signs at once."""
    with Site() as site:
        site.zone.publish(a=keys["a"][1])
        site.start()
        site.signs("a", "before")
        site.zone.publish(b=keys["b"][1])
        site.passes(ABSENT_S)
        site.signs("a", "both are published")
        site.zone.publish(a=None)
        site.passes(OURS_S)
        site.passes(CONFIRM_S)
        site.signs("b", "the old one is gone")
        site.event("gone", "a")
        site.event("switched", "b")
        site.restart()
        site.signs("b", "restarted")


def test_unsigned_pass():
    """unsigned = pass: mail passes without a signature until a record is published."""
    with Site(domain="unsigned = pass\n") as site:
        site.start()
        check(site.hand_in() == (250, "", ""), "unsigned", site.log())
        site.zone.publish(b=keys["b"][1])
        site.passes(ABSENT_S)
        site.signs("b", "published")


def test_silence():
    """A name server that does not answer, or refuses to, changes nothing; an alarm after an hour."""
    with Site() as site:
        site.zone.publish(a=keys["a"][1])
        site.start()
        site.passes(HOLD_S + OURS_S, 300)
        for mode in ("silent", "fail"):
            site.resolver.mode = mode
            site.passes(6000, 180)
            site.signs("a", mode)
            check(" alarm=yes" in site.event("silent", "a"), f"{mode}: an alarm", site.log())
            check("no-answers=" in site.key_line("a"), f"{mode}: in the report", site.key_line("a"))
            site.resolver.mode = "pass"
            site.passes(1000, 200)
            check("alarm" not in site.event("answers-again", "a"), f"{mode}: the end of it", site.log())
            check("signs=yes held=yes" in site.key_line("a"), f"{mode}: still held", site.key_line("a"))
        site.resolver.mode = "silent"
        site.restart(dead=True)
        site.signs("a", "restarted: the oldest one, because none is known")
        site.resolver.mode = "pass"
        site.passes(60, 10)
        site.signs("a", "then the records are known")


def test_two_gateways():
    """Two gateways of one domain, each with its own key, sign only with their own published keys."""
    with Site({"one": "a", "two": "b"}) as site:
        site.zone.publish(b=keys["b"][1])
        site.start("one")
        site.start("two")
        site.refuses("its key is not published", "one")
        site.signs("b", "its key is published", "two")
        site.zone.publish(a=keys["a"][1])
        site.passes(ABSENT_S)
        site.signs("a", "both are published", "one")
        site.signs("b", "both are published", "two")
        site.zone.publish(b=None)
        site.passes(OURS_S)
        site.passes(CONFIRM_S)
        site.signs("a", "the other one's is gone", "one")
        site.refuses("its key is gone", "two")
        site.restart("one")
        site.restart("two")
        site.signs("a", "restarted", "one")
        site.refuses("restarted", "two")


def test_wrong_records():
    """Another key, two records, a revoked key, an invalid record: none of our keys signs with it."""
    with Site() as site:
        site.zone.publish(a=keys["a"][1])
        site.start()
        site.signs("a", "before")
        for what, record, event, seen in (
                ("another key", keys["stranger"][1], "changed", "another-key"),
                ("two records", [keys["a"][1], keys["stranger"][1]], "several-records", "several-records"),
                ("revoked", "", "revoked", "revoked"),
                ("cut", keys["a"][1][:101], "(?:bad-record|changed)", "(?:malformed|another-key)")):
            site.zone.publish(a=record)
            site.passes(OURS_S)
            site.passes(CONFIRM_S)
            site.refuses(what)
            check(" alarm=yes" in site.event(event, "a"), f"{what}: an alarm", site.log())
            check(re.search(f"seen={seen} signs=no held=no.* alarm=yes$", site.key_line("a")), f"{what}: in the report",
                  site.key_line("a"))
            site.restart()
            site.refuses(f"{what}, restarted")
            site.zone.publish(a=keys["a"][1])
            site.passes(ABSENT_S)
            site.signs("a", f"{what}: fixed")


def test_ttl():
    """Records, and missing ones too, are asked for again when their TTL ends; each question from another port."""
    with Site() as site:
        site.zone.ttl, site.zone.negative_ttl = 1200, 150
        site.zone.publish(a=keys["a"][1])
        site.start()
        site.wake()
        for selector, ttl in (("a", 1200), ("b", 150)):
            check(site.resolver.count(selector) == 1, f"{selector}: asked once", site.resolver.asked)
        site.passes(140, 28)
        check(site.resolver.asked[2:] == [], "not before the negative TTL", site.resolver.asked)
        site.passes(12)
        check(site.resolver.count("b") == 2 and site.resolver.count("a") == 1, "after it", site.resolver.asked)
        site.passes(1000, 70)
        check(site.resolver.count("a") == 1, "not before the TTL", site.resolver.asked)
        site.passes(60)
        check(site.resolver.count("a") == 2, "after it", site.resolver.asked)
        site.zone.publish(b=keys["b"][1])
        site.passes(160)
        seen = site.event("rotating", "b")
        found = re.search(r" in-s=(\d+)", seen)
        check(found and 1190 <= int(found.group(1)) <= 1200, "the hold time is at least the TTL", seen)
        check(len(site.resolver.ports) == len(site.resolver.asked), "ports", site.resolver.ports)


def test_cached_absence():
    """The cache remembers a missing record: the key signs when that has expired, and not before."""
    with Site(ttls=(1200, 900)) as site:
        site.warm("a", 300)
        site.start()
        site.refuses("nothing is published")
        site.zone.publish(a=keys["a"][1])
        site.passes(570, 95)
        site.asked("the absence is cached for the remaining time", a=1)
        check(site.cache.texts(f"a._domainkey.{DOMAIN}") == [], "the cache does not have it")
        site.refuses("published, and not yet seen")
        site.passes(60)
        site.asked("the cached absence has expired", a=2)
        site.signs("a", "seen")


def test_cached_by_others():
    """The remaining time in our cache is not that in others: the hold time is as long as the zone's TTL."""
    with Site(ttls=(60, 3600)) as site:
        site.zone.publish(a=keys["a"][1])
        site.warm("b", 3500)
        site.start()
        site.zone.publish(b=keys["b"][1])
        site.passes(160, 80)
        seen = site.event("rotating", "b")
        found = re.search(r" in-s=(\d+)", seen)
        check(found and 3590 <= int(found.group(1)) <= 3600, "the negative TTL of the zone, all of it", seen)


def test_cached_record():
    """The cache remembers a record for its TTL and is asked again after that; until then the key signs."""
    with Site(ttls=(1200, 60)) as site:
        site.zone.publish(a=keys["a"][1])
        site.warm("a", 500)
        site.start()
        site.signs("a", "published")
        site.passes(670, 67)
        site.asked("the rest of the TTL", a=1)
        site.passes(60)
        site.asked("the rest of the TTL is over", a=2)
        site.zone.publish(a=None)
        site.passes(430, 86)
        site.asked("the whole TTL", a=2)
        site.passes(670, 67)
        site.asked("a look at the end of the hold time, then the rest of the TTL", a=3)
        check("signs=yes held=yes" in site.key_line("a"), "the hold time is the whole TTL", site.key_line("a"))
        site.still_signs("a", "withdrawn, but cached")
        site.passes(130)
        site.asked("the TTL is over", a=4)
        site.still_signs("a", "a single answer withdraws nothing")
        site.passes(CONFIRM_S)
        site.refuses("withdrawn, and expired")


def test_cached_withdrawn_first():
    """The old record is deleted when the next one is added: caches decide when the next key signs."""
    for ttls in ((900, 60), (300, 900)):
        with Site({"gateway": "abc"}, ttls=ttls) as site:
            site.zone.publish(a=keys["a"][1])
            site.start()
            site.signs("a", f"{ttls}: before")
            site.zone.publish(a=None, b=keys["b"][1])
            site.passes(270, 27)
            site.still_signs("a", f"{ttls}: remembered")
            if ttls[0] > ttls[1]:
                site.event("rotating", "b")
                site.passes(660, 60)
                site.still_signs("a", f"{ttls}: a single answer")
                site.passes(CONFIRM_S)
                check("name=unpublished" not in site.log(), f"{ttls}: never without a key", site.log())
            else:
                site.passes(60)
                site.passes(CONFIRM_S)
                site.refuses(f"{ttls}: the old one has expired, the next one is not yet seen")
                site.event("unpublished", "c")
                site.passes(600, 60)
            site.signs("b", f"{ttls}: the next one is seen, and does not wait")
            site.event("switched", "b")


def test_cache_restarts():
    """The cache is emptied, ends, and comes back empty."""
    with Site(ttls=(300, 900)) as site:
        site.start()
        site.refuses("nothing is published")
        site.zone.publish(a=keys["a"][1])
        site.cache.flush()
        check(site.cache.texts(f"a._domainkey.{DOMAIN}"), "the cache has it")
        site.passes(840, 84)
        site.asked("emptied, but told to wait", a=1)
        site.refuses("not yet seen")
        site.restart()
        site.asked("restarted", a=2)
        site.signs("a", "restarted")
        site.cache.end()
        site.passes(700, 70)
        check("no-answers=" in site.key_line("a"), "the cache is down", site.key_line("a"))
        site.signs("a", "the cache is down")
        site.zone.publish(a=None, b=keys["b"][1])
        site.cache.start()
        site.passes(480, 80)
        site.passes(CONFIRM_S)
        site.signs("b", "the cache is back")
        check("alarm" not in site.event("switched", "b"), "no alarm", site.log())


def test_tcp():
    """An answer that is too long for a datagram is asked for over TCP."""
    with Site(by_option=True) as site:
        site.resolver.mode = "truncate"
        site.zone.publish(a=keys["a"][1])
        site.start()
        site.signs("a", "over TCP")
        check(site.resolver.over_tcp >= 2, "both questions", site.resolver.over_tcp)
        site.zone.publish(a=None)
        site.passes(OURS_S)
        site.passes(CONFIRM_S)
        site.refuses("no such record, over TCP")


def test_lies():
    """Forged answers are not believed; many of them bring the question over TCP."""
    with Site() as site:
        site.resolver.mode = "lies"
        site.zone.publish(a=keys["a"][1])
        site.start()
        site.signs("a", "among lies")
        check(site.resolver.over_tcp == 0, "over UDP", site.resolver.over_tcp)
        site.resolver.num_lies = 20
        site.passes(OURS_S)
        site.passes(OURS_S)
        site.signs("a", "among many")
        check(site.resolver.over_tcp > 0 and "alarm=yes" not in site.log(), "over TCP", site.log())


class Flowing:
    """Mail flows through the gateway of a site; its selectors, from moment to moment."""

    def __init__(self, site):
        self.site = site
        site.zone.now = clock.now
        self.flow = Flow(site.hop, lambda: site.gateways["gateway"].port, clock.now, interval=0.15)
        site.ease = self.flow.ease

    def is_signed(self, wanted, what):
        found = self.flow.more()
        check(found == {wanted}, f"{what}: signed with {wanted}", (found, self.site.log()))

    def restart(self):
        began = clock.now()
        self.site.restart()
        self.flow.stops.append((began, clock.now()))

    def holds(self, old, new, hold_s):
        """`new` is published: it signs when its hold time is over, and not before."""
        site, flow, began = self.site, self.flow, clock.now()
        site.zone.publish(**{new: keys[new][1]})
        site.passes(ABSENT_S)
        site.passes(hold_s - 100, 100)
        self.is_signed(old, f"just before the hold time of {new} is over")
        site.passes(120, 10)
        self.is_signed(new, f"the hold time of {new} is over")
        check(flow.selectors(began, began + hold_s) == {old}, f"{new} does not sign in its hold time")
        found = flow.selectors(began + ABSENT_S + hold_s + 12, clock.now())
        check(found == {new}, f"{new} signs after its hold time", found)

    def judge(self, known, until):
        for what, found in self.flow.faults(self.site.zone, OURS_S + CONFIRM_S + 10, known, until).items():
            check(not found, f"no message: {what}", found[:3])
        print(self.flow.seen, flush=True)
        check(len(self.flow.arrived) > 100, "mail flowed", len(self.flow.arrived))


def test_flow():
    """Mail flows while records come and go, two hold times pass, the gateway is restarted and DNS lies and fails."""
    with Site({"gateway": "abcd"}) as site:
        site.start()
        flowing = Flowing(site)
        with flowing.flow:
            flowing.is_signed(451, "nothing is published")
            site.zone.publish(a=keys["a"][1])
            site.passes(ABSENT_S)
            flowing.is_signed("a", "the first is published")
            known = clock.now()
            flowing.restart()
            flowing.is_signed("a", "restarted")
            flowing.holds("a", "b", HOLD_S)
            flowing.restart()
            flowing.is_signed("a", "both are published, restarted")
            site.passes(HOLD_S + 5, 100)
            flowing.is_signed("b", "the hold time again")
            site.zone.publish(a=None)
            site.passes(OURS_S, 100)
            site.passes(CONFIRM_S)
            flowing.is_signed("b", "the old one is withdrawn")
            flowing.restart()
            flowing.is_signed("b", "the old one is withdrawn, restarted")
            site.resolver.mode = "lies"
            flowing.holds("b", "c", HOLD_S)
            for mode in ("fail", "silent"):
                site.resolver.mode = mode
                site.passes(HOLD_S, 100)
                flowing.is_signed("c", mode)
            site.resolver.mode = "pass"
            site.zone.publish(b=None, c=None, d=keys["d"][1])
            site.passes(960, 96)
            site.passes(CONFIRM_S)
            flowing.is_signed("d", "the old ones were withdrawn first")
            flowing.restart()
            flowing.is_signed("d", "the old ones were withdrawn first, restarted")
            until = clock.now()
            site.zone.publish(d=None)
            site.passes(OURS_S, 100)
            flowing.is_signed("d", "a single answer")
            site.passes(CONFIRM_S)
            flowing.is_signed(451, "all are withdrawn")
        flowing.judge(known, until)


def test_report():
    """The report lists the senders that were refused because they are not configured."""
    with Site() as site:
        site.zone.publish(a=keys["a"][1])
        site.start()
        for sender, times in ((b"a@other.example", 2), (b"a@x.example", 1)):
            for _ in range(times):
                check(site.hand_in(sender=sender)[0] == 550, "refused", site.log())
        site.wake()
        found = re.findall(r"unknown (domain=\S+ client=\S+ count=\d+)", site.log())[-2:]
        check(found == ["domain=other.example client=127.0.0.1 count=2", "domain=x.example client=127.0.0.1 count=1"],
              "in the report", site.log())


def test_report_by_itself():
    """Each hour, automatically."""
    with Site() as site:
        site.zone.publish(a=keys["a"][1])
        site.start()
        site.wake()
        check(site.hand_in()[0] == 250, "mail", site.log())
        before = site.log().count(" stats connections=")
        clock.run_ahead(3599)
        site.hand_in(sender=b"a@other.example")
        check(site.log().count(" stats connections=") == before, "not before the hour", site.log())
        clock.run_ahead(3600)
        site.hand_in(sender=b"a@other.example")
        check(site.log().count(" stats connections=") == before + 1, "at the hour", site.log())
        check(re.search(r"key name=a\..* signs=yes .* used=1 ", site.log()), "with what the key signed", site.log())


def test_age():
    """A key that signs for longer than rotate-after is an alarm at the start and each day; one that waits is none."""
    for extra, wanted in (("", 3), ("rotate-after = 49710d\n", 0)):
        with Site(domain=f"made = 2020-01-01\n{extra}", environment=clock.of_day) as site:
            site.zone.publish(a=keys["a"][1])
            site.start()
            site.wake()
            for day in range(2):
                site.passes(86400)
                check(site.hand_in()[2] == "a", f"day {day}: signs", site.log())
            found = re.findall(r"keyring event=old name=(\w)\S+ age-d=(\d+) alarm=yes ", site.log())
            check([name for name, _ in found] == ["a"] * wanted, f"{wanted} alarms", site.log())
            ages = [int(age) for _, age in found]
            check(all(age > 365 for age in ages) and ages == sorted(set(ages)), "of its age", ages)


def test_manual():
    """A key that was not approved is watched and never signs, however long its record is published."""
    with Site(domain="", gateways={"gateway": "ab", "waiting": "b"}) as site:
        waiting = CONFIG + (SECTION % ("b", keys["b"][0], HOLD_S)).replace("= dns", "= manual")
        site.texts["waiting"] = waiting
        site.zone.publish(b=keys["b"][1])
        site.start()
        site.start("waiting")
        site.passes(10 * HOLD_S, 100)
        site.signs("b", "activation = dns")
        site.refuses("activation = manual", "waiting")
        site.event("waits", "b", "waiting")
        check("seen=published signs=no" in site.key_line("b", "waiting"), "it is seen", site.log("waiting"))


def main():
    tests = {key[5:]: function for key, function in globals().items() if key.startswith("test_")}
    for name, test in tally.chosen(tests):
        tally.place = name
        with tally.part(name):
            test()
    finish(work)


main()
