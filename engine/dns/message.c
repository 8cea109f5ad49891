/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/dns/message.h"

#include <string.h>

#include "engine/base/ascii.h"

#define TYPE_OPT 41u /* RFC 6891 6.1.1 */

/* RFC 1035 4.1.1 */
#define FLAGS_AT      2u
#define FLAG_QR       0x8000u
#define FLAG_TC       0x0200u
#define FLAG_RD       0x0100u
#define OPCODE_MASK   0x7800u
#define RCODE_MASK    0x000Fu
#define QDCOUNT_AT    4u
#define ANCOUNT_AT    6u
#define NSCOUNT_AT    8u
#define ARCOUNT_AT    10u

#define RECORD_FIXED  10u /* RFC 1035 4.1.3: TYPE, CLASS, TTL, RDLENGTH */
#define SOA_NUMBERS   20u /* RFC 1035 3.3.13 */
#define POINTER       0xC0u

static uint16_t
read_u16(const uint8_t *p)
{
	return (uint16_t)((unsigned)p[0] << 8 | p[1]);
}

static uint32_t
read_u32(const uint8_t *p)
{
	return (uint32_t)read_u16(p) << 16 | read_u16(p + 2);
}

static void
put_u16(struct seal_out *out, unsigned value)
{
	seal_out_octet(out, (uint8_t)(value >> 8));
	seal_out_octet(out, (uint8_t)value);
}

/* --- names ---------------------------------------------------------------- */

static bool
add_label(struct seal_dns_name *name, size_t *len, const uint8_t *label, size_t label_len)
{
	if (label_len > SEAL_LABEL_MAX || *len + 1 + label_len > SEAL_DNS_NAME_MAX)
		return false;
	name->wire[*len] = (uint8_t)label_len;
	if (label_len > 0)
		memcpy(name->wire + *len + 1, label, label_len);
	*len += 1 + label_len;
	name->len = (uint8_t)*len;
	return true;
}

bool
seal_dns_name_set(struct seal_dns_name *name, struct seal_span text)
{
	size_t len = 0;

	while (text.len > 0) {
		const size_t dot = seal_span_find(text, '.');

		if (dot == 0 || !add_label(name, &len, text.ptr, dot))
			return false;
		text = seal_span_from(text, dot + 1);
	}
	return add_label(name, &len, NULL, 0);
}

static bool
is_text(struct seal_span label)
{
	for (size_t i = 0; i < label.len; i++) {
		if (!seal_is_vchar(label.ptr[i]) || label.ptr[i] == '.')
			return false;
	}
	return true;
}

bool
seal_dns_name_put(const struct seal_dns_name *name, struct seal_out *out)
{
	const size_t before = out->len;

	for (size_t at = 0; name->wire[at] != 0; at += 1u + name->wire[at]) {
		const struct seal_span label = seal_span(name->wire + at + 1, name->wire[at]);

		if (!is_text(label)) {
			out->len = before;
			return false;
		}
		if (at > 0)
			seal_out_octet(out, '.');
		seal_out_span_put(out, label);
	}
	if (out->overflow)
		out->len = before;
	return !out->overflow;
}

/* Lengths are under 64 and no letters, so the wire forms compare like text. */
bool
seal_dns_name_equal(const struct seal_dns_name *a, const struct seal_dns_name *b)
{
	return seal_span_equal_nocase(seal_span(a->wire, a->len), seal_span(b->wire, b->len));
}

bool
seal_dns_name_within(const struct seal_dns_name *name, const struct seal_dns_name *zone)
{
	size_t at = 0;

	while (name->len - at > zone->len)
		at += 1u + name->wire[at];
	return seal_span_equal_nocase(seal_span(name->wire + at, name->len - at),
	                              seal_span(zone->wire, zone->len));
}

/* Read the name at `at`; *end is the offset after it. A pointer must lead to before the labels
 * that it ends, and not into the header (RFC 1035 4.1.4: a prior occurrence). So every name ends. */
static bool
read_name(struct seal_span octets, size_t at, struct seal_dns_name *name, size_t *end)
{
	size_t start = at;
	size_t len = 0;
	unsigned jumps = 0;

	while (at < octets.len) {
		const uint8_t c = octets.ptr[at];

		if (c < POINTER) {
			if (c >= octets.len - at || !add_label(name, &len, octets.ptr + at + 1, c))
				return false;
			at += 1u + c;
			if (c > 0)
				continue;
			*end = jumps == 0 ? at : *end;
			return true;
		}
		if (octets.len - at < 2)
			return false;
		*end = jumps == 0 ? at + 2 : *end;
		at = read_u16(octets.ptr + at) & ~(POINTER << 8);
		if (at >= start || at < SEAL_DNS_HEADER_LEN || ++jumps > SEAL_DNS_JUMPS_MAX)
			return false;
		start = at;
	}
	return false;
}

