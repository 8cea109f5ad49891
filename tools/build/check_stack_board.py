#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Usage: check_stack_board.py IMAGE.elf FOLDER -- the most of a board's one stack that its image can ever use.

The bound is the deepest path of thread mode, an exception's frame, the deepest path of PendSV, another frame, and the
deepest of the handlers above it. Calls are read from the image's machine code, so everything counts that is
linked, and nothing else. The size of a frame is what the compiler reports (the .ci files in FOLDER, where the image's
objects and archives are), or what the function's code takes, if that is more or the function came in a library. The
targets of calls through pointers are in tools/build/stack_indirect.txt and tools/build/stack_boards.txt.

Fails if the stack is smaller than the bound, if the call graph has a cycle without a limit, and on everything that
would make the bound a guess: a call through a pointer without a rule, a function whose address is taken and that no
rule leads to, a frame of unknown size.
"""

import bisect
import os
import re
import subprocess
import sys

from stack_graph import OUTSIDE, Rules, called_name, find, read_ci

RULES_ENGINE, RULES = "tools/build/stack_indirect.txt", "tools/build/stack_boards.txt"
WORDS = "thread", "network", "handlers", "nested", "below", "quiet", "elsewhere", "unused"
ARM = "arm-none-eabi-"
# Eight words, and one more if the stack was not aligned to eight octets (Armv7-M B1.5.7).
EXCEPTION = 36

HEAD = re.compile(r"^([0-9a-f]+) <(.+)>:$")
CODE = re.compile(r"^ *([0-9a-f]+):\t(\S+)(?:\t([^;@]*))?")
TARGET = re.compile(r"(?:^|, )([0-9a-f]+) <")
BRANCH = re.compile(r"^(?:b(?:eq|ne|cs|cc|hs|lo|mi|pl|vs|vc|hi|ls|ge|lt|gt|le|al)?(?:\.[nw])?|cbn?z)$")
CLONE = re.compile(r"(\.(isra|constprop|part|cold)(\.\d+)?)+$")
# ldr pc, [r2, r3, lsl #2] is gcc's switch, whose table follows it.
INDIRECT_BRANCH = re.compile(r"blx |bx\w* (?!lr)|mov\w*(\.[nw])? pc, (?!lr)|ldr\S* pc, \[(?!sp\]|\w+, \w+, lsl #2\])")
REGISTERS = re.compile(r"\{(.*)\}")


def output(*command):
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout


class Function:
    def __init__(self, address, names):
        self.address = address
        self.names = names        # more than one: aliases
        self.title = names[0]     # "file:name" of a static one
        self.frame = None
        self.taken = 0            # octets that its code takes off the stack pointer
        self.unknown = ""         # the instruction that takes an unknown number of octets
        self.calls = set()
        self.tails = set()        # called last, after the frame was removed
        self.by_register = 0      # calls through pointers in its code
        self.jumps = 0            # those of them that are the last thing it does
        self.indirect = set()     # (file, name) of these calls, from the compiler

    def name(self):
        return self.title.split(":")[-1]


def num_registers(text):
    count = 0
    for part in REGISTERS.search(text)[1].split(","):
        first, _, last = part.strip().partition("-")
        count += int(last[1:]) - int(first[1:]) + 1 if last else 1
    return count


def octets_taken(op, args):
    """How far an instruction moves the stack pointer down; None: unknown."""
    if op.startswith(("push", "stmdb")) and (op.startswith("push") or args.startswith("sp!")):
        return 4 * num_registers(args)
    if op.startswith(("vpush", "vstmdb")):
        return 8 * num_registers(args)
    if op.startswith("sub") and args.startswith("sp,"):
        number = re.search(r"#(\d+)", args)
        return int(number[1]) if number else None
    if op.startswith("str") and (moved := re.search(r"\[sp, #-(\d+)\]!", args)):
        return int(moved[1])
    if args.startswith("sp,") and (op.startswith("mov") or op.startswith("add") and "#" not in args):
        return None
    return 0


def read_code(image):
    """[Function] in the order of addresses."""
    names = {}
    for line in output(ARM + "nm", image).splitlines():
        address, kind, name = line.split()
        if kind in "tTwW" and not name.startswith("$"):
            names.setdefault(int(address, 16) & ~1, []).append(name)
    functions = [Function(address, names[address]) for address in sorted(names)]
    starts = [function.address for function in functions]

    def at(address):
        return functions[bisect.bisect_right(starts, address) - 1]

    here = None
    for line in output(ARM + "objdump", "-d", "--no-show-raw-insn", image).splitlines():
        if match := HEAD.match(line):
            here = at(int(match[1], 16))
        elif match := CODE.match(line):
            op, args = match[2], (match[3] or "").strip()
            target = TARGET.search(args)
            if op in ("bl", "blx") and target:
                here.calls.add(at(int(target[1], 16)))
            elif BRANCH.match(op) and target:
                if (called := at(int(target[1], 16))) is not here:
                    here.tails.add(called)
            elif INDIRECT_BRANCH.match(f"{op} {args}"):
                here.by_register += 1
                here.jumps += op != "blx"
            else:
                octets = octets_taken(op, args)
                if octets is None:
                    here.unknown = f"{op} {args}"
                else:
                    here.taken += octets
    return functions


def units(image):
    """[(first address, last address + 1, source file)] of everything that was compiled."""
    names, offset = {}, None
    for line in output(ARM + "readelf", "--debug-dump=info", "--dwarf-depth=1", image).splitlines():
        if match := re.search(r"Compilation Unit @ offset (?:0x)?([0-9a-f]+)", line):
            offset = int(match[1], 16)
        elif (match := re.search(r"DW_AT_name\s*:(?:.*\): )?\s*(\S+)", line)) and offset is not None:
            names[offset], offset = match[1], None
    ranges = []
    for line in output(ARM + "readelf", "--debug-dump=aranges", image).splitlines():
        if match := re.search(r"Offset into \.debug_info:\s*(?:0x)?([0-9a-f]+)", line):
            offset = int(match[1], 16)
        elif match := re.match(r"\s+([0-9a-f]{8}) ([0-9a-f]{8})\s*$", line):
            first, length = int(match[1], 16), int(match[2], 16)
            if length:
                ranges.append((first, first + length, names.get(offset, "?")))
    return ranges


def add_frames(functions, image, folder, errors):
    graphs = {}
    for where, _, files in os.walk(folder):
        for name in files:
            if name.endswith(".ci"):
                path = os.path.join(where, name)
                with open(path, encoding="utf-8") as file:
                    graphs[re.search(r'title: "(.*)"', file.readline())[1]] = path
    ranges = sorted(units(image))
    starts = [first for first, _, _ in ranges]
    read = {}
    for function in functions:
        # Functions that the linker dropped are at address 0; one that it kept may have that address too.
        near = ranges[:bisect.bisect_right(starts, function.address)]
        source = next((name for first, end, name in reversed(near) if function.address < end and
                       has(graphs, read, name, function, errors)), None)
        if source:
            frames, _, indirect = read[source]
            title = next(title for title in titles_of(source, function) if title in frames)
            # gcc does not count arguments that the function itself puts on the stack next to those it received there.
            function.title, function.frame = title, max(frames[title], function.taken)
            function.indirect = {called_name(location) for caller, location in indirect if caller == title}
        else:
            function.frame = function.taken
            if function.unknown:
                errors.append(f"{function.name()}: takes an unknown part of the stack: {function.unknown}")


def titles_of(source, function):
    return [title for name in function.names for title in (name, f"{source}:{name}")]


def has(graphs, read, source, function, errors):
    if source not in graphs:
        return False
    if source not in read:
        read[source] = read_ci(graphs[source], errors)
    return any(title in read[source][0] for title in titles_of(source, function))


class Graph:
    def __init__(self, image, folder):
        self.image, self.errors = image, []
        self.rules = Rules(RULES_ENGINE, RULES, words=WORDS)
        self.errors += self.rules.errors
        self.functions = read_code(image)
        add_frames(self.functions, image, folder, self.errors)
        self.titles = {}          # as rules call them, without gcc's .isra.0 and the like: [Function]
        for function in self.functions:
            for name in {CLONE.sub("", name) for name in function.names + [function.title]}:
                self.titles.setdefault(name, []).append(function)
        self.wanted = set()       # functions that rules lead to
        self.nested = {}          # function: how often it may be on a path
        self.never = {}           # function: functions that are on no path below it
        self.quiet = {}           # function: those of its calls that the network may interrupt
        self.roots = {"handlers": [], "network": [], "thread": []}
        self.apply()
        self.add_indirect()

    def find(self, target):
        return list(dict.fromkeys(function for title in find(target, self.titles) for function in self.titles[title]))

    def apply(self):
        for path, words, _ in self.rules.statements:
            functions = [function for word in words[1:] for function in self.find(word)]
            if not self.find(words[1]):
                self.errors.append(f"{path}: {' '.join(words)}: the image has no {words[1]}")
            if words[0] in self.roots:
                self.roots[words[0]] += functions
                self.wanted.update(functions)
            elif words[0] == "nested":
                for function in self.find(words[1]):
                    self.nested[function] = int(words[2])
            elif words[0] == "below":
                for function in self.find(words[1]):
                    self.never[function] = {other for word in words[3:] for other in self.find(word)}
            elif words[0] == "quiet":
                for function in self.find(words[1]):
                    self.quiet[function] = {other for word in words[2:] for other in self.find(word)}
            elif words[0] == "elsewhere":
                for function in functions:
                    function.frame, function.calls, function.tails = 0, set(), set()
            elif words[0] == "unused":
                self.wanted.update(functions)

    def rule(self, where, function):
        file, name = where
        return next((rule for wanted in (f"{function.name()}:{name}", name) for rule in self.rules.targets
                     if rule[1] == wanted and (file == rule[0] or file.endswith("/" + rule[0]))), None)

    def add_indirect(self):
        for targets in self.rules.targets.values():
            for target in targets:
                self.wanted.update(self.find(target))
        for function in self.reachable_with(self.resolve):
            if function.by_register and not function.indirect:
                self.errors.append(f"{function.title}: calls through a register, which the compiler does not report")

    def resolve(self, function):
        """Add to a function's calls what its calls through pointers lead to."""
        if not function.by_register:
            return
        for where in sorted(function.indirect):
            rule = self.rule(where, function)
            if rule is None:
                example = f"{'/'.join(where[0].split('/')[-2:])} {where[1]} -> ..."
                self.errors.append(f"{where[0]}: {function.name()} calls {where[1]} through a pointer; list in {RULES} "
                                   f"its targets: {example}")
                continue
            targets = {found for target in self.rules.targets[rule] for found in self.find(target)}
            if OUTSIDE in self.rules.targets[rule]:
                self.errors.append(f"{RULES_ENGINE}: {' '.join(rule)} leads out of the engine; list its targets in "
                                   f"{RULES}")
            elif not targets and "nothing" not in self.rules.targets[rule]:
                self.errors.append(f"{RULES}: {' '.join(rule)}: none of its targets is in the image")
            (function.tails if function.by_register == function.jumps else function.calls).update(targets)

    def reachable_with(self, visit):
        todo, seen = [root for roots in self.roots.values() for root in roots], set()
        while todo:
            function = todo.pop()
            if function not in seen:
                seen.add(function)
                visit(function)
                todo += function.calls | function.tails
        return sorted(seen, key=lambda function: function.title)

    def check_addresses(self, objects):
        """Every function whose address is taken must be the target of a rule, so that no call is unknown."""
        wanted = {name for function in self.wanted for name in function.names}
        for name, where in sorted(addresses_taken(objects).items()):
            if name in self.titles and name not in wanted:
                self.errors.append(f"{name}: {where} takes its address; if it is called through a pointer, add it to "
                                   f"that line in {RULES}, else add there: unused {name} -- why")

    def worst(self, root, only=None):
        """(octets, [function ...]) of the deepest path from a function on; `only` selects the calls that count.
        """
        known, path = {}, []

        def walk(function, left):
            key = function, left
            if key in path:
                names = [step[0].name() for step in path[path.index(key):]] + [function.name()]
                self.errors.append("a cycle without a limit: " + " > ".join(names) +
                                   f"; if it has one, add to {RULES}: nested FUNCTION TIMES -- why")
                return 0, []
            if key in known:
                return known[key]
            limits = dict(left)
            for other in self.never.get(function, ()):
                limits[other] = 0
            if function in limits:
                if limits[function] == 0:
                    return -1, []
                limits[function] -= 1
            left_below = tuple(sorted(limits.items(), key=lambda item: item[0].address))
            path.append(key)
            best = function.frame, [function]
            for called, held in [(called, function.frame) for called in function.calls] + \
                    [(called, 0) for called in function.tails]:
                if only is not None and function in only and called not in only[function]:
                    continue
                octets, steps = walk(called, left_below)
                if octets >= 0 and (held + octets, len(steps)) > (best[0], len(best[1]) - 1):
                    best = held + octets, [function] + steps
            path.pop()
            known[key] = best
            return best

        return walk(root, tuple(sorted(self.nested.items(), key=lambda item: item[0].address)))

    def deepest(self, kind, only=None):
        return max((self.worst(root, only) for root in self.roots[kind]), key=lambda found: found[0], default=(0, []))


