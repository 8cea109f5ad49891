# SPDX-License-Identifier: Apache-2.0
"""mailseal verify, spf and dmarc against real name servers. See records.sh."""
import base64
import json
import os
import re
import socket
import subprocess

import evidence
import program
import tally
import spf_suite
import waiting
from nameserver import Cache, NameServer, as_strings
from ports import free_port
from program import SEAL
from tally import check
from published import Clock

HERE = os.path.dirname(os.path.abspath(__file__))
WORK = program.new_folder()
RESOLVER, OWN, SECOND, CACHE = "127.0.0.1", "127.0.0.2", "127.0.0.3", "127.0.0.4"


# --- keys and zones ------------------------------------------------------------------------------------------------

def path(name):
    return os.path.join(WORK, name)


def openssl(*arguments):
    return subprocess.run(["openssl", *arguments], check=True, capture_output=True).stdout


def public(name, *form):
    command = ["rsa", *form] if form else ["pkey", "-pubout"]
    return base64.b64encode(openssl(*command, "-in", path(name), "-outform", "DER")).decode()


def make_keys():
    for name, bits in (("key", 2048), ("other", 2048), ("weak", 1024), ("short", 768)):
        openssl("genrsa", "-out", path(name + ".pem"), str(bits))
        os.chmod(path(name + ".pem"), 0o600)
    key = public("key.pem")
    return {
        "KEY": as_strings(key), "OTHER": as_strings(public("other.pem")), "WEAK": as_strings(public("weak.pem")),
        "SHORT": as_strings(public("short.pem")), "PKCS1": as_strings(public("key.pem", "-RSAPublicKey_out")),
        "HEX": as_strings(base64.b64decode(key).hex().upper()), "CUT": as_strings(key[:230]),
        "FILL": as_strings("x" * 3000),
        "BLANKS": as_strings(" ".join(key[i:i + 60] for i in range(0, len(key), 60))),
        "BROKEN": '"%s\\" \\"%s"' % (key[:150], key[150:230]),
    }


def write_zone(name, keys):
    with open(os.path.join(HERE, "zones", name), encoding="ascii") as source:
        text = re.sub(r"\$([A-Z0-9]+)\$", lambda m: keys[m.group(1)], source.read())
    with open(path(name), "w", encoding="ascii") as zone:
        zone.write(text)


def publish(*selectors):
    """Publish in wait.example, at its own server only."""
    with open(path("wait.zone"), "r+", encoding="ascii") as zone:
        text = zone.read().replace(" 1 3600", " 2 3600").replace("a:ns.example ", "").replace("p=bad", "p=none")
        zone.seek(0)
        zone.write(text + "".join('%s._domainkey TXT "v=DKIM1; k=rsa; p=" %s\n' % (s, keys["KEY"]) for s in selectors))
    servers[OWN].control("zone-reload", "wait.example")


# --- running -------------------------------------------------------------------------------------------------------

def seal(*arguments, server=True):
    where = ["--server", "%s:%d" % (RESOLVER, port), "--zone-port", str(port), "--timeout", "2"] if server else []
    return subprocess.run([SEAL, *arguments, *where], capture_output=True, text=True, check=False, cwd=WORK)


def ask(*arguments, server=True):
    done = seal(*arguments, "--json", server=server)
    try:
        return {"findings": [], **json.loads(done.stdout)}, done
    except ValueError:
        return {"findings": [], "stderr": done.stderr}, done


def failed(done):
    """A document that names the error and has no record."""
    document = json.loads(done.stdout)
    return document["format"] == 1 and document["errors"] and "value" not in document


def codes(document, *severities):
    return sorted(f["code"] for f in document["findings"] if f["severity"] in (severities or ("error", "warning")))


def judged(name, wanted, arguments, code=None, server=True):
    """Errors and warnings are exactly these; the exit code shows whether there is an error."""
    document, done = ask(*arguments, server=server)
    check(codes(document) == sorted(wanted), name, "%s, not %s %s" % (codes(document), sorted(wanted), done.stderr))
    if code is None:
        code = 1 if codes(document, "error") else 0
    check(done.returncode == code, name + ": exit code", "%d, not %d" % (done.returncode, code))
    for finding in document["findings"]:
        check(finding["advice"] and finding["who"] in ("you", "dns", "owner"), name + ": form", finding)
    return document


def finding(document, code):
    return next((f for f in document["findings"] if f["code"] == code), {})


# --- DKIM ----------------------------------------------------------------------------------------------------------

