# SPDX-License-Identifier: Apache-2.0
"""mailseald between real mail servers: see postfix.sh."""

import atexit
import email
import email.policy
import glob
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time

import authority
import tally
from peers import (DOMAIN, MAILSEAL, SELECTOR, Client, Closed, Gateway, Work, finish, make_key, message, stop_all,
                   stuff, swaks_trust)
from ports import free_port
from tally import HUNG_S, check

work = room = None      # folders: of the suite, and of the servers
processes = []

MASTER = """\
{port} inet n - n - - smtpd
pickup unix n - n 60 1 pickup
cleanup unix n - n - 0 cleanup
qmgr unix n - n 300 1 qmgr
rewrite unix - - n - - trivial-rewrite
bounce unix - - n - 0 bounce
defer unix - - n - 0 bounce
trace unix - - n - 0 bounce
verify unix - - n - 1 verify
flush unix n - n 1000? 0 flush
proxymap unix - - n - - proxymap
proxywrite unix - - n - 1 proxymap
smtp unix - - n - - smtp
relay unix - - n - - smtp
showq unix n - n - - showq
error unix - - n - - error
retry unix - - n - - error
discard unix - - n - - discard
virtual unix - n n - - virtual
anvil unix - - n - 1 anvil
scache unix - - n - 1 scache
tlsmgr unix - - n 1000? 1 tlsmgr
postlog unix-dgram n - n - 1 postlogd
"""

MAIN = """\
compatibility_level = 3.6
queue_directory = {d}/queue
data_directory = {d}/data
daemon_directory = {daemons}
command_directory = /usr/sbin
mail_owner = postfix
setgid_group = postdrop
maillog_file = {d}/maillog
maillog_file_prefixes = {d}
myhostname = {name}
mydestination =
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
mynetworks = 127.0.0.0/8
smtpd_relay_restrictions = permit_mynetworks, reject
virtual_mailbox_base = {d}/mail
virtual_uid_maps = static:2000
virtual_gid_maps = static:2000
virtual_mailbox_limit = 0
alias_maps =
alias_database =
local_recipient_maps =
message_size_limit = 52428800
smtpd_client_connection_count_limit = 0
in_flow_delay = 0
smtpd_error_sleep_time = 0
smtp_tls_security_level = none
smtpd_tls_security_level = none
"""

NEXT_HOP = """\
virtual_mailbox_domains = dest.example, sender.example
virtual_mailbox_maps = static:all/
default_transport = error:test only
smtpd_milters = inet:127.0.0.1:{milter}
milter_default_action = tempfail
smtputf8_enable = yes
smtpd_recipient_restrictions = check_recipient_access inline:{{
 {{ refused@dest.example = 550 5.1.1 no such person here }},
 {{ later@dest.example = 450 4.2.1 come back later }} }}, permit
"""

SENDER = """\
myorigin = sender.example
relayhost = [127.0.0.1]:{gateway}
virtual_mailbox_domains = sender.example
virtual_mailbox_maps = inline:{{ {{ absent@other.example = x/ }} }}
smtpd_reject_unlisted_recipient = no
smtp_line_length_limit = 0
minimal_backoff_time = 5s
maximal_backoff_time = 5s
queue_run_delay = 5s
"""

# Without a login within TLS no mail is accepted.
PRIVATE = """\
smtpd_tls_security_level = encrypt
smtpd_tls_chain_files = {path}
smtpd_tls_loglevel = 1
smtpd_tls_auth_only = yes
smtpd_sasl_auth_enable = yes
smtpd_sasl_path = private
cyrus_sasl_config_path = {sasl}
smtpd_client_restrictions = permit_sasl_authenticated, reject
"""

PRIVATE_SENDER = """\
smtp_tls_security_level = encrypt
smtp_tls_CAfile = {ca}
smtp_sasl_auth_enable = yes
smtp_sasl_password_maps = inline:{{ {{ [127.0.0.1]:{gateway} = ali:geheim }} }}
smtp_sasl_security_options = noanonymous
"""


def begin(folder):
    """What the servers need before they start; `folder` gets their logs."""
    global work, room
    work = folder
    processes.clear()
    # Postfix's users must have access, so it is not in a checkout, which may be private.
    room = tempfile.mkdtemp(prefix="mailseal-postfix-")
    os.chmod(room, 0o755)
    atexit.register(end_servers)


