/* SPDX-License-Identifier: Apache-2.0 */
#include "tools/mailseal/base/reading.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/base/ascii.h"
#include "engine/base/out.h"
#include "tools/mailseal/base/config_keys.h"
#include "tools/mailseal/base/suggest.h"

#define EXPLAINED_MAX 512u /* bytes of an explanation, without the part after "found" */

/* The values replace a required key that cannot be read, so that the rest of its section can be read; later they are
 * removed from the result. If a required key is not listed here, the whole section is left out. */
static const struct stand_in {
	const char *section, *key, *value;
} stand_ins[] = {
	{ "gateway", "hostname", "gateway.invalid" },
	{ "gateway", "next-hop", "next-hop.invalid" },
	{ "next-hop", "tls", "none" },
	{ "client", "network", "192.0.2.0/24" }
};

#define NUM_STAND_INS (sizeof stand_ins / sizeof stand_ins[0])
#define OF_NONE UINT32_MAX /* origin of bytes that are not in the document */
#define STAND_IN_GATEWAY "\n[gateway]\nhostname = gateway.invalid\nnext-hop = next-hop.invalid\n"

struct missing {
	const struct document_section *section;
	const struct stand_in *key;
};

struct work {
	struct reading *reading;
	struct seal_config *config;
	const struct document *document;
	bool *left_out;             /* lines of the document                     */
	struct missing *missing;    /* keys that have a stand-in                 */
	size_t num_missing;
	bool has_gateway;           /* a [gateway] section was added            */
};

/* --- the copy ----------------------------------------------------------------------------------------------------- */

static void
copy_document(struct work *w)
{
	const struct seal_span text = tool_span(w->document->text);
	struct reading *const r = w->reading;

	r->copy = tool_allocate(text.len);
	r->origin = tool_allocate(text.len * sizeof *r->origin);
	r->copy_len = text.len;
	if (text.len > 0)
		memcpy(r->copy, text.ptr, text.len);
	for (size_t i = 0; i < text.len; i++)
		r->origin[i] = (uint32_t)i;
}

/* Removes bytes of the document from the copy. This changes line numbers; `origin` leads back to the right ones. */
static void
take_away(struct work *w, size_t from, size_t to)
{
	struct reading *const r = w->reading;
	size_t kept = 0;

	for (size_t i = 0; i < r->copy_len; i++) {
		if (r->origin[i] >= from && r->origin[i] < to)
			continue;
		r->copy[kept] = r->copy[i];
		r->origin[kept++] = r->origin[i];
	}
	r->copy_len = kept;
}

/* Inserts text after the byte that comes from `offset`, with the same origin; OF_NONE: at the end. */
static void
put_in(struct work *w, uint32_t offset, const char *text)
{
	struct reading *const r = w->reading;
	const size_t len = strlen(text);
	uint8_t *const copy = tool_allocate(r->copy_len + len);
	uint32_t *const origin = tool_allocate((r->copy_len + len) * sizeof *origin);
	size_t at = 0;

	while (at < r->copy_len && r->origin[at] <= offset)
		at++;
	for (size_t i = 0; i < r->copy_len + len; i++) {
		const size_t from = i < at ? i : i - len;
		const bool is_new = i >= at && i < at + len;

		copy[i] = is_new ? (uint8_t)text[i - at] : r->copy[from];
		origin[i] = is_new ? offset : r->origin[from];
	}
	free(r->copy);
	free(r->origin);
	r->copy = copy;
	r->origin = origin;
	r->copy_len += len;
}

/* The remaining bytes of a part of the document; nothing inside it may have been removed. */
static struct seal_span
left_of(const struct reading *r, size_t from, size_t to)
{
	size_t start = 0;
	size_t end;

	while (start < r->copy_len && r->origin[start] < from)
		start++;
	for (end = start; end < r->copy_len && r->origin[end] < to; end++)
		;
	return seal_span(r->copy + start, end - start);
}

/* --- leaving out -------------------------------------------------------------------------------------------------- */

static void
leave_out_lines(struct work *w, size_t line, size_t end)
{
	const struct document *const d = w->document;

	if (line >= end)
		return;
	take_away(w, d->lines[line].start, d->lines[end - 1].end);
	memset(w->left_out + line, true, end - line);
}

static void
leave_out_section(struct work *w, const struct document_section *s)
{
	leave_out_lines(w, s->heading, document_section_limit(w->document, s));
}

