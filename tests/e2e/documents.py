# SPDX-License-Identifier: Apache-2.0
"""What the documents show exists and works. See documents.sh.

A block of a document is a configuration, commands, a C program or a drawing; a block that is none of these has failed.
Configurations go through "mailseal check". Each command of ours must exist with its options; those that need no network
are run. The targets of make must exist. Programs of others are known by their names, and the shell must be able to read
their lines."""

import functools
import glob
import os
import re
import shlex
import shutil
import subprocess
import sys

import tally
from documents_run import World
from program import BUILD, SEAL
from tally import check

DOCUMENTS = sorted(["README.md", "CHANGELOG.md", "CONTRIBUTING.md", "SECURITY.md", *glob.glob("docs/*.md")])
PAGES = sorted(glob.glob("docs/*.[1-9]") + glob.glob("docs/man/*.[1-9]"))
SEALD = f"{BUILD}/mailseald"
# Programs of others. Their options are not checked.
OTHERS = set("""cd chmod chown cp git ip journalctl openssl qemu-system-arm sf sudoedit systemctl useradd base64
    python3 bash sh unshare clang-format cc arm-none-eabi-gcc""".split())
# Their blocks are run by another suite.
ELSEWHERE = {"docs/porting.md": "tests/e2e/porting.sh"}
VARIABLES = set("""ARM BOARD BOARDS BUILD CC COUNT DESTDIR FUZZ_S LONG LWIP_DIR MBEDTLS_DIR ONCE PORT PREFIX SEED
    SINK_PORT SYSCONFDIR UPDATE""".split())
FENCED = re.compile(r"^```(\w*)\n(.*?)^```$", re.S | re.M)


class Block:
    """A block of a document, without its indentation."""

    def __init__(self, document, line, kind, text):
        self.where, self.kind, self.text = f"{document}:{line}", kind, text


def indented_blocks(document, text):
    """A block follows an empty line or a comment; what continues an item of a list is indented less."""
    lines, start = [*text.split("\n"), ""], None
    for i, line in enumerate(lines):
        inside = line.startswith("    ") or (start is not None and not line and lines[i + 1:i + 2] and
                                             lines[i + 1].startswith("    "))
        if inside and start is None and i > 0 and (not lines[i - 1] or lines[i - 1].startswith("<!--")):
            start = i
        elif not inside and start is not None:
            yield Block(document, start + 1, "", "\n".join(each[4:] for each in lines[start:i]))
            start = None


def blocks_of(document, text):
    """Fenced blocks, and what is indented outside of them."""
    found = [Block(document, text[:m.start()].count("\n") + 1, m[1], m[2]) for m in FENCED.finditer(text)]
    outside = FENCED.sub(lambda m: "\n" * m[0].count("\n"), text)
    return found + list(indented_blocks(document, outside))


def lines_of(block):
    """Its lines that are not empty; the shell joins those that end with a backslash."""
    return [line for line in re.sub(r"\\\n\s*", "", block.text).split("\n") if line.strip()]


def kind_of(block):
    """configuration, commands, c, drawing, or None."""
    lines = lines_of(block)
    if block.kind == "c":
        return "c"
    if re.search("[─▶═│]", block.text):
        return "drawing"
    if lines and re.match(r"\[(gateway|next-hop|client \S+|domain \S+)\]$", lines[0]):
        return "configuration"
    if lines and all(first_word(line) for line in lines) and block.kind in ("", "sh"):
        return "commands"
    return None


# --- commands ---------------------------------------------------------------------------------------------------------

def words_of(text):
    """The words of a command line, up to "#" or to a column of remarks. None: the shell cannot read it."""
    try:
        return shlex.split(re.sub(r"\s+#\s.*|\s{3,}.*", "", text.strip()))
    except ValueError:
        return None


def commands_of(line):
    """The commands between pipes and &&, without sudo, redirections and variables of the environment."""
    commands = [[]]
    words = iter(words_of(line) or [])
    for word in words:
        if word in ("|", "&&", ";"):
            commands.append([])
        elif word in ("<", ">", "2>"):
            next(words, None)
        else:
            commands[-1].append(word)
    return [without_prefix(command) for command in commands]


def without_prefix(command):
    if command[:2] == ["sudo", "-u"]:
        return command[3:]
    while command and (command[0] == "sudo" or re.match("[A-Z_]+=", command[0])):
        command = command[1:]
    return command


