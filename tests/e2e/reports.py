# SPDX-License-Identifier: Apache-2.0
"""mailseal report. See reports.sh."""
import gzip
import io
import json
import os
import subprocess
import time
import zipfile

import program
import tally
from program import SEAL
from tally import check

WORK = program.new_folder()


def put(name, data):
    with open(os.path.join(WORK, name), "wb") as file:
        file.write(data if isinstance(data, bytes) else data.encode())
    return name


def seal(*arguments):
    start = time.monotonic()
    done = subprocess.run([SEAL, "report", *arguments], capture_output=True, text=True, check=False, cwd=WORK)
    done.seconds = time.monotonic() - start
    return done


def read(*arguments):
    done = seal(*arguments, "--json")
    return json.loads(done.stdout) if done.stdout else {}


def row(address, count, disposition="none", dkim="pass", spf="fail", auths="", header="example.com", extra=""):
    return """  <record>
    <row><source_ip>%s</source_ip><count>%s</count>
      <policy_evaluated><disposition>%s</disposition><dkim>%s</dkim><spf>%s</spf>%s</policy_evaluated></row>
    <identifiers><header_from>%s</header_from><envelope_from>bounce.%s</envelope_from></identifiers>
    <auth_results>%s</auth_results>
  </record>
""" % (address, count, disposition, dkim, spf, extra, header, header, auths)


def dkim(domain, selector, result):
    return "<dkim><domain>%s</domain><selector>%s</selector><result>%s</result></dkim>" % (domain, selector, result)


def spf(domain, result):
    return "<spf><domain>%s</domain><scope>mfrom</scope><result>%s</result></spf>" % (domain, result)


def report(rows, number="1", organization="Receiver &amp; Co", start="<feedback>", prolog=None):
    return (prolog if prolog is not None else '<?xml version="1.0" encoding="UTF-8"?>\n') + start + """
  <report_metadata><org_name>%s</org_name><email>dmarc@receiver.example</email><report_id>%s</report_id>
    <date_range><begin>1795305600</begin><end>1795391999</end></date_range></report_metadata>
  <policy_published><domain>example.com</domain><adkim>r</adkim><p>quarantine</p></policy_published>
%s</feedback>
""" % (organization, number, rows)


OURS = dkim("example.com", "s2026", "pass")
FIRST = report(row("192.0.2.1", 10, auths=OURS + spf("bounce.example.com", "softfail")) +
               row("203.0.113.9", 3, "quarantine", "fail", "fail", spf("evil.example", "pass")) +
               row("2001:db8::1", 2, "none", "fail", "pass", dkim("example.com", "s2026", "fail") +
                   spf("example.com", "pass"), extra="<reason><type>forwarded</type><comment>list</comment></reason>"))
SECOND = report(row("192.0.2.1", 5, auths=OURS + spf("bounce.example.com", "softfail")) +
                row("198.51.100.7", 1, "reject", "fail", "fail", dkim("other.example", "k1", "pass")),
                number="2", start='<feedback xmlns="urn:ietf:params:xml:ns:dmarc-2.0">\n  <version>1.0</version>')


def packed(**files):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in files.items():
            archive.writestr(name + ".xml", data)
    return out.getvalue()


