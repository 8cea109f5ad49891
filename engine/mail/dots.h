/* SPDX-License-Identifier: Apache-2.0
 *
 * dots.h - dot transparency and the end of mail data (RFC 5321 4.5.2).
 *
 * Only CR LF "." CR LF ends the data (4.1.1.4, 2.3.8). A dot is removed or added
 * only after CR LF. Neither direction copies: a run lies in the caller's octets or
 * is one constant octet, and must be used before the next call.
 */
#ifndef SEAL_MAIL_DOTS_H
#define SEAL_MAIL_DOTS_H

#include "engine/base/span.h"

/* Receiving. It starts after the CRLF of the DATA command. */
struct seal_undot {
	uint8_t state;
};

void seal_undot_init(struct seal_undot *u);

/* Read `data`: *run becomes the next piece of content, possibly empty. Returns how
 * many octets of `data` were consumed; never those after the end. Call it until
 * `len` is used up or seal_undot_ended returns true. */
size_t seal_undot_recv(struct seal_undot *u, const uint8_t *data, size_t len,
                       struct seal_span *run);
bool seal_undot_ended(const struct seal_undot *u);

/* Sending. */
struct seal_dot {
	uint8_t state;
};

void seal_dot_init(struct seal_dot *d);

/* *run becomes the next run to send for `data`, at least one octet if len > 0.
 * Returns how many octets of `data` it stands for (0 for a stuffed dot). Send the
 * whole run: the machine has already moved on. */
size_t seal_dot_send(struct seal_dot *d, const uint8_t *data, size_t len,
                     struct seal_span *run);

/* The end of the data: "." CRLF, after a CRLF if the content so far does not end
 * with one. Constant. */
struct seal_span seal_dot_end(const struct seal_dot *d);

#endif
