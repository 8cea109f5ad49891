#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Usage: install.sh -- "make install" into a folder: what is installed runs from there, a configuration is never
# overwritten, and "make uninstall" leaves nothing. BUILD names the folder with the programs or its parent. The last
# line is "N passed, N failed".
set -u

cd "$(dirname "$0")/../.." || exit 1
build=${BUILD:-build/host}
[ ! -x "$build/mailseal" ] || build=${build%/host}
. tests/tally.sh
suite=install ok_log=$(mktemp)
work=$(mktemp -d)
trap 'rm -rf "$work" "$ok_log"' EXIT

# What make does once the programs are built: the build of other suites may run at the same time.
install() { # PREFIX install|uninstall
    DESTDIR=$work/root PREFIX=$1 BUILD=$build tools/build/install.sh "$2" >"$work/out" 2>&1
}
left() { find "$work/root" -mindepth 1; }
plain() { ! grep -q . <<<"$1"; }

for prefix in /usr/local /usr /opt/mail; do
    root=$work/root$prefix
    config=$work/root/etc/mailseal/gateway.conf
    mkdir -p "$work/root"
    ok "$prefix: install" install "$prefix" install
    ok "$prefix: nothing is printed" [ ! -s "$work/out" ]
    ok "$prefix: mailseal runs" "$root/bin/mailseal" version
    ok "$prefix: mailseald runs" "$root/sbin/mailseald" --help
    ok "$prefix: the example is accepted" "$root/bin/mailseal" check "$config"
    ok "$prefix: a domain is added to it" "$root/bin/mailseal" domain add example.com -c "$config" --dry-run
    ok "$prefix: the unit starts this program" grep -qx "ExecStart=$prefix/sbin/mailseald .*" \
        "$root/share/doc/mailseal/examples/mailseald.service"
    for page in docs/man/*.[1-9]; do
        name=${page##*/}
        ok "$prefix: the manual has $name" cmp "$page" "$root/share/man/man${name##*.}/$name"
    done
    for file in bash:bash-completion/completions/mailseal zsh:zsh/site-functions/_mailseal \
        fish:fish/vendor_completions.d/mailseal.fish; do
        "$root/bin/mailseal" completion "${file%%:*}" >"$work/made"
        ok "$prefix: completion for ${file%%:*}" cmp "$work/made" "$root/share/${file#*:}"
    done
    ok "$prefix: no file is writable by others" plain "$(find "$work/root" -type f -perm /022)"
    cp "$config" "$work/before"
    echo '# changed' >>"$config"
    ok "$prefix: install again" install "$prefix" install
    ok "$prefix: the configuration that was changed stays" grep -qx '# changed' "$config"
    ok "$prefix: and that is printed" grep -q 'not overwritten' "$work/out"
    ok "$prefix: uninstall" install "$prefix" uninstall
    ok "$prefix: only that configuration is left" [ "$(find "$work/root" -type f)" = "$config" ]
    ok "$prefix: and that is printed too" grep -q 'not removed' "$work/out"
    cp "$work/before" "$config"
    ok "$prefix: install over it" install "$prefix" install
    ok "$prefix: uninstall" install "$prefix" uninstall
    ok "$prefix: nothing is left" plain "$(left)"
done

mkdir -p "$work/root/usr/local/sbin" "$work/root/usr/share/man/man1"
touch "$work/root/usr/share/man/man1/other.1"
install /usr install
install /usr uninstall
ok "another program's page is left" [ -e "$work/root/usr/share/man/man1/other.1" ]
ok "a wrong word is refused" [ "$(tools/build/install.sh wrong 2>/dev/null; echo $?)" = 2 ]
ok "make knows both" make -n install uninstall
end
