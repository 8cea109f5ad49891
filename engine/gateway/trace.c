/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/gateway/trace.h"

#include "engine/base/ascii.h"
#include "engine/base/bounds.h"
#include "engine/base/ip.h"
#include "engine/mail/date.h"

#define DATE_MAX    32u
#define ADDRESS_MAX (sizeof "IPv6:" + SEAL_IP_TEXT_MAX)
#define TAB_WIDTH    8u

struct folder {
	struct seal_out *out;
	size_t column;
};

/* Write three spans that stay together, on this line or the next. One column is kept for a
 * ";" that may follow. */
static void
put(struct folder *f, struct seal_span a, struct seal_span b, struct seal_span c)
{
	const size_t len = a.len + b.len + c.len;

	if (f->column + 1 + len < SEAL_COLUMN_MAX) {
		seal_out_octet(f->out, ' ');
		f->column++;
	} else {
		seal_out_text(f->out, "\r\n\t");
		f->column = TAB_WIDTH;
	}
	seal_out_span_put(f->out, a);
	seal_out_span_put(f->out, b);
	seal_out_span_put(f->out, c);
	f->column += len;
}

/* --- text from the client ----------------------------------------------------- */

static bool
is_literal(struct seal_span s) /* RFC 5321 4.1.3, including tag and colons */
{
	if (s.len < 3 || s.ptr[0] != '[' || s.ptr[s.len - 1] != ']')
		return false;
	for (size_t i = 1; i < s.len - 1; i++) {
		if (!seal_is_let_dig(s.ptr[i]) && seal_span_find(SEAL_SPAN(".:-"), s.ptr[i]) == 3)
			return false;
	}
	return true;
}

/* Dots only between other octets, because it must be a dot-atom of RFC 5322. "_" is allowed
 * because many hosts have it in their names. */
static bool
is_name(struct seal_span s)
{
	uint8_t before = '.';

	for (size_t i = 0; i < s.len; i++) {
		const uint8_t c = s.ptr[i];

		if (c == '.' ? before == '.' : !seal_is_let_dig(c) && c != '-' && c != '_')
			return false;
		before = c;
	}
	return before != '.' && s.len <= SEAL_DOMAIN_MAX;
}

/* Paths are parsed before they come here; this protects against a future caller that does not do
 * so. 8-bit octets are allowed with RFC 6531, which "with" then shows. */
static bool
is_repeatable(struct seal_span path, bool utf8)
{
	for (size_t i = 0; i < path.len; i++) {
		if (seal_is_ctl(path.ptr[i]) || (seal_is_8bit(path.ptr[i]) && !utf8))
			return false;
	}
	return path.len > 0 && path.len <= SEAL_PATH_MAX;
}

/* --- fields --------------------------------------------------------------- */

/* RFC 5321 4.1.3, without the brackets. */
static void
put_literal(struct seal_out *out, const struct seal_ip *ip)
{
	if (!seal_ip_is_v4(ip))
		seal_out_text(out, "IPv6:");
	seal_ip_put(out, ip);
}

/* RFC 5321 4.4 From-domain: the name in EHLO, and the client's address. */
static void
put_from(struct folder *f, const struct seal_trace *trace)
{
	uint8_t digits[ADDRESS_MAX];
	struct seal_out address = seal_out(digits, sizeof digits);

	put_literal(&address, &trace->client_address);
	if (is_name(trace->hello) || is_literal(trace->hello))
		put(f, SEAL_SPAN(""), trace->hello, SEAL_SPAN(""));
	else
		put(f, SEAL_SPAN("["), seal_out_span(&address), SEAL_SPAN("]"));
	put(f, SEAL_SPAN("(["), seal_out_span(&address), SEAL_SPAN("])"));
}

struct seal_span
seal_trace_protocol(bool extended, bool utf8, bool is_private, bool authenticated)
{
	static const char names[2][2][2][12] = { /* utf8, private, authenticated */
		{ { "ESMTP", "ESMTPA" }, { "ESMTPS", "ESMTPSA" } },
		{ { "UTF8SMTP", "UTF8SMTPA" }, { "UTF8SMTPS", "UTF8SMTPSA" } },
	};

	return extended ? seal_span_text(names[utf8][is_private][authenticated]) : SEAL_SPAN("SMTP");
}

static void
put_date(struct folder *f, uint64_t now_s)
{
	uint8_t text[DATE_MAX];
	struct seal_out date = seal_out(text, sizeof text);

	seal_date_put(&date, now_s);
	seal_out_octet(f->out, ';');
	f->column++;
	put(f, SEAL_SPAN(""), seal_out_span(&date), SEAL_SPAN(""));
}

void
seal_trace_received(struct seal_out *out, const struct seal_trace *trace)
{
	struct folder f = { out, sizeof "Received: from" - 1 };

	seal_out_text(out, "Received: from");
	put_from(&f, trace);
	put(&f, SEAL_SPAN("by "), trace->hostname, SEAL_SPAN(""));
	put(&f, SEAL_SPAN("with "), trace->protocol, SEAL_SPAN(""));
	put(&f, SEAL_SPAN("id "), trace->id, SEAL_SPAN(""));
	if (is_repeatable(trace->recipient, trace->utf8))
		put(&f, SEAL_SPAN("for <"), trace->recipient, SEAL_SPAN(">"));
	if (trace->now_s != 0)
		put_date(&f, trace->now_s);
	seal_out_text(out, "\r\n");
}

void
seal_trace_date(struct seal_out *out, uint64_t now_s)
{
	seal_out_text(out, "Date: ");
	seal_date_put(out, now_s);
	seal_out_text(out, "\r\n");
}

void
seal_trace_message_id(struct seal_out *out, struct seal_span id, uint64_t now_s,
                      struct seal_span hostname)
{
	seal_out_text(out, "Message-ID: <");
	seal_out_span_put(out, id);
	if (now_s != 0) {
		seal_out_octet(out, '.');
		seal_out_u64(out, now_s);
	}
	seal_out_octet(out, '@');
	seal_out_span_put(out, hostname);
	seal_out_text(out, ">\r\n");
}
