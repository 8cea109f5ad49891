/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/gateway/added.h"

/* Hold the octets from `start` on as a field of the message. */
static enum seal_status
hold(struct seal_header *header, const struct seal_out *out, size_t start)
{
	if (out->overflow)
		return SEAL_E_LIMIT;
	return seal_header_add(header, seal_span_from(seal_out_span(out), start));
}

enum seal_status
seal_added_fields(struct seal_added *a, const struct seal_config_client *client,
                  const struct seal_trace *trace, struct seal_header *header)
{
	struct seal_out out = seal_out(a->ptr, a->cap);
	enum seal_status status = SEAL_OK;

	if (client->add_date && header->num_date == 0 && trace->now_s > 0) {
		seal_trace_date(&out, trace->now_s);
		status = hold(header, &out, 0);
	}
	if (status == SEAL_OK && client->add_message_id && header->num_message_id == 0 && trace->now_s > 0) {
		const size_t start = out.len;

		seal_trace_message_id(&out, trace->id, trace->now_s, trace->hostname);
		status = hold(header, &out, start);
	}
	a->received_at = out.len;
	seal_trace_received(&out, trace);
	a->signatures_at = out.len;
	a->len = out.len;
	return out.overflow ? SEAL_E_LIMIT : status;
}

struct seal_out
seal_added_out(const struct seal_added *a)
{
	return (struct seal_out){ a->ptr, a->cap, a->len, false };
}

void
seal_added_keep(struct seal_added *a, const struct seal_out *out)
{
	a->len = out->len;
}

struct seal_span
seal_added_piece(const struct seal_added *a, enum seal_added_piece piece)
{
	const struct seal_span all = seal_span(a->ptr, a->len);

	switch (piece) {
	case SEAL_ADDED_SIGNATURES:
		return seal_span_from(all, a->signatures_at);
	case SEAL_ADDED_RECEIVED:
		return seal_span_from(seal_span_first(all, a->signatures_at), a->received_at);
	case SEAL_ADDED_MISSING:
	case SEAL_ADDED_PIECES:
		break;
	}
	return seal_span_first(all, a->received_at);
}
