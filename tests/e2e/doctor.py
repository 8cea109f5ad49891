# SPDX-License-Identifier: Apache-2.0
"""mailseal doctor and selftest. See doctor.sh."""
import atexit
import base64
import json
import os
import re
import socket
import subprocess
import sys
import time

import dkim
import program
import tally
from nameserver import NameServer, as_strings
from program import BUILD, SEAL
from tally import HUNG_S, check

WORK = program.new_folder()
NOW = int(time.time())

processes = []
txt = {}


@atexit.register
def clean_up():
    for process in processes:
        process.terminate()
        process.wait()


def path(name):
    return os.path.join(WORK, name)


def put(name, data):
    with open(path(name), "wb") as file:
        file.write(data if isinstance(data, bytes) else data.encode())
    return name


def run(*arguments, data=None):
    return subprocess.run([SEAL, *arguments], input=data, capture_output=True, check=False, cwd=WORK)


# --- keys, zone, name server -----------------------------------------------------------------------------------------

def make_keys():
    public = {}
    for name in ("key", "other"):
        subprocess.run(["openssl", "genrsa", "-out", path(name + ".pem"), "2048"], check=True, capture_output=True)
        os.chmod(path(name + ".pem"), 0o600)
        der = subprocess.run(["openssl", "pkey", "-pubout", "-outform", "DER", "-in", path(name + ".pem")], check=True,
                             capture_output=True).stdout
        public[name] = "v=DKIM1; k=rsa; p=" + base64.b64encode(der).decode()
    return public


def make_zone(keys):
    for selector, value in (("seal", keys["key"]), ("wrong", keys["other"]),
                            ("revoked", "v=DKIM1; p="), ("cut", keys["key"][:200]), ("old", keys["key"]),
                            ("none", "")):
        txt["%s._domainkey.example.com" % selector] = value
    txt["list._domainkey.other.test"] = keys["other"]
    txt["seal._domainkey.bare.test"] = keys["key"]
    txt["example.com"] = "v=spf1 ip4:192.0.2.0/24 -all"
    txt["other.test"] = "v=spf1 ip4:198.51.100.0/24 -all"
    txt["_dmarc.example.com"] = "v=DMARC1; p=reject; rua=mailto:d@example.com"
    txt["seal._domainkey.strict.example.com"] = keys["key"]
    txt["_dmarc.strict.example.com"] = "v=DMARC1; p=reject; adkim=s; aspf=s; psd=n"
    lines = ["$TTL 60", "@ SOA ns.root. h.root. 1 60 60 60 60", "@ NS ns.root.", "ns.root. A 127.0.0.1"]
    for name, value in txt.items():
        if value:
            lines.append("%s. TXT %s" % (name, as_strings(value)))
    put("root.zone", "\n".join(lines) + "\n")


# --- messages --------------------------------------------------------------------------------------------------------

TRACE = (b"Return-Path: <bounce@example.com>\r\nReceived: from mx.receiver.test (localhost [127.0.0.1])\r\n\tby "
         b"box.receiver.test; Sun, 22 Nov 2026 01:00:02 +0000\r\n"
         b"Received: from gw.example.com (gw.example.com [192.0.2.7])\r\n"
         b"\tby mx.receiver.test with ESMTP; Sun, 22 Nov 2026 01:00:01 +0000\r\n")
RECEIVED = (b"Authentication-Results: mx.receiver.test (a \\) comment); dkim=pass (2048 bit) header.d=example.com\r\n"
            b"\theader.s=\"seal\" reason = \"good; \\\"signature\\\"\"; spf=pass smtp.mailfrom=bounce@example.com;\r\n"
            b" dmarc=pass (p=reject) header.from=example.com\r\n")
FIELDS = (b"From: Joe <joe@example.com>\r\nTo: ann@receiver.test\r\nSubject: Hello there  world\r\n"
          b"Date: Sun, 22 Nov 2026 01:00:00 +0000\r\nMessage-ID: <1@example.com>\r\nMIME-Version: 1.0\r\n"
          b"Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: 8bit\r\n")
