# SPDX-License-Identifier: Apache-2.0
"""mailseal key list --dns --log. See inventory.sh."""
import json
import os
import random
import re
import resource
import subprocess

import nameserver
import program
import tally
from program import SEAL, run
from tally import check

NOW = 1796000000
WEEK = 7 * 86400
K1, K2 = "s1._domainkey.shop.example", "s2._domainkey.shop.example"

os.environ["SOURCE_DATE_EPOCH"] = str(NOW)
folder = program.new_folder()
os.chdir(folder)


def keys(*arguments, data=None):
    """{selector: key} as JSON."""
    code, out, err = run("key", "list", "--json", *arguments, data=data)
    check(code == 0, f"key list {' '.join(arguments)}", f"{code} {err}")
    return {key["selector"]: key for key in json.loads(out)["keys"]}


def rows(*arguments, data=None):
    """{selector: {column: cell}}; cells end at two blanks, so only the last one may be empty."""
    code, out, err = run("key", "list", *arguments, data=data)
    check(code == 0, f"key list {' '.join(arguments)}", f"{code} {err}")
    lines = [re.split(" {2,}", line.strip()) for line in out.splitlines()]
    return {line[1]: dict(zip(lines[0], line + [""])) for line in lines[1:]}, err


def write_configuration():
    with open("gateway.conf", "w", encoding="ascii") as f:
        f.write("[gateway]\nhostname = gw.shop.example\nnext-hop = 127.0.0.1:2526\n")
    check(run("domain", "add", "shop.example", "--selector", "s1,s2")[0] == 0, "domain add")
    with open("gateway.conf", "a", encoding="ascii") as f:
        f.write("\n[domain web.example]\nselector = w1\nkey = w1.pem\nidentity = @mail.web.example\n"
                "# mailseal: revoked = web.example w0 2026-01-15 w0.pem\n")
    subprocess.run(["openssl", "genrsa", "-out", "w1.pem", "2048"], check=True, capture_output=True)
    os.chmod("w1.pem", 0o600)


# --- DNS --------------------------------------------------------------------------------------------------------------

def test_dns():
    server = nameserver.Records(folder + "/knot")
    values = {s: k["record"]["value"] for s, k in keys().items()}
    name = "s1._domainkey.shop"
    ask = ["--dns", *server.options()]

    def verdict(what, record, wanted, finding=None):
        server.publish(**{name: record})
        key = keys("shop.example", *ask)["s1"]
        codes = [f["code"] for f in key["dns"]["findings"]]
        check(key["dns"]["verdict"] == wanted, f"{what} is {wanted}", key["dns"])
        check(finding is None or finding in codes, f"{what}: finding {finding}", codes)
        check(wanted != "published" or finding or not codes, f"{what}: nothing is found", codes)

    verdict("no record", None, "absent", "dkim-missing")
    verdict("ours", values["s1"], "published")
    verdict("t=y", values["s1"] + "; t=y", "published", "dkim-testing")
    check(keys("shop.example", *ask)["s1"]["dns"]["testing"], "testing is reported")
    check(rows("shop.example", *ask)[0]["s1"]["NOTE"] == "testing", "and noted")
    verdict("the next one's", values["s2"], "another-key", "dkim-other-key")
    verdict("an empty p=", "v=DKIM1; k=rsa; p=", "revoked", "dkim-revoked")
    verdict("half of it", values["s1"][:200], "malformed")
    verdict("no DKIM record", "v=spf1 -all", "malformed")
    verdict("two of them", [values["s1"], values["s2"]], "several-records", "dkim-several")
    verdict("another text at the name", [values["s1"], "hello"], "several-records", "dkim-other-txt")
    server.publish(**{name: values["s1"], "w1._domainkey.web": values["w1"] + "; t=s"})
    listed = keys(*ask)
    check([listed[s]["dns"]["verdict"] for s in ("s1", "s2", "w1", "w0")] ==
          ["published", "absent", "malformed", "absent"], "each key has its own", listed)
    check("dkim-identity" in [f["code"] for f in listed["w1"]["dns"]["findings"]], "i= below d= and t=s")
    server.publish(**{"w0._domainkey.web": values["w1"]})
    table, _ = rows(*ask)
    check(table["w0"]["NOTE"] == "revoked, but still published", "a revoked key's record", table)
    check([table[s]["DNS"] for s in ("s1", "s2")] == ["published", "absent"], "the column DNS", table)
    check(list(table["s1"])[:7] == "DOMAIN SELECTOR STATE BITS AGE DNS FILE".split(), "columns", table["s1"])
    server.publish(**{"w0._domainkey.web": "v=DKIM1; k=rsa; p="})
    check(keys(*ask)["w0"]["dns"] == {"verdict": "revoked", "testing": False, "findings": []}, "as it should be")
    os.rename("shop.example.s1.pem", "away.pem")
    code, out, err = run("key", "list", "--json", *ask)
    check(code == 4 and json.loads(out)["keys"][0]["dns"]["verdict"] == "unknown", "a key file is missing", out + err)
    os.rename("away.pem", "shop.example.s1.pem")
    server.end()
    listed = keys(*ask)
    check(all(k["dns"]["verdict"] == "unknown" for k in listed.values()), "DNS is down", listed)
    check("dns" not in keys()["s1"] and "gateway" not in keys()["s1"], "only the wanted records are asked for")