def test_dkim():
    cases = {
        "ok": [], "alias": [], "far": [], "both": [], "strict": [], "big": ["dkim-long"], "missing": ["dkim-missing"],
        "broken": ["dkim-broken-alias"], "doubled": ["dkim-wrong-name"], "short-name": ["dkim-wrong-name"],
        "several": ["dkim-several"], "extra": ["dkim-other-txt"], "astext": ["dkim-alias-as-text"],
        "dkim2": ["dkim-not-dkim1"], "lower": ["dkim-not-dkim1"], "late": ["dkim-not-dkim1"],
            "nov": ["dkim-no-version"],
        "quotes": ["dkim-quotes"], "inner": ["dkim-quotes"], "slash": ["dkim-quotes"], "twice": ["dkim-syntax"],
        "noname": ["dkim-syntax"], "blanks": ["dkim-blanks"], "nop": ["dkim-no-p"], "revoked": ["dkim-revoked"],
        "hex": ["dkim-hex"], "base64": ["dkim-not-base64"], "cut": ["dkim-truncated"], "nokey": ["dkim-not-a-key"],
        "pkcs1": ["dkim-key-form"], "ed": ["dkim-key-type"], "other": ["dkim-other-key"], "sha1": ["dkim-hash"],
        "tlsrpt": ["dkim-service"], "test": ["dkim-testing"],
    }
    for selector, wanted in cases.items():
        document = judged("dkim " + selector, wanted, ["verify", "good.example", "--selector", selector, "--key",
                                                       "key.pem"])
        good = not any(f["severity"] == "error" for f in document["findings"])
        check(document["dkim"] == {**document["dkim"], "keys": 1, "good": int(good)}, "dkim %s: count" % selector,
              document["dkim"])
        if wanted == ["dkim-missing"]:
            found = finding(document, "dkim-missing")
            check(found["expected"] == "v=DKIM1; k=rsa; p=" + public("key.pem"), "dkim-missing: expected", found)
            check(found["name"] == "missing._domainkey.good.example" and found["zone"] == "example" and
                  found["who"] == "dns", "dkim-missing: who", found)
        if selector == "doubled":
            check("doubled._domainkey.good.example.good.example" in finding(document, "dkim-wrong-name")["found"],
                  "dkim-wrong-name shows the place", document)
    judged("dkim weak", ["dkim-key-weak"], ["verify", "good.example", "--selector", "weak", "--key", "weak.pem"])
    judged("dkim short", ["dkim-key-short"], ["verify", "good.example", "--selector", "short"])
    document = judged("dkim without key", [], ["verify", "good.example", "--selector", "other"])
    check("dkim-not-compared" in codes(document, "note"), "dkim-not-compared", codes(document, "note"))
    judged("dkim at the apex", ["dkim-wrong-name"], ["verify", "apex.example", "--selector", "ok", "--key", "key.pem"])
    judged("policy before dkim", ["dkim-missing", "dmarc-before-dkim"], ["verify", "hasty.example", "--selector", "ok"])


def configuration(name, *sections):
    with open(path(name), "w", encoding="ascii") as conf:
        conf.write("[gateway]\nhostname = gw.example.com\nnext-hop = 127.0.0.1:2526\n" + "".join(
            "[domain %s]\n%s\n" % (domain, "\n".join(lines)) for domain, *lines in sections))


def test_configuration():
    key = ("selector = ok", "key = key.pem")
    configuration("two.conf", ("good.example", *key), ("good.example", "selector = other", "key = other.pem"),
                  ("strict.example", *key, "subdomains = yes"))
    document = judged("two keys of a configuration", [], ["verify", "good.example", "--config", "two.conf"])
    check(document["dkim"]["keys"] == document["dkim"]["good"] == 2, "both keys are judged", document["dkim"])
    document = judged("one key of a configuration", [], ["verify", "good.example", "--config", "two.conf",
                                                        "--selector", "other"])
    check(document["dkim"]["keys"] == 1, "only the selector's key is judged", document["dkim"])
    judged("no key for the domain", ["dkim-no-key-configured"], ["verify", "apex.example", "--config", "two.conf"])
    judged("d= of the parent, adkim=s", ["dkim-unaligned"], ["verify", "sub.strict.example", "--config", "two.conf"])
    judged("envelope below, aspf=s", ["dmarc-spf-unaligned"], ["verify", "strict.example", "--config", "two.conf",
                                                              "--envelope", "sub.strict.example"])
    judged("envelope of another organization", ["dmarc-spf-unaligned"], ["verify", "good.example", "--selector", "ok",
                                                                        "--envelope", "fine.spf.example"])
    configuration("identity.conf", ("good.example", "selector = strict", "key = key.pem",
                                    "identity = @mail.good.example"))
    judged("t=s and i= below", ["dkim-identity"], ["verify", "good.example", "--config", "identity.conf"])
    configuration("lost.conf", ("good.example", "selector = ok", "key = nowhere.pem"))
    check(seal("verify", "good.example", "--config", "lost.conf").returncode == 4, "a missing key file")
    check(seal("verify", "good.example", "--config", "nowhere.conf").returncode == 5,
          "a missing configuration")


# --- SPF -----------------------------------------------------------------------------------------------------------

