#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Usage: run.sh [NAME...] -- shows what it takes to add to mailseal: each NAME.patch here is an addition (default: all).
# It is applied to a copy of the tree, which is built; NAME.py then shows there that the addition works. The last line
# is "N passed, N failed".
#        run.sh apply -- only checks that all of them apply
#        run.sh edit NAME -- makes the same copy, in build/changes, for work on the patch
#        run.sh save NAME -- makes the patch from the changes in that copy
# A patch that no longer applies must be made again: the message names the file and the line.
# tools/build/measures.py counts the files of each patch. A line "At most N files." before the first file of a patch is
# a limit: a patch that touches more files fails, also with "apply".
set -u

root=$(cd "$(dirname "$0")/../.." && pwd)
changes=$root/tests/changes
build=$(cd "$root" && realpath -m "${BUILD:-build}")
copies=$build/changes
unset MAKEFLAGS MFLAGS MAKELEVEL BUILD BOARD ONCE PORT SINK_PORT
. "$root/tests/tally.sh"
suite=changes ok_log=$copies/ok.log

fail() {
    printf '%s\n' "$@" >&2
    exit 1
}

# The tree as it is on disk, with what was built for the host, so that only what a patch touches is built again.
copy() { # NAME
    rm -rf "${copies:?}/$1"
    mkdir -p "$copies/$1/build"
    (cd "$root" && find . -mindepth 1 -maxdepth 1 ! -name build ! -name .git -exec cp -a {} "$copies/$1" \;)
    [ ! -e "$build/texts.c" ] || cp -a "$build/texts.c" "$copies/$1/build"
    cp -a "$root/build/deps" "$build/host" "$copies/$1/build"
}

apply() { # NAME
    (cd "$copies/$1" && patch -p1 --forward --no-backup-if-mismatch <"$changes/$1.patch")
}

within_limit() { # NAME
    local limit count
    limit=$(sed -n '/^diff /q; s/^At most \([0-9]*\) files\.$/\1/p' "$changes/$1.patch")
    count=$(grep -c '^diff --git ' "$changes/$1.patch")
    [ "$count" -le "${limit:-$count}" ] || {
        echo "$changes/$1.patch: touches $count files, at most $limit are allowed"
        return 1
    }
}

works() { # NAME
    (cd "$copies/$1" && exec "${PYTHON:-/usr/bin/python3}" -B "tests/changes/$1.py")
}

show() { # NAME
    ok "$1: touches no more files than it may" within_limit "$1"
    copy "$1"
    if ok "$1: the patch applies" apply "$1"; then
        ok "$1: $(sed -n 's/^"""\([^"]*\)\."""$/\1/p' "$changes/$1.py")" works "$1"
    fi
    # A failed copy is kept for inspection.
    [ "$failed" != 0 ] || rm -rf "${copies:?}/$1"
}

edit() { # NAME
    copy "$1"
    cd "$copies/$1" || exit
    printf '/build/\n' >.gitignore
    git init -q . && git add -A && git -c user.name=x -c user.email=x commit -qm base
    [ ! -e "$changes/$1.patch" ] || apply "$1"
    echo "$copies/$1"
}

save() { # NAME
    cd "$copies/$1" || exit
    [ -d .git ] || fail "$1: no copy to save; run first: tests/changes/run.sh edit $1"
    git add -A
    { sed '/^diff /,$d' "$changes/$1.patch" 2>/dev/null; git diff --cached --no-color; } >"$changes/$1.new"
    mv "$changes/$1.new" "$changes/$1.patch"
    git diff --cached --stat
}

mkdir -p "$copies"
case ${1:-} in
apply)
    for patch in "$changes"/*.patch; do
        patch -d "$root" -p1 --dry-run --forward --quiet <"$patch" ||
            fail "$patch: does not apply; make it again with tests/changes/run.sh edit and save"
        within_limit "$(basename "$patch" .patch)" || exit 1
    done
    exit
    ;;
edit | save) "$1" "${2:?NAME}" ; exit ;;
esac
names=("$@")
[ $# != 0 ] || for patch in "$changes"/*.patch; do
    names+=("$(basename "$patch" .patch)")
done
for name in "${names[@]}"; do
    show "$name"
done
end
