# SPDX-License-Identifier: Apache-2.0
"""The firmware itself: its start, its checks, its image, its clock, its end."""

import hashlib
import os
import random
import re
import socket
import struct
import subprocess
import threading
import time

import board
import pcap
from board import PATIENCE, STATIC, config, make_image
from common import (FAILURES, LONG, Hop, boot, code, facts, fine, name, note, numbered, passes_dkimpy, signature_of,
                    start, subject_of, transaction, verifies, work)
from peers import DOMAIN, Client, later, message, stuff
from ports import free_port
from tally import check, eventually
from wire import Wire, time_server


def test_boot():
    """It boots, gets an address by DHCP, and accepts a message from swaks, which two verifiers pass."""
    hop = Hop()
    began = time.monotonic()
    with start(hop.port, gateway="") as b:
        note(f"ready after {time.monotonic() - began:.2f} s, with an address by DHCP")
        check(f"mailseal on {name}" in b.text(), "prints its name", b.text())
        check(re.search(r"link=up", b.text()), "reports that the link is up", b.text())
        content = message(b"A line.\r\n.\r\n..two\r\n\r\n \t\r\nend\r\n\r\n\r\n", more=b"X-Fold: a\r\n\tb\r\n")
        path = work.file("swaks.eml", content[:-2].decode())  # swaks adds the end of the last line
        swaks = subprocess.run(
            ["swaks", "--server", f"127.0.0.1:{b.port}", "--helo", "client.test", "--from", f"a@{DOMAIN}", "--to",
             "b@dest.example", "--timeout", str(PATIENCE), "--data", f"@{path}"], capture_output=True, text=True)
        check(swaks.returncode == 0, "swaks", swaks.stdout[-600:])
        arrived = hop.messages()
        if check(len(arrived) == 1, "one message arrived", len(arrived)):
            mail, rcpts, got, _ = arrived[0]
            check(mail.startswith(b"MAIL FROM:<a@sender.example>"), "sender", mail)
            check([r.split()[1] for r in rcpts] == [b"TO:<b@dest.example>"], "recipients", rcpts)
            check(got.startswith(b"DKIM-Signature:"), "signed", got[:300])
            check(got.endswith(b"\r\n" + content), "octet for octet", got)
            added = got[len(signature_of(got)):-len(content)]
            check(added.startswith(b"Received: from client.test") and b"by gateway.test" in added, "trace", added)
            verifies(got, "signature")
        check(b.shows(rb"verdict=delivered code=250 by=next-hop client=10\.0\.2\.2"), "a record on the UART", b.text())
        fine(b)


def test_canary():
    """A firmware whose .data differs from what was linked, or was not copied, does not start."""
    at = facts.symbols.get("canary_data")
    if not check(at is not None, ".data contains a canary"):
        return
    path = facts.patched(work.path, "canary", at, b"\0")
    with boot(make_image(work.path, config(1)), elf=path, ready=False) as b:
        check(b.exit_code() == board.CANARY, "a wrong canary ends it", b.end())
        check("network" not in b.text(), "before the network starts", b.text())


# Thumb instructions
UNDEFINED = b"\x00\xde"
FOREVER = b"\xfe\xe7"              # b .
DEEPER = b"\x01\xb4\xfd\xe7"      # push {r0}; b to it: a word at a time, so no frame of the fault fits below


def test_faults():
    """What a faulty program does: it prints registers on the UART, and ends."""
    image = make_image(work.path, config(1))
    for what, function, code_, words in (
            ("an undefined instruction", "seal_network_thread_turn", UNDEFINED, "  pc "),
            ("an undefined instruction in an interrupt", "seal_net_timers", UNDEFINED, "  pc "),
            ("a stack that overflows", "seal_network_thread_turn", DEEPER, "the stack has overflowed"),
            ("a stack that overflows in an interrupt", "seal_net_timers", DEEPER, "the stack has overflowed")):
        at = facts.symbols[function] & ~1
        elf = facts.patched(work.path, "fault", at, code_)
        with boot(image, elf=elf, ready=False, real=True) as b:
            check(b.exit_code() == board.FAULT, f"{what}: ends the run", b.end())
            check("FAULT" in b.text() and words in b.text() and "cfsr" in b.text(), f"{what}: on the UART", b.end())
            found = re.search(r"  pc ([0-9a-f]{8})", b.text())
            if code_ == UNDEFINED:
                check(found and int(found.group(1), 16) == at, f"{what}: where", (hex(at), b.text()))
                check("cfsr UNDEFINSTR: " in b.end() and f"pc is in {function} at " in b.end(), f"{what}: in words",
                      b.end())


