/* SPDX-License-Identifier: Apache-2.0 */
#include "tools/mailseal/base/options.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tools/mailseal/base/result.h"
#include "tools/mailseal/base/suggest.h"
#include "tools/mailseal/base/tool.h"

#define ROWS_MAX 64u

const char config_default[] = CONFIG_DEFAULT;

static const struct option_row json_row = { .name = "json", .kind = OPT_FLAG };

struct row_state {
	const struct option_row *row;
	void *member;
	bool given;
};

struct reader {
	struct row_state rows[ROWS_MAX];
	size_t num_rows;
	int argc;
	char **argv;
	int next;                /* index in argv */
};

bool
config_is_default(const char *config)
{
	return config == config_default;
}

/* --- rows --------------------------------------------------------------------------- */

struct option_walk
options_walk(const struct option_row *rows)
{
	return (struct option_walk){ .next = rows };
}

bool
options_step(struct option_walk *w)
{
	if (w->group != NULL && w->next->kind == OPT_END) {
		w->next = w->after;
		w->group = NULL;
		w->base = 0;
	}
	if (w->next->kind == OPT_GROUP) {
		w->group = w->next;
		w->base = w->group->offset;
		w->after = w->next + 1;
		w->next = w->group->rows;
	}
	w->row = w->next;
	if (w->row->kind != OPT_END)
		w->next++;
	return w->row->kind != OPT_END;
}

static void
add_row(struct reader *r, const struct option_row *row, void *member)
{
	if (r->num_rows == ROWS_MAX) {
		tool_error("more than %u options", ROWS_MAX);
		exit(TOOL_IO);
	}
	r->rows[r->num_rows++] = (struct row_state){ .row = row, .member = member };
}

/* "--name" or "-o FILE", for messages about the option itself. */
static const char *
name_of(const struct option_row *row, char out[64])
{
	if (row->name == NULL)
		(void)snprintf(out, 64, "%s", row->value);
	else
		(void)snprintf(out, 64, "--%s", row->name);
	return out;
}

/* --- values ------------------------------------------------------------------------- */

static bool
take_choice(const struct option_row *row, const char *text, const char *what, unsigned *index)
{
	struct suggestion s = suggestion(text);
	char *words = NULL, *meant;
	size_t len = 0;
	FILE *list;

	for (unsigned i = 0; row->words[i] != NULL; i++) {
		if (strcmp(row->words[i], text) == 0) {
			*index = i;
			return true;
		}
		suggest_word(&s, row->words[i]);
	}
	list = open_memstream(&words, &len);
	for (unsigned i = 0; list != NULL && row->words[i] != NULL; i++)
		fprintf(list, "%s%s", i == 0 ? "" : row->words[i + 1] == NULL ? " or " : ", ", row->words[i]);
	if (list != NULL)
		(void)fclose(list);
	meant = suggest_text(&s, "");
	tool_error("%s: expected %s, found %s%s", what, words == NULL ? "" : words, text, meant);
	free(meant);
	free(words);
	return false;
}

static bool
take_item(const struct option_row *row, const char *text, const char *what, struct option_list *list)
{
	if (row->max > 0 && list->num == row->max) {
		tool_error("%s: at most %llu times", what, (unsigned long long)row->max);
		return false;
	}
	if ((list->num & (list->num + 1)) == 0) { /* full: 0, 1, 3, 7 ... items */
		const char **const larger = tool_allocate((2 * list->num + 1) * sizeof *larger);

		if (list->num > 0)
			memcpy(larger, list->items, list->num * sizeof *larger);
		free(list->items);
		list->items = larger;
	}
	list->items[list->num++] = text;
	return true;
}

