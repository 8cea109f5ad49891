# SPDX-License-Identifier: Apache-2.0
"""AUTH of clients: see login.sh."""

import base64
import os
import re
import shutil
import subprocess
import sys
import threading
import time

import authority
from peers import (MAILSEAL, Client, Closed, Gateway, NextHop, Work, finish, mark, message, run_tests, stop_all,
                   swaks_trust)
from tally import HUNG_S, check
from wire import logged

work = Work("login")
hop = NextHop()
ca = authority.Authority(work.path)
certificate = ca.issue("gateway", "DNS:gateway.test")
trusting = authority.client(ca)
TLS = f"certificate = {certificate.path}\ncertificate-key = {certificate.key}\nlisten-tls = 127.0.0.1:465\n"
USERS = {"ali": "geheim", "scanner@sender.example": "pass word with \"quotes\" and ä", "long": "x" * 200}


def login_of(user, password):
    run = subprocess.run([MAILSEAL, "password", "--user", user], input=password + "\n", capture_output=True, text=True)
    if run.returncode != 0:
        sys.exit(f"mailseal password: {run.stderr}")
    return run.stdout.strip().splitlines()[-1].removeprefix("login = ")


LOGINS = ",\n    ".join(login_of(user, password) for user, password in USERS.items())
gateways = []


def gateway(name, client, tls=TLS, **more):
    gateways.append(Gateway(work, hop.port, gateway=tls, client=client, name=name, **more))
    return gateways[-1]


required = gateway("required", f"tls = required\nauth = required\nlogin = {LOGINS}\n")
offered = gateway("offered", f"auth = offered\nlogin = {LOGINS}\n")


def b64(text):
    return base64.b64encode(text if isinstance(text, bytes) else text.encode()).decode()


def plain(user, password, authzid=""):
    return b64(f"{authzid}\0{user}\0{password}")


def connect(gw=required, way="starttls"):
    if way == "implicit":
        client = Client(gw.port_tls, tls=trusting)
    else:
        client = Client(gw.port)
        client.command("EHLO client.test")
        client.starttls(trusting)
    client.hello = client.command("EHLO client.test")
    return client


def say(client, *texts):
    """Codes of the replies, with the prompts of 334."""
    replies = [client.command(text) for text in texts]
    return [f"{r.code} {r.text}" if r.code == 334 else str(r)[:9] for r in replies]


GOOD, BAD = "235 2.7.0", "535 5.7.8"


def goes_through(name, client, gw=required, protocol="ESMTPSA", code=250):
    subject = mark()
    replies = [client.command(text) for text in ("MAIL FROM:<a@sender.example>", "RCPT TO:<b@dest.example>")]
    replies.append(client.data(message(b"x\r\n", subject)))
    got = [m[2] for m in hop.messages() if b"Subject: " + subject + b"\r\n" in m[2]]
    check(replies[-1].code == code and len(got) == 1 and gw.verify(got[0]) and
          re.search(f"with {protocol}\\s".encode(), got[0]) is not None, name,
          f"{', '.join(map(str, replies))} {got}"[:900])


def not_allowed(name, client):
    reply = client.command("MAIL FROM:<a@sender.example>")
    check(str(reply).startswith("530 5.7.0"), name, str(reply))


# --- right -----------------------------------------------------------------------------------------------------------

def test_right():
    for way in ("starttls", "implicit"):
        for user, password in USERS.items():
            dialogues = {
                "PLAIN": ([f"AUTH PLAIN {plain(user, password)}"], [GOOD]),
                "PLAIN, asked": (["AUTH PLAIN", plain(user, password)], ["334 ", GOOD]),
                "plain, with itself": ([f"auth plain {plain(user, password, user)}"], [GOOD]),
                "LOGIN": (["AUTH LOGIN", b64(user), b64(password)], ["334 VXNlcm5hbWU6", "334 UGFzc3dvcmQ6", GOOD]),
                "LOGIN, with the user": ([f"AUTH LOGIN {b64(user)}", b64(password)], ["334 UGFzc3dvcmQ6", GOOD]),
            }
            for name, (texts, owed) in dialogues.items():
                with connect(way=way) as client:
                    said = say(client, *texts)
                    check(said == owed, f"{user}, {name}, {way}", str(said))
                    goes_through(f"{user}, {name}, {way}: mail", client)
                    check(say(client, *texts[:1]) == ["503 5.5.1"], f"{user}, {name}, {way}: twice: 503")
    with connect() as client:
        check("AUTH PLAIN LOGIN" in client.hello.lines, "AUTH is offered within TLS", str(client.hello))