/* Leaves out one item of a list; false: it is the only one. */
static bool
leave_out_item(struct work *w, const struct document_entry *e, size_t offset, size_t found_len)
{
	const struct reading *const r = w->reading;
	const size_t from = (size_t)(e->value.ptr - w->document->text.ptr);
	const struct seal_span list = left_of(r, from, from + e->value.len);
	struct seal_span rest = list;
	struct seal_span item;

	if (found_len == seal_span_trim(list).len)
		return false;
	while (seal_span_split(&rest, ',', &item)) {
		size_t start = (size_t)(item.ptr - r->copy);

		if (item.len == 0 || offset < r->origin[start] || offset > r->origin[start + item.len - 1])
			continue;
		item = document_item_with_comma(list, item);
		if (item.len >= list.len)
			return false;
		start = (size_t)(item.ptr - r->copy);
		take_away(w, r->origin[start], r->origin[start + item.len - 1] + 1u);
		return true;
	}
	return false;
}

static bool
is_word_byte(uint8_t c)
{
	return seal_is_let_dig(c) || c == '-' || c == '_';
}

static bool
has_word(const char *text, struct seal_span word)
{
	const struct seal_span s = seal_span_text(text);

	for (size_t i = 0; word.len > 0 && i + word.len <= s.len; i++) {
		const size_t end = i + word.len;

		if (seal_span_equal_nocase(seal_span(s.ptr + i, word.len), word) &&
		    (i == 0 || !is_word_byte(s.ptr[i - 1])) && (end == s.len || !is_word_byte(s.ptr[end])))
			return true;
	}
	return false;
}

static bool
is_missing(const struct work *w, const struct document_section *s, const char *key)
{
	for (size_t i = 0; i < w->num_missing; i++) {
		if (w->missing[i].section == s && (key == NULL || strcmp(w->missing[i].key->key, key) == 0))
			return true;
	}
	return false;
}

static bool
stand_in_for(struct work *w, const struct document_section *s, const char *key)
{
	const struct document_line *const heading = &w->document->lines[s->heading];

	for (size_t i = 0; i < NUM_STAND_INS; i++) {
		const bool fits = seal_span_equal(s->word, seal_span_text(stand_ins[i].section)) &&
		                  strcmp(key, stand_ins[i].key) == 0;
		char line[64];

		if (!fits || is_missing(w, s, key))
			continue;
		w->missing[w->num_missing++] = (struct missing){ s, &stand_ins[i] };
		(void)snprintf(line, sizeof line, "\n%s = %s\n", stand_ins[i].key, stand_ins[i].value);
		put_in(w, (uint32_t)heading->end - 1u, line);
		return true;
	}
	return false;
}

/* Leaves out the cause of an error at a heading: a key that contradicts others, or one that is missing. */
static void
leave_out_cause(struct work *w, const struct document_section *s, const struct seal_config_error *e)
{
	struct document_entry entry;

	if (e->key != NULL && document_find(w->document, s, e->key, &entry) && !w->left_out[entry.line]) {
		leave_out_lines(w, entry.line, entry.end);
		return;
	}
	if (e->key != NULL && stand_in_for(w, s, e->key))
		return;
	for (size_t i = s->heading + 1; e->key != NULL && i < s->end; i++) {
		if (!w->left_out[i] && w->document->lines[i].kind == DOCUMENT_KEY &&
		    has_word(e->expected, w->document->lines[i].name)) {
			(void)document_entry_at(w->document, i, &entry);
			leave_out_lines(w, entry.line, entry.end);
			return;
		}
	}
	leave_out_section(w, s);
}

static void
leave_out_junk(struct work *w, size_t line)
{
	const struct document *const d = w->document;
	size_t end = line + 1;

	while (d->lines[line].kind == DOCUMENT_OTHER && end < d->num_lines && d->lines[end].kind == DOCUMENT_MORE)
		end++;
	leave_out_lines(w, line, end);
}

/* False: nothing can be left out. */
static bool
leave_out(struct work *w, const struct reading_fault *fault)
{
	const struct document *const d = w->document;
	const struct seal_config_error *const e = &fault->error;
	const size_t line = document_line_at(d, fault->offset);
	const struct document_section *const s = d->num_lines == 0 ? NULL : document_section_of(d, line);
	struct document_entry entry;

	if (e->key == NULL && fault->offset >= d->text.len) {
		if (w->has_gateway)
			return false;
		put_in(w, OF_NONE, STAND_IN_GATEWAY);
		w->has_gateway = true;
		return true;
	}
	if (w->left_out[line])
		return false;
	if (d->lines[line].kind == DOCUMENT_HEADING)
		e->key == NULL ? leave_out_section(w, s) : leave_out_cause(w, s, e);
	else if (s == NULL && d->lines[line].kind == DOCUMENT_KEY)
		leave_out_lines(w, 0, d->num_sections > 0 ? d->sections[0].heading : d->num_lines);
	else if (!document_entry_at(d, line, &entry) || (e->key == NULL && d->lines[line].kind == DOCUMENT_MORE))
		leave_out_junk(w, line);
	else if (e->key == NULL || !leave_out_item(w, &entry, fault->offset, e->found.len))
		leave_out_lines(w, entry.line, entry.end);
	return true;
}

