# SPDX-License-Identifier: Apache-2.0
"""mailseal verify --wait, with a resolver that caches. Part of records.sh."""
import re
import socket
import subprocess
import threading
import time

import dns.flags
import dns.message
import dns.query
import dns.rdatatype

from ports import free_port

SLOW_S = 40
TTL = 4      # of everything in zones/wait.zone, and of missing names


class Resolver(threading.Thread):
    """Asks the zone's server, and caches each answer for its TTL."""

    def __init__(self, upstream, port=0):
        super().__init__(daemon=True)
        self.upstream, self.kept = upstream, {}
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.bind(("127.0.0.1", port))
        self.text = "%s:%d" % self.socket.getsockname()
        self.start()

    def run(self):
        while True:
            wire, peer = self.socket.recvfrom(4096)
            query = dns.message.from_wire(wire)
            self.socket.sendto(self.answer(query).to_wire(), peer)

    def answer(self, query):
        question = query.question[0]
        key = (question.name, question.rdtype)
        if key not in self.kept or self.kept[key][1] <= time.monotonic():
            query.flags &= ~dns.flags.RD
            answer = dns.query.udp(query, self.upstream[0], port=self.upstream[1], timeout=5)
            ttl = min([rrset.ttl for rrset in answer.answer + answer.authority] or [0])
            self.kept[key] = (answer, time.monotonic() + ttl)
        answer, end = self.kept[key]
        answer.id = query.id
        for rrset in answer.answer + answer.authority:
            rrset.ttl = max(0, int(end - time.monotonic()))
        return answer


class Run(threading.Thread):
    """mailseal verify wait.example with one selector; call join() before using the result."""

    def __init__(self, seal, *arguments):
        super().__init__()
        self.seal, self.arguments = seal, arguments
        self.start()

    def run(self):
        start = time.monotonic()
        self.done = self.seal("verify", *self.arguments, server=False)
        self.seconds = time.monotonic() - start

    def __str__(self):
        return "%s: %d after %.1f s: %s" % (self.arguments, self.done.returncode, self.seconds, self.done.stderr)


