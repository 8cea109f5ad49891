#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Usage: picture.sh MAILSEAL FILE.png -- prints a hand-over sheet as a browser does and makes a picture of the page.
set -eu

seal=$(realpath "$1")
picture=$(realpath "$2")
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
printf '[gateway]\nhostname = gw.example.com\nnext-hop = 127.0.0.1:25\n' >gateway.conf
export SOURCE_DATE_EPOCH=1768478400
"$seal" domain add example.com 2>/dev/null >&2
"$seal" handover example.com -f html --contact 'mail-team@operator.example' \
    --rua mailto:dmarc@example.com --spf include:spf.operator.example \
    --existing-spf 'v=spf1 include:spf.protection.outlook.com ~all' -o sheet.html
chromium --headless --no-sandbox --disable-gpu --no-pdf-header-footer --print-to-pdf=sheet.pdf sheet.html >log 2>&1 ||
    { cat log; exit 1; }
pages=$(pdfinfo sheet.pdf | sed -n 's/^Pages: *//p')
[ "$pages" = 1 ] || { echo "the sheet has $pages pages"; exit 1; }
pdftoppm -r 68 -png -singlefile sheet.pdf sheet
mv sheet.png "$picture"
