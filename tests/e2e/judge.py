# SPDX-License-Identifier: Apache-2.0
"""One judge of key records: the gateway's. See judge.sh."""
import atexit
import concurrent.futures
import importlib.metadata
import json
import os
import re
import signal
import subprocess
import sys
import time

import key_records
import program
import tally
from nameserver import NameServer
from program import BUILD, SEAL
from tally import check

HERE = os.path.dirname(os.path.abspath(__file__))
WORK = program.new_folder()
VERIFIERS = {
    "dkimpy": [sys.executable, f"{HERE}/../diff/verify_dkimpy.py", "--port"],
    "Mail::DKIM": [f"{HERE}/../diff/verify_maildkim.pl"],
    "OpenDKIM": [f"{BUILD}/tests/diff/opendkim", "--port"],
}
# As numbers; that of OpenDKIM is the same everywhere.
VERSIONS = {
    "dkimpy": tuple(map(int, importlib.metadata.version("dkimpy").split("."))),
    "Mail::DKIM": tuple(map(int, subprocess.check_output(["perl", "-MMail::DKIM", "-e", "print $Mail::DKIM::VERSION"],
                                                         text=True).split("."))),
}
MESSAGE = ("From: a@%s.example\r\nTo: b@example.net\r\nSubject: one judge\r\nMessage-ID: <1@example>\r\n"
           "Date: Sun, 29 Nov 2026 12:00:00 +0000\r\n\r\nhello\r\n")


def path(name):
    return os.path.join(WORK, name)


# --- the world -------------------------------------------------------------------------------------------------------

# Records with random changes: judge.sh SEED COUNT runs others.
SEED, COUNT = (int(a) for a in sys.argv[1:3]) if len(sys.argv) > 2 else (1, 120)


def make_variants():
    def key(name, bits):
        made = key_records.Key(path(name + ".pem"), bits)
        os.chmod(made.path, 0o600)
        return made

    first = key("key", 2048)
    made = key_records.variants(first, key("odd", 3072), key("other", 2048), key("short", 768))
    # At names without a record.
    return made | {"wildcard": (first, []), "alias": (first, [])} | key_records.mutations(first, SEED, COUNT), first


def strings(text):
    """Any octets as TXT data of a zone file."""
    def quoted(piece):
        return '"' + "".join(chr(c) if chr(c).isalnum() and c < 128 else f"\\{c:03d}" for c in piece) + '"'
    return " ".join(quoted(text[i:i + 255]) for i in range(0, max(len(text), 1), 255))


def write_zone(first):
    good = strings(b"v=DKIM1; k=rsa; p=" + first.text)
    lines = ["$ORIGIN example.", "$TTL 60", "@ SOA ns admin 1 3600 600 86400 60", "@ NS ns", "ns A 127.0.0.1",
             f"*._domainkey.wildcard TXT {good}", "seal._domainkey.alias CNAME target", f"target TXT {good}"]
    lines += [f"seal._domainkey.{name} TXT {strings(record)}" for name, (_, records) in variants.items()
              for record in records]
    with open(path("zone"), "w", encoding="ascii") as f:
        f.write("\n".join(lines) + "\n")


def write_configuration():
    with open(path("judge.conf"), "w", encoding="ascii") as f:
        f.write("[gateway]\nhostname = gw.example\nnext-hop = 127.0.0.1:1\n"
                f"dns-server = 127.0.0.1:{server.port}\n"
                "[client all]\nnetwork = 127.0.0.0/8\nfrom = plain.example\n")
        for name, (key, _) in variants.items():
            f.write(f"[domain {name}.example]\nselector = seal\nkey = {key.path}\nactivation = dns\n")
            if name.endswith("-identity"):
                f.write(f"identity = @mail.{name}.example\n")


def sign(name):
    done = subprocess.run([SEAL, "sign", "-c", path("judge.conf")], input=(MESSAGE % name).encode(),
                          capture_output=True, check=False)
    check(done.returncode == 0, f"{name}: sign", done.stderr)
    with open(path(name + ".eml"), "wb") as f:
        f.write(done.stdout)


# --- who says what ---------------------------------------------------------------------------------------------------

def gateway():
    """{name: (seen, testing)} as mailseald reports it."""
    log = path("gateway.log")
    with open(log, "wb") as out:
        process = subprocess.Popen([f"{BUILD}/mailseald", "-c", path("judge.conf"), "--listen", "127.0.0.1:0"],
                                   stdout=out, stderr=out)
    atexit.register(process.kill)

    def wait_for(what):
        end = time.monotonic() + 60
        while time.monotonic() < end and process.poll() is None:
            with open(log, encoding="utf-8", errors="replace") as f:
                found = re.findall(what, f.read())
            if len(found) >= (len(variants) if "seen=" in what else 1):
                return found
            time.sleep(0.05)
        return []

    check(wait_for("listening on "), "mailseald listens")
    process.send_signal(signal.SIGUSR1)
    found = wait_for(r"key name=seal\._domainkey\.(\S+)\.example seen=(\S+)(.*)")
    process.terminate()
    check(process.wait(20) == 0, "mailseald ends")
    return {name: (seen, "testing=yes" in rest) for name, seen, rest in found}


def ask(*arguments):
    done = subprocess.run([SEAL, *arguments, "--json", "--server", f"127.0.0.1:{server.port}", "--zone-port",
                           str(server.port), "--timeout", "2"], capture_output=True, text=True, check=False, cwd=WORK)
    try:
        return json.loads(done.stdout)
    except ValueError:
        check(False, " ".join(arguments), done)
        return {"findings": [], "keys": [], "signatures": [], "steps": []}


