#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The steps of run.sh, each of them a command; all work in one folder, build/diff.

  plan CORPUS DIR    what is in the corpus: DIR/plan.json, one configuration per canonicalization, the zone
  sign TOOL DIR      every message four times: DIR/signed/PAIR/..., DIR/refused.txt
  damage DIR         messages that no verifier may pass: DIR/damaged/KIND/PAIR/...
  judge DIR KNOWN    reads the verifiers' results; prints the table and "N passed, N failed"
"""

import collections
import concurrent.futures
import email
import email.policy
import fnmatch
import json
import os
import re
import subprocess
import sys

sys.path.append("tests/e2e")

import tally  # noqa: E402
from tally import check  # noqa: E402

PAIRS = ["relaxed/relaxed", "simple/simple", "relaxed/simple", "simple/relaxed"]
DAMAGED_PAIRS = ["relaxed/relaxed", "simple/simple"]
KINDS = ["body", "header", "second-from", "second-subject"]
VERIFIERS = ["opendkim", "dkimpy", "maildkim"]
SIGNING_TIME = "1700000000"
ENOUGH = 350
UNENDED = ".unended"

# The tool's message for each refusal whose reason this program can find independently.
SAYS = {
    "no From": r"no From",
    "several From": r"more than one From field",
    "several mailboxes": r"From field with more than one address",
    "no mailbox": r"From .*(without|no|not|malformed|invalid|group|literal)|no mailbox",
    "malformed header": r"header|colon|field|white space|fold|control",
    "From with space": r"between From and its colon",
    "cut in the header": r"ends inside",
    "bare CR": r"bare CR|bare .*CR",
    "NUL": r"NUL",
    "8-bit header": r"8-bit|8bit|UTF-8|non-ASCII",
    "many Received": r"Received",
}


def crlf(data):
    return re.sub(rb"(?<!\r)\n", b"\r\n", data)


def split(message):
    """Header lines (with folds, without final CRLF) and body."""
    if message.startswith(b"\r\n"):
        return [], message[2:]
    head, _, body = message.partition(b"\r\n\r\n")
    if head.endswith(b"\r\n"):
        head = head[:-2]
    fields = []
    for line in head.split(b"\r\n"):
        if line[:1] in b" \t" and line and fields:
            fields[-1] += b"\r\n" + line
        else:
            fields.append(line)
    return fields, body


def named(fields, name):
    return [f for f in fields if f.partition(b":")[0].rstrip(b" \t").lower() == name]


def look(message):
    """The reasons why this message must be refused, found without the tool."""
    reasons = set()
    if b"\0" in message:
        reasons.add("NUL")
    if not message.endswith(b"\r\n") and b"\r\n\r\n" not in message:
        reasons.add("cut in the header")
    if re.search(rb"\r(?!\n)", message):
        reasons.add("bare CR")
    fields, _ = split(message)
    for field in fields:
        name, colon, value = field.partition(b":")
        if not colon or not re.fullmatch(rb"[!-9;-~]+[ \t]*", name):
            reasons.add("malformed header")
        elif re.search(rb"[\x01-\x08\x0b\x0c\x0e-\x1f\x7f]", value):
            reasons.add("malformed header")
        if any(c > 127 for c in field):
            reasons.add("8-bit header")
    if len(named(fields, b"received")) > 50:
        reasons.add("many Received")
    found = named(fields, b"from")
    if any(field.partition(b":")[0] not in (b"", field.partition(b":")[0].rstrip(b" \t")) for field in found):
        reasons.add("From with space")
    if not found:
        reasons.add("no From")
    elif len(found) > 1:
        reasons.add("several From")
    else:
        reasons |= look_at_mailboxes(found[0].partition(b":")[2])
    return reasons


def look_at_mailboxes(value):
    text = re.sub(r"\r\n(?=[ \t])", "", value.decode("utf-8", "replace"))
    try:
        header = email.policy.default.header_factory("From", text)
        addresses = header.addresses
    except Exception:  # Python's own parser breaks on some of these
        return {"no mailbox"} if "@" not in text else set()
    if len(addresses) > 1:
        return {"several mailboxes"}
    if not addresses or not re.fullmatch(r"[^\s@\[\]]+", addresses[0].domain or ""):
        return {"no mailbox"}
    return set()


def author_domains(message):
    """Every name that might be the author's; sections for too many names do no harm."""
    fields, _ = split(message)
    names = set()
    for field in named(fields, b"from"):
        for name in re.findall(r"@\s*([^\s@<>()\[\],;:\"]+)", field.decode("utf-8", "replace")):
            try:
                name = name.strip(".").encode("idna").decode().lower()
            except UnicodeError:
                continue
            if re.fullmatch(r"([a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?\.)*[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?", name):
                names.add(name)
    return names


