#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Usage: check_stack.py OBJECT.ci... -- the worst stack of every public function, from the compiler's call graphs.

Fails on recursion, on frames of unknown size, on a call through a pointer whose targets are not listed in
tools/build/stack_indirect.txt, on a line there without such a call, and if a budget in tests/budget.txt is exceeded.
That file may be missing; its lines are "stack FUNCTION OCTETS".
"""

import re
import sys

from stack_graph import OUTSIDE, Rules, called_name, find, read_ci

INDIRECT = "tools/build/stack_indirect.txt"
BUDGET = "tests/budget.txt"
OCTETS_OUTSIDE = 32  # assumed for each function outside the engine: memcpy and similar ones need no more
TOP = 10


def read_graph(files, errors):
    """{function: octets of its frame}, {function: called functions}, {(file, name): callers}."""
    frames, calls, indirect = {}, {}, {}
    for path in files:
        its_frames, its_calls, its_indirect = read_ci(path, errors)
        frames.update(its_frames)
        for caller, called in its_calls:
            calls.setdefault(caller, set()).add(called)
        for caller, location in its_indirect:
            indirect.setdefault(called_name(location), set()).add(caller)
    return frames, calls, indirect


def found(target, frames, errors):
    if target == OUTSIDE:
        return [target]
    titles = find(target, frames)
    if not titles or ("*" not in target and len(titles) > 1):
        errors.append(f"{INDIRECT}: {target} is " + (" or ".join(sorted(titles)) or "no function"))
    return titles


def add_indirect(frames, calls, indirect, errors):
    file_of_rules = Rules(INDIRECT)
    errors.extend(file_of_rules.errors)
    rules = file_of_rules.targets
    for where, callers in sorted(indirect.items()):
        if where not in rules:
            errors.append(f"{where[0]}: calls {where[1]} through a pointer, list its targets in {INDIRECT}")
        for target in rules.get(where, ()):
            titles = found(target, frames, errors)
            for caller in callers:
                calls.setdefault(caller, set()).update(titles)
    # A compiler may know the target of a call and make the call direct; the rule is stale if the source has none.
    for file, name in sorted(set(rules) - set(indirect)):
        try:
            with open(file, encoding="utf-8") as source:
                stale = not re.search(rf"\b{name}\b[\])]*\s*\(", source.read())
        except FileNotFoundError:
            stale = True
        if stale:
            errors.append(f"{INDIRECT}: {file} no longer calls {name}")


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
            worst[function] = frames.get(function, OCTETS_OUTSIDE) + below[0], [function] + below[1]
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
                errors.append(f"{BUDGET}: no public function {name}")
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
