/* SPDX-License-Identifier: Apache-2.0 */
#include "tools/mailseal/doctor/compare.h"

#include <stdlib.h>
#include <string.h>

#include "engine/base/ascii.h"

#define SHOWN_MAX 60u /* bytes that are shown around a difference */

static char *
shown(struct seal_span s)
{
	char *text = text_visible(seal_span_first(s, SHOWN_MAX));

	if (s.len > SHOWN_MAX)
		text_append(&text, "... (%zu bytes)", s.len);
	return text;
}

/* The length of the part that both have in common at their beginning. */
static size_t
common(struct seal_span a, struct seal_span b)
{
	size_t i = 0;

	while (i < a.len && i < b.len && a.ptr[i] == b.ptr[i])
		i++;
	return i;
}

/* The rest of `s`, from shortly before `at`. */
static struct seal_span
around(struct seal_span s, size_t at)
{
	return seal_span_from(s, at > SHOWN_MAX / 2 ? at - SHOWN_MAX / 2 : 0);
}

/* --- header fields ----------------------------------------------------------------------- */

static void
write_out(void *ctx, const uint8_t *ptr, size_t len)
{
	seal_out_span_put(ctx, seal_span(ptr, len));
}

static struct seal_out
relaxed(struct seal_span field)
{
	struct seal_out out = seal_out(tool_allocate(field.len + 2), field.len + 2);

	seal_canon_field(SEAL_CANON_RELAXED, seal_span_first(field, field.len - 2),
	                 (struct seal_sink){ write_out, &out });
	return out;
}

static bool
has_text(struct seal_span s, const char *text)
{
	const struct seal_span wanted = seal_span_text(text);

	for (size_t i = 0; i + wanted.len <= s.len; i++) {
		if (memcmp(s.ptr + i, wanted.ptr, wanted.len) == 0)
			return true;
	}
	return false;
}

/* True for "subject:hello" that became "subject:[list] hello". */
static bool
is_tagged(struct seal_span then, struct seal_span now)
{
	const size_t colon = seal_span_find(then, ':') + 1;
	const struct seal_span value = seal_span_from(then, colon), other = seal_span_from(now, colon);
	const size_t end = seal_span_find(other, ']');

	return seal_span_starts_nocase(then, SEAL_SPAN("subject:")) && other.len > value.len && end < other.len &&
	       seal_span_find(other, '[') < end &&
	       seal_span_equal(seal_span_from(other, other.len - value.len), value);
}

static bool
is_reencoded(struct seal_span then, struct seal_span now)
{
	const bool before = has_text(then, "=?") || seal_span_has_8bit(then);
	const bool after = has_text(now, "=?") || seal_span_has_8bit(now);

	return before && after && !seal_span_equal(then, now);
}

static enum finding_code
judge_field(struct seal_span then, struct seal_span now)
{
	if (seal_span_equal(then, now))
		return FINDING_CHANGE_FIELD_FOLDED;
	if (is_tagged(then, now))
		return FINDING_CHANGE_SUBJECT_TAGGED;
	return is_reencoded(then, now) ? FINDING_CHANGE_CHARSET : FINDING_CHANGE_FIELD;
}

static void
compare_field(struct seal_span then, struct seal_span now, struct diagnoses *d)
{
	const struct seal_span name = seal_field_name(then);
	struct seal_out before, after;
	enum finding_code code;
	size_t at;

	if (seal_span_equal(then, now))
		return;
	before = relaxed(then);
	after = relaxed(now);
	code = judge_field(seal_out_span(&before), seal_out_span(&after));
	at = common(then, now);
	diagnoses_add(d, code, text_format("%.*s, byte %zu", (int)name.len, (const char *)name.ptr, at + 1),
	              shown(around(then, at)), shown(around(now, at)));
	free(before.ptr);
	free(after.ptr);
}

static void
compare_name(const struct message *then, const struct message *now, struct seal_span name, struct diagnoses *d)
{
	const uint32_t before = message_count(then, name), after = message_count(now, name);
	struct seal_span one, other;

	for (uint32_t i = 0; i < before || i < after; i++) {
		const bool was = message_field_up(then, name, i, &one), is = message_field_up(now, name, i, &other);

		if (was && is)
			compare_field(one, other, d);
		else
			diagnoses_add(d, was ? FINDING_CHANGE_FIELD_REMOVED : FINDING_CHANGE_FIELD_ADDED,
			              text_visible(name), was ? shown(one) : NULL, was ? NULL : shown(other));
	}
}

static bool
is_first(struct seal_span list, struct seal_span item)
{
	struct seal_span other;

	while (seal_span_split(&list, ':', &other) && other.ptr != item.ptr) {
		if (seal_span_equal_nocase(other, item))
			return false;
	}
	return true;
}

static void
compare_fields(const struct message *then, const struct message *now, struct seal_span list, struct diagnoses *d)
{
	struct seal_span rest = list, item;

	while (seal_span_split(&rest, ':', &item)) {
		if (item.len > 0 && is_first(list, item))
			compare_name(then, now, item, d);
	}
}

/* --- the body ---------------------------------------------------------------------------- */

