/* SPDX-License-Identifier: Apache-2.0 */
#include "tools/mailseal/doctor/results.h"

#include <stdlib.h>
#include <string.h>

#include "engine/base/ascii.h"
#include "tools/mailseal/base/tool.h"
#include "tools/mailseal/records/text.h"

/* The value without comments, which may be nested, and without blanks around "=", "." and "/". `quoted` marks each
 * character of a quoted string, because ";" and blanks have no special meaning there. */
struct plain {
	char *text;
	bool *quoted;
	size_t len;
};

static bool
is_joint(char c)
{
	return c == '=' || c == '.' || c == '/';
}

static void
put(struct plain *p, char c, bool quoted)
{
	if (!quoted && c == ' ' && p->len > 0 && (p->text[p->len - 1] == ' ' || is_joint(p->text[p->len - 1])) &&
	    !p->quoted[p->len - 1])
		return;
	if (!quoted && c == '=' && p->len > 0 && p->text[p->len - 1] == ' ' && !p->quoted[p->len - 1])
		p->len--;
	p->text[p->len] = c;
	p->quoted[p->len++] = quoted;
}

static bool
make_plain(struct plain *p, const char *value)
{
	unsigned depth = 0;
	bool quoted = false;

	for (; *value != '\0'; value++) {
		if (*value == '\\' && (quoted || depth > 0) && value[1] != '\0') {
			value++;
			if (depth == 0)
				put(p, *value, true);
		} else if (*value == '"' && depth == 0) {
			quoted = !quoted;
		} else if (quoted) {
			put(p, *value, true);
		} else if (*value == '(') {
			depth++;
		} else if (*value == ')') {
			if (depth == 0)
				return false;
			depth--;
			put(p, ' ', false);
		} else if (depth == 0) {
			put(p, *value == '\t' ? ' ' : *value, false);
		}
	}
	return depth == 0 && !quoted;
}

/* The part from *at to the next unquoted `separator`; *at is moved to after it. */
static struct seal_span
next_part(const struct plain *p, size_t *at, size_t end, char separator)
{
	const size_t from = *at;
	size_t to = from;

	while (to < end && (p->text[to] != separator || p->quoted[to]))
		to++;
	*at = to < end ? to + 1 : end;
	return seal_span((const uint8_t *)p->text + from, to - from);
}

static char *
lower(struct seal_span s)
{
	char *const text = text_visible(s);

	for (char *c = text; *c != '\0'; c++)
		*c = (char)seal_lower((uint8_t)*c);
	return text;
}

static bool
take_pair(struct results_one *one, struct seal_span word)
{
	const size_t equals = seal_span_find(word, '=');
	const size_t slash = seal_span_find(seal_span_first(word, equals), '/');

	if (equals == 0 || equals >= word.len)
		return false;
	if (one->method == NULL) {
		one->method = lower(seal_span_first(word, slash));
		one->result = lower(seal_span_from(word, equals + 1));
	} else if (one->num_properties < RESULTS_PROPERTIES_MAX) {
		one->properties[one->num_properties++] = (struct results_property){
			lower(seal_span_first(word, equals)), text_visible(seal_span_from(word, equals + 1))
		};
	}
	return true;
}

static bool
take_result(struct results *r, const struct plain *p, struct seal_span part)
{
	size_t at = (size_t)(part.ptr - (const uint8_t *)p->text);
	const size_t end = at + part.len;
	struct results_one *const one = &r->list[r->num];

	while (at < end) {
		const struct seal_span word = next_part(p, &at, end, ' ');

		/* Some servers add words after the result that are not properties. */
		if (word.len > 0 && !take_pair(one, word) && one->method == NULL)
			return seal_span_equal_nocase(word, SEAL_SPAN("none"));
	}
	r->num += one->method != NULL;
	return true;
}

static bool
take_all(struct results *r, const struct plain *p)
{
	size_t at = 0, id = 0;
	const struct seal_span head = seal_span_trim(next_part(p, &at, p->len, ';'));
	bool good = head.len > 0;

	id = seal_span_find(head, ' ');
	r->server = text_visible(seal_span_first(head, id));
	while (good && at < p->len && r->num < RESULTS_MAX)
		good = take_result(r, p, next_part(p, &at, p->len, ';'));
	return good;
}

bool
results_read(struct results *r, const char *value)
{
	const size_t len = strlen(value);
	struct plain p = { tool_allocate(len), tool_allocate(len * sizeof *p.quoted), 0 };
	bool good;

	memset(r, 0, sizeof *r);
	good = make_plain(&p, value) && take_all(r, &p);
	free(p.text);
	free(p.quoted);
	return good;
}

void
results_free(struct results *r)
{
	for (size_t i = 0; i < RESULTS_MAX; i++) {
		for (size_t k = 0; k < r->list[i].num_properties; k++) {
			free(r->list[i].properties[k].name);
			free(r->list[i].properties[k].value);
		}
		free(r->list[i].method);
		free(r->list[i].result);
	}
	free(r->server);
	memset(r, 0, sizeof *r);
}

const char *
results_property(const struct results_one *one, const char *name)
{
	for (size_t i = 0; i < one->num_properties; i++) {
		if (strcmp(one->properties[i].name, name) == 0)
			return one->properties[i].value;
	}
	return "";
}

const char *
results_of(const struct results *r, const char *method)
{
	const char *first = "none";

	for (size_t i = r->num; i-- > 0; ) {
		if (strcmp(r->list[i].method, method) != 0)
			continue;
		if (strcmp(r->list[i].result, "pass") == 0)
			return "pass";
		first = r->list[i].result;
	}
	return first;
}