class Suite:
    def __init__(self, seal, check, program, own, resolver, publish):
        self.seal, self.check, self.program, self.own, self.publish = seal, check, program, own, publish
        self.old = "%s:%d" % resolver
        self.zone_port = ["--zone-port", str(own[1])]
        self.resolver = Resolver(own)

    def verify(self, selector, *options, domain="wait.example", server=None):
        keys = ["--config", selector] if selector.endswith(".conf") else ["--selector", selector, "--key", "key.pem"]
        return Run(self.seal, domain, *keys, "--server", server or self.resolver.text, *self.zone_port, *options)

    def ended(self, run, name, code, least, most, *messages):
        run.join()
        self.check(run.done.returncode == code, name + ": exit code", run)
        # It prints how long it waits. Any other time is the machine's, if less than the 60 s that some runs wait.
        rests = sum(map(int, re.findall(r"asking again in (\d+) s", run.done.stderr)))
        self.check(least <= run.seconds < most + SLOW_S and rests <= most, name + ": time", run)
        for message in messages:
            self.check(re.search(message, run.done.stderr), "%s: says %s" % (name, message), run)

    def test_published_while_waiting(self):
        """All at the same time, because most of the time is waiting."""
        for remembered in (self.verify("known"), self.verify("ok", domain="outer.wait.example"),
                           self.verify("ok", domain="slow.wait.example")):
            remembered.join()
        soon = self.verify("soon", "--wait=60s", "--json")
        mixed = self.verify("mixed.conf", "--wait=60s")
        asked = self.verify("asked", "--wait=60s", "--authoritative")
        never = self.verify("never", "--wait=7s")
        hasty = self.verify("never", "--wait=3s", domain="hasty.wait.example")
        blind = self.verify("wrong", "--wait=5s", "--zone-port", "1")
        time.sleep(1)
        self.publish("known", "soon", "asked")
        known = self.verify("known", "--wait=60s")
        outer = Run(self.seal, "outer.wait.example", "--server", self.resolver.text, *self.zone_port, "--wait=60s")
        slow = self.verify("never", "--wait=7s", domain="slow.wait.example")
        stale = self.verify("ok", "--wait=3s", domain="stale.example", server=self.old)
        resolver = re.escape(self.resolver.text)
        self.ended(soon, "published while waiting", 0, 1, TTL + 1,
                   r"soon\._domainkey\.wait\.example: not published yet \(dkim-missing\); the resolver at %s "
                   r"caches this for [34] s\n" % resolver, r"asking again in [45] s, for \d+ s at most\n")
        self.check(soon.done.stdout.startswith("{") and soon.done.stdout.count('"ok": true') == 1,
                   "the last look is printed, once", soon.done.stdout)
        self.ended(known, "published, but cached as missing", 0, 0, TTL + 1,
                   r"known\._domainkey\.wait\.example: published; the resolver at %s still has the old answer for "
                   r"[0-4] s\n" % resolver)
        self.ended(outer, "an SPF record that refers to another", 0, 0, TTL + 1,
                   r"outer\.wait\.example: correct \(no longer spf-lookups\); the resolver at %s still has an old "
                   r"answer for a name that it refers to\n" % resolver)
        self.ended(asked, "published while the zone is asked", 0, 1, TTL + 1,
                   r"asked\._domainkey\.wait\.example: not published yet \(dkim-missing\)\n")
        self.ended(mixed, "one comes, one is wrong", 1, 1, TTL + 1, r"soon\S+: not published yet",
                   r"wrong\S+: waiting does not help \(dkim-other-key\)\n.*correct the errors below")
        self.ended(never, "never published", 1, 7, 7, r"the time limit was reached\n$")
        self.check("dkim-missing" in never.done.stdout, "never published: verdict", never.done.stdout)
        self.ended(hasty, "an error that follows from another", 1, 3, 3, r"never\S+: not published yet")
        self.check("dmarc-before-dkim" in hasty.done.stdout and "waiting alone" not in hasty.done.stderr,
                   "an error that follows from another is not reported", hasty)
        self.ended(slow, "two names", 1, 7, 7, r"_dmarc\.slow\S+: published; .* for (29\d|300) s\n",
                   r"never\S+: not published yet .*\n.*: asking again in [345] s, for 7 s at most\n")
        self.ended(blind, "the zone's servers are out of reach", 1, 5, 5,
                   r"wrong\S+: wrong \(dkim-other-key\) in an answer that the resolver at %s caches for [0-4] s; "
                   r"the zone's own servers did not answer\n" % resolver)
        self.ended(stale, "as long as there is time left", 1, 3, 3,
                   r"ok\._domainkey\.stale\.example: published; the resolver at \S+ still has the old answer for "
                   r"90 s\n",
                   r"stale\.example: published; the resolver at \S+ still has the old answer for 600 s\n",
                   "asking again in 3 s, for 3 s at most")

    def test_at_once(self):
        for selector, message in (("wrong", r"wrong\S+: waiting does not help \(dkim-other-key\)"),
                                  ("short", r"short\S+: waiting does not help \(dkim-(other-key|key-short)\)")):
            self.ended(self.verify(selector, "--wait=60s"), selector + " is not waited for", 1, 0, 0, message,
                       "correct the errors below")
        self.ended(self.verify("ok", "--wait=60s", domain="nothing.example"), "no such domain", 1, 0, 0,
                   r"nothing\.example: waiting does not help \(dns-no-domain\)")
        double = self.verify("ok", "--wait=1s", domain="double.dmarc.example", server=self.old)
        self.ended(double, "two errors of one name", 1, 1, 1)
        self.check(double.done.stderr.count("_dmarc.double.dmarc.example: ") == 2, "in two looks it is reported twice",
                   double)
        self.ended(self.verify("lost.conf", "--wait=60s"), "a missing key", 4, 0, 0)
        good = self.verify("ok", "--wait=60s")
        self.ended(good, "all is right", 0, 0, 0)
        self.check(not good.done.stderr, "all is right: nothing to say", good)

    def test_dns_comes_back(self):
        port = free_port()
        run = self.verify("ok", "--wait=60s", "--timeout", "1", server="127.0.0.1:%d" % port)
        time.sleep(2)
        Resolver(self.own, port)
        self.ended(run, "DNS comes back", 0, 2, 8, r"wait\.example: DNS does not answer \(dns-timeout\)\n")

    def test_usage(self):
        for wrong in ("0s", "5", "8d", "m", "", "1.5h", "-1s", "1hh", "99999999999999999999s"):
            done = self.verify("ok", "--wait=" + wrong)
            self.ended(done, "--wait=%s is refused" % wrong, 2, 0, 0, "--wait: expected a duration")
        for option, seconds in (("--wait", 3600), ("--wait=7d", 7 * 86400), ("--wait=3m", 180), ("--wait=2h", 7200)):
            waiting = subprocess.Popen([self.program, "verify", "wait.example", "--selector", "never", "--server",
                                        self.resolver.text, *self.zone_port, option], stderr=subprocess.PIPE, text=True)
            waiting.stderr.readline()
            line = waiting.stderr.readline()
            waiting.kill()
            waiting.communicate()
            self.check(re.search(r"for (%d|%d) s at most" % (seconds, seconds - 1), line), option, line)


def run(*arguments):
    suite = Suite(*arguments)
    for test in (suite.test_published_while_waiting, suite.test_at_once, suite.test_dns_comes_back, suite.test_usage):
        test()