RELOCATION = re.compile(r"[0-9a-f]{8}\s+[0-9a-f]{8} R_ARM_(ABS32|MOVW\w*|TARGET1)\s+[0-9a-f]{8}\s+(\S+)")


def addresses_taken(objects):
    """{function: an object that takes its address}, from the relocations that are not calls."""
    taken = {}
    for path in objects:
        section, member = "", path
        for line in output(ARM + "readelf", "-rW", path).splitlines():
            if match := re.match(r"File: .*\((.*)\)", line):
                member = f"{os.path.basename(path)}({match[1]})"
            elif match := re.match(r"Relocation section '(.*)' at", line):
                section = match[1]
            elif match := RELOCATION.match(line):
                if not re.match(r"\.rel\.(debug|ARM|eh_frame)", section):
                    taken.setdefault(match[2], member)
    return taken


def objects_of(image):
    """The objects and archives that were linked, except the compiler's own."""
    with open(image + ".map", encoding="utf-8") as file:
        names = re.findall(r"^LOAD (\S+)$", file.read(), re.M)
    return [name for name in dict.fromkeys(names) if name.endswith((".o", ".a")) and not name.startswith("/usr/")]


def stack_size(image):
    symbols = dict(re.findall(r"(?m)^(\w+) \w (seal_ld_stack_\w+)$", output(ARM + "nm", image)))
    values = {name: int(value, 16) for value, name in symbols.items()} or {}
    return values["seal_ld_stack_top"] - values["seal_ld_stack_bottom"]


