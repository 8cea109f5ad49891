# SPDX-License-Identifier: Apache-2.0
"""The published test suite of RFC 7208, from Debian's python3-spf: a name server that answers from the suite's own
zone data, and mailseal spf check --ip for each of its questions."""
import gzip
import json
import os
import socketserver
import subprocess
import threading

import dns.flags
import dns.message
import dns.name
import dns.rcode
import dns.rdata
import dns.rdataclass
import dns.rdatatype
import dns.rrset
import yaml

SUITE = "/usr/share/doc/python3-spf/rfc7208-tests.yml.gz"


def suite_file(folder):
    """Its path; on machines that install no documentation it is extracted from the package."""
    if os.path.exists(SUITE):
        return SUITE
    subprocess.run("apt-get -q download python3-spf && dpkg-deb -x python3-spf_*.deb .", shell=True, cwd=folder,
                   check=True, capture_output=True)
    return f"{folder}{SUITE}"


def records(zone, name, rdtype):
    """Values of this type at a name; "TIMEOUT" if the server must be silent; None: no such name."""
    if name not in zone:
        return "TIMEOUT" if name.startswith("error.") else None
    values, from_spf, has_txt = [], [], False
    for item in zone[name]:
        if item == "TIMEOUT":
            return values or "TIMEOUT"
        (key, value), = item.items()
        if value == "TIMEOUT":
            if key == rdtype:
                return "TIMEOUT"
            continue
        has_txt = has_txt or key == "TXT"
        if key == "SPF":
            from_spf.append(value)
        if key == rdtype and value != "NONE" and value != ["NONE"]:
            values.append(value)
    # The suite writes most of its records as SPF (type 99), which count as TXT if no TXT exists (see its header).
    return from_spf if rdtype == "TXT" and not has_txt else values


def quoted(value):
    strings = [value] if isinstance(value, str) else value or [""]
    return " ".join('"%s"' % "".join(c if 32 <= ord(c) < 127 and c not in '"\\' else "".join(
        "\\%03d" % octet for octet in c.encode()) for c in string) for string in strings)


def to_text(rdtype, value):
    if rdtype == "TXT":
        return quoted(value)
    if rdtype == "MX":
        return "%d %s" % (value[0], absolute(value[1]))
    return absolute(value) if rdtype in ("CNAME", "PTR", "NS") else value


def absolute(name):
    return name if name.endswith(".") else name + "."


class Answerer(socketserver.BaseRequestHandler):
    def handle(self):
        data, sock = self.request
        query = dns.message.from_wire(data)
        question = query.question[0]
        rdtype = dns.rdatatype.to_text(question.rdtype)
        name = b".".join(question.name.labels[:-1]).decode("latin-1").lower()
        reply = dns.message.make_response(query)
        reply.flags |= dns.flags.AA | dns.flags.RA
        owner = question.name
        for _ in range(20):
            values = records(self.server.zone, name, rdtype)
            alias = records(self.server.zone, name, "CNAME")
            if values == "TIMEOUT":
                return
            if values or not alias or alias == "TIMEOUT":
                break
            reply.answer.append(dns.rrset.from_text(owner, 300, "IN", "CNAME", absolute(alias[0])))
            name = alias[0].rstrip(".").lower()
            owner = dns.name.from_text(name)
        if values:
            reply.answer.append(dns.rrset.from_text(owner, 300, "IN", rdtype, *[to_text(rdtype, v) for v in values]))
        elif values is None:
            reply.set_rcode(dns.rcode.NXDOMAIN)
        sock.sendto(reply.to_wire(), self.client_address)


def ask(seal, port, test):
    sender = test["mailfrom"] or "postmaster@" + test["helo"]
    local, _, domain = sender.rpartition("@")
    command = [seal, "spf", "check", "--json", "--server", "127.0.0.1:%d" % port, "--timeout", "1", "--ip",
               test["host"],
               "--sender", (local or "postmaster") + "@" + domain, "--helo", test["helo"], "--", domain]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    try:
        return json.loads(done.stdout)
    except ValueError:
        return {"result": "exit code %d: %s" % (done.returncode, done.stderr)}


def run(seal, check, folder):
    """check(good, name, detail) is called for each question of the suite; `folder` is for files."""
    server = socketserver.ThreadingUDPServer(("127.0.0.1", 0), Answerer)
    server.zone = {}
    threading.Thread(target=server.serve_forever, daemon=True).start()
    with gzip.open(suite_file(folder)) as suite:
        scenarios = [s for s in yaml.safe_load_all(suite) if s]
    for scenario in scenarios:
        server.zone = {name.lower(): items for name, items in scenario["zonedata"].items()}
        for name, test in scenario["tests"].items():
            wanted = [test["result"]] if isinstance(test["result"], str) else test["result"]
            got = ask(seal, server.server_address[1], test)["result"]
            check(got in wanted, "rfc7208 %s: %s" % (scenario["description"], name), "%s, not %s" % (got, wanted))
    server.shutdown()
