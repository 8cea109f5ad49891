/* SPDX-License-Identifier: Apache-2.0 */
#include "port/gateway/log_queue.h"

#include <string.h>

#include "engine/mail/date.h"

#define FACILITY_MAIL 2u

/* --- what a line is about ------------------------------------------------------------ */

static enum seal_log_severity
severity_of_word(struct seal_span word)
{
	if (seal_span_equal(word, SEAL_SPAN("alarm=yes")))
		return SEAL_LOG_ALERT;
	if (seal_span_equal(word, SEAL_SPAN("verdict=deferred")) ||
	    seal_span_equal(word, SEAL_SPAN("verdict=in-doubt")))
		return SEAL_LOG_WARNING;
	return seal_span_equal(word, SEAL_SPAN("verdict=refused")) ? SEAL_LOG_NOTICE : SEAL_LOG_INFO;
}

enum seal_log_severity
seal_log_severity_of(struct seal_span line)
{
	enum seal_log_severity worst = SEAL_LOG_INFO;

	line = seal_span_first(line, seal_span_find(line, '"'));
	while (line.len > 0) {
		const size_t len = seal_span_find(line, ' ');
		const enum seal_log_severity severity = severity_of_word(seal_span_first(line, len));

		if (severity < worst)
			worst = severity;
		line = seal_span_from(line, len + 1u);
	}
	return worst;
}

/* --- the ring ------------------------------------------------------------------------ */

/* An entry: length 2, severity 1, time 8, then the line. */

void
seal_log_queue_init(struct seal_log_queue *q, uint8_t *memory, size_t cap)
{
	*q = (struct seal_log_queue){ .memory = memory, .cap = cap };
}

static uint8_t *
octet_at(const struct seal_log_queue *q, size_t index)
{
	const size_t to_end = q->cap - q->at;

	return q->memory + (index < to_end ? q->at + index : index - to_end);
}

static void
append(struct seal_log_queue *q, const uint8_t *octets, size_t len)
{
	for (size_t i = 0; i < len; i++)
		*octet_at(q, q->len++) = octets[i];
}

bool
seal_log_queue_put(struct seal_log_queue *q, struct seal_span line, uint64_t now_s)
{
	uint8_t head[SEAL_LOG_QUEUE_COST] = { (uint8_t)(line.len >> 8), (uint8_t)line.len,
	                                      (uint8_t)seal_log_severity_of(line) };

	if (line.len > UINT16_MAX || line.len + sizeof head > q->cap - q->len) {
		if (q->num_lost < UINT32_MAX)
			q->num_lost++;
		return false;
	}
	for (unsigned i = 0; i < 8; i++)
		head[3 + i] = (uint8_t)(now_s >> (56u - 8u * i));
	append(q, head, sizeof head);
	append(q, line.ptr, line.len);
	return true;
}

static size_t
first_len(const struct seal_log_queue *q)
{
	return (size_t)*octet_at(q, 0) << 8 | *octet_at(q, 1);
}

bool
seal_log_queue_first(const struct seal_log_queue *q, struct seal_log_entry *entry)
{
	const uint8_t *text;
	size_t len, to_end;

	if (q->len == 0)
		return false;
	*entry = (struct seal_log_entry){ .num_lost = q->num_lost };
	entry->severity = (enum seal_log_severity)*octet_at(q, 2);
	for (size_t i = 3; i < SEAL_LOG_QUEUE_COST; i++)
		entry->now_s = entry->now_s << 8 | *octet_at(q, i);
	len = first_len(q);
	text = octet_at(q, SEAL_LOG_QUEUE_COST);
	to_end = (size_t)(q->memory + q->cap - text);
	entry->pieces[0] = seal_span(text, len < to_end ? len : to_end);
	entry->pieces[1] = seal_span(q->memory, len < to_end ? 0 : len - to_end);
	return true;
}

void
seal_log_queue_drop(struct seal_log_queue *q)
{
	const size_t len = SEAL_LOG_QUEUE_COST + first_len(q);

	q->at = (size_t)(octet_at(q, len) - q->memory);
	q->len -= len;
	q->num_lost = 0;
}

/* --- the message --------------------------------------------------------------------- */

/* RFC 5424 6.2.3: NILVALUE where no time is known. */
static void
put_time(struct seal_out *out, uint64_t now_s)
{
	const struct seal_date date = seal_date_of(now_s);

	seal_out_u64_padded(out, date.year, 4);
	seal_out_octet(out, '-');
	seal_out_u64_padded(out, date.month, 2);
	seal_out_octet(out, '-');
	seal_out_u64_padded(out, date.day, 2);
	seal_out_octet(out, 'T');
	seal_date_put_time(out, &date);
	seal_out_octet(out, 'Z');
}

void
seal_log_header(struct seal_out *out, const struct seal_log_entry *entry, struct seal_span hostname)
{
	seal_out_octet(out, '<');
	seal_out_u64(out, FACILITY_MAIL * 8u + (unsigned)entry->severity);
	seal_out_text(out, ">1 ");
	if (entry->now_s == 0)
		seal_out_octet(out, '-');
	else
		put_time(out, entry->now_s);
	seal_out_octet(out, ' ');
	seal_out_span_put(out, hostname);
	seal_out_text(out, " mailseal - - - ");     /* no PROCID, MSGID, structured data */
	if (entry->num_lost == 0)
		return;
	seal_out_text(out, "lost-lines=");
	seal_out_u64(out, entry->num_lost);
	seal_out_octet(out, ' ');
}
