/* SPDX-License-Identifier: Apache-2.0
 *
 * qr.h - a text as a QR code.
 */
#ifndef TOOLS_SHEET_QR_H
#define TOOLS_SHEET_QR_H

#include <stdbool.h>
#include <stdio.h>

/* As an SVG element, or as lines of UTF-8 block characters, dark on light. Returns false on an error (reported). */
bool qr_put_svg(FILE *to, const char *text);
bool qr_put_blocks(FILE *to, const char *text, const char *indent);

#endif