def test_spf():
    cases = {
        "fine": ([], 2, 0), "missing": (["spf-missing"], 0, 0), "doubled": (["spf-several"], 0, 0),
        "below": (["spf-wrong-name"], 0, 0), "front": (["spf-not-recognized"], 0, 0),
        "quoted": (["spf-not-recognized"], 0, 0), "syntax": (["spf-syntax"], 0, 0), "prefix": (["spf-syntax"], 0, 0),
        "all": (["spf-passes-all"], 1, 0), "bareall": (["spf-passes-all"], 0, 0), "neutral": (["spf-neutral-all"], 0,
                                                                                              0),
        "noall": (["spf-no-all"], 0, 0), "after": (["spf-after-all"], 0, 0), "ptr": (["spf-ptr"], 1, 0),
        "void": (["spf-void"], 3, 3), "void2": ([], 2, 2), "gone": (["spf-include"], 1, 0), "loop": (["spf-loop"], 1,
                                                                                                     0),
        "ring1": (["spf-loop"], 2, 0), "five": ([], 5, 0), "ten": ([], 10, 0), "twelve": (["spf-lookups"], 12, 0),
        "seventeen": (["spf-lookups"], 17, 0), "redirect": ([], 3, 0), "macro": ([], 1, 0), "long": ([], 0, 0),
        "manymx": (["spf-mx-many"], 1, 0), "joined": (["spf-joined"], 1, 0),
    }
    for name, (wanted, lookups, voids) in cases.items():
        document = judged("spf " + name, wanted, ["spf", "check", name + ".spf.example"])
        check((document["lookups"], document["voids"]) == (lookups, voids), "spf %s: count" % name,
              (document["lookups"], document["voids"]))
    judged("spf servfail", ["spf-temporary"], ["spf", "check", "lame.spf.example"], code=5)
    document, _ = ask("spf", "check", "ten.spf.example")
    check("spf-lookups-close" in codes(document, "note"), "ten lookups are close", codes(document, "note"))
    document, _ = ask("spf", "check", "long.spf.example")
    check("spf-long" in codes(document, "note"), "a long record", codes(document, "note"))
    check(finding(ask("spf", "check", "syntax.spf.example")[0], "spf-syntax")["found"] == "ipv4:192.0.2.1",
          "the term that is wrong is shown")
    tree = seal("spf", "check", "ten.spf.example", "--tree").stdout
    check(re.search(r"^  1  include:five\.spf\.example$", tree, re.M) and re.search(r"^  6    a:ns\.example$", tree,
                                                                                    re.M),
          "tree", tree)
    for sender, wanted in (("192.0.2.7", []), ("198.51.100.9", []), ("203.0.113.1", ["spf-sender"]),
                           ("include:_spf.vendor.example", []), ("include:_spf.other.example", ["spf-sender"])):
        judged("sends from " + sender, wanted, ["spf", "check", "good.example", "--sends-from", sender])
    document, _ = ask("spf", "check", "--record", "v=spf1 a mx include:_spf.google.com ~all", "--offline")
    check((document["lookups"], codes(document)) == (3, []), "a record alone, offline", document)
    check(document["terms"][2]["service"] == "Google Workspace", "services have names", document["terms"])
    judged("a record alone", ["spf-include"], ["spf", "check", "--record", "v=spf1 a include:nothing.example ~all"])


