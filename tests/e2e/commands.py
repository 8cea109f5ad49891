# SPDX-License-Identifier: Apache-2.0
"""What holds for every command of mailseal, and completion in real shells (see commands.sh)."""
import json
import os
import pty
import re
import select
import socket
import subprocess
import time

import program
import tally
from program import SEAL, run
from tally import check

WORK = program.new_folder()
PAGE = open("docs/man/mailseal.1", encoding="utf-8").read().replace("\\-", "-")


def commands():
    """Their names, as help lists them."""
    return re.findall(r"^  ([a-z]+(?: [a-z]+)?)  +[A-Z]", run("help")[1], re.M)


COMMANDS = commands()


def help_of(name):
    return run("help", *name.split())[1]


def rows(name):
    """(option or argument, its text) of the lines in help that begin with two blanks."""
    found, part = [], help_of(name).partition("\n\n  mailseal ")[0]
    for line in part.split("\n"):
        row = re.match(r"  ((?:-\w, )?--[a-z-]+|[A-Z][\w.|]*)(.*)$", line)
        if row:
            found.append([row[1].split(", ")[-1], re.split(r"  +", row[2] + "  ", 1)[1].strip()])
        elif found and line.startswith(" " * 21):
            found[-1][1] += " " + line.strip()
    return found


def seal(*arguments):
    return subprocess.run([SEAL, *arguments], capture_output=True, text=True, check=False, cwd=WORK,
                          stdin=subprocess.DEVNULL)


def test_help():
    check(len(COMMANDS) > 25, "commands", COMMANDS)
    for name in COMMANDS:
        for option, text in rows(name):
            check(len(text) > 5, f"{name} {option} is explained", text)
            if option.startswith("--"):
                check(option in PAGE.partition(f"\n.SS {name}\n")[2].partition("\n.SS ")[0],
                      f"{name} {option} is in the manual page")
        usage = help_of(name).partition("\n\n")[0]
        check(usage.startswith(f"usage: mailseal {name}"), f"usage of {name}", usage)
        check(all(len(line) <= 100 for line in help_of(name).split("\n")), f"{name}: lines of help")
        code, out, _ = run("help", "--json", *name.split())
        check((code == 0) == ("--json" in [option for option, _ in rows(name)]), f"help --json {name}", out)


def test_json_on_failure():
    """A document for every command that has --json: of a wrong option, and of a file that does not exist."""
    for name in COMMANDS:
        if "--json" not in help_of(name):
            continue
        for wrong in (["--bogus", "--json"], ["--json", "-c"], ["--json", "-Z"]):
            done = seal(*name.split(), *wrong)
            try:
                document = json.loads(done.stdout)
            except ValueError:
                document = {}
            check(done.returncode == 2 and document.get("format") == 1 and document.get("errors") and
                  document.get("warnings") == [] and document.get("notes") == [], f"{name} {wrong}", done)
            check(f"mailseal {name}: {document.get('errors', [''])[0]}" in done.stderr, f"{name} {wrong}: stderr", done)
    done = seal("frobnicate", "--json")
    check(done.returncode == 2 and json.loads(done.stdout)["errors"], "an unknown command", done)


def test_json_without_configuration():
    """The same where the command itself fails, because its configuration does not exist."""
    for name in COMMANDS:
        if "--json" not in help_of(name) or "-c, --config CONF" not in help_of(name):
            continue
        asks_dns = name not in ARGUMENTS or "--server" in ARGUMENTS[name]
        done = seal(*arguments_of(name), "-c", "nowhere.conf", "--json")
        document = json.loads(done.stdout)
        named = done.returncode == 5 and "nowhere.conf" in document["errors"][0]
        check(document["format"] == 1 and (asks_dns or named), f"{name} -c nowhere.conf", done)


def test_json_without_dns():
    """Where no name server answers, the exit code is 5 and the document has an error."""
    for name in ("verify", "spf check", "dmarc check", "dmarc next", "doctor"):
        done = seal(*name.split(), "example.com", "--server", "127.0.0.1:1", "--timeout", "1", "--json")
        check(done.returncode == 5 and json.loads(done.stdout)["errors"], f"{name} without DNS", done)


