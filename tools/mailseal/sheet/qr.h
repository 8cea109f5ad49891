/* SPDX-License-Identifier: Apache-2.0
 *
 * qr.h - a text as a QR code.
 */
#ifndef TOOLS_SHEET_QR_H
#define TOOLS_SHEET_QR_H

#include <stdbool.h>
#include <stdio.h>

/* As an SVG element; as lines of UTF-8 blocks, dark on light. False: reported. */
bool qr_put_svg(FILE *to, const char *text);
bool qr_put_blocks(FILE *to, const char *text, const char *indent);

#endif