def plan(corpus, work):
    messages, domains = {}, set()
    for folder, _, names in sorted(os.walk(corpus)):
        if folder == corpus or "/apt" in folder:
            continue
        for name in sorted(names):
            path = os.path.join(folder, name)
            with open(path, "rb") as f:
                message = crlf(f.read())
            name = os.path.relpath(path, corpus)
            if not message.endswith(b"\r\n"):
                # SMTP cannot carry such a message: it is used with a line end added, and also as it is.
                messages[f"{name}{UNENDED}"] = sorted(look(message))
                message += b"\r\n"
            messages[name] = sorted(look(message))
            domains |= author_domains(message)
    with open(f"{work}/plan.json", "w") as f:
        json.dump({"corpus": corpus, "messages": messages}, f, indent=1)
    for pair in PAIRS:
        with open(config(work, pair), "w") as f:
            f.write("[gateway]\nhostname = gateway.test\nnext-hop = 127.0.0.1:2526\n")
            for name in sorted(domains):
                f.write(f"\n[domain {name}]\nselector = seal\nkey = key.pem\ncanonicalization = {pair}\n")
    with open(f"{work}/record.txt") as f:
        record = f.read().strip()
    strings = " ".join(f'"{record[i:i + 255]}"' for i in range(0, len(record), 255))
    with open(f"{work}/zone", "w") as f:
        f.write("$TTL 60\n. SOA ns.test. admin.test. 1 3600 600 86400 60\n. NS ns.test.\nns.test. A 127.0.0.1\n")
        for name in sorted(domains):
            f.write(f"seal._domainkey.{name}. TXT {strings}\n")
    print(f"{len(messages)} messages, {len(domains)} author domains")


def config(work, pair):
    return f"{work}/{pair.replace('/', '-')}.conf"


def signed(work, pair, name):
    return f"{work}/signed/{pair.replace('/', '-')}/{name}"


def damaged(work, kind, pair, name):
    return f"{work}/damaged/{kind}/{pair.replace('/', '-')}/{name}"


def write(path, data):
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "wb") as f:
        f.write(data)


def sign_one(tool, work, corpus, pair, name):
    with open(f"{corpus}/{name.removesuffix(UNENDED)}", "rb") as f:
        original = f.read()
    if not name.endswith(UNENDED) and not original.endswith(b"\n"):
        original += b"\n"
    run = subprocess.run([tool, "sign", "-c", config(work, pair), "--time", SIGNING_TIME, "--lf"],
                         input=original, capture_output=True, timeout=60)
    said = run.stderr.decode("utf-8", "replace").strip()
    if run.returncode != 0:
        return {"refused": said or f"exit code {run.returncode} and no message", "output": len(run.stdout),
                "code": run.returncode}
    # The output is the input with one field before it.
    message = crlf(original)
    trouble = None
    if not run.stdout.endswith(message):
        trouble = "the message itself was changed"
    else:
        front = run.stdout[:len(run.stdout) - len(message)]
        lines = front.split(b"\r\n")
        if not front.startswith(b"DKIM-Signature:") or not front.endswith(b"\r\n"):
            trouble = "what was added before it is not one DKIM-Signature field"
        elif any(line[:1] not in b" \t" for line in lines[1:-1]):
            trouble = "more than one field was added"
        elif max(map(len, lines)) > 78:
            trouble = "a line of the field is over 78 columns"
        elif re.search(rb"[;\s]l=", front):
            trouble = "the field has l="
        elif b"t=" + SIGNING_TIME.encode() not in front:
            trouble = "t= is not the requested time"
    write(signed(work, pair, name), run.stdout)
    return {"trouble": trouble} if trouble else {}


