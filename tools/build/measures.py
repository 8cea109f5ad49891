# SPDX-License-Identifier: Apache-2.0
"""Measure the sources, as a table in docs/architecture.md.

Usage: measures.py [--update | --check | --list] [FILE...]
Prints the table. --update writes it into docs/architecture.md, between its markers. --check fails where the table there
is off by more than 3 % and by more than one in its last digit (circles and touched files: at all). --list prints the
longest and the most complex functions, and the common runs of lines. With files, only those are measured.

How it counts. A part is all .c and .h files below engine/, port/ or tools/mailseal/. Comments, strings and preprocessor
lines are taken out first; a comment that spans lines leaves its line ends.

lines         all lines of the files
functions     definitions: a brace at the outermost level after a closing parenthesis
length        lines from where it begins (the return type) to the closing brace, both included
complexity    1, and 1 for each of: if for while case && || ?
p95           the value that 95 % of the functions do not exceed (nearest rank)
#if           lines with #if, #ifdef, #ifndef or #elif, except the guard of a header and #ifdef __cplusplus
comments      lines on which nothing but a comment stands, of all lines; the licence line is not counted
duplication   lines in runs of six or more that occur twice or more within the part, of the lines that are compared.
              Compared are lines of code without their indentation; blank lines, comments, #include and lines that
              consist of brackets and punctuation are left out, and a run does not go across files
folders       folders with sources in all parts and in board/, which include each other by #include "..."
floors        folders of the longest chain in which each includes the next
circles       groups of folders that include each other, directly or through others
files touched of a patch in tests/changes: new files and changed files of the product, and files of its tests
"""

import bisect
import collections
import glob
import os
import re
import sys

PARTS = {"engine": "engine", "port": "port", "tools": "tools/mailseal"}
RUN_MIN = 6
TOLERANCE = 0.03
DOCUMENT = "docs/architecture.md"
BEGIN, END = "<!-- measures: made by tools/build/measures.py -->", "<!-- measures: end -->"
CHANGES = {"config_key": "a configuration key", "tool_command": "a command of `mailseal`",
           "smtp_extension": "an SMTP extension", "board": "a board", "algorithm": "an algorithm",
           "net": "a second `net`"}

TOKEN = re.compile(r"""
    (?P<comment>/\*.*?\*/|//[^\n]*)
  | (?P<string>"(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*')
  | (?P<directive>^[ \t]*\#(?:\\\n|/\*.*?\*/|[^\n])*)
""", re.S | re.M | re.X)
DECISION = re.compile(r"\b(?:if|for|while|case)\b|&&|\|\||\?")
NAME = re.compile(r"([A-Za-z_]\w*)\s*\(")

Function = collections.namedtuple("Function", "name file line length complexity")


def sources(folder):
    return sorted(path for path in glob.glob(f"{folder}/**/*.[ch]", recursive=True))


def read(path):
    with open(path, encoding="utf-8") as f:
        return f.read()


def code_of(text):
    """The text without comments, strings and directives; every line is still a line."""
    def replace(match):
        lines = "\n" * match.group().count("\n")
        return '""' + lines if match.lastgroup == "string" else " " + lines
    return TOKEN.sub(replace, text)


def functions(path, code):
    """Each definition: the outermost braces that follow a closing parenthesis."""
    starts = [0] + [m.end() for m in re.finditer("\n", code)]
    depth = outer = 0
    name = began = opened = None
    for match in re.finditer(r"[{};()]", code):
        char, at = match.group(), match.start()
        if char == "{":
            if depth == 0:
                before = re.sub(r"__attribute__\s*\(\(.*?\)\)", "", code[outer:at]).rstrip()
                name = NAME.search(before) if before.endswith(")") else None
                began = at - len(code[outer:at].lstrip())
                opened = at
            depth += 1
        elif char == "}":
            depth -= 1
            if depth == 0:
                if name:
                    first, last = (bisect.bisect(starts, place) for place in (began, at))
                    yield Function(name.group(1), path, first, last - first + 1,
                                   1 + len(DECISION.findall(code, opened, at)))
                outer = at + 1
        elif char == ";" and depth == 0:
            outer = at + 1


