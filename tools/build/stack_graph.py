# SPDX-License-Identifier: Apache-2.0
"""What check_stack.py and check_stack_board.py share: the compiler's call graphs (-fcallgraph-info=su) and the rules
that list the targets of calls through pointers."""

import re
from fnmatch import fnmatchcase

NODE = re.compile(r'node: { title: "([^"]+)" label: "([^"]*)"')
EDGE = re.compile(r'edge: { sourcename: "([^"]+)" targetname: "([^"]+)"(?: label: "([^"]*)")?')
OUTSIDE = "(outside)"


class Rules:
    """Files of lines FILE NAME... -> TARGET...; a later file's lines replace those of an earlier one."""

    def __init__(self, *files, words=()):
        self.targets = {}     # (file, called name): targets
        self.origin = {}      # (file, called name): file of the rule
        self.statements = []  # (file, [word, ...], reason) of lines that begin with one of the words
        self.errors = []
        for path in files:
            with open(path, encoding="utf-8") as file:
                for line in file:
                    self.take(path, line.split("#")[0].strip(), words)

    def take(self, path, line, words):
        if not line:
            return
        if line.split()[0] in words:
            statement, _, reason = line.partition(" -- ")
            if not reason:
                self.errors.append(f"{path}: no reason given: {line}")
            self.statements.append((path, statement.split(), reason.strip()))
            return
        where, arrow, targets = line.partition("->")
        file, *names = where.split()
        if not arrow or not names or not targets.split():
            self.errors.append(f"{path}: not FILE NAME... -> TARGET...: {line}")
        for name in names:
            self.targets[file, name] = targets.split()
            self.origin[file, name] = path


def statement_at(location):
    """(file, the text from file:line:column on, up to a semicolon)"""
    file, line, column = location.rsplit(":", 2)
    with open(file, encoding="utf-8") as source:
        return file, "".join(source.readlines()[int(line) - 1:int(line) + 9])[int(column) - 1:].split(";")[0]


def called_name(location):
    """(file, name) of the call at file:line:column: the name before the last parenthesis of a->b(c)->name(d). For
    an argument of a direct call gcc may give the place of the whole, f(a->name(b)); then it is the first member."""
    file, statement = statement_at(location)
    if pointed := re.match(r"\(?\*[^()]*?(\w+)\)\s*\(", statement):
        return file, pointed[1]
    text, inner = statement, re.compile(r"\(([^()]*)\)|\[[^\[\]]*\]")
    while inner.search(text):  # from the inside out, parentheses become a mark and brackets nothing
        text = inner.sub(lambda group: "@" if group[1] is not None else "", text)
    chain = re.match(r"(?:\w|@|->|\.|\s(?=\s*(?:->|\.|@)))*", text)[0]
    names = re.findall(r"(\w+)\s*@", chain)
    members = re.findall(r"(?:->|\.)\s*(\w+)\s*\(", statement)
    if members and "->" not in chain and "." not in chain:
        return file, members[0]
    return file, names[-1] if names else "?"


def read_ci(path, errors):
    """What the compiler reports about one file: {function: octets of its frame}, [(function, called function)],
    [(function, file:line:column of a call through a pointer)]"""
    frames, calls, indirect = {}, [], []
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
                    indirect.append((match[1], match[3]))
                else:
                    calls.append((match[1], match[2]))
    return frames, calls, indirect


def find(target, titles):
    """Those of the graph's names that a target means: as it is, or "file:name" of a static function, whose file may be
    left out; the name may be a pattern."""
    forms = target, "*:" + target, "*/" + target
    return [title for title in titles if any(fnmatchcase(title, form) for form in forms)]