def end_servers():
    # "postfix start-fg" is only a script that waits for the master.
    for pid_file in glob.glob(f"{room}/*/queue/pid/master.pid"):
        with open(pid_file) as f:
            pid = int(f.read())
        try:
            os.kill(pid, signal.SIGTERM)
        except OSError:
            pass
    for process in reversed(processes):
        if process.poll() is None:
            process.terminate()
            try:
                process.wait(10)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
    for log in glob.glob(f"{room}/*/maillog") + glob.glob(f"{room}/*.log") if os.path.isdir(work.path) else ():
        shutil.copy(log, f"{work.path}/{os.path.relpath(log, room).replace('/', '-')}")
    shutil.rmtree(room, ignore_errors=True)


def start(command, log):
    with open(f"{room}/{log}", "wb") as f:
        process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=f, stderr=f)
    processes.append(process)
    return process


def answers(port, process, what):
    end = time.monotonic() + HUNG_S
    while time.monotonic() < end:
        if process.poll() is not None:
            break
        try:
            Client(port, timeout=2).socket.close()
            return
        except (OSError, Closed, TimeoutError):
            time.sleep(0.1)
    logs = ""
    for log in glob.glob(f"{room}/*.log") + glob.glob(f"{room}/*/maillog"):
        with open(log, errors="replace") as f:
            logs += f.read()[-1500:]
    sys.exit(f"{what} does not respond on port {port}: {logs}")


class Postfix:
    def __init__(self, name, more):
        self.path = f"{room}/{name.split('.')[0]}"
        self.port = free_port()
        for folder in ("etc", "queue", "data", "mail"):
            os.makedirs(f"{self.path}/{folder}", exist_ok=True)
        shutil.chown(f"{self.path}/data", "postfix")
        os.chown(f"{self.path}/mail", 2000, 2000)
        daemons = subprocess.run(["postconf", "-dh", "daemon_directory"], capture_output=True, text=True).stdout.strip()
        with open(f"{self.path}/etc/main.cf", "w") as f:
            f.write(MAIN.format(d=self.path, name=name, daemons=daemons) + more)
        with open(f"{self.path}/etc/master.cf", "w") as f:
            f.write(MASTER.format(port=f"127.0.0.1:{self.port}"))
        self.process = start(["postfix", "-c", f"{self.path}/etc", "start-fg"], f"{name}.log")
        answers(self.port, self.process, "Postfix")

    def log(self):
        with open(f"{self.path}/maillog", errors="replace") as f:
            return f.read()

    def mails(self):
        found = {}
        for path in glob.glob(f"{self.path}/mail/all/new/*"):
            with open(path, "rb") as f:
                found[path] = f.read()
        return found


def opendkim(record):
    port = free_port()
    with open(f"{room}/keys", "w") as f:
        f.write(f"{SELECTOR}._domainkey.{DOMAIN} {record.decode()}\n")
    with open(f"{room}/internal", "w") as f:
        f.write("192.0.2.1\n")
    with open(f"{room}/opendkim.conf", "w") as f:
        f.write(f"Mode v\nSocket inet:{port}@127.0.0.1\nTestPublicKeys {room}/keys\nAlwaysAddARHeader yes\n"
                f"InternalHosts {room}/internal\nExternalIgnoreList {room}/internal\nSyslog no\nBackground no\n"
                f"RequireSafeKeys no\nTemporaryDirectory {room}\n")
    process = start(["opendkim", "-f", "-x", f"{room}/opendkim.conf"], "opendkim.log")
    end = time.monotonic() + HUNG_S
    while time.monotonic() < end and process.poll() is None:
        if re.search(rf":{port:04X} 00000000:0000 0A", open("/proc/net/tcp").read()):
            return port
        time.sleep(0.1)
    sys.exit("opendkim does not listen: " + open(f"{room}/opendkim.log").read())


def arrived(hop, mark, count=1, timeout=HUNG_S):
    """Wait for the messages that have `mark` in them. The next hop's own reports quote it too, but did not pass us."""
    end = time.monotonic() + timeout
    while True:
        found = [m for m in hop.mails().values()
                 if mark.encode() in m and (b"mail system at host next.dest.example" not in m or "Envelope" in mark)]
        if len(found) >= count or time.monotonic() > end:
            return found
        time.sleep(0.1)