def test_merge():
    def merged(existing, *additions, options=("--offline",)):
        arguments = [a for addition in additions for a in ("--add", addition)]
        document, done = ask("spf", "merge", "--existing", existing, *arguments, *options, server=not options)
        return document.get("new"), done.returncode, document, done.stderr

    cases = [
        ("v=spf1 mx -all", ["include:x.example"], "v=spf1 mx include:x.example -all"),
        ("v=spf1  MX  ?include:Old.Example   ~ALL", ["ip4:192.0.2.1"],
         "v=spf1  MX  ?include:Old.Example   ip4:192.0.2.1 ~ALL"),
        ("v=spf1 mx", ["a:x.example"], "v=spf1 mx a:x.example"),
        ("v=spf1", ["mx"], "v=spf1 mx"),
        ("v=spf1 mx redirect=x.example", ["ip4:192.0.2.1"], "v=spf1 mx ip4:192.0.2.1 redirect=x.example"),
        ("v=spf1 redirect=x.example", ["ip4:192.0.2.1"], "v=spf1 ip4:192.0.2.1 redirect=x.example"),
        ("", ["include:x.example", "ip6:2001:db8::/32"], "v=spf1 include:x.example ip6:2001:db8::/32 ~all"),
        ("v=spf1 include:X.example -all", ["include:x.EXAMPLE"], "v=spf1 include:X.example -all"),
        ("v=spf1 ip4:192.0.2.0/24 -all", ["ip4:192.0.2.77"], "v=spf1 ip4:192.0.2.0/24 -all"),
        ("v=spf1 ip4:192.0.2.77 -all", ["ip4:192.0.2.0/24"], "v=spf1 ip4:192.0.2.77 ip4:192.0.2.0/24 -all"),
        ("v=spf1 -all ip4:192.0.2.1", ["ip4:192.0.2.1"], "v=spf1 ip4:192.0.2.1 -all ip4:192.0.2.1"),
        ("v=spf1 mx -all", ["include:x.example", "include:x.example"], "v=spf1 mx include:x.example -all"),
    ]
    for existing, additions, wanted in cases:
        new, code, document, stderr = merged(existing, *additions)
        check((new, code) == (wanted, 0), "merge %r %r" % (existing, additions), (new, code, stderr))
        check(document.get("changed") == (wanted != existing), "merge %r: changed" % existing, document)
        check((document.get("new") or "").lower().count("v=spf1") == 1, "never two records", new)
    for existing, addition, code in (("v=spf1 mx -all v=spf1 a -all", "a", 1), ("v=spf2 mx", "a", 1),
                                     ("v=spf1 foo -all", "a", 1),
                                     ("v=spf1 -include:x.example -all", "include:x.example", 1), ("v=spf1 -all",
                                                                                                  "all", 2),
                                     ("v=spf1 -all", "+all", 2), ("v=spf1 -all", "ptr", 2), ("v=spf1 -all", "-a", 2),
                                     ("v=spf1 -all", "redirect=x.example", 2), ("v=spf1 -all", "a mx", 2),
                                     ("v=spf1 -all", "", 2), ("v=spf1 -all", "ip4:192.0.2.300", 2)):
        new, got, _, _ = merged(existing, addition)
        check((new, got) == (None, code), "merge refuses %r %r" % (existing, addition), (new, got))
    check(merged("v=spf1 include:ten.spf.example -all", "mx:good.example", options=())[1] == 1, "merge over 10 lookups")
    new, code, document, _ = merged("v=spf1 include:ten.spf.example -all", "mx:good.example", options=("--force",
                                                                                                       "--server",
                                    "%s:%d" % (RESOLVER, port)))
    check((code, document.get("lookups")) == (0, 12), "merge over 10 lookups, forced", (new, code))
    done = seal("spf", "merge", "--existing", "v=spf1 mx -all", "--add", "ip4:192.0.2.1", "--offline", server=False)
    check(done.stdout == "-v=spf1 mx -all\n+v=spf1 mx ip4:192.0.2.1 -all\n", "merge prints a diff", done.stdout)
    done = seal("spf", "flatten", "flat.spf.example")
    check(done.returncode == 2 and "warning:" in done.stderr and not done.stdout, "flatten asks first", done)
    done = seal("spf", "flatten", "flat.spf.example", "--yes")
    check(done.stdout == "v=spf1 ip4:198.51.100.0/24 ip4:192.0.2.10 -all\n" and "warning:" in done.stderr, "flatten",
          done)
    done = seal("spf", "flatten", "notflat.spf.example", "--yes")
    check(done.returncode == 1 and not done.stdout, "flatten refuses what it would change", done)


# What each service requires, and names that look like one.
HOPS = {
    "smtp.office365.com:587": "include:spf.protection.outlook.com",
    "SMTP.Office365.com:587": "include:spf.protection.outlook.com",
    "example-com.mail.protection.outlook.com": "include:spf.protection.outlook.com",
    "smtp-relay.gmail.com:587": "include:_spf.google.com", "smtp.gmail.com:465": "include:_spf.google.com",
    "email-smtp.eu-central-1.amazonaws.com:587": "include:amazonses.com",
    "email-smtp-fips.us-east-1.amazonaws.com:465": "include:amazonses.com",
    "smtp.sendgrid.net:587": "include:sendgrid.net", "smtp.mailgun.org:587": "include:mailgun.org",
    "in-v3.mailjet.com:587": "include:spf.mailjet.com", "smtp.ionos.de:465": "include:_spf-eu.ionos.com",
    "smtp.strato.de:465": "include:_spf.strato.com", "smtp.mailbox.org:465": "include:mailbox.org",
    "smtp.fastmail.com:465": "include:spf.messagingengine.com", "smtp.protonmail.ch:587": "include:_spf.protonmail.ch",
    "smtp.migadu.com:465": "include:spf.migadu.com", "mail.gandi.net:465": "include:_mailcust.gandi.net",
    "ssl0.ovh.net:465": "include:mx.ovh.com", "smtp.mailchannels.net:587": "include:relay.mailchannels.net",
}
STRANGERS = ("smtp.example.net:587", "mail.protection.outlook.com", "a.b.mail.protection.outlook.com",
             "email-smtp.amazonaws.com", "email-smtp.eu.west.amazonaws.com", "smtp.office365.com.example.net",
             "xsmtp.office365.com", "x.mail.protection.outlook.com.example.net")


def next_hop(host):
    with open(path("hop.conf"), "w", encoding="ascii") as conf:
        conf.write("[gateway]\nhostname = gw.example.com\nnext-hop = %s\n[domain good.example]\nselector = ok\n"
                   "key = key.pem\n" % host)
    return "--config", "hop.conf"


