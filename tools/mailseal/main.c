/* SPDX-License-Identifier: Apache-2.0
 *
 * main.c - mailseal, the host program: find the command and run it.
 */
#include <stdio.h>
#include <string.h>

#include "tools/mailseal/base/tool.h"

static const struct tool_command *const commands[] = {
	&tool_sign, &tool_check, &tool_domain_add, &tool_domain_list, &tool_domain_remove,
	&tool_key_new, &tool_key_next, &tool_key_list, &tool_key_approve, &tool_key_adopt, &tool_key_revoke,
	&tool_key_dns, &tool_password, &tool_handover, &tool_status, &tool_image, &tool_sink, &tool_verify,
	&tool_spf_new, &tool_spf_check, &tool_spf_merge, &tool_spf_flatten, &tool_dmarc_new, &tool_dmarc_next,
	&tool_dmarc_check, &tool_report, &tool_doctor, &tool_selftest, &tool_bundle, &tool_version
};

#define NUM_COMMANDS (sizeof commands / sizeof commands[0])

static int
print_overview(FILE *to)
{
	fputs("usage: mailseal COMMAND ...\n\n", to);
	for (size_t i = 0; i < NUM_COMMANDS; i++)
		fprintf(to, "  %-13s %s\n", commands[i]->name, commands[i]->summary);
	fputs("\nmailseal help COMMAND tells more. Exit codes: 0 done, 1 message refused or record wrong,\n"
	      "2 usage, 3 configuration, 4 key, 5 input or output.\n", to);
	return to == stdout ? tool_finish_output() : TOOL_USAGE;
}

static int
print_help(const struct tool_command *c)
{
	printf("usage: mailseal %s %s\n\n%s.\n\n%s", c->name, c->synopsis, c->summary, c->help);
	return tool_finish_output();
}

/* The command whose words are the first of argv; *num_words is how many. */
static const struct tool_command *
find(int argc, char **argv, int *num_words)
{
	for (size_t i = 0; i < NUM_COMMANDS; i++) {
		const char *name = commands[i]->name;
		const char *space = strchr(name, ' ');
		const size_t first = space == NULL ? strlen(name) : (size_t)(space - name);

		if (argc < 1 || strlen(argv[0]) != first || strncmp(argv[0], name, first) != 0)
			continue;
		*num_words = space == NULL ? 1 : 2;
		if (space == NULL || (argc > 1 && strcmp(argv[1], space + 1) == 0))
			return commands[i];
	}
	return NULL;
}

static bool
asks_for_help(int argc, char **argv)
{
	for (int i = 0; i < argc && strcmp(argv[i], "--") != 0; i++) {
		if (strcmp(argv[i], "--help") == 0 || strcmp(argv[i], "-h") == 0)
			return true;
	}
	return false;
}

/* The second words that may follow the first one of several commands: reported; else false. */
static bool
explain_group(const char *word)
{
	const size_t len = strlen(word);
	char list[128] = "";

	for (size_t i = 0; i < NUM_COMMANDS; i++) {
		const char *name = commands[i]->name;
		const size_t used = strlen(list);

		if (strncmp(name, word, len) == 0 && name[len] == ' ')
			(void)snprintf(list + used, sizeof list - used, "%s%s", used > 0 ? ", " : "", name + len + 1);
	}
	if (list[0] != '\0')
		tool_error("%s is followed by one of: %s; see: mailseal help", word, list);
	return list[0] != '\0';
}

static int
unknown(char **argv)
{
	if (!explain_group(argv[0]))
		tool_error("there is no command %s; see: mailseal help", argv[0]);
	return TOOL_USAGE;
}

int
main(int argc, char **argv)
{
	const struct tool_command *c;
	int num_words = 1;
	bool help;

	argc--;
	argv++;
	help = argc > 0 && strcmp(argv[0], "help") == 0;
	if (help) {
		argc--;
		argv++;
	}
	if (argc == 0)
		return print_overview(help ? stdout : stderr);
	c = find(argc, argv, &num_words);
	if (c == NULL && asks_for_help(argc, argv))
		return print_overview(stdout);
	if (c == NULL)
		return unknown(argv);
	if (help || asks_for_help(argc, argv))
		return print_help(c);
	tool_begin(c->name);
	return c->run(argc - num_words + 1, argv + num_words - 1);
}
