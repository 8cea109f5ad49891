/* SPDX-License-Identifier: Apache-2.0
 *
 * message.h - one message becomes a signed one: the path that every signature takes.
 *
 *	init -> { begin -> recv ... -> end -> sign (until not SEAL_PENDING) -> piece ... -> forget }...
 *
 * The gateway and the command line sign with this and nothing else, so what one of them
 * refuses or signs, the other does too. Rules of intake.h and added.h.
 */
#ifndef SEAL_GATEWAY_MESSAGE_H
#define SEAL_GATEWAY_MESSAGE_H

#include "engine/gateway/added.h"
#include "engine/gateway/intake.h"
#include "engine/gateway/signer.h"

/* `intake` is to be read, for its verdict and its counts; the rest is opaque. */
struct seal_message {
	uint8_t *work;              /* caller's memory for held header fields        */
	size_t work_cap;
	struct seal_intake intake;
	struct seal_added added;
	struct seal_signer signer;
	bool signing;               /* `signer` works for this message               */
	bool stale;                 /* a key still works for a message that is over  */
};

/* Both memories are lent for as long as `m` is used, any alignment: SEAL_WORK_TYPICAL and
 * SEAL_ADDED_MAX octets. No message has begun. */
void seal_message_init(struct seal_message *m, uint8_t *work, size_t work_cap, uint8_t *added, size_t added_cap);

/* A new message. What `rules` points to is lent until the message is forgotten. */
void seal_message_begin(struct seal_message *m, const struct seal_intake_rules *rules);

/* As seal_intake_recv: how many octets were taken; *run is what is to be kept of them. */
size_t seal_message_recv(struct seal_message *m, const uint8_t *data, size_t len, struct seal_span *run);

/* The message is whole. With `trace`, the client's missing fields and Received are made; NULL:
 * none. SEAL_OK: sign it. SEAL_E_PEER: refused, seal_intake_refusal says why. SEAL_E_LIMIT: our
 * own fields do not fit. */
enum seal_status seal_message_end(struct seal_message *m, const struct seal_trace *trace);

/* All signatures, none where the verdict has no signers. Statuses of seal_signer_run. `now_s` as
 * there. While a key works, `m` must not move. */
enum seal_status seal_message_sign(struct seal_message *m, struct seal_key_source keys, uint64_t now_s);

/* One piece of our own fields, sent before the content, in the order of the enum. */
struct seal_span seal_message_piece(const struct seal_message *m, enum seal_added_piece piece);

/* Room for the text of a reply: the memory of our own fields, which are given up with it. */
struct seal_out seal_message_reply_room(struct seal_message *m);

/* The message is over, signed or not. A key that still works for it keeps `m` busy: settle until
 * it answers SEAL_OK. A new message may begin before. */
void seal_message_forget(struct seal_message *m);
enum seal_status seal_message_settle(struct seal_message *m);

#endif