def sign(tool, work):
    with open(f"{work}/plan.json") as f:
        todo = json.load(f)
    results = {pair: {} for pair in PAIRS}
    with concurrent.futures.ThreadPoolExecutor(2 * (os.cpu_count() or 1)) as pool:
        jobs = {}
        for pair in PAIRS:
            for name in todo["messages"]:
                jobs[pool.submit(sign_one, tool, work, todo["corpus"], pair, name)] = pair, name
        for job in concurrent.futures.as_completed(jobs):
            pair, name = jobs[job]
            results[pair][name] = job.result()
    with open(f"{work}/signed.json", "w") as f:
        json.dump(results, f, indent=1)
    with open(f"{work}/refused.txt", "w") as f:
        for name, result in sorted(results[PAIRS[0]].items()):
            if "refused" in result:
                f.write(f"{name}: {result['refused']}\n")
    with open(f"{work}/signed.list", "w") as f:
        for pair in PAIRS:
            for name, result in sorted(results[pair].items()):
                if "refused" not in result:
                    print(signed(work, pair, name), file=f)


def other(match):
    return b"y" if match.group(0) == b"x" else b"x"


def spoil(kind, message):
    """The message with one thing changed that a reader would see, or None."""
    fields, body = split(message)
    if kind == "body":
        if re.search(rb"[A-Za-z0-9]", body):
            body = re.sub(rb"[A-Za-z0-9]", other, body, count=1)
        else:
            body += b"added\r\n"
    elif kind == "header":
        i = fields.index(named(fields, b"from")[0])
        name, _, value = fields[i].partition(b":")
        fields[i] = name + b":" + re.sub(rb"[A-Za-z0-9]", other, value, count=1)
    elif kind == "second-from":
        fields.insert(0, b"From: Mallory <mallory@example.net>")
    elif kind == "second-subject":
        fields.insert(0, b"Subject: something else")
    return b"\r\n".join(fields) + b"\r\n\r\n" + body


def damage(work):
    with open(f"{work}/signed.json") as f:
        results = json.load(f)
    with open(f"{work}/damaged.list", "w") as out:
        for pair in DAMAGED_PAIRS:
            for name, result in sorted(results[pair].items()):
                if "refused" in result:
                    continue
                with open(signed(work, pair, name), "rb") as f:
                    message = f.read()
                for kind in KINDS:
                    path = damaged(work, kind, pair, name)
                    write(path, spoil(kind, message))
                    print(path, file=out)


class Known:
    """Known disagreements with their reasons: 'VERIFIER | PAIR | MESSAGE | RFC SECTION | REASON', with * in PAIR and
    MESSAGE."""

    def __init__(self, path):
        self.entries = []
        with open(path) as f:
            for line in f:
                line = line.strip()
                if line and not line.startswith("#"):
                    entry = [part.strip() for part in line.split("|")]
                    if len(entry) != 5 or not all(entry):
                        sys.exit(f"{path}: expected five parts in: {line}")
                    pattern = re.compile(re.escape(entry[2]).replace(r"\*", ".*"))
                    self.entries.append((entry, pattern))
        self.used = collections.Counter()

    def explains(self, verifier, pair, name):
        for i, (entry, pattern) in enumerate(self.entries):
            if entry[0] == verifier and fnmatch.fnmatchcase(pair, entry[1]) and pattern.fullmatch(name):
                self.used[i] += 1
                return True
        return False


def verdicts(work, verifier):
    """{path: (verdict, reason)} of both lists."""
    found = {}
    with open(f"{work}/{verifier}.verdicts", errors="replace") as f:
        for line in f:
            path, verdict, reason = (line.rstrip("\n").split("\t") + ["", ""])[:3]
            found[path] = verdict, reason
    return found


