#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Usage: debian13.sh -- tests this tree in a separate Debian 13, a chroot in build/debian13 (DEBIAN13= names another
# folder): one message through the gateway, with what was built there before. LONG=1 creates the chroot first if
# necessary (debootstrap, from the Debian mirror that this machine uses), builds from scratch, and adds every board and
# "make test". Root only. Tests in the chroot reach no network. The last line is "N passed, N failed".
set -u

cd "$(dirname "$0")/.." || exit 1
suite=trixie
build=${BUILD:-build}
mkdir -p "$build/log"
root=$(realpath -m "${DEBIAN13:-$build/debian13}")
log=$PWD/$build/log
case $build in /*) log=$build/log ;; esac
passed=0
failed=0
# make's own variables would reach the make in the chroot.
unset MAKEFLAGS MFLAGS MAKELEVEL MAKEOVERRIDES BUILD PYTHON ONCE PORT SINK_PORT BOARD

fail() {
    printf 'FAILED %s\n' "$@"
    echo "$passed passed, $((failed + 1)) failed"
    exit 1
}

# NETWORK COMMAND: as root in the chroot. Its processes and mounts end with it; without a network only loopback exists.
inside() {
    local network=()
    [ "$1" = online ] || network=(--net)
    # shellcheck disable=SC2016
    unshare --mount --pid --fork --kill-child "${network[@]}" sh -c '
        mount -t proc proc "$1/proc" && mount --rbind /dev "$1/dev" && mount --rbind /sys "$1/sys" || exit 1
        exec chroot "$1" env -i HOME=/root LANG=C.UTF-8 PATH=/usr/sbin:/usr/bin:/sbin:/bin \
            sh -c "ip link set lo up && cd /mailseal && $2"' sh "$root" "$2" </dev/null
}

make_chroot() {
    local apt mirror proxy
    command -v debootstrap >/dev/null || fail 'debootstrap: not found; install the package debootstrap'
    . tools/build/apt_source.sh
    mirror=$(mirror "$(. /etc/os-release && echo "${VERSION_CODENAME:-none}")|$suite|stable|testing|unstable|sid")
    [ -n "$mirror" ] || fail "apt sources: none of them is a Debian mirror"
    proxy=$(apt-config shell proxy Acquire::http::Proxy)
    [ -z "$proxy" ] || { eval "$proxy" && export http_proxy="$proxy"; }
    rm -rf --one-file-system "$root"
    debootstrap --variant=minbase --include=ca-certificates,dpkg-dev,gcc,iproute2,libc6-dev,make,python3 \
        "$suite" "$root" "$mirror" >"$log/debian13-debootstrap.txt" 2>&1 ||
        fail "debootstrap: $(tail -n 2 "$log/debian13-debootstrap.txt" | tr '\n' '/')"
    # This machine's apt settings (proxies, wrong clocks), but not its hooks.
    apt-config dump Acquire | grep -v IndexTargets >"$root/etc/apt/apt.conf.d/01machine"
    rm -f "$root/etc/apt/apt.conf.d/docker-clean"
}

# The files of this tree, with their times, so that "run" compiles only what has changed.
copy_tree() {
    mkdir -p "$root/mailseal"
    find "$root/mailseal" -mindepth 1 -maxdepth 1 ! -name build -exec rm -rf {} +
    tar cf - --exclude=./build --exclude=./.git . | tar xf - -C "$root/mailseal" || fail 'the tree cannot be copied'
    cp /etc/resolv.conf /etc/hosts "$root/etc/"
}

try() { # NAME NETWORK COMMAND
    if inside "$2" "$3" >"$log/debian13-$1.txt" 2>&1; then
        passed=$((passed + 1))
        echo "ok $3"
    else
        failed=$((failed + 1))
        echo "FAILED $3, the end of $log/debian13-$1.txt:"
        tail -n 30 "$log/debian13-$1.txt"
    fi
}

[ "$(id -u)" = 0 ] || fail 'only root can use a chroot'
[ -n "${LONG:-}" ] || [ -e "$root/ready" ] || fail "$root: no chroot; create it with: make test-debian13"
mkdir -p "${root%/*}"
exec 9>"$root.lock"
flock 9
if [ -n "${LONG:-}" ]; then
    [ -e "$root/ready" ] || make_chroot
    copy_tree
    rm -rf "$root/mailseal/build"
    # Only this step has a network.
    inside online 'tools/build/packages.sh test && make deps && tests/diff/corpus.sh build/corpus' \
        >"$log/debian13-packages.txt" 2>&1 || fail "packages: $(tail -n 3 "$log/debian13-packages.txt" | tr '\n' '/')"
    touch "$root/ready"
else
    copy_tree
fi

try run offline 'make run ONCE=1'
if [ -n "${LONG:-}" ]; then
    for folder in board/*/board.mk; do
        board=$(basename "$(dirname "$folder")")
        try "run-$board" offline "make run BOARD=$board ONCE=1"
    done
    try test offline 'make test'
fi
echo "$passed passed, $failed failed"
[ "$failed" = 0 ]
