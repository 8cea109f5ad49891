#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Usage: check_layers.sh -- holds every #include against the table of who may include whom.
set -eu

# FOLDER: what its files may include besides headers of the folder itself. "a" is the headers directly in a, "a/**" only
# those below it, "<a/**>" headers of a library, "<*>" any C or POSIX header, "core" the five headers of the engine,
# "free" all that C11 gives without a library. The first FOLDER that matches counts.
table='
engine/base:     core
engine/mail:     core engine/base
engine/dkim:     core engine/base engine/mail
engine/smtp:     core engine/base engine/mail
engine/dns:      core engine/base engine/mail
engine/gateway:  core engine/**
port:            free engine/** port/lwip port/mbedtls
port/lwip/arch:  free <sys/types.h>
port/lwip:       free engine/** port <lwip/**> <netif/**> <arch/**>
port/mbedtls:    free engine/** port <mbedtls/**> <psa/**>
port/linux:      <*>  engine/** port port/lwip port/mbedtls
port/cortexm:    free engine/** port port/** board
port/x86:        free engine/** <immintrin.h> <cpuid.h>
port/*:          free engine/** port
board:           free engine/** port port/** board
board/*:         free engine/** port port/** board
tools:           <*>  engine/** port port/mbedtls build/deps tools/**
tools/*:         <*>  engine/** port port/mbedtls tools tools/**
tests/fuzz:      <*>  engine/** port port/** tests tests/** tools tools/** <mbedtls/**>
tests/*/*:       <*>  engine/** port port/** board tests tests/** tools
tests/*:         <*>  engine/** port port/** tests tests/** tools tools/** <lwip/**> <mbedtls/**> <psa/**>
tests:           <*>  engine/** port port/** tests tests/** tools <lwip/**> <mbedtls/**> <psa/**>
'

find engine port board tests tools -name '*.[chS]' 2>/dev/null | LC_ALL=C sort |
    xargs grep -HnE '^[[:space:]]*#[[:space:]]*include' |
awk -v table="$table" '
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
BEGIN {
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
    else
        next
    print where ": " problem
    bad = 1
}
END { exit bad }'
