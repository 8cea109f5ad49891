/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/gateway/record.h"

bool
seal_record_transaction(struct seal_record *record, const struct seal_transaction *t)
{
	const struct seal_intake *in = &t->message.intake;
	struct seal_path_command mail = { .size = 0 };
	size_t at = 0;

	(void)seal_envelope_next(&t->envelope, &at, &mail);
	record->sender = mail.path;
	record->envelope = &t->envelope;
	record->num_recipients = t->envelope.num > 0 ? t->envelope.num - 1u : 0;
	record->size = in->octets;
	record->author_domain = seal_intake_domain(in);
	record->signers = in->verdict.signers;
	record->num_signers = in->verdict.num_signers;
	record->signing_ms = t->signing_ms;
	record->message_id = seal_intake_message_id(in);
	return mail.smtputf8;
}

static void
count_delivered(const struct seal_record *record, struct seal_stats *stats)
{
	stats->delivered++;
	stats->signatures += record->num_signers;
	stats->unsigned_passed += record->num_signers == 0;
}

void
seal_record_count(const struct seal_record *record, struct seal_stats *stats)
{
	stats->in_doubt += record->in_doubt;
	if (record->from_next_hop && seal_reply_is_positive(record->reply))
		count_delivered(record, stats);
	else if (record->from_next_hop)
		stats->next_hop_refused++;
	else if (record->reply.code >= 500)
		stats->refused++;
	else if (record->reply.code >= 400)
		stats->deferred++;
	else if (record->reply.code == 0)
		stats->aborted++;
}