static struct seal_out
relaxed_body(struct seal_span body)
{
	struct seal_out out = seal_out(tool_allocate(body.len + 2), body.len + 2);
	struct seal_canon_body canon;
	const struct seal_sink sink = { write_out, &out };

	seal_canon_body_init(&canon, SEAL_CANON_RELAXED);
	(void)seal_canon_body_update(&canon, sink, body.ptr, body.len);
	(void)seal_canon_body_finish(&canon, sink);
	return out;
}

static char *
encoding_of(const struct message *m)
{
	struct seal_span field;

	if (!message_field_up(m, SEAL_SPAN("Content-Transfer-Encoding"), 0, &field))
		return text_format("7bit");
	return text_visible(seal_span_trim(seal_span_first(seal_field_value(field), 40)));
}

/* The line that begins at `start`. */
static struct seal_span
line_at(struct seal_span body, size_t start)
{
	struct seal_span rest = seal_span_from(body, start), line = { NULL, 0 };

	(void)message_next_line(&rest, &line);
	return line;
}

static void
add_line(const struct message *then, const struct message *now, struct diagnoses *d)
{
	size_t at = common(then->body, now->body), start = at, number = 1;
	struct seal_span before, after;
	bool broken;

	while (start > 0 && then->body.ptr[start - 1] != '\n')
		start--;
	for (size_t i = 0; i < start; i++)
		number += then->body.ptr[i] == '\n';
	before = line_at(then->body, start);
	after = line_at(now->body, start);
	broken = before.len > SEAL_LINE_MAX && after.len < before.len;
	at -= start;
	diagnoses_add(d, broken ? FINDING_CHANGE_BODY_LONG_LINE : FINDING_CHANGE_BODY,
	              text_format("line %zu, byte %zu", number, at + 1),
	              broken ? text_format("a line of %zu bytes", before.len) : shown(around(before, at)),
	              broken ? text_format("a line of %zu bytes", after.len) : shown(around(after, at)));
}

static size_t
count_lines(struct seal_span s)
{
	struct seal_span line;
	size_t count = 0;

	while (message_next_line(&s, &line))
		count++;
	return count;
}

static void
add_extra(enum finding_code code, struct seal_span extra, bool is_gone, struct diagnoses *d)
{
	struct seal_span line = extra, rest = extra;

	while (message_next_line(&rest, &line) && seal_span_trim(line).len == 0)
		;
	diagnoses_add(d, code, text_format("%zu lines", count_lines(extra)), is_gone ? shown(line) : NULL,
	              is_gone ? NULL : shown(line));
}

/* Without empty lines at the end, which both relaxed and simple ignore. */
static struct seal_span
without_end(struct seal_span body)
{
	while (body.len >= 4 && memcmp(body.ptr + body.len - 4, "\r\n\r\n", 4) == 0)
		body.len -= 2;
	return body;
}

static bool
judge_ends(struct seal_span then, struct seal_span now, struct diagnoses *d)
{
	const struct seal_span before = without_end(then), after = without_end(now);
	const size_t at = common(before, after);

	if (at == before.len)
		add_extra(FINDING_CHANGE_BODY_APPENDED, seal_span_from(after, at), false, d);
	else if (at == after.len)
		add_extra(FINDING_CHANGE_BODY_CUT, seal_span_from(before, at), true, d);
	else if (after.len > before.len && seal_span_equal(seal_span_from(after, after.len - before.len), before))
		add_extra(FINDING_CHANGE_BODY_PREPENDED, seal_span_first(after, after.len - before.len), false, d);
	else
		return false;
	return true;
}

static void
compare_bodies(const struct message *then, const struct message *now, struct diagnoses *d)
{
	struct seal_out before, after;
	char *was, *is;

	if (seal_span_equal(then->body, now->body))
		return;
	before = relaxed_body(then->body);
	after = relaxed_body(now->body);
	was = encoding_of(then);
	is = encoding_of(now);
	if (seal_span_equal(seal_out_span(&before), seal_out_span(&after)))
		diagnoses_add(d, FINDING_CHANGE_BODY_BLANKS, NULL, NULL, NULL);
	else if (!seal_span_equal_nocase(seal_span_text(was), seal_span_text(is)))
		diagnoses_add(d, FINDING_CHANGE_BODY_ENCODING, NULL, text_format("%s", was), text_format("%s", is));
	else if (!judge_ends(then->body, now->body, d))
		add_line(then, now, d);
	free(was);
	free(is);
	free(before.ptr);
	free(after.ptr);
}

void
compare_messages(const struct message *then, const struct message *now, const struct signature *s,
                 struct diagnoses *d)
{
	static const char usual[] = "From:To:Cc:Subject:Date:Message-ID:Reply-To:MIME-Version:Content-Type:"
				    "Content-Transfer-Encoding";
	const size_t before = d->num;

	compare_fields(then, now, s == NULL || s->problem != NULL ? seal_span_text(usual) : s->h, d);
	compare_bodies(then, now, d);
	if (d->num == before)
		diagnoses_add(d, FINDING_CHANGE_NONE, NULL, NULL, NULL);
}