static bool
take_value(const struct row_state *state, const char *text)
{
	const struct option_row *const row = state->row;
	char what[64];

	(void)name_of(row, what);
	switch (row->kind) {
	case OPT_FLAG:
		*(bool *)state->member = true;
		return true;
	case OPT_STRING:
		*(const char **)state->member = text;
		return true;
	case OPT_NUMBER:
		return tool_number(text, what, row->min, row->max, state->member);
	case OPT_CHOICE:
		return take_choice(row, text, what, state->member);
	case OPT_LIST:
		return take_item(row, text, what, state->member);
	case OPT_VALUE:
		return row->take(text, what, state->member);
	case OPT_END:
	case OPT_GROUP:
		break;
	}
	return false;
}

static bool
give(struct row_state *state, const char *text)
{
	state->given = true;
	return take_value(state, text);
}

/* --- options ------------------------------------------------------------------------ */

static bool
unknown_option(const struct reader *r, const char *name)
{
	struct suggestion s = suggestion(name);
	char *meant;

	for (size_t i = 0; i < r->num_rows; i++) {
		if (r->rows[i].row->name != NULL)
			suggest_word(&s, r->rows[i].row->name);
	}
	meant = suggest_text(&s, "--");
	tool_error("unknown option --%s%s%s mailseal help %s", name, meant, suggest_see(&s), result_command());
	free(meant);
	return false;
}

static bool
is_beginning(const char *name, const char *typed, size_t len)
{
	return name != NULL && strncmp(name, typed, len) == 0;
}

static bool
ambiguous_option(const struct reader *r, const char *typed, size_t len)
{
	char *list = NULL;
	size_t list_len = 0;
	FILE *const to = open_memstream(&list, &list_len);

	for (size_t i = 0; to != NULL && i < r->num_rows; i++) {
		if (is_beginning(r->rows[i].row->name, typed, len))
			fprintf(to, " --%s", r->rows[i].row->name);
	}
	if (to != NULL)
		(void)fclose(to);
	tool_error("option --%.*s is ambiguous:%s; see: mailseal help %s", (int)len, typed, list == NULL ? "" : list,
	           result_command());
	free(list);
	return false;
}

/* The option of this name, or the only one whose name begins with it; NULL: reported. */
static struct row_state *
find_long(struct reader *r, const char *typed, size_t len)
{
	struct row_state *found = NULL;
	unsigned num = 0;

	for (size_t i = 0; i < r->num_rows; i++) {
		const char *const name = r->rows[i].row->name;

		if (!is_beginning(name, typed, len))
			continue;
		if (name[len] == '\0')
			return &r->rows[i];
		found = &r->rows[i];
		num++;
	}
	if (num == 1)
		return found;
	if (num > 1) {
		(void)ambiguous_option(r, typed, len);
	} else {
		char name[64];

		(void)snprintf(name, sizeof name, "%.*s", (int)len, typed);
		(void)unknown_option(r, name);
	}
	return NULL;
}

static bool
needs_value(const char *option)
{
	tool_error("%s needs a value; see: mailseal help %s", option, result_command());
	return false;
}

static bool
take_long(struct reader *r, const char *typed)
{
	const size_t len = strcspn(typed, "=");
	const char *const value = typed[len] == '=' ? typed + len + 1 : NULL;
	struct row_state *const state = find_long(r, typed, len);

	if (state == NULL)
		return false;
	if (state->row->kind == OPT_FLAG && value != NULL) {
		tool_error("--%s takes no value; see: mailseal help %s", state->row->name, result_command());
		return false;
	}
	if (value != NULL || state->row->kind == OPT_FLAG || (state->row->flags & OPT_BARE) != 0)
		return give(state, value);
	if (r->next == r->argc)
		return needs_value(typed - 2);
	return give(state, r->argv[r->next++]);
}

