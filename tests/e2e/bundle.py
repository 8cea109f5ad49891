# SPDX-License-Identifier: Apache-2.0
"""mailseal bundle. See bundle.sh."""
import json
import os
import random
import re
import subprocess
import tarfile

import program
import tally
from program import run
from tally import check

DOCUMENT = os.path.abspath("docs/configuration.md")
PASSWORD, TOKEN = "correct horse 42", "hop-token-Zm9vYmFy"
HELPER = "/usr/local/bin/token --client-secret=s3cr3t"

os.environ["SOURCE_DATE_EPOCH"] = "1796000000"
folder = program.new_folder()
os.chdir(folder)


def bundle(*arguments, data=None):
    """({name: octets}, standard output)"""
    if os.path.exists("b.tar.gz"):
        os.unlink("b.tar.gz")
    code, out, err = run("bundle", "-o", "b.tar.gz", *arguments, data=data)
    check(code == 0, f"bundle {' '.join(arguments)}", f"{code} {err}")
    if code != 0:
        return {}, out
    with tarfile.open("b.tar.gz", "r:gz") as archive:
        return {m.name.removeprefix("mailseal-bundle/"): archive.extractfile(m).read() for m in archive}, out


def write(name, text, mode=0o600):
    with open(name, "wb") as f:
        f.write(text if isinstance(text, bytes) else text.encode())
    os.chmod(name, mode)


def make():
    """(configuration, secrets)"""
    secrets = [PASSWORD, TOKEN, HELPER, "hunter2", "the password of the boss"]
    for name in ("a.pem", "old.pem", "tls.key"):
        subprocess.run(["openssl", "genrsa", "-out", name, "2048"], check=True, capture_output=True)
        with open(name, encoding="ascii") as f:
            secrets += [line for line in f.read().splitlines() if len(line) > 15 and "-----" not in line]
    subprocess.run(["openssl", "req", "-x509", "-key", "tls.key", "-subj", "/CN=gw.example.com", "-days", "90",
                    "-addext", "subjectAltName=DNS:gw.example.com", "-out", "tls.crt"], check=True, capture_output=True)
    write("hop-secret", TOKEN + "\nand more\n")
    login = run("password", "--user", "scanner", data=f"{PASSWORD}\n".encode())[1].strip()
    login = re.search(r"scanner:pbkdf2-sha256:\S+", login).group()
    other = login.replace("scanner", "boss@example.com")
    secrets += login.split(":")[3:]
    config = f"""# the password of the boss
[gateway]
hostname = gw.example.com
next-hop = smtp.example.net:587
certificate = tls.crt
certificate-key = tls.key

[next-hop]
tls = starttls
auth = plain
user = gateway@example.com
secret = hop-secret

[client scanners]
network = 192.0.2.0/24
from = example.com
auth = required
login = {login},
\t{other}

# mailseal: revoked = example.com old 2026-01-15 old.pem
[domain example.com]
# mailseal: cname = keys.example.net
selector = a
key = a.pem
identity = joe@example.com
"""
    write("gateway.conf", config)
    return config, secrets


def harmless(what, files, out, secrets):
    text = b"\n".join(files.values()) + out.encode()
    for secret in secrets:
        check(secret.encode() not in text, f"{what}: no {secret[:12]}...",
              [name for name, octets in files.items() if secret.encode() in octets])
    check(b"PRIVATE KEY" not in text, f"{what}: no private key")


def test_inside(config, secrets):
    files, out = bundle()
    check(list(files) == "version.txt gateway.conf check.txt keys.json contents.txt".split(), "what is inside", files)
    harmless("a good configuration", files, out, secrets)
    check(files["version.txt"].decode() == run("version")[1], "the version")
    seen = files["gateway.conf"].decode()
    for line in ("hostname = gw.example.com", "key = a.pem", "certificate-key = tls.key", "secret = hop-secret",
                 "identity = joe@example.com", "user = g***@example.com", "login = scanner:(removed),",
                 "\tb***@example.com:(removed)", "# mailseal: cname = keys.example.net", "# a comment was removed",
                 "# mailseal: revoked = example.com old 2026-01-15 old.pem", "[client scanners]"):
        check(line in seen.splitlines(), f"the configuration has {line}", seen)
    check(len(seen.splitlines()) == len(config.splitlines()), "lines keep their numbers")
    check(b"exit code 0" in files["check.txt"] and b"configuration ok" in files["check.txt"], "check", files)
    keys = json.loads(files["keys.json"])["keys"]
    check([k["selector"] for k in keys] == ["a", "old"] and keys[0]["record"]["value"][:7] == "v=DKIM1", "keys", keys)
    check("2 passwords of login, 0 commands of secret-helper, 1 comments, 0 other lines" in out, "what went", out)
    check(files["contents.txt"].decode() in out and "Not in it: private keys" in out, "it prints the content", out)
    check(os.stat("b.tar.gz").st_mode & 0o777 == 0o600, "only we can read it")
    with open("b.tar.gz", "rb") as f:
        first = f.read()
    bundle()
    with open("b.tar.gz", "rb") as f:
        check(f.read() == first, "the same again")
    for more in ([], ["--dry-run"], ["--json"]):
        code, said, err = run("bundle", "-o", "b.tar.gz", *more)
        failed = json.loads(said)["errors"] if more == ["--json"] else said
        expected = ["b.tar.gz: already exists; not overwritten"] if said else ""
        check(code == 5 and "exists" in err and failed == expected,
              f"nothing is overwritten {more}", said + err)
    test_json(files)
    files, _ = bundle("-c", f"{folder}/gateway.conf")
    harmless("from elsewhere", files, "", secrets)


