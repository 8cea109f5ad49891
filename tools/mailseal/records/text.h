/* SPDX-License-Identifier: Apache-2.0
 *
 * text.h - small helpers for NUL-ended text on the heap and for names.
 */
#ifndef TOOLS_RECORDS_TEXT_H
#define TOOLS_RECORDS_TEXT_H

#include "tools/mailseal/records/lookup.h"

/* printf into new memory: free() it. Never NULL. */
char *text_format(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* A copy in which what is no printable ASCII has become "?": free() it. */
char *text_visible(struct seal_span s);

/* Append to a text_format text, which moves; *text may be NULL. */
void text_append(char **text, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* PREFIX.NAME (or NAME, when prefix is "") into `out`; false, and "" there, when it is too long. */
bool name_join(char out[DNS_NAME_SIZE], const char *prefix, const char *name);

/* In lower case, without final dot. False, and "" there, when it is too long. */
bool name_copy(char out[DNS_NAME_SIZE], struct seal_span name);

bool name_equal(const char *a, const char *b);

/* `name` is `parent` or below it. */
bool name_within(const char *name, const char *parent);

/* What follows the first label; "" after the last. */
const char *name_parent(const char *name);

/* "a" or "a.b": 1 or 2; "": 0. */
unsigned name_labels(const char *name);

#endif
