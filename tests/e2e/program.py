# SPDX-License-Identifier: Apache-2.0
"""mailseal as a user calls it."""
import atexit
import os
import shutil
import subprocess
import sys
import tempfile

import tally

BUILD = os.environ.get("BUILD", "build/host")
BUILD = os.path.realpath(BUILD if os.path.exists(f"{BUILD}/mailseal") else f"{BUILD}/host")
SEAL = f"{BUILD}/mailseal"

suite = os.path.basename(sys.argv[0]).removesuffix(".py")
tally.place = suite


def run(*arguments, data=None):
    """(exit code, standard output, standard error)"""
    done = subprocess.run([SEAL, *arguments], capture_output=True, input=data, check=False)
    return done.returncode, done.stdout.decode(), done.stderr.decode()


def new_folder():
    """A folder that is removed when the suite ends."""
    folder = tempfile.mkdtemp(prefix=f"mailseal-{suite}-")
    atexit.register(shutil.rmtree, folder, True)
    return folder