def run_board(kind, *arguments):
    """Run a board as make does; returns what it prints."""
    folder = f"{work.path}/run-board"
    os.makedirs(f"{folder}/host", exist_ok=True)
    for program in ("mailseal", "mailseald"):
        if not os.path.exists(f"{folder}/host/{program}"):
            os.symlink(os.path.abspath(f"{board.BUILD}/host/{program}"), f"{folder}/host/{program}")
    ports = {"PORT": str(free_port()), "SINK_PORT": str(free_port())}
    run = subprocess.run(["tools/build/run_board.sh", kind, name, facts.options_text, *arguments], text=True,
                         env=os.environ | ports | {"BUILD": folder, "ONCE": "1"}, stdout=subprocess.PIPE,
                         stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL, timeout=PATIENCE * 2, errors="replace")
    return run.returncode, run.stdout


def test_words():
    """make run, test-board and selftest-board explain a fault in words, and an exit code too."""
    for kind, function, arguments in (("run", "seal_network_thread_turn", [facts.medium]),
                                      ("selftest", "seal_network_thread_turn", [facts.medium]),
                                      ("unit", "seal_files_find", [""])):
        elf = facts.patched(work.path, f"words-{kind}", facts.symbols[function] & ~1, UNDEFINED)
        code_, said = run_board(kind, *arguments, elf)
        check(code_ != 0 and "exit code 98: fault: " in said, f"{kind}: the code", said[-1500:])
        check(re.search(r"FAULT exception 0000000[36] (.|\n)*  r0 [0-9a-f]{8}(.|\n)*\ncfsr [0-9a-f]{8}", said),
              f"{kind}: the registers", said[-1500:])
        check("cfsr UNDEFINSTR: " in said and f"pc is in {function} at " in said, f"{kind}: in words", said[-1500:])
    code_, said = run_board("unit", "", facts.elf)
    check(code_ != 0 and "exit code 3: refused: " in said and "refused: image: magic" in said, "refused, and why",
          said[-1500:])


# Nanoseconds for an instruction, as a power of two: slow enough that minutes pass at once, and not too slow for the
# network to stay alive.
SLOW = 8


def knock(b):
    """Send frames until it ends, which are recorded with the board's time."""
    b.connect()
    b.ports()
    end = time.monotonic() + PATIENCE
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
        while b.alive() and time.monotonic() < end:
            s.sendto(b"knock", ("127.0.0.1", b.udp_port))
            time.sleep(0.002)


def stalls(image, what, function, least, most):
    at = facts.symbols[function] & ~1
    elf = facts.patched(work.path, "stall", at, FOREVER)
    # The watchdog may interrupt PendSV while thread mode hangs: then the place is not known.
    for _ in range(6):
        with boot(image, elf=elf, ready=False, options=board.icount(name, SLOW) + board.RECORD) as b:
            knock(b)
            check(b.exit_code() == board.FAULT, f"{what}: ends the run", b.end())
            lived = pcap.length(f"{b.folder}/frames.pcap")
            check(least < lived < most, f"{what}: ends the run in time", lived)
            check("FAULT" in b.text(), f"{what}: on the UART", b.end())
            found = re.search(r"  pc ([0-9a-f]{8})", b.text())
            if found and int(found.group(1), 16) == at:
                break
            said = b.end()
    else:
        check(False, f"{what}: where", (hex(at), said))
    note(f"{what}: ended after {lived:.1f} s, board's clock")


def test_watchdog():
    """A context that hangs is ended, with the place where it hangs; one that works for a long time is not."""
    if not facts.watchdog:
        note("the model of this board has no watchdog")
        return
    image = make_image(work.path, config(1))
    # The first time-out comes 4 s after the last feeding; thread mode gets as long as the longest job, a minute. The
    # end of QEMU itself may be slow, and counts.
    stalls(image, "the network hangs", "seal_net_timers", 3, 20)
    stalls(image, "thread mode hangs", "seal_network_thread_turn", 60, 80)
    hop = Hop()
    with start(hop.port, options=board.icount(name, SLOW)) as b:
        reply = transaction(b.port, message())
        b.shows(rb"signing-ms=\d+.*\n")
        took = re.search(r"signing-ms=(\d+)", b.text())
        check(code(reply) == 250 and took and int(took.group(1)) > 15000, "a signature that takes long is completed",
              (repr(reply), b.end()))
        note(f"a signature of {took and took.group(1)} ms is completed")
        fine(b)