BODY = b"Dear all,\r\n\r\nall is well.\r\n" + b"x" * 1200 + b"\r\n\r\nBye\r\n"


def configuration(name, selector="seal", key="key.pem", domain="example.com", *more):
    return put(name, "[gateway]\nhostname = gw.example.com\nnext-hop = 127.0.0.1:1\n[client all]\nnetwork = 127.0.0.1\n"
                     "from = %s\n[domain %s]\nselector = %s\nkey = %s\n%s\n" % (domain, domain, selector, key,
                                                                                 "\n".join(more)))


def sign(message, *settings, at=NOW):
    configuration("sign.conf", *settings)
    done = run("sign", "-c", "sign.conf", "--time", str(at), data=message)
    assert done.returncode == 0, done.stderr
    return done.stdout


def doctor(name, message, *options):
    put(name + ".eml", message)
    done = run("doctor", name + ".eml", "--server", "127.0.0.1:%d" % port, "--timeout", "2", "--json", "--time",
               str(NOW + 60), *options)
    try:
        document = json.loads(done.stdout)
    except ValueError:
        document = {"findings": [], "signatures": [{}], "receivers": [], "error": done.stderr.decode()}
    return document, done


def codes(document, *severities):
    return sorted(f["code"] for f in document["findings"] if f["severity"] in (severities or ("error", "warning")))


def finding(document, code):
    return next((f for f in document["findings"] if f["code"] == code), {})


def by_dkimpy(message):
    def ask(name, timeout=5):
        return txt.get((name.decode() if isinstance(name, bytes) else name).rstrip("."), "").encode() or None
    try:
        return dkim.verify(message, dnsfunc=ask)
    except dkim.DKIMException:
        return False


def by_opendkim(names):
    """tests/diff/opendkim.c knows only the record of the selector seal."""
    put("record.txt", txt["seal._domainkey.example.com"])
    done = subprocess.run([BUILD + "/tests/diff/opendkim", path("record.txt")], capture_output=True, text=True,
                          check=False, input="".join(path(name + ".eml") + "\n" for name in names))
    lines = [line.split("\t") for line in done.stdout.splitlines()]
    return {os.path.basename(line[0])[:-4]: line[1:] for line in lines}


def judged(name, message, wanted, *options, dkim_result=None, others=True):
    """Errors and warnings are exactly these; dkimpy agrees on the topmost signature."""
    document, done = doctor(name, message, *options)
    check(codes(document) == sorted(wanted), name, "%s, not %s %s" % (codes(document), sorted(wanted), document.get(
        "error", "")))
    errors = codes(document, "error")
    code = 0 if not errors else 5 if all(code.startswith("dns-") for code in errors) else 1
    check(done.returncode == code, name + ": exit code", done.returncode)
    for one in document["findings"]:
        check(one["fix"] and one["who"] in ("you", "dns", "owner", "forwarder", "receiver"), name + ": form", one)
    if dkim_result:
        check(document.get("dkim") == dkim_result, name + ": dkim", document.get("dkim"))
    if others:
        good = document["signatures"] and document["signatures"][0].get("result") == "pass"
        check(by_dkimpy(message) == bool(good), name + ": dkimpy disagrees", good)
    return document