# --- the log ----------------------------------------------------------------------------------------------------------

def status(name, **values):
    return f"key name={name}" + "".join(f" {k.replace('_', '-')}={v}" for k, v in values.items())


def event(kind, name, more=""):
    return f'keyring event={kind} name={name}{more} text="what has happened, with name={K2} in it"'


def from_log(*lines):
    with open("gateway.log", "wb") as f:
        f.write(b"".join(line if isinstance(line, bytes) else line.encode() + b"\n" for line in lines))
    return {s: k["gateway"] for s, k in keys("--log", "gateway.log").items()}


def test_log():
    said = from_log(status(K1, seen="published", signs="yes", held="no", used=12, last_used=NOW - 5),
                    status(K2, seen="absent", signs="no", held="no", used=0),
                    status("w1._domainkey.web.example", signs="yes", used=3),
                    status("x._domainkey.unknown.example", signs="yes"))
    check(said["s1"] == {"seen": "published", "signs": True, "held": False, "used": 12, "last_used": NOW - 5,
                         "safe_to_delete": False, "alarm": None, "note": ""}, "a key's line", said["s1"])
    s2, w1 = said["s2"], said["w1"]
    check((s2["seen"], s2["signs"], s2["last_used"]) == ("absent", False, None), "the next one's", s2)
    check((w1["seen"], w1["held"], w1["signs"]) == (None, None, True), "activation = immediate", w1)
    check(said["w0"] is None, "a key that is not mentioned", said["w0"])
    table, err = rows("--log", "gateway.log")
    check((table["s1"]["SIGNS"], table["s1"]["USED"]) == ("yes", "2026-11-30"), "the table", table["s1"])
    check((table["w0"]["SIGNS"], table["w0"]["USED"]) == ("-", "-"), "of an unknown key", table["w0"])
    check(err == "", "nothing to remind of", err)
    with open("gateway.log", "rb") as f:
        listed = {s: k["gateway"] for s, k in keys("--log", "-", data=f.read()).items()}
    check(listed == said, "the same from standard input")


PREFIXES = {
    "syslog's files": "Nov 28 15:29:53 gw mailseald[4711]: ",
    "RFC 5424": "<134>1 2026-11-28T15:29:53.123Z gw.example.com mailseal - - - ",
    "RFC 5424 with structured data": '<134>1 2026-11-28T15:29:53Z gw m 12 ID [a@1 b="c] d" e="f"] ',
    "a board": "1234.567 ",
    "a terminal": "\x1b[32m[gw]\x1b[0m ",
    "no blank": "gw mailseal:",
}


def test_prefixes():
    for what, prefix in PREFIXES.items():
        for end in ("", "\r"):
            said = from_log(prefix + status(K1, seen="published", signs="yes", held="yes", used=1) + end)
            check(said["s1"] is not None and said["s1"]["used"] == 1, f"before the line: {what}{end!r}", said["s1"])
            said = from_log(prefix + event("gone", K1, " alarm=yes") + end)
            check(said["s1"] is not None and said["s1"]["alarm"] == "gone", f"an event, {what}{end!r}", said["s1"])
    said = from_log(status(K1.upper() + ".", signs="yes"))
    check(said["s1"] is not None, "names are DNS names")
    line = status(K1, signs="yes")
    for what, text in {"a value": f'accept from="x key name={K1} signs=no" id=7', "a bare value": f"helo=a {line}",
                       "another word": f"monkey name={K1} signs=no"}.items():
        check(from_log(text)["s1"] is None, f"{what} is no line", from_log(text)["s1"])


def noted(*lines):
    said = from_log(*lines)["s1"]
    return (said["alarm"], said["safe_to_delete"], said["note"])


