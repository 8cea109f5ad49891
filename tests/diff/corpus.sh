#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Usage: corpus.sh [DIR] -- collects real messages in DIR (build/corpus): DIR/SOURCE/NAME, unchanged, and
# DIR/sources.txt, which lists their sources. None of them is committed: they are other people's mail.
#
# The Python test suite is an installed package; the others are upstream archives of Debian source packages. A mirror
# may lack any of them in any suite, so each is searched for in the machine's own release and in a later one.
set -eu

. tools/build/apt_source.sh

dir=${1:-build/corpus}
enough=350
mkdir -p "$dir"
dir=$(realpath "$dir")
apt=$dir/apt

fail() {
    printf 'corpus: %s\n' "$@" >&2
    exit 1
}

exec 9>"$dir/lock"
flock 9
[ ! -e "$dir/sources.txt" ] || exit 0

# Copy what find lists of TREE, one file per message, named by its path without odd characters.
collect() { # SOURCE VERSION TREE find-arguments...
    local source=$1 version=$2 tree=$3 file name count=0
    shift 3
    mkdir -p "$dir/$source"
    while IFS= read -r -d '' file; do
        name=$(printf '%s' "$file" | sed 's|^\./||' | LC_ALL=C tr -c 'A-Za-z0-9.\n' _)
        cp "$tree/$file" "$dir/$source/$name"
        count=$((count + 1))
    done < <(cd "$tree" && find . -type f -size +0 "$@" -print0 | LC_ALL=C sort -z)
    [ "$count" != 0 ] || return 1
    echo "$source $version: $count messages" >>"$dir/sources.new"
}

suites=
prepare() {
    local codename main suite
    command -v apt-get >/dev/null || fail "apt: not found"
    codename=$(. /etc/os-release && echo "${VERSION_CODENAME:-none}")
    main=$(mirror "$codename|trixie|stable|testing|unstable|sid")
    [ -n "$main" ] || fail "apt sources: none of them is a Debian mirror (release $codename)"
    configure
    for suite in $(printf '%s\n' "$codename" trixie | awk '!seen[$0]++'); do
        if use_suite "$suite" "$main" "$suite"; then
            suites="$suites $suite"
        else
            rm -f "$apt/sources.list.d/$suite.sources"
        fi
    done
    [ -n "$suites" ] || fail "$main serves no source packages:" "$(tail -n 3 "$apt/update.log")"
}

from_package() { # NAME FOLDER-PATTERN find-arguments...
    local name=$1 folder=$2 suite tar work
    shift 2
    for suite in $suites; do
        work=$apt/src/$name-$suite
        mkdir -p "$work/tree"
        (cd "$work" && apt-get -c "$apt/apt.conf" -q source --only-source --tar-only --download-only \
            "$name/$suite") >"$work/log" 2>&1 || continue
        for tar in "$work"/*.orig.tar.* "$work"/*.tar.*; do
            case $tar in *.asc) continue ;; esac
            tar -xf "$tar" -C "$work/tree" --strip-components=1 2>>"$work/log" || continue 2
            break
        done
        # shellcheck disable=SC2086
        set -- "$work"/tree/$folder "$@"
        if [ -d "$1" ] && collect "$name" "$(basename "$tar" | sed 's/^.*_//; s/\.orig.*//')" "$@"; then
            return
        fi
        shift
    done
    echo "corpus: source package $name: not available here; continuing without it" >&2
}

rm -f "$dir/sources.new"
python=
for data in /usr/lib/python3.*/test/test_email/data; do
    [ ! -d "$data" ] || python=$data
done
[ -n "$python" ] || fail "libpython3.11-testsuite: not installed"
collect python-testsuite "$(echo "$python" | grep -o '3\.[0-9]*')" "$python" -name 'msg_*.txt'

prepare
from_package notmuch test/corpora ! -name README ! -name '.*'
from_package libmail-deliverystatus-bounceparser-perl t/corpus -name '*.msg'
from_package libmail-dkim-perl t/corpus -name '*.txt'
from_package rspamd test/functional/messages -name '*.eml'
from_package mailman3 src/mailman -path '*/tests/data/*' -name '*.eml'
from_package libemail-simple-perl t/test-mails
rm -rf "$apt"

total=$(awk '{ n += $(NF - 1) } END { print n + 0 }' "$dir/sources.new")
[ "$total" -ge "$enough" ] || fail "only $total messages were found, $enough are needed:" "$(cat "$dir/sources.new")"
mv "$dir/sources.new" "$dir/sources.txt"
