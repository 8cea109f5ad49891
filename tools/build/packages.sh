#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Usage: packages.sh GROUP -- makes sure that the Debian packages of a group in packages.txt are installed.
# As root it installs what is missing; otherwise it prints the one command to run.
set -eu

list=$(dirname "$0")/packages.txt
policy=/usr/sbin/policy-rc.d

names() { # GROUP
    local name
    for name in $(sed -n "s/^$1:[[:space:]]*//p" "$list"); do
        case $name in
        @*) names "${name#@}" ;;
        *) echo "$name" ;;
        esac
    done
}

installed() { # NAME
    [ "$(dpkg-query -W -f='${db:Status-Status}' "$1" 2>/dev/null)" = installed ]
}

missing() { # GROUP
    local name alternative
    for name in $(names "$1" | sort -u); do
        for alternative in ${name//|/ }; do
            installed "$alternative" && continue 2
        done
        echo "$name"
    done
}

# Chosen late, because apt may know no packages before the first "apt-get update".
choose() { # NAME|NAME...
    local alternative
    for alternative in ${1//|/ }; do
        if apt-cache show --no-all-versions "$alternative" >/dev/null 2>&1; then
            echo "$alternative"
            return
        fi
    done
    echo "${1%%|*}"
}

# Another apt may hold the lists; apt itself only waits for dpkg's lock.
update() {
    local try
    for try in 1 2 3 4 5 6; do
        apt-get -q update && return
        echo "packages: apt-get update failed (attempt $try), waiting" >&2
        sleep $((try * 5))
    done
    return 1
}

group=${1:?usage: packages.sh build|run|board|test|check}
grep -q "^$group:" "$list" || { echo "packages: no group '$group' in $list" >&2; exit 2; }

if ! command -v apt-get >/dev/null || ! command -v dpkg-query >/dev/null; then
    echo "packages: apt: not found; '$group' needs these packages of Debian: $(names "$group" | sort -u | xargs)" >&2
    exit 0
fi

wanted=$(missing "$group")
[ -n "$wanted" ] || exit 0
if [ "$(id -u)" != 0 ]; then
    wanted=$(for name in $wanted; do choose "$name"; done)
    echo "packages: '$group' needs packages that are not installed; run as root:" >&2
    echo "apt-get install -y --no-install-recommends $(echo $wanted)" >&2
    exit 1
fi

# The tests need mail and name servers as programs, not as services of this machine.
if [ ! -e "$policy" ]; then
    trap 'rm -f "$policy"' EXIT
    trap 'exit 1' HUP INT TERM
    printf '#!/bin/sh\nexit 101\n' >"$policy"
    chmod 755 "$policy"
fi
update
wanted=$(for name in $wanted; do choose "$name"; done)
echo "packages: installing" $wanted
# shellcheck disable=SC2086
DEBIAN_FRONTEND=noninteractive apt-get -q -o DPkg::Lock::Timeout=900 \
    install -y --no-install-recommends $wanted </dev/null
