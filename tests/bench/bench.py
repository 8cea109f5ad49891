# SPDX-License-Identifier: Apache-2.0
"""Measures the body pipeline next to libopendkim, messages through the whole gateway, memory. See bench.sh."""

import os
import platform
import random
import re
import shutil
import subprocess
import sys
import tempfile
import time

import document

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "e2e"))
from peers import BUILD, MAILSEAL, Client, Gateway, NextHop, Work, message  # noqa: E402
from ports import free_port  # noqa: E402

TOOLS = f"{BUILD}/host/tests/bench"
RESULTS = f"{BUILD}/bench/results.md"
CHUNKS = ["536", "1460", "16384", "1048576"]
BODY_SIZE = 16 * 1024 * 1024
QUICK = bool(os.environ.get("QUICK"))


def output(*command):
    try:
        return subprocess.run(command, capture_output=True, text=True).stdout.strip()
    except OSError:
        return ""


def facts():
    with open("/proc/cpuinfo") as f:
        info = f.read()
    cpu = re.search(r"model name\s*: (.*)", info)
    flags = re.search(r"^flags\s*: (.*)", info, re.M)
    compiler = output(os.environ.get("CC", "gcc"), "--version").split("\n")[0]
    library = output("dpkg-query", "-W", "-f=${Version}", "libopendkim11") or "unknown"
    return [f"{cpu.group(1) if cpu else platform.machine()}, {os.cpu_count()} processors, "
            f"{'with' if flags and 'sha_ni' in flags.group(1).split() else 'without'} instructions for SHA-256",
            f"Linux, {compiler}, -O2; libopendkim {library}"]


def table(head, rows):
    text = "| " + " | ".join(head) + " |\n|" + "|".join("--:" if i else ":--" for i in range(len(head))) + "|\n"
    return text + "".join("| " + " | ".join(map(str, row)) + " |\n" for row in rows)


# --- the body ---------------------------------------------------------------------------------------------------------

def bodies(work):
    rng = random.Random(1)
    words = ["the", "message", "was", "signed", "and", "sent", "before", "anyone", "asked", "for", "a", "receipt",
             "of", "it"]

    def text():
        line = ""
        while len(line) < 64:
            line += rng.choice(words) + " "
        return line[:-1] + "\r\n"

    block = "".join(text() + ("\r\n" if i % 12 == 0 else "") for i in range(4000))
    alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
    coded = "".join("".join(rng.choices(alphabet, k=76)) + "\r\n" for _ in range(4000))
    for name, sample in (("text", block), ("base64", coded)):
        yield name, work.file(f"{name}.body", sample * (BODY_SIZE // len(sample)))


def best(program, path, canon):
    found = {}
    for line in output(f"{TOOLS}/{program}", path, canon, "3", *CHUNKS).splitlines():
        chunk, speed = line.split("\t")
        found[chunk] = float(speed)
    return found


def body(work):
    rows = []
    for name, path in bodies(work):
        for canon in ("relaxed", "simple"):
            ours, theirs = {}, {}
            # Alternating, so that both run under the same conditions.
            for _ in range(1 if QUICK else 3):
                for found, program in ((ours, "body"), (theirs, "opendkim")):
                    for chunk, speed in best(program, path, canon).items():
                        found[chunk] = max(speed, found.get(chunk, 0))
            for chunk in CHUNKS:
                rows.append([f"{name}, {canon}", chunk, f"{ours[chunk]:.0f}", f"{theirs[chunk]:.0f}",
                             f"{ours[chunk] / theirs[chunk]:.2f}"])
        os.remove(path)
    return table(["body of 16 MB", "bytes per call", "mailseal MB/s", "libopendkim MB/s", "ratio"], rows)


# --- messages ---------------------------------------------------------------------------------------------------------

def sample(size):
    line = b"The quick brown fox jumps over the lazy dog, again and again and again.\r\n"
    head = message(b"")
    return head + line * ((size - len(head)) // len(line))


def load(port, connections, count, path):
    run = subprocess.run([f"{TOOLS}/load", str(port), str(connections), str(count), path], capture_output=True,
                         text=True)
    if run.returncode != 0:
        sys.exit(f"load failed: {run.stderr}")
    return run.stdout.split()


def start_sink(folder):
    port = free_port()
    sink = subprocess.Popen([MAILSEAL, "sink", folder, "--listen", f"127.0.0.1:{port}"],
                            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    for _ in range(100):
        try:
            Client(port).socket.close()
            return sink, port
        except OSError:
            time.sleep(0.05)
    sys.exit("mailseal sink: no response")


def messages(work):
    rows = []
    # The sink syncs every message to its medium; a folder in memory keeps its disk out of the measurement.
    folder = tempfile.mkdtemp(prefix="mailseal-bench-", dir="/dev/shm" if os.path.isdir("/dev/shm") else None)
    sink, port = start_sink(folder)
    gateway = Gateway(work, port, client="", config=None)
    try:
        for size in (2000, 50000):
            path = work.file("sample.eml", sample(size).decode())
            for connections in (1, 8, 32):
                count = (200 if QUICK else 1500) // (1 if size < 10000 else 3)
                through = load(gateway.port, connections, count, path)
                straight = load(port, connections, count, path)
                rows.append([f"{size // 1000} KB", connections, through[0], through[1], through[2], straight[0]])
    finally:
        gateway.stop()
        sink.terminate()
        sink.wait()
        shutil.rmtree(folder, ignore_errors=True)
    return table(["message", "connections", "messages/s", "median ms", "99 % ms", "without the gateway, messages/s"],
                 rows)


# --- memory -----------------------------------------------------------------------------------------------------------

def rss(pid):
    with open(f"/proc/{pid}/status") as f:
        return int(re.search(r"VmRSS:\s*(\d+) kB", f.read()).group(1))


def memory(work):
    hop = NextHop()
    gateway = Gateway(work, hop.port, name="memory")
    idle = rss(gateway.process.pid)
    clients = [Client(gateway.port) for _ in range(64)]
    for client in clients:
        client.begin()
    open_sessions = rss(gateway.process.pid)
    for client in clients:
        client.command("DATA")
        client.send(sample(2000))
    time.sleep(0.5)
    in_data = rss(gateway.process.pid)
    for client in clients:
        client.socket.close()
    gateway.stop()
    process = table(["process (mailseald, libslirp and lwIP in it)", "RSS, KB"],
                    [["idle", idle], ["64 sessions after RCPT", open_sessions],
                     ["64 sessions, each with 2 KB of content", in_data]])
    sizes = [line.split("\t") for line in output(f"{TOOLS}/sizes").splitlines()]
    return process + "\n" + table(["engine and port, per session", "bytes"], sizes)


def main():
    work = Work("bench")
    os.makedirs(os.path.dirname(RESULTS), exist_ok=True)
    text = "\n".join(f"- {fact}" for fact in facts()) + "\n- made by `make bench`\n\n"
    for title, part in (("Canonicalization and hash of the body", body),
                        ("The whole gateway, RSA-2048, every signature verified "
                        "before it leaves; client, gateway and next hop on this machine", messages), ("Memory",
                                                                                                      memory)):
        print(f"bench: {title}", file=sys.stderr, flush=True)
        text += f"**{title}**\n\n{part(work)}\n"
    work.remove()
    with open(RESULTS, "w") as f:
        f.write(text)
    print(text)
    if os.environ.get("UPDATE"):
        document.update("bench", text)


main()
