# SPDX-License-Identifier: Apache-2.0
"""What the checks of the changes share: building, and passing one message through the gateway, between a client and
"mailseal sink" on loopback. A check that fails ends the program."""

import json
import os
import shutil
import smtplib
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, "tests/e2e")
from ports import free_port

SEAL = "build/host/mailseal"
HUNG_S = 60
MESSAGE = "From: Ada <ada@sender.example>\r\nTo: grace@next-hop.example\r\nSubject: a change\r\n\r\nIt arrives.\r\n"
CONFIG = """\
[gateway]
hostname = gateway.test
listen = 127.0.0.1:{port}
next-hop = {next_hop}:{sink}
{more}

[client local]
network = 127.0.0.0/8
from = sender.example

[domain sender.example]
selector = s1
key = {key}
"""


def run(*command):
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        sys.exit(f"{' '.join(command)}: {done.stdout}{done.stderr}")
    return done.stdout


def make(*targets):
    run("make", "--no-print-directory", *targets)


def expect(wanted, text):
    if wanted not in text:
        sys.exit(f"expected {wanted!r}, found {text}")


def wait_for(path, text):
    end = time.monotonic() + HUNG_S
    while text not in open(path).read():
        if time.monotonic() > end:
            sys.exit(f"{path} does not contain {text}: {open(path).read()}")
        time.sleep(0.05)


def new_key(path, selector="s1"):
    """Make an RSA key; returns the value of its DNS record."""
    made = run(SEAL, "key", "new", "--domain", "sender.example", "--selector", selector, "-o", path, "--json")
    return json.loads(made)["value"]


def pass_message(gateway="build/host/mailseald", options=(), make_key=new_key, next_hop="127.0.0.1", more=""):
    """What the gateway offers to the client, what the next hop got (envelope and message), what make_key returned."""
    folder = tempfile.mkdtemp(prefix="mailseal-change-")
    record = make_key(f"{folder}/key.pem")
    port, sink = free_port(), free_port()
    running = []
    with open(f"{folder}/gateway.conf", "w") as f:
        f.write(CONFIG.format(port=port, sink=sink, next_hop=next_hop, more=more, key=f"{folder}/key.pem"))
    commands = {"sink": [SEAL, "sink", f"{folder}/mail", "--listen", f"127.0.0.1:{sink}"],
                "gateway": [gateway, "-c", f"{folder}/gateway.conf"]}
    try:
        for name, command in commands.items():
            with open(f"{folder}/{name}.log", "w") as log:
                running.append(subprocess.Popen(command, stdout=log, stderr=log))
            wait_for(f"{folder}/{name}.log", "listening on")
        with smtplib.SMTP("127.0.0.1", port, "client.test", HUNG_S) as client:
            client.ehlo()
            offered = client.ehlo_resp.decode()
            client.sendmail("ada@sender.example", ["grace@next-hop.example"], MESSAGE, mail_options=options)
        [message] = [name for name in os.listdir(f"{folder}/mail") if name.endswith(".eml")]
        with open(f"{folder}/mail/{message}", "rb") as f:
            content = f.read()
        with open(f"{folder}/mail/{message.replace('.eml', '.env')}", "rb") as f:
            envelope = f.read().decode()
        return offered, envelope, content, record
    finally:
        for process in running:
            process.kill()
            process.wait()
        shutil.rmtree(folder)