def conditionals(path, text):
    kept = 0
    lines = [line for line in text.split("\n") if re.match(r"\s*#\s*(if|ifdef|ifndef|elif)\b", line)]
    for i, line in enumerate(lines):
        guard = i == 0 and path.endswith(".h") and re.match(r"#ifndef \w+_H$", line)
        kept += not guard and "__cplusplus" not in line
    return kept


def comment_lines(text, code):
    """Lines with a comment and nothing else."""
    directives = {text.count("\n", 0, m.start()) + i for m in TOKEN.finditer(text) if m.lastgroup == "directive"
                  for i in range(m.group().count("\n") + 1)}
    pairs = enumerate(zip(text.split("\n"), code.split("\n")))
    return sum(1 for i, (line, left) in pairs
               if line.strip() and not left.strip() and i not in directives and "SPDX" not in line)


def compared_lines(path, text):
    """(line number, text) of the lines that duplication compares; strings count, comments do not."""
    clean = TOKEN.sub(lambda m: "\n" * m.group().count("\n") if m.lastgroup == "comment" else m.group(), text)
    for number, line in enumerate(clean.split("\n"), 1):
        line = " ".join(line.split())
        if re.search(r"\w", line) and not line.startswith("#include"):
            yield path, number, line


def common_runs(files):
    """{(file, line)} in common runs; and how many lines were compared."""
    listed = [list(compared_lines(path, text)) for path, text in files]
    places = collections.defaultdict(list)
    for f, lines in enumerate(listed):
        for i in range(len(lines) - RUN_MIN + 1):
            places[tuple(line for _, _, line in lines[i:i + RUN_MIN])].append((f, i))
    common = set()
    for found in places.values():
        if len(found) > 1:
            common.update((f, i + k) for f, i in found for k in range(RUN_MIN))
    return {listed[f][i][:2] for f, i in common}, sum(map(len, listed))


