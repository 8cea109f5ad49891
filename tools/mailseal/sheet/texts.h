/* SPDX-License-Identifier: Apache-2.0
 *
 * texts.h - the built-in languages: *.txt in this folder, one "key = text" per line.
 */
#ifndef TOOLS_SHEET_TEXTS_H
#define TOOLS_SHEET_TEXTS_H

#include <stddef.h>

struct text_file {
	const char *lang;           /* name of the file, without .txt */
	const unsigned char *text;
	size_t len;
};

extern const struct text_file text_files[];
extern const size_t num_text_files;

/* The style of the HTML sheet. */
extern const unsigned char sheet_css[];
extern const size_t sheet_css_len;

#endif
