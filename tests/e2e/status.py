# SPDX-License-Identifier: Apache-2.0
"""mailseal status. See status.sh."""
import hashlib
import json
import os
import re
import subprocess
import time

import nameserver
import program
import tally
from program import run
from tally import check

TEXTS = os.path.abspath("tools/mailseal/sheet")
NOW = 1796000000
DOMAIN = "shop.example"
STEPS = "key record signs spf dmarc test next age old".split()

os.environ["SOURCE_DATE_EPOCH"] = str(NOW)
folder = program.new_folder()
os.chdir(folder)
server = nameserver.Records(folder + "/knot")


def log(*lines):
    with open("gateway.log", "w", encoding="ascii") as f:
        f.write("".join(f"Nov 28 15:29:53 gw mailseald[7]: {line}\n" for line in lines))


def status(what, wanted, *arguments, code=None):
    """The states of all steps, in order: d t w u -, for done, todo, wrong, unknown, waits."""
    got, out, err = run("status", DOMAIN, "--json", *server.options(), *arguments)
    if not out:
        check(False, what, f"{got} {err}")
        return {}
    seen = json.loads(out)
    steps = {step["step"]: step for step in seen["steps"]}
    states = "".join({"done": "d", "todo": "t", "wrong": "w", "unknown": "u", "waits": "-"}[s["state"]]
                     for s in seen["steps"])
    check(list(steps) == STEPS, f"{what}: the steps", list(steps))
    check(states == wanted, f"{what}: {wanted}", f"{states} {json.dumps(steps, indent=0)}")
    wrong = "t" in wanted or "w" in wanted
    check(got == (wrong if code is None else code) and seen["ok"] == (not wrong), f"{what}: exit code", got)
    return steps


def values():
    code, out, err = run("key", "list", "--json")
    check(code == 0, "key list", err)
    return {key["selector"]: key["record"]["value"] for key in json.loads(out)["keys"]}


def name(selector):
    return f"{selector}._domainkey.shop"


def is_next(step, state, who, pattern):
    check((step["state"], step["who"]) == (state, who) and re.search(pattern, step["next"] or ""),
          f"{step['step']}: {who}: {pattern}", step)


# --- from the beginning to the second change ------------------------------------------------------------------------

def test_beginning():
    with open("gateway.conf", "w", encoding="ascii") as f:
        f.write("[gateway]\nhostname = gw.shop.example\nnext-hop = smtp.operator.example:587\n")
    server.publish(shop="other")
    steps = status("nothing exists", "t--ttu--d")
    is_next(steps["key"], "todo", "you", "^mailseal domain add shop.example$")
    is_next(steps["dmarc"], "todo", "dns", "mailseal dmarc new")
    is_next(steps["test"], "unknown", "you", "mailseal selftest --from test@shop.example")
    check(run("domain", "add", DOMAIN, "--selector", "s1,s2")[0] == 0, "domain add")
    steps = status("keys", "dt-ttutdd")
    is_next(steps["record"], "todo", "dns", "mailseal handover shop.example")
    is_next(steps["next"], "todo", "dns", "both records: mailseal handover shop.example")
    check((steps["record"]["selector"], steps["next"]["selector"]) == ("s1", "s2"), "which is which", steps)


def test_records():
    keys = values()
    server.publish(**{name("s1"): keys["s2"]})
    steps = status("the wrong record", "dwuttutdd")
    is_next(steps["record"], "wrong", "dns", r"The record of s1 is wrong \(another-key\): mailseal verify shop")
    server.publish(**{name("s1"): keys["s1"] + "; t=y"})
    is_next(status("t=y", "dwuttutdd")["record"], "wrong", "dns", "testing")
    server.publish(**{name("s1"): keys["s1"], name("s2"): keys["s2"]})
    steps = status("both records", "dduttuddd")
    is_next(steps["signs"], "unknown", "you", "--log")
    log("the log does not mention it")
    is_next(status("a log of others", "dduttuddd", "--log", "gateway.log")["signs"], "unknown", "you", "not mention")
    log(f"key name=s1._domainkey.{DOMAIN} seen=published signs=no held=no used=0")
    is_next(status("not yet", "dd-ttuddd", "--log", "gateway.log")["signs"], "waits", "you", "starts to sign")
    log(f"keyring event=waits name=s1._domainkey.{DOMAIN}")
    is_next(status("approval", "ddtttuddd", "--log", "gateway.log")["signs"], "todo", "you", "approval")
    log(f"keyring event=gone name=s1._domainkey.{DOMAIN} alarm=yes")
    is_next(status("an alarm", "ddwttuddd", "--log", "gateway.log")["signs"], "wrong", "you", "reports: gone")
    log(f"key name=s1._domainkey.{DOMAIN} seen=published signs=yes held=yes used=3 last-used={NOW - 60}")
    status("it signs", "dddttuddd", "--log", "gateway.log")


