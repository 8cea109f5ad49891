#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Usage: check_python.sh -- checks every Python file with pyflakes: it can be compiled, no name is undefined, no import
# is unused. Scripts below tests/ keep no Python in here-documents, which this check would not see.
set -eu

bad=0
find board tests tools -name '*.py' -print0 | LC_ALL=C sort -z | xargs -0 pyflakes3 || bad=1
if grep -nE '(\.py|python[0-9.}"]*( -.*)?) *<<-?[^<]' $(find tests -name '*.sh'); then
    echo 'Python in a here-document: move it to a file'
    bad=1
fi
exit $bad