def test_order():
    with Client(required.port) as client:
        said = client.command("EHLO client.test")
        check("AUTH" not in said.text and "STARTTLS" in said.text, "AUTH is not offered before TLS", str(said))
        check(say(client, f"AUTH PLAIN {plain('ali', 'geheim')}") == ["530 5.7.0"], "required: AUTH before TLS: 530")
        not_allowed("required: MAIL before TLS: 530", client)
        client.starttls(trusting)
        check(say(client, "AUTH PLAIN x") == ["503 5.5.1"], "AUTH before EHLO: 503")
        client.command("EHLO client.test")
        not_allowed("required: MAIL before AUTH: 530", client)
        check(say(client, "RCPT TO:<b@dest.example>", "DATA", "NOOP", "RSET") ==
              ["503 5.5.1", "503 5.5.1", "250 2.0.0", "250 2.0.0"], "required: the others before AUTH")
        check(say(client, "AUTH", "AUTH CRAM-MD5", "AUTH XOAUTH2 eA==", "AUTH PLAINX") ==
              ["501 5.5.4", "504 5.5.4", "504 5.5.4", "504 5.5.4"], "unknown mechanisms: 504")
        check(say(client, f"AUTH PLAIN {plain('ali', 'geheim')}") == [GOOD], "a right login after them")
        client.command("MAIL FROM:<a@sender.example>")
        check(say(client, f"AUTH PLAIN {plain('ali', 'geheim')}") == ["503 5.5.1"], "AUTH in a transaction: 503")
        client.command("EHLO client.test")
        goes_through("the login survives EHLO", client)
    with Client(offered.port) as client:
        said = client.command("EHLO client.test")
        check("AUTH" not in said.text, "offered: not before TLS", str(said))
        check(say(client, f"AUTH PLAIN {plain('ali', 'geheim')}") == ["538 5.7.11"[:9]],
              "offered: AUTH before TLS: 538")
        goes_through("offered: mail in the clear without a login", client, offered, "ESMTP")
    with connect(offered) as client:
        goes_through("offered: mail without a login", client, offered, "ESMTPS")
        check(say(client, f"AUTH PLAIN {plain('ali', 'geheim')}") == [GOOD], "offered: a login")
        goes_through("offered: mail with a login", client, offered)
    # STARTTLS would discard a login before it, so no login is tried.
    clear = gateway("clear", f"auth = required\nlogin = {LOGINS}\nauth-in-clear = yes\n")
    with Client(clear.port) as client:
        said = client.command("EHLO client.test")
        check("AUTH PLAIN LOGIN" in said.lines, "in the clear: AUTH is offered", str(said))
        not_allowed("in the clear: MAIL before AUTH: 530", client)
        check(say(client, f"AUTH PLAIN {plain('ali', 'geheim')}") == [GOOD], "in the clear: a login")
        goes_through("in the clear: mail", client, clear, "ESMTPA")
        client.starttls(trusting)
        client.command("EHLO client.test")
        not_allowed("STARTTLS discards an earlier login", client)
    none = gateway("none", "")
    with connect(none) as client:
        check("AUTH" not in client.hello.text and say(client, "AUTH PLAIN AGEAYg==") == ["502 5.5.1"],
              "no auth: not offered, 502", str(client.hello))
    clear.stop()
    none.stop()


# --- wrong -----------------------------------------------------------------------------------------------------------