def test_events():
    for alarm in ("gone", "revoked", "changed", "bad-record", "several-records"):
        check(noted(event(alarm, K1)) == (alarm, False, alarm), alarm, noted(event(alarm, K1)))
        for healer in (event("published", K1), event("switched", K1), status(K1, seen="published", signs="no")):
            check(noted(event(alarm, K1), healer)[0] is None, f"{alarm}, then {healer[:24]}")
        check(noted(event("published", K1), event(alarm, K1))[0] == alarm, f"{alarm} after it was published")
        check(noted(event(alarm, K1), event("published", K2))[0] == alarm, f"{alarm} stays when another is published")
    check(noted(event("unpublished", K1), event("switched", K2))[0] is None, "unpublished, and another key signs")
    check(noted(event("unpublished", K1))[0] == "unpublished", "unpublished")
    check(noted(event("silent", K1), event("answers-again", K1))[0] is None, "no longer silent")
    check(noted(event("silent", K1), status(K1, seen="published", no_answers=3))[0] == "silent", "silent still")
    check(noted(event("testing", K1))[0] == "testing", "testing")
    check(noted(event("testing", K1), status(K1, seen="published"))[0] is None, "no longer testing")
    check(noted(event("testing", K1), status(K1, seen="published", testing="yes"))[0] == "testing", "testing still")
    check(noted(event("waits", K1))[2] == "waits for approval", "waits")
    check(noted(event("waits", K1), event("switched", K1))[2] == "", "no longer waits")
    check(noted(event("old", K1))[2] == "old", "old")
    check(noted(event("rotating", K1, " in-s=86400"))[2] == "will sign", "rotating")
    safe = event("safe-to-delete", K1)
    check(noted(safe) == (None, True, "safe to delete"), "safe to delete", noted(safe))
    check(noted(safe, event("switched", K2)) == (None, True, "safe to delete"), "another key signs")
    check(not noted(safe, event("switched", K1))[1], "not after it signed again")
    check(not noted(safe, status(K1, signs="yes"))[1], "not while it signs")
    check(not noted(safe, status(K1, signs="no", last_used=NOW - WEEK + 1))[1], "not when it signed within a week")
    check(noted(safe, status(K1, signs="no", last_used=NOW - WEEK))[1], "a week ago is long enough")
    check(not noted(safe, "mailseald: listening on 127.0.0.1:2525")[1], "not after a restart")
    check(not noted(safe, "start number 5")[1], "nor after one of a board")
    check(noted(safe, "sshd[1]: Server listening on 0.0.0.0 port 22.")[1], "a restart of another one")
    check(noted(safe, event("retired", K1))[2] == "retired", "retired")
    said = from_log(status(K1, signs="no", last_used=NOW - 5), status(K1, signs="no", used=0, last_used=NOW - 99))
    check(said["s1"]["last_used"] == NOW - 5, "the latest use counts", said["s1"])
    said = from_log(status(K1, signs="yes"), event("switched", K2))
    check((said["s1"]["signs"], said["s2"]["signs"]) == (False, True), "one signs at a time", said)
    from_log(safe, status(K1, signs="no", last_used=NOW - 9 * 86400))
    table, err = rows("--log", "gateway.log")
    check(table["s1"]["NOTE"] == "safe to delete" and table["s1"]["USED"] == "2026-11-21", "in the table", table["s1"])
    check(f"{K1} has not signed for a week: have its record deleted, then: mailseal key revoke shop.example s1" in err,
          "the reminder", err)


# --- logs that mean harm ----------------------------------------------------------------------------------------------

def bounded(path):
    """The list, with an address space that is too small for such a log."""
    def limit():
        resource.setrlimit(resource.RLIMIT_AS, (64 << 20, 64 << 20))
    with open(path, "rb") as log:
        return subprocess.run([SEAL, "key", "list", "--json", "--log", "-"], stdin=log, capture_output=True, timeout=60,
                              preexec_fn=None if "asan" in SEAL else limit, check=False)


def test_harm():
    line = status(K1, signs="yes", used=7).encode()
    rng = random.Random(1)
    for what, octets in {
        "binary": rng.randbytes(300000) + b"\n" + line, "a line of megabytes": b"x" * (96 << 20) + b"\n" + line,
        "zeros": bytes(1 << 20) + b"\n" + line, "lines without end": line + b"\n" + b"key name=" * 100000,
        "no end": line, "only ends": b"\r\n" * 100000 + line,
    }.items():
        with open("harm.log", "wb") as f:
            f.write(octets)
        done = bounded("harm.log")
        key = json.loads(done.stdout)["keys"][0] if done.returncode == 0 else {}
        check(done.returncode == 0 and key["gateway"]["used"] == 7, what, done.stderr[-300:])
    os.unlink("harm.log")
    said = from_log(status(K1, signs="maybe", used="-1", last_used="99999999999999999999"),
                    status(K1, seen="\xff", last_used=253402300800), "key name=", "keyring event=", f"key name={K1}",
                    f'key name={K1} used="', "keyring event=gone name=\"")
    check(said["s1"]["signs"] is None and said["s1"]["used"] is None and said["s1"]["last_used"] is None,
          "invalid values", said["s1"])
    said = from_log(("x" * 3000 + status(K1, signs="yes")), status(K1, signs="no", used=1))
    check(said["s1"]["signs"] is False, "what is beyond the limit of a line", said["s1"])
    check(run("key", "list", "--log", "none.log")[0] == 5, "a missing log")
    check(run("key", "list", "--log", ".")[0] == 5, "a log that is a folder")
    check(run("key", "list", "--dns", "--server", "nonsense")[0] == 2, "an invalid server")


write_configuration()
test_dns()
test_log()
test_prefixes()
test_events()
test_harm()
tally.end()
