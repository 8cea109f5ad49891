/* SPDX-License-Identifier: Apache-2.0
 *
 * transaction.h - one mail transaction: its envelope, its message, and the message's content in the
 * spool.
 *
 *	init -> { take -> open -> hold ... -> rewind -> next ... -> end }...
 *
 * A relay takes one at MAIL and gives it back after the verdict; the port owns their memory.
 * The only decision made here is which reply the client gets if the spool fails or is full.
 */
#ifndef SEAL_GATEWAY_TRANSACTION_H
#define SEAL_GATEWAY_TRANSACTION_H

#include "engine/gateway/envelope.h"
#include "engine/gateway/held.h"
#include "engine/gateway/message.h"

enum seal_phase {
	SEAL_PHASE_IDLE,
	SEAL_PHASE_ENVELOPE,   /* MAIL is being judged or was accepted                */
	SEAL_PHASE_CONTENT,    /* 354 was sent                                        */
	SEAL_PHASE_SIGNING,    /* the final dot has come                              */
	SEAL_PHASE_DELIVERING  /* signed; it is being sent to the next hop            */
};

/* It must not move while it is taken. */
struct seal_transaction {
	struct seal_envelope envelope;
	struct seal_message message;
	struct seal_held held;
	struct seal_extensions mirror;  /* what the next hop of this transaction offers        */
	struct seal_reply trouble;      /* local trouble with the message; constant text       */
	size_t pending_at;              /* envelope offset of the command without a verdict    */
	uint64_t answer_by_ms;          /* UINT64_MAX before the final dot                     */
	uint64_t end_ms, sending_ms;    /* when the final dot came; when sending began         */
	uint64_t signing_ms;
	uint8_t phase;                  /* enum seal_phase                                     */
	uint8_t piece;                  /* enum seal_added_piece: the next one to send         */
	bool is_taken;
};

/* The caller's memory for one transaction: lent for the life of the program, any alignment. */
struct seal_transaction_memory {
	uint8_t *work;                  /* held header fields; SEAL_WORK_TYPICAL          */
	size_t work_cap;
	uint8_t *envelope;              /* MAIL and RCPT; SEAL_ENVELOPE_TYPICAL           */
	size_t envelope_cap;
	uint8_t *added;                 /* our own fields; SEAL_ADDED_MAX                 */
	size_t added_cap;
};

void seal_transaction_init(struct seal_transaction *t, const struct seal_transaction_memory *memory);

/* Take a free one of `num`; it is idle. NULL: all are taken. */
struct seal_transaction *seal_transaction_take(struct seal_transaction *all, size_t num);

/* Forget everything that it holds. It is idle again and stays taken. */
void seal_transaction_end(struct seal_transaction *t, struct seal_spool *spool);

/* Give it back, so that others may take it. False: a key still works for it; call again. */
bool seal_transaction_give(struct seal_transaction *t);

/* Reserve room in the spool for a message of `size` octets (0: not announced). Returns code 0 if it
 * has room, otherwise the refusal; t->held.failed is set if the medium failed. */
struct seal_reply seal_transaction_open(struct seal_transaction *t, struct seal_spool *spool, uint64_t size);

/* How many octets of content can be taken now. */
size_t seal_transaction_room(const struct seal_transaction *t, struct seal_spool *spool);

/* Judge, hash and hold content, whose stuffed dots were removed. If the spool does not take it,
 * `trouble` is set. Returns false if this call set it. */
bool seal_transaction_hold(struct seal_transaction *t, struct seal_spool *spool, struct seal_span content);

/* Begin to send it from the start. SEAL_PENDING: call again. Any other error sets `trouble`. */
enum seal_status seal_transaction_rewind(struct seal_transaction *t, struct seal_spool *spool);

/* The next octets to send, our own fields first; valid until the next call. Empty: that was all, and
 * the content is what was held. SEAL_PENDING: call again. Any other error sets `trouble`. */
enum seal_status seal_transaction_next(struct seal_transaction *t, struct seal_spool *spool,
                                       struct seal_span *piece);

#endif
