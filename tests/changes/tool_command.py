# SPDX-License-Identifier: Apache-2.0
"""A command lists the clients of a configuration, with help, JSON, completion and manual page made from its rows."""

import json

from passage import SEAL, expect, make, run

CONFIG = """[gateway]
hostname = gateway.example.com
next-hop = smtp.example.net
[client printers]
network = 192.0.2.0/24
from = example.com
[domain example.com]
unsigned = pass
"""

make("host")
with open("gateway.conf", "w", encoding="utf-8") as f:
    f.write(CONFIG)
expect("printers  network: 192.0.2.0/24  from: example.com\n", run(SEAL, "client", "list"))
document = json.loads(run(SEAL, "client", "list", "--json"))
if document["clients"] != [{"client": "printers", "network": "192.0.2.0/24", "from": "example.com"}]:
    raise SystemExit(f"unexpected: {document}")
expect("1", str(document["format"]))
expect("usage: mailseal client list [-c CONF] [--json]", run(SEAL, "help", "client", "list"))
expect("client list", run(SEAL, "help"))
expect("client", run(SEAL, "completion", "bash"))
make("man")
with open("docs/man/mailseal.1", encoding="utf-8") as f:
    expect(".SS client list", f.read())
