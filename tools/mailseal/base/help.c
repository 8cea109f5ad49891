/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>
#include <string.h>

#include "tools/mailseal/base/command.h"
#include "tools/mailseal/base/options.h"
#include "tools/mailseal/base/tool.h"

#define WIDTH  96u
#define INDENT 21u

/* --- lines of words ------------------------------------------------------------------ */

struct lines {
	FILE *to;
	size_t column, indent;
	bool goes_on;            /* the line has a word already */
};

/* Writes a word without breaking it; starts a new line if it does not fit. */
static void
put_word(struct lines *l, const char *word, size_t len)
{
	if (l->goes_on && l->column + 1 + len > WIDTH) {
		fprintf(l->to, "\n%*s", (int)l->indent, "");
		l->column = l->indent;
	} else if (l->goes_on) {
		fputc(' ', l->to);
		l->column++;
	}
	l->goes_on = true;
	(void)fwrite(word, 1, len, l->to);
	l->column += len;
}

static void
put_words(struct lines *l, const char *text)
{
	while (*(text += strspn(text, " ")) != '\0') {
		const size_t len = strcspn(text, " ");

		put_word(l, text, len);
		text += len;
	}
}

/* --- usage ---------------------------------------------------------------------------- */

static bool
is_repeated(const struct option_row *row)
{
	return row->kind == OPT_LIST || (row->flags & OPT_REPEATED) != 0;
}

/* "--bits N", "-c CONF", "--wait[=DURATION]", "FILE". */
static char *
option_form(const struct option_row *row)
{
	char *form = NULL;
	const char *const value = row->value == NULL ? "" : row->value;
	const char *const space = row->value == NULL ? "" : " ";
	int len;

	if (row->name == NULL)
		len = asprintf(&form, "%s", value);
	else if (row->letter != 0)
		len = asprintf(&form, "-%c%s%s", row->letter, space, value);
	else if ((row->flags & OPT_BARE) != 0)
		len = asprintf(&form, "--%s[=%s]", row->name, value);
	else
		len = asprintf(&form, "--%s%s%s", row->name, space, value);
	if (len < 0)
		exit(TOOL_IO);
	return form;
}

static void
put_usage_row(struct lines *l, const struct option_row *row)
{
	const bool required = (row->flags & OPT_REQUIRED) != 0;
	char *const form = option_form(row);
	char whole[128];

	(void)snprintf(whole, sizeof whole, "%s%s%s%s", required ? "" : "[", form, required ? "" : "]",
	               is_repeated(row) ? "..." : "");
	put_word(l, whole, strlen(whole));
	free(form);
}

/* Arguments first, then required options, then the others. A group is shown as "[OPTIONS]". */
static void
put_usage(struct lines *l, const struct option_row *rows, bool has_json)
{
	for (int pass = 0; pass < 3; pass++) {
		for (const struct option_row *row = rows; row->kind != OPT_END; row++) {
			const int when = row->name == NULL ? 0 : (row->flags & OPT_REQUIRED) != 0 ? 1 : 2;

			if (row->kind != OPT_GROUP && when == pass)
				put_usage_row(l, row);
		}
	}
	for (const struct option_row *row = rows; row->kind != OPT_END; row++) {
		if (row->kind == OPT_GROUP) {
			put_words(l, "[OPTIONS]");
			break;
		}
	}
	if (has_json)
		put_words(l, "[--json]");
}

static void
print_usage(FILE *to, const struct tool_command *c)
{
	struct lines l = { .to = to, .indent = strlen("usage: mailseal ") };

	fputs("usage: mailseal ", to);
	l.column = l.indent;
	put_words(&l, c->name);
	l.indent = l.column + 1;
	put_usage(&l, c->options, c->json != NULL);
	fputc('\n', to);
}

/* --- options -------------------------------------------------------------------------- */

static void
put_words_table(struct lines *l, const char *const *words)
{
	put_words(l, "One of:");
	for (size_t i = 0; words[i] != NULL; i++) {
		char word[64];

		(void)snprintf(word, sizeof word, "%s%s", words[i], words[i + 1] == NULL ? "." : ",");
		put_words(l, word);
	}
}

static void
put_default(struct lines *l, const struct option_row *row)
{
	char text[128];

	(void)snprintf(text, sizeof text, "Default: %s%s.", row->fallback,
	               (row->flags & OPT_IF_EXISTS) != 0 ? ", if it exists" : "");
	put_words(l, text);
}

static void
put_option(FILE *to, const char *form, const char *text, const struct option_row *row)
{
	struct lines l = { .to = to, .indent = INDENT, .column = 2 + strlen(form) };

	fprintf(to, "  %s", form);
	if (l.column + 1 < INDENT)
		fprintf(to, "%*s", (int)(INDENT - l.column), "");
	else
		fprintf(to, "\n%*s", (int)INDENT, "");
	l.column = INDENT;
	put_words(&l, text);
	if (row != NULL && row->words != NULL)
		put_words_table(&l, row->words);
	if (row != NULL && row->fallback != NULL)
		put_default(&l, row);
	if (row != NULL && is_repeated(row) && row->name != NULL)
		put_words(&l, "May be repeated.");
	fputc('\n', to);
}

static void
print_option(FILE *to, const struct option_row *row)
{
	char *const form = option_form(row);
	char both[128];

	if (row->name != NULL && row->letter != 0)
		(void)snprintf(both, sizeof both, "-%c, --%s %s", row->letter, row->name,
		               row->value == NULL ? "" : row->value);
	else
		(void)snprintf(both, sizeof both, "%s", form);
	put_option(to, both, row->text, row);
	free(form);
}

static void
print_options(FILE *to, const struct tool_command *c)
{
	struct option_walk walk = options_walk(c->options);

	while (options_step(&walk)) {
		if (walk.group == NULL)
			print_option(to, walk.row);
	}
	if (c->json != NULL) {
		char text[96];

		(void)snprintf(text, sizeof text, "Print a JSON document; its members: mailseal help --json %s.",
		               c->name);
		put_option(to, "--json", text, NULL);
	}
	for (const struct option_row *group = c->options; group->kind != OPT_END; group++) {
		if (group->kind != OPT_GROUP)
			continue;
		fprintf(to, "\n%s:\n", group->text);
		for (const struct option_row *row = group->rows; row->kind != OPT_END; row++)
			print_option(to, row);
	}
}

void
help_print(FILE *to, const struct tool_command *c)
{
	print_usage(to, c);
	fprintf(to, "\n%s.\n\n", c->summary);
	print_options(to, c);
	fprintf(to, "%s%s", c->help[0] != '\0' ? "\n" : "", c->help);
}

bool
help_print_json(FILE *to, const struct tool_command *c)
{
	if (c->json == NULL)
		return false;
	fprintf(to, "mailseal %s --json prints:\n\n", c->name);
	fputs(c->json, to);
	fputs("\nEvery document also has format, which is 1, and errors, warnings and notes: arrays of texts.\n"
	      "When the command fails, the other members may be absent.\n", to);
	return true;
}
