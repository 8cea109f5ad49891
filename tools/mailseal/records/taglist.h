/* SPDX-License-Identifier: Apache-2.0
 *
 * taglist.h - read a list of name=value pairs (RFC 6376 3.2, which RFC 9989 4.7 takes over).
 */
#ifndef TOOLS_RECORDS_TAGLIST_H
#define TOOLS_RECORDS_TAGLIST_H

#include "engine/base/span.h"

struct taglist_tag {
	struct seal_span name, value;  /* without white space around them                */
	struct seal_span text;         /* all of the tag                                  */
	bool valid;                    /* has a name of ALPHA, DIGIT and "_" and a "="    */
};

/* The next tag off the front of *rest; one that is empty, as after a final ";", is passed
 * over. False at the end. */
bool taglist_next(struct seal_span *rest, struct taglist_tag *tag);

/* The value of the first tag with this name; false: none. */
bool taglist_find(struct seal_span text, const char *name, struct seal_span *value);

/* The tag stands in `text` more than once. */
bool taglist_is_double(struct seal_span text, struct seal_span name);

#endif