def judged(name, hop, mark, count=1, timeout=HUNG_S):
    """They arrived, and OpenDKIM reports that our signature is good."""
    found = arrived(hop, mark, count, timeout)
    if not check(len(found) == count, f"{name}: arrives", f"{len(found)} of {count}; {hop.log()[-1500:]}"):
        return found
    good = 0
    for mail in found:
        header = email.message_from_bytes(mail.partition(b"\n\n")[0] + b"\n\n", policy=email.policy.compat32)
        results = " ".join(header.get_all("Authentication-Results", []))
        good += bool(re.search(r"dkim=pass .*header\.d=sender\.example", results.replace("\n", " ")))
        shown = results
    check(good == count, f"{name}: dkim=pass", f"{good} of {count}: {shown}")
    return found


def swaks(port, *options, data=None):
    command = ["swaks", "--server", "127.0.0.1", "--port", str(port), "--helo", "client.test", "--timeout", "60",
               "--from", "a@sender.example", *options]
    if data is not None:
        path = work.file("message.eml", data)
        command += ["--data", f"@{path}"]
    if not any(o.startswith("--to") for o in options):
        command += ["--to", "b@dest.example"]
    run = subprocess.run(command, capture_output=True, text=True, errors="replace", timeout=HUNG_S)
    return run.returncode, run.stdout + run.stderr


marks = 0


def mark():
    global marks
    marks += 1
    return f"mark-{marks}-{os.getpid()}-x"


def send(gateway, content, sender="a@sender.example", recipients=("b@dest.example",), parameters="",
         rcpt_parameters=""):
    """Exactly these octets; the replies."""
    with Client(gateway.port) as client:
        replies = [client.command("EHLO client.test"), client.command(f"MAIL FROM:<{sender}>{parameters}")]
        replies += [client.command(f"RCPT TO:<{r}>{rcpt_parameters}") for r in recipients]
        replies.append(client.data(stuff(content)))
        return replies


def sent(name, gateway, content, **more):
    replies = send(gateway, content, **more)
    return check(all(r.code in (250, 354) for r in replies), f"{name}: accepted", ", ".join(map(str, replies))[:500])


# --- kinds of mail ---------------------------------------------------------------------------------------------------

def test_swaks(gateway, hop):
    m = mark()
    code, said = swaks(gateway.port, "--header", f"Subject: {m}", "--body", "A plain message.")
    check(code == 0, "plain: accepted", said[-800:])
    judged("plain", hop, m)
    m = mark()
    code, said = swaks(gateway.port, "--header", f"Subject: {m}", "--body", "see attached", "--attach-type",
                       "application/octet-stream", "--attach", "@" + work.file("a.bin", "x" * 5000))
    check(code == 0, "with attachment: accepted", said[-800:])
    judged("with attachment", hop, m)
    m = mark()
    code, said = swaks(gateway.port, "--pipeline", "--header", f"Subject: {m}", "--body", "pipelined")
    check(code == 0, "pipelining: accepted", said[-800:])
    judged("pipelining", hop, m)
    m = mark()
    code, said = swaks(gateway.port, "--protocol", "SMTP", "--header", f"Subject: {m}", "--body", "HELO only")
    check(code == 0, "HELO: accepted", said[-800:])
    judged("HELO", hop, m)


