/* SPDX-License-Identifier: Apache-2.0 */
#include "tools/mailseal/base/document.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/base/ascii.h"

#define LIST_COLUMNS 100u /* an item that would be after that comes on a new line */
#define NOTE "# mailseal: "
#define BYTE_ORDER_MARK "\xef\xbb\xbf"

/* --- lines -------------------------------------------------------------------------------------------------------- */

static void
set_name_and_value(struct document_line *line, struct seal_span s)
{
	const size_t equals = seal_span_find(s, '=');

	line->name = seal_span_trim(seal_span_first(s, equals));
	line->value = seal_span_trim(seal_span(s.ptr + equals + 1, s.len - equals - 1));
}

static void
classify(struct document_line *line)
{
	const struct seal_span text = line->text;
	const struct seal_span mark = SEAL_SPAN(NOTE);

	if (seal_span_trim(text).len == 0) {
		line->kind = DOCUMENT_BLANK;
	} else if (seal_span_starts_nocase(text, mark) && seal_span_find(text, '=') < text.len) {
		line->kind = DOCUMENT_NOTE;
		set_name_and_value(line, seal_span_from(text, mark.len));
	} else if (text.ptr[0] == '#' || text.ptr[0] == ';') {
		line->kind = DOCUMENT_COMMENT;
	} else if (seal_is_wsp(text.ptr[0])) {
		line->kind = DOCUMENT_MORE;
		line->value = seal_span_trim(text);
	} else if (text.ptr[0] == '[') {
		line->kind = DOCUMENT_HEADING;
	} else if (seal_span_find(text, '=') < text.len) {
		line->kind = DOCUMENT_KEY;
		set_name_and_value(line, text);
	} else {
		line->kind = DOCUMENT_OTHER;
	}
}

static size_t
mark_len(struct seal_span text)
{
	const struct seal_span mark = SEAL_SPAN(BYTE_ORDER_MARK);

	return seal_span_starts_nocase(text, mark) ? mark.len : 0;
}

static size_t
count(struct seal_span s, uint8_t byte)
{
	size_t found = 0;

	for (size_t i = 0; i < s.len; i++)
		found += s.ptr[i] == byte;
	return found;
}

static void
read_lines(struct document *d)
{
	const struct seal_span text = tool_span(d->text);
	size_t at = mark_len(text);

	d->lines = tool_allocate((count(text, '\n') + 1) * sizeof *d->lines);
	while (at < text.len) {
		struct document_line *const line = &d->lines[d->num_lines++];
		struct seal_span s = seal_span_from(text, at);
		const size_t len = seal_span_find(s, '\n');

		*line = (struct document_line){ .start = at, .end = at + len + (len < s.len) };
		s = seal_span_first(s, len);
		if (s.len > 0 && s.ptr[s.len - 1] == '\r')
			s.len--;
		line->text = s;
		classify(line);
		at = line->end;
	}
}

/* --- sections ----------------------------------------------------------------------------------------------------- */

/* Reads as much as possible: a heading without "]" has no word. */
static void
read_heading(struct document_section *s, struct seal_span text)
{
	size_t len = 0;

	text = seal_span_trim(text);
	s->word = s->name = seal_span(text.ptr + text.len, 0);
	if (text.len < 2 || text.ptr[text.len - 1] != ']')
		return;
	text = seal_span_trim(seal_span(text.ptr + 1, text.len - 2));
	while (len < text.len && !seal_is_wsp(text.ptr[len]))
		len++;
	s->word = seal_span_first(text, len);
	s->name = seal_span_trim(seal_span(text.ptr + len, text.len - len));
}

static void
read_sections(struct document *d)
{
	struct document_section *section = NULL;

	d->sections = tool_allocate(d->num_lines * sizeof *d->sections);
	for (size_t i = 0; i < d->num_lines; i++) {
		const enum document_kind kind = d->lines[i].kind;

		if (kind == DOCUMENT_HEADING) {
			section = &d->sections[d->num_sections++];
			*section = (struct document_section){ .heading = i };
			read_heading(section, d->lines[i].text);
		}
		if (section != NULL && kind != DOCUMENT_BLANK && kind != DOCUMENT_COMMENT && kind != DOCUMENT_NOTE)
			section->end = i + 1;
	}
}

void
document_read(struct document *d, struct tool_text text)
{
	*d = (struct document){ .text = text };
	read_lines(d);
	read_sections(d);
}

