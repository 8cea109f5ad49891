# SPDX-License-Identifier: Apache-2.0
"""Key records as a name server publishes them: Knot for one zone, and a recursive server before it that counts and
can be made silent; and a clock for the gateway that can be moved forward."""

import base64
import mmap
import os
import socket
import struct
import subprocess
import threading
import time

from nameserver import NameServer, as_strings
from tally import HUNG_S

AHEAD = """\
#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/time.h>
#include <time.h>

static int (*real)(clockid_t, struct timespec *);
static const volatile int64_t *ahead_ms;
static int of_day;

__attribute__((constructor)) static void
begin(void)
{
	const int fd = open(getenv("AHEAD"), O_RDONLY);

	real = (int (*)(clockid_t, struct timespec *))dlsym(RTLD_NEXT, "clock_gettime");
	ahead_ms = mmap(NULL, sizeof *ahead_ms, PROT_READ, MAP_SHARED, fd, 0);
	of_day = getenv("AHEAD_OF_DAY") != NULL;
}

int
clock_gettime(clockid_t clock, struct timespec *now)
{
	int result;

	if (real == NULL)
		begin();
	result = real(clock, now);
	if (clock == CLOCK_MONOTONIC || (clock == CLOCK_REALTIME && of_day)) {
		now->tv_sec += *ahead_ms / 1000;
		now->tv_nsec += *ahead_ms % 1000 * 1000000;
		if (now->tv_nsec >= 1000000000) {
			now->tv_nsec -= 1000000000;
			now->tv_sec++;
		}
	}
	return result;
}

int
gettimeofday(struct timeval *restrict at, void *restrict zone)
{
	struct timespec now;

	(void)zone;
	clock_gettime(CLOCK_REALTIME, &now);
	*at = (struct timeval){ now.tv_sec, now.tv_nsec / 1000 };
	return 0;
}

time_t
time(time_t *at)
{
	struct timespec now;

	clock_gettime(CLOCK_REALTIME, &now);
	if (at != NULL)
		*at = now.tv_sec;
	return now.tv_sec;
}
"""


class Clock:
    """The monotonic clock of programs started with `environment`; with `of_day`, their time of day as well."""

    def __init__(self, folder):
        with open(f"{folder}/ahead.c", "w") as f:
            f.write(AHEAD)
        subprocess.run(["cc", "-O1", "-shared", "-fPIC", f"{folder}/ahead.c", "-o", f"{folder}/ahead.so", "-ldl"],
                       check=True)
        with open(f"{folder}/ahead", "wb") as f:
            f.write(bytes(8))
        with open(f"{folder}/ahead", "r+b") as f:
            self.memory = mmap.mmap(f.fileno(), 8)
        self.environment = {"LD_PRELOAD": f"{folder}/ahead.so", "AHEAD": f"{folder}/ahead"}
        self.of_day = self.environment | {"AHEAD_OF_DAY": "1"}

    def now(self):
        """Seconds of that clock."""
        return time.monotonic() + struct.unpack("=q", self.memory[:8])[0] / 1000

    def run_ahead(self, seconds):
        self.memory[:8] = struct.pack("=q", struct.unpack("=q", self.memory[:8])[0] + int(seconds * 1000))


def new_key(folder, name, bits=2048):
    """(path, p=)"""
    path = f"{folder}/{name}.pem"
    subprocess.run(["openssl", "genrsa", "-out", path, str(bits)], check=True, capture_output=True)
    os.chmod(path, 0o600)
    public = subprocess.run(["openssl", "pkey", "-in", path, "-pubout", "-outform", "DER"], check=True,
                            capture_output=True).stdout
    return path, base64.b64encode(public).decode()