def test_good():
    message = TRACE + RECEIVED + sign(FIELDS + b"\r\n" + BODY)
    document = judged("good", message, [], dkim_result="pass")
    check(document["signatures"] == [{"domain": "example.com", "selector": "seal", "algorithm": "rsa-sha256",
                                      "result": "pass", "body": "good", "header": "good", "key": "ok",
                                      "aligned": True, "expired": False}], "good: signature", document["signatures"])
    check((document["spf"], document["spf_client"], document["spf_domain"], document["dmarc"], document["from"]) ==
          ("pass", "192.0.2.7", "example.com", "pass", "example.com"), "good: verdicts", document)
    receiver = document["receivers"][0]
    check(receiver["server"] == "mx.receiver.test" and [(r["method"], r["result"]) for r in receiver["results"]] ==
          [("dkim", "pass"), ("spf", "pass"), ("dmarc", "pass")], "good: receiver", receiver)
    check(receiver["results"][0]["properties"] == {"header.d": "example.com", "header.s": "seal",
                                                   "reason": 'good; "signature"'}, "good: properties", receiver)
    text = run("doctor", "good.eml", "--server", "127.0.0.1:%d" % port, "--time", str(NOW)).stdout.decode()
    for line in ("signature 1  pass  d=example.com s=seal", "No errors found.", "dmarc        pass"):
        check(line in text, "good: text", text)
    document = judged("lf", message.replace(b"\r\n", b"\n"), [], others=False, dkim_result="pass")
    check("message-line-ends" in codes(document, "note"), "lf: said")
    simple = sign(FIELDS + b"\r\n" + BODY, "seal", "key.pem", "example.com", "canonicalization = simple/simple")
    judged("simple", TRACE + simple, [], dkim_result="pass")
    configuration("good.conf")
    judged("good with configuration", message, [], "-c", "good.conf", dkim_result="pass")
    document = judged("foreign selector", message, [], "-c", configuration("foreign.conf", "s9"), dkim_result="pass")
    check("signature-foreign" in codes(document, "note"), "foreign selector: said", codes(document, "note"))
    configuration("gateway.conf", "s9")
    document = judged("gateway.conf is the default", message, [], dkim_result="pass")
    check("signature-foreign" in codes(document, "note"), "gateway.conf is the default", codes(document, "note"))
    os.remove(os.path.join(WORK, "gateway.conf"))