/* --- consequences ------------------------------------------------------------------------------------------------- */

/* True if the text names a key of the section that was left out. */
static bool
names_what_is_left_out(const struct work *w, const struct document_section *s, const char *text)
{
	for (size_t i = s->heading + 1; i < s->end; i++) {
		if (w->left_out[i] && w->document->lines[i].kind == DOCUMENT_KEY &&
		    has_word(text, w->document->lines[i].name))
			return true;
	}
	for (size_t i = 0; i < w->num_missing; i++) {
		if (w->missing[i].section == s && has_word(text, seal_span_text(w->missing[i].key->key)))
			return true;
	}
	return false;
}

/* True if a part of the section with this heading was left out. */
static bool
is_damaged(const struct work *w, const struct document_section *s)
{
	for (size_t i = s->heading; i < s->end; i++) {
		if (w->left_out[i])
			return true;
	}
	return is_missing(w, s, NULL);
}

/* True for a name in a list if the section of that name has an error. */
static bool
names_a_damaged_section(const struct work *w, struct seal_span found)
{
	const struct document *const d = w->document;

	if (seal_span_starts_nocase(found, SEAL_SPAN("*.")))
		found = seal_span_from(found, 2);
	for (size_t i = 0; found.len > 0 && i < d->num_sections; i++) {
		const struct seal_span heading = d->lines[d->sections[i].heading].text;

		for (size_t at = 0; at + found.len <= heading.len; at++) {
			if (seal_span_equal_nocase(seal_span(heading.ptr + at, found.len), found) &&
			    is_damaged(w, &d->sections[i]))
				return true;
		}
	}
	return false;
}

/* True if [gateway] may be among the parts that were left out: another section, or keys without a heading. */
static bool
has_lost_gateway(const struct work *w)
{
	const struct document *const d = w->document;
	const size_t first = d->num_sections > 0 ? d->sections[0].heading : d->num_lines;

	for (size_t i = 0; i < first; i++) {
		if (w->left_out[i] && d->lines[i].kind == DOCUMENT_KEY)
			return true;
	}
	for (size_t i = 0; i < d->num_sections; i++) {
		const struct document_section *const s = &d->sections[i];

		if (w->left_out[s->heading] && !seal_span_equal(s->word, SEAL_SPAN("client")) &&
		    !seal_span_equal(s->word, SEAL_SPAN("domain")) && !seal_span_equal(s->word, SEAL_SPAN("next-hop")))
			return true;
	}
	return false;
}

/* True for a text such as "a certificate in [gateway], as ..." */
static bool
names_another_section(const struct work *w, const struct document_section *s, const char *text)
{
	char heading[32];

	(void)snprintf(heading, sizeof heading, "[%.*s]", (int)seal_span_first(s->word, 24).len,
	               (const char *)s->word.ptr);
	return s->word.len > 0 && strstr(text, heading) != NULL && names_what_is_left_out(w, s, text);
}

/* A key that is missing, because its name is mistyped in this section. */
static bool
is_mistyped(const struct work *w, const struct document_section *s, const char *key)
{
	for (size_t i = s->heading + 1; i < s->end; i++) {
		const struct seal_span name = w->document->lines[i].name;
		char typed[64];
		struct suggestion near = suggestion(typed);

		if (!w->left_out[i] || w->document->lines[i].kind != DOCUMENT_KEY || name.len >= sizeof typed)
			continue;
		(void)snprintf(typed, sizeof typed, "%.*s", (int)name.len, (const char *)name.ptr);
		suggest_word(&near, key);
		if (near.best != NULL)
			return true;
	}
	return false;
}