def verifier(name):
    """{name: passes}"""
    files = "".join(path(f"{v}.eml\n") for v in variants)
    done = subprocess.run([*VERIFIERS[name], str(server.port)], input=files, capture_output=True, text=True,
                          errors="replace", check=False)
    lines = [line.split("\t") for line in done.stdout.splitlines() if "\t" in line]
    check(done.returncode == 0 and len(lines) == len(variants), f"{name} judged all", done.stderr[-500:])
    return {os.path.basename(line[0]).removesuffix(".eml"): line[1] == "pass" for line in lines}


def about_key(document, severity="error"):
    return [f for f in document["findings"] if f["code"].startswith("dkim-") and f["severity"] == severity]


def tool(name):
    domain, conf = name + ".example", ["--config", "judge.conf"]
    return (ask("verify", domain, *conf), ask("verify", domain, "--selector", "seal"),
            ask("doctor", path(name + ".eml"), *conf), ask("doctor", domain, *conf))


# --- one verdict -----------------------------------------------------------------------------------------------------

def judge_mutation(name, seen, listed, refusing):
    """No right answer is written down for it: all our programs must agree."""
    verify, alone, doctor, _ = by_tool[name]
    good, what = seen[0] == "published", f"{name} of seed {SEED} {variants[name][1]}"
    check((listed["verdict"], listed["testing"]) == seen, f"{what}: key list", (listed, seen))
    for document in (verify, listed, doctor, alone):
        check(len(about_key(document)) == (not good), f"{what}: one error or none", (seen, about_key(document)))
    claims(what, verify, doctor, refusing)


def judge(name, seen, listed, refusing):
    verify, alone, doctor, of_domain = by_tool[name]
    code, good = refused.get(name), seen[0] == "published"
    check(good == (code is None), f"{name}: the gateway", seen)
    check(name in key_records.UNREAD.split() or (listed["verdict"], listed["testing"]) == seen, f"{name}: key list", (
        listed, seen))
    for what, errors in (("verify", about_key(verify)), ("key list", about_key(listed)), ("doctor", about_key(doctor)),
                         ("doctor of the domain", about_key(of_domain))):
        check([f["code"] for f in errors] == ([code] if code else []) or
              # Without the key it may belong to another one, or be too short for any.
              (what == "doctor" and name == "short-key"), f"{name}: {what}", errors)
    alone_good = not about_key(alone)
    check(alone_good == (good or name in key_records.OF_ANOTHER.split()), f"{name}: without the key", about_key(alone))
    key = doctor["signatures"][0]["key"]
    identity = name == "strict-identity"    # the signature shows it
    check(key == ("ok" if alone_good and not identity else "bad"), f"{name}: doctor's key", key)
    step = next(s for s in of_domain["steps"] if s["step"] == "dkim")
    check(step["ok"] == good, f"{name}: doctor's step", step)
    check(disputed(verify) == [] or name in key_records.DISPUTED.split(), f"{name}: disputed", disputed(verify))
    claims(name, verify, doctor, refusing)


def disputed(verify):
    return [f for f in about_key(verify, "warning") if f["code"] == "dkim-verifiers"]


def claims(name, verify, doctor, refusing):
    """What the tool claims about the three verifiers is what they do."""
    explained = about_key(verify) + disputed(verify)
    if not explained:
        check(not refusing, f"{name}: all three accept it", refusing)
    for finding in explained:
        reason = finding["reason"]
        if finding["code"] in ("dkim-several", "dkim-other-txt"):
            check(finding["refused_by"] == ["OpenDKIM"] and "OpenDKIM" in refusing, f"{name}: OpenDKIM", refusing)
        else:
            later = {v for v in VERIFIERS if VERSIONS.get(v, ()) >= key_records.REFUSED_SINCE.get((name, v), (99,))}
            found = [v for v in refusing if v not in later]
            check(finding["refused_by"] == found, f"{name}: which refuse", (finding["refused_by"], refusing, reason))
            check(later <= set(refusing), f"{name}: later versions refuse it", (later, refusing))
            check(all(v in reason for v in VERIFIERS), f"{name}: the three are named", reason)
        check(re.search("RFC|X.690|gateway", reason), f"{name}: the rule", reason)
        texts = [f["text"] for f in doctor["findings"]]
        check(reason in texts, f"{name}: doctor gives the reason", (reason, texts))


variants, first_key = make_variants()
refused = key_records.wanted()
check(set(refused) <= set(variants), "all that is wanted is published", set(refused) - set(variants))
write_zone(first_key)
server = NameServer(path("knot"), {"example": path("zone")})
write_configuration()
with concurrent.futures.ThreadPoolExecutor(4) as pool:
    list(pool.map(sign, variants))
    passes = dict(zip(VERIFIERS, pool.map(verifier, VERIFIERS)))
    of_gateway = gateway()
    of_list = {k["domain"].removesuffix(".example"): k["dns"] for k in ask("key", "list", "-c", "judge.conf",
                                                                           "--dns")["keys"]}
    by_tool = dict(zip(variants, pool.map(tool, variants)))
check(of_gateway.keys() == of_list.keys() == variants.keys(), "all are judged")
for variant in variants:
    (judge_mutation if re.fullmatch(r"m\d+", variant) else judge)(
        variant, of_gateway[variant], of_list[variant], [v for v in VERIFIERS if not passes[v][variant]])
# For two of them, the first record decides.
firsts = {v: {passes[v][name] for name in ("second-before", "second-long")} for v in ("dkimpy", "Mail::DKIM")}
check(all(seen == {True, False} for seen in firsts.values()), "the record that comes first counts", firsts)
tally.end()
