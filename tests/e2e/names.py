# SPDX-License-Identifier: Apache-2.0
"""A name server controlled by a test: addresses of hosts, over UDP and TCP; it records the questions."""

import socket
import socketserver
import struct
import threading

import dns.flags
import dns.message
import dns.rcode
import dns.rdatatype
import dns.rrset

from ports import free_port


class Names:
    """`records` is {(name, type): (TTL, [value, ...])}; a name without any does not exist. `lose`: this many questions
    are not answered. `truncate`: every answer over UDP is truncated."""

    def __init__(self):
        self.records, self.asked, self.lose, self.truncate = {}, [], 0, False
        self.port = free_port()
        self.udp = socketserver.ThreadingUDPServer(("127.0.0.1", self.port), Datagram)
        self.tcp = socketserver.ThreadingTCPServer(("127.0.0.1", self.port), Connection, bind_and_activate=False)
        self.tcp.allow_reuse_address = True
        self.tcp.server_bind()
        self.tcp.server_activate()
        for server in (self.udp, self.tcp):
            server.names, server.daemon_threads = self, True
            threading.Thread(target=server.serve_forever, daemon=True).start()

    def end(self):
        for server in (self.udp, self.tcp):
            server.shutdown()
            server.server_close()

    def answer(self, octets, way):
        query = dns.message.from_wire(octets)
        name = query.question[0].name.to_text(omit_final_dot=True).lower()
        kind = dns.rdatatype.to_text(query.question[0].rdtype)
        self.asked.append((name, kind, way))
        if self.lose > 0:
            self.lose -= 1
            return None
        reply = dns.message.make_response(query)
        reply.flags |= dns.flags.RA
        if self.truncate and way == "udp":
            reply.flags |= dns.flags.TC
            return reply.to_wire()
        while (name, "CNAME") in self.records:
            ttl, (target,) = self.records[name, "CNAME"]
            reply.answer.append(dns.rrset.from_text(name + ".", ttl, "IN", "CNAME", target + "."))
            name = target
        if (name, kind) in self.records:
            ttl, values = self.records[name, kind]
            reply.answer.append(dns.rrset.from_text(name + ".", ttl, "IN", kind, *values))
        elif not any(owner == name for owner, _ in self.records):
            reply.set_rcode(dns.rcode.NXDOMAIN)
        return reply.to_wire()


class Datagram(socketserver.BaseRequestHandler):
    def handle(self):
        octets, sock = self.request
        reply = self.server.names.answer(octets, "udp")
        if reply is not None:
            sock.sendto(reply, self.client_address)


class Connection(socketserver.BaseRequestHandler):
    def handle(self):
        length = self.request.recv(2, socket.MSG_WAITALL)
        reply = self.server.names.answer(self.request.recv(struct.unpack("!H", length)[0], socket.MSG_WAITALL), "tcp")
        if reply is not None:
            self.request.sendall(struct.pack("!H", len(reply)) + reply)