def first_word(line):
    """The program of a line, if the tests know it."""
    commands = commands_of(line)
    program = commands[0][0] if commands[0] else ""
    return program if program in OTHERS | {"mailseal", "mailseald", "make"} or os.path.isfile(program) else None


@functools.cache
def help_of(program, words):
    """(name of the command, its help), or None."""
    if program == "mailseald":
        return "mailseald", subprocess.run([SEALD, "--help"], capture_output=True, text=True, check=False).stdout
    for count in (2, 1):
        name = words[:count]
        found = subprocess.run([SEAL, "help", *name], capture_output=True, text=True, check=False)
        if name and found.returncode == 0 and found.stdout.startswith(f"usage: mailseal {' '.join(name)}"):
            return " ".join(name), found.stdout
    return None


def has_option(text, option):
    return re.search(rf"(^|[ ,\[(|]){re.escape(option)}($|[ ,=\[\])|])", text, re.M) is not None


def check_options(where, program, words):
    """The command exists, with the options that it is given."""
    if words[:1] == ["help"] or not words:
        return True
    found = help_of(program, tuple(words[:2]))
    if not check(found, f"{where}: no such command", f"{program} {' '.join(words)}"):
        return False
    name, text = found
    options = [word.split("=")[0] for word in words if re.match(r"-[a-z]$|--[a-z]", word)]
    wrong = [option for option in options if not has_option(text, option)]
    return check(not wrong, f"{where}: {name} has no option {' '.join(wrong)}")


def check_make(where, words):
    with open("Makefile", encoding="utf-8") as makefile, open("board/boards.mk", encoding="utf-8") as boards:
        rules = makefile.read() + boards.read()
    boards = [os.path.basename(os.path.dirname(path)) for path in glob.glob("board/*/board.mk")]
    known = {"BOARD", *boards, *" ".join(re.findall(r"^([a-z][a-z0-9 -]*):", rules, re.M)).split()}
    known |= {f"build/{board}/lib{name}.a" for board in boards for name in ("engine", "mbedtls")}
    known |= {f"check-{name}" for line in re.findall(r"^CHECKS := (.*)", rules, re.M) for name in line.split()}
    for word in words:
        name = word.split("=")[0]
        good = name in VARIABLES if "=" in word else word in known or word.startswith("-")
        check(good, f"{where}: make has no {word}")


def check_line(where, line, world):
    """One command line of a document."""
    check(words_of(line) is not None and subprocess.run(["bash", "-n", "-c", line], capture_output=True,
                                                        check=False).returncode == 0,
          f"{where}: the shell cannot read it", line)
    for command in commands_of(line):
        program, words = (command or [""])[0], command[1:]
        if program in ("mailseal", "mailseald"):
            if check_options(where, program, words) and program == "mailseal" and world:
                world.run(where, line, words)
        elif program == "make":
            check_make(where, words)
        else:
            check(program in OTHERS or os.path.isfile(program), f"{where}: {program} is no program that the tests know",
                  line)


def check_inline(document, text, _world):
    """Commands between backquotes: they must exist, with their options."""
    for m in re.finditer(r"`((?:mailseald?|make) [^`]+)`", FENCED.sub("", text)):
        line = re.sub(r"\s+", " ", m[1])
        check_line(f"{document}: {line}", line, None)


# --- links ------------------------------------------------------------------------------------------------------------

