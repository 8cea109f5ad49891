/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/gateway/message.h"

void
seal_message_init(struct seal_message *m, uint8_t *work, size_t work_cap, uint8_t *added, size_t added_cap)
{
	*m = (struct seal_message){ .work = work, .work_cap = work_cap, .added = { .ptr = added, .cap = added_cap } };
	seal_message_forget(m);
}

void
seal_message_begin(struct seal_message *m, const struct seal_intake_rules *rules)
{
	m->added.len = 0;
	m->added.received_at = 0;
	m->added.signatures_at = 0;
	seal_intake_init(&m->intake, rules, m->work, m->work_cap);
}

size_t
seal_message_recv(struct seal_message *m, const uint8_t *data, size_t len, struct seal_span *run)
{
	return seal_intake_recv(&m->intake, data, len, run);
}

enum seal_status
seal_message_end(struct seal_message *m, const struct seal_trace *trace)
{
	const enum seal_status status = seal_intake_finish(&m->intake);

	if (status != SEAL_OK || trace == NULL)
		return status;
	return seal_added_fields(&m->added, m->intake.rules.client, trace, &m->intake.header);
}

enum seal_status
seal_message_settle(struct seal_message *m)
{
	struct seal_out out = seal_added_out(&m->added);

	if (m->stale && seal_signer_settle(&m->signer, &out) == SEAL_PENDING)
		return SEAL_PENDING;
	m->stale = false;
	return SEAL_OK;
}

enum seal_status
seal_message_sign(struct seal_message *m, struct seal_key_source keys, uint64_t now_s)
{
	struct seal_out out = seal_added_out(&m->added);
	enum seal_status status = seal_message_settle(m);

	if (status != SEAL_OK)
		return status;
	if (!m->signing)
		seal_signer_init(&m->signer, &out);
	m->signing = true;
	status = seal_signer_run(&m->signer, &m->intake, keys, now_s, &out);
	seal_added_keep(&m->added, &out);
	return status;
}

struct seal_span
seal_message_piece(const struct seal_message *m, enum seal_added_piece piece)
{
	return seal_added_piece(&m->added, piece);
}

struct seal_out
seal_message_reply_room(struct seal_message *m)
{
	m->added.len = 0;
	return seal_out(m->added.ptr, m->added.cap);
}

void
seal_message_forget(struct seal_message *m)
{
	static const struct seal_intake_rules NO_RULES = { .config = NULL };

	m->stale = m->signer.running;
	m->signing = false;
	seal_message_begin(m, &NO_RULES);
}