def test_damage():
    signed = sign(FIELDS + b"\r\n" + BODY)
    simple = sign(FIELDS + b"\r\n" + BODY, "seal", "key.pem", "example.com", "canonicalization = simple/simple")
    put("signed.eml", signed)
    put("signed-simple.eml", simple)
    footer = b"_______________________________________________\r\nList mailing list\r\nhttp://list.test/\r\n"
    long_line = b"x" * 1200 + b"\r\n"
    both = ("dmarc-failed",)
    cases = [ # name, message, findings alone, findings of --signed, about
        ("footer", signed + footer, ["body-footer"], "change-body-appended", "3 lines"),
        ("banner", signed.replace(b"Dear", b"EXTERNAL\r\n\r\nDear", 1), ["body-changed"], "change-body-prepended",
         "2 lines"),
        ("cut", signed[:-5], ["body-changed"], "change-body-cut", "2 lines"),
        ("word", signed.replace(b"all is", b"all was"), ["body-changed"], "change-body", "line 3, byte 5"),
        ("long line", signed.replace(long_line, b"x" * 990 + b"\r\n" + b"x" * 210 + b"\r\n"), ["body-changed"],
         "change-body-long-line", "line 4, byte 991"),
        ("subject", signed.replace(b"Subject: ", b"Subject: [List] "), ["header-subject"], "change-subject-tagged",
         "Subject, byte 10"),
        ("both", signed.replace(b"Subject: ", b"Subject: [List] ") + footer, ["header-subject", "body-footer"],
         "change-body-appended", "3 lines"),
        ("to", signed.replace(b"To: ann", b"To: Ann"), ["header-changed"], "change-field", "To, byte 5"),
        ("removed", signed.replace(b"MIME-Version: 1.0\r\n", b""), ["header-changed"], "change-field-removed",
         "MIME-Version"),
        ("added", signed.replace(b"To: ann", b"Reply-To: list@list.test\r\nTo: ann"), ["header-changed"],
         "change-field-added", "Reply-To"),
        ("encoded", signed.replace(b"Subject: Hello", b"Subject: =?utf-8?q?Hello?="), ["header-changed"],
         "change-field", "Subject, byte 10"),
        ("encoding", signed.replace(b"Encoding: 8bit", b"Encoding: quoted-printable").replace(b"x" * 75,
                                                                                             b"x" * 74 + b"=\r\n"),
         ["header-changed", "body-changed"], "change-body-encoding", ""),
    ]
    for name, message, alone, code, about in cases:
        judged(name, TRACE + message.replace(b"", b"", 1), alone, dkim_result="fail")
        document, _ = doctor(name + " compared", TRACE + message, "--signed", "signed.eml")
        found = finding(document, code)
        check(found.get("about") == about and found.get("severity") == "error", name + " compared",
              [(f["code"], f["about"]) for f in document["findings"]])
        check("change-none" not in codes(document, "note"), name + ": there is a change")
    for name, message in (("footer", cases[0][1]), ("subject", cases[5][1])):
        text = finding(doctor(name, TRACE + message)[0], "body-footer" if name == "footer" else "header-subject")
        check(text["found"] == ("3 lines, the first with text: " + "_" * 47 if name == "footer" else "[List]"),
              name + ": what was found", text)
    harmless = [
        ("folded", b"Subject: Hello there  world", b"Subject: Hello\r\n  there world", "header-changed",
         "change-field-folded"),
        ("blanks", b"all is well.\r\n", b"all is well.  \r\n", "body-changed", "change-body-blanks"),
    ]
    for name, old, new, code, change in harmless:
        judged(name + " relaxed", TRACE + signed.replace(old, new), [], dkim_result="pass")
        document = judged(name + " simple", TRACE + simple.replace(old, new), [code], dkim_result="fail")
        document, _ = doctor(name + " compared", TRACE + simple.replace(old, new), "--signed", "signed-simple.eml")
        check(change in codes(document, "warning"), name + ": " + change, codes(document))
    charset = b"Subject: =?iso-8859-1?q?Gr=FC=DFe?="
    signed = sign(FIELDS.replace(b"Subject: Hello there  world", charset) + b"\r\n" + BODY)
    put("signed.eml", signed)
    document, _ = doctor("charset", TRACE + signed.replace(charset, b"Subject: =?utf-8?b?R3LDvMOfZQ==?="), "--signed",
                         "signed.eml")
    check(finding(document, "change-charset").get("about") == "Subject, byte 12", "charset", codes(document))
    document, _ = doctor("unchanged", TRACE + signed, "--signed", "signed.eml")
    check("change-none" in codes(document, "note"), "unchanged", codes(document))
    message = TRACE + sign(FIELDS + b"\r\n" + BODY)
    forwarded = message.replace(b"192.0.2.7", b"203.0.113.5")
    judged("forwarded", forwarded, ["spf-failed"], dkim_result="pass")
    document = judged("forwarded and changed", forwarded.replace(b"all is", b"all was"), ["spf-failed", "body-changed",
                                                                                         *both])
    check(document["dmarc"] == "fail", "forwarded and changed: dmarc", document["dmarc"])


def test_keys():
    message = FIELDS + b"\r\n" + BODY
    cases = {"gone": "dkim-missing", "revoked": "dkim-revoked", "cut": "dkim-truncated", "wrong": "header-changed"}
    for selector, code in cases.items():
        document = judged("key " + selector, TRACE + sign(message, selector), [code])
        check(document["signatures"][0]["key"] == ("ok" if selector == "wrong" else "bad"), "key %s: state" % selector,
              document["signatures"])
    signed = TRACE + sign(message, "wrong")
    document = judged("key wrong, configuration", signed, ["header-changed", "dkim-other-key"], "-c", "sign.conf")
    check(finding(document, "dkim-other-key")["expected"] == txt["seal._domainkey.example.com"], "the key to publish")
    signed = TRACE + sign(message.replace(b"@example.com>", b"@servfail.test>"), "seal", "key.pem", "servfail.test")
    document = judged("key servfail", signed, ["dns-servfail"], others=False)
    check(document["dkim"] == "temperror" and document["dmarc"] == "temperror", "key servfail: temperror", document)
    check(document["signatures"][0]["key"] == "unknown", "key servfail: state", document["signatures"])
    lost = TRACE.replace(b"bounce@example.com", b"bounce@servfail.test") + RECEIVED + sign(message)
    judged("SPF unanswered", lost, ["spf-unanswered"])
    document = judged("receiver knew more", TRACE + RECEIVED + sign(
        message.replace(b"@example.com>", b"@servfail.test>"), "seal", "key.pem", "servfail.test"), ["dns-servfail"],
        others=False)


