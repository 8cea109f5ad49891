# SPDX-License-Identifier: Apache-2.0
"""MT-PRIORITY (RFC 6710) is offered to the client, and its value reaches the next hop."""

from passage import expect, make, pass_message, run

make("host", "build/host/unit")
expect("0 failed", run("build/host/unit"))
offered, envelope, _, _ = pass_message(options=["MT-PRIORITY=-3"])
expect("\nMT-PRIORITY\n", f"\n{offered}\n")
expect(" MT-PRIORITY=-3\n", envelope)
_, envelope, _, _ = pass_message()
expect("MAIL FROM:<ada@sender.example>", envelope)
if "MT-PRIORITY" in envelope:
    raise SystemExit(f"no priority was requested: {envelope}")
