#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Usage: deps.sh [DIR] -- fetches the sources of Mbed TLS and lwIP into DIR (build/deps):
#   DIR/mbedtls DIR/lwip         unpacked
#   DIR/sources.mk               which of them the Makefile compiles
#   DIR/versions.txt versions.h  their versions, with SHA-256
# They are Debian's source packages, from the mirror this machine already uses, checked by apt against Debian's
# signature. MBEDTLS_DIR= and LWIP_DIR= name other trees, which are then used where they are.
set -eu

suite=trixie
mbedtls_version=3.6
lwip_version=2.2.1

mkdir -p "${1:-build/deps}"
deps=${1:-build/deps}
apt=$(realpath "$deps")/apt

fail() {
    printf 'deps: %s\n' "$@" >&2
    exit 1
}

by_hand() {
    fail "$@" \
        "Without apt and a Debian mirror, unpack these releases anywhere and name their folders:" \
        "  mbedtls-$mbedtls_version.x.tar.bz2 (the newest of Mbed TLS $mbedtls_version LTS, from its release page)" \
        "  lwip-$lwip_version.zip (lwIP $lwip_version, from its download area)" \
        "  make MBEDTLS_DIR=/path/to/mbedtls LWIP_DIR=/path/to/lwip"
}

. "$(dirname "$0")/apt_source.sh"

prepare_apt() {
    local codename main security
    command -v apt-get >/dev/null || by_hand "apt: not found"
    command -v dpkg-source >/dev/null || fail "dpkg-source: not found; install the package dpkg-dev"
    codename=$(. /etc/os-release && echo "${VERSION_CODENAME:-none}")
    main=$(mirror "$codename|$suite|stable|testing|unstable|sid")
    security=$(mirror ".*-security")
    [ -n "$main" ] || by_hand "apt sources: none of them is a Debian mirror (release $codename)"
    echo "deps: fetching from $main" >&2
    configure
    use_suite debian "$main" "$suite" ||
        by_hand "cannot read the suite $suite from $main:" "$(tail -n 3 "$apt/update.log")"
    # A fix may come to the security suite first; a mirror without that suite is no reason to stop.
    if [ -n "$security" ] && ! use_suite security "$security" "$suite-security"; then
        echo "deps: $security has no usable $suite-security; continuing without it" >&2
        rm "$apt/sources.list.d/security.sources"
    fi
}

describe() { # NAME VERSION FILE... ; one line for versions.txt
    local name=$1 version=$2 line file
    shift 2
    line="$name $version"
    for file; do
        line="$line, ${file##*/} sha256 $(sha256sum <"$file" | cut -d' ' -f1)"
    done
    echo "$line"
}

fetch() { # NAME VERSION-PREFIX
    local name=$1 version dsc
    [ ! -e "$deps/$name.txt" ] || return 0
    [ -e "$apt/apt.conf" ] || prepare_apt
    (cd "$apt/src" && apt-get -c "$apt/apt.conf" -q source --only-source --download-only "$name") \
        >"$apt/$name.log" 2>&1 || fail "fetching the source package $name failed:" "$(tail -n 5 "$apt/$name.log")"
    dsc=$(echo "$apt/src/${name}_"*.dsc)
    version=$(sed -n 's/^Version: //p' "$dsc")
    case $version in
    "$2"[.+-]*) ;;
    *) fail "$name: $suite has $version, but $2 is needed; set ${name^^}_DIR to a tree of that version" ;;
    esac
    rm -rf "${deps:?}/$name" "$deps/$name.new"
    # apt has checked the .dsc's hash against the signed Release file; the maintainer's own key is not needed.
    dpkg-source --no-check -x "$dsc" "$deps/$name.new" >"$apt/$name.log" 2>&1 ||
        fail "unpacking $dsc failed:" "$(tail -n 5 "$apt/$name.log")"
    rm -f "$deps/${name}_"*
    mv "$deps/$name.new" "$deps/$name"
    describe "$name" "$version" "$dsc" "$apt/src/${name}_"*.orig.tar.* >"$deps/$name.new.txt"
    mv "$deps/$name.new.txt" "$deps/$name.txt"
}

other_tree() { # NAME DIR HEADER MACRO...
    local name=$1 dir=$2 header=$3 version= macro
    shift 3
    [ -e "$dir/$header" ] || fail "$dir: not a source tree of $name; it has no $header"
    for macro; do
        version=$version.$(sed -n "s/^#define $macro[[:space:]]*\"*\([0-9.]*\).*/\1/p" "$dir/$header")
    done
    printf '%s %s, own tree, sha256 of its .c and .h files %s\n' "$name" "${version#.}" \
        "$(cd "$dir" && find . -name '*.[ch]' | LC_ALL=C sort | xargs cat | sha256sum | cut -d' ' -f1)"
}

sources() { # VARIABLE FOLDER FILES...
    local variable=$1 folder=$2
    shift 2
    printf '%s := \\\n' "$variable"
    (cd "$folder" && find "$@" -maxdepth 1 -name '*.c') | LC_ALL=C sort | sed 's/$/ \\/'
    echo
}

# Two instances of make may run at the same time.
exec 9>"$deps/lock"
flock 9
rm -rf "$apt"

if [ -n "${MBEDTLS_DIR:-}" ]; then
    mbedtls=$(other_tree mbedtls "$MBEDTLS_DIR" include/mbedtls/build_info.h MBEDTLS_VERSION_STRING)
else
    fetch mbedtls "$mbedtls_version"
    mbedtls=$(cat "$deps/mbedtls.txt")
fi
if [ -n "${LWIP_DIR:-}" ]; then
    lwip=$(other_tree lwip "$LWIP_DIR" src/include/lwip/init.h LWIP_VERSION_{MAJOR,MINOR,REVISION})
else
    fetch lwip "$lwip_version"
    lwip=$(cat "$deps/lwip.txt")
fi
rm -rf "$apt"

printf '%s\n' "$mbedtls" "$lwip" >"$deps/versions.txt"
cat >"$deps/versions.h" <<END
#ifndef SEAL_VERSIONS_H
#define SEAL_VERSIONS_H

#define SEAL_MBEDTLS_SOURCE "$mbedtls"
#define SEAL_LWIP_SOURCE "$lwip"

#endif
END

# Last, because for the Makefile this file means that everything is complete.
{
    sources MBEDTLS_C "${MBEDTLS_DIR:-$deps/mbedtls}/library" .
    sources LWIP_C "${LWIP_DIR:-$deps/lwip}/src" core core/ipv4 netif/ethernet.c
} | sed 's|^\./||' >"$deps/sources.mk.new"
mv "$deps/sources.mk.new" "$deps/sources.mk"
