# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash disable=SC2154
# Sourced by bash scripts that fetch Debian source packages. Everything apt writes goes to the folder $apt, which the
# caller names; nothing in /etc is touched. The mirror is the one that this machine already uses, and apt checks
# everything against Debian's signature.

# "URI RELEASE" of each of the machine's own entries; apt parses both of its formats for us.
machine_sources() {
    apt-get indextargets --format '$(CREATED_BY) $(REPO_URI) $(RELEASE) $(COMPONENT)' |
        awk '$1 == "Packages" && $4 == "main" && $2 !~ /^cdrom:/ { print $2, $3 }' | sort -u
}

# The mirror whose entry is the running release is Debian's; other entries may have other owners.
mirror() { # PATTERN of the release
    machine_sources | awk -v want="^($1)\$" '$2 ~ want { print $1; exit }'
}

keyring() {
    local file
    for file in /usr/share/keyrings/debian-archive-keyring.{gpg,pgp}; do
        [ ! -e "$file" ] || { echo "Signed-By: $file"; return; }
    done
}

entry() { # URI SUITE
    printf 'Types: deb-src\nURIs: %s\nSuites: %s\nComponents: main\n' "$1" "$2"
    keyring
    echo
}

# The machine's own settings (proxies) stay; its hooks do not, because they are for root.
configure() {
    rm -rf "$apt"
    mkdir -p "$apt/lists/partial" "$apt/cache/archives/partial" "$apt/sources.list.d" "$apt/src"
    : >"$apt/status"
    cat >"$apt/apt.conf" <<-END
	#clear APT::Update::Pre-Invoke;
	#clear APT::Update::Post-Invoke;
	#clear APT::Update::Post-Invoke-Success;
	Dir::Etc::sourcelist "/dev/null";
	Dir::Etc::sourceparts "$apt/sources.list.d";
	Dir::State "$apt";
	Dir::State::lists "$apt/lists";
	Dir::State::status "$apt/status";
	Dir::Cache "$apt/cache";
	APT::Sandbox::User "";
	APT::Get::AllowUnauthenticated "false";
	Acquire::AllowInsecureRepositories "false";
	Acquire::Languages "none";
	Acquire::Retries "3";
	END
}

use_suite() { # file URI SUITE
    entry "$2" "$3" >"$apt/sources.list.d/$1.sources"
    apt-get -c "$apt/apt.conf" -q update -o APT::Update::Error-Mode=any >"$apt/update.log" 2>&1
}
