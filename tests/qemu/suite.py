# SPDX-License-Identifier: Apache-2.0
"""Usage: suite.py BOARD [TEST...] -- the gateway on one board in QEMU, from client to next hop: see run.sh.
suite.py BOARD --list lists the tests."""

import sys

from board import Board
from common import ALIKE, Now, finish, name, note, work
import tally
import activation
import device_keys
import firmware
import mail
import network
import tls

# Fast ones first.
ORDER = ("boot canary faults words signature clock sessions power services activation refusals corpus images reset "
         "latency flood bulk connections card errors large watchdog wire link postfix").split()
found = {key[5:]: function for module in (activation, device_keys, firmware, mail, network, tls)
         for key, function in vars(module).items() if key.startswith("test_")}
tests = {key: found.pop(key) for key in ORDER} | found

ELSEWHERE = ("bulk connections device_places device_power device_private images large link postfix private_many "
         "private_postfix turns wire").split()


def usual():
    if not ALIKE:
        return list(tests)
    note(f"mps2-an386 shows {' '.join(ELSEWHERE)}")
    return [key for key in tests if key not in ELSEWHERE]


def main():
    if "--list" in sys.argv:
        print("\n".join(f"{key:12} {function.__doc__.splitlines()[0]}" for key, function in tests.items()))
        work.remove()
        return
    for test in sys.argv[2:] or usual():
        Now.begins(test)
        with tally.part(f"{name} {test}"):
            try:
                tests[test]()
            finally:
                for b in list(Board.all):
                    b.kill()
    finish(work)


main()