/* --- a question ----------------------------------------------------------- */

void
seal_dns_question(struct seal_out *out, uint16_t id, const struct seal_dns_name *name,
                  uint16_t type, bool edns)
{
	put_u16(out, id);
	put_u16(out, FLAG_RD);
	put_u16(out, 1);
	put_u16(out, 0);
	put_u16(out, 0);
	put_u16(out, edns ? 1 : 0);
	seal_out_span_put(out, seal_span(name->wire, name->len));
	put_u16(out, type);
	put_u16(out, SEAL_DNS_IN);
	if (!edns)
		return;
	seal_out_octet(out, 0);         /* RFC 6891 6.1.2: the root */
	put_u16(out, TYPE_OPT);
	put_u16(out, SEAL_DNS_UDP_MAX);
	put_u16(out, 0);                /* extended rcode, version 0 */
	put_u16(out, 0);                /* flags */
	put_u16(out, 0);                /* no options */
}

/* --- an answer ------------------------------------------------------------ */

struct seal_dns_cursor
seal_dns_records(const struct seal_dns_message *m)
{
	return (struct seal_dns_cursor){ m->records_at, 0 };
}

static uint8_t
section_of(const struct seal_dns_message *m, uint32_t num)
{
	if (num < m->num_answers)
		return SEAL_DNS_ANSWER;
	return num < (uint32_t)m->num_answers + m->num_authorities ? SEAL_DNS_AUTHORITY : SEAL_DNS_ADDITIONAL;
}

/* Read the record at the cursor and move on. Returns false if it is malformed. */
static bool
read_record(const struct seal_dns_message *m, struct seal_dns_cursor *cursor,
            struct seal_dns_record *record)
{
	struct seal_dns_name owner;
	const uint8_t *fixed;
	size_t at = 0;
	size_t len;

	if (!read_name(m->octets, cursor->at, &owner, &at) || m->octets.len - at < RECORD_FIXED)
		return false;
	fixed = m->octets.ptr + at;
	len = read_u16(fixed + 8);
	at += RECORD_FIXED;
	if (m->octets.len - at < len)
		return false;
	*record = (struct seal_dns_record){
		.name_at = cursor->at, .data_at = at, .data = seal_span(m->octets.ptr + at, len),
		.type = read_u16(fixed), .dns_class = read_u16(fixed + 2), .ttl_s = read_u32(fixed + 4),
		.section = section_of(m, cursor->num),
	};
	if (record->ttl_s > INT32_MAX && record->type != TYPE_OPT)
		record->ttl_s = 0;
	cursor->at = at + len;
	cursor->num++;
	return true;
}

static uint32_t
num_records(const struct seal_dns_message *m)
{
	return (uint32_t)m->num_answers + m->num_authorities + m->num_additionals;
}

bool
seal_dns_next(const struct seal_dns_message *m, struct seal_dns_cursor *cursor,
              struct seal_dns_record *record)
{
	return cursor->num < num_records(m) && read_record(m, cursor, record);
}

/* True if all records lie in the message, one after the other, and nothing is left. Each takes at
 * least 11 octets, so work is bounded even if the counts lie. */
static bool
records_are_whole(struct seal_dns_message *m)
{
	struct seal_dns_cursor cursor = seal_dns_records(m);
	struct seal_dns_record record;
	bool has_opt = false;

	while (cursor.num < num_records(m)) {
		if (!read_record(m, &cursor, &record))
			return false;
		if (record.type != TYPE_OPT || record.section != SEAL_DNS_ADDITIONAL)
			continue;
		if (has_opt || m->octets.ptr[record.name_at] != 0) /* RFC 6891 6.1.1 */
			return false;
		has_opt = true;
		m->rcode |= (uint16_t)(record.ttl_s >> 24 << 4);
	}
	return cursor.at == m->octets.len;
}

static bool
may_leave_out_question(unsigned rcode)
{
	return rcode == SEAL_DNS_RCODE_FORMERR || rcode == SEAL_DNS_RCODE_SERVFAIL || rcode == SEAL_DNS_RCODE_NOTIMP ||
	       rcode == SEAL_DNS_RCODE_REFUSED;
}

static bool
question_is(struct seal_dns_message *m, const struct seal_dns_name *name, uint16_t type)
{
	struct seal_dns_name asked;
	size_t at = 0;

	if (!read_name(m->octets, SEAL_DNS_HEADER_LEN, &asked, &at) || m->octets.len - at < 4)
		return false;
	m->records_at = at + 4;
	return seal_dns_name_equal(&asked, name) && read_u16(m->octets.ptr + at) == type &&
	       read_u16(m->octets.ptr + at + 2) == SEAL_DNS_IN;
}