def test_next_hop():
    """From the next hop's name to the SPF term, and a first record with it."""
    for host, term in HOPS.items():
        document, done = ask("spf", "new", "Missing.SPF.example", *next_hop(host), "--offline", server=False)
        check((done.returncode, document.get("value")) == (0, "v=spf1 %s ~all" % term), "new for " + host, done)
        named = ask("spf", "check", "--record", document.get("value", "v=spf1"), "--offline", server=False)[0]
        check(document["service"] is not None and named["terms"][0]["service"] == document["service"],
              "both dictionaries name %s alike" % host, (document["service"], named["terms"]))
    for host in STRANGERS:
        done = seal("spf", "new", "missing.spf.example", *next_hop(host), "--offline", "--json", server=False)
        check(done.returncode == 2 and failed(done) and "--add include:NAME or --add ip4:ADDRESS" in done.stderr and
              "is not a known mail service" in done.stderr, "new for the unknown %s" % host, done)
    done = seal("spf", "new", "missing.spf.example", *next_hop("192.0.2.25"), "--offline", server=False)
    check(done.returncode == 2 and not done.stdout and "192.0.2.25 is an address" in done.stderr and
          "--add ip4:ADDRESS" in done.stderr, "new for an address", done)
    done = seal("spf", "new", "missing.spf.example", *next_hop("smtp.postmarkapp.com:587"), "--offline", server=False)
    check(done.returncode == 2 and not done.stdout and
          "Postmark does not need a term in your SPF record" in done.stderr,
          "new where nothing is needed", done)
    done = seal("spf", "new", "missing.spf.example", *next_hop("email-smtp.eu-west-1.amazonaws.com"), "--offline",
                server=False)
    check(done.returncode == 0 and "note: include:amazonses.com of Amazon SES: it counts only for a custom MAIL FROM"
          in done.stderr, "it shows where a term counts", done)
    hop = next_hop("smtp.gmail.com:465")
    for name in ("good", "fine.spf"):
        document, done = ask("verify", name + ".example", *hop, "--sends-from", "next-hop")
        check(finding(document, "spf-sender").get("expected") == "include:_spf.google.com", "verify " + name, document)
    check(finding(ask("spf", "check", "good.example", *hop, "--sends-from", "next-hop")[0], "spf-sender")
          .get("expected") == "include:_spf.google.com", "spf check")
    check(not codes(ask("spf", "check", "--record", "v=spf1 include:_spf.google.com ~all", "--offline", *hop,
                        "--sends-from", "next-hop", server=False)[0]), "spf check finds no error")
    for command in (["verify", "good.example"], ["spf", "check", "good.example"]):
        done = seal(*command, "--sends-from", "next-hop")
        check(done.returncode == 2 and "needs --config CONF" in done.stderr, "%s without one" % command[0], done)
        done = seal(*command, "--sends-from", "next-hop", *next_hop("mx.example.net"))
        check(done.returncode == 2 and "--sends-from include:NAME or --sends-from ADDRESS" in done.stderr,
              "%s with an unknown one" % command[0], done)
    done = seal("verify", "good.example", "--sends-from", "next-hop", "--config", "nowhere.conf")
    check(done.returncode == 5, "no configuration", done)


def test_new():
    def new(domain, *additions, options=(), server=True):
        arguments = [argument for addition in additions for argument in ("--add", addition)]
        return ask("spf", "new", domain, *arguments, *options, server=server)

    document, done = new("Mail.Missing.SPF.example", "ip4:192.0.2.1", "include:fine.spf.example")
    check(done.returncode == 0 and (document["name"], document["type"], document["value"]) ==
          ("mail.missing.spf.example", "TXT", "v=spf1 ip4:192.0.2.1 include:fine.spf.example ~all"), "new", done)
    check(document["strings"] == [document["value"]] and document["service"] is None and not document["offline"] and
          document["lookups"] == 3 and document["findings"] == [], "what it costs", document)
    done = seal("spf", "new", "missing.spf.example", "--add", "ip4:192.0.2.1")
    check(done.stdout == "; name:  missing.spf.example\n; type:  TXT\n; value: v=spf1 ip4:192.0.2.1 ~all\n"
          'missing.spf.example. IN TXT "v=spf1 ip4:192.0.2.1 ~all"\n', "new in text", done)
    long = ["ip4:203.0.113.%d" % (100 + i) for i in range(16)]
    document, _ = new("missing.spf.example", *long, options=("--offline",), server=False)
    check(len(document["strings"]) == 2 and "".join(document["strings"]) == document["value"] and
          all(len(s) <= 255 for s in document["strings"]), "strings of a long one", document)
    done = seal("spf", "new", "good.example", "--add", "ip4:192.0.2.1", "--add", "a", "--json")
    check(done.returncode == 1 and failed(done) and "mailseal spf merge --existing 'v=spf1 ip4:192.0.2.0/24 "
          "include:_spf.vendor.example -all' --add ip4:192.0.2.1 --add a" in done.stderr, "never a second record", done)
    check(seal("spf", "new", "good.example", *next_hop("smtp.gmail.com")).returncode == 1, "nor for a next hop")
    check(new("good.example", "a", options=("--offline",), server=False)[1].returncode == 0, "offline it is unknown")
    done = seal("spf", "new", "doubled.spf.example", "--add", "a")
    check(done.returncode == 1 and "has 2 SPF records" in done.stderr, "two records", done)
    done = seal("spf", "new", "servfail.example", "--add", "a", "--json")
    check(done.returncode == 5 and failed(done) and "add --offline" in done.stderr, "DNS fails", done)
    document, _ = new("missing.spf.example", "include:nothing.example")
    check(codes(document) == ["spf-include"], "an include without a record", document)
    done = new("missing.spf.example", "include:ten.spf.example", "a")[1]
    check(done.returncode == 1 and "12 DNS lookups" in done.stderr and failed(done), "over 10 lookups", done)
    check(new("missing.spf.example", "include:ten.spf.example", "a", options=("--force",))[1].returncode == 0,
          "over 10 lookups, forced")
    for wrong in ("all", "-a", "redirect=x.example", "ip4:192.0.2.300", ""):
        done = new("missing.spf.example", wrong)[1]
        check(done.returncode == 2 and "--add: expected" in done.stderr, "new refuses %r" % wrong, done)
    for arguments in ([], ["missing.spf.example"], ["a b", "--add", "a"]):
        check(seal("spf", "new", *arguments).returncode == 2, "usage of new %s" % arguments)
    check(seal("spf", "new", "missing.spf.example", "--config", "nowhere.conf").returncode == 5,
          "new: no configuration")


