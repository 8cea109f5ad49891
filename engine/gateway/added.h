/* SPDX-License-Identifier: Apache-2.0
 *
 * added.h - the fields that we add before those of one message.
 *
 *	init -> fields -> (signatures are appended) -> piece
 *
 * They are made in the reverse of the order in which they are sent. Missing fields are signed,
 * so they are made first; Received is not signed; the signatures are made last and sent first,
 * newest on top (RFC 5321 4.4, RFC 6376 5.6).
 */
#ifndef SEAL_GATEWAY_ADDED_H
#define SEAL_GATEWAY_ADDED_H

#include "engine/config/config.h"
#include "engine/gateway/trace.h"
#include "engine/mail/header.h"

/* In the order in which they are sent. */
enum seal_added_piece {
	SEAL_ADDED_SIGNATURES,
	SEAL_ADDED_RECEIVED,
	SEAL_ADDED_MISSING,
	SEAL_ADDED_PIECES
};

struct seal_added {
	uint8_t *ptr;               /* the caller's memory              */
	size_t cap, len;
	size_t received_at, signatures_at;
};

/* Make Date and Message-ID if the client's section wants them, they are missing and trace->now_s
 * is trusted, and hold them in `header` too, so that they are signed; then make Received.
 * SEAL_E_LIMIT: they do not fit into `a` or `header`. */
enum seal_status seal_added_fields(struct seal_added *a, const struct seal_config_client *client,
                                   const struct seal_trace *trace, struct seal_header *header);

/* The room for signatures: append them there, then pass it to seal_added_keep. */
struct seal_out seal_added_out(const struct seal_added *a);
void seal_added_keep(struct seal_added *a, const struct seal_out *out);

/* One piece to send, possibly empty; it lies in the caller's memory. */
struct seal_span seal_added_piece(const struct seal_added *a, enum seal_added_piece piece);

#endif
