#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Usage: check_purity.sh TOOL-PREFIX OUT.o OBJECT... -- the engine, linked to OUT.o, needs nothing but four memory
# functions and what the compiler itself calls, and holds no data.
set -eu

prefix=$1 out=$2
shift 2

# Calls that the compiler adds: 64-bit and division helpers, table jumps of Thumb code, memory functions under their
# Arm names. Nothing for floating point.
helpers='__aeabi_(u?idiv(mod)?|u?ldivmod|l(mul|lsl|lsr|asr)|u?lcmp|mem(cpy|move|set|clr)[48]?)|__gnu_thumb1_case_.*'
helpers="$helpers|__u?(div|mod|divmod)di[34]|__(clz|ctz|popcount|bswap)[sd]i2|_GLOBAL_OFFSET_TABLE_"

bad=0
"${prefix}ld" -r -o "$out" "$@"

undefined=$("${prefix}nm" -u "$out" | awk '{ print $2 }' | grep -vxE "mem(cpy|move|set|cmp)|$helpers" || true)
for symbol in $undefined; do
    "${prefix}nm" -A -u "$@" | awk -v s="$symbol" '$NF == s { sub(/:.*/, "", $1); print $1 ": needs " s }'
    bad=1
done

# .data.rel.ro is constant tables of pointers, writable only for a dynamic linker.
held=$("${prefix}size" -A "$out" | awk '/^\.(t?data|t?bss)/ && !/^\.data\.rel\.ro/ { n += $2 } END { print n + 0 }')
common=$("${prefix}nm" "$out" | grep -c ' C ' || true)
if [ "$held" != 0 ] || [ "$common" != 0 ]; then
    "${prefix}nm" -A "$@" | awk '$2 ~ /^[bBdDsSgGC]$/ || $3 ~ /^[C]$/ {
        sub(/:[^:]*$/, "", $1); print $1 ": holds the variable " $NF }'
    echo "engine: $held octets of .data and .bss"
    bad=1
fi

exit $bad