def test_suggestions():
    for wrong, meant in ((["statsu"], "status"), (["kye", "list"], "key list"), (["spf", "marge"], "merge"),
                         (["dmarc", "nxt"], "next"), (["verify", "--selctor", "x"], "--selector"),
                         (["spf", "new", "--ofline"], "--offline"), (["completion", "bsh"], "bash")):
        done = seal(*wrong)
        check(done.returncode == 2 and f"did you mean {meant}?" in done.stderr, f"meant {meant}", done)
    for wrong in (["xyzzy"], ["verify", "--qqqq"]):
        check("did you mean" not in seal(*wrong).stderr, f"nothing is near {wrong}")
    done = seal("verify", "example.com", "--se", "x")
    check(done.returncode == 2 and "ambiguous: --selector --sends-from --server" in done.stderr, "ambiguous", done)
    done = seal("spf", "check", "--rec=v=spf1 -all", "--off", "--js")
    check(done.returncode == 0 and json.loads(done.stdout)["ok"], "the beginning of a name is enough", done)
    done = seal("spf", "check", "--json=yes", "example.com")
    check(done.returncode == 2 and "--json takes no value" in done.stderr, "a value for a flag", done)
    done = seal("spf", "check", "--json", "--", "--offline")
    check("--offline" in json.loads(done.stdout)["errors"][0], "after -- there are only arguments", done)


# What each command needs besides --config, so that it looks into the configuration and changes nothing.
ARGUMENTS = {
    "domain list": [], "domain remove": ["example.com", "--dry-run"], "domain add": ["second.example", "--dry-run"],
    "key list": [], "key next": ["example.com", "--dry-run"], "key approve": ["example.com", "s1", "--dry-run"],
    "key adopt": ["log", "--dry-run"], "key revoke": ["example.com", "s1", "--dry-run"], "sign": [], "report": ["log"],
    "image": ["-o", "x.img", "--dry-run"], "bundle": ["-o", "x.tar.gz", "--dry-run"],
    "handover": ["example.com", "--dry-run", "--format", "text"],
    "spf check": ["--record", "v=spf1 -all", "--offline", "--sends-from", "next-hop"],
    "spf new": ["example.com", "--offline"], "check": [], "doctor": ["log", "--server", "127.0.0.1:1"],
    "verify": ["example.com", "--sends-from", "next-hop", "--server", "127.0.0.1:1", "--timeout", "1"],
}
# Here it makes a difference only with mail that was signed: see reports.py and doctor.py.
ONLY_WITH_MAIL = ("report", "doctor")


def arguments_of(name):
    return [*name.split(), *ARGUMENTS.get(name, ["example.com", "--server", "127.0.0.1:1", "--timeout", "1"])]


def test_default_configuration():
    """-c means gateway.conf in every command that has it, whether it is needed or used if it exists: the command does
    the same as with -c gateway.conf, and something else where there is no such file."""
    with_config = [name for name in COMMANDS if "-c, --config CONF" in help_of(name)]
    check(len(with_config) > 10, "commands with --config", with_config)
    for name in with_config:
        if "default: gateway.conf" not in " ".join(dict(rows(name))["--config"].split()).lower():
            check(False, f"{name}: the default of --config", rows(name))
        results = []
        for config, more in (("good", []), ("good", ["-c", "gateway.conf"]), ("none", [])):
            if config == "none":
                os.rename(os.path.join(WORK, "gateway.conf"), os.path.join(WORK, "away.conf"))
            done = seal(*arguments_of(name), *more)
            if config == "none":
                os.rename(os.path.join(WORK, "away.conf"), os.path.join(WORK, "gateway.conf"))
            results.append((done.returncode, re.sub(r"\d+ s\b", "", done.stdout), done.stderr))
        check(results[0] == results[1] and (name in ONLY_WITH_MAIL or results[0] != results[2]),
              f"{name}: the default file", results)