def test_wrong():
    cases = {
        "wrong password": (plain("ali", "geheim2"), BAD), "empty password": (plain("ali", ""), BAD),
        "another's password": (plain("ali", "x" * 200), BAD), "an unknown name": (plain("bob", "geheim"), BAD),
        "the case of the name": (plain("Ali", "geheim"), BAD),
        "a password that begins so": (plain("ali", "gehei"), BAD),
        "a blank after it": (plain("ali", "geheim "), BAD), "another authzid": (plain("ali", "geheim", "root"), BAD),
        "no name": (plain("", "geheim"), "501 5.5.2"), "one NUL": (b64("ali\0geheim"), "501 5.5.2"),
        "no NUL": (b64("aligeheim"), "501 5.5.2"), "three NUL": (b64("\0ali\0geheim\0"), "501 5.5.2"),
        "a control character in the name": (plain("a\nli", "geheim"), "501 5.5.2"),
        "no base64": ("!!!!", "501 5.5.2"), "cut base64": (plain("ali", "geheim")[:-1], "501 5.5.2"),
        "base64 with blanks": (plain("ali", "geheim")[:8] + " " + plain("ali", "geheim")[8:], "501 5.5.2"),
        "an empty one": ("=", "501 5.5.2"), "cancelled": ("*", "501 5.7.0"), "nothing": ("", "501 5.5.2"),
        "600 octets": (plain("ali", "y" * 420), BAD), "too long": (plain("ali", "z" * 900), "500 5.5.6"),
        "12288 octets": (plain("ali", "z" * 9000), "500 5.5.6"), "a command": ("QUIT", "501 5.5.2"),
    }
    for name, (response, owed) in cases.items():
        with connect() as client:
            since = len(required.log())
            said = say(client, "AUTH PLAIN", response)
            check(said == ["334 ", owed], f"PLAIN: {name}: {owed}", str(said))
            not_allowed(f"PLAIN: {name}: no mail", client)
            if owed == BAD and name != "another authzid":
                ok, line = logged(required, since, "code=535", "client=127.0.0.1")
                check(ok, f"PLAIN: {name}: in the log", line)
            check(say(client, f"AUTH PLAIN {plain('ali', 'geheim')}") == [GOOD], f"PLAIN: {name}: then a right one")
    for name, texts, owed in (("wrong password", [b64("ali"), b64("x")], BAD),
                              ("an unknown name", [b64("bob"), b64("x")], BAD),
                              ("no name", [""], "501 5.5.2"), ("cancelled", ["*"], "501 5.7.0"),
                              ("cancelled at the password", [b64("ali"), "*"], "501 5.7.0"),
                              ("no base64", ["ali"], "501 5.5.2"),
                              ("no base64 password", [b64("ali"), "geheim!"], "501 5.5.2"),
                              ("too long", ["A" * 1400], "500 5.5.6"),
                              ("too long a password", [b64("ali"), "A" * 1400], "500 5.5.6"),
                              ("a name with a control character", [b64("a\rli")], "501 5.5.2")):
        with connect() as client:
            said = say(client, "AUTH LOGIN", *texts)
            check(said[-1] == owed, f"LOGIN: {name}: {owed}", str(said))
            not_allowed(f"LOGIN: {name}: no mail", client)
            said = say(client, "AUTH LOGIN", b64("ali"), b64("geheim"))
            check(said[-1] == GOOD, f"LOGIN: {name}: then a right one", str(said))
    log = required.log()
    check(not [w for w in ("geheim", b64("geheim"), plain("ali", "geheim")) if w in log], "no password is in the log")


def test_often():
    """After three wrong logins the next AUTH is the last."""
    for wrong in (f"AUTH PLAIN {plain('ali', 'x')}", f"AUTH PLAIN {plain('absent', 'x')}"):
        with connect() as client:
            said = say(client, wrong, wrong, wrong)
            check(said == [BAD] * 3, "three wrong ones", str(said))
            said = say(client, f"AUTH PLAIN {plain('ali', 'geheim')}")
            replies, closed = client.replies(HUNG_S)
            check(said == ["421 4.7.0"] and closed, "the fourth AUTH: 421 and the end", f"{said} {closed}")
    with connect() as client:
        said = say(client, f"AUTH PLAIN {plain('ali', 'geheim')}")
        check(said == [GOOD], "another connection is another chance", str(said))


def took(user):
    with connect() as client:
        start = time.monotonic()
        say(client, f"AUTH PLAIN {plain(user, 'wrong')}")
        return time.monotonic() - start


def test_time():
    """The time does not show which users exist, and other clients do not wait while a password is computed."""
    # The shortest of many, alternating: a busy machine makes some longer, and none shorter.
    known, unknown = (min(times) for times in zip(*((took("ali"), took("absent")) for _ in range(9))))
    check(max(known, unknown) < 3 * min(known, unknown) + 0.02, "an unknown name takes as long",
          f"{known * 1000:.1f} and {unknown * 1000:.1f} ms")
    results = []

    def guess():
        try:
            for _ in range(3):
                results.append(took("ali"))
        except (Closed, OSError, ValueError) as e:
            results.append(e)

    threads = [threading.Thread(target=guess) for _ in range(20)]
    for t in threads:
        t.start()
    with connect() as client:
        said = say(client, f"AUTH PLAIN {plain('ali', 'geheim')}")
        check(said == [GOOD], "60 wrong logins meanwhile: a right one", str(said))
        goes_through("60 wrong logins meanwhile: mail", client)
    for t in threads:
        t.join()
    bad = [r for r in results if not isinstance(r, float)]
    check(len(results) == 60 and not bad, "60 wrong logins at once are all answered", str(bad[:3]))


# --- pipelines and injections ----------------------------------------------------------------------------------------