def test_spf():
    sender = ["--log", "gateway.log", "--sends-from", "192.0.2.25", "--sends-from", "include:spf.operator.example"]
    server.publish(**{"spf.operator": "v=spf1 ip4:192.0.2.0/28 -all"})
    is_next(status("no SPF", "dddttuddd", *sender)["spf"], "todo", "dns", r"\(spf-missing\)")
    server.publish(shop="v=spf1 include:spf.operator.example -all")
    is_next(status("without the sender", "dddttuddd", *sender)["spf"], "todo", "dns", r"\(spf-sender\)")
    server.publish(shop="v=spf1 nonsense -all")
    steps = status("SPF with an error", "dddwtuddd", *sender)
    is_next(steps["spf"], "wrong", "dns", r"\(spf-syntax\): mailseal spf check")
    server.publish(shop="v=spf1 ip4:192.0.2.25 include:spf.operator.example -all")
    status("SPF allows it", "ddddtuddd", *sender)
    is_next(status("no sender given", "dddutuddd", "--log", "gateway.log")["spf"], "unknown", "you", "--sends-from")
    return sender


def test_dmarc(sender):
    dmarc = "_dmarc.shop"
    server.publish(**{dmarc: "v=DMARC1; p=none"})
    is_next(status("no one gets reports", "ddddtuddd", *sender)["dmarc"], "todo", "dns", "rua=")
    for policy in ("none", "quarantine"):
        server.publish(**{dmarc: f"v=DMARC1; p={policy}; rua=mailto:a@shop.example"})
        is_next(status(policy, "dddd-uddd", *sender)["dmarc"], "waits", "you",
                f"p={policy}: .*mailseal dmarc next shop.example --config gateway.conf")
    server.publish(**{dmarc: "v=DMARC1; p=reject; t=y; rua=mailto:a@shop.example"})
    status("reject, on trial", "dddd-uddd", *sender)
    server.publish(**{dmarc: ["v=DMARC1; p=reject", "v=DMARC1; p=none"]})
    is_next(status("two of them", "ddddwuddd", *sender)["dmarc"], "wrong", "dns", r"\(dmarc-several\)")
    server.publish(**{dmarc: "v=DMARC1; p=reject; rua=mailto:a@shop.example"})
    steps = status("all is done", "ddddduddd", *sender)
    check(all(s["next"] is None for n, s in steps.items() if n != "test"), "nothing is left to do", steps)


