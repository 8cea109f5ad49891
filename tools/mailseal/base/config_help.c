/* SPDX-License-Identifier: Apache-2.0
 *
 * config_help.c - mailseal help config: the keys of the configuration, for people and for the generator of documents.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tools/mailseal/base/config_keys.h"
#include "tools/mailseal/base/json.h"
#include "tools/mailseal/base/suggest.h"

#define WIDTH  96u
#define INDENT 4u

/* Prints the text without its ` marks, in lines. */
static void
print_wrapped(const char *text)
{
	size_t column = 0;

	while (*(text += strspn(text, " ")) != '\0') {
		const size_t len = strcspn(text, " ");

		if (column > 0 && column + 1 + len > WIDTH)
			column = 0;
		if (column == 0)
			printf("\n%*s", (int)INDENT, "");
		else
			fputc(' ', stdout);
		column = (column == 0 ? INDENT : column + 1) + len;
		for (size_t i = 0; i < len; i++) {
			if (text[i] != '`')
				fputc(text[i], stdout);
		}
		text += len;
	}
	fputc('\n', stdout);
}

static bool
has_long_default(const struct config_key *key)
{
	return key->default_value != NULL && strlen(key->default_value) > WIDTH / 2;
}

static void
print_row(const struct config_key *key)
{
	printf("%s = ", key->name);
	if ((key->flags & SEAL_CONFIG_REQUIRED) != 0)
		fputs("(required)", stdout);
	else if (key->default_value == NULL)
		printf("(default: %s)", key->unset);
	else if (has_long_default(key))
		fputs("(default: see below)", stdout);
	else
		fputs(key->default_value, stdout);
}

static void
print_key(const struct config_key *key)
{
	print_row(key);
	print_wrapped(key->meaning);
	if (has_long_default(key)) {
		printf("%*sDefault:", (int)INDENT, "");
		print_wrapped(key->default_value);
	}
}

static int
print_all(void)
{
	fputs("The keys of gateway.conf by section, with their defaults. mailseal help config KEY shows one.\n",
	      stdout);
	for (size_t i = 0; i < num_config_keys; i++) {
		if (i == 0 || config_keys[i].section != config_keys[i - 1].section)
			printf("\n%s\n\n", config_section_heading(config_keys[i].section));
		print_key(&config_keys[i]);
	}
	return tool_finish_output();
}

static void
print_whole(const struct config_key *key)
{
	printf("%s\n", config_section_heading(key->section));
	print_key(key);
	printf("\n    Value:    %s\n", key->expected);
	if ((key->flags & SEAL_CONFIG_LIST) != 0)
		fputs("              A list: commas separate items, indented lines continue it.\n", stdout);
}

static int
print_one(const char *name)
{
	struct suggestion s = suggestion(name);
	size_t num = 0;
	char *meant;

	for (size_t i = 0; i < num_config_keys; i++) {
		suggest_word(&s, config_keys[i].name);
		if (strcmp(config_keys[i].name, name) != 0)
			continue;
		if (num++ > 0)
			fputc('\n', stdout);
		print_whole(&config_keys[i]);
	}
	if (num > 0)
		return tool_finish_output();
	meant = suggest_text(&s, "");
	tool_error("unknown key %s%s%s mailseal help config", name, meant, suggest_see(&s));
	free(meant);
	return TOOL_USAGE;
}

static json_t *
words_json(const struct config_key *key)
{
	struct seal_span words = seal_span_text(key->words == NULL ? "" : key->words);
	json_t *const array = json_array();
	struct seal_span word;

	/* The only other kind of default is the port of an endpoint. */
	if (seal_span_find(words, '|') == words.len)
		words = seal_span_first(words, 0);
	while (seal_span_split(&words, '|', &word))
		json_array_append_new(array, tool_json_span(word));
	return array;
}

static json_t *
key_json(const struct config_key *key)
{
	const bool required = (key->flags & SEAL_CONFIG_REQUIRED) != 0;
	const bool list = (key->flags & SEAL_CONFIG_LIST) != 0;

	return json_pack("{s:s, s:s, s:b, s:b, s:o, s:s?, s:s, s:s, s:s}", "section",
	                 config_section_heading(key->section), "key", key->name, "required", required, "list", list,
	                 "words", words_json(key), "default", key->default_value, "unset", key->unset, "expected",
	                 key->expected, "meaning", key->meaning);
}

static int
print_document(void)
{
	json_t *const keys = json_array();

	for (size_t i = 0; i < num_config_keys; i++)
		json_array_append_new(keys, key_json(&config_keys[i]));
	return tool_print_json(tool_json_document(json_pack("{s:o}", "keys", keys)));
}

int
config_help(int argc, char **argv, bool json)
{
	if (argc > 1 || (argc > 0 && json)) {
		tool_error("%s: expected at most one key, none with --json; see: mailseal help config", argv[argc - 1]);
		return TOOL_USAGE;
	}
	if (json)
		return print_document();
	return argc == 0 ? print_all() : print_one(argv[0]);
}
