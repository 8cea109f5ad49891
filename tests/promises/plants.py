# SPDX-License-Identifier: Apache-2.0
"""plants.py [NAME...] -- plants each bug of plants.txt in a copy of its file, and checks that tests/sim fails.

Only the file with the bug is compiled; it is linked before the library that has the correct one. The last line is
"N passed, N failed". With names, or parts of them, only those bugs are planted."""

import os
import re
import resource
import signal
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
WORLDS = '10000'
LIMIT_S = 60        # of processor time, so that a busy machine changes nothing
HUNG_S = 3600


def read_plants(path):
    """Name, old text, new text of each."""
    plants = []
    with open(path, encoding='ascii') as file:
        blocks = file.read().split('\n\n')
    for block in blocks[1:]:
        lines = block.strip('\n').split('\n')
        old = [line[1:] for line in lines[1:] if line.startswith('-')]
        new = [line[1:] for line in lines[1:] if line.startswith('+')]
        plants.append((lines[0], '\n'.join(old), '\n'.join(new)))
    return plants


def sources():
    """Path and text of every file in which a bug may be planted."""
    texts = {}
    for folder, _, names in os.walk(ROOT):
        relative = os.path.relpath(folder, ROOT)
        if relative.split('/')[0] not in ('engine', 'port'):
            continue
        for name in names:
            if name.endswith('.c'):
                with open(os.path.join(folder, name), encoding='utf-8') as file:
                    texts[os.path.join(relative, name)] = file.read()
    return texts


def commands(build, paths):
    """How make would compile each file, and link the simulation."""
    target = f'{build}/host/sim'
    wanted = [word for path in paths for word in ('-W', path)]
    wanted += [f'{build}/host/{path[:-2]}.o' for path in paths]
    lines = subprocess.run(['make', '-n', *wanted, '-W', 'tests/sim/main.c', target],
                           cwd=ROOT, capture_output=True, text=True, check=True).stdout.split('\n')
    lines = [line.split('&& ')[-1] for line in lines]
    compiles = {path: next(line for line in lines if f'-c {path} ' in line) for path in paths}
    return compiles, next(line for line in lines if line.endswith(f'-o {target}'))


def place_of(plant, texts):
    """The one file that has the old text exactly once; else None, and what is wrong."""
    found = [path for path, text in texts.items() if plant[1] in text]
    num = sum(texts[path].count(plant[1]) for path in found)
    return (found[0], '') if num == 1 else (None, f'its text occurs {num} times instead of once')


def build_plant(plant, source, text, how, folder):
    """The simulation with the bug; else None, and what is wrong."""
    compile_line, link_line = how
    planted, program = os.path.join(folder, os.path.basename(source)), os.path.join(folder, 'sim')
    os.mkdir(folder)
    with open(planted, 'w', encoding='utf-8') as file:
        file.write(text.replace(plant[1], plant[2]))
    compile_line = compile_line.replace(f'-c {source} ', f'-c {planted} ')
    compile_line = re.sub(r'-o \S+', f'-o {planted}.o', compile_line).replace('-Werror', '') + ' -O1 -g0 -w'
    link_line = re.sub(r'-o \S+$', f'-Wl,-S -o {program}', link_line)
    link_line = link_line.replace(' -Wl,--start-group', f' {planted}.o -Wl,--start-group')
    for line in (compile_line, link_line):
        result = subprocess.run(line, shell=True, cwd=ROOT, capture_output=True, text=True, check=False)
        if result.returncode != 0:
            return None, 'does not compile: ' + result.stderr[-400:]
    return program, ''


def run_plant(name, program):
    """What is wrong; '' if the simulation has found the bug."""
    try:
        limited = ['sh', '-c', f'ulimit -S -t {LIMIT_S}; exec "$0" "$@"', program]
        result = subprocess.run([*limited, '1', WORLDS, '1'], capture_output=True, text=True, timeout=HUNG_S,
                                check=False)
    except subprocess.TimeoutExpired:
        return f'the simulation does not end within {HUNG_S} s'
    if result.returncode == -signal.SIGXCPU:
        return f'the simulation does not end within {LIMIT_S} s of processor time'
    if result.returncode == 0:
        return 'lives: ' + result.stdout.split('\n')[-2]
    law = re.search(r'^FAILED (seed.*)', result.stdout, re.M)
    print(f'{name}: {law.group(1) if law else result.stdout[-200:] or result.returncode}', flush=True)
    return ''


def try_plant(plant, texts, how, work):
    """What is wrong; '' if the simulation has found the bug."""
    source, wrong = place_of(plant, texts)
    program = None
    if source is not None:
        folder = os.path.join(work, re.sub(r'\W', '_', plant[0]))
        program, wrong = build_plant(plant, source, texts[source], (how[0][source], how[1]), folder)
    if program is not None:
        wrong = run_plant(plant[0], program)
        os.remove(program)
    return wrong


def main():
    """Every plant, two at a time."""
    build = os.environ.get('BUILD', 'build')
    plants = read_plants(os.path.join(ROOT, 'tests/promises/plants.txt'))
    plants = [plant for plant in plants if len(sys.argv) < 2 or any(word in plant[0] for word in sys.argv[1:])]
    texts = sources()
    failed = 0
    for variable in ('MAKEFLAGS', 'MFLAGS', 'MAKELEVEL'):
        os.environ.pop(variable, None)
    places = {place_of(plant, texts)[0] for plant in plants} - {None}
    how = commands(build, sorted(places))
    with tempfile.TemporaryDirectory() as work, ThreadPoolExecutor(2) as pool:
        for plant, wrong in zip(plants, pool.map(lambda p: try_plant(p, texts, how, work), plants)):
            if wrong:
                failed += 1
                print(f'FAILED {plant[0]}: {wrong}', flush=True)
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    print(f'{used.ru_utime + used.ru_stime:.0f} s of processor time')
    print(f'{len(plants) - failed} passed, {failed} failed')
    return 1 if failed or not plants else 0


if __name__ == '__main__':
    sys.exit(main())
