/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/gateway/transaction.h"

#include <string.h>

#define SPOOL_FAILED SEAL_REPLY(452, "4.3.0 Spool failed, try again later")
#define SPOOL_FULL   SEAL_REPLY(452, "4.3.1 Spool is full, try again later")

/* --- taking and giving back ----------------------------------------------------------------- */

static void
clear(struct seal_transaction *t)
{
	t->phase = SEAL_PHASE_IDLE;
	t->envelope.len = 0;
	t->envelope.num = 0;
	t->mirror = (struct seal_extensions){ .size_max = 0 };
	t->trouble.code = 0;
	t->held.failed = false;
	t->answer_by_ms = UINT64_MAX;
	t->signing_ms = 0;
	t->pending_at = 0;
}

void
seal_transaction_init(struct seal_transaction *t, const struct seal_transaction_memory *memory)
{
	memset(t, 0, sizeof *t);
	t->envelope.ptr = memory->envelope;
	t->envelope.cap = memory->envelope_cap;
	seal_message_init(&t->message, memory->work, memory->work_cap, memory->added, memory->added_cap);
	clear(t);
}

struct seal_transaction *
seal_transaction_take(struct seal_transaction *all, size_t num)
{
	for (size_t i = 0; i < num; i++) {
		if (!all[i].is_taken) {
			all[i].is_taken = true;
			return &all[i];
		}
	}
	return NULL;
}

void
seal_transaction_end(struct seal_transaction *t, struct seal_spool *spool)
{
	seal_held_close(&t->held, spool);
	seal_message_forget(&t->message);
	clear(t);
}

bool
seal_transaction_give(struct seal_transaction *t)
{
	if (seal_message_settle(&t->message) == SEAL_PENDING)
		return false;
	t->is_taken = false;
	return true;
}

/* --- content ------------------------------------------------------------------------------- */

struct seal_reply
seal_transaction_open(struct seal_transaction *t, struct seal_spool *spool, uint64_t size)
{
	if (seal_held_open(&t->held, spool, size) == SEAL_OK)
		return (struct seal_reply){ 0 };
	return t->held.failed ? SPOOL_FAILED : SPOOL_FULL;
}

/* Each octet may become two in the spool: a bare LF becomes CRLF. */
size_t
seal_transaction_room(const struct seal_transaction *t, struct seal_spool *spool)
{
	size_t room;

	if (t->phase != SEAL_PHASE_CONTENT || t->trouble.code != 0)
		return SIZE_MAX;
	room = seal_held_room(&t->held, spool);
	return room > 1 ? room / 2u : room;
}

static void
hold_run(struct seal_transaction *t, struct seal_spool *spool, struct seal_span run)
{
	if (seal_held_append(&t->held, spool, run) != SEAL_OK)
		t->trouble = t->held.failed ? SPOOL_FAILED : SPOOL_FULL;
}

bool
seal_transaction_hold(struct seal_transaction *t, struct seal_spool *spool, struct seal_span content)
{
	const bool was_well = t->trouble.code == 0;

	while (content.len > 0) {
		struct seal_span run;

		content = seal_span_from(content, seal_message_recv(&t->message, content.ptr, content.len, &run));
		if (run.len > 0 && t->trouble.code == 0)
			hold_run(t, spool, run);
	}
	return !was_well || t->trouble.code == 0;
}

/* --- reading it back ------------------------------------------------------------------------ */

static enum seal_status
judge_read(struct seal_transaction *t, enum seal_status status)
{
	if (status != SEAL_OK && status != SEAL_PENDING)
		t->trouble = SPOOL_FAILED;
	return status;
}

enum seal_status
seal_transaction_rewind(struct seal_transaction *t, struct seal_spool *spool)
{
	t->piece = SEAL_ADDED_SIGNATURES;
	return judge_read(t, seal_held_rewind(&t->held, spool));
}

enum seal_status
seal_transaction_next(struct seal_transaction *t, struct seal_spool *spool, struct seal_span *piece)
{
	enum seal_status status;

	while (t->piece < SEAL_ADDED_PIECES) {
		*piece = seal_message_piece(&t->message, (enum seal_added_piece)t->piece);
		t->piece++;
		if (piece->len > 0)
			return SEAL_OK;
	}
	status = judge_read(t, seal_held_next(&t->held, spool, piece));
	if (status == SEAL_OK && piece->len == 0 && !seal_held_is_intact(&t->held)) {
		t->trouble = SEAL_REPLY(451, "4.3.0 Spool corrupted the message");
		return SEAL_E_SPOOL;
	}
	return status;
}
