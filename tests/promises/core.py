# SPDX-License-Identifier: Apache-2.0
"""core.py [MAILSEALD] -- checks that keys stay out of core files: a gateway that was started where core files are
allowed has forbidden them to itself by the time it listens. The last line is "N passed, N failed"."""

import os
import resource
import subprocess
import sys
import tempfile
import time

BUILD = os.environ.get('BUILD', 'build')
MAILSEALD = sys.argv[1] if len(sys.argv) > 1 else f'{BUILD}/host/mailseald'
CONFIG = """[gateway]
hostname = gw.example
next-hop = 127.0.0.1:9
[domain example.com]
[client lan]
network = 127.0.0.0/8
from = example.com
"""


def allow_core_files():
    """Raise the limit as high as this process may."""
    _, hard = resource.getrlimit(resource.RLIMIT_CORE)
    resource.setrlimit(resource.RLIMIT_CORE, (hard, hard))


def limits(folder):
    """Soft and hard limit of a gateway that listens; its log if it does not."""
    path, log_path = f'{folder}/gateway.conf', f'{folder}/log.txt'
    with open(path, 'w', encoding='ascii') as file:
        file.write(CONFIG)
    with open(log_path, 'wb') as log:
        process = subprocess.Popen([MAILSEALD, '-c', path, '--listen', '127.0.0.1:0'], stdout=log, stderr=log,
                                   stdin=subprocess.DEVNULL, preexec_fn=allow_core_files)
    try:
        for _ in range(600):
            with open(log_path, encoding='utf-8') as file:
                text = file.read()
            if 'listening on' in text or process.poll() is not None:
                break
            time.sleep(0.05)
        if process.poll() is not None:
            return text
        with open(f'/proc/{process.pid}/limits', encoding='ascii') as file:
            return next(line for line in file if line.startswith('Max core file size')).split()[4:6]
    finally:
        process.terminate()
        process.wait()


def main():
    """One check."""
    with tempfile.TemporaryDirectory() as folder:
        found = limits(folder)
    if found == ['0', '0']:
        print('1 passed, 0 failed')
        return 0
    print(f'FAILED core files are allowed: {found}')
    print('0 passed, 1 failed')
    return 1


if __name__ == '__main__':
    sys.exit(main())
