# SPDX-License-Identifier: Apache-2.0
"""Usage: send.py PORT send|half|many FILE -- smtplib as a client of "mailseal sink"."""

import smtplib
import sys

HUNG_S = 300
port, mode = int(sys.argv[1]), sys.argv[2]
with open(sys.argv[3], "rb") as f:
    body = f.read()


def connect():
    return smtplib.SMTP("127.0.0.1", port, timeout=HUNG_S)


def send():
    with connect() as s:
        s.ehlo()
        for extension in ("size", "8bitmime", "smtputf8", "dsn", "pipelining"):
            assert s.has_extn(extension), extension
        refused = s.sendmail("joe@example.com", ["a@example.net", "b@example.net"], body,
                             ["BODY=8BITMIME", "RET=HDRS", "ENVID=e1"], ["NOTIFY=NEVER"])
        assert refused == {}, refused
        s.mail("")
        s.rcpt("postmaster")
        print(s.data(body))


def half():
    s = connect()
    s.ehlo()
    s.mail("joe@example.com")
    s.rcpt("a@example.net")
    s.putcmd("data")
    s.getreply()
    s.send(body)
    s.close()


def many():
    clients = [connect() for _ in range(40)]
    for client in clients:
        client.sendmail("joe@example.com", ["a@example.net"], body)
    for client in clients:
        client.quit()


{"send": send, "half": half, "many": many}[mode]()