class Zone(NameServer):
    """Knot with one zone. `records` is {selector: [p=, ...]}; now() is the clock of `published`."""
    now = staticmethod(time.monotonic)

    def __init__(self, folder, domain):
        self.domain, self.file = domain, f"{folder}/{domain}.zone"
        self.serial, self.records, self.ttl, self.negative_ttl = 0, {}, 5, 5
        self.history = []   # (from, {name: text}, until)
        self.write()
        super().__init__(f"{folder}/{domain}", {domain: self.file})

    def write(self):
        self.serial += 1
        lines = [f"$ORIGIN {self.domain}.", f"$TTL {self.ttl}",
                 f"@ {self.negative_ttl} SOA ns admin {self.serial} 3600 600 86400 {self.negative_ttl}",
                 "@ NS ns", "ns A 127.0.0.1"]
        lines += [f"{selector}._domainkey TXT {as_strings(f'v=DKIM1; k=rsa; p={key}')}"
                  for selector, keys in self.records.items() for key in keys]
        with open(self.file, "w") as f:
            f.write("\n".join(lines) + "\n")

    def publish(self, **records):
        """selector=p= or a list of them; None withdraws."""
        for selector, keys in records.items():
            self.records[selector] = [keys] if isinstance(keys, str) else keys or []
        self.write()
        began = self.now()
        self.control("zone-reload", self.domain)
        if self.history:
            self.history[-1] = (*self.history[-1][:2], self.now())
        self.history.append((began, {
            f"{selector}._domainkey.{self.domain}.": f"v=DKIM1; k=rsa; p={keys[0]}".encode()
            for selector, keys in self.records.items() if keys}, float("inf")))

    def published(self, since, until):
        """What was published at some moment between, latest first: {name: text}."""
        return [records for began, records, ended in reversed(self.history) if began <= until and ended >= since]

    def text(self, name, timeout=5):
        """For dkimpy: the record that is published now."""
        return "".join(self.texts(name.decode())[:1]).encode()


class Resolver:
    """A relay between a gateway and a name server. mode: "pass", "silent", "fail" (SERVFAIL), "truncate" (over UDP),
    or "lies": `num_lies` forged NXDOMAIN of each kind before the answer."""

    def __init__(self, server):
        self.server, self.mode, self.asked, self.over_tcp, self.ports = server, "pass", [], 0, set()
        self.num_lies = 1
        self.busy = {"udp": False, "tcp": False}
        while True:
            self.udp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
            self.udp.bind(("127.0.0.1", 0))
            self.port = self.udp.getsockname()[1]
            try:
                self.tcp = socket.create_server(("127.0.0.1", self.port))
                break
            except OSError:
                self.udp.close()
        threading.Thread(target=self.serve_udp, daemon=True).start()
        threading.Thread(target=self.serve_tcp, daemon=True).start()

    @staticmethod
    def name_of(question):
        labels, at = [], 12
        while question[at]:
            labels.append(question[at + 1:at + 1 + question[at]].decode())
            at += 1 + question[at]
        return ".".join(labels), at + 5

    def count(self, selector):
        return sum(name.startswith(selector + "._domainkey.") for name in self.asked)

    def serve_udp(self):
        while True:
            question, client = self.udp.recvfrom(4096)
            self.busy["udp"] = True
            name, end = self.name_of(question)
            self.asked.append(name)
            self.ports.add(client[1])
            self.answer_udp(question, end, client)
            self.busy["udp"] = False

    def answer_udp(self, question, end, client):
        if self.mode == "silent":
            return
        if self.mode in ("fail", "truncate"):
            flags = b"\x81\x82" if self.mode == "fail" else b"\x83\x80"
            self.udp.sendto(question[:2] + flags + question[4:6] + bytes(6) + question[12:end], client)
            return
        if self.mode == "lies":
            self.lie(question, end, client)
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
            s.settimeout(HUNG_S)
            s.connect((self.server.address, self.server.port))
            try:
                s.send(question)
                self.udp.sendto(s.recv(65535), client)
            except OSError:
                pass

    def lie(self, question, end, client):
        """Forgeries: with another id, to another question, from another port, and truncated."""
        forged = b"\x81\x83" + question[4:6] + bytes(6) + question[12:end]
        for _ in range(self.num_lies):
            self.udp.sendto(bytes([question[0] ^ 1, question[1]]) + forged, client)
            self.udp.sendto(question[:2] + forged[:11] + b"x" + forged[12:], client)
            self.udp.sendto(question[:5], client)
            with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
                s.sendto(question[:2] + forged, client)

    def serve_tcp(self):
        while True:
            client, _ = self.tcp.accept()
            if self.mode == "silent":
                client.close()
                continue
            self.over_tcp += 1
            self.busy["tcp"] = True
            with client, socket.create_connection((self.server.address, self.server.port)) as s:
                client.settimeout(HUNG_S)
                s.settimeout(HUNG_S)
                try:
                    s.sendall(client.recv(4096))
                    answer = s.recv(65535)
                    for i in range(0, len(answer), 100):    # in pieces
                        client.sendall(answer[i:i + 100])
                    client.recv(1)
                except OSError:
                    pass
            self.busy["tcp"] = False