class Silent:
    """A name server that does not answer."""

    def __init__(self):
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.bind(("127.0.0.1", 0))
        self.address = "127.0.0.1:%d" % self.socket.getsockname()[1]


def on_terminal(*arguments):
    """What a command writes to standard error, if that is a terminal."""
    ours, theirs = pty.openpty()
    done = subprocess.run([SEAL, *arguments], cwd=WORK, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                          stderr=theirs, check=False, timeout=tally.HUNG_S)
    os.close(theirs)
    text = b""
    while select.select([ours], [], [], 0)[0]:
        try:
            text += os.read(ours, 65536)
        except OSError:
            break
    os.close(ours)
    return done.returncode, text.decode()


def test_progress():
    server = Silent()
    question = ["spf", "check", "example.com", "--server", server.address, "--timeout", "2"]
    asking = f"asking {server.address} for example.com"
    code, text = on_terminal(*question)
    check(code == 5 and "\r\x1b[K" in text.rpartition(asking)[2], "a wait is shown, and removed", text)
    check(asking not in seal(*question).stderr, "not without a terminal")
    code, text = on_terminal("spf", "check", "--record", "v=spf1 -all", "--offline")
    check((code, text) == (0, ""), "nothing is shown of what takes no time", text)


# --- shells ----------------------------------------------------------------------------------------------------------

CASES = [
    ("mailseal spf ch", "mailseal spf check "),
    ("mailseal versio", "mailseal version "),
    ("mailseal help dmarc ch", "mailseal help dmarc check "),
    ("mailseal spf new --ad", "mailseal spf new --add "),
    ("mailseal spf new --offl", "mailseal spf new --offline "),
    ("mailseal help config pati", "mailseal help config patience "),
    ("mailseal domain add a.example --from-client prin", "mailseal domain add a.example --from-client printers "),
    ("mailseal completion fi", "mailseal completion fish "),
    ("mailseal verify exa", "mailseal verify example.com "),
    ("mailseal verify -c oth", "mailseal verify -c other.conf "),
    ("mailseal verify -c other.conf sec", "mailseal verify -c other.conf second.example "),
    ("mailseal verify --json exa", "mailseal verify --json example.com "),
]


class Shell:
    """An interactive shell on a terminal."""

    def __init__(self, arguments, settings):
        self.pid, self.fd = pty.fork()
        if self.pid == 0:
            os.chdir(WORK)
            os.execvpe(arguments[0], arguments, {"PATH": f"{os.path.dirname(SEAL)}:{os.environ['PATH']}",
                                                 "TERM": "dumb", "HOME": WORK, "LC_ALL": "C.UTF-8"})
        self.text = ""
        for line in settings:
            self.send(line + "\n")
        self.send("echo re''ady\n")
        self.until("ready")

    def send(self, text):
        os.write(self.fd, text.encode())

    def until(self, wanted):
        end = time.monotonic() + tally.HUNG_S
        while wanted not in self.text and time.monotonic() < end:
            if not select.select([self.fd], [], [], 1)[0]:
                continue
            try:
                self.text += os.read(self.fd, 65536).decode(errors="replace")
            except OSError:
                break
        before, _, self.text = self.text.partition(wanted)
        return before

    def line(self, typed):
        """The program's place is taken by a function that prints its arguments."""
        self.send(typed + "\t.\n")
        self.until("<")
        return self.until(">")

    def close(self):
        os.close(self.fd)
        os.waitpid(self.pid, 0)


def lines_of(name, arguments, settings):
    """Each case in a terminal; "." is typed after the tabulator, so that a blank shows."""
    with open(os.path.join(WORK, "completion"), "w", encoding="utf-8") as file:
        file.write(run("completion", name)[1])
    shell = Shell(arguments, settings)
    for typed, wanted in CASES:
        got = shell.line(typed)
        check(got == wanted.replace("mailseal ", "", 1) + ".", f"{name}: {typed}", f"{got!r}, not {wanted!r}")
    shell.close()


def test_bash():
    lines_of("bash", ["bash", "--norc", "-i"],
             ["mailseal() { printf '<%s>\\n' \"$*\"; }", "PS1=", "bind 'set bell-style none'", ". ./completion"])