def rank(values, share):
    values = sorted(values)
    return values[max(0, -(-len(values) * share // 100) - 1)]


def measure(paths):
    texts = [(path, read(path)) for path in paths]
    codes = {path: code_of(text) for path, text in texts}
    found = [f for path in paths for f in functions(path, codes[path])]
    lines = sum(text.count("\n") for _, text in texts)
    common, compared = common_runs(texts)
    lengths, complexities = [f.length for f in found], [f.complexity for f in found]
    row = {
        "lines": f"{lines:,}",
        "functions": f"{len(found):,}",
        "length: median": f"{rank(lengths, 50)}",
        "p95": f"{rank(lengths, 95)}",
        "longest": f"{max(lengths)}",
        "complexity: p95": f"{rank(complexities, 95)}",
        "max": f"{max(complexities)}",
        "#if per 1000 lines": f"{1000 * sum(conditionals(*t) for t in texts) / lines:.1f}",
        "comments %": f"{100 * sum(comment_lines(text, codes[path]) for path, text in texts) / lines:.1f}",
        "duplication %": f"{100 * len(common) / compared:.1f}",
    }
    return row, found, common


def folder_graph():
    graph = collections.defaultdict(set)
    for path in [p for folder in [*PARTS.values(), "board"] for p in sources(folder)]:
        folder = os.path.dirname(path)
        graph[folder].update(os.path.dirname(name) for name in re.findall(r'^#\s*include "([^"]+)"', read(path), re.M)
                             if os.path.exists(name))
        graph[folder].discard(folder)
    return {folder: {to for to in graph[folder] if to in graph} for folder in graph}


def circles(graph):
    """Groups of folders that reach each other."""
    def reached(start):
        seen, todo = set(), [start]
        while todo:
            for to in graph[todo.pop()] - seen:
                seen.add(to)
                todo.append(to)
        return seen
    reach = {folder: reached(folder) for folder in graph}
    return {frozenset(to for to in reach[folder] if folder in reach[to]) for folder in graph if folder in reach[folder]}


def floors(graph, folder, known):
    if folder not in known:
        known[folder] = 0  # a circle ends here
        known[folder] = 1 + max((floors(graph, to, known) for to in graph[folder]), default=0)
    return known[folder]


def touched(patch):
    """New and changed files of the product, and files of the tests."""
    new = changed = tests = 0
    for part in re.split(r"^diff --git ", read(patch), flags=re.M)[1:]:
        if part.split(" ", 1)[0].startswith("a/tests/"):
            tests += 1
        elif "\nnew file mode" in part:
            new += 1
        else:
            changed += 1
    return new, changed, tests


def table(head, rows):
    return "\n".join("| " + " | ".join(cells) + " |"
                     for cells in [head, ["---"] + ["--:"] * (len(head) - 1), *rows]) + "\n"


def document():
    rows = {part: measure(sources(folder))[0] for part, folder in PARTS.items()}
    graph = folder_graph()
    known = {}
    patches = {name: touched(f"tests/changes/{name}.patch") for name in CHANGES
               if os.path.exists(f"tests/changes/{name}.patch")}
    return (table(["", *next(iter(rows.values()))], [[part, *row.values()] for part, row in rows.items()]) + "\n" +
            f"{len(graph)} folders on {max(floors(graph, f, known) for f in graph)} floors; circles of folders: "
            f"{len(circles(graph))}.\n\n" +
            table(["to add", "new files", "changed files", "and of tests"],
                  [[CHANGES[name], *map(str, counts)] for name, counts in patches.items()]))


def split(text):
    """What stands before, between and after the markers."""
    before, _, rest = text.partition(BEGIN + "\n")
    between, _, after = rest.partition(END + "\n")
    if not rest or END not in text:
        sys.exit(f"{DOCUMENT}: the markers are missing: {BEGIN} and {END}")
    return before, between.strip("\n") + "\n", after


def cells(text):
    return [cell.strip() for cell in re.split(r"[|\n;:]|(?<=\d) (?=folders|floors)", text) if cell.strip()]


def is_near(old, new):
    if old == new:
        return True
    try:
        old, new = (value.replace(",", "") for value in (old, new))
        unit = 10.0 ** -len(new.partition(".")[2])
        return abs(float(old) - float(new)) <= max(unit, TOLERANCE * float(new)) + 1e-9
    except ValueError:
        return False


def check():
    old, new = split(read(DOCUMENT))[1], document()
    exact = old.index("folders on") if "folders on" in old else 0
    old_cells, new_cells = cells(old[:exact]), cells(new[:new.index("folders on")])
    good = len(old_cells) == len(new_cells) and all(map(is_near, old_cells, new_cells))
    good = good and old[exact:] == new[new.index("folders on"):]
    if not good:
        sys.exit(f"{DOCUMENT}: the table of measures is old; make measures UPDATE=1. It would be:\n{new}")


def listed(paths):
    _, found, common = measure(paths)
    for what in ("length", "complexity"):
        print(f"{what}:")
        for f in sorted(found, key=lambda f: -getattr(f, what))[:12]:
            print(f"  {getattr(f, what):4} {f.file}:{f.line} {f.name}")
    print("common lines:")
    for path, count in collections.Counter(path for path, _ in common).most_common(12):
        numbers = sorted(line for p, line in common if p == path)
        print(f"  {count:4} {path}:{numbers[0]}...{numbers[-1]}")


def main():
    options = [a for a in sys.argv[1:] if a.startswith("--")]
    paths = [a for a in sys.argv[1:] if not a.startswith("--")]
    if options == ["--check"]:
        check()
    elif options == ["--update"]:
        before, _, after = split(read(DOCUMENT))
        with open(DOCUMENT, "w", encoding="utf-8") as f:
            f.write(f"{before}{BEGIN}\n\n{document()}\n{END}\n{after}")
    elif options == ["--list"]:
        for folder in PARTS.values() if not paths else [None]:
            listed(paths or sources(folder))
    elif options:
        sys.exit(__doc__)
    elif paths:
        print(table(["", *measure(paths)[0]], [["", *measure(paths)[0].values()]]))
    else:
        print(document(), end="")


main()
