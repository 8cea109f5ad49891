# SPDX-License-Identifier: Apache-2.0
"""The gateway over the sockets of the system, without lwIP, asks DNS for its next hop and passes a signed message."""

import socket
import threading

import dkim
import dns.message
import dns.rrset

from passage import expect, make, pass_message, run

GATEWAY = "build/host/mailseald-sockets"


def answer(server):
    """Every name has the address 127.0.0.1."""
    while True:
        question, client = server.recvfrom(512)
        reply = dns.message.make_response(dns.message.from_wire(question))
        reply.answer.append(dns.rrset.from_text(reply.question[0].name, 60, "IN", "A", "127.0.0.1"))
        server.sendto(reply.to_wire(), client)


make("host", GATEWAY)
if "lwip" in run("nm", GATEWAY) or "slirp" in run("ldd", GATEWAY):
    raise SystemExit(f"{GATEWAY} contains lwIP or its network")
with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as server:
    server.bind(("127.0.0.1", 0))
    threading.Thread(target=answer, args=(server,), daemon=True).start()
    _, envelope, message, record = pass_message(
        gateway=GATEWAY, next_hop="next-hop.example", more=f"dns-server = 127.0.0.1:{server.getsockname()[1]}")
expect("MAIL FROM:<ada@sender.example>", envelope)
if not dkim.verify(message, dnsfunc=lambda name, timeout=5: record.encode()):
    raise SystemExit(f"the signature does not verify: {message.decode()}")