void
document_free(struct document *d)
{
	free(d->sections);
	free(d->lines);
	free(d->text.ptr);
	*d = (struct document){ .lines = NULL };
}

/* --- reading ------------------------------------------------------------------------------------------------------ */

size_t
document_line_at(const struct document *d, size_t offset)
{
	size_t i = 0;

	while (i + 1 < d->num_lines && offset >= d->lines[i].end)
		i++;
	return i;
}

const struct document_section *
document_section_of(const struct document *d, size_t line)
{
	size_t i = d->num_sections;

	while (i > 0 && d->sections[i - 1].heading > line)
		i--;
	return i > 0 ? &d->sections[i - 1] : NULL;
}

const struct document_section *
document_next(const struct document *d, const char *word, const struct document_section *last)
{
	for (size_t i = last == NULL ? 0 : (size_t)(last - d->sections) + 1; i < d->num_sections; i++) {
		if (seal_span_equal(d->sections[i].word, seal_span_text(word)))
			return &d->sections[i];
	}
	return NULL;
}

size_t
document_section_limit(const struct document *d, const struct document_section *s)
{
	const size_t next = (size_t)(s - d->sections) + 1;

	return next < d->num_sections ? d->sections[next].heading : d->num_lines;
}

bool
document_entry_at(const struct document *d, size_t line, struct document_entry *e)
{
	while (line > 0 && line < d->num_lines && d->lines[line].kind == DOCUMENT_MORE)
		line--;
	if (line >= d->num_lines || d->lines[line].kind != DOCUMENT_KEY)
		return false;
	*e = (struct document_entry){ d->lines[line].name, d->lines[line].value, line, line + 1 };
	for (; e->end < d->num_lines && d->lines[e->end].kind == DOCUMENT_MORE; e->end++) {
		const struct seal_span more = d->lines[e->end].value;

		e->value = e->value.len == 0 ? more
		                             : seal_span(e->value.ptr, (size_t)(more.ptr - e->value.ptr) + more.len);
	}
	return true;
}

bool
document_find(const struct document *d, const struct document_section *s, const char *name, struct document_entry *e)
{
	for (size_t i = s->heading + 1; i < s->end; i++) {
		if (d->lines[i].kind == DOCUMENT_KEY && seal_span_equal(d->lines[i].name, seal_span_text(name)))
			return document_entry_at(d, i, e);
	}
	return false;
}

bool
document_note(const struct document *d, const struct document_section *s, const char *name, size_t *line,
              struct seal_span *value)
{
	const size_t end = s == NULL ? d->num_lines : s->end;

	if (s != NULL && *line < s->heading)
		*line = s->heading;
	while (*line < end) {
		const struct document_line *const l = &d->lines[(*line)++];

		if (l->kind == DOCUMENT_NOTE && seal_span_equal_nocase(l->name, seal_span_text(name))) {
			*value = l->value;
			return true;
		}
	}
	return false;
}

/* --- editing ------------------------------------------------------------------------------------------------------ */

static bool
ends_with(struct seal_span s, uint8_t byte)
{
	return s.len > 0 && s.ptr[s.len - 1] == byte;
}

/* The first line decides. A document of one line may end with CR alone, without LF. */
static bool
has_crlf(struct seal_span text)
{
	return ends_with(seal_span_first(text, seal_span_find(text, '\n')), '\r');
}

/* True if the last line has no line end. */
static bool
is_unfinished(const struct document *d)
{
	return d->num_lines > 0 && !ends_with(tool_span(d->text), '\n');
}

static void
splice(struct document *d, size_t at, size_t len, struct seal_span with)
{
	const struct seal_span old = tool_span(d->text);
	struct tool_text text = { tool_allocate(old.len - len + with.len), old.len - len + with.len };

	if (at > 0)
		memcpy(text.ptr, old.ptr, at);
	if (with.len > 0)
		memcpy(text.ptr + at, with.ptr, with.len);
	if (old.len > at + len)
		memcpy(text.ptr + at + with.len, old.ptr + at + len, old.len - at - len);
	document_free(d);
	document_read(d, text);
}

/* Replaces LF by the line end of the document; the caller frees the text. */
static struct tool_text
with_line_ends(const struct document *d, const char *lines)
{
	const struct seal_span given = seal_span_text(lines);
	const bool crlf = has_crlf(tool_span(d->text));
	struct tool_text text = { tool_allocate(given.len + count(given, '\n')), 0 };

	for (size_t i = 0; i < given.len; i++) {
		if (given.ptr[i] == '\n' && crlf)
			text.ptr[text.len++] = '\r';
		text.ptr[text.len++] = given.ptr[i];
	}
	return text;
}