def test_kinds(gateway, hop):
    def mail(body, more=b"", m=None):
        return message(body, subject=m.encode(), more=more)

    mime = b"MIME-Version: 1.0\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: 8bit\r\n"
    coded = b"QUJDREVGR0hJSktMTU5PUFFSU1RVVldYWVphYmNkZWZnaGlqa2xtbm9wcXJzdHV2d3h5ejAxMjM0\r\n" * 500
    multipart = (b"--=_1\r\nContent-Type: text/plain\r\n\r\nHello\r\n\r\n"
                 b"--=_1\r\nContent-Type: application/octet-stream\r\nContent-Transfer-Encoding: base64\r\n"
                 b"Content-Disposition: attachment; filename=\"a.bin\"\r\n\r\n" + coded + b"\r\n--=_1--\r\n")
    kinds = {
        "multipart": (multipart, b"MIME-Version: 1.0\r\nContent-Type: multipart/mixed;\r\n boundary=\"=_1\"\r\n", ""),
        "UTF-8 body": ("Grüße, 你好, 👋\r\n".encode() * 20, mime, " BODY=8BITMIME"),
        "8-bit body, not declared": (bytes(range(160, 256)) + b"\r\n", mime.replace(b"utf-8", b"iso-8859-1"), ""),
        "a line of 998": (b"x" * 998 + b"\r\n", b"", ""),
        "a line of 2000": (b"0123456789" * 200 + b"\r\n", b"", ""),
        "a line of 10000": (b"0123456789" * 1000 + b"\r\n", b"", ""),
        "dots at line starts": (b".\r\n..\r\n.x\r\n...y\r\n.\r\n", b"", ""),
        "white space at line ends": (b"a \r\nb\t\r\n \r\n\r\n\r\n", b"", ""),
        "no body": (b"", b"", ""),
        "many recipients in To": (b"x\r\n",
                                  b"Cc: " + b",\r\n ".join(b"c%d@dest.example" % i for i in range(60)) + b"\r\n", ""),
        "folded after the colon": (b"x\r\n", b"X-A:\r\n  folded\r\nReply-To:\r\n r@sender.example\r\n", ""),
    }
    for name, (body, more, parameters) in kinds.items():
        m = mark()
        if sent(name, gateway, mail(body, more, m), parameters=parameters):
            found = judged(name, hop, m)
            if found:
                check(body.replace(b"\r\n", b"\n") == found[0].partition(b"\n\n")[2], f"{name}: the body is the same",
                      repr(found[0][-200:]))
    m = mark()
    if sent("out of office", gateway, message(b"I am away.\r\n", subject=m.encode(),
                                              more=b"Auto-Submitted: auto-replied\r\n"),
            sender=""):
        found = judged("out of office, MAIL FROM:<>", hop, m)
        check(found and b"Return-Path: <>" in found[0], "out of office: the null sender stays", repr(found[:1])[:300])


def test_recipients(gateway, hop):
    m = mark()
    code, said = swaks(gateway.port, "--to", "b@dest.example,refused@dest.example,later@dest.example", "--header",
                       f"Subject: {m}")
    check("550 5.1.1 <refused@dest.example>: Recipient address rejected: no such person here" in said,
          "a refused recipient: Postfix's own code and text", said[-1500:])
    check("450 4.2.1 <later@dest.example>: Recipient address rejected: come back later" in said,
          "a deferred recipient: Postfix's own code and text", said[-1500:])
    judged("the other recipient", hop, m)
    code, said = swaks(gateway.port, "--to", "refused@dest.example", "--header", "Subject: never")
    check(code != 0 and "550 5.1.1" in said, "only a refused recipient: refused", said[-500:])


def test_dsn(gateway, hop):
    m = mark()
    if sent("DSN", gateway, message(b"x\r\n", subject=m.encode()), parameters=" RET=HDRS ENVID=envelope-4711",
            rcpt_parameters=" NOTIFY=SUCCESS ORCPT=rfc822;original@dest.example"):
        judged("DSN", hop, m)
        report = arrived(hop, "Original-Envelope-Id: envelope-4711")
        check(report and b"rfc822;original@dest.example" in report[0],
              "DSN: a report of delivery comes back, with ENVID and ORCPT",
              repr(report[:1])[:500])


def test_smtputf8(gateway, hop):
    m = mark()
    content = ("From: Jürgen <a@sender.example>\r\nTo: żółć@dest.example\r\n" f"Subject: Grüße {m}\r\n"
               "Date: Tue, 14 Nov 2023 22:13:20 +0000\r\nMessage-ID: <2@sender.example>\r\n\r\nHallo, 你好\r\n").encode()
    if sent("SMTPUTF8", gateway, content, recipients=("żółć@dest.example",), parameters=" SMTPUTF8 BODY=8BITMIME"):
        judged("SMTPUTF8", hop, m)


