/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/gateway/envelope.h"

#include <string.h>

/* The form of a command in the envelope: this, then its texts in the same order. */
struct entry {
	uint64_t size;
	uint16_t path_len, ret_len, envid_len, notify_len, orcpt_len;
	uint16_t domain_len; /* the last octets of path */
	uint8_t body;
	bool smtputf8;
};

enum seal_status
seal_envelope_add(struct seal_envelope *e, const struct seal_path_command *command)
{
	const struct entry entry = {
		command->size,
		(uint16_t)command->path.len, (uint16_t)command->ret.len,
		(uint16_t)command->envid.len, (uint16_t)command->notify.len,
		(uint16_t)command->orcpt.len, (uint16_t)command->domain.len,
		(uint8_t)command->body, command->smtputf8
	};
	struct seal_out out = seal_out(e->ptr + e->len, e->cap - e->len);

	seal_out_span_put(&out, seal_span((const uint8_t *)&entry, sizeof entry));
	seal_out_span_put(&out, command->path);
	seal_out_span_put(&out, command->ret);
	seal_out_span_put(&out, command->envid);
	seal_out_span_put(&out, command->notify);
	seal_out_span_put(&out, command->orcpt);
	if (out.overflow)
		return SEAL_E_LIMIT;
	e->len += out.len;
	e->num++;
	return SEAL_OK;
}

static struct seal_span
take(const struct seal_envelope *e, size_t *at, size_t len)
{
	const struct seal_span text = seal_span(e->ptr + *at, len);

	*at += len;
	return text;
}

bool
seal_envelope_next(const struct seal_envelope *e, size_t *at, struct seal_path_command *command)
{
	struct entry entry;

	if (*at >= e->len)
		return false;
	memcpy(&entry, e->ptr + *at, sizeof entry);
	*at += sizeof entry;
	*command = (struct seal_path_command){
		.size = entry.size,
		.body = (enum seal_body_type)entry.body,
		.smtputf8 = entry.smtputf8,
		.path = take(e, at, entry.path_len)
	};
	command->domain = seal_span_from(command->path, (size_t)entry.path_len - entry.domain_len);
	command->ret = take(e, at, entry.ret_len);
	command->envid = take(e, at, entry.envid_len);
	command->notify = take(e, at, entry.notify_len);
	command->orcpt = take(e, at, entry.orcpt_len);
	return true;
}

void
seal_envelope_drop(struct seal_envelope *e, size_t at)
{
	e->len = at;
	e->num--;
}