def test_contents():
    put("gateway.conf", "[gateway]\nhostname = gw.example.com\nnext-hop = 127.0.0.1:2526\n[domain Example.COM]\n"
                        "selector = s2026\nkey = k.pem\n")
    put("first.xml", FIRST)
    document = read("first.xml", "-c", "gateway.conf")
    totals = document["totals"]
    check(totals == {"count": 15, "pass": 12, "pass_per_mille": 800, "dkim": 10, "spf": 2, "ours": 12,
                     "ours_pass": 10, "disposition": {"none": 12, "quarantine": 3, "reject": 0}}, "totals", totals)
    rows = document["rows"]
    check([r["source_ip"] for r in rows] == ["192.0.2.1", "203.0.113.9", "2001:db8::1"], "rows", rows)
    check(rows[0] == {"source_ip": "192.0.2.1", "count": 10, "disposition": "none", "dkim": "pass", "spf": "fail",
                      "pass": True, "ours": True, "header_from": "example.com", "envelope_from": "bounce.example.com",
                      "reason": "", "auth_results": [
                          {"method": "dkim", "domain": "example.com", "selector": "s2026", "result": "pass"},
                          {"method": "spf", "domain": "bounce.example.com", "selector": "", "result": "softfail"}]},
          "a row", rows[0])
    check(rows[1]["ours"] is False and rows[1]["pass"] is False, "a forger", rows[1])
    check(rows[2]["reason"] == "forwarded" and rows[2]["ours"], "a reason", rows[2])
    check(document["reports"] == [{"file": "first.xml", "organization": "Receiver & Co", "report_id": "1",
                                   "begin": 1795305600, "end": 1795391999, "domain": "example.com",
                                   "policy": "quarantine", "repeated": False}], "head", document["reports"])
    check(document["selectors"] == [{"domain": "example.com", "selector": "s2026", "ours": True, "count": 12,
                                     "pass": 10}], "selectors", document["selectors"])
    check(read("first.xml") == document, "gateway.conf is the default")
    os.rename(os.path.join(WORK, "gateway.conf"), os.path.join(WORK, "other.conf"))
    check(read("first.xml")["totals"]["ours"] == 0, "without a configuration nothing is ours")
    os.rename(os.path.join(WORK, "other.conf"), os.path.join(WORK, "gateway.conf"))
    text = seal("first.xml", "-c", "gateway.conf").stdout
    check("passed           12 of 15, 80.0 %\n" in text and "ours             10 of 12, 83.3 %\n" in text, "text", text)
    check("first.xml: Receiver & Co, 2026-11-22, of example.com (p=quarantine)\n" in text, "heading", text)
    check("dkim example.com s=s2026 fail; spf example.com pass (policy overridden: forwarded)\n" in text, "override",
          text)


def test_packing():
    want = read("first.xml")["rows"]
    forms = {"first.xml.gz": gzip.compress(FIRST.encode()), "first.zip": packed(first=FIRST),
             "first.doc": packed(first=FIRST), "bom.xml": b"\xef\xbb\xbf" + FIRST.encode(),
             "wide.xml": FIRST.replace("UTF-8", "UTF-16").encode("utf-16"), "lf.xml": FIRST.replace("\n", "\r\n"),
             "members.gz": gzip.compress(FIRST[:100].encode()) + gzip.compress(FIRST[100:].encode())}
    for name, data in forms.items():
        put(name, data)
        done = seal(name, "--json")
        check(done.returncode == 0 and json.loads(done.stdout)["rows"] == want, "form " + name, done.stderr)


def test_sums():
    put("second.xml.gz", gzip.compress(SECOND.encode()))
    document = read("first.xml", "second.xml.gz")
    check(document["totals"]["count"] == 21 and document["totals"]["disposition"]["reject"] == 1, "two files",
          document["totals"])
    check(document["rows"][0]["count"] == 15 and len(document["rows"]) == 4, "equal rows are one", document["rows"])
    check(len(document["selectors"]) == 2, "two selectors", document["selectors"])
    done = seal("first.xml", "first.zip", "--json")
    document = json.loads(done.stdout)
    check(document["totals"]["count"] == 15 and [r["repeated"] for r in document["reports"]] == [False, True] and
          "not counted again" in done.stderr, "a report given twice", done.stderr)


def laughs():
    entities = "".join('<!ENTITY l%d "%s">\n' % (i, "&l%d;" % (i - 1) * 10) for i in range(1, 12))
    return '<?xml version="1.0"?>\n<!DOCTYPE feedback [\n<!ENTITY l0 "lol">\n%s]>\n' % entities