def test_signatures():
    message = FIELDS + b"\r\n" + BODY
    judged("none", TRACE + message, ["signature-none"], others=False, dkim_result="none")
    old = sign(message, "old", "key.pem", "example.com", "expire = 1h", at=NOW - 7200)
    document = judged("expired", TRACE + old, ["signature-expired"], others=False)
    check(document["signatures"][0]["expired"] and document["signatures"][0]["header"] == "good", "expired: hashes")
    judged("future", TRACE + sign(message, at=NOW + 86400), ["signature-future"], others=False)
    signed = sign(message)
    for name, old, new in (("sha1", b"a=rsa-sha256", b"a=rsa-sha1"), ("ed25519", b"a=rsa-sha256",
                                                                      b"a=ed25519-sha256")):
        document = judged("algorithm " + name, TRACE + signed.replace(old, new), ["signature-algorithm"], others=False)
        check(document["dkim"] == "neutral", name + " is not verified", document["dkim"])
    for old, new, problem in (
            (b"v=1;", b"v=2;", "v=1 is missing"), (b"c=relaxed", b"c=loose", "c= is not known"),
            (b"s=seal;", b"s=seal; s=s2;", "a tag occurs twice"), (b"d=example.com;", b"", "d= is missing"),
            (b"t=1", b"t=z", "t= is not a number"), (b"s=seal;", b"s=seal; i=@x;", "i= is not within"),
            (b"s=seal;", b"s=seal; q=http;", "q= is not"), (b"From:From:", b"", "h= does not contain From"),
            (b"s=seal;", b"s=\xff;", "s= is missing"), (b"bh=", b"ch=", "b= or bh= is missing"),
            (b"a=rsa", b"aa=rsa", "a= is missing"), (b"s=seal;", b"s=seal; x=5;", "x= is not a number"),
            (b"s=seal;", b"s=seal; l=-1;", "l= is not a number"), (b"s=seal;", b"s=seal; =;", "a tag is not")):
        document = judged("syntax " + problem, TRACE + signed.replace(old, new, 1), ["signature-syntax"], others=False)
        check(problem in finding(document, "signature-syntax").get("found", ""), "says: " + problem,
              finding(document, "signature-syntax"))
    arguments = dict(selector=b"seal", domain=b"example.com", privkey=open(path("key.pem"), "rb").read(),
                     canonicalize=(b"relaxed", b"simple"))
    theirs = dkim.sign(message, length=True, **arguments) + message
    judged("length", TRACE + theirs + b"more\r\n", ["signature-length"], dkim_result="pass")
    judged("by dkimpy", TRACE + dkim.sign(message, **arguments) + message, [], dkim_result="pass")
    foreign = dkim.sign(message, selector=b"list", domain=b"other.test", privkey=open(path("other.pem"), "rb").read())
    document = judged("two signatures", TRACE + foreign + signed, ["signature-unaligned"], dkim_result="pass")
    check([s["aligned"] for s in document["signatures"]] == [False, True], "two signatures: aligned")
    elsewhere = TRACE.replace(b"bounce@example.com", b"bounce@other.test").replace(b"192.0.2.7", b"198.51.100.1")
    judged("unaligned only", elsewhere + foreign + message, ["signature-unaligned", "dmarc-failed"], dkim_result="pass")
    strict = message.replace(b"joe@example.com", b"joe@strict.example.com")
    signed = sign(strict, "seal", "key.pem", "example.com", "subdomains = yes")
    judged("strict", TRACE + signed, ["signature-unaligned", "dmarc-failed"], dkim_result="pass")
    bare = message.replace(b"joe@example.com", b"joe@bare.test")
    document = judged("no dmarc record", TRACE + sign(bare, "seal", "key.pem", "bare.test"), ["dmarc-no-record"])
    check(document["dmarc"] == "none", "no dmarc record: verdict")