/* "-c FILE", "-cFILE", "-nc FILE". */
static bool
take_letters(struct reader *r, const char *letters)
{
	for (; *letters != '\0'; letters++) {
		struct row_state *state = NULL;
		char option[3] = { '-', *letters, '\0' };

		for (size_t i = 0; i < r->num_rows; i++) {
			if (r->rows[i].row->letter == *letters)
				state = &r->rows[i];
		}
		if (state == NULL) {
			tool_error("unknown option %s; see: mailseal help %s", option, result_command());
			return false;
		}
		if (state->row->kind != OPT_FLAG && letters[1] != '\0')
			return give(state, letters + 1);
		if (state->row->kind != OPT_FLAG && r->next == r->argc)
			return needs_value(option);
		if (!give(state, state->row->kind == OPT_FLAG ? NULL : r->argv[r->next++]))
			return false;
		if (state->row->kind != OPT_FLAG)
			return true;
	}
	return true;
}

/* --- arguments ---------------------------------------------------------------------- */

static bool
takes_more(const struct row_state *state)
{
	return state->row->name == NULL && (!state->given || state->row->kind == OPT_LIST ||
	                                    (state->row->flags & OPT_REPEATED) != 0);
}

static bool
take_argument(struct reader *r, const char *text)
{
	bool any = false;

	for (size_t i = 0; i < r->num_rows; i++) {
		if (takes_more(&r->rows[i]))
			return give(&r->rows[i], text);
		any = any || r->rows[i].row->name == NULL;
	}
	if (any)
		tool_error("unexpected argument %s; see: mailseal help %s", text, result_command());
	else
		tool_error("takes no arguments; see: mailseal help %s", result_command());
	return false;
}

static bool
take_next(struct reader *r, bool *only_arguments)
{
	const char *const text = r->argv[r->next++];

	if (*only_arguments || text[0] != '-' || text[1] == '\0')
		return take_argument(r, text);
	if (strcmp(text, "--") == 0) {
		*only_arguments = true;
		return true;
	}
	return text[1] == '-' ? take_long(r, text + 2) : take_letters(r, text + 1);
}

static bool
missing(const struct option_row *row)
{
	if (row->name == NULL)
		tool_error("expected %s; see: mailseal help %s", row->value, result_command());
	else if (row->letter != 0)
		tool_error("-%c %s is missing; see: mailseal help %s", row->letter, row->value, result_command());
	else
		tool_error("--%s %s is missing; see: mailseal help %s", row->name, row->value, result_command());
	return false;
}

static bool
apply_fallbacks(struct reader *r)
{
	for (size_t i = 0; i < r->num_rows; i++) {
		const struct option_row *const row = r->rows[i].row;

		if (r->rows[i].given)
			continue;
		if ((row->flags & OPT_REQUIRED) != 0)
			return missing(row);
		if (row->fallback == NULL || ((row->flags & OPT_IF_EXISTS) != 0 && access(row->fallback, F_OK) != 0))
			continue;
		if (!take_value(&r->rows[i], row->fallback))
			return false;
	}
	return true;
}

/* Finds --json even after the point where reading failed, because a usage error is reported as a document too. */
static bool
asks_for_json(int argc, char **argv)
{
	for (int i = 0; i < argc && strcmp(argv[i], "--") != 0; i++) {
		if (strcmp(argv[i], "--json") == 0)
			return true;
	}
	return false;
}

bool
options_read(const struct option_row *rows, bool has_json, int argc, char **argv, void *request, bool *json)
{
	struct reader r = { .argc = argc, .argv = argv };
	struct option_walk walk = options_walk(rows);
	bool only_arguments = false;

	*json = has_json && asks_for_json(argc, argv);
	while (options_step(&walk))
		add_row(&r, walk.row, (char *)request + walk.base + walk.row->offset);
	if (has_json)
		add_row(&r, &json_row, json);
	while (r.next < argc) {
		if (!take_next(&r, &only_arguments))
			return false;
	}
	return apply_fallbacks(&r);
}

void
options_free(const struct option_row *rows, void *request)
{
	struct option_walk walk = options_walk(rows);

	while (options_step(&walk)) {
		if (walk.row->kind == OPT_LIST)
			free(((struct option_list *)(void *)((char *)request + walk.base + walk.row->offset))->items);
	}
}
