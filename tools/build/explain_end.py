#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Usage: explain_end.py CODE ELF UART-LOG -- explains why a firmware in QEMU ended: its exit code in words, and the
last register dump on its UART (port/cortexm/fault.c), its bits in words and its addresses as places in the source."""

import re
import shutil
import subprocess
import sys

# port/cortexm/halt.h, and what timeout(1) and shells add.
CODES = {
    1: "a test in the image failed",
    3: "refused: the configuration or a key; the reason is on the UART",
    96: "canary: .data was not copied or .bss not cleared; look at the link script",
    97: "panic: an invariant of the program is broken; the UART names it",
    98: "fault: the processor or the watchdog stopped the program",
    124: "still running when its time was up",
    137: "killed (signal 9)",
    139: "QEMU itself crashed (signal 11)",
}
EXCEPTIONS = {2: "NMI; on boards with a watchdog, its first time-out", 3: "HardFault", 4: "MemManage", 5: "BusFault",
              6: "UsageFault", 7: "SecureFault", 11: "SVCall", 12: "DebugMonitor", 14: "PendSV", 15: "SysTick"}
# Armv7-M B3.2.15 and B3.2.16, Armv8-M for STKOF.
CFSR = {
    0: "IACCVIOL: instructions may not be fetched there (MPU)",
    1: "DACCVIOL: data may not be read or written there (MPU)",
    3: "MUNSTKERR: the MPU refused a read of the stack, when the exception returned",
    4: "MSTKERR: the MPU refused a write to the stack, when the exception began: it has probably overflowed",
    5: "MLSPERR: the MPU refused the saving of floating-point registers",
    7: "MMARVALID: mmfar is the address",
    8: "IBUSERR: no response where an instruction was fetched: a wrong function pointer or return address",
    9: "PRECISERR: no response where pc reads or writes: a wrong pointer, or a device without a clock",
    10: "IMPRECISERR: no response where data were written, some instructions before pc",
    11: "UNSTKERR: no memory where the stack was read, when the exception returned",
    12: "STKERR: no memory where the stack was written, when the exception began: it has probably overflowed",
    13: "LSPERR: no memory where floating-point registers were saved",
    15: "BFARVALID: bfar is the address",
    16: "UNDEFINSTR: pc is at an instruction that this processor does not have",
    17: "INVSTATE: a jump to an address without its Thumb bit, often a null function pointer",
    18: "INVPC: an exception returned through a damaged value",
    19: "NOCP: a floating-point instruction, and the unit is off or missing",
    20: "STKOF: the stack has reached its limit",
    24: "UNALIGNED: an access was unaligned that must not be",
    25: "DIVBYZERO: a division by zero",
}
HFSR = {
    1: "VECTTBL: the vector table could not be read",
    30: "FORCED: another fault came and could not be handled; cfsr names it",
    31: "DEBUGEVT: a breakpoint without a debugger: semihosting outside QEMU",
}
DUMP = re.compile(r"FAULT exception [0-9a-f]{8}.*?bfar [0-9a-f]{8}|FAULT exception [0-9a-f]{8}.*|PANIC: [^\r\n]*",
                  re.DOTALL)


def code_in_words(code):
    return f"exit code {code}: {CODES.get(code, 'not one of ours; it is from QEMU or a tool')}"


def value(dump, name):
    found = re.search(rf"\b{name} ([0-9a-f]{{8}})", dump)
    return int(found.group(1), 16) if found else None


def place(elf, address):
    """"function at file:line", or nothing if no tool or no symbol knows it."""
    tool = shutil.which("arm-none-eabi-addr2line")
    if not tool or address is None:
        return ""
    said = subprocess.run([tool, "-f", "-s", "-e", elf, hex(address & ~1)], capture_output=True, text=True)
    lines = said.stdout.split("\n")
    return f"{lines[0]} at {lines[1]}" if said.returncode == 0 and len(lines) > 1 and lines[0] != "??" else ""


def exception_in_words(number):
    return EXCEPTIONS.get(number, f"interrupt {number - 16}" if number >= 16 else "no exception")


def explained(dump, elf):
    """The lines to print below the dump."""
    number, back = value(dump, "exception"), value(dump, "exc_return")
    lines = [f"exception {number} is {exception_in_words(number & 0x1ff)}"] if number is not None else []
    if back is not None:
        lines.append(f"it interrupted {'thread mode' if back & 8 else 'another exception'}")
    for register, bits in (("cfsr", CFSR), ("hfsr", HFSR)):
        seen = value(dump, register) or 0
        lines += [f"{register} {text}" for bit, text in bits.items() if seen >> bit & 1]
    for register in ("pc", "lr"):
        where = place(elf, value(dump, register))
        if where:
            lines.append(f"{register} is in {where}")
    return lines


def report(code, elf, uart):
    """Why it ended, in words; nothing after a normal end."""
    if code == 0:
        return ""
    lines = [code_in_words(code)]
    dumps = DUMP.findall(uart)
    if dumps:
        lines += [line.rstrip() for line in dumps[-1].replace("\r", "").split("\n")]
        lines += [f"  {line}" for line in explained(dumps[-1], elf)]
    elif uart.strip():
        lines += ["the end of its UART:"] + [f"  {line}" for line in uart.replace("\r", "").strip().split("\n")[-5:]]
    return "\n".join(lines)


def main():
    code, elf, log = sys.argv[1:]
    try:
        with open(log, "rb") as f:
            uart = f.read().decode("utf-8", "replace")
    except FileNotFoundError:
        uart = ""
    print(report(int(code), elf, uart))


if __name__ == "__main__":
    main()
