#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Usage: check_text.sh -- every source file names its licence in its first lines and has at most 120 columns; the
# engine has no conditional code in its .c files, and in headers nothing but the guard; only the key store knows
# algorithms of keys by name.
set -eu

width=120
bad=0
while read -r file; do
    if ! head -n 3 "$file" | grep -q 'SPDX-License-Identifier: Apache-2\.0'; then
        echo "$file: no SPDX-License-Identifier: Apache-2.0 in the first three lines"
        bad=1
    fi
    # A tab is eight columns.
    if expand "$file" | LC_ALL=C.UTF-8 grep -nE "^.{$((width + 1)),}" | sed "s|:.*||; s|^|$file:|; s|$|: too wide|" |
        grep .; then
        bad=1
    fi
done < <(find Makefile .clang-format .clang-tidy .editorconfig .gitignore .ci engine port board tests tools \
    -type f 2>/dev/null | grep -E '\.([chS]|sh|py|pl|awk|ld|mk)$|^[^/]*$|^\.ci/' | LC_ALL=C sort)

conditional='^[[:space:]]*#[[:space:]]*(if|ifdef|ifndef|elif|else)\b'
for file in engine/*/*.[ch]; do
    if grep -nE "$conditional" "$file" | sed '1{/#ifndef SEAL_[A-Z0-9_]*_H$/d}' | grep -v '#ifdef __cplusplus' |
        sed "s|^|$file:|; s|$|: conditional code|" | grep .; then
        bad=1
    fi
done

# Others use seal_key_* of key_store.h, keygen.h and key_public.h.
if grep -rnwiE 'seal_(rsa|ed25519|ecdsa)_\w*|"port/mbedtls/(internal|der)\.h"' engine port board tests tools \
    --include='*.[chS]' 2>/dev/null | grep -v '^port/mbedtls/' | cut -d : -f 1,2 |
    sed 's|$|: only port/mbedtls names an algorithm of keys; use seal_key_*|' | grep .; then
    bad=1
fi
exit $bad