def test_change(sender):
    keys = values()
    with open("gateway.conf", encoding="ascii") as f:
        young = f.read()
    made = time.strftime("%Y-%m-%d", time.gmtime(NOW - 366 * 86400))
    old = re.sub("made = .*", f"made = {made}", young, count=1)
    with open("gateway.conf", "w", encoding="ascii") as f:
        f.write(old.replace(f"made = {made}", f"made = {made}\nrotate-after = 400d", 1))
    status("a year later, and 400 days are allowed", "ddddduddd", *sender)
    with open("gateway.conf", "w", encoding="ascii") as f:
        f.write(old)
    steps = status("a year later", "dddddudtd", *sender)
    is_next(steps["age"], "todo", "dns", "s1 is 366 days old: have its record deleted")
    server.publish(**{name("s2"): None})
    steps = status("no next key", "dddddut-d", *sender)
    is_next(steps["age"], "waits", "you", "publish the next key's record first")
    server.publish(**{name("s1"): None, name("s2"): keys["s2"]})
    log(f"keyring event=switched name=s2._domainkey.{DOMAIN}")
    steps = status("the record was deleted", "dddddutdt", *sender)
    is_next(steps["next"], "todo", "you", "^mailseal key next shop.example$")
    is_next(steps["old"], "todo", "you", "s1 is gone: mailseal key revoke shop.example s1")
    check(steps["record"]["selector"] == "s2", "the next one signs", steps["record"])
    server.publish(**{name("s1"): keys["s1"]})
    is_next(status("it is still published", "dddddutd-", *sender)["old"], "waits", "dns", "still being delivered")
    log(f"keyring event=switched name=s2._domainkey.{DOMAIN}",
        f"keyring event=safe-to-delete name=s1._domainkey.{DOMAIN}")
    is_next(status("a week later", "dddddutdt", *sender)["old"], "todo", "dns",
            "record of s1 deleted, then: mailseal key revoke shop.example s1")
    with open("gateway.conf", encoding="ascii") as f:
        before = f.read()
    with open("gateway.conf", "w", encoding="ascii") as f:
        f.write(re.sub("hold = .*\n", "", before))
    steps = status("without a log", "dduddutdu", *sender[2:])
    is_next(steps["old"], "unknown", "you", "--log")
    with open("gateway.conf", "w", encoding="ascii") as f:
        f.write(before)
    check(run("key", "revoke", DOMAIN, "s1")[0] == 0, "key revoke")
    is_next(status("revoked, and published", "dddddutdt", *sender)["old"], "todo", "dns",
            "still contains a key: have it replaced by v=DKIM1; k=rsa; p=$")
    server.publish(**{name("s1"): "v=DKIM1; k=rsa; p="})
    check(run("key", "next", DOMAIN, "--selector", "s3")[0] == 0, "key next")
    server.publish(**{name("s3"): values()["s3"]})
    status("ready for the next change", "ddddduddd", *sender)


def test_errors():
    os.rename("shop.example.s2.pem", "away.pem")
    code, out, err = run("status", DOMAIN, "--json", *server.options())
    steps = {s["step"]: s for s in json.loads(out)["steps"]}
    is_next(steps["key"], "wrong", "you", "s2 cannot be read: mailseal check gateway.conf")
    check(code == 1 and "key cannot be opened" in err, "it is reported", err)
    os.rename("away.pem", "shop.example.s2.pem")
    for what, wanted, arguments in (("no configuration", 5, [DOMAIN, "-c", "none.conf"]), ("no domain", 2, []),
                                    ("a bad one", 2, ["a..b"]), ("no such language", 2, [DOMAIN, "--lang", "xx"]),
                                    ("a sender that is none", 2, [DOMAIN, "--sends-from", "me"]),
                                    ("no log", 5, [DOMAIN, "--log", "none.log", *server.options()])):
        code, out, err = run("status", *arguments)
        check(code == wanted and out == "" and err != "", what, f"{code} {out} {err}")


# --- how it is shown --------------------------------------------------------------------------------------------------

def test_text(sender):
    for lang, date in (("en", "2026-11-30"), ("de", "30.11.2026")):
        with open(f"{TEXTS}/{lang}.txt", encoding="utf-8") as f:
            words = dict(re.findall(r"^([a-z.]+) = (.*)$", f.read(), re.M))
        code, out, _ = run("status", DOMAIN, "--lang", lang, *server.options(), *sender)
        check(code == 0, f"text in {lang}", code)
        titles = re.findall(r"^\d\. +\S+(?: \S+)? {2,}(.*?)(?: \(.*\))?$", out, re.M)
        check(titles == [words["step." + s] for s in STEPS], f"the sheet's words in {lang}", out)
        check("{" not in out and date in out, f"{lang} is filled in", out)
        code, seen, _ = run("handover", DOMAIN, "--lang", lang, "--rua", "a@" + DOMAIN, "--spf", "a")
        check(all(words["step." + s] in seen for s in STEPS), f"the sheet in {lang} has the same steps")


