# SPDX-License-Identifier: Apache-2.0
"""Usage: check_porting.py -- docs/porting.md explains every variable of the boards: those of board.mk with the sizes in
DEFINES_, those of board/boards.mk, the names in link.ld, and the members of struct seal_board. A name is explained when
it stands in backticks in the first cell of a table's row. A name of these kinds that is explained and no longer exists
is wrong too."""

import glob
import os
import re
import sys

GUIDE = "docs/porting.md"
ASSIGNED = re.compile(r"(?m)^(?:[^\t#\n]*: )?([A-Z][A-Z0-9_]*)(_\$1)?\s*[:+?]?=")


def read(path):
    with open(path) as f:
        return f.read()


def rows():
    """Names in the first cells."""
    cells = re.findall(r"(?m)^\| ((?:[^|`]|`[^`]*`)*) \|", read(GUIDE))
    return {name for cell in cells for name in re.findall(r"`([^`]+)`", cell)}


def of_board(board):
    """(file, name) of all that a board sets."""
    path = f"board/{board}/board.mk"
    text = read(path)
    for name in re.findall(r"(?m)^(\w[\w-]*)\s*[:+?]?=", text):
        ours = name.endswith(f"_{board}")
        yield path, name.removesuffix(board) if ours else name
    for name in re.findall(r"-D(\w+)", text):
        yield path, name
    path = f"board/{board}/link.ld"
    text = read(path)
    for name in re.findall(r"(?m)^\s*(\w+)\s*(?:\(\w+\)\s*:\s*ORIGIN\b|=[^=])", text):
        yield path, name
    for name in re.findall(r'REGION_ALIAS\("(\w+)"', text):
        yield path, name


def of_all():
    for name, each in ASSIGNED.findall(read("board/boards.mk")):
        yield "board/boards.mk", f"{name}_BOARD" if each else name
    members = re.search(r"(?s)\nstruct seal_board \{\n(.*?)\n\};", read("port/cortexm/board.h")).group(1)
    for pointer, name in re.findall(r"(?m)^\t[^/\n]*?(?:\(\*(\w+)\)\([^;]*\)|(\w+));", members):
        yield "port/cortexm/board.h", pointer or name


def main():
    if not os.path.isdir("board"):
        return
    found = list(of_all())
    for path in sorted(glob.glob("board/*/board.mk")):
        found += of_board(path.split("/")[1])
    known = rows()
    missing = [f"{path}: {GUIDE} does not explain {name}" for path, name in found if name not in known]
    names = {name for _, name in found}
    stale = [f"{GUIDE}: explains {name}, which no board sets" for name in sorted(known - names)
             if re.fullmatch(r"SEAL_\w+|seal_ld_\w+|[A-Z][A-Z_]*_(BOARD)?", name)]
    print("\n".join(dict.fromkeys(missing + stale)), end="\n" if missing or stale else "")
    sys.exit(bool(missing or stale))


main()