def test_message():
    message = FIELDS + b"\r\n" + BODY
    signed = sign(message)
    judged("two From", TRACE + b"From: eve@other.test\r\n" + signed, ["from-unusable", "header-changed"])
    judged("mbox line", b"From joe Sun Nov 22\r\n" + TRACE + signed, [], others=False, dkim_result="pass")
    judged("no colon", TRACE + b"nonsense\r\n" + signed, ["message-malformed"], others=False)
    judged("empty", b"", ["from-unusable", "signature-none"], others=False)
    judged("binary", bytes(range(256)) * 50, ["message-malformed"], others=False)
    document = judged("no trace", signed, [], dkim_result="pass")
    check(document["spf"] == "unknown" and {"spf-unknown", "receiver-none"} <= set(codes(document, "note")), "no trace",
          document["spf"])
    for client, result in (("192.0.2.99", "pass"), ("2001:db8::1", "fail")):
        document, _ = doctor("told", signed, "--client", client, "--envelope", "example.com")
        check(document["spf"] == result, "SPF of " + client, document["spf"])
    document = judged("envelope of another", TRACE.replace(b"bounce@example.com", b"bounce@other.test").replace(
        b"192.0.2.7", b"198.51.100.1") + signed, [])
    check("spf-unaligned" in codes(document, "note"), "SPF unaligned", codes(document, "note"))
    for method, code in (("dkim", "receiver-dkim"), ("spf", "receiver-spf"), ("dmarc", "receiver-dmarc")):
        seen = RECEIVED.replace(method.encode() + b"=pass", method.encode() + b"=fail")
        judged("receiver says %s=fail" % method, TRACE + seen + signed,
               [code] + (["receiver-differs"] if method == "dkim" else []), dkim_result="pass")
    judged("receiver says pass", TRACE + RECEIVED + signed.replace(b"all is", b"all was"), ["body-changed",
                                                                                          "receiver-differs"])
    for value in (b"mx (", b'mx; dkim="pass', b"", b"mx; ;dkim", b"mx; dkim=pass )"):
        document, done = doctor("bad results", TRACE + b"Authentication-Results: " + value + b"\r\n" + signed)
        check("receiver-syntax" in codes(document, "note") and done.returncode == 0, "bad results %r" % value,
              codes(document, "note"))
    document, _ = doctor("no results", TRACE + b"Authentication-Results: mx 1; none\r\n" + signed)
    check(document["receivers"] == [{"server": "mx", "results": []}], "results: none", document["receivers"])


def test_domain():
    def examine(*arguments):
        done = run("doctor", *arguments, "--server", "127.0.0.1:%d" % port, "--zone-port", str(port), "--json")
        return json.loads(done.stdout), done.returncode

    document, code = examine("example.com", "--selector", "seal")
    check(code == 0 and document["ok"] and document["first"] is None and all(s["ok"] for s in document["steps"]),
          "a good domain", document)
    document, code = examine("example.com", "--selector", "revoked")
    check(code == 1 and document["first"] == "dkim-revoked" and
          [s["ok"] for s in document["steps"]] == [True, False, True, True], "a revoked key", document)
    document, code = examine("bare.test", "--selector", "seal")
    check(document["first"] == "spf-missing" and [s["ok"] for s in document["steps"]] == [True, True, False, False],
          "no SPF, no DMARC", document)
    document, code = examine("servfail.test")
    check(code == 5 and document["first"] == "dns-servfail" and [s["asked"] for s in document["steps"]] ==
          [True, False, False, False], "DNS fails", document)
    document, _ = examine("example.com")
    check(document["steps"][1]["asked"] is False and document["steps"][1]["verdict"].startswith("not checked"),
          "no selector", document["steps"])
    text = run("doctor", "example.com", "--selector", "cut", "--server", "127.0.0.1:%d" % port, "--zone-port",
               str(port)).stdout.decode()
    check("2 Are the published keys correct?  no" in text and "First: dkim-truncated, cut._domainkey.example.com."
          in text, "tree as text", text)