def test_json(files):
    """What would be in it, and what is in it."""
    code, said, err = run("bundle", "-o", "dry.tar.gz", "--dry-run")
    check(code == 0 and said.startswith("dry.tar.gz (not written):\n") and "Look through" not in said, "dry run", err)
    code, said, err = run("bundle", "-o", "dry.tar.gz", "-n", "--json")
    check(code == 0 and not os.path.exists("dry.tar.gz"), "a dry run writes nothing", err)
    seen = json.loads(said)
    check((seen["file"], seen["dry_run"]) == ("dry.tar.gz", True), "which file", seen)
    inside = [{"name": name, "octets": len(octets)} for name, octets in files.items()]
    check(seen["contains"] == inside, "what is inside", seen)
    counts = {r["what"]: r["count"] for r in seen["removed"]}
    check(counts == {"login": 2, "secret-helper": 0, "comment": 1, "line": 0, "address": counts["address"],
                     "secret": 0} and counts["address"] > 0, "what was removed", counts)
    _, said, _ = run("bundle", "-o", "json.tar.gz", "--json")
    check(os.path.exists("json.tar.gz") and json.loads(said) == seen | {"file": "json.tar.gz", "dry_run": False},
          "without --dry-run", said)


def test_helper(config, secrets):
    write("helper.conf", config.replace("secret = hop-secret", f"secret-helper = {HELPER}"))
    files, out = bundle("-c", "helper.conf")
    harmless("a helper", files, out, secrets)
    check(b"secret-helper = (removed)\n" in files["gateway.conf"] and "1 commands" in out, "the helper is gone", out)
    check(b"secret from: (removed)" in files["check.txt"], "in check too", files["check.txt"])


def test_errors(config, secrets):
    """Secrets that people write where they do not belong."""
    with open("a.pem", encoding="ascii") as f:
        key = f.read()
    for what, broken in {
        "a password as name": config.replace("secret = hop-secret", "secret = hunter2"),
        "a login that is none": config.replace("login = scanner:", "login = hunter2 scanner;"),
        "a key of another name": config.replace("secret = hop-secret", "password = hunter2"),
        "a key in the configuration": config.replace("key = a.pem", "key = " + key),
        "a key in a comment": config + "".join(f"#{line}\n" for line in key.splitlines()),
        "a heading with more": config.replace("[next-hop]", "[next-hop] hunter2"),
        "a helper over two lines": config.replace("secret = hop-secret", f"secret-helper = {HELPER},\n\thunter2"),
        "no line ends": config.replace("\n", "\r"), "no section": "hunter2\nsecret hunter2\n\thunter2\n",
    }.items():
        write("broken.conf", broken)
        files, out = bundle("-c", "broken.conf")
        harmless(what, files, out, secrets)
        check(b"exit code 0" not in files["check.txt"] or "comment" in what, f"{what}: an error", files["check.txt"])
    write("broken.conf", config.replace("auth = plain", "auth = hunter2"))
    files, out = bundle("-c", "broken.conf")
    check(b"broken.conf:10:8: auth: expected" in files["check.txt"], "where the error is", files["check.txt"])
    keys = json.loads(files["keys.json"])["keys"]
    check([k["selector"] for k in keys] == ["a", "old"], "the keys, despite the error", keys)
    os.rename("a.pem", "away.pem")
    files, out = bundle()
    check(b"exit code 4" in files["check.txt"] and b"key = a.pem" in files["gateway.conf"], "a key is missing", files)
    os.rename("away.pem", "a.pem")
    rng = random.Random(2)
    for what, octets in {"binary": rng.randbytes(20000), "zeros": bytes(5000), "nothing": b"", "brackets": b"[" * 500,
                         "one long line": b"key = " + b"x" * 100000}.items():
        write("broken.conf", octets)
        files, _ = bundle("-c", "broken.conf")
        check(all(c in b"\n\t" or 32 <= c < 127 for f in files.values() for c in f), f"{what}: all is printable")
    check(run("bundle", "-o", "x.tar.gz", "-c", "none.conf")[0] == 5, "no configuration")
    check(run("bundle", "-o", "x.tar.gz", "--log", "none.log")[0] == 5 and not os.path.exists("x.tar.gz"), "no log")
    check(run("bundle")[0] == 2, "no output")
    check(run("bundle", "-o", "none/x.tar.gz")[0] == 5, "no folder")