def test_large(gateway, hop):
    m = mark()
    lines = [b"%08d " % i + b"0123456789abcdef" * 3 + b" end\r\n" for i in range(25 * 1024 * 1024 // 63 + 1)]
    content = message(b"".join(lines), subject=m.encode())
    start_time = time.monotonic()
    if sent("25 MB", gateway, content, parameters=f" SIZE={len(content)}"):
        found = judged("25 MB", hop, m)
        check(found and found[0].endswith(b"".join(lines[-100:]).replace(b"\r\n", b"\n")), "25 MB: whole")
    print(f"25 MB took {time.monotonic() - start_time:.1f} s")


def test_fifty(gateway, hop):
    m = mark()
    results = []

    def one(i):
        try:
            results.append(send(gateway, message(b"number %d\r\n" % i * 100, subject=f"{m} {i}".encode()))[-1])
        except Exception as e:
            results.append(e)

    threads = [threading.Thread(target=one, args=(i,)) for i in range(50)]
    for t in threads:
        t.start()
    for t in threads:
        t.join()
    bad = [str(r) for r in results if getattr(r, "code", 0) != 250]
    check(not bad, "50 messages at once: accepted", str(bad[:3]))
    found = judged("50 messages at once", hop, m, 50, 60)
    check(len({f.partition(b"\n\n")[2] for f in found}) == 50, "50 messages at once: all different")


def test_postfix_client(gateway, hop, sender):
    m = mark()
    code, said = swaks(sender.port, "--header", f"Subject: {m}", "--body", "from a real mail server")
    check(code == 0, "Postfix as client: accepted", said[-500:])
    judged("Postfix as client", hop, m)
    m = mark()
    with Client(sender.port) as client:
        client.begin(recipients=("b@dest.example", "refused@dest.example"))
        reply = client.data(message("Grüße\r\n..dots\r\n".encode(), subject=m.encode()))
    check(reply.code == 250, "Postfix as client, 8-bit: took it", str(reply))
    judged("Postfix as client, 8-bit", hop, "Subject: " + m)
    m = mark()
    results = subprocess.run(["smtp-source", "-c", "-s", "10", "-m", "50", "-l", "2000", "-f", "a@sender.example",
                              "-t", "b@dest.example", "-S", m, f"127.0.0.1:{sender.port}"], capture_output=True,
                             text=True)
    check(results.returncode == 0, "Postfix as client: 50 messages taken", results.stderr)
    judged("Postfix as client, 50 messages", hop, m, 50)


def test_bounce(gateway, hop, sender):
    """A real bounce: mail that the sending server cannot deliver; its report to the author is sent through us."""
    m = mark()
    with Client(sender.port) as client:
        client.begin(sender="author@dest.example", recipients=("absent@sender.example",))
        reply = client.data(message(b"for absent\r\n", subject=m.encode(), sender=b"author@dest.example"))
    check(reply.code == 250, "bounce: the undeliverable mail was taken", str(reply))
    found = judged("bounce", hop, m)
    check(found and b"Return-Path: <>" in found[0] and b"multipart/report" in found[0] and
          b"MAILER-DAEMON@sender.example" in found[0], "bounce: a real one, from <>", repr(found[:1])[:600])


# --- TLS and login on both sides -------------------------------------------------------------------------------------

def private_next_hop(milter, certificate):
    # Debian's Postfix looks for it next to its own configuration, others at a configured place.
    sasl = f"{room}/private/etc/sasl"
    os.makedirs(sasl)
    with open(f"{sasl}/private.conf", "w") as f:
        f.write(f"pwcheck_method: auxprop\nauxprop_plugin: sasldb\nmech_list: PLAIN LOGIN\nsasldb_path: {sasl}/db\n")
    subprocess.run(["saslpasswd2", "-c", "-p", "-f", f"{sasl}/db", "-u", "private.dest.example", "us"],
                   input=b"next hop's secret", check=True, capture_output=True)
    shutil.chown(f"{sasl}/db", "postfix")
    with open(f"{room}/private.pem", "w") as out:
        for path in (certificate.key, certificate.path):
            with open(path) as f:
                out.write(f.read())
    return Postfix("private.dest.example", NEXT_HOP.format(milter=milter) +
                   PRIVATE.format(path=f"{room}/private.pem", sasl=sasl))


def private_gateway(hop, ours, name, login, more="", secret="next hop's secret", auth="plain"):
    work.file(f"{name}.secret", secret + "\n")
    os.chmod(f"{work.path}/{name}.secret", 0o600)
    return Gateway(work, hop.port, name=name, client=f"tls = required\nauth = required\nlogin = {login}\n",
                   gateway=f"certificate = {ours.path}\ncertificate-key = {ours.key}\n"
                           "[next-hop]\ntls = starttls\nca = ca.pem\n"
                           f"auth = {auth}\nuser = us@private.dest.example\nsecret = {name}.secret\n" +
                           (more or "name = private.dest.example\n"))


def private_swaks(gateway, ca, m, password="geheim", protocol="tlsv1_3"):
    return swaks(gateway.port, "--tls", "--tls-protocol", protocol, *swaks_trust(ca), "--auth", "PLAIN",
                 "--auth-user", "ali", "--auth-password", password, "--header", f"Subject: {m}", "--body", "in private")


def test_private(milter):
    ca = authority.Authority(work.path)
    ours = ca.issue("gateway", "DNS:gateway.test", "rsa")
    hop = private_next_hop(milter, ca.issue("private", "DNS:private.dest.example", "rsa"))
    login = subprocess.run([MAILSEAL, "password", "--user", "ali"], input="geheim\n", capture_output=True, text=True,
                           check=True).stdout.strip().splitlines()[-1]
    for auth in ("plain", "login"):
        gateway = private_gateway(hop, ours, f"private-{auth}", login, auth=auth)
        for protocol in ("tlsv1_2", "tlsv1_3"):
            m = mark()
            code, said = private_swaks(gateway, ca, m, protocol=protocol)
            check(code == 0, f"STARTTLS and AUTH {auth} on both sides: accepted", said[-800:])
            found = judged(f"STARTTLS and AUTH {auth} on both sides", hop, m)
            check(found and gateway.verify(found[0].replace(b"\n", b"\r\n")), "dkimpy agrees")
            check(found and b"with ESMTPSA" in found[0], "Received has ESMTPSA", repr(found)[:900])
        check(re.search(r"Anonymous TLS connection established from .*: TLSv1\.3", hop.log()) is not None and
              f"sasl_method={auth.upper()}, sasl_username=us@private.dest.example" in hop.log(),
              f"Postfix saw TLS and AUTH {auth}", hop.log()[-1500:])
        m = mark()
        code, said = private_swaks(gateway, ca, m, "wrong")
        check(code != 0 and "535 5.7.8" in said, "a wrong password of the client: 535", said[-500:])
        if auth == "plain":
            sender = Postfix("private-mx.sender.example", SENDER.format(gateway=gateway.port) +
                             PRIVATE_SENDER.format(ca=ca.path, gateway=gateway.port))
            m = mark()
            code, said = swaks(sender.port, "--header", f"Subject: {m}", "--body",
                               "from a real mail server, in private")
            check(code == 0, "Postfix as client with TLS and AUTH: took it", said[-500:])
            found = judged("Postfix as client with TLS and AUTH", hop, m)
            check(found and b"with ESMTPSA" in found[0], "Postfix as client with TLS and AUTH: ESMTPSA",
                  repr(found)[:900] + sender.log()[-900:])
        check(gateway.stop() == 0, "private: mailseald ends cleanly", gateway.log()[-500:])
    for name, more, secret, words in (
            ("another name", "name = other.dest.example\n", "next hop's secret", "its certificate is for other names"),
            ("another pin", "pin = sha256/" + "A" * 43 + "=\n", "next hop's secret",
             "its key matches no pin"),
            ("a wrong password", "", "wrong", "authentication refused")):
        gateway = private_gateway(hop, ours, "bad", login, more, secret)
        m, before = mark(), len(hop.log())
        code, said = private_swaks(gateway, ca, m)
        check(code != 0 and "451 4.7." in said and words in said, f"{name}: 451 in words", said[-800:])
        check("alarm=yes" in gateway.log(), f"{name}: an alarm", gateway.log()[-800:])
        check(not arrived(hop, m, timeout=0) and "queue" not in hop.log()[before:], f"{name}: nothing is sent",
              hop.log()[before:])
        gateway.stop()
    return hop


def main():
    if os.geteuid() != 0:
        sys.exit("postfix.sh: Postfix must be started by root")
    for program in ("postfix", "opendkim", "swaks", "smtp-source", "saslpasswd2"):
        if not shutil.which(program):
            sys.exit(f"postfix.sh: {program} is not installed")
    begin(Work("postfix"))
    # The gateway needs the key and the next hop's port, so both come first.
    work.key = make_key(work)
    milter = opendkim(work.key[1])
    hop = Postfix("next.dest.example", NEXT_HOP.format(milter=milter))
    gateway = Gateway(work, hop.port, gateway="max-size = 30M\n", options=("--spool", work.path))
    sender = Postfix("mx.sender.example", SENDER.format(gateway=gateway.port))
    for test in (test_swaks, test_kinds, test_recipients, test_dsn, test_smtputf8, test_large, test_fifty):
        run(test, gateway, hop)
    for test in (test_postfix_client, test_bounce):
        run(test, gateway, hop, sender)
    run(test_private, milter)
    unsigned = [f for f, m in hop.mails().items() if b"dkim=pass" not in m and b"Report" not in m]
    check(not unsigned, "nothing arrived without a good signature", str(len(unsigned)))
    stop_all((gateway,))
    finish(work)


def run(test, *peers):
    with tally.part(test.__name__):
        test(*peers)


if __name__ == "__main__":
    main()
