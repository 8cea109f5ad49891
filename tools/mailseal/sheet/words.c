/* SPDX-License-Identifier: Apache-2.0 */
#include "tools/mailseal/sheet/words.h"

#include <stdlib.h>
#include <string.h>

#include "tools/mailseal/base/tool.h"
#include "tools/mailseal/sheet/texts.h"

const struct words_step words_steps[WORDS_NUM_STEPS] = {
	{ "key", "you" }, { "record", "dns" }, { "signs", "you" }, { "spf", "dns" }, { "dmarc", "dns" },
	{ "test", "you" }, { "next", "dns" }, { "age", "you" }, { "old", "dns" }
};

static struct seal_span
find_text(size_t lang, const char *key)
{
	struct seal_span rest = seal_span(text_files[lang].text, text_files[lang].len);
	const struct seal_span wanted = seal_span_text(key);

	while (rest.len > 0) {
		const struct seal_span line = seal_span_first(rest, seal_span_find(rest, '\n'));
		const size_t equals = seal_span_find(line, '=');

		if (line.len > 0 && line.ptr[0] != '#' &&
		    seal_span_equal(seal_span_trim(seal_span_first(line, equals)), wanted))
			return seal_span_trim(seal_span_from(line, equals + 1));
		rest = seal_span_from(rest, line.len + 1);
	}
	return seal_span(NULL, 0);
}

bool
words_find_lang(const char *name, size_t *lang)
{
	for (*lang = 0; *lang < num_text_files; (*lang)++) {
		if (strcmp(text_files[*lang].lang, name) == 0)
			return true;
	}
	return false;
}

static struct seal_span
find_text_or_english(size_t lang, const char *key)
{
	const struct seal_span text = find_text(lang, key);
	size_t english;

	return text.len > 0 || !words_find_lang("en", &english) ? text : find_text(english, key);
}

void
words_plain(FILE *to, const char *text)
{
	fputs(text, to);
}

/* The value that replaces a name in braces. */
static const char *
meaning(const struct words *w, struct seal_span name)
{
	for (size_t i = 0; i < w->num_names; i++) {
		if (seal_span_equal(name, seal_span_text(w->names[i].name)))
			return w->names[i].value;
	}
	return "";
}

static void
put_span(FILE *to, struct seal_span s, words_escape escape)
{
	char *text = strndup((const char *)s.ptr, s.len);

	if (text != NULL)
		escape(to, text);
	free(text);
}

void
words_put(FILE *to, const struct words *w, const char *key, words_escape escape)
{
	struct seal_span rest = find_text_or_english(w->lang, key);

	while (rest.len > 0) {
		const size_t open = seal_span_find(rest, '{');
		struct seal_span name;

		if (open > 0)
			put_span(to, seal_span_first(rest, open), escape);
		if (open == rest.len)
			break;
		name = seal_span_from(rest, open + 1);
		name = seal_span_first(name, seal_span_find(name, '}'));
		escape(to, meaning(w, name));
		rest = seal_span_from(rest, open + name.len + 2);
	}
}

struct words_date
words_date(size_t lang, const char *dashed)
{
	struct words_date date;
	char year[5], month[3], day[3];
	const struct words_name names[] = { { "year", year }, { "month", month }, { "day", day } };
	const struct words words = { lang, names, sizeof names / sizeof names[0] };
	char *text;

	(void)snprintf(year, sizeof year, "%.4s", dashed);
	(void)snprintf(month, sizeof month, "%.2s", dashed + 5);
	(void)snprintf(day, sizeof day, "%.2s", dashed + 8);
	text = words_text(&words, "date");
	(void)snprintf(date.text, sizeof date.text, "%s", text);
	free(text);
	return date;
}

char *
words_text(const struct words *w, const char *key)
{
	char *text = NULL;
	size_t len = 0;
	FILE *const to = open_memstream(&text, &len);

	if (to != NULL) {
		words_put(to, w, key, words_plain);
		if (fclose(to) == 0)
			return text;
	}
	tool_error("no memory for a text");
	exit(TOOL_IO);
}