# --- selftest --------------------------------------------------------------------------------------------------------

def start(program, *arguments):
    """Start a program that prints where it listens; returns the address."""
    log = path(os.path.basename(program) + arguments[0] + ".log")
    with open(log, "wb") as out:
        processes.append(subprocess.Popen([program, *arguments], stdout=out, stderr=out, cwd=WORK))
    for _ in range(6000):
        with open(log, encoding="utf-8") as text:
            found = re.search(r"listening on (127\.0\.0\.1:\d+)", text.read())
        if found:
            return found[1]
        time.sleep(0.05)
    sys.exit("%s does not start: %s" % (program, open(log, encoding="utf-8").read()))


def test_probe():
    """The gateway of the ordinary build, even if another build of the tool is tested."""
    daemon = os.path.join(BUILD, "mailseald")
    if not os.path.exists(daemon):
        daemon = os.path.join(os.path.dirname(BUILD), "host", "mailseald")
    hop = start(SEAL, "sink", "mail", "--listen", "127.0.0.1:0")
    configuration("probe.conf")
    gateway = start(daemon, "-c", "probe.conf", "--listen", "127.0.0.1:0", "--next-hop", hop)
    send = ("selftest", "--to", "ann@receiver.test", "--gateway", gateway, "--from")
    done = run(*send, "joe@example.com", "--json")
    document = json.loads(done.stdout)
    check(done.returncode == 0 and document["accepted"] and document["code"] == 250, "probe", document)
    arrived = sorted(name for name in os.listdir(path("mail")) if name.endswith(".eml"))
    check(len(arrived) == 1, "probe arrives", arrived)
    with open(path("mail/" + arrived[0]), "rb") as file:
        message = file.read()
    check(document["message_id"].encode() in message, "probe: Message-ID", document)
    judged("probe", TRACE + message, [], dkim_result="pass")
    text = run(*send, "joe@example.com").stdout.decode()
    check(text.startswith("accepted: 250 ") and "mailseal selftest --read" in text, "probe: text", text)
    done = run(*send, "joe@other.test", "--json")
    document = json.loads(done.stdout)
    check(done.returncode == 1 and not document["accepted"] and document["code"] == 550, "probe: refused", document)
    done = run(*send, "joe@other.test")
    check(done.returncode == 1 and b"rejects the message: 550" in done.stderr and not done.stdout, "probe: refusal",
          done.stderr)
    return message


def test_read_probe(message):
    def read(results, *options, text=message):
        put("returned.eml", TRACE + results + text)
        done = run("selftest", "--read", "returned.eml", "--json", *options)
        return json.loads(done.stdout), done.returncode

    document, code = read(RECEIVED)
    check(code == 0 and document["probe"] and document["pass"] and document["receiver"] == "mx.receiver.test" and
          [document[m] for m in ("dkim", "spf", "dmarc")] == ["pass"] * 3, "read: pass", document)
    for method in ("dkim", "spf", "dmarc"):
        document, code = read(RECEIVED.replace(method.encode() + b"=pass", method.encode() + b"=softfail"))
        check(code == 1 and not document["pass"] and document[method] == "softfail" and document["fix"],
              "read: %s fails" % method, document)
    document, code = read(RECEIVED.replace(b"header.d=example.com", b"header.d=other.test"))
    check(code == 1 and document["dkim"] == "none", "read: a signature of another domain does not count", document)
    document, code = read(RECEIVED.replace(b"header.d=example.com", b"header.i=@example.com"))
    check(code == 0 and document["dkim"] == "pass", "read: header.i", document)
    two = RECEIVED.replace(b"dmarc=pass", b"dkim=fail header.d=other.test; dmarc=pass")
    check(read(two)[1] == 0, "read: the best signature counts")
    forged = RECEIVED.replace(b"=pass", b"=fail").replace(b"mx.", b"mx2.") + RECEIVED
    check(read(forged)[1] == 1, "read: the topmost field counts")
    document, code = read(b"")
    check(code == 1 and document["receiver"] is None and document["dkim"] == "none" and
          "receiver-none" in codes(document, "note"), "read: the receiver says nothing", document)
    document, _ = read(RECEIVED, text=FIELDS + b"\r\n" + BODY)
    check(document["probe"] is False, "read: another message", document)
    put("returned.eml", TRACE + RECEIVED + message)
    text = run("selftest", "--read", "returned.eml").stdout.decode()
    check(text == "receiver  mx.receiver.test\nDKIM      pass\nSPF       pass\nDMARC     pass\n", "read: text", text)