def show(octets, path, what):
    print(f"{octets:6} {what}")
    for function in path:
        print(f"       {function.frame:5} {function.name()}")


def main():
    image, folder = sys.argv[1:3]
    graph = Graph(image, folder)
    graph.check_addresses(objects_of(image))
    handlers = graph.deepest("handlers")
    network = graph.deepest("network")
    thread = graph.deepest("thread", graph.quiet)
    start = graph.deepest("thread")
    # Until the network is started, PendSV returns at once.
    bounds = [
        (thread[0] + EXCEPTION + network[0] + EXCEPTION + handlers[0], thread, network),
        (start[0] + EXCEPTION + graph.roots["network"][0].frame + EXCEPTION + handlers[0], start,
         (graph.roots["network"][0].frame, graph.roots["network"][:1])),
    ]
    bound, thread, network = max(bounds, key=lambda found: found[0])
    size = stack_size(image)
    name = os.path.basename(os.path.dirname(image))
    print(f"{bound:6} {name}: most stack ever used, of {size}")
    show(*thread, "thread mode")
    print(f"{EXCEPTION:6} frame of an exception")
    show(*network, "PendSV")
    print(f"{EXCEPTION:6} frame of an exception")
    show(*handlers, "interrupts")
    if bound > size:
        graph.errors.append(f"the stack of {size} octets can overflow: {bound} may be used; the list shows the path "
                            "above")
    for error in dict.fromkeys(graph.errors):
        print(f"stack of {name}: {error}", file=sys.stderr)
    return 1 if graph.errors else 0


if __name__ == "__main__":
    sys.exit(main())
