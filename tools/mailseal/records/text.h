/* SPDX-License-Identifier: Apache-2.0
 *
 * text.h - small helpers for NUL-ended text on the heap and for names.
 */
#ifndef TOOLS_RECORDS_TEXT_H
#define TOOLS_RECORDS_TEXT_H

#include "tools/mailseal/records/lookup.h"

/* printf into new memory, never NULL; the caller frees it. */
char *text_format(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* A copy with "?" instead of each character that is not printable ASCII; the caller frees it. */
char *text_visible(struct seal_span s);

/* Appends to a text that text_format returned; *text changes, and may be NULL before. */
void text_append(char **text, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Writes PREFIX.NAME, or NAME if the prefix is "". False: too long, and `out` is "". */
bool name_join(char out[DNS_NAME_SIZE], const char *prefix, const char *name);

/* Copies in lower case, without the final dot. False: too long, and `out` is "". */
bool name_copy(char out[DNS_NAME_SIZE], struct seal_span name);

bool name_equal(const char *a, const char *b);

/* True if `name` is equal to `parent` or below it. */
bool name_within(const char *name, const char *parent);

/* The part after the first label; "" after the last one. */
const char *name_parent(const char *name);

/* The number of labels: 2 for "a.b", 0 for "". */
unsigned name_labels(const char *name);

#endif
