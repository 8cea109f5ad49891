# SPDX-License-Identifier: Apache-2.0
"""A key of [client] limits the size of its messages, and every list of keys has it."""

from passage import SEAL, expect, make, pass_message, run

make("host", "build/host/unit")
expect("0 failed", run("build/host/unit"))
make("docs")
for page in ("docs/configuration.md", "docs/man/gateway.conf.5"):
    with open(page, encoding="utf-8") as f:
        expect("Largest message of this client", f.read())
expect("[client NAME]", run(SEAL, "help", "config", "max-size"))
near = "[client near]\nnetwork = 127.0.0.1\nfrom = sender.example\n"
offered, _, _, _ = pass_message(more=near + "max-size = 100K\n")
expect("\nSIZE 102400\n", f"\n{offered}\n")
offered, _, _, _ = pass_message(more=near)
if "SIZE 102400" in offered:
    raise SystemExit(f"another limit was expected: {offered}")
