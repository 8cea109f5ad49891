/* SPDX-License-Identifier: Apache-2.0 */
#include "tools/mailseal/doctor/message.h"

#include <stdlib.h>
#include <string.h>

static bool
wants_all(const void *ctx, struct seal_span name)
{
	(void)ctx;
	(void)name;
	return true;
}

/* Replaces LF without CR by CRLF. */
static void
complete_line_ends(struct message *m)
{
	const struct tool_text old = m->text;
	size_t alone = 0, at = 0;

	for (size_t i = 0; i < old.len; i++)
		alone += old.ptr[i] == '\n' && (i == 0 || old.ptr[i - 1] != '\r');
	if (alone == 0)
		return;
	m->had_lf = true;
	m->text = (struct tool_text){ tool_allocate(old.len + alone), old.len + alone };
	for (size_t i = 0; i < old.len; i++) {
		if (old.ptr[i] == '\n' && (i == 0 || old.ptr[i - 1] != '\r'))
			m->text.ptr[at++] = '\r';
		m->text.ptr[at++] = old.ptr[i];
	}
	free(old.ptr);
}

/* Skips the "From " line, which precedes each message in mailbox files. */
static struct seal_span
without_mbox_line(struct seal_span s)
{
	const bool has_line = seal_span_equal(seal_span_first(s, 5), SEAL_SPAN("From "));

	return has_line ? seal_span_from(s, seal_span_find(s, '\n') + 1) : s;
}

int
message_read(struct message *m, const char *path)
{
	const size_t work_len = SEAL_HEADER_MAX + 16u * SEAL_FIELDS_MAX;
	struct seal_span all;
	size_t len;

	*m = (struct message){ .work = tool_allocate(work_len) };
	seal_header_init(&m->header, m->work, work_len);
	if (!tool_read_file(path, MESSAGE_MAX, &m->text))
		return TOOL_IO;
	complete_line_ends(m);
	all = without_mbox_line(tool_span(m->text));
	len = seal_header_recv(&m->header, (struct seal_header_wanted){ wants_all, NULL }, all.ptr, all.len);
	if (!seal_header_ended(&m->header))
		seal_header_finish(&m->header);
	m->body = seal_span_from(all, len);
	return TOOL_OK;
}

void
message_free(struct message *m)
{
	free(m->text.ptr);
	free(m->work);
	m->text.ptr = NULL;
	m->work = NULL;
}

bool
message_field_up(const struct message *m, struct seal_span name, uint32_t skip, struct seal_span *field)
{
	uint32_t i = m->header.num_held;

	do {
		if (!seal_header_find_up(&m->header, name, &i))
			return false;
	} while (skip-- > 0);
	*field = seal_header_field(&m->header, i);
	return true;
}

uint32_t
message_count(const struct message *m, struct seal_span name)
{
	uint32_t i = m->header.num_held, count = 0;

	while (seal_header_find_up(&m->header, name, &i))
		count++;
	return count;
}

bool
message_field_down(const struct message *m, struct seal_span name, uint32_t skip, struct seal_span *field)
{
	const uint32_t count = message_count(m, name);

	return skip < count && message_field_up(m, name, count - 1 - skip, field);
}

char *
message_unfold(struct seal_span field)
{
	struct seal_span rest = seal_field_value(field), line;
	char *const value = tool_allocate(rest.len + 1);
	size_t at = 0;

	while (message_next_line(&rest, &line)) {
		for (size_t i = 0; i < line.len; i++)
			value[at++] = line.ptr[i] == '\0' ? '?' : (char)line.ptr[i];
	}
	value[at] = '\0';
	return value;
}

bool
message_next_line(struct seal_span *rest, struct seal_span *line)
{
	const size_t at = seal_span_find(*rest, '\n');

	if (rest->len == 0)
		return false;
	*line = seal_span_first(*rest, at);
	*rest = seal_span_from(*rest, at + 1);
	if (line->len > 0 && line->ptr[line->len - 1] == '\r')
		line->len--;
	return true;
}
