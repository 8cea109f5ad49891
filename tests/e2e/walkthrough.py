# SPDX-License-Identifier: Apache-2.0
"""README's walk, with its own commands. See walkthrough.sh."""

import os
import re
import shlex
import subprocess

import dkim
from peers import MAILSEAL, MAILSEALD, Client, NextHop, Work, finish, message, stuff
from tally import HUNG_S, check, eventually
from ports import free_port
from published import Clock, Zone

DOMAINS = ("example.com", "shop.example")

work = Work("walkthrough")
clock = Clock(work.path)


class CustomersZone(Zone):
    """A zone with SPF and DMARC that is edited by hand; its server also has an empty root zone."""

    def __init__(self, domain):
        self.lines = ['@ TXT "v=spf1 ip4:127.0.0.1 -all"', '_dmarc TXT "v=DMARC1; p=none"']
        super().__init__(work.path, domain)
        root = "$ORIGIN .\n$TTL 5\n@ SOA ns. admin. 1 3600 600 86400 5\n@ NS ns.\nns A 127.0.0.1\n"
        self.add(".", work.file("root", root))
        check(self.look_up(".", "SOA"), "the name server has the root")

    def write(self):
        super().write()
        with open(self.file, "a") as f:
            f.write("\n".join(self.lines) + "\n")


class Running:
    """mailseald, as README starts it."""

    def __init__(self, words, zone):
        self.port = free_port()
        self.log = open(f"{work.path}/gateway.log", "w")
        self.process = subprocess.Popen(
            [os.path.abspath(MAILSEALD), *words, "--listen", f"127.0.0.1:{self.port}", "--dns-server",
             f"127.0.0.1:{zone.port}"], cwd=work.path, stderr=self.log,
            env=os.environ | clock.environment)
        self.ready = eventually(lambda: "listening on" in self.text())

    def text(self):
        with open(self.log.name) as f:
            return f.read()

    def stop(self):
        self.process.terminate()
        return self.process.wait(HUNG_S)


def commands():
    with open("README.md") as f:
        walk = re.search(r"<!-- walk:begin -->\n(.*?)<!-- walk:end -->", f.read(), re.S).group(1)
    return [shlex.split(line) for line in walk.splitlines() if line.strip()]


def mailseal(words, *more):
    return subprocess.run([os.path.abspath(MAILSEAL), *words[1:], *more], cwd=work.path, capture_output=True, text=True,
                          timeout=HUNG_S)


def send(port, domain):
    content = re.sub(rb"(?m)^From: .*\r$", f"From: a@{domain}\r".encode(), message())
    with Client(port, 30) as client:
        client.begin(sender=f"a@{domain}")
        return client.data(stuff(content))


def signed_with(arrived, zones):
    """(selector, verified with the records that the zone publishes now)"""
    found = re.search(rb"(?s)^DKIM-Signature:.*?\ss=([\w.-]+);", arrived)
    domain = re.search(rb"(?m)^From: a@([\w.]+)", arrived).group(1).decode()
    good = dkim.DKIM(arrived).verify(dnsfunc=lambda name, timeout=5: zones[domain].text(name))
    return found.group(1).decode() if found else None, good


def main():
    words = commands()
    check(len(words) <= 7, "seven commands or fewer", len(words))
    hop, zones = NextHop(), {domain: CustomersZone(domain) for domain in DOMAINS}
    work.file("gateway.conf", f"[gateway]\nhostname = gateway.test\nnext-hop = 127.0.0.1:{hop.port}\n")
    for line in words:
        if line[1] == "domain":
            run = mailseal(line)
            check(run.returncode == 0, " ".join(line), run.stderr)
        elif line[1] == "handover":
            run = mailseal(line)
            check(run.returncode == 0 and os.path.getsize(f"{work.path}/{line[-1]}") > 5000, " ".join(line), run.stderr)
            zone = zones[line[2]]
            zone.lines += mailseal(["mailseal", "handover", line[2], "--format", "zone"]).stdout.splitlines()
            zone.publish()
        elif line[1] == "verify":
            run = mailseal(line, "--server", f"127.0.0.1:{zones[line[2]].port}")
            check(run.returncode == 0, " ".join(line), run.stdout + run.stderr)
    with open(f"{work.path}/gateway.conf") as f:
        selectors = re.findall(r"\[domain example\.com\]\nselector = (\S+)", f.read())
    zones["example.com"].add("shop.example", zones["shop.example"].file)
    check(zones["example.com"].look_up("shop.example.", "SOA"), "the name server has the other zone too")
    check(words[-1][-1] == "2>>gateway.log", "the log of the gateway goes to a file", words[-1])
    gateway = Running(words[-1][1:-1], zones["example.com"])
    check(gateway.ready, " ".join(words[-1]), gateway.text())
    for domain in DOMAINS:
        reply = send(gateway.port, domain)
        arrived = hop.messages()[-1][2] if reply.code == 250 else b""
        check(reply.code == 250 and signed_with(arrived, zones) == (selectors[0], True), f"signed for {domain}",
              (str(reply), arrived[:500]))
    rotate(gateway, zones, selectors, hop)
    check(gateway.stop() == 0, "the gateway ends", gateway.text())
    finish(work)


def rotate(gateway, zones, selectors, hop):
    """The old record is deleted by hand: the next key signs when the gateway has looked twice."""
    zone = zones["example.com"]
    zone.lines = [line for line in zone.lines if not line.startswith(f"{selectors[0]}._domainkey.")]
    zone.publish()
    check(zone.look_up(f"{selectors[0]}._domainkey.example.com.") == "", "the old record is gone")
    for _ in range(30):
        clock.run_ahead(3601)  # the TTL on the sheet
        if eventually(lambda: "event=switched" in gateway.text(), deadline=2):
            break
    reply = send(gateway.port, "example.com")
    arrived = hop.messages()[-1][2] if reply.code == 250 else b""
    check(reply.code == 250 and signed_with(arrived, zones) == (selectors[1], True), "the next key signs",
          (str(reply), arrived[:500], gateway.text()[-900:]))
    with open("docs/operations.md") as f:
        steps = re.search(r"<!-- change:begin -->\n(.*?)<!-- change:end -->", f.read(), re.S).group(1)
    for line in steps.replace("s20260115", selectors[0]).splitlines():
        run = mailseal(shlex.split(line), *(["--server", f"127.0.0.1:{zone.port}"] if "--dns" in line else []))
        check(run.returncode == 0, line.strip(), run.stderr)
    with open(f"{work.path}/example.com-next.html") as f:
        sheet = f.read()
    with open(f"{work.path}/gateway.conf") as f:
        chosen = re.findall(r"\[domain example\.com\]\nselector = (\S+)", f.read())
    check(len(chosen) == 2 and chosen[0] == selectors[1], "the next key and a new one are left", chosen)
    check(all(f"{s}._domainkey" in sheet for s in chosen) and f"{selectors[0]}._domainkey" not in sheet,
          "the new sheet lists these two and not the old one", chosen)


main()
