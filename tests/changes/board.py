# SPDX-License-Identifier: Apache-2.0
"""The firmware of an additional board (mps2-an385, a Cortex-M3) is built, and signs a message in QEMU."""

import os

from passage import expect, make, run
from ports import free_port

make("host", "build/mps2-an385/mailseal-qemu.elf", "build/mps2-an385/stack.txt")
os.environ.update(ONCE="1", PORT=str(free_port()), SINK_PORT=str(free_port()))
expect("says: pass", run("make", "--no-print-directory", "run-board", "BOARD=mps2-an385"))