def test_facts(sender):
    server.publish(shop="v=spf1 ip4:192.0.2.25 include:_spf.google.com include:spf.operator.example -all")
    code, out, err = run("status", DOMAIN, "--facts", "--json", *server.options(), *sender)
    seen = json.loads(out)
    der = subprocess.run(["openssl", "pkey", "-in", "shop.example.s2.pem", "-pubout", "-outform", "DER"],
                         capture_output=True, check=True).stdout
    s2 = [k for k in seen["keys"] if k["selector"] == "s2"][0]
    check(code == 0 and s2["sha256"] == hashlib.sha256(der).hexdigest() and s2["bits"] == 2048, "fingerprint", s2)
    check((s2["name"], s2["dns"], s2["cname"]) == (f"s2._domainkey.{DOMAIN}", "published", None), "the record", s2)
    check(seen["spf"]["needs"] == ["ip4:192.0.2.25", "include:spf.operator.example"], "what SPF needs", seen["spf"])
    check({"term": "include:_spf.google.com", "service": "Google Workspace"} in seen["spf"]["lists"] and
          len(seen["spf"]["lists"]) == 4, "what SPF lists", seen["spf"]["lists"])
    check(seen["dmarc"] == {"record_at": DOMAIN, "policy": "reject", "stage": 3}, "DMARC", seen["dmarc"])
    check((seen["next_hop"], seen["date"], seen["signs_as"], seen["aligned"]) ==
          ("smtp.operator.example:587", "2026-11-30", DOMAIN, True), "the rest", seen)
    for lang in ("en", "de"):
        code, text, err = run("status", DOMAIN, "--facts", "--lang", lang, *server.options(), *sender)
        check(code == 0 and len(text.splitlines()) < 60, f"one page in {lang}", err)
        for part in (s2["sha256"], s2["name"], "include:_spf.google.com (Google Workspace)", "p=reject",
                     "smtp.operator.example:587", "ip4:192.0.2.25 include:spf.operator.example"):
            check(part in text, f"the facts in {lang} say {part}", text)
        check("{" not in text and ".pem" not in text + out and "PRIVATE" not in text + out, "no secret, no file", text)


def test_next_hop():
    """What SPF needs, derived from the next hop's name."""
    with open("gateway.conf", encoding="ascii") as f:
        text = f.read()
    for host, needs in (("smtp.gmail.com:465", "include:_spf.google.com"), ("smtp.mailgun.org", "include:mailgun.org")):
        with open("hop.conf", "w", encoding="ascii") as f:
            f.write(text.replace("smtp.operator.example:587", host))
        code, out, err = run("status", DOMAIN, "-c", "hop.conf", "--facts", "--json", *server.options(),
                             "--sends-from", "next-hop", "--sends-from", "192.0.2.25")
        seen = json.loads(out)["spf"] if code == 0 else {}
        check(seen.get("needs") == [needs, "ip4:192.0.2.25"], f"SPF needs {needs}", out + err)
    server.publish(shop="v=spf1 ip4:192.0.2.25 -all")
    code, out, err = run("status", DOMAIN, "-c", "hop.conf", "--json", *server.options(), "--sends-from", "next-hop")
    found = [f["expected"] for f in json.loads(out)["findings"] if f["code"] == "spf-sender"]
    check(code == 1 and found == ["include:mailgun.org"], "and lacks it", out + err)
    code, out, err = run("status", DOMAIN, *server.options(), "--sends-from", "next-hop")
    check(code == 2 and out == "" and "smtp.operator.example is not a known mail service" in err,
          "an unknown next hop", err)


def test_parent():
    """A name below the domain, signed with its key."""
    with open("gateway.conf", encoding="ascii") as f:
        text = f.read()
    with open("parent.conf", "w", encoding="ascii") as f:
        f.write(re.sub(r"(\[domain shop.example\]\n)", r"\1subdomains = yes\n", text))
    for aligned, record in ((True, None), (False, "v=DMARC1; p=none; adkim=s")):
        server.publish(**{"_dmarc.web.shop": record, "web.shop": "v=spf1 -all"})
        code, out, err = run("status", "web.shop.example", "-c", "parent.conf", "--facts", "--json", *server.options())
        seen = json.loads(out) if code == 0 else {}
        check(code == 0 and (seen["signs_as"], seen["aligned"]) == (DOMAIN, aligned), "signed as the parent", out + err)
    code, out, err = run("status", "none.example", *server.options())
    check(code == 1 and "dns-no-domain" in out, "a domain that DNS does not know", out + err)


def test_silence(sender):
    server.end()
    steps = status("DNS is down", "duduuuudd", *sender)
    is_next(steps["record"], "unknown", "you", "DNS did not answer")


test_beginning()
test_records()
allowed = test_spf()
test_dmarc(allowed)
test_change(allowed)
test_text(allowed)
test_errors()
test_facts(allowed)
test_next_hop()
test_parent()
test_silence(allowed)
tally.end()
