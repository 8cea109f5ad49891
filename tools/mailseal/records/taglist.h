/* SPDX-License-Identifier: Apache-2.0
 *
 * taglist.h - reads a list of name=value pairs (RFC 6376 3.2, also used by RFC 9989 4.7).
 */
#ifndef TOOLS_RECORDS_TAGLIST_H
#define TOOLS_RECORDS_TAGLIST_H

#include "engine/base/span.h"

struct taglist_tag {
	struct seal_span name, value;  /* without white space around them                */
	struct seal_span text;         /* the whole tag                                   */
	bool valid;                    /* has "=", and a name of ALPHA, DIGIT and "_"     */
};

/* Takes the next tag off *rest; skips empty ones, such as the one after a final ";". False at the end. */
bool taglist_next(struct seal_span *rest, struct taglist_tag *tag);

/* The value of the first tag with this name; false: no such tag exists. */
bool taglist_find(struct seal_span text, const char *name, struct seal_span *value);

/* True if the tag occurs more than once in `text`. */
bool taglist_is_double(struct seal_span text, struct seal_span name);

#endif