def anchors_of(path):
    with open(path, encoding="utf-8") as f:
        headings = re.findall(r"^#+ (.*)$", FENCED.sub("", f.read()), re.M)
    return {re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-") for heading in headings}


def check_links(document, text, _world):
    for target in re.findall(r"\]\(([^)\s]+)\)", FENCED.sub("", text)):
        if re.match("[a-z]+:", target):
            continue
        path, _, anchor = target.partition("#")
        path = os.path.normpath(os.path.join(os.path.dirname(document), path)) if path else document
        if check(os.path.exists(path), f"{document}: the link leads nowhere", target) and anchor:
            check(anchor in anchors_of(path), f"{document}: no heading is called so", target)


# --- everything -------------------------------------------------------------------------------------------------------

def check_blocks(document, text, world):
    programs, compilers = [], []
    if document in ELSEWHERE and os.path.exists(ELSEWHERE[document]):
        return
    for block in blocks_of(document, text):
        kind = kind_of(block)
        if kind == "commands":
            for line in lines_of(block):
                check_line(f"{block.where}", line, world)
                if first_word(line) in ("cc", "arm-none-eabi-gcc"):
                    compilers.append(line)
        elif kind == "configuration":
            world.check_configuration(block.where, block.text)
        elif kind == "c":
            programs.append(block.text)
        else:
            check(kind == "drawing", f"{block.where}: nothing handles this block", block.text)
    if programs:
        world.check_program(document, programs, compilers)


def check_document(document, text, world):
    for part in check_blocks, check_inline, check_links:
        part(document, text, world)


def test_documents(world):
    for document in DOCUMENTS:
        if os.path.exists(document):
            with open(document, encoding="utf-8") as f:
                check_document(document, f.read(), world)


def test_changed(_world):
    """What "mailseal check" names as changed is what the document lists, and the other way round."""
    with open("tools/mailseal/checks/changed.c", encoding="utf-8") as f:
        named = set(re.findall(r'^\t\{ "([\w-]+)", "', f.read(), re.M))
    with open("docs/from-0.1.0.md", encoding="utf-8") as f:
        listed = set(re.findall(r"^\| `([\w-]+) =", f.read(), re.M))
    check(named and named == listed, "changed keys in the document and in check", (named, listed))


def test_examples(world):
    for path in sorted(glob.glob("docs/examples/*.conf")):
        with open(path, encoding="utf-8") as f:
            world.check_configuration(path, f.read())
    for path in sorted(glob.glob("docs/examples/*.service")):
        world.check_unit(path)


def test_pages(_world):
    """groff finds nothing to complain about; the daemon's page has its options; the tool's page is up to date."""
    for page in PAGES:
        done = subprocess.run(["groff", "-man", "-ww", "-z", page], capture_output=True, text=True, check=False)
        check(done.returncode == 0 and not done.stderr, f"{page}: groff", done.stderr)
    help_text = subprocess.run([SEALD, "--help"], capture_output=True, text=True, check=False).stdout
    with open("docs/man/mailseald.8", encoding="utf-8") as f:
        page = f.read().replace("\\-", "-")
    for option in sorted(set(re.findall(r"(?<=[ ,])--[a-z-]+", help_text))):
        check(re.search(rf"{option}\b", page), f"mailseald.8 has {option}")
    for code, _ in re.findall(r"\b(\d) ([a-z])", help_text.partition("Exit codes:")[2]):
        check(f"\n.TP\n{code}\n" in page, f"mailseald.8 has exit code {code}")


def test_manual(world):
    """make man would change nothing."""
    page = shutil.copy("docs/man/mailseal.1", world.folder)
    subprocess.run(["tools/build/man.sh", SEAL, page], check=True)
    check(subprocess.run(["cmp", page, "docs/man/mailseal.1"], check=False).returncode == 0,
          "docs/man/mailseal.1 is older than the help; run: make man")


PLANTED = {
    "an option that does not exist": "\n    mailseal key list --dsn\n",
    "a command that does not exist": "\n    mailseal key lisst\n",
    "an option of the daemon": "\n    mailseald -c gateway.conf --taps x\n",
    "a command that fails": "\n    mailseal check missing.conf\n",
    "an option within a sentence": "\nRun `mailseal verify example.com --wit` now.\n",
    "a target that does not exist": "\n    make runn\n",
    "an unknown program": "\n    frobnicate --now\n",
    "a block of nothing": "\n    key: value\n",
    "a key that does not exist": "\n    [gateway]\n    hostname = a.example\n    next-hop = b.example\n    nexthop = c",
    "a link that leads nowhere": "\n[here](docs/missing.md)\n",
    "a heading that does not exist": "\n[here](README.md#missing)\n",
    "a program that does not compile": "\n```c\nint main(void) { return undeclared; }\n```\n",
}


def test_planted(world):
    """Each of these is found."""
    for name, text in PLANTED.items():
        before, shown = (tally.passed, tally.failed), sys.stdout
        with open(os.devnull, "w", encoding="utf-8") as sys.stdout:
            check_document("README.md", text, world)
        sys.stdout = shown
        found = tally.failed > before[1]
        tally.passed, tally.failed = before
        check(found, f"planted, and not found: {name}")


def main():
    world = World()
    tests = {"documents": test_documents, "changed": test_changed, "examples": test_examples, "pages": test_pages,
             "manual": test_manual, "planted": test_planted}
    for name, test in tally.chosen(tests):
        with tally.part(name):
            test(world)
    check(len(sys.argv) > 1 or world.num_run >= 30, "thirty commands and configurations were run", world.num_run)
    tally.end()


main()
