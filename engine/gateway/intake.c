/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/gateway/intake.h"

#include <string.h>

static bool
wants_field(const void *ctx, struct seal_span name)
{
	const struct seal_config *config = ctx;

	return seal_span_equal_nocase(name, SEAL_SPAN("From")) ||
	       seal_span_equal_nocase(name, SEAL_SPAN("Message-ID")) ||
	       seal_policy_wants_field(config, name);
}

void
seal_intake_init(struct seal_intake *in, const struct seal_intake_rules *rules,
                 uint8_t *work, size_t work_cap)
{
	memset(in, 0, sizeof *in);
	in->rules = *rules;
	seal_lines_init(&in->lines, rules->bare_lf);
	seal_header_init(&in->header, work, work_cap);
}

static void
set_fault(struct seal_intake *in, enum seal_intake_fault fault, bool found)
{
	if (found && in->fault == SEAL_INTAKE_FINE)
		in->fault = (uint8_t)fault;
}

/* Find the author domain in the only From field (RFC 5322 3.6.2, RFC 6376 5.4). */
static void
judge_author(struct seal_intake *in)
{
	struct seal_out domain = seal_out(in->domain, sizeof in->domain);
	enum seal_addr_fault fault = SEAL_ADDR_FINE;
	uint32_t i = in->header.num_held;
	size_t at = 0;

	if (!seal_header_find_up(&in->header, SEAL_SPAN("From"), &i)) {
		set_fault(in, SEAL_INTAKE_NO_FROM, true);
		return;
	}
	if (seal_addr_author_domain(seal_field_value(seal_header_field(&in->header, i)),
	                            &domain, &fault, &at) != SEAL_OK) {
		in->author_fault = (uint8_t)fault;
		set_fault(in, SEAL_INTAKE_AUTHOR, true);
		return;
	}
	in->domain_len = (uint8_t)domain.len;
}

static void
judge_policy(struct seal_intake *in)
{
	const struct seal_intake_rules *rules = &in->rules;
	struct seal_policy_verdict *verdict = &in->verdict;
	enum seal_policy_author author;

	if (rules->client != NULL) {
		seal_policy_judge(rules->config, rules->keyring, rules->client, seal_intake_domain(in), verdict);
	} else {
		verdict->num_signers = seal_policy_signers(rules->config, rules->keyring, seal_intake_domain(in),
		                                           verdict->signers, &author);
		verdict->author = (uint8_t)author;
		if (!seal_policy_goes_on(author))
			verdict->refusal = SEAL_REPLY(550, "5.7.1 No DKIM key for the author domain");
	}
	set_fault(in, SEAL_INTAKE_POLICY, verdict->refusal.code != 0);
}

/* All header fields have been read: make every decision that depends on them. The author comes
 * before the policy, which needs the author domain. */
static void
judge_header(struct seal_intake *in)
{
	const struct seal_header *header = &in->header;

	in->header_done = true;
	set_fault(in, SEAL_INTAKE_HEADER, header->fault != SEAL_HEADER_FINE);
	set_fault(in, SEAL_INTAKE_UTF8_HEADER, header->eight_bit && !in->rules.utf8_header);
	set_fault(in, SEAL_INTAKE_LOOP, header->num_received > SEAL_RECEIVED_MAX);
	set_fault(in, SEAL_INTAKE_NO_FROM, header->num_from == 0);
	set_fault(in, SEAL_INTAKE_TWO_FROM, header->num_from > 1);
	if (in->fault == SEAL_INTAKE_FINE)
		judge_author(in);
	if (in->fault == SEAL_INTAKE_FINE)
		judge_policy(in);
}

static void
start_body(struct seal_intake *in)
{
	bool wanted[2] = { false, false };

	for (size_t i = 0; i < in->verdict.num_signers; i++)
		wanted[in->verdict.signers[i]->body_canon] = true;
	seal_body_hash_init(&in->body, wanted[SEAL_CANON_SIMPLE], wanted[SEAL_CANON_RELAXED]);
}

static void
end_header(struct seal_intake *in)
{
	judge_header(in);
	start_body(in);
}

static void
judge_lines(struct seal_intake *in)
{
	set_fault(in, SEAL_INTAKE_NUL, in->lines.nul);
	set_fault(in, SEAL_INTAKE_BARE_CR, in->lines.bare_cr);
	set_fault(in, SEAL_INTAKE_BARE_LF, in->lines.bare_lf);
	set_fault(in, SEAL_INTAKE_LONG_LINE, in->rules.refuse_long_lines && in->lines.long_lines > 0);
	set_fault(in, SEAL_INTAKE_8BIT, in->lines.eight_bit && !in->rules.eight_bit);
	set_fault(in, SEAL_INTAKE_TOO_LARGE, in->octets > in->rules.size_max);
}

size_t
seal_intake_recv(struct seal_intake *in, const uint8_t *data, size_t len, struct seal_span *run)
{
	const struct seal_header_wanted wanted = { wants_field, in->rules.config };
	const size_t taken = seal_lines_recv(&in->lines, data, len, run);
	size_t header_len = 0;

	if (in->fault == SEAL_INTAKE_FINE) {
		in->octets += run->len;
		judge_lines(in);
	}
	if (!in->header_done && in->fault == SEAL_INTAKE_FINE) {
		header_len = seal_header_recv(&in->header, wanted, run->ptr, run->len);
		if (seal_header_ended(&in->header))
			end_header(in);
	}
	if (in->fault != SEAL_INTAKE_FINE) {
		run->len = 0;
	} else if (in->header_done) {
		/* the octets passed the line policy, so the canonicalizer accepts them */
		const struct seal_span body = seal_span_from(*run, header_len);

		(void)seal_body_hash_update(&in->body, body.ptr, body.len);
	}
	return taken;
}

