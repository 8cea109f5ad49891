/* SPDX-License-Identifier: Apache-2.0
 *
 * dots.h - dot transparency and the end of mail data (RFC 5321 4.5.2).
 *
 * Only CR LF "." CR LF ends the data (4.1.1.4, 2.3.8). A dot is taken off, or
 * put on, only after CR LF. Both directions are zero-copy: a run lies in the
 * octets given or is one constant octet, and must be used before the next call.
 */
#ifndef SEAL_MAIL_DOTS_H
#define SEAL_MAIL_DOTS_H

#include "engine/base/span.h"

/* Receiving. Starts after the CRLF of the DATA command. */
struct seal_undot {
	uint8_t state;
};

void seal_undot_init(struct seal_undot *u);

/* Look at `data`: *run becomes the next piece of content (possibly empty) and
 * the answer is how many octets of `data` that consumed. Octets after the end
 * are never consumed. Call until `len` is used up or seal_undot_ended. */
size_t seal_undot_recv(struct seal_undot *u, const uint8_t *data, size_t len,
                       struct seal_span *run);
bool seal_undot_ended(const struct seal_undot *u);

/* Sending. */
struct seal_dot {
	uint8_t state;
};

void seal_dot_init(struct seal_dot *d);

/* The next run to send for `data`, at least one octet when len > 0; the answer
 * is how many octets of `data` it stands for (0 when it is a stuffed dot). The
 * machine moves on: send the run whole. */
size_t seal_dot_send(struct seal_dot *d, const uint8_t *data, size_t len,
                     struct seal_span *run);

/* What ends the data: "." CRLF, with a CRLF before it when the content sent so
 * far did not end with one. Static storage. */
struct seal_span seal_dot_end(const struct seal_dot *d);

#endif
