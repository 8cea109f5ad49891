# SPDX-License-Identifier: Apache-2.0
"""What QEMU's filter-dump recorded: TCP octets with the board's time."""

import struct


def frames(path):
    """(seconds, octets) of every frame."""
    with open(path, "rb") as f:
        data = f.read()
    at = 24
    while at + 16 <= len(data):
        seconds, micros, length, _ = struct.unpack_from("<IIII", data, at)
        yield seconds + micros / 1e6, data[at + 16:at + 16 + length]
        at += 16 + length


def length(path):
    """Seconds from the first frame to the last."""
    times = [when for when, _ in frames(path)]
    return times[-1] - times[0] if times else 0


def segments(path):
    """(seconds, connection as the sender sees it, octets) of every TCP segment with data. The connection is
    (address, port, address, port)."""
    for when, frame in frames(path):
        if frame[12:14] != b"\x08\x00" or len(frame) < 54 or frame[23] != 6:
            continue
        header = 14 + 4 * (frame[14] & 15)
        end = 14 + struct.unpack_from(">H", frame, 16)[0]
        source, target = struct.unpack_from(">HH", frame, header)
        octets = frame[header + 4 * (frame[header + 12] >> 4):end]
        if octets:
            yield when, (frame[26:30], source, frame[30:34], target), octets


def datagrams(path):
    """(address, port, octets) of every UDP datagram: where it goes."""
    for _, frame in frames(path):
        if frame[12:14] == b"\x08\x00" and len(frame) >= 42 and frame[23] == 17:
            header = 14 + 4 * (frame[14] & 15)
            yield frame[30:34], struct.unpack_from(">H", frame, header + 2)[0], frame[header + 8:]


def answers(path, question):
    """(when, how long until the reply) for each question to the board."""
    asked, found = {}, []
    for when, (source, port, target, to), octets in segments(path):
        if to == 25 and octets.startswith(question):
            asked.setdefault((source, port), when)
        elif port == 25 and (target, to) in asked:
            began = asked.pop((target, to))
            found.append((began, when - began))
    return found


def between(path, first, second):
    """(from, to): from octets to port 25 that end with `first` until octets to another port that begin with
    `second`."""
    began, found = None, []
    for when, (_, port, _, to), octets in segments(path):
        if to == 25 and octets.endswith(first):
            began = when
        elif to != 25 and port != 25 and octets.startswith(second) and began is not None:
            found.append((began, when))
            began = None
    return found
