# SPDX-License-Identifier: Apache-2.0
"""mailseal as a user calls it, and the count of what a suite checked."""
import atexit
import os
import shutil
import subprocess
import sys
import tempfile

BUILD = os.environ.get("BUILD", "build/host")
BUILD = os.path.realpath(BUILD if os.path.exists(f"{BUILD}/mailseal") else f"{BUILD}/host")
SEAL = f"{BUILD}/mailseal"
DETAIL_MAX = 900

suite = os.path.basename(sys.argv[0]).removesuffix(".py")
count = {True: 0, False: 0}


def check(good, name, detail=""):
    """Whether it is good, which is counted; else it is printed."""
    count[bool(good)] += 1
    if not good:
        print(f"FAILED {suite}: {name}: {str(detail)[:DETAIL_MAX]}", flush=True)
    return bool(good)


def run(*arguments, data=None):
    """(exit code, standard output, standard error)"""
    done = subprocess.run([SEAL, *arguments], capture_output=True, input=data, check=False)
    return done.returncode, done.stdout.decode(), done.stderr.decode()


def new_folder():
    """A folder that goes when the suite ends."""
    folder = tempfile.mkdtemp(prefix=f"mailseal-{suite}-")
    atexit.register(shutil.rmtree, folder, True)
    return folder


def end():
    print(f"{count[True]} passed, {count[False]} failed")
    sys.exit(count[False] != 0 or count[True] == 0)