def test_probe_errors():
    send = ("selftest", "--from", "joe@example.com", "--to", "ann@receiver.test")
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        closed = "127.0.0.1:%d" % probe.getsockname()[1]
        check(run(*send, "--gateway", closed).returncode == 5, "a closed port")
    for said, code in ((b"554 no\r\n", 1), (b"HTTP/1.1 400\r\n", 5), (b"", 5)):
        with socket.socket() as server:
            server.bind(("127.0.0.1", 0))
            server.listen()
            process = subprocess.Popen([SEAL, *send, "--gateway", "127.0.0.1:%d" % server.getsockname()[1]],
                                       stdout=subprocess.PIPE, stderr=subprocess.PIPE)
            peer, _ = server.accept()
            peer.sendall(said)
            peer.close()
            _, errors = process.communicate(timeout=HUNG_S)
            check(process.returncode == code and errors.count(b"\n") == 1, "a server that says %r" % said,
                  (process.returncode, errors))
    for arguments in (("--from", "joe"), ("--to", "<a@b> SIZE=1"), ("--from", "a@b\r\nRCPT TO:<x@y>"), ("--to", "")):
        done = run(*send, "--gateway", "127.0.0.1:1", *arguments)
        check(done.returncode == 2, "address %r" % arguments[1], done.stderr)
    check(run("selftest").returncode == 2 and run(*send).returncode == 2, "options are required")
    check(run("selftest", "--read", "nowhere.eml").returncode == 5, "read: a missing file")
    check(run("selftest", "--help").stdout.startswith(b"usage: mailseal selftest [--from ADDRESS]"), "selftest --help")


def test_selftest():
    test_read_probe(test_probe())
    test_probe_errors()


def test_opendkim():
    names = ["good", "simple", "footer", "subject", "word", "to", "folded relaxed", "folded simple", "blanks relaxed",
             "blanks simple", "removed", "added", "banner", "encoding", "long line", "charset"]
    said = by_opendkim(names)
    for name in names:
        with open(path(name + ".eml"), "rb") as file:
            document, _ = doctor(name, file.read())
        verdict = said.get(name, ["nothing"])
        check((verdict[0] == "pass") == (document["dkim"] == "pass"), name + ": OpenDKIM disagrees",
              (verdict, document["dkim"]))
    good = [name for name in names if said.get(name, [""])[0] == "pass"]
    check(len(good) == 4, "OpenDKIM finds four of them good", good)


def test_usage():
    check(run("doctor").returncode == 2, "no argument")
    check(run("doctor", "./nowhere.eml").returncode == 5, "a missing file")
    check(run("doctor", "no domain").returncode == 2, "neither file nor domain")
    check(run("doctor", "good.eml", "--signed", "nowhere.eml", "--server", "127.0.0.1:%d" % port).returncode == 5,
          "a missing copy")
    check(run("doctor", "good.eml", "-c", "nowhere.conf", "--server", "127.0.0.1:%d" % port).returncode == 5,
          "a missing configuration")
    check(run("doctor", "good.eml", "--client", "x").returncode == 2, "--client is read")
    check(run("doctor", "--help").stdout.startswith(b"usage: mailseal doctor FILE.eml|DOMAIN"), "help")


make_zone(make_keys())
port = NameServer(path("knot"), {".": path("root.zone"), "servfail.test": path("nowhere.zone")}).port
for test in (test_good, test_damage, test_keys, test_signatures, test_message, test_domain, test_opendkim, test_usage,
             test_selftest):
    test()
tally.end()
