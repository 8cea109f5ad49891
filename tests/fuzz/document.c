/* SPDX-License-Identifier: Apache-2.0
 *
 * document.c - configurations that are edited, and read in spite of their errors. Promised: lines are the whole text,
 * what is put in and taken out again leaves the same bytes, and every error that the engine finds first is among those
 * that a reading finds.
 */
#include "tests/fuzz/fuzz.h"
#include "tests/fuzz/without_tool.h"
#include "tools/mailseal/base/reading.h"

#define SECTION "[client fuzz]\nnetwork = 192.0.2.0/24\nfrom = example.com,\n\texample.net\n"

static void
read_copy(struct document *d, struct seal_span text)
{
	struct tool_text copy = { tool_allocate(text.len), text.len };

	if (text.len > 0)
		memcpy(copy.ptr, text.ptr, text.len);
	document_read(d, copy);
}

static void
require_same(struct document *d, struct seal_span text)
{
	REQUIRE(seal_span_equal(tool_span(d->text), text));
	document_free(d);
	read_copy(d, text);
}

static void
check_lines(const struct document *d)
{
	size_t at = d->num_lines > 0 ? d->lines[0].start : d->text.len;

	REQUIRE(at == 0 || (at == 3 && d->text.ptr[0] == 0xEF));
	for (size_t i = 0; i < d->num_lines; i++) {
		const struct document_line *const line = &d->lines[i];

		REQUIRE(line->start == at && line->end > at && line->text.ptr == d->text.ptr + at);
		REQUIRE(line->end - line->start - line->text.len <= 2);
		REQUIRE(line->end == d->text.len || d->text.ptr[line->end - 1] == '\n');
		REQUIRE(fuzz_within(line->name, line->text) && fuzz_within(line->value, line->text));
		REQUIRE(document_line_at(d, at) == i && document_line_at(d, line->end - 1) == i);
		at = line->end;
	}
	REQUIRE(at == d->text.len);
}

static void
check_sections(const struct document *d)
{
	for (size_t i = 0; i < d->num_sections; i++) {
		const struct document_section *const s = &d->sections[i];

		REQUIRE(s->end > s->heading && s->end <= document_section_limit(d, s));
		REQUIRE(document_section_of(d, s->heading) == s && document_section_of(d, s->end - 1) == s);
		REQUIRE(d->lines[s->heading].kind == DOCUMENT_HEADING);
	}
}

/* --- edits -------------------------------------------------------------------------------------------------------- */

static void
insert_and_remove(struct document *d, struct seal_span text, size_t choice)
{
	const size_t line = choice % (d->num_lines + 1);

	document_insert(d, line, "one = 1\n# two\n");
	check_lines(d);
	REQUIRE(seal_span_equal(d->lines[line].text, SEAL_SPAN("one = 1")));
	document_remove(d, line, line + 2);
	require_same(d, text);
}

static void
add_and_remove_section(struct document *d, struct seal_span text, size_t choice)
{
	const size_t number = choice % (d->num_sections + 1);
	const struct document_section *s = NULL;

	document_add_section(d, number == d->num_sections ? NULL : &d->sections[number], SECTION);
	check_lines(d);
	do
		s = document_next(d, "client", s);
	while (s != NULL && !seal_span_equal(s->name, SEAL_SPAN("fuzz")));
	REQUIRE(s != NULL);
	document_remove_section(d, s);
	require_same(d, text);
}

static void
add_and_remove_item(struct document *d, struct seal_span text, size_t line)
{
	struct document_entry e;
	bool comma;

	if (!document_entry_at(d, line, &e) || e.value.len == 0)
		return;
	comma = e.value.ptr[e.value.len - 1] == ',';
	document_add_item(d, &e, "item.example");
	REQUIRE(document_entry_at(d, line, &e) &&
	        seal_span_ends_nocase(e.value, comma ? SEAL_SPAN("item.example,") : SEAL_SPAN("item.example")));
	document_remove_item(d, &e, seal_span(e.value.ptr + e.value.len - 12 - comma, 12));
	require_same(d, text);
}

/* --- readings ----------------------------------------------------------------------------------------------------- */

static bool
has_fault(const struct reading *r, const struct seal_config_error *error)
{
	for (size_t i = 0; i < r->num_faults; i++) {
		if (r->faults[i].error.line == error->line && r->faults[i].error.column == error->column &&
		    r->faults[i].error.expected == error->expected)
			return true;
	}
	return false;
}

static void
check_reading(const struct document *d)
{
	struct seal_config config;
	struct seal_config first = { .clients_cap = d->num_sections, .domains_cap = d->num_sections };
	struct seal_config_error error;
	struct reading r;
	bool valid;

	first.clients = tool_allocate(d->num_sections * sizeof *first.clients);
	first.domains = tool_allocate(d->num_sections * sizeof *first.domains);
	valid = seal_config_parse(&first, tool_span(d->text), &error) == SEAL_OK;
	reading_make(&r, d, &config);
	REQUIRE(valid == (r.num_faults == 0) && r.num_faults <= READING_FAULTS_MAX);
	REQUIRE(valid || has_fault(&r, &error));
	REQUIRE(r.readable || r.num_faults == READING_FAULTS_MAX);
	for (size_t i = 0; i < r.num_faults; i++) {
		REQUIRE(r.faults[i].offset <= d->text.len && r.faults[i].error.line >= 1);
		REQUIRE(r.faults[i].error.line <= d->num_lines + 1);
		REQUIRE(i == 0 || r.faults[i - 1].offset <= r.faults[i].offset);
	}
	for (size_t i = 0; i < config.num_domains; i++) {
		const struct seal_span name = reading_place(&r, d, config.domains[i].name);

		REQUIRE(fuzz_within(name, tool_span(d->text)) && seal_span_equal(name, config.domains[i].name));
	}
	reading_free(&r);
	free(config.clients);
	free(config.domains);
	free(first.clients);
	free(first.domains);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct seal_span rest = seal_span(data, len);
	const size_t choice = fuzz_choice(&rest);
	const struct seal_span text = fuzz_piece(&rest, rest.len);
	struct document d;

	read_copy(&d, text);
	check_lines(&d);
	check_sections(&d);
	check_reading(&d);
	insert_and_remove(&d, text, choice);
	add_and_remove_section(&d, text, choice);
	add_and_remove_item(&d, text, choice);
	document_free(&d);
	fuzz_free(text);
	return 0;
}
