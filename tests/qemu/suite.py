# SPDX-License-Identifier: Apache-2.0
"""Usage: suite.py BOARD [TEST...] -- the gateway on one board in QEMU, from client to next hop: see run.sh.
suite.py BOARD --list says what tests there are."""

import sys
import time
import traceback

from board import Board, Trouble
from common import LONG, Now, check, name, note, tally, work
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

# These boards are mps2-an386 with another core: without LONG=1, what does not depend on the core is left to that one.
CORES = ("mps2-an500", "mps2-an505")
ALIKE = ("bulk connections device_places device_power device_private images large link postfix private_many "
         "private_postfix turns wire").split()


def usual():
    if LONG or name not in CORES:
        return list(tests)
    note(f"mps2-an386 shows {' '.join(ALIKE)}")
    return [key for key in tests if key not in ALIKE]


def main():
    if "--list" in sys.argv:
        print("\n".join(f"{key:12} {function.__doc__.splitlines()[0]}" for key, function in tests.items()))
        work.remove()
        return
    for Now.test in sys.argv[2:] or usual():
        began = time.monotonic()
        try:
            tests[Now.test]()
        except Exception as e:
            check(False, "went through", f"{type(e).__name__}: {e}")
            if not isinstance(e, Trouble):
                traceback.print_exc()
        finally:
            for b in list(Board.all):
                b.kill()
        note(f"took {time.monotonic() - began:.1f} s")
    tally.end(work)


main()