# --- DMARC ---------------------------------------------------------------------------------------------------------

def test_dmarc():
    cases = {
        "missing": ["dmarc-missing"], "several": ["dmarc-several"], "lower": ["dmarc-not-dmarc1"],
        "late": ["dmarc-not-dmarc1"], "apex": ["dmarc-wrong-name"], "twice": ["dmarc-wrong-name"],
        "syntax": ["dmarc-syntax"], "double": ["dmarc-syntax", "dmarc-syntax"], "policy": ["dmarc-policy"],
        "badsp": ["dmarc-no-rua", "dmarc-policy"], "nop": ["dmarc-no-policy"], "unknown": ["dmarc-unknown-tag"],
        "values": ["dmarc-value", "dmarc-value", "dmarc-value"], "removed": ["dmarc-removed-tag"] * 3,
        "uri": ["dmarc-no-rua", "dmarc-uri"], "size": [], "norua": ["dmarc-no-rua"], "testing": [],
        "weaker": ["dmarc-sp-weaker"], "fo": [], "psd": ["dmarc-psd"], "refused": ["dmarc-report-refused"],
            "agreed": [],
        "org": ["dmarc-sp-weaker"], "child.org": [],
    }
    for name, wanted in cases.items():
        judged("dmarc " + name, wanted, ["dmarc", "check", name + ".dmarc.example"])
    for name, note in (("size", "dmarc-uri-size"), ("testing", "dmarc-testing"), ("fo", "dmarc-fo-unused"),
                       ("norua", "dmarc-none"), ("child.org", "dmarc-sp-ignored"), ("x.org", "dmarc-inherited")):
        document, _ = ask("dmarc", "check", name + ".dmarc.example")
        check(note in codes(document, "note"), "dmarc %s: %s" % (name, note), codes(document, "note"))
    refused = finding(ask("dmarc", "check", "refused.dmarc.example")[0], "dmarc-report-refused")
    check(refused["name"] == "refused.dmarc.example._report._dmarc.reports.example" and refused["who"] == "owner",
          "who is to agree to reports", refused)
    for record, wanted in (("v=DMARC1; p=reject", ("reject", "reject", "reject")),
                           ("v=DMARC1; p=reject; sp=none", ("reject", "none", "none")),
                           ("v=DMARC1; p=none; np=reject", ("none", "none", "reject")),
                           ("v=DMARC1; p=none; sp=quarantine; np=reject", ("none", "quarantine", "reject")),
                           ("v=DMARC1; p=bad; rua=mailto:a@b.example", ("none", "none", "none")),
                           ("v=DMARC1; p=bad", ("absent", "absent", "absent")),
                           ("v = DMARC1 ;p=Reject;", ("reject",) * 3)):
        document, _ = ask("dmarc", "check", "--record", record, server=False)
        got = document.get("policy", {})
        check((got.get("domain"), got.get("subdomains"), got.get("nonexistent")) == wanted, record, got)
    judged("dmarc record alone", ["dmarc-no-rua", "dmarc-removed-tag"], ["dmarc", "check", "--record",
                                                                        "v=DMARC1; p=none; pct=100"], server=False)
    judged("no dmarc record", ["dmarc-not-dmarc1"], ["dmarc", "check", "--record", "p=none; v=DMARC1"], server=False)


