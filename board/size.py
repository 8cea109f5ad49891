#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Usage: size.py FOLDER LOG NAME SESSIONS -- one board's memory as a row of a Markdown table, from the linker's map of
the image in FOLDER and from the bound of its stack.
       size.py FOLDER BENCH NAME CONNECTIONS tls -- what TLS takes of it, as a row of another one

LOG is the output of its UART in a run, if the board has run: it has the deepest stack and the arena's peak. BENCH is
the result of "make bench-boards", if it was run. "head" and "head-tls" as FOLDER print the heads of the tables.
"""

import re
import sys

HEAD = """\
| bytes | flash | flash free | RAM in use | lwIP | arena | arena peak | sessions | each | stack | bound | painted \
| other | RAM free | second memory |
|---|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|"""
HEAD_TLS = """\
| TLS, bytes | connections | buffers of one | arena, open | arena, handshake | RAM free, no TLS | RAM free, TLS |
|---|--:|--:|--:|--:|--:|--:|"""

LINE = re.compile(r"^ (\.\S+)\s+(0x[0-9a-f]+)\s+(0x[0-9a-f]+)\s+(\S+)$")
LONG = re.compile(r"^ (\.\S+)$")
REST = re.compile(r"^\s+(0x[0-9a-f]+)\s+(0x[0-9a-f]+)\s+(\S+)$")
SYMBOL = re.compile(r"^\s+(0x[0-9a-f]+)\s+(\w+) = ")


def read_map(path):
    """[(section, address, length, object)], {symbol of the link script: value}"""
    parts, symbols, name = [], {}, None
    with open(path, encoding="utf-8") as file:
        text = file.read()
    for line in text[text.index("\n.text "):].split("\n"):
        if match := LINE.match(line):
            parts.append((match[1], int(match[2], 16), int(match[3], 16), match[4]))
        elif match := LONG.match(line):
            name = match[1]
            continue
        elif name and (match := REST.match(line)):
            parts.append((name, int(match[1], 16), int(match[2], 16), match[3]))
        elif match := SYMBOL.match(line):
            symbols[match[2]] = int(match[1], 16)
        name = None
    return parts, symbols


def most(path, what):
    """The largest value of something in a log's lines about memory, formatted."""
    try:
        with open(path, encoding="utf-8", errors="replace") as file:
            values = [int(number) for number in re.findall(rf"memory .*\b{what}=(\d+)", file.read())]
    except FileNotFoundError:
        values = []
    return f"{max(values):,}" if values else "-"


def measured(path):
    """{name: formatted number} of a benchmark's results."""
    try:
        with open(path, encoding="utf-8") as file:
            return {name: f"{int(number):,}" for name, number in (line.split() for line in file)}
    except FileNotFoundError:
        return {}


def show_tls(folder, bench, name, num):
    _, symbols = read_map(f"{folder}/mailseal.elf.map")
    found = measured(bench)
    free = symbols["seal_ld_ram_end"] - symbols["seal_ld_ram_used"]
    # If the arena comes last in RAM, it takes the rest.
    left = 0 if symbols["seal_ld_arena_end"] == symbols["seal_ld_ram_used"] else free
    print(f"| {name} | {num} | " + " | ".join(found.get(key, "-") for key in ("tls-glue", "tls-open", "tls-peak")) +
          f" | {free:,} | {left:,} |")


def bound(path):
    with open(path, encoding="utf-8") as file:
        return int(file.readline().split()[0])


def main():
    if sys.argv[1] in ("head", "head-tls"):
        print(HEAD if sys.argv[1] == "head" else HEAD_TLS)
        return
    if len(sys.argv) == 6:
        show_tls(*sys.argv[1:5])
        return
    folder, log, name, num = sys.argv[1:]
    parts, symbols = read_map(f"{folder}/mailseal.elf.map")
    ram = range(symbols["seal_ld_stack_bottom"], symbols["seal_ld_ram_end"])
    code = range(symbols["seal_ld_image_start"] & 0xf0000000, symbols["seal_ld_image_start"])

    def total(*wanted):
        """Octets of variables whose section and object match one of these, in RAM and in the second memory."""
        found = [0, 0]
        for section, address, length, where in parts:
            if re.match(r"\.(data|bss|bulk|arena)", section) and any(
                    re.search(a, section) and re.search(b, where) for a, b in wanted):
                found[address not in ram] += length
        return found

    lwip = total(("", r"liblwip\.a\((?!net\.o)"))
    arena = total(("arena", r"signing\.o"))
    sessions = total((r"\.bulk.*session", ""))
    flash = symbols["seal_ld_code_end"] - code.start
    flash_free = code.stop - symbols["seal_ld_code_end"]
    used = symbols["seal_ld_ram_used"] - ram.start
    stack = symbols["seal_ld_stack_top"] - ram.start
    free = ram.stop - symbols["seal_ld_ram_used"]
    other = used - stack - lwip[0] - arena[0] - sessions[0]
    second = symbols["seal_ld_bulk_end"] - symbols["seal_ld_bulk_start"]
    second += symbols["seal_ld_arena_end"] - symbols["seal_ld_arena_start"]
    if symbols["seal_ld_bulk_start"] in ram:
        second = 0
    print(f"| {name} | {flash:,} | {flash_free:,} | {used:,} | {sum(lwip):,} | {sum(arena):,} | {most(log, 'arena')} | "
          f"{sum(sessions):,} | {sum(sessions) // int(num):,} | {stack:,} | {bound(f'{folder}/stack.txt'):,} | "
          f"{most(log, 'stack')} | {other:,} | {free:,} | {second:,} |")


main()