def test_zsh():
    lines_of("zsh", ["zsh", "-f", "-i"],
             ["unsetopt prompt_sp zle_bracketed_paste", "PS1=", "autoload -U compinit; compinit -u -D",
              "mailseal() { printf '<%s>\\n' \"$*\"; }", ". ./completion"])


def test_fish():
    with open(os.path.join(WORK, "completion"), "w", encoding="utf-8") as file:
        file.write(run("completion", "fish")[1])
    for typed, wanted in CASES:
        done = subprocess.run(["fish", "--no-config", "-c", f". ./completion; complete -C '{typed}'"], cwd=WORK,
                              capture_output=True, text=True, check=False,
                              env={**os.environ, "HOME": WORK, "PATH": f"{os.path.dirname(SEAL)}:{os.environ['PATH']}"})
        words = [line.partition("\t")[0] for line in done.stdout.splitlines()]
        check(words and all((typed.rpartition(" ")[0] + " " + word).startswith(wanted.strip()) for word in words),
              f"fish: {typed}", (words, done.stderr))


def test_completion_runs_nothing():
    """Names in a configuration are never expanded; those that are no domain names are not offered."""
    for name in ("$(touch${IFS}ran)", "`touch${IFS}ran`", "*", "good.example"):
        with open(os.path.join(WORK, "evil.conf"), "a", encoding="utf-8") as file:
            file.write(f"[domain {name}]\n")
    ran = os.path.join(WORK, "ran")
    call = ("set -- mailseal handover -c evil.conf ''; COMP_WORDS=(\"$@\"); COMP_CWORD=4; _mailseal; "
            "printf '%s\\n' \"${COMPREPLY[@]}\"")
    scripts = {"bash": ["bash", "-c", f". ./completion; {call}"],
               "zsh": ["zsh", "-f", "-c", "compdef() { :; }; compadd() { shift; print -l -- $@; }; _files() { :; }; "
                       ". ./completion; words=(mailseal handover -c evil.conf ''); CURRENT=5; _mailseal"],
               "fish": ["fish", "--no-config", "-c",
                        ". ./completion; complete -C 'mailseal handover -c evil.conf '"]}
    for name, script in scripts.items():
        with open(os.path.join(WORK, "completion"), "w", encoding="utf-8") as file:
            file.write(run("completion", name)[1])
        done = subprocess.run(script, cwd=WORK, capture_output=True, text=True, check=False,
                              env={**os.environ, "HOME": WORK})
        words = [word.partition("\t")[0] for word in done.stdout.splitlines()]
        check(not os.path.exists(ran), f"{name}: a name in the configuration is run as a command", done)
        check(words == ["good.example"], f"{name}: only names of domains are offered", done)
        if os.path.exists(ran):
            os.remove(ran)


def test_every_option_completes():
    """Each option that help names, in the words that bash gets."""
    with open(os.path.join(WORK, "completion"), "w", encoding="utf-8") as file:
        file.write(run("completion", "bash")[1])
    for name in COMMANDS:
        done = subprocess.run(["bash", "-c", f". ./completion; _mailseal_words {name}"], cwd=WORK, capture_output=True,
                              text=True, check=False)
        missing = [option for option, _ in rows(name) if option.startswith("--") and option not in done.stdout.split()]
        check(not missing, f"{name}: options that do not complete", missing)


def main():
    for name, domain in (("gateway.conf", "example.com"), ("other.conf", "second.example")):
        with open(os.path.join(WORK, name), "w", encoding="utf-8") as file:
            file.write("[gateway]\nhostname = gw.example.com\nnext-hop = 192.0.2.1\n"
                       f"[client printers]\nnetwork = 127.0.0.1\nfrom = {domain}\n[domain {domain}]\nunsigned = pass\n")
    with open(os.path.join(WORK, "log"), "w", encoding="utf-8") as file:
        file.write("nothing\n")
    tests = {name[5:]: test for name, test in globals().items() if name.startswith("test_")}
    for _, test in tally.chosen(tests):
        test()
    tally.end()


main()
