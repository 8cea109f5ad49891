# SPDX-License-Identifier: Apache-2.0
"""Write the keys of the configuration into docs/configuration.md and docs/man/gateway.conf.5.

Usage: config_docs.py [--check] MAILSEAL
The rows come from `MAILSEAL help --json config`. In each document they replace what stands between the marks of a
section, "keys:begin [client NAME]" and "keys:end". --check only reports a document that is not current.
"""

import json
import re
import subprocess
import sys

FORMAT = 1
LONG = 60
PAGES = ["docs/configuration.md", "docs/man/gateway.conf.5"]
MARKS = re.compile(r'^(?P<begin>(?:<!--|\.\\") keys:begin (?P<section>\[[^]]*\]).*\n)(?P<body>(?:.*\n)*?)'
                   r'(?=(?:<!--|\.\\") keys:end)', re.M)


def keys_of(mailseal):
    printed = subprocess.run([mailseal, "help", "--json", "config"], capture_output=True, check=True).stdout
    document = json.loads(printed)
    if document["format"] != FORMAT:
        sys.exit(f"{mailseal}: the format of its keys is {document['format']}, not {FORMAT}")
    for key in document["keys"]:
        if not key["meaning"].endswith((".", ".)")) or not (key["required"] or key["default"] or key["unset"]):
            sys.exit(f"{key['section']} {key['key']}: a row needs a meaning in sentences, and a default or what "
                     "happens without one")
    return document["keys"]


def is_long(key):
    return key["default"] is not None and len(key["default"]) > LONG


# --- Markdown ------------------------------------------------------------------------------------------------------


def cell(text):
    """What Markdown would take for a mark is escaped, outside of `code`."""
    parts = text.split("`")
    parts[::2] = [re.sub(r"([*|_])", r"\\\1", part) for part in parts[::2]]
    return "`".join(parts)


def default_cell(key):
    if key["required"]:
        return "required"
    if is_long(key):
        return "see below"
    return f"`{key['default']}`" if key["default"] else key["unset"]


def markdown(keys):
    lines = ["", "| key | value | default | meaning |", "|---|---|---|---|"]
    for key in keys:
        value = cell(key["expected"]) + (" (a list)" if key["list"] else "")
        lines.append(f"| `{key['key']}` | {value} | {default_cell(key)} | {cell(key['meaning'])} |")
    for key in filter(is_long, keys):
        lines += ["", f"Default of `{key['key']}`: {key['default']}."]
    return "\n".join(lines) + "\n\n"


# --- manual page ---------------------------------------------------------------------------------------------------


def roff(text):
    """Hyphens are minus signs where something is typed; `words` are bold."""
    text = text.replace("\\", "\\e").replace("-", "\\-")
    text = re.sub(r"`([^`]*)`", r"\\fB\1\\fR", text)
    return re.sub(r"^([.'])", r"\\&\1", text, flags=re.M)


def manual(keys):
    lines = []
    for key in keys:
        lines += [".TP", f"\\fB{roff(key['key'])}\\fR = {roff(key['expected'])}" +
                  (" (a list)" if key["list"] else ""), roff(key["meaning"])]
        if key["required"]:
            lines.append("Required.")
        elif key["default"]:
            lines.append(roff(f"Default: `{key['default']}`."))
        else:
            lines.append(roff(f"Default: {key['unset']}."))
    return "\n".join(lines) + "\n"


# --- documents -----------------------------------------------------------------------------------------------------


def current(path, text, keys):
    make = markdown if path.endswith(".md") else manual
    sections = [m.group("section") for m in MARKS.finditer(text)]
    missing = sorted({key["section"] for key in keys} ^ set(sections))
    if missing or len(set(sections)) < len(sections):
        sys.exit(f"{path}: each section needs its marks once: {', '.join(missing or sections)}")
    return MARKS.sub(lambda m: m.group("begin") + make([k for k in keys if k["section"] == m.group("section")]), text)


def main():
    arguments = [a for a in sys.argv[1:] if a != "--check"]
    if len(arguments) != 1:
        sys.exit(__doc__)
    keys = keys_of(arguments[0])
    old = False
    for path in PAGES:
        with open(path, encoding="utf-8") as f:
            text = f.read()
        new = current(path, text, keys)
        if new == text:
            continue
        if "--check" in sys.argv:
            print(f"{path}: does not have the keys as they are in engine/config/key_rows.h; make docs")
            old = True
            continue
        with open(path, "w", encoding="utf-8") as f:
            f.write(new)
    sys.exit(1 if old else 0)


main()
