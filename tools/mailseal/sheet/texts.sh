#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Usage: texts.sh STYLE.css LANGUAGE.txt... -- writes C that holds the files, octet for octet.
set -eu

octets() { od -An -v -tu1 "$1" | sed 's/\([0-9]\) /\1, /g; s/$/,/'; }

printf '#include "tools/mailseal/sheet/texts.h"\n\nconst unsigned char sheet_css[] = {\n'
octets "$1"
printf '};\n\nconst size_t sheet_css_len = sizeof sheet_css;\n\n'
shift
for file; do
    printf 'static const unsigned char text_%s[] = {\n' "$(basename "$file" .txt)"
    octets "$file"
    printf '};\n\n'
done
printf 'const struct text_file text_files[] = {\n'
for file; do
    lang=$(basename "$file" .txt)
    printf '\t{ "%s", text_%s, sizeof text_%s },\n' "$lang" "$lang" "$lang"
done
printf '};\n\nconst size_t num_text_files = sizeof text_files / sizeof text_files[0];\n'
