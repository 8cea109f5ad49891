#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Usage: check_layers.sh -- checks every #include against the table of who may include whom, the names of mailseal's
# commands against their files, and the top folder against the names that it may have.
set -eu

# Hidden files are allowed too; build is made.
top='CHANGELOG.md CONTRIBUTING.md LICENSE Makefile README.md SECURITY.md board build docs engine port tests tools'

# FOLDER: what its files may include besides headers of the folder itself. "a" is the headers directly in a, "a/**" only
# those below it, "<a/**>" headers of a library, "<*>" any C or POSIX header, "core" the five headers of the engine,
# "free" all that C11 gives without a library, "T/" stands for tools/mailseal/. The first FOLDER that matches counts.
# Whatever the table allows, folders may not include each other in a circle.
table='
engine/base:     core
engine/mail:     core engine/base
engine/dkim:     core engine/base engine/mail
engine/smtp:     core engine/base engine/mail
engine/dns:      core engine/base engine/mail
engine/config:   core engine/base engine/mail engine/dkim engine/smtp
engine/gateway:  core engine/**
port/contract:   free engine/**
port/x86:        free engine/** <immintrin.h> <cpuid.h>
port/driver/*:   free engine/** port/contract port/driver/*
port/mbedtls:    free engine/** port/contract <mbedtls/**> <psa/**>
port/gateway:    free engine/** port/contract port/mbedtls
port/lwip/arch:  free <sys/types.h>
port/lwip:       free engine/** port/contract <lwip/**> <netif/**> <arch/**>
port/linux:      <*>  engine/** port/contract port/gateway port/mbedtls port/lwip
port/cortexm:    free engine/** port/contract port/gateway port/mbedtls port/lwip port/driver/*
board:           free engine/** port/contract port/cortexm port/driver/*
board/*:         free engine/** port/contract port/cortexm port/driver/* board
tools/mailseal:  <*>  T/**
T/base:          <*>  engine/** port/contract port/mbedtls build/deps
T/records:       <*>  engine/** port/mbedtls T/base
T/checks:        <*>  engine/** port/contract port/mbedtls T/base T/records
T/reports:       <*>  engine/** T/base T/records T/checks
T/doctor:        <*>  engine/** port/mbedtls T/base T/records T/checks
T/site:          <*>  engine/** port/mbedtls T/base T/records T/checks
T/sheet:         <*>  engine/** T/base T/records T/checks T/site
T/status:        <*>  engine/** T/base T/records T/checks T/site T/sheet
T/bundle:        <*>  engine/** T/base T/site
T/commands:      <*>  engine/** port/mbedtls build/deps T/**
tools/build/*:   core
tests/fuzz:      <*>  engine/** port/** tests tests/** tools/mailseal/** <mbedtls/**>
tests/*/*:       <*>  engine/** port/** board tests tests/**
tests/*:         <*>  engine/** port/** tests tests/** tools/mailseal/** <lwip/**> <mbedtls/**> <psa/**>
tests:           <*>  engine/** port/** tests tests/** <lwip/**> <mbedtls/**> <psa/**>
'

# A command lies in the file that is called as one types it: "key new" in key_new.c, one command per file. The table of
# main.c lists each.
commands=tools/mailseal/commands
misplaced=0
misplaced() {
    echo "$1"
    misplaced=1
}
for name in *; do
    case " $top " in
    *" $name "*) ;;
    *) misplaced "$name: not a name of the top folder" ;;
    esac
done
table_of=tools/mailseal/main.c
listed=
if [ -e "$table_of" ] || [ -e "$commands" ]; then
    listed=$(sed -n '/struct tool_group tool_groups\[\]/,/^};/s/&tool_\([a-z_]*\)/\n&\n/gp' "$table_of" 2>/dev/null |
        sed -n 's/^&tool_//p' | LC_ALL=C sort)
    [ -n "$listed" ] || misplaced "$table_of: no table of commands was found"
fi
for name in $listed; do
    grep -qsx "const struct tool_command tool_$name = {" "$commands/$name.c" ||
        misplaced "$commands/$name.c: does not define tool_$name, which is in the table of $table_of"
    grep -qs "^	\.name = \"${name/_/ }\"," "$commands/$name.c" ||
        misplaced "$commands/$name.c: the command is not called \"${name/_/ }\""
done
while IFS=: read -r file name; do
    grep -qx "$name" <<<"$listed" || misplaced "$file: tool_$name is not in the table of $table_of"
    [ "$file" = "$commands/$name.c" ] || misplaced "$file: tool_$name belongs in $commands/$name.c"
done < <(grep -ro --include='*.c' '^const struct tool_command tool_[a-z_]*' tools/mailseal |
    sed 's/:const struct tool_command tool_/:/')

find engine port board tests tools -name '*.[chS]' 2>/dev/null | LC_ALL=C sort |
    xargs grep -HnE '^[[:space:]]*#[[:space:]]*include' |
awk -v table="$table" -v misplaced="$misplaced" '
function glob(pattern, text) { # * matches within one path component, ** also beyond
    gsub(/[.]/, "[.]", pattern)
    gsub(/\*\*/, "\001", pattern)
    gsub(/\*/, "[^/]*", pattern)
    gsub(/\001/, ".*", pattern)
    return text ~ ("^" pattern "$")
}
function core(name) { return name ~ /^<(limits|stdbool|stddef|stdint|string)\.h>$/ }
function free(name) {
    return core(name) || name ~ /^<(float|inttypes|iso646|stdalign|stdarg|stdatomic|stdnoreturn)\.h>$/
}
function library(name) { return name ~ /^<(lwip|netif|arch|mbedtls|psa)\// }
function matches(entry, name,    dir) {
    if (entry == "core")
        return core(name)
    if (entry == "free")
        return free(name)
    if (entry == "<*>")
        return name ~ /^</ && !library(name)
    if (entry ~ /^</)
        return glob(entry, name)
    dir = name
    sub(/\/[^\/]*$/, "", dir)
    return name !~ /^</ && glob(entry, dir)
}
function allowed(rule, folder, name,    entry, n, i) {
    n = split(rule " " folder, entry, " ")
    for (i = 1; i <= n; i++)
        if (matches(entry[i], name))
            return 1
    return 0
}
function edge(folder, name) {
    sub(/\/[^\/]*$/, "", name)
    if (name != folder && !((folder, name) in seen)) {
        seen[folder, name] = 1
        uses[folder] = uses[folder] " " name
    }
}
function walk(folder, path,    next_folder, n, i) { # colours: 1 on the path, 2 done
    if (colour[folder] == 2)
        return
    colour[folder] = 1
    n = split(uses[folder], next_folder, " ")
    for (i = 1; i <= n; i++) {
        if (colour[next_folder[i]] == 1) {
            print "circle of folders: " path " > " next_folder[i]
            bad = 1
        } else
            walk(next_folder[i], path " > " next_folder[i])
    }
    colour[folder] = 2
}
BEGIN {
    bad = misplaced
    gsub(/T\//, "tools/mailseal/", table)
    count = split(table, line, "\n")
    for (i = 1; i <= count; i++)
        if (split(line[i], part, /: */) == 2) {
            folders[++num] = part[1]
            rules[num] = part[2]
        }
}
{
    split($0, at, ":")
    where = at[1] ":" at[2]
    folder = at[1]
    sub(/\/[^\/]*$/, "", folder)
    name = $0
    sub(/^[^#]*#[ \t]*include[ \t]*/, "", name)
    if (name ~ /^"/) {
        sub(/^"/, "", name)
        sub(/".*/, "", name)
    } else
        sub(/>.*/, ">", name)
    if (library("<" name))
        name = "<" name ">"
    for (i = 1; i <= num && !glob(folders[i], folder); i++)
        ;
    if (i > num)
        problem = "no rule for the folder " folder
    else if (name == "SEAL_LWIP_SIZES" && folder == "port/lwip")
        next # the one include whose file the build chooses
    else if (!allowed(rules[i], folder, name))
        problem = folder " may not include " name
    else {
        if (name ~ /^"?[a-z]/ && name !~ /^</)
            edge(folder, name)
        next
    }
    print where ": " problem
    bad = 1
}
END {
    for (folder in uses)
        walk(folder, folder)
    exit bad
}'