def test_services():
    """The time comes from a server: t= and Date are set. The log goes to a log server."""
    hop = Hop()
    now_s = 1740000000  # 2025-02-19: in the past, which verifiers accept
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s, Wire(work.path) as wire:
        s.bind(("127.0.0.1", 0))
        s.settimeout(5)
        began, wire.answer = time.monotonic(), time_server(now_s)
        services = f"time-server = 10.0.2.2\nlog-server = 10.0.2.2:{s.getsockname()[1]}\n"
        with start(hop.port, gateway=STATIC + services, client="add = date\n", network=wire.network) as b:
            check(b.shows(rb"clock=set") and wire.answer.asked, "the time server is asked", b.end())
            content = re.sub(rb"(?m)^Date: .*\r\n", b"", message())
            reply = transaction(wire.port, content)
            if check(code(reply) == 250 and hop.messages(), "taken", (str(reply), b.end())):
                got = hop.messages()[0][2]
                found = re.search(rb"[ ;]t=(\d+);", signature_of(got))
                # The board's clock is never ahead of the server's.
                check(found and -1 <= int(found.group(1)) - now_s <= time.monotonic() - began + 1,
                      "t= is the server's time", got[:600])
                check(re.search(rb"(?m)^Date: Wed, 19 Feb 2025 21:2\d:\d\d \+0000\r$", got), "Date is added", got)
                check(re.search(rb"(?s)Received: .*;\s+Wed, 19 Feb 2025", got), "the trace has it", got)
                verifies(got, "signature")
            # A line without room is only counted, so there is more than one try.
            lines, end = [], time.monotonic() + PATIENCE
            s.settimeout(1.5)
            while time.monotonic() < end:
                try:
                    while not any(b"verdict=delivered" in line for line in lines):
                        lines.append(s.recv(2048))
                    break
                except TimeoutError:
                    note("a record did not reach the log server")
                    transaction(wire.port, content)
            check(any(re.match(rb"<\d+>1 (?:-|20\d\d-\S+) gateway\.test ", line) and b"verdict=delivered" in line
                      for line in lines), "the record at the log server, RFC 5424", lines)
            fine(b)


def image_faults(image):
    """(what, image, reason) for each field: a wrong value with a right digest, and damage with a wrong one."""
    def put(what, changes, reason, seal=True, cut=None):
        changed = bytearray(image)
        for at, octets in changes:
            changed[at:at + len(octets)] = octets
        if seal:
            changed[16:48] = hashlib.sha256(changed[48:struct.unpack_from("<I", changed, 12)[0]]).digest()
        return what, bytes(changed[:cut]), reason

    def number(at):
        return struct.unpack_from("<I", image, at)[0]

    def u32(value):
        return struct.pack("<I", value & 0xffffffff)

    length, count = number(12), number(80)
    entries = [88 + 16 * i for i in range(count)]
    first, last = entries[0], entries[-1]
    yield "erased", b"\xff" * len(image), "magic"
    yield "zeros", bytes(len(image)), "magic"
    for at in range(8):
        yield put(f"magic, octet {at}", [(at, bytes([image[at] ^ 1]))], "magic", seal=False)
    yield put("a later version", [(8, u32(2))], "version")
    yield put("length 0", [(12, u32(0))], "length", seal=False)
    yield put("odd length", [(12, u32(length - 4))], "length", seal=False)
    yield put("length beyond the flash", [(12, u32(0x7ffffff8))], "length", seal=False)
    yield put("shorter", [(12, u32(length - 8))], "digest", seal=False)
    yield put("cut off", [], "digest", cut=len(image) - 64)
    yield put("a seed of zeros", [(48, bytes(32))], "seed")
    yield put("no entries", [(80, u32(0))], "number of entries")
    yield put("too many entries", [(80, u32(65))], "number of entries")
    yield put("reserved", [(84, u32(1))], "reserved")
    for what, at in (("first", first), ("last", last)):
        yield put(f"{what} name's offset", [(at, u32(number(at) + 8))], "name offset")
        yield put(f"{what} name's length 0", [(at + 4, u32(0))], "name length")
        yield put(f"{what} name's length", [(at + 4, u32(0xffffffff))], "name length")
        yield put(f"{what} name", [(number(at), b"\n")], "name")
        yield put(f"{what} data's offset", [(at + 8, u32(number(at + 8) - 8))], "data offset")
        yield put(f"{what} data's length 0", [(at + 12, u32(0))], "data length")
        yield put(f"{what} data's length", [(at + 12, u32(0xfffffff0))], "data length")
    yield put("padding", [(number(first) + number(first + 4), b"x")], "padding")
    yield put("fewer entries", [(80, u32(count - 1))], "name offset|length")
    yield put("no configuration", [(number(first), b"konfig")], "entries|none is called config")
    yield put("two of a name", [(last + 4, u32(6)), (number(last), b"config\0\0")], "name|padding")
    rng = random.Random(9)
    samples = [16, 47, 48, 79, 80, 84, 88, length - 1] + [rng.randrange(88, length) for _ in range(64 if LONG else 8)]
    for at in samples:
        flipped = bytes([image[at] ^ 1 << rng.randrange(8)])
        yield put(f"one bit of octet {at}", [(at, flipped)], "digest", seal=False)


