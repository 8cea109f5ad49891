/* SPDX-License-Identifier: Apache-2.0 */
#include "tools/mailseal/base/signer.h"

static void
take_in(struct seal_message *m, struct seal_span message, struct seal_out *clean)
{
	struct seal_span run;

	while (message.len > 0) {
		message = seal_span_from(message, seal_message_recv(m, message.ptr, message.len, &run));
		seal_out_span_put(clean, run);
	}
}

enum seal_status
signer_sign(struct signer *s, const struct signer_setup *setup, struct seal_span message,
            struct seal_out *clean, struct seal_out *added)
{
	const struct seal_intake_rules rules = {
		.config = setup->config,
		.bare_lf = setup->bare_lf,
		.size_max = setup->config->gateway.max_size,
		.utf8_header = true,
		.eight_bit = true
	};
	enum seal_status status;

	seal_message_init(&s->message, setup->work, setup->work_cap, added->ptr, added->cap);
	seal_message_begin(&s->message, &rules);
	take_in(&s->message, message, clean);
	status = seal_message_end(&s->message, NULL);
	if (status != SEAL_OK)
		return status;
	do
		status = seal_message_sign(&s->message, setup->keys, setup->now_s);
	while (status == SEAL_PENDING);
	added->len = seal_message_piece(&s->message, SEAL_ADDED_SIGNATURES).len;
	return status == SEAL_OK && clean->overflow ? SEAL_E_LIMIT : status;
}

static bool
is_fault_at(enum seal_intake_fault fault, struct seal_span message, size_t i)
{
	const bool crlf_starts = message.ptr[i] == '\r' && i + 1 < message.len && message.ptr[i + 1] == '\n';
	const bool crlf_ends = message.ptr[i] == '\n' && i > 0 && message.ptr[i - 1] == '\r';

	if (fault == SEAL_INTAKE_BARE_CR)
		return message.ptr[i] == '\r' && !crlf_starts;
	if (fault == SEAL_INTAKE_BARE_LF)
		return message.ptr[i] == '\n' && !crlf_ends;
	return fault == SEAL_INTAKE_NUL && message.ptr[i] == 0;
}

uint32_t
signer_fault_line(const struct signer *s, struct seal_span message)
{
	uint32_t line = 1;

	for (size_t i = 0; i < message.len; i++) {
		if (is_fault_at((enum seal_intake_fault)s->message.intake.fault, message, i))
			return line;
		line += message.ptr[i] == '\n';
	}
	return 0;
}
