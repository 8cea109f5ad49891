# SPDX-License-Identifier: Apache-2.0
"""What people read in this tree: comments, messages, documents and help, as blocks of text with their line numbers."""
import io
import os
import re
import subprocess
import tokenize

LANGUAGE_OF_ITS_OWN = {"tools/mailseal/sheet/de.txt"}  # German, on purpose
DOCUMENT, HELP, COMMENT, MESSAGE = "document", "help", "comment", "message"

C_TOKEN = re.compile(r"/\*.*?\*/|//[^\n]*|\"(?:\\.|[^\"\\\n])*\"|'(?:\\.|[^'\\\n])*'", re.S)
COMMENT_EDGE = re.compile(r"^[ \t]*(?:/\*+|\*+/|\*+(?= |\t|$)|//+|#+!?|\.\\\"|<!--)[ \t]?|\*/\s*$|-->\s*$")
ESCAPE = re.compile(r"\\[nt]|(?<=\w)%[-0-9.*]*[hlz]*[sdu]")


class Block:
    """Consecutive lines that are read together; `at` gives the line of an offset in `text`."""

    def __init__(self, path, kind, lines):
        self.path, self.kind = path, kind
        self.starts, self.numbers, parts, length = [], [], [], 0
        for number, line in lines:
            line = line.strip()
            self.starts.append(length)
            self.numbers.append(number)
            parts.append(line)
            length += len(line) + 1
        self.text = " ".join(parts)

    def at(self, offset):
        found = self.numbers[0]
        for start, number in zip(self.starts, self.numbers):
            if start > offset:
                break
            found = number
        return found


def paragraphs(path, kind, lines):
    """Blocks of `lines` (number, text), split at empty ones."""
    held = []
    for number, line in lines:
        if line.strip():
            held.append((number, line))
        elif held:
            yield Block(path, kind, held)
            held = []
    if held:
        yield Block(path, kind, held)


def joined(tokens, text):
    """Tokens (kind, start, end), with neighbours of one kind that only white space parts taken together."""
    group = []
    for token in tokens:
        if group and (token[0] != group[-1][0] or text[group[-1][2]:token[1]].strip()):
            yield group
            group = []
        group.append(token)
    if group:
        yield group


def of_c(path, text):
    tokens = []
    for match in C_TOKEN.finditer(text):
        start = match.group()[0]
        line_start = text.rfind("\n", 0, match.start()) + 1
        if start == '"' and not text[line_start:match.start()].lstrip().startswith("#"):
            tokens.append((MESSAGE, match.start(), match.end()))
        elif start == "/":
            tokens.append((COMMENT, match.start(), match.end()))
    for group in joined(tokens, text):
        lines = []
        for kind, start, end in group:
            number = text.count("\n", 0, start) + 1
            raw = text[start:end]
            if kind == MESSAGE:
                for part in re.split(r"(?<=\\n)", raw[1:-1]):
                    lines.append((number, ESCAPE.sub(" ", part)))
                    if part == "\\n":
                        lines.append((number, ""))
            else:
                lines += [(number + i, COMMENT_EDGE.sub("", COMMENT_EDGE.sub("", one)))
                          for i, one in enumerate(raw.split("\n"))]
        yield from paragraphs(path, group[0][0], lines)


def of_python(path, text):
    rows = []
    for token in tokenize.generate_tokens(io.StringIO(text).readline):
        if token.type == tokenize.COMMENT:
            rows.append((COMMENT, token.start[0], COMMENT_EDGE.sub("", token.string)))
        elif token.type == tokenize.STRING:
            kind = COMMENT if token.string.lstrip("rbRB").startswith('"""') else MESSAGE
            rows += [(kind, token.start[0] + i, line.strip("\"' ")) for i, line in enumerate(token.string.split("\n"))]
    held = []
    for kind, number, line in rows:
        if held and (kind != held[-1][0] or number > held[-1][1] + 1):
            yield from paragraphs(path, held[0][0], [row[1:] for row in held])
            held = []
        held.append((kind, number, line))
    if held:
        yield from paragraphs(path, held[0][0], [row[1:] for row in held])


def of_script(path, text):
    """Shell, make and link scripts: comments in one piece, each other line alone, because it may hold a message."""
    held = []
    for number, line in enumerate(text.split("\n"), 1):
        if line.lstrip().startswith("#"):
            held.append((number, COMMENT_EDGE.sub("", line)))
            continue
        yield from paragraphs(path, COMMENT, held)
        held = []
        yield from paragraphs(path, MESSAGE, [(number, line)])
    yield from paragraphs(path, COMMENT, held)


def of_document(path, text):
    """Paragraphs; what stands in a fenced or indented block or between `` is no sentence of ours."""
    kind = HELP if re.search(r"\.[158]$", path) else DOCUMENT
    lines, fenced = [], False
    for number, line in enumerate(text.split("\n"), 1):
        if line.startswith("```"):
            fenced = not fenced
            line = ""
        if kind == HELP:
            line = re.sub(r"\\f[BIRP]|\\", "", re.sub(r"^\.\w+ ?", "", line))
        if fenced or (kind == DOCUMENT and line.startswith("    ")):
            line = ""
        if re.match(r"\s*(?:[-*|#]|\d+\.) ?", line):
            lines.append((number, ""))
        lines.append((number, re.sub(r"`[^`]*`", "`code`", COMMENT_EDGE.sub("", line))))
    return paragraphs(path, kind, lines)


def blocks_of(path):
    with open(path, encoding="utf-8", errors="replace") as source:
        text = source.read()
    if re.search(r"\.[chS]$", path):
        return of_c(path, text)
    if path.endswith(".py"):
        return of_python(path, text)
    if re.search(r"\.(md|[158]|txt)$", path):
        return of_document(path, text)
    return of_script(path, text)


def files():
    """Every file of the tree that holds prose: what git knows, or all of it outside of a checkout."""
    known = subprocess.run(["git", "ls-files", "-co", "--exclude-standard"], capture_output=True, text=True,
                           check=False)
    names = known.stdout.split("\n") if known.returncode == 0 else [
        os.path.relpath(os.path.join(folder, name)) for folder, _, found in os.walk(".") for name in found
        if not folder.startswith(("./build", "./.git"))]
    return sorted(name for name in names if os.path.isfile(name) and name not in LANGUAGE_OF_ITS_OWN and
                  not re.match(r"tests/(fuzz/seeds|vectors|transcripts|sim/seeds)/|tests/e2e/(data|cases)/", name) and
                  (re.search(r"\.(c|h|S|py|sh|mk|ld|md|1|5|8|cmake)$", name) or
                   re.search(r"^(Makefile|\.ci/run)$|sheet/en\.txt$", name)))
