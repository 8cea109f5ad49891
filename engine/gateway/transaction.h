/* SPDX-License-Identifier: Apache-2.0
 *
 * transaction.h - one mail transaction: envelope, message and what the spool holds of it.
 *
 *	init -> { take -> open -> hold ... -> rewind -> next ... -> end }...
 *
 * A relay takes one at MAIL and gives it back at the verdict; all of them are the port's
 * memory. No decision is made here but one: what the spool's trouble means for the client.
 */
#ifndef SEAL_GATEWAY_TRANSACTION_H
#define SEAL_GATEWAY_TRANSACTION_H

#include "engine/gateway/envelope.h"
#include "engine/gateway/held.h"
#include "engine/gateway/message.h"

enum seal_phase {
	SEAL_PHASE_IDLE,
	SEAL_PHASE_ENVELOPE,   /* a MAIL is being judged or was accepted              */
	SEAL_PHASE_CONTENT,    /* 354 was sent                                        */
	SEAL_PHASE_SIGNING,    /* the final dot has come                              */
	SEAL_PHASE_DELIVERING  /* signed; the next hop must get it                    */
};

/* Does not move while it is taken. */
struct seal_transaction {
	struct seal_envelope envelope;
	struct seal_message message;
	struct seal_held held;
	struct seal_extensions mirror;  /* what the next hop of this transaction offers        */
	struct seal_reply trouble;      /* local trouble with the message; constant text       */
	size_t pending_at;              /* where the command that waits for a verdict begins   */
	uint64_t answer_by_ms;          /* UINT64_MAX before the final dot                     */
	uint64_t end_ms, sending_ms;    /* when the final dot came; when sending began         */
	uint64_t signing_ms;
	uint8_t phase;                  /* enum seal_phase                                     */
	uint8_t piece;                  /* of our own fields: the next one to be sent          */
	bool is_taken;
};

/* Caller's memory for one transaction, lent for good, any alignment. */
struct seal_transaction_memory {
	uint8_t *work;                  /* held header fields; SEAL_WORK_TYPICAL          */
	size_t work_cap;
	uint8_t *envelope;              /* MAIL and RCPT; SEAL_ENVELOPE_TYPICAL           */
	size_t envelope_cap;
	uint8_t *added;                 /* our own fields; SEAL_ADDED_MAX                 */
	size_t added_cap;
};

void seal_transaction_init(struct seal_transaction *t, const struct seal_transaction_memory *memory);

/* One of `num` that is free, taken and idle; NULL: none. */
struct seal_transaction *seal_transaction_take(struct seal_transaction *all, size_t num);

/* Idle again, and all that it held is forgotten. It stays taken. */
void seal_transaction_end(struct seal_transaction *t, struct seal_spool *spool);

/* Others may take it. False: a key still works for it, ask again. */
bool seal_transaction_give(struct seal_transaction *t);

/* Room in the spool for a message of `size` octets (0: not announced). Code 0: there is;
 * otherwise the refusal, and t->held.failed when the medium failed. */
struct seal_reply seal_transaction_open(struct seal_transaction *t, struct seal_spool *spool, uint64_t size);

/* How many octets of content may come now. */
size_t seal_transaction_room(const struct seal_transaction *t, struct seal_spool *spool);

/* Content, dots undone: judged, hashed and held. What the spool does not take becomes `trouble`;
 * false: it just did. */
bool seal_transaction_hold(struct seal_transaction *t, struct seal_spool *spool, struct seal_span content);

/* Send it from the beginning: SEAL_OK, SEAL_PENDING, or `trouble` is set. */
enum seal_status seal_transaction_rewind(struct seal_transaction *t, struct seal_spool *spool);

/* The next octets to be sent, our own fields first, valid until the next call. Empty: that was
 * all, and it is what was held. SEAL_PENDING: ask again. Others: `trouble` is set. */
enum seal_status seal_transaction_next(struct seal_transaction *t, struct seal_spool *spool,
                                       struct seal_span *piece);

#endif