static bool
is_consequence(const struct work *w, const struct reading_fault *fault)
{
	const struct document *const d = w->document;
	const struct seal_config_error *const e = &fault->error;
	const size_t line = document_line_at(d, fault->offset);
	const struct document_section *const s = d->num_lines == 0 ? NULL : document_section_of(d, line);
	const bool on_heading = s != NULL && line == s->heading;
	struct document_entry entry;

	if (e->key == NULL && fault->offset >= d->text.len)
		return has_lost_gateway(w);
	if (s == NULL || (e->key == NULL && !on_heading))
		return false;
	if (on_heading && e->key != NULL && document_find(d, s, e->key, &entry) && w->left_out[entry.line])
		return true;
	if (on_heading && e->key != NULL && e->found.len == 0 && is_mistyped(w, s, e->key))
		return true;
	if (names_what_is_left_out(w, s, e->expected))
		return true;
	if (w->has_gateway && strstr(e->expected, "[gateway]") != NULL)
		return true;
	for (size_t i = 0; i < d->num_sections; i++) {
		if (e->key != NULL && names_another_section(w, &d->sections[i], e->expected))
			return true;
	}
	return e->key != NULL && (strcmp(e->key, "from") == 0 || strcmp(e->key, "cosign") == 0) &&
	       names_a_damaged_section(w, e->found);
}

/* --- faults ------------------------------------------------------------------------------------------------------- */

/* The command for a domain of a client that has no section. */
static char *
suggest_add(const struct seal_config_error *error)
{
	char *text = NULL;

	if (error->key == NULL || strcmp(error->key, "from") != 0 ||
	    strcmp(error->expected, "a domain that a domain section covers") != 0 ||
	    asprintf(&text, "; to create it: mailseal domain add %.*s", (int)error->found.len,
	             (const char *)error->found.ptr) < 0)
		return NULL;
	return text;
}

/* The explanation without "LINE:COLUMN: "; the caller frees it. */
static char *
explain(const struct seal_config_error *error)
{
	const bool in_heading = seal_span_starts_nocase(seal_span_text(error->expected), SEAL_SPAN("[gateway], "));
	char *const meant = in_heading               ? config_keys_suggest_section(error->found)
	                    : error->section == NULL ? suggest_add(error)
	                                             : config_keys_suggest(error->section, error->found);
	const size_t cap = EXPLAINED_MAX + 2u * error->found.len;
	struct seal_out out = seal_out(tool_allocate(cap + 1), cap);
	size_t skip = 0;

	seal_config_explain(error, &out);
	if (meant != NULL)
		seal_out_span_put(&out, seal_span_text(meant));
	free(meant);
	for (int colons = 0; skip < out.len && colons < 2; skip++)
		colons += out.ptr[skip] == ':';
	skip += skip < out.len;
	memmove(out.ptr, out.ptr + skip, out.len - skip);
	out.ptr[out.len - skip] = '\0';
	return (char *)out.ptr;
}

static char *
copy_text(struct seal_span s)
{
	char *const text = tool_allocate(s.len + 1);

	if (s.len > 0)
		memcpy(text, s.ptr, s.len);
	text[s.len] = '\0';
	return text;
}

/* The offset in the document of the byte at `at` in the copy. An error at the byte order mark is about an empty
 * text. */
static size_t
offset_of(const struct reading *r, const struct document *d, size_t at)
{
	if (d->num_lines > 0 && at >= d->lines[0].start && at < r->copy_len && r->origin[at] < d->text.len)
		return r->origin[at];
	return d->text.len;
}

static void
set_place(struct reading_fault *fault, const struct document *d)
{
	const size_t line = document_line_at(d, fault->offset);
	const bool is_after = d->num_lines > 0 && fault->offset == d->text.len &&
	                      d->text.ptr[d->text.len - 1] == '\n';

	fault->error.line = (uint32_t)line + 1u + is_after;
	fault->error.column = 1;
	if (d->num_lines > 0 && !is_after)
		fault->error.column += (uint32_t)(fault->offset - d->lines[line].start);
}

static _Noreturn void
no_memory(void)
{
	tool_error("no memory for the configuration");
	exit(TOOL_IO);
}

static void
add_fault(struct work *w, struct reading_fault fault)
{
	struct reading *const r = w->reading;
	const struct document *const d = w->document;
	const struct document_section *const s =
		fault.offset >= d->text.len ? NULL : document_section_of(d, document_line_at(d, fault.offset));
	size_t i = r->num_faults++;

	r->faults = realloc(r->faults, r->num_faults * sizeof *r->faults);
	if (r->faults == NULL)
		no_memory();
	set_place(&fault, d);
	fault.text = explain(&fault.error);
	fault.found = copy_text(fault.error.found);
	fault.error.found.ptr = (const uint8_t *)fault.found;
	fault.heading = copy_text(s == NULL ? seal_span(NULL, 0) : d->lines[s->heading].text);
	for (; i > 0 && r->faults[i - 1].offset > fault.offset; i--)
		r->faults[i] = r->faults[i - 1];
	r->faults[i] = fault;
}