bool
seal_intake_header_done(const struct seal_intake *in)
{
	return in->header_done && in->fault == SEAL_INTAKE_FINE;
}

enum seal_status
seal_intake_finish(struct seal_intake *in)
{
	seal_lines_finish(&in->lines);
	judge_lines(in);
	if (!in->header_done) {
		seal_header_finish(&in->header);
		end_header(in);
	}
	if (in->fault == SEAL_INTAKE_FINE && seal_body_hash_final(&in->body) == SEAL_OK)
		return SEAL_OK;
	return SEAL_E_PEER;
}

static const char *
author_fault_text(enum seal_addr_fault fault)
{
	switch (fault) {
	case SEAL_ADDR_NONE:
		return "5.6.0 From field without an address";
	case SEAL_ADDR_SEVERAL:
		return "5.6.0 From field with more than one address";
	case SEAL_ADDR_GROUP:
		return "5.6.0 From field with a group instead of an address";
	case SEAL_ADDR_NO_DOMAIN:
		return "5.6.0 From address without a domain";
	case SEAL_ADDR_LITERAL:
		return "5.6.0 From address with an address literal as domain";
	case SEAL_ADDR_BAD_DOMAIN:
		return "5.6.0 From address with an invalid domain";
	case SEAL_ADDR_SYNTAX:
	case SEAL_ADDR_FINE:
		break;
	}
	return "5.6.0 From field has invalid syntax (RFC 5322)";
}

static struct seal_reply
header_refusal(const struct seal_header *header, struct seal_out *scratch)
{
	const bool limit = seal_header_status(header) == SEAL_E_LIMIT;

	seal_out_span_put(scratch, seal_span_text(limit ? "5.3.4 " : "5.6.0 "));
	seal_out_span_put(scratch, seal_span_text(seal_header_fault_text((enum seal_header_fault)header->fault)));
	seal_out_text(scratch, ", line ");
	seal_out_u64(scratch, header->fault_line);
	return (struct seal_reply){ limit ? 552 : 550, seal_out_span(scratch) };
}

struct seal_reply
seal_intake_refusal(const struct seal_intake *in, struct seal_out *scratch)
{
	switch ((enum seal_intake_fault)in->fault) {
	case SEAL_INTAKE_BARE_CR:
		return SEAL_REPLY(550, "5.6.0 Message contains a bare CR");
	case SEAL_INTAKE_BARE_LF:
		return SEAL_REPLY(550, "5.6.0 Message contains a bare LF");
	case SEAL_INTAKE_NUL:
		return SEAL_REPLY(550, "5.6.0 Message contains a NUL");
	case SEAL_INTAKE_TOO_LARGE:
		return SEAL_REPLY(552, "5.3.4 Message too large");
	case SEAL_INTAKE_HEADER:
		return header_refusal(&in->header, scratch);
	case SEAL_INTAKE_LONG_LINE:
		return SEAL_REPLY(550, "5.6.0 Message line longer than 998 bytes");
	case SEAL_INTAKE_UTF8_HEADER:
		return SEAL_REPLY(550, "5.6.7 8-bit header field without SMTPUTF8");
	case SEAL_INTAKE_8BIT:
		return SEAL_REPLY(554, "5.6.3 8-bit content, but next hop lacks 8BITMIME");
	case SEAL_INTAKE_LOOP:
		return SEAL_REPLY(554, "5.4.6 Too many Received fields: mail loop");
	case SEAL_INTAKE_NO_FROM:
		return SEAL_REPLY(550, "5.6.0 No From field");
	case SEAL_INTAKE_TWO_FROM:
		return SEAL_REPLY(550, "5.6.0 More than one From field");
	case SEAL_INTAKE_AUTHOR:
		return (struct seal_reply){
			550, seal_span_text(author_fault_text((enum seal_addr_fault)in->author_fault))
		};
	case SEAL_INTAKE_POLICY:
		return in->verdict.refusal;
	case SEAL_INTAKE_FINE:
		break;
	}
	return SEAL_REPLY(451, "4.3.0 Message was not refused");
}

bool
seal_intake_is_hostile(const struct seal_intake *in)
{
	return in->fault == SEAL_INTAKE_BARE_CR || in->fault == SEAL_INTAKE_BARE_LF ||
	       in->fault == SEAL_INTAKE_NUL;
}

struct seal_span
seal_intake_domain(const struct seal_intake *in)
{
	return seal_span(in->domain, in->domain_len);
}

struct seal_span
seal_intake_message_id(const struct seal_intake *in)
{
	uint32_t i = in->header.num_held;

	if (!seal_header_find_up(&in->header, SEAL_SPAN("Message-ID"), &i))
		return (struct seal_span){ NULL, 0 };
	return seal_span_trim(seal_field_value(seal_header_field(&in->header, i)));
}