def test_tree_walk():
    """RFC 9989 4.10: at most eight queries, and which domain is the organization."""
    deep = "a.b.c.d.e.f.g.h.i.org.dmarc.example"
    document, _ = ask("dmarc", "check", deep)
    # Five parents; psd=n at org.dmarc.example ends the walk.
    check(document["asked"] == ["_dmarc." + name for name in (
        deep, "f.g.h.i.org.dmarc.example", "g.h.i.org.dmarc.example", "h.i.org.dmarc.example", "i.org.dmarc.example",
        "org.dmarc.example")], "deep walk", document["asked"])
    check(document["organizational_domain"] == "org.dmarc.example" == document["record_at"], "deep organization",
          document)
    longest = "a.b.c.d.e.f.g.h.i.j.nothing.example"
    document, _ = ask("dmarc", "check", longest)
    check(len(document["asked"]) == 8 and document["asked"][1] == "_dmarc.f.g.h.i.j.nothing.example" and
          document["asked"][-1] == "_dmarc.example", "eight queries", document["asked"])
    check(document["organizational_domain"] == longest, "without records the domain is its own organization", document)
    document, _ = ask("dmarc", "check", "own.reg.example")
    check((document["organizational_domain"], document["record_at"]) == ("own.reg.example", "reg.example"),
          "a registry's record (psd=y)", document)
    document, _ = ask("dmarc", "check", "child.org.dmarc.example")
    check((document["organizational_domain"], document["record_at"]) == ("org.dmarc.example",
                                                                         "child.org.dmarc.example"),
          "a subdomain with a record", document)


def test_dmarc_stages():
    done = seal("dmarc", "new", "example.com", "--rua", "mailto:d@example.com", "--rua", "mailto:x@reports.example",
                server=False)
    check("value: v=DMARC1; p=none; rua=mailto:d@example.com,mailto:x@reports.example\n" in done.stdout and
          "example.com._report._dmarc.reports.example. IN TXT" in done.stdout, "dmarc new", done)
    for wrong in ("d@example.com", "mailto:d", "https://example.com", "mailto:a@b.example!10m",
                  "mailto:a@b.example,mailto:c@d.example"):
        check(seal("dmarc", "new", "example.com", "--rua", wrong, server=False).returncode == 2,
              "dmarc new --rua " + wrong)
    check(seal("dmarc", "new", "example.com", server=False).returncode == 2, "dmarc new wants rua")
    key = ["--selector", "ok", "--key", "key.pem"]
    for domain, stage, value, code, options in (
            ("stage1", "quarantine", "v=DMARC1; p=quarantine; adkim=r; rua=mailto:d@stage1.example; psd=n", 0, key),
            ("stage1", "quarantine", "v=DMARC1; p=quarantine; t=y; adkim=r; rua=mailto:d@stage1.example; psd=n", 0,
             key + ["--test"]),
            ("stage2", "reject", "v=DMARC1; p=reject; rua=mailto:d@stage2.example; psd=n", 0, key),
            ("stage3", "done", None, 0, key),
            ("stage1", "quarantine", None, 1, []),
            ("stage1", "quarantine", None, 1, ["--selector", "missing"]),
            ("stage1", "quarantine", None, 1, ["--selector", "ok", "--key", "other.pem"]),
            ("stage2", "reject", "v=DMARC1; p=reject; rua=mailto:d@stage2.example; psd=n", 0,
             ["--selector", "missing", "--force"]),
            ("missing.dmarc", "publish", None, 0, []),
            ("norua.dmarc", "reports", None, 0, []),
            ("policy.dmarc", "repair", "v=DMARC1; p=none; rua=mailto:d@policy.dmarc.example; psd=n", 0, []),
            ("removed.dmarc", "reject", "v=DMARC1; p=reject; rua=mailto:d@removed.dmarc.example; psd=n", 0,
             ["--force"])):
        document, done = ask("dmarc", "next", domain + ".example", *options)
        got = (document.get("stage"), document.get("value"), done.returncode)
        check(got == (stage, value, code), "dmarc next %s %s" % (domain, options), (got, done.stderr))
        check(not re.search(r"\b(pct|rf|ri)=", document.get("value") or ""), "removed tags are not printed", document)
    done = seal("dmarc", "next", "stage2.example")
    check(done.stdout == "" and done.returncode == 1, "nothing strict on stdout without DKIM", done)


# --- DNS itself ----------------------------------------------------------------------------------------------------

def test_dns():
    judged("no such domain", ["dns-no-domain"], ["verify", "nothing.example"])
    judged("servfail", ["dns-servfail"], ["verify", "x.servfail.example"], code=5)
    silent = ["--server", "127.0.0.9:%d" % port, "--timeout", "1"]
    judged("no server", ["dns-timeout"], ["verify", "good.example", *silent], code=5, server=False)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as mute:
        mute.bind((RESOLVER, 0))
        judged("a silent server", ["dns-timeout"], ["verify", "good.example", "--server",
               "%s:%d" % mute.getsockname(), "--timeout", "1"], code=5, server=False)
    check(seal("verify", "good.example", "--server", "nonsense", server=False).returncode == 2, "--server is read")
    check(seal("verify", "good..example").returncode == 2, "the domain is read")

    stale = ["verify", "stale.example", "--selector", "ok", "--key", "key.pem"]
    document = judged("a caching resolver", ["dkim-missing", "spf-passes-all"], stale)
    check(finding(document, "dkim-missing")["wait_s"] == 90, "negative TTL", finding(document, "dkim-missing"))
    check(finding(document, "spf-passes-all")["wait_s"] == 600, "TTL of the record", finding(document,
                                                                                             "spf-passes-all"))
    check(codes(document, "note").count("dns-cache") == 2, "dns-cache", codes(document, "note"))
    document = judged("the zone's own servers", [], stale + ["--authoritative"])
    check(document["authoritative"] is True, "authoritative is reported")
    differ = ["verify", "differ.example", "--selector", "ok", "--key", "key.pem"]
    judged("servers that differ", ["dns-disagree"], differ + ["--authoritative"])
    judged("an alias into another zone, asked there", [], ["verify", "good.example", "--selector", "far", "--key",
                                                           "key.pem",
                                                         "--authoritative"])
    judged("truncated, then TCP, at the zone", ["dkim-long"], ["verify", "good.example", "--selector", "big", "--key",
                                                              "key.pem",
                                                   "--authoritative"])
    missing = judged("missing at the zone too", ["dkim-missing"], ["verify", "good.example", "--selector", "missing"])
    check(finding(missing, "dkim-missing")["wait_s"] is None, "waiting does not help", missing)


