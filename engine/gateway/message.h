/* SPDX-License-Identifier: Apache-2.0
 *
 * message.h - turn a message into a signed one: every signature takes this path.
 *
 *	init -> { begin -> recv ... -> end -> sign (until not SEAL_PENDING) -> piece ... -> forget }...
 *
 * The gateway and the command line sign only with this, so that both refuse and sign the same
 * messages. The rules are those of intake.h and added.h.
 */
#ifndef SEAL_GATEWAY_MESSAGE_H
#define SEAL_GATEWAY_MESSAGE_H

#include "engine/gateway/added.h"
#include "engine/gateway/intake.h"
#include "engine/gateway/signer.h"

/* `intake` may be read, for its verdict and its counts; the rest is opaque. */
struct seal_message {
	uint8_t *work;              /* the caller's memory for held header fields    */
	size_t work_cap;
	struct seal_intake intake;
	struct seal_added added;
	struct seal_signer signer;
	bool signing;               /* `signer` works for this message               */
	bool stale;                 /* a key still works for the previous message    */
};

/* Start without a message. Both memories are lent for as long as `m` is used, any alignment:
 * SEAL_WORK_TYPICAL and SEAL_ADDED_MAX octets. */
void seal_message_init(struct seal_message *m, uint8_t *work, size_t work_cap, uint8_t *added, size_t added_cap);

/* Begin a message. Everything that `rules` points to is lent until the message is forgotten. */
void seal_message_begin(struct seal_message *m, const struct seal_intake_rules *rules);

/* As seal_intake_recv: returns how many octets were taken; keep *run. */
size_t seal_message_recv(struct seal_message *m, const uint8_t *data, size_t len, struct seal_span *run);

/* The message is complete. With `trace` make the client's missing fields and Received; NULL: make
 * none. SEAL_OK: sign it. SEAL_E_PEER: refused; seal_intake_refusal has the reply. SEAL_E_LIMIT:
 * our own fields do not fit. */
enum seal_status seal_message_end(struct seal_message *m, const struct seal_trace *trace);

/* Make all signatures; none if the verdict has no signers. Statuses and `now_s` as in
 * seal_signer_run. `m` must not move while a key works. */
enum seal_status seal_message_sign(struct seal_message *m, struct seal_key_source keys, uint64_t now_s);

/* One piece of our own fields; send them before the content, in the order of the enum. */
struct seal_span seal_message_piece(const struct seal_message *m, enum seal_added_piece piece);

/* Room for the text of a reply: the memory of our own fields, which are dropped. */
struct seal_out seal_message_reply_room(struct seal_message *m);

/* The message is over, signed or not. If a key still works for it, `m` stays busy: call settle
 * until it returns SEAL_OK. A new message may begin before that. */
void seal_message_forget(struct seal_message *m);
enum seal_status seal_message_settle(struct seal_message *m);

#endif