def test_images():
    """If anything is wrong with the image, the board reports it and does not start."""
    image = make_image(work.path, config(1))
    cases = [(what, octets, rf"refused: image: (?:{reason})") for what, octets, reason in image_faults(image)]
    # contents that mailseal image would not pack
    config_at, config_len = struct.unpack_from("<II", image, 88 + 8)
    key_at, key_len = struct.unpack_from("<II", image, 88 + 16 + 8)

    def sealed(changed):
        return bytes(changed[:16]) + hashlib.sha256(changed[48:]).digest() + bytes(changed[48:])

    text = image[config_at:config_at + config_len]
    for what, old, new, reason in (("a key misspelt", b"hostname", b"hostnama", r"config:2:1: "),
                                   ("a bad address", b"10.0.2.2:", b"10.0.2.2/", r"config:3:\d+: next-hop: "),
                                   ("another key", b"key.pem", b"yek.pem", r"key yek\.pem: not in the image")):
        changed = text.replace(old, new, 1)
        cases.append((what, sealed(image[:config_at] + changed + image[config_at + config_len:]), "refused: " + reason))
    middle = key_at + key_len // 2
    damaged = image[:middle] + b"!!!!" + image[middle + 4:]
    cases.append(("a damaged key", sealed(damaged), r"refused: key key\.pem: \w+"))
    unlike = []
    for what, octets, reason in cases:
        with boot(octets, ready=False, real=True) as b:
            ended = b.exit_code()
            good = check(ended == board.REFUSED, f"{what}: refused", b.end())
            if good and not check(re.search(reason, b.text()), f"{what}: its reason", (reason, b.text())):
                unlike.append(what)
            check("network" not in b.text(), f"{what}: no network", b.text())
    # more domains than fit
    many = "".join(f"[domain d{i}.example]\nselector = s\nkey = key.pem\n" for i in range(facts.domains))
    with start(1, domain=many, ready=False) as b:
        check(b.exit_code() == board.REFUSED and re.search(r"refused: config:\d+:\d+: ", b.text()), "too many domains",
              b.end())
    note(f"{len(cases) + 1} images refused")
    # The whole room for an image can be used, and no more.
    room = 2 * 65536 if facts.image_on_medium else facts.symbols["seal_ld_image_end"] - facts.image_at
    comment = config(1) + ("#" * 499 + "\n") * (room // 500)
    comment = comment[:len(config(1)) + room - len(image) - 9] + "\n"
    full = make_image(work.path, comment)
    with boot(full + bytes(room - len(full))) as b:
        fine(b, f"an image of {len(full)} octets of {room}")
    with boot(make_image(work.path, comment + "# and more than that\n"), ready=False) as b:
        check(b.exit_code() == board.REFUSED and re.search(r"refused: image: length", b.text()), "an image that is too "
              "large", b.end())


def recorded_time(b):
    """Send a message: the host's time before it and after its record, the board's time of the record."""
    b.mark()
    began = time.monotonic()
    transaction(b.port, message())
    b.shows(rb"verdict=\w+.*\n")
    found = re.search(r"(?m)^(\d+\.\d{3}) id=", b.since())
    return began, time.monotonic(), found and float(found.group(1))


def test_clock():
    """The board's clock runs with the host's, and exactly with QEMU's, if that counts instructions."""
    hop = Hop()
    with start(hop.port, real=True) as b:
        # If the machine gives the board no time for a third of a second, a counter may wrap unnoticed.
        good, end = False, time.monotonic() + PATIENCE
        while not good and time.monotonic() < end:
            first = recorded_time(b)
            time.sleep(3)
            second = recorded_time(b)
            if not check(first[2] and second[2], "a time on the UART", b.end()):
                return
            its = second[2] - first[2]
            least, most = second[0] - first[1], second[1] - first[0]
            good = 0.95 * least < its < 1.05 * most
            note(f"{its:.3f} s of the board in {least:.3f} s to {most:.3f} s")
        check(good, "within 5 % of the host's", (its, least, most))
        fine(b)
    with start(hop.port, options=board.icount(name) + board.RECORD) as b:
        stamps = []
        for _ in range(3):
            stamps.append(recorded_time(b)[2])
            time.sleep(0.5)
        fine(b)
        frames = f"{b.folder}/frames.pcap"
        b.order("quit")
        b.exit_code()
    replies = [when for when, (_, port, _, _), octets in pcap.segments(frames)
               if port == 25 and octets.startswith(b"250 2.0.0 taken as")]
    if check(len(replies) == 3 and all(stamps), "with -icount: three records, three replies", (stamps, replies)):
        its, right = stamps[2] - stamps[0], replies[2] - replies[0]
        note(f"with -icount: {its:.3f} s of the board in {right:.3f} s")
        check(abs(its - right) < 0.02 + 0.001 * right, "the same time", (stamps, replies))


class Try(threading.Thread):
    """A whole message; `reply` is its client's last reply, None if there was none."""

    def __init__(self, port, content):
        super().__init__()
        self.port, self.content, self.client, self.reply = port, content, None, None
        self.start()

    def run(self):
        try:
            with Client(self.port, 30, greet=False) as self.client:
                if self.client.reply().code == 220 and self.client.begin().code == 250:
                    self.reply = self.client.data(stuff(self.content))
        except FAILURES:
            pass

    def end(self):
        """Read what has come, and wait for nothing more."""
        try:
            self.client.socket.shutdown(socket.SHUT_RDWR)
        except (OSError, AttributeError):
            pass
        self.join()


def test_reset():
    """Reset at any moment: no 250 without the next hop's, and the next boot is clean."""
    resets = 50     # on each of five boards, at different moments
    hop = Hop()
    rng = random.Random(name)
    tries = []
    body = b"z" * 70 + b"\r\n" + b"body\r\n" * 500
    with start(hop.port, real=True) as b:
        began = time.monotonic()
        check(code(transaction(b.port, numbered("first", body))) == 250, "before", b.end())
        took = time.monotonic() - began
        for i in range(resets):
            # Every other time the next hop has the message for a while before it replies.
            hop.answer = lambda step, line, session, i=i: (
                later(b"250 2.0.0 taken as 4711\r\n", took / 2) if step == "dot" and i % 2 else None)
            attempt = Try(b.port, numbered(i, body))
            tries.append(attempt)
            time.sleep((i + rng.random()) / resets * 1.6 * took)
            b.reset()
            up = check(b.shows(board.READY), f"reset {i}: boots again", b.end())
            time.sleep(0.05)
            attempt.end()
            if not up:
                break
            check(f"mailseal on {name}" in b.since(), f"reset {i}: prints its name", b.since())
            check(not re.search(board.TROUBLE, b.uart()), f"reset {i}: no fault", b.end())
        fine(b)
        hop.answer = lambda step, line, session: None
        check(eventually(lambda: code(transaction(b.port, numbered("last", body), 20)) == 250), "a message at last",
              b.end())
        arrived = hop.subjects()
        good = [i for i, attempt in enumerate(tries) if code(attempt.reply) == 250]
        for i in good:
            check(f"number {i}".encode() in arrived, f"message {i}: no 250 without the next hop's", arrived)
        check(all(arrived.count(s) == 1 for s in set(arrived)), "nothing arrived twice", arrived)
        for m in hop.messages():
            check(m[2].endswith(body) and passes_dkimpy(m[2]), f"{subject_of(m[2])}: whole and signed")
        starts = [int(n) for n in re.findall(r"start number (\d+)", b.text())]
        if facts.medium:
            check(starts == list(range(1, resets + 2)), "starts are counted", starts)
        ids = re.findall(r" id=(\w+)-", b.text())
        check(len(set(ids)) == len(ids) or not facts.medium, "random numbers do not repeat", ids)
        note(f"{resets} resets: {len(good)} clients had their 250 before, "
             f"{len([s for s in arrived if s not in (b'number first', b'number last')])} messages arrived")


def test_power():
    """The power goes (QEMU is killed) and comes back: starts are still counted, and nothing in the spool is sent."""
    if not facts.medium:
        return
    hop = Hop()
    medium = f"{work.path}/power.img"
    for i in range(3):
        with start(hop.port, medium=medium, real=True) as b:
            check(re.search(rf"start number {i + 1}\r?\n", b.text()), f"start number {i + 1}", b.text())
            with Client(b.port, 30) as client:
                client.begin()
                client.command("DATA")
                client.send(message(b"secret words of the client\r\n" * 300))
                time.sleep(0.1)
                b.kill()
    check(not hop.messages() and not hop.partials(), "nothing was sent", hop.commands())
    with open(medium, "rb") as f:
        check(b"secret words" not in f.read(), "the medium cannot be read")
    os.unlink(medium)
