# SPDX-License-Identifier: Apache-2.0
"""What a suite in Python checked: each check is counted, each that fails is printed. The last line of a suite is
"N passed, N failed". A suite that checked nothing has failed. tests/tally.sh does the same for suites in shell."""

import collections
import contextlib
import resource
import sys
import time
import traceback

DETAIL_MAX = 2000
KIND_MAX = 20       # at most this many of one kind are printed
# Only separates a program that hangs from a busy machine; no check uses a shorter deadline.
HUNG_S = 300

passed = failed = 0
place = ""          # comes before the name of a check
kinds = collections.Counter()


def check(ok, what, detail="", kind=None):
    """Returns whether it is true. Of each kind of checks, only the first that fail are printed."""
    global passed, failed
    if ok:
        passed += 1
        return True
    failed += 1
    if kind:
        kinds[kind] += 1
    if kinds[kind] <= KIND_MAX:
        where = f"{place}: " if place else ""
        more = str(detail)[:DETAIL_MAX]
        print(f"FAILED {where}{what}{': ' if more else ''}{more}", flush=True)
    elif kinds[kind] == KIND_MAX + 1:
        print(f"FAILED ... and more of {kind}", flush=True)
    return False


def cpu_s():
    """Processor time of this process and its ended children; a busy machine does not add to it."""
    return sum(sum(resource.getrusage(who)[:2]) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))


@contextlib.contextmanager
def part(name):
    """A part of the suite: prints its checks and its time. An exception that leaves it counts as failed."""
    start, cpu, before = time.monotonic(), cpu_s(), (passed, failed)
    try:
        yield
    except Exception as e:
        check(False, name, f"{type(e).__name__}: {e}")
        traceback.print_exc(file=sys.stdout)
    print(f"{name}: {passed - before[0]} passed, {failed - before[1]} failed, {time.monotonic() - start:.1f} s, "
          f"{cpu_s() - cpu:.1f} s of CPU", flush=True)


def chosen(tests):
    """(name, function) of those that the command line names, or all. A name that does not exist has failed."""
    for name in sys.argv[1:]:
        if name not in tests:
            check(False, f"no test is called {name}", ", ".join(tests))
    return [(name, test) for name, test in tests.items() if not sys.argv[1:] or name in sys.argv[1:]]


def eventually(condition, step=0.02, deadline=HUNG_S):
    """The value of the condition as soon as it is true, or at the end."""
    end = time.monotonic() + deadline
    while not (found := condition()) and time.monotonic() < end:
        time.sleep(step)
    return found


def end():
    print(f"{passed} passed, {failed} failed", flush=True)
    sys.exit(failed != 0 or passed == 0)
