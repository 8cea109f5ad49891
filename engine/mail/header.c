/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/mail/header.h"

#include <string.h>

#include "engine/base/ascii.h"

/* What is known about the octets so far. */
enum {
	AT_LINE_START,   /* the current field may continue, folded           */
	IN_NAME,
	AFTER_NAME,      /* white space between name and colon               */
	IN_VALUE,
	AFTER_CR,        /* in a value                                       */
	AFTER_EMPTY_CR,  /* CR at line start: the empty line, if LF follows  */
	AT_END
};

struct index_entry {
	uint32_t start, len;
};

void
seal_header_init(struct seal_header *h, uint8_t *work, size_t work_cap)
{
	*h = (struct seal_header){ .work = work, .work_cap = work_cap, .line = 1 };
}

static void
set_fault(struct seal_header *h, enum seal_header_fault fault)
{
	if (h->fault == SEAL_HEADER_FINE) {
		h->fault = (uint8_t)fault;
		h->fault_line = h->line;
	}
	h->keep = false;
}

static size_t
index_start(const struct seal_header *h, uint32_t num)
{
	return h->work_cap - num * sizeof(struct index_entry);
}

static bool
has_room(const struct seal_header *h, size_t len)
{
	const size_t index = ((size_t)h->num_held + 1u) * sizeof(struct index_entry);

	return index <= h->work_cap && h->held_len <= h->work_cap - index &&
	       len <= h->work_cap - index - h->held_len;
}

static void
hold(struct seal_header *h, const uint8_t *data, size_t len)
{
	if (!h->keep || len == 0)
		return;
	if (!has_room(h, len)) {
		set_fault(h, SEAL_HEADER_NO_ROOM);
		return;
	}
	memcpy(h->work + h->held_len, data, len);
	h->held_len += len;
}

/* The current field is complete: index it, or forget it. */
static void
end_field(struct seal_header *h)
{
	if (h->keep) {
		const struct index_entry entry = {
			(uint32_t)h->field_start, (uint32_t)(h->held_len - h->field_start)
		};

		h->num_held++;
		memcpy(h->work + index_start(h, h->num_held), &entry, sizeof entry);
	} else {
		h->held_len = h->field_start;
	}
	h->field_start = h->held_len;
	h->keep = false;
}

static void
begin_field(struct seal_header *h)
{
	h->name_len = 0;
	h->prefix_len = 0;
	h->prefix_cut = false;
	h->state = IN_NAME;
	if (++h->num_fields > SEAL_FIELDS_MAX)
		set_fault(h, SEAL_HEADER_TOO_MANY);
}

static void
count_name(struct seal_header *h, struct seal_span name, bool spaced)
{
	if (seal_span_equal_nocase(name, SEAL_SPAN("From"))) {
		h->num_from++;
		if (spaced)
			set_fault(h, SEAL_HEADER_FROM_SPACE);
	}
	h->num_received += seal_span_equal_nocase(name, SEAL_SPAN("Received"));
	h->num_date += seal_span_equal_nocase(name, SEAL_SPAN("Date"));
	h->num_message_id += seal_span_equal_nocase(name, SEAL_SPAN("Message-ID"));
}

/* The colon came: with the name it is known whether the field is wanted. */
static void
end_name(struct seal_header *h, struct seal_header_wanted wanted)
{
	const struct seal_span name = seal_span(h->prefix, h->name_len);
	static const uint8_t COLON[1] = { ':' };

	h->state = IN_VALUE;
	if (h->name_len == 0 && !h->prefix_cut) {
		set_fault(h, SEAL_HEADER_BAD_NAME);
		return;
	}
	if (h->prefix_cut)
		return;
	count_name(h, name, h->prefix_len > h->name_len);
	h->keep = h->fault == SEAL_HEADER_FINE && wanted.wants(wanted.ctx, name);
	hold(h, h->prefix, h->prefix_len);
	hold(h, COLON, sizeof COLON);
}

static void
prefix_octet(struct seal_header *h, uint8_t c)
{
	if (h->prefix_len == sizeof h->prefix) {
		h->prefix_cut = true;
		return;
	}
	h->prefix[h->prefix_len++] = c;
	if (h->state == IN_NAME)
		h->name_len = h->prefix_len;
}

static void
name_octet(struct seal_header *h, struct seal_header_wanted wanted, uint8_t c)
{
	if (c == ':') {
		end_name(h, wanted);
	} else if (seal_is_wsp(c)) {
		h->state = AFTER_NAME; /* RFC 5322 4.5: obsolete, but still one field name */
		prefix_octet(h, c);
	} else if (c == '\r') {
		set_fault(h, SEAL_HEADER_NO_COLON);
		h->state = AFTER_CR;
	} else if (h->state == AFTER_NAME) {
		set_fault(h, SEAL_HEADER_NO_COLON);
		h->state = IN_VALUE;
	} else if (seal_is_ftext(c)) {
		prefix_octet(h, c);
	} else {
		set_fault(h, SEAL_HEADER_BAD_NAME);
		h->state = IN_VALUE;
	}
}

static void
line_start_octet(struct seal_header *h, struct seal_header_wanted wanted, uint8_t c)
{
	if (seal_is_wsp(c)) {
		if (h->num_fields == 0)
			set_fault(h, SEAL_HEADER_FOLD_FIRST);
		hold(h, &c, 1);
		h->state = IN_VALUE;
		return;
	}
	end_field(h);
	if (c == '\r') {
		h->state = AFTER_EMPTY_CR;
		return;
	}
	begin_field(h);
	name_octet(h, wanted, c);
}

static bool
is_bad_in_value(uint8_t c)
{
	return seal_is_ctl(c) && c != '\t' && c != 0x1b;
}