def test_log(secrets):
    with open("a.pem", encoding="ascii") as f:
        key = f.read()
    foreign = subprocess.run(["openssl", "genrsa", "2048"], check=True, capture_output=True).stdout.decode()
    lines = [
        "key name=a._domainkey.example.com signs=yes used=3 last-used=1795999000",
        'accept from=joe.doe@example.com rcpt="<ann@example.net>,bob+x=y@example.org" id=<abc.1@gw.example.com>',
        'accept from="\\"j. doe\\"@example.com" helo=x', "already a***@example.com", "at @example.com and a@b@c",
        f"hop said {TOKEN}: no", "AUTH " + secrets[-1], *key.splitlines(),
        *foreign.splitlines(), "x pbkdf2-sha256:100000:abc:def, y", "\x1b[31mred\x00\xff", "z" * 9000,
    ]
    write("gateway.log", "\n".join(lines) + "\n")
    mine = secrets + [line for line in foreign.splitlines() if "-----" not in line] + \
        ["joe.doe", "ann@", "bob", "j. doe", "100000:abc"]
    files, out = bundle("--log", "gateway.log")
    harmless("a log", files, out, mine)
    seen = files["log.txt"].decode().splitlines()
    check('accept from=j***@example.com rcpt="<a***@example.net>,b***@example.org" id=<a***@gw.example.com>' in seen,
          "addresses are masked", seen)
    check("already a***@example.com" in seen and "at ***@example.com and a***@b***@c" in seen, "odd ones too", seen)
    check("hop said (removed): no" in seen, "what was learned", seen)
    check(seen[-2] == "?[31mred???" and seen[-1] == "z" * 4096 + " ...", "octets and long lines", seen[-2:])
    check("x (removed), y" in seen, "hashes of others", seen)
    check(json.loads(files["keys.json"])["keys"][0]["gateway"]["used"] == 3, "the keys know the log")
    check(f"the last {len(lines)} of {len(lines)} lines" in out, "how much of it", out)
    with open("gateway.log", "rb") as f:
        again, _ = bundle("--log", "-", data=f.read())
    check(again == files, "the same from standard input", set(again.items()) ^ set(files.items()))
    for count, text, kept in ((3, "1\n2\n3\n4\n", "2\n3\n4\n"), (3, "1\n2\n3\n4", "2\n3\n4\n"), (9, "1\n2\n", "1\n2\n"),
                              (1, "\n\n\n", "\n"), (5, "", "")):
        write("short.log", text)
        files, _ = bundle("--log", "short.log", "--lines", str(count))
        check(files["log.txt"].decode() == kept, f"{count} lines of {text!r}", files["log.txt"])
    write("long.log", "".join(f"line {i} {'x' * 90}\n" for i in range(300000)))
    files, out = bundle("--log", "long.log", "--lines", "100000")
    seen = files["log.txt"].decode().splitlines()
    check(seen[-1].startswith("line 299999 ") and re.fullmatch(r"line \d+ x{90}", seen[0]), "the end of a long one",
          (seen[0], seen[-1]))
    check(30000 < len(seen) < 60000, "as much as there is room for", len(seen))
    check(f"the last {len(seen)} of 300000 lines" in out, "and how much that is", out)
    write("long.log", b"\xff" * (20 << 20))
    files, _ = bundle("--log", "long.log")
    check(len(files["log.txt"]) < 5000, "one line of megabytes", len(files["log.txt"]))
    os.unlink("long.log")


def test_known():
    """Each key that the document lists is shown, except the two that contain secrets."""
    with open(DOCUMENT, encoding="utf-8") as f:
        cells = re.findall(r"^\| (`[a-z0-9].*?) \|", f.read(), re.M)
    keys = {key for cell in cells for key in re.findall("`([a-z0-9-]+)`", cell)}
    check(len(keys) > 40 and {"hostname", "made", "hold", "8bit-header"} - keys <= {"made"},
          "the keys of the document", keys)
    for key in sorted(keys):
        write("known.conf", f"[gateway]\n{key} = a.pem\n")
        files, _ = bundle("-c", "known.conf")
        wanted = f"{key} = (removed)" if key in ("secret-helper", "login") else f"{key} = a.pem"
        check(wanted in files["gateway.conf"].decode(), f"{key} is known", files["gateway.conf"])


text, hidden = make()
test_inside(text, hidden)
test_helper(text, hidden)
test_errors(text, hidden)
test_log(hidden)
test_known()
tally.end()
