/* SPDX-License-Identifier: Apache-2.0
 *
 * tags.h - write a tag-list field and fold it at the same time (RFC 6376 3.2, 3.5).
 *
 * No line is longer than SEAL_COLUMN_MAX columns, unless a single token is (a d= of
 * 80 octets): tokens must not be folded.
 */
#ifndef SEAL_DKIM_TAGS_H
#define SEAL_DKIM_TAGS_H

#include "engine/base/out.h"

struct seal_tags {
	struct seal_out *out;
	size_t column;   /* octets on the current line */
};

/* Begin a field: write "Name:". All of these report a lack of room in out->overflow. */
void seal_tags_begin(struct seal_tags *t, struct seal_out *out, struct seal_span field_name);

/* A tag in parts: seal_tags_tag writes " name=", any number of values follow, and
 * seal_tags_end_tag writes ";". */
void seal_tags_tag(struct seal_tags *t, struct seal_span name);
void seal_tags_token(struct seal_tags *t, struct seal_span token);  /* never cut            */
void seal_tags_colon(struct seal_tags *t);                          /* between two tokens   */
void seal_tags_octets(struct seal_tags *t, struct seal_span text);  /* cut anywhere: base64 */
void seal_tags_end_tag(struct seal_tags *t);

/* A whole tag whose value is one token. */
void seal_tags_put(struct seal_tags *t, struct seal_span name, struct seal_span value);
void seal_tags_put_u64(struct seal_tags *t, struct seal_span name, uint64_t value);

#endif