def judge_refusals(todo, results, known):
    reasons = collections.Counter()
    for name, expected in todo["messages"].items():
        result = results[PAIRS[0]][name]
        for pair in PAIRS[1:]:
            same = ("refused" in result) == ("refused" in results[pair][name])
            check(same, f"{name}: refused with some canonicalizations only", kind="refusals")
        if "refused" in result:
            said = result["refused"]
            check(result["output"] == 0 and result["code"] < 100,
                  f"{name}: refused, with {result['output']} octets of output, exit code {result['code']}",
                  kind="refusals")
            agreed = any(re.search(SAYS[reason], said, re.I) for reason in expected)
            check(agreed or known.explains("refusal", "*", name),
                  f"{name}: refused: {said}; found independently: {', '.join(expected) or 'nothing wrong'}",
                  kind="refusals")
            reasons[re.sub(r"[0-9]+", "N", said.splitlines()[0].split(": ", 1)[-1])[:90]] += 1
        else:
            check(not expected or known.explains("refusal", "*", name),
                  f"{name}: signed; found independently: {', '.join(expected)}", kind="refusals")
    return reasons


def judge(work, known_path):
    with open(f"{work}/plan.json") as f:
        todo = json.load(f)
    with open(f"{work}/signed.json") as f:
        results = json.load(f)
    known = Known(known_path)
    reasons = judge_refusals(todo, results, known)
    num_signed = sum("refused" not in r for r in results[PAIRS[0]].values())
    check(num_signed >= ENOUGH, f"only {num_signed} messages were signed, {ENOUGH} are needed", kind="corpus")
    for pair in PAIRS:
        for name, result in sorted(results[pair].items()):
            if "refused" not in result:
                check("trouble" not in result, f"{pair} {name}: {result.get('trouble')}", kind="form")

    table, why = [], collections.Counter()
    said = {verifier: verdicts(work, verifier) for verifier in VERIFIERS}
    for pair in PAIRS:
        row = [pair]
        for verifier in VERIFIERS:
            good = explained = bad = 0
            for name, result in sorted(results[pair].items()):
                if "refused" in result:
                    continue
                verdict, reason = said[verifier].get(signed(work, pair, name), ("none", "no verdict"))
                if verdict == "pass":
                    good += 1
                elif known.explains(verifier, pair, name):
                    explained += 1
                    continue
                else:
                    bad += 1
                    why[verifier, reason] += 1
                check(verdict == "pass", f"{verifier} {pair} {name}: {reason}", kind=verifier)
            row.append(f"{good}" + (f" +{explained} explained" if explained else "") + (f" -{bad}" if bad else ""))
        table.append(row)
    for kind in KINDS:
        row = [f"damaged: {kind}"]
        for verifier in VERIFIERS:
            good = bad = 0
            for pair in DAMAGED_PAIRS:
                for name, result in sorted(results[pair].items()):
                    if "refused" in result:
                        continue
                    verdict, reason = said[verifier].get(damaged(work, kind, pair, name), ("none", "no verdict"))
                    ok = verdict == "fail"
                    good, bad = good + ok, bad + (not ok)
                    check(ok, f"{verifier} passed {kind} {pair} {name}", kind=kind)
            row.append(f"{good} caught" + (f" -{bad}" if bad else ""))
        table.append(row)
    for i, (entry, _) in enumerate(known.entries):
        check(known.used[i], f"no longer occurs; remove it from {known_path}: {' | '.join(entry)}", kind="known")

    print(f"\n{len(todo['messages'])} messages, {num_signed} signed, {len(todo['messages']) - num_signed} refused:")
    for reason, count in reasons.most_common():
        print(f"  {count:4} {reason}")
    print()
    widths = [max(len(str(row[i])) for row in table + [[""] + VERIFIERS]) for i in range(1 + len(VERIFIERS))]
    for row in [[""] + VERIFIERS] + table:
        print("  ".join(str(cell).ljust(width) for cell, width in zip(row, widths)).rstrip())
    for (verifier, reason), count in why.most_common(20):
        print(f"  {verifier}, {count} times: {reason}")
    for entry, _ in known.entries:
        print(f"explained: {' | '.join(entry)}")
    tally.end()


def main():
    commands = {"plan": plan, "sign": sign, "damage": damage, "judge": judge}
    sys.exit(commands[sys.argv[1]](*sys.argv[2:]))


main()