def test_cache():
    """What a resolver has cached, for how much longer, and what the zone's own servers answer meanwhile."""
    own = servers[OWN]

    def publish(name):
        with open(path(name + ".zone"), encoding="ascii") as file:
            text = file.read().replace("stale.example", "moving.example")
        with open(path("moving.zone"), "w", encoding="ascii") as file:
            file.write(text)
        own.add("moving.example", path("moving.zone"))

    publish("stale.old")
    clock = Clock(WORK)
    cache = Cache(path("cache"), own, address=CACHE, port=port, environment=clock.of_day)
    arguments = ["verify", "moving.example", "--selector", "ok", "--key", "key.pem", "--server",
                 "%s:%d" % (CACHE, port), "--zone-port", str(port), "--timeout", "2"]
    missing, passes_all = "dkim-missing", "spf-passes-all"

    def said(when, wanted, waits, *options):
        document = judged("cache, %s" % when, wanted, arguments + list(options), server=False)
        for code in wanted:
            found, least = finding(document, code)["wait_s"], waits.get(code)
            check(found == least if least is None else found is not None and least - 5 <= found <= least,
                  "cache, %s: %s waits" % (when, code), (found, least))
        return document

    said("before", [missing, passes_all], {})
    publish("stale")
    clock.run_ahead(40)
    document = said("published", [missing, passes_all], {missing: 50, passes_all: 560})
    check(codes(document, "note").count("dns-cache") == 2, "cache: dns-cache", codes(document, "note"))
    check(said("asked there", [], {}, "--authoritative")["authoritative"] is True, "cache: authoritative is reported")
    clock.run_ahead(60)
    said("the cached absence has expired", [passes_all], {passes_all: 500})
    clock.run_ahead(510)
    check("dns-cache" not in codes(said("all is forgotten", [], {}), "note"), "cache: nothing to wait for")
    publish("stale.old")
    said("withdrawn", [], {})
    said("withdrawn, asked there", [missing, passes_all], {}, "--authoritative")
    cache.flush()
    said("withdrawn, emptied", [missing, passes_all], {})
    cache.end()
    judged("cache, it is gone", ["dns-timeout"], arguments, code=5, server=False)


def test_help():
    for command in ("verify", "spf new", "spf check", "spf merge", "spf flatten", "dmarc new", "dmarc next",
                    "dmarc check"):
        done = seal(*command.split(), "--help", server=False)
        check(done.returncode == 0 and done.stdout.startswith("usage: mailseal " + command), command + " --help", done)
        done = seal(*command.split(), "--bogus", server=False)
        check(done.returncode == 2 and not done.stdout, command + " --bogus", done)
    text = seal("verify", "good.example", "--selector", "missing").stdout
    check("error dkim-missing: missing._domainkey.good.example\n" in text, "verify in text: what", text)
    check("the DNS administrator of example\n" in text, "verify in text: who", text)


port = free_port()
keys = make_keys()
for zone in sorted(os.listdir(os.path.join(HERE, "zones"))):
    write_zone(zone, keys)
servers = {address: NameServer(path(address), {name: path(file + ".zone") for name, file in zones.items()},
                               address=address, port=port) for address, zones in {
    RESOLVER: {"example": "example", "stale.example": "stale.old", "differ.example": "differ",
               "servfail.example": "nowhere"},
    OWN: {"example": "example", "stale.example": "stale", "differ.example": "differ",
          "wait.example": "wait"},
    SECOND: {"differ.example": "differ.old"}}.items()}
for test in (test_dkim, test_configuration, test_spf, test_merge, test_next_hop, test_new, test_dmarc, test_tree_walk,
             test_dmarc_stages, test_dns, test_cache, test_help):
    test()
configuration("stage1.conf", ("stage1.example", "selector = ok", "key = key.pem"))
evidence.run(seal, check, WORK)
configuration("mixed.conf", ("wait.example", "selector = wrong", "key = key.pem"),
              ("wait.example", "selector = soon", "key = key.pem"))
configuration("lost.conf", ("wait.example", "selector = ok", "key = nowhere.pem"))
waiting.run(seal, check, SEAL, (OWN, port), (RESOLVER, port), publish)
spf_suite.run(SEAL, check, WORK)
tally.end()