void
document_replace(struct document *d, struct seal_span old, const char *text)
{
	const struct tool_text new = with_line_ends(d, text);

	splice(d, (size_t)(old.ptr - d->text.ptr), old.len, tool_span(new));
	free(new.ptr);
}

static size_t
start_of(const struct document *d, size_t line)
{
	if (line < d->num_lines)
		return d->lines[line].start;
	return d->text.len;
}

/* Adds the missing line end before the new lines, and omits the one after them. */
static void
append_unfinished(struct document *d, struct tool_text new)
{
	const struct seal_span text = tool_span(d->text);
	const bool crlf = has_crlf(text);
	const bool has_cr = ends_with(text, '\r');
	struct seal_span end = crlf && !has_cr ? SEAL_SPAN("\r\n") : SEAL_SPAN("\n");
	struct tool_text all = { tool_allocate(end.len + new.len), end.len };

	memcpy(all.ptr, end.ptr, end.len);
	memcpy(all.ptr + all.len, new.ptr, new.len);
	all.len += new.len - (crlf && !has_cr ? 2 : 1);
	splice(d, text.len, 0, tool_span(all));
	free(all.ptr);
}

void
document_insert(struct document *d, size_t line, const char *text)
{
	struct tool_text new = with_line_ends(d, text);

	if (line >= d->num_lines && is_unfinished(d) && new.len > 0)
		append_unfinished(d, new);
	else
		splice(d, start_of(d, line), 0, tool_span(new));
	free(new.ptr);
}

/* If the last line of an unfinished document is removed, the line end before it is removed too. */
void
document_remove(struct document *d, size_t line, size_t end)
{
	const struct seal_span text = tool_span(d->text);
	const size_t to = start_of(d, end);
	size_t from = start_of(d, line);

	if (to == text.len && line > 0 && line < end && is_unfinished(d)) {
		from--;
		if (has_crlf(text) && !ends_with(text, '\r') && from > 0 && text.ptr[from - 1] == '\r')
			from--;
	}
	splice(d, from, to - from, seal_span(NULL, 0));
}

void
document_add_section(struct document *d, const struct document_section *after, const char *text)
{
	const size_t line = after == NULL ? d->num_lines : after->end;
	const size_t len = strlen(text);
	char *const lines = tool_allocate(len + 2);

	lines[0] = '\n';
	memcpy(lines + 1, text, len + 1);
	document_insert(d, line, line > 0 ? lines : lines + 1);
	free(lines);
}

void
document_remove_section(struct document *d, const struct document_section *s)
{
	size_t line = s->heading;
	size_t end = s->end;

	if (line > 0 && d->lines[line - 1].kind == DOCUMENT_BLANK)
		line--;
	else
		while (end < d->num_lines && d->lines[end].kind == DOCUMENT_BLANK)
			end++;
	document_remove(d, line, end);
}

void
document_add_item(struct document *d, const struct document_entry *e, const char *item)
{
	const struct seal_span value = e->value;
	const bool has_comma = ends_with(value, ',');
	const bool fits = d->lines[e->end - 1].text.len + strlen(item) <= LIST_COLUMNS;
	char *text = NULL;

	if (asprintf(&text, "%s%s%s%s", value.len > 0 && !has_comma ? "," : "", fits ? " " : "\n\t", item,
	             has_comma ? "," : "") < 0) {
		tool_error("no memory for the new configuration");
		exit(TOOL_IO);
	}
	document_replace(d, seal_span(value.ptr + value.len, 0), text);
	free(text);
}

struct seal_span
document_item_with_comma(struct seal_span list, struct seal_span item)
{
	const uint8_t *start = item.ptr;
	const uint8_t *end = item.ptr + item.len;
	const uint8_t *const limit = list.ptr + list.len;

	while (start > list.ptr && *start != ',')
		start--;
	if (start == list.ptr && *start != ',') {
		while (end < limit && *end != ',')
			end++;
		if (end < limit)
			end++;
		while (end < limit && (seal_is_wsp(*end) || *end == '\r' || *end == '\n'))
			end++;
	}
	return seal_span(start, (size_t)(end - start));
}

void
document_remove_item(struct document *d, const struct document_entry *e, struct seal_span item)
{
	document_replace(d, document_item_with_comma(e->value, item), "");
}
