# SPDX-License-Identifier: Apache-2.0
"""Usage: terminal.py MAILSEAL FIRST SECOND -- "mailseal password" at a terminal: what it shows, and whether the echo is
back at the end. FIRST is "interrupt" for Ctrl-C. The exit code is that of mailseal."""

import os
import pty
import signal
import sys
import termios

program, first, second = sys.argv[1:]
signal.alarm(60)  # a prompt that never comes ends this
pid, fd = pty.fork()
if pid == 0:
    os.execv(program, [program, "password", "--user", "joe", "--rounds", "1000"])
shown = b""


def wait_for(text):
    global shown
    while text not in shown:
        shown += os.read(fd, 1024)


def hidden():
    return not termios.tcgetattr(fd)[3] & termios.ECHO


def rest():
    """What is shown until the program ends."""
    found = b""
    while True:
        try:
            piece = os.read(fd, 1024)
        except OSError:
            return found
        if not piece:
            return found
        found += piece


wait_for(b"Password: ")
assert hidden()
if first == "interrupt":
    os.write(fd, b"secr\x03")
    _, status = os.waitpid(pid, 0)
    assert os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGINT, status
    assert b"secr" not in shown, shown
    assert not hidden()
    sys.exit(0)
os.write(fd, first.encode() + b"\n")
wait_for(b"Repeat the password: ")
os.write(fd, second.encode() + b"\n")
shown += rest()
_, status = os.waitpid(pid, 0)
sys.stdout.write(shown.decode().replace("\r", ""))
assert b"secr" not in shown, shown
sys.exit(os.waitstatus_to_exitcode(status))