enum seal_dns_verdict
seal_dns_open(struct seal_dns_message *m, struct seal_span octets, uint16_t id,
              const struct seal_dns_name *name, uint16_t type)
{
	const uint8_t *p = octets.ptr;
	unsigned flags, num_questions;

	*m = (struct seal_dns_message){ .octets = octets, .records_at = SEAL_DNS_HEADER_LEN };
	if (octets.len < SEAL_DNS_HEADER_LEN || read_u16(p) != id)
		return SEAL_DNS_NOT_OURS;
	flags = read_u16(p + FLAGS_AT);
	num_questions = read_u16(p + QDCOUNT_AT);
	m->rcode = flags & RCODE_MASK;
	m->truncated = (flags & FLAG_TC) != 0;
	if ((flags & FLAG_QR) == 0 || (flags & OPCODE_MASK) != 0)
		return SEAL_DNS_NOT_OURS;
	if (num_questions == 0 ? !may_leave_out_question(m->rcode)
	                       : num_questions != 1 || !question_is(m, name, type))
		return SEAL_DNS_NOT_OURS;
	if (m->truncated)
		return SEAL_DNS_OURS;
	m->num_answers = read_u16(p + ANCOUNT_AT);
	m->num_authorities = read_u16(p + NSCOUNT_AT);
	m->num_additionals = read_u16(p + ARCOUNT_AT);
	return records_are_whole(m) ? SEAL_DNS_OURS : SEAL_DNS_MALFORMED;
}

void
seal_dns_owner(const struct seal_dns_message *m, const struct seal_dns_record *record,
               struct seal_dns_name *name)
{
	size_t end = 0;

	if (!read_name(m->octets, record->name_at, name, &end)) /* cannot happen: it was read before */
		(void)seal_dns_name_set(name, SEAL_SPAN(""));
}

/* Read the name in the data of `record` after `skip` octets; *rest is the data after it. */
static bool
read_data_name(const struct seal_dns_message *m, const struct seal_dns_record *record, size_t skip,
               struct seal_dns_name *name, struct seal_span *rest)
{
	const size_t data_end = record->data_at + record->data.len;
	size_t end = 0;

	if (skip >= record->data.len || !read_name(m->octets, record->data_at + skip, name, &end) ||
	    end > data_end)
		return false;
	*rest = seal_span(m->octets.ptr + end, data_end - end);
	return true;
}

bool
seal_dns_target(const struct seal_dns_message *m, const struct seal_dns_record *record,
                struct seal_dns_name *name)
{
	struct seal_span rest;

	if (record->type != SEAL_DNS_CNAME && record->type != SEAL_DNS_MX)
		return false;
	return read_data_name(m, record, record->type == SEAL_DNS_MX ? 2 : 0, name, &rest) && rest.len == 0;
}

bool
seal_dns_preference(const struct seal_dns_record *record, uint16_t *preference)
{
	if (record->type != SEAL_DNS_MX || record->data.len < 2)
		return false;
	*preference = read_u16(record->data.ptr);
	return true;
}

bool
seal_dns_address(const struct seal_dns_record *record, struct seal_ip *address)
{
	if (record->type == SEAL_DNS_A && record->data.len == 4)
		*address = seal_ip_v4(read_u32(record->data.ptr));
	else if (record->type == SEAL_DNS_AAAA && record->data.len == SEAL_IP_LEN)
		memcpy(address->octets, record->data.ptr, SEAL_IP_LEN);
	else
		return false;
	return true;
}

bool
seal_dns_minimum(const struct seal_dns_message *m, const struct seal_dns_record *record,
                 uint32_t *seconds)
{
	struct seal_dns_name name;
	struct seal_span rest;

	if (record->type != SEAL_DNS_SOA || !read_data_name(m, record, 0, &name, &rest) ||
	    !read_data_name(m, record, record->data.len - rest.len, &name, &rest) || rest.len != SOA_NUMBERS)
		return false;
	*seconds = read_u32(rest.ptr + SOA_NUMBERS - 4);
	return true;
}

bool
seal_dns_text(const struct seal_dns_record *record, struct seal_out *out)
{
	struct seal_span rest = record->data;

	if (record->type != SEAL_DNS_TXT || rest.len == 0)
		return false;
	while (rest.len > 0) {
		const size_t len = rest.ptr[0];

		if (len >= rest.len)
			return false;
		seal_out_span_put(out, seal_span(rest.ptr + 1, len));
		rest = seal_span_from(rest, len + 1);
	}
	return !out->overflow;
}
