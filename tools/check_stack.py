#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Usage: check_stack.py OBJECT.ci... -- the worst stack of every public function, from the compiler's call graphs.

Fails on recursion, on frames of unknown size, on a call through a pointer whose targets are not listed in
tools/stack_indirect.txt, on a line there without such a call, and beyond a budget in tests/budget.txt, if there is
one, whose lines are "stack FUNCTION OCTETS".
"""

import re
import sys
from fnmatch import fnmatchcase

INDIRECT = "tools/stack_indirect.txt"
BUDGET = "tests/budget.txt"
OUTSIDE = 32  # octets taken for each function that is not the engine's: memcpy and its like need no more
TOP = 10

NODE = re.compile(r'node: { title: "([^"]+)" label: "([^"]*)"')
EDGE = re.compile(r'edge: { sourcename: "([^"]+)" targetname: "([^"]+)" label: "([^"]*)"')


def read_rules():
    """{(file, called name): targets} of the calls through pointers."""
    rules = {}
    with open(INDIRECT, encoding="utf-8") as file:
        for line in file:
            line = line.split("#")[0].strip()
            if line:
                where, _, targets = line.partition("->")
                path, *names = where.split()
                rules.update(((path, name), targets.split()) for name in names)
    return rules


def called_name(location):
    """(file, name) of the call at file:line:column: what stands before the last parenthesis of a->b(c)->name(d). For
    an argument of a direct call gcc may give the place of the whole, f(a->name(b)); then it is the first member."""
    file, line, column = location.rsplit(":", 2)
    with open(file, encoding="utf-8") as source:
        statement = "".join(source.readlines()[int(line) - 1:int(line) + 9])[int(column) - 1:].split(";")[0]
    text, inner = statement, re.compile(r"\(([^()]*)\)|\[[^\[\]]*\]")
    while inner.search(text):  # from the inside out, parentheses become a mark and brackets nothing
        text = inner.sub(lambda group: "@" if group[1] is not None else "", text)
    chain = re.match(r"(?:\w|@|->|\.|\s(?=\s*(?:->|\.|@)))*", text)[0]
    names = re.findall(r"(\w+)\s*@", chain)
    members = re.findall(r"(?:->|\.)\s*(\w+)\s*\(", statement)
    if members and "->" not in chain and "." not in chain:
        return file, members[0]
    return file, names[-1] if names else "?"


def read_graph(files, errors):
    """{function: octets of its own frame}, {function: called functions}, {(file, name): callers}."""
    frames, calls, indirect = {}, {}, {}
    for path in files:
        with open(path, encoding="utf-8") as file:
            for line in file:
                if match := NODE.match(line):
                    size = re.search(r"(\d+) bytes \((.*?)\)", match[2])
                    if size:
                        frames[match[1]] = int(size[1])
                        if size[2] not in ("static", "dynamic,bounded"):
                            errors.append(f"{match[1]}: the size of its frame is {size[2]}")
                elif match := EDGE.match(line):
                    if match[2] == "__indirect_call":
                        indirect.setdefault(called_name(match[3]), set()).add(match[1])
                    else:
                        calls.setdefault(match[1], set()).add(match[2])
    return frames, calls, indirect


def find(target, frames, errors):
    """The graph's names of a target: as it is, or "file:name" of a static function, whose file may be left out; the
    name may be a pattern."""
    if target == "(outside)":
        return [target]
    forms = target, "*:" + target, "*/" + target
    found = [title for title in frames if any(fnmatchcase(title, form) for form in forms)]
    if not found or ("*" not in target and len(found) > 1):
        errors.append(f"{INDIRECT}: {target} is " + (" or ".join(sorted(found)) or "no function"))
    return found


def add_indirect(frames, calls, indirect, errors):
    rules = read_rules()
    for where, callers in sorted(indirect.items()):
        if where not in rules:
            errors.append(f"{where[0]}: calls {where[1]} through a pointer, its targets are not in {INDIRECT}")
        for target in rules.get(where, ()):
            titles = find(target, frames, errors)
            for caller in callers:
                calls.setdefault(caller, set()).update(titles)
    # A compiler may know the target of a call and make it a direct one; the rule is stale when the source has no call.
    for file, name in sorted(set(rules) - set(indirect)):
        try:
            with open(file, encoding="utf-8") as source:
                stale = not re.search(rf"\b{name}\b[\])]*\s*\(", source.read())
        except FileNotFoundError:
            stale = True
        if stale:
            errors.append(f"{INDIRECT}: there is no call {name} in {file} any more")


def worst_paths(frames, calls, errors):
    """{function: (octets, [function, called function, ...])}"""
    worst, path = {}, []

    def walk(function):
        if function in path:
            errors.append("recursion: " + " > ".join(path[path.index(function):] + [function]))
            return 0, []
        if function not in worst:
            path.append(function)
            below = max((walk(called) for called in sorted(calls.get(function, ()))), default=(0, []))
            path.pop()
            worst[function] = frames.get(function, OUTSIDE) + below[0], [function] + below[1]
        return worst[function]

    for function in sorted(frames):
        walk(function)
    return worst


def check_budget(public, errors):
    try:
        with open(BUDGET, encoding="utf-8") as file:
            lines = [line.split("#")[0].split() for line in file]
    except FileNotFoundError:
        return
    for line in lines:
        if line and line[0] == "stack":
            name, limit = line[1], int(line[2])
            if name not in public:
                errors.append(f"{BUDGET}: there is no public function {name}")
            elif public[name][0] > limit:
                errors.append(f"{name}: {public[name][0]} octets of stack, {BUDGET} allows {limit}")


def main():
    errors = []
    frames, calls, indirect = read_graph(sys.argv[1:], errors)
    add_indirect(frames, calls, indirect, errors)
    worst = worst_paths(frames, calls, errors)
    public = {name: worst[name] for name in frames if ":" not in name}
    check_budget(public, errors)
    for error in sorted(set(errors)):
        print(f"stack: {error}", file=sys.stderr)
    ranking = sorted(public.items(), key=lambda item: (-item[1][0], item[0]))
    for name, (octets, path) in ranking[:TOP]:
        print(f"{octets:6} {name}" + "".join(" > " + step.split(":")[-1] for step in path[1:]))
    return 1 if errors else 0


sys.exit(main())