/* Pass a run of value octets up to a CR. A bad octet is a run of one, so that the first of
 * two faults counts for any cut of the octets. */
static size_t
value_run(struct seal_header *h, const uint8_t *data, size_t len)
{
	size_t i = 0;

	if (data[0] != '\r' && is_bad_in_value(data[0])) {
		set_fault(h, SEAL_HEADER_CONTROL);
		i = 1;
	}
	while (i < len && !is_bad_in_value(data[i]))
		h->eight_bit |= seal_is_8bit(data[i++]);
	hold(h, data, i);
	return i;
}

/* Octets that are looked at one by one: all but the insides of values. */
static void
single_octet(struct seal_header *h, struct seal_header_wanted wanted, uint8_t c)
{
	switch (h->state) {
	case AT_LINE_START:
		line_start_octet(h, wanted, c);
		break;
	case IN_NAME:
	case AFTER_NAME:
		name_octet(h, wanted, c);
		break;
	case IN_VALUE: /* only a CR comes here */
		hold(h, &c, 1);
		h->state = AFTER_CR;
		break;
	case AFTER_CR:
		hold(h, &c, 1);
		if (c == '\n') {
			h->line++;
			h->state = AT_LINE_START;
		} else {
			set_fault(h, SEAL_HEADER_CONTROL);
			h->state = IN_VALUE;
		}
		break;
	case AFTER_EMPTY_CR:
		if (c == '\n') {
			h->state = AT_END;
		} else {
			set_fault(h, SEAL_HEADER_CONTROL);
			h->state = IN_VALUE;
		}
		break;
	default:
		break;
	}
}

size_t
seal_header_recv(struct seal_header *h, struct seal_header_wanted wanted,
                 const uint8_t *data, size_t len)
{
	size_t i = 0;

	while (i < len && h->state != AT_END) {
		const size_t run = h->state == IN_VALUE ? value_run(h, data + i, len - i) : 0;

		if (run == 0)
			single_octet(h, wanted, data[i]);
		i += run > 0 ? run : 1;
	}
	h->total += i;
	if (h->total > SEAL_HEADER_MAX)
		set_fault(h, SEAL_HEADER_TOO_LONG);
	return i;
}

bool
seal_header_ended(const struct seal_header *h)
{
	return h->state == AT_END;
}

void
seal_header_finish(struct seal_header *h)
{
	if (h->state == AT_END)
		return;
	if (h->state != AT_LINE_START)
		set_fault(h, SEAL_HEADER_UNENDED);
	end_field(h);
	h->state = AT_END;
}

static const char *const FAULT_TEXTS[] = {
	[SEAL_HEADER_FINE] = "Header section",
	[SEAL_HEADER_NO_COLON] = "Header line without a colon",
	[SEAL_HEADER_BAD_NAME] = "Invalid header field name",
	[SEAL_HEADER_FOLD_FIRST] = "First header line begins with white space",
	[SEAL_HEADER_FROM_SPACE] = "White space between From and its colon",
	[SEAL_HEADER_CONTROL] = "Control character in a header field",
	[SEAL_HEADER_UNENDED] = "Message ends inside a header field",
	[SEAL_HEADER_TOO_MANY] = "Too many header fields",
	[SEAL_HEADER_TOO_LONG] = "Header section too long",
	[SEAL_HEADER_NO_ROOM] = "Header fields to sign are too long",
};
_Static_assert(sizeof FAULT_TEXTS / sizeof FAULT_TEXTS[0] == SEAL_HEADER_NO_ROOM + 1u, "each fault has a text");

const char *
seal_header_fault_text(enum seal_header_fault fault)
{
	return FAULT_TEXTS[fault];
}

enum seal_status
seal_header_status(const struct seal_header *h)
{
	switch ((enum seal_header_fault)h->fault) {
	case SEAL_HEADER_FINE:
		return SEAL_OK;
	case SEAL_HEADER_TOO_MANY:
	case SEAL_HEADER_TOO_LONG:
	case SEAL_HEADER_NO_ROOM:
		return SEAL_E_LIMIT;
	case SEAL_HEADER_NO_COLON:
	case SEAL_HEADER_BAD_NAME:
	case SEAL_HEADER_FOLD_FIRST:
	case SEAL_HEADER_FROM_SPACE:
	case SEAL_HEADER_CONTROL:
	case SEAL_HEADER_UNENDED:
		break;
	}
	return SEAL_E_PEER;
}

enum seal_status
seal_header_add(struct seal_header *h, struct seal_span field)
{
	if (h->state != AT_END)
		return SEAL_E_CALLER;
	if (!has_room(h, field.len))
		return SEAL_E_LIMIT;
	h->keep = true;
	hold(h, field.ptr, field.len);
	end_field(h);
	return SEAL_OK;
}

struct seal_span
seal_header_field(const struct seal_header *h, uint32_t i)
{
	struct index_entry entry;

	memcpy(&entry, h->work + index_start(h, i + 1u), sizeof entry);
	return seal_span(h->work + entry.start, entry.len);
}

bool
seal_header_find_up(const struct seal_header *h, struct seal_span name, uint32_t *i)
{
	uint32_t at = *i;

	while (at > 0) {
		at--;
		if (seal_span_equal_nocase(seal_field_name(seal_header_field(h, at)), name)) {
			*i = at;
			return true;
		}
	}
	return false;
}

struct seal_span
seal_field_name(struct seal_span field)
{
	return seal_span_trim(seal_span_first(field, seal_span_find(field, ':')));
}

struct seal_span
seal_field_value(struct seal_span field)
{
	struct seal_span value = seal_span_from(field, seal_span_find(field, ':') + 1u);

	if (value.len >= 2 && value.ptr[value.len - 1] == '\n')
		value.len -= 2;
	return value;
}
