/* SPDX-License-Identifier: Apache-2.0
 *
 * canon.h - canonicalization of header fields and bodies (RFC 6376 3.4).
 *
 * Octets go to a sink in runs that lie in the input or are constant. Nothing is
 * copied, and only counts are held.
 */
#ifndef SEAL_DKIM_CANON_H
#define SEAL_DKIM_CANON_H

#include "engine/base/out.h"
#include "engine/base/status.h"

enum seal_canon {
	SEAL_CANON_SIMPLE,
	SEAL_CANON_RELAXED
};

/* One whole header field (canon_head.c): `field` is raw, from the first octet of its
 * name to its final CRLF, which is excluded. Write the canonical field without a final
 * CRLF (3.4.1, 3.4.2; 3.7 wants none after DKIM-Signature itself). */
void seal_canon_field(enum seal_canon mode, struct seal_span field, struct seal_sink sink);

/* A body in chunks (canon_body.c).
 *
 *	init -> update ... -> finish
 *
 * Chunks may be cut anywhere. Lines end with CRLF: a bare CR or LF is SEAL_E_PEER. */
struct seal_canon_body {
	uint32_t held_crlf; /* line ends held back: they may be the last ones  */
	uint8_t mode;       /* enum seal_canon                                 */
	uint8_t status;     /* enum seal_status, sticky                        */
	bool held_wsp;      /* relaxed: white space held back: it may end a line */
	bool saw_cr;        /* the last octet was CR                           */
	bool started;       /* something was written                           */
};

void seal_canon_body_init(struct seal_canon_body *c, enum seal_canon mode);

/* Amortized work is bounded by `len`: each held line end is written once. */
enum seal_status seal_canon_body_update(struct seal_canon_body *c, struct seal_sink sink,
                                        const uint8_t *data, size_t len);

/* The body has ended. A last line without CRLF gets one; an empty body is CRLF in simple (3.4.3)
 * and nothing in relaxed (3.4.4). Any further call is SEAL_E_CALLER. */
enum seal_status seal_canon_body_finish(struct seal_canon_body *c, struct seal_sink sink);

#endif