/* --- the whole reading -------------------------------------------------------------------------------------------- */

/* Every section begins with "[" in the first column, so this is enough. */
static void
make_room(struct seal_config *config, const struct document *d)
{
	const size_t num = d->num_sections;

	*config = (struct seal_config){ .clients_cap = num, .domains_cap = num };
	config->clients = tool_allocate(num * sizeof *config->clients);
	config->domains = tool_allocate(num * sizeof *config->domains);
}

/* Removes our own values, so that they are not shown as if they had been read. */
static void
forget_stand_ins(struct work *w)
{
	struct seal_config *const config = w->config;

	for (size_t i = 0; i < w->num_missing; i++) {
		const char *const key = w->missing[i].key->key;
		const struct seal_span name = w->missing[i].section->name;

		if (strcmp(key, "hostname") == 0)
			config->gateway.hostname = seal_span(NULL, 0);
		else if (strcmp(key, "next-hop") == 0)
			config->gateway.next_hop = (struct seal_endpoint){ .port = 0 };
		for (size_t k = 0; strcmp(key, "network") == 0 && k < config->num_clients; k++) {
			if (seal_span_equal(config->clients[k].name, name))
				config->clients[k].networks = seal_span(NULL, 0);
		}
	}
	if (w->has_gateway)
		config->gateway = (struct seal_config_gateway){ .max_size = 0 };
}

static bool
read_again(struct work *w)
{
	struct reading *const r = w->reading;
	struct seal_config_error error;

	while (seal_config_parse(w->config, seal_span(r->copy, r->copy_len), &error) != SEAL_OK) {
		const size_t at = (size_t)(error.found.ptr - r->copy);
		const struct reading_fault fault = { .error = error, .offset = offset_of(r, w->document, at) };

		if (!is_consequence(w, &fault)) {
			if (r->num_faults == READING_FAULTS_MAX)
				return false;
			add_fault(w, fault);
		}
		if (!leave_out(w, &fault))
			return false;
	}
	forget_stand_ins(w);
	return true;
}

void
reading_make(struct reading *r, const struct document *d, struct seal_config *config)
{
	struct work w = { .reading = r, .config = config, .document = d };
	struct seal_config_error error;

	*r = (struct reading){ .readable = true };
	make_room(config, d);
	if (seal_config_parse(config, tool_span(d->text), &error) == SEAL_OK)
		return;
	w.left_out = calloc(d->num_lines + 1, sizeof *w.left_out);
	w.missing = tool_allocate((d->num_sections + 1) * NUM_STAND_INS * sizeof *w.missing);
	if (w.left_out == NULL)
		no_memory();
	copy_document(&w);
	r->readable = read_again(&w);
	if (!r->readable)
		config->num_clients = config->num_domains = 0;
	free(w.left_out);
	free(w.missing);
}

void
reading_free(struct reading *r)
{
	for (size_t i = 0; i < r->num_faults; i++) {
		free(r->faults[i].text);
		free(r->faults[i].found);
		free(r->faults[i].heading);
	}
	free(r->faults);
	free(r->copy);
	free(r->origin);
	*r = (struct reading){ .readable = false };
}

struct seal_span
reading_place(const struct reading *r, const struct document *d, struct seal_span s)
{
	size_t at;

	if (r->copy == NULL || s.ptr < r->copy || s.ptr > r->copy + r->copy_len)
		return s;
	at = (size_t)(s.ptr - r->copy);
	return seal_span(d->text.ptr + offset_of(r, d, at), s.len);
}

static bool
is_same(const struct reading_fault *a, const struct reading_fault *b)
{
	/* Of a line that is too long, the part that is found depends on what else is in it. */
	if (a->error.key == NULL && b->error.key == NULL)
		return strcmp(a->error.expected, b->error.expected) == 0 && strcmp(a->heading, b->heading) == 0;
	return strcmp(a->text, b->text) == 0 && strcmp(a->heading, b->heading) == 0;
}

static size_t
count_same(const struct reading_fault *faults, size_t num, const struct reading_fault *fault)
{
	size_t count = 0;

	for (size_t i = 0; i < num; i++)
		count += is_same(&faults[i], fault);
	return count;
}

const struct reading_fault *
reading_next_new(const struct reading *r, const struct reading *old, size_t *at)
{
	while (*at < r->num_faults) {
		const struct reading_fault *const fault = &r->faults[*at];

		(*at)++;
		if (count_same(r->faults, *at, fault) > count_same(old->faults, old->num_faults, fault))
			return fault;
	}
	return NULL;
}
