#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Usage: install.sh install|uninstall -- copies programs, manual pages, completion and examples below
# $DESTDIR$PREFIX, or removes exactly these files. The example configuration becomes
# $DESTDIR$SYSCONFDIR/mailseal/gateway.conf: a file that exists stays, and only an unchanged one is removed.
set -eu

build=${BUILD:-build}
prefix=${PREFIX:-/usr/local}
root=${DESTDIR:-}
share=$prefix/share
doc=$share/doc/mailseal
config=${SYSCONFDIR:-/etc}/mailseal/gateway.conf
example=docs/examples/gateway.conf

# SHELL TARGET: where a shell looks for the completion of a program.
completions="bash $share/bash-completion/completions/mailseal
zsh $share/zsh/site-functions/_mailseal
fish $share/fish/vendor_completions.d/mailseal.fish"

# Lines of MODE SOURCE TARGET.
files() {
    local page
    echo "755 $build/host/mailseal $prefix/bin/mailseal"
    echo "755 $build/host/mailseald $prefix/sbin/mailseald"
    for page in docs/*.[1-9] docs/man/*.[1-9]; do
        [ ! -e "$page" ] || echo "644 $page $share/man/man${page##*.}/${page##*/}"
    done
    for page in LICENSE CHANGELOG.md docs/examples/*; do
        echo "644 $page $doc/${page#docs/}"
    done
}

# $1 as the unit starts it: with the prefix of this installation.
with_prefix() { sed "s|/usr/local/|$prefix/|g" "$1"; }

install_completion() { # SHELL TARGET
    install -D -m 644 /dev/null "$root$2"
    "$build/host/mailseal" completion "$1" >"$root$2"
}

case ${1:-} in
install)
    while read -r mode source target; do
        install -D -m "$mode" "$source" "$root$target"
        case $source in *.service) with_prefix "$source" >"$root$target" ;; esac
    done < <(files)
    while read -r shell target; do
        install_completion "$shell" "$target"
    done <<<"$completions"
    if [ -e "$root$config" ]; then
        echo "$root$config: already exists; not overwritten"
    else
        install -D -m 640 "$example" "$root$config"
    fi
    ;;
uninstall)
    # An empty folder goes too if it is ours: below DESTDIR each one is, else only those named mailseal.
    remove() {
        rm -f "$root$1"
        if [ -n "$root" ]; then
            (cd "$root" && rmdir -p ".${1%/*}") 2>/dev/null || true
            return
        fi
        case $1 in
        */mailseal/examples/*) rmdir "${1%/*}" "${1%/examples/*}" 2>/dev/null || true ;;
        */mailseal/*) rmdir "${1%/*}" 2>/dev/null || true ;;
        esac
    }
    while read -r _ _ target; do
        remove "$target"
    done < <(files)
    while read -r _ target; do
        remove "$target"
    done <<<"$completions"
    if cmp -s "$example" "$root$config"; then
        remove "$config"
    elif [ -e "$root$config" ]; then
        echo "$root$config: was changed; not removed"
    fi
    ;;
*)
    echo "usage: install.sh install|uninstall" >&2
    exit 2
    ;;
esac