def test_hostile():
    secret = put("secret", "top secret")
    external = '<!DOCTYPE feedback [<!ENTITY x SYSTEM "file://%s/%s">]>\n' % (WORK, secret)
    zeros = bytes(100 << 20)
    whole = gzip.compress(FIRST.encode())
    encrypted = bytearray(packed(first=FIRST))
    for signature, at in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        encrypted[encrypted.find(signature) + at] |= 1
    cases = {
        "laughs": (report(row("192.0.2.1", 1), organization="&l11;", prolog=laughs()),
                   r":2: document type declarations are rejected"),
        "external": (report(row("192.0.2.1", 1), organization="&x;", prolog=external),
                     ":1: document type declarations are rejected"),
        "dtd": ('<!DOCTYPE feedback SYSTEM "http://192.0.2.1/x.dtd">\n' + FIRST[39:],
                ":1: document type declarations are rejected"),
        "undefined": (report(row("192.0.2.1", 1), organization="&x;"), ":3: undefined entity"),
        "deep": (report("<a>" * 100000 + "</a>" * 100000), ":6: elements are nested too deeply"),
        "longname": ("<feedback><%s/></feedback>" % ("a" * 1000), ":1: elements are nested too deeply"),
        "longtext": (report(row("192.0.2.1", 1), organization="x" * 100000), ":3: text is too long"),
        "zeros.gz": (gzip.compress(zeros), "unpacks to more than 250 times"),
        "zeros.zip": (packed(zeros=zeros), "unpacks to more than 250 times"),
        "zeros.xml": (zeros[:1 << 20], ":1: not well-formed"),
        "large.gz": (gzip.compress((os.urandom(1024) + bytes(3072)) * (65 << 8), 1), "larger than 67108864"),
        "cut.gz": (whole[:-20], "cannot be unpacked: truncated gzip"),
        "cut.zip": (packed(first=FIRST)[:200], "cannot be unpacked"),
        "damaged.gz": (whole[:60] + bytes([whole[60] ^ 255]) + whole[61:], "cut|unpacked|well-formed|mismatched"),
        "two.zip": (packed(first=FIRST, second=SECOND), "found several"),
        "none.zip": (packed(), "found none"),
        "encrypted.zip": (bytes(encrypted), "encrypted"),
        "zip.gz": (gzip.compress(packed(first=FIRST)), "compressed more than once"),
        "gz.gz": (gzip.compress(gzip.compress(FIRST.encode())), "compressed more than once"),
        "zip.zip": (packed(inner=packed(first=FIRST)), "compressed more than once"),
        "notxml": ("Dear postmaster,\n\nattached\n", ":1: "),
        "empty": ("", ":1: no element found"),
        "html": ("<html><body/></html>", ":1: expected a DMARC aggregate report (element feedback), found html"),
        "unclosed": (FIRST[:-20], ":23: unclosed token"),
        "norecord": (report(""), "the report has no record"),
        "badcount": (report(row("192.0.2.1", "many")), ":7: count: expected a number, found many"),
        "negative": (report(row("192.0.2.1", -1)), ":7: count: expected a number"),
        "overflow": (report(row("192.0.2.1", 1 << 70)), ":7: count: expected a number"),
        "nocount": (report(row("192.0.2.1", 1).replace("count>", "kount>")), "the record has no count"),
        "noaddress": (report(row("", 1)), "the record has no source_ip"),
        "badaddress": (report(row("\x1b[2J<!---->".replace("\x1b", "&lt;"), 1)), ":7: source_ip: expected an address"),
        "manyauths": (report(row("192.0.2.1", 1, auths=OURS * 200)), "more results than expected in a record"),
    }
    for name, (data, message) in cases.items():
        done = seal(put("bad-" + name, data))
        check(done.returncode == 1 and not done.stdout, name + ": refused", (done.returncode, done.stdout[:200]))
        check(any(m in done.stderr for m in message.split("|")), name + ": message", done.stderr)
        check("bad-" + name in done.stderr and done.stderr.count("\n") == 1, name + ": one message, with the file",
              done.stderr)
        check("top secret" not in done.stdout + done.stderr and done.seconds < 5, name + ": no harm", done.seconds)
    done = seal("first.xml", "bad-notxml", "bad-empty")
    check(done.returncode == 1 and not done.stdout and done.stderr.count("\n") == 2, "no sum of a part", done.stderr)
    done = seal(put("sneaky.xml", report(row("192.0.2.1", 1, header="a&#x9b;&#x85;b\u202e"))))
    check(done.returncode == 0 and "\u202e" not in done.stdout and "\u0085" not in done.stdout, "text is shown safely",
          done.stdout)


def test_usage():
    check(seal().returncode == 2, "no file")
    check(seal("--bogus").returncode == 2, "--bogus")
    check(seal("nowhere.xml").returncode == 5, "a missing file")
    check(seal("first.xml", "-c", "nowhere.conf").returncode == 5, "a missing configuration")
    check(seal("--help").stdout.startswith("usage: mailseal report FILE..."), "help")


for test in (test_contents, test_packing, test_sums, test_hostile, test_usage):
    test()
tally.end()