def test_pipelined():
    with connect() as client:
        client.send(f"AUTH PLAIN {plain('ali', 'geheim')}\r\nMAIL FROM:<a@sender.example>\r\n".encode())
        codes = [client.reply().code for _ in range(2)]
        check(codes == [235, 250], "a command after AUTH waits for it", str(codes))
    with connect() as client:
        client.send(f"AUTH PLAIN {plain('ali', 'wrong')}\r\nMAIL FROM:<a@sender.example>\r\n".encode())
        codes = [client.reply().code for _ in range(2)]
        check(codes == [535, 530], "a command after a wrong AUTH is not allowed", str(codes))
    with connect() as client:
        for octet in f"AUTH LOGIN\r\n{b64('ali')}\r\n{b64('geheim')}\r\n".encode():
            client.send(bytes([octet]))
        codes = [client.reply().code for _ in range(3)]
        check(codes == [334, 334, 235], "octet by octet", str(codes))
        goes_through("octet by octet: mail", client)
    # A client that leaves while its password is computed.
    for _ in range(5):
        client = connect()
        client.send(f"AUTH PLAIN {plain('ali', 'geheim')}\r\n".encode())
        client.socket.close()
    with connect() as client:
        check(say(client, f"AUTH PLAIN {plain('ali', 'geheim')}") == [GOOD], "after clients that left: a login")


# --- any login -------------------------------------------------------------------------------------------------------

def test_any():
    for name, tls in (("with a certificate", TLS), ("without a certificate", "")):
        gw = gateway(f"any{len(tls)}", "auth = any\n", tls)
        for texts, owed in (([f"AUTH PLAIN {plain('who', 'ever')}"], [GOOD]),
                            (["AUTH LOGIN", b64("a"), b64("b")], None),
                            ([f"AUTH PLAIN {plain('x', '')}"], [GOOD])):
            with Client(gw.port) as client:
                said = client.command("EHLO client.test")
                check("AUTH PLAIN LOGIN" in said.lines, f"any, {name}: offered in the clear", str(said))
                said = say(client, *texts)
                check(said[-1] == GOOD and (owed is None or said == owed), f"any, {name}: any login is good", str(said))
                goes_through(f"any, {name}: mail", client, gw, "ESMTPA")
        with Client(gw.port) as client:
            client.command("EHLO client.test")
            goes_through(f"any, {name}: mail without it", client, gw, "ESMTP")
        gw.stop()


# --- programs --------------------------------------------------------------------------------------------------------

def test_programs():
    password = "geheim"
    for mechanism in ("PLAIN", "LOGIN"):
        for way, port, option in (("starttls", required.port, "--tls"),
                                  ("implicit", required.port_tls, "--tls-on-connect")):
            subject = mark()
            for secret, expected in ((password, True), ("wrong", False)):
                run = subprocess.run(["swaks", "--server", f"127.0.0.1:{port}", option, *swaks_trust(ca), "--auth",
                                      mechanism, "--auth-user", "ali", "--auth-password", secret, "--helo",
                                      "client.test", "--from", "a@sender.example", "--to", "b@dest.example",
                                      "--header", "Subject: " + subject.decode()], capture_output=True, text=True,
                                     timeout=HUNG_S)
                check((run.returncode == 0) == expected, f"swaks: {mechanism}, {way}, {secret}", run.stdout[-500:])
            check(len([m for m in hop.messages() if subject in m[2]]) == 1, f"swaks: {mechanism}, {way}: one arrives")
            subject = mark()
            for secret, expected in ((password, True), ("wrong", False)):
                path = work.file("msmtp.secret", secret + "\n")
                run = subprocess.run(["msmtp", "-C", os.devnull, "--host=127.0.0.1", f"--port={port}", "--tls=on",
                                      f"--tls-starttls={'on' if way == 'starttls' else 'off'}",
                                      f"--tls-trust-file={ca.path}", "--tls-host-override=gateway.test",
                                      f"--auth={mechanism.lower()}", "--user=ali", f"--passwordeval=cat {path}",
                                      "--from=a@sender.example", "--domain=client.test", "b@dest.example"],
                                     input=message(b"x\r\n", subject), capture_output=True, timeout=HUNG_S)
                check((run.returncode == 0) == expected, f"msmtp: {mechanism}, {way}, {secret}", str(run.stderr)[-500:])
            check(len([m for m in hop.messages() if subject in m[2]]) == 1, f"msmtp: {mechanism}, {way}: one arrives")


def main():
    for program in ("swaks", "msmtp"):
        if not shutil.which(program):
            sys.exit(f"login.sh: {program} is not installed")
    run_tests(globals(), (required, offered))
    stop_all(gateways)
    counted = re.search(r"logins-refused=(\d+)", required.log())
    refused = required.log().count("code=535")
    check(counted and int(counted.group(1)) == refused, "refused logins are counted", f"{counted} {refused}")
    finish(work)


main()
