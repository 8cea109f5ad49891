/* SPDX-License-Identifier: Apache-2.0
 *
 * main.c - mailseal, the host program: find the command and run it.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tools/mailseal/base/config_keys.h"
#include "tools/mailseal/base/json.h"
#include "tools/mailseal/base/result.h"
#include "tools/mailseal/base/suggest.h"
#include "tools/mailseal/base/tool.h"

const struct tool_group tool_groups[] = {
	{ "Start", { &tool_domain_add, &tool_check, &tool_handover, &tool_status, &tool_selftest } },
	{ "Domains and keys", { &tool_domain_list, &tool_domain_remove, &tool_key_list, &tool_key_next,
	                        &tool_key_approve, &tool_key_revoke, &tool_key_adopt, &tool_key_new, &tool_key_dns } },
	{ "DNS records", { &tool_verify, &tool_spf_new, &tool_spf_check, &tool_spf_merge, &tool_spf_flatten,
	                   &tool_dmarc_new, &tool_dmarc_check, &tool_dmarc_next } },
	{ "Watching and finding faults", { &tool_report, &tool_doctor, &tool_bundle } },
	{ "Boards", { &tool_image, &tool_password } },
	{ "Trying out", { &tool_sign, &tool_sink } },
	{ "This program", { &tool_version, &tool_completion } },
	{ NULL, { NULL } }
};

/* --- help --------------------------------------------------------------------------- */

static void
print_group(FILE *to, const struct tool_group *g)
{
	fprintf(to, "\n%s:\n", g->title);
	for (size_t i = 0; g->commands[i] != NULL; i++)
		fprintf(to, "  %-13s %s\n", g->commands[i]->name, g->commands[i]->summary);
}

static int
print_overview(FILE *to)
{
	fputs("usage: mailseal COMMAND ...\n", to);
	for (const struct tool_group *g = tool_groups; g->title != NULL; g++)
		print_group(to, g);
	fputs("\nmailseal help COMMAND          options, effects and exit codes of a command\n"
	      "mailseal help --json COMMAND   what it prints with --json; without COMMAND: all commands\n"
	      "mailseal help config [KEY]     the keys of the configuration\n"
	      "Exit codes: 0 done, 1 message refused or record wrong, 2 usage, 3 configuration, 4 key,\n"
	      "5 input or output.\n", to);
	return to == stdout ? tool_finish_output() : TOOL_USAGE;
}

static bool
has_word(int argc, char **argv, const char *word)
{
	for (int i = 0; i < argc && strcmp(argv[i], "--") != 0; i++) {
		if (strcmp(argv[i], word) == 0)
			return true;
	}
	return false;
}

static bool
asks_for_help(int argc, char **argv)
{
	return has_word(argc, argv, "--help") || has_word(argc, argv, "-h");
}

/* --- unknown commands ---------------------------------------------------------------- */

/* The second words that may follow the first one of several commands: reported; else false. */
static bool
explain_second(int argc, char **argv)
{
	struct suggestion s = suggestion(argc > 1 ? argv[1] : "");
	const size_t len = strlen(argv[0]);
	char list[128] = "", *meant;

	for (const struct tool_group *g = tool_groups; g->title != NULL; g++) {
		for (size_t i = 0; g->commands[i] != NULL; i++) {
			const char *const name = g->commands[i]->name;
			const size_t used = strlen(list);

			if (strncmp(name, argv[0], len) != 0 || name[len] != ' ')
				continue;
			(void)snprintf(list + used, sizeof list - used, "%s%s", used > 0 ? ", " : "", name + len + 1);
			suggest_word(&s, name + len + 1);
		}
	}
	if (list[0] == '\0')
		return false;
	meant = suggest_text(&s, "");
	tool_error("%s is followed by one of: %s%s%s mailseal help%s%s%s%s", argv[0], list, meant, suggest_see(&s),
	           s.best == NULL ? "" : " ", s.best == NULL ? "" : argv[0], s.best == NULL ? "" : " ",
	           s.best == NULL ? "" : s.best);
	free(meant);
	return true;
}

/* "kye list" and "spf-new" are also near a command of two words. */
static void
suggest_command(struct suggestion *s, const char *name)
{
	char first[32];

	suggest_word(s, name);
	(void)snprintf(first, sizeof first, "%.*s", (int)strcspn(name, " "), name);
	if (strchr(name, ' ') != NULL && s->best != name) {
		struct suggestion of_first = suggestion(s->typed);

		suggest_word(&of_first, first);
		if (of_first.best != NULL && (s->best == NULL || of_first.distance < s->distance))
			*s = (struct suggestion){ s->typed, name, of_first.distance };
	}
}

static int
unknown(int argc, char **argv)
{
	char typed[64];
	struct suggestion s = suggestion(typed), one = suggestion(argv[0]);
	char *meant;

	if (explain_second(argc, argv))
		return TOOL_USAGE;
	(void)snprintf(typed, sizeof typed, "%s%s%s", argv[0], argc > 1 ? " " : "", argc > 1 ? argv[1] : "");
	for (const struct tool_group *g = tool_groups; g->title != NULL; g++) {
		for (size_t i = 0; g->commands[i] != NULL; i++) {
			suggest_word(&s, g->commands[i]->name);
			suggest_command(&one, g->commands[i]->name);
		}
	}
	if (s.best == NULL)
		s = one;
	meant = suggest_text(&s, "");
	tool_error("there is no command %s%s%s mailseal help%s%s", argv[0], meant, suggest_see(&s),
	           s.best == NULL ? "" : " ", s.best == NULL ? "" : s.best);
	free(meant);
	return TOOL_USAGE;
}

/* A result too, because it may be wanted as JSON. */
static int
report_unknown(int argc, char **argv, bool json)
{
	struct result r;
	int code;

	result_begin(&r, "");
	r.json = json;
	code = result_print(&r, unknown(argc, argv));
	result_free(&r);
	return code;
}

/* --- help COMMAND -------------------------------------------------------------------- */

static int
print_json_help(const struct tool_command *c)
{
	if (help_print_json(stdout, c))
		return tool_finish_output();
	tool_error("%s has no --json", c->name);
	return TOOL_USAGE;
}

static int
print_json_overview(void)
{
	json_t *const commands = json_array();

	for (const struct tool_group *g = tool_groups; g->title != NULL; g++) {
		for (size_t i = 0; g->commands[i] != NULL; i++)
			json_array_append_new(commands, json_pack("{s:s, s:s, s:s}", "name", g->commands[i]->name,
			                                          "summary", g->commands[i]->summary, "group",
			                                          g->title));
	}
	return tool_print_json(tool_json_document(json_pack("{s:o}", "commands", commands)));
}

/* Before or after the command; the other words move up. */
static bool
take_json(int *argc, char **argv)
{
	const int given = *argc;

	*argc = 0;
	for (int i = 0; i < given; i++) {
		if (strcmp(argv[i], "--json") != 0)
			argv[(*argc)++] = argv[i];
	}
	return *argc < given;
}

static int
help(int argc, char **argv)
{
	const bool json = take_json(&argc, argv);
	const struct tool_command *c;
	int num_words;

	if (argc == 0)
		return json ? print_json_overview() : print_overview(stdout);
	if (strcmp(argv[0], "config") == 0)
		return config_help(argc - 1, argv + 1, json);
	c = command_find(argc, argv, &num_words);
	if (c == NULL)
		return asks_for_help(argc, argv) ? print_overview(stdout) : report_unknown(argc, argv, json);
	if (json)
		return print_json_help(c);
	help_print(stdout, c);
	return tool_finish_output();
}

/* "--json COMMAND ..." is read as "COMMAND ... --json", before a "--". */
static void
put_json_last(int argc, char **argv)
{
	char *const option = argv[0];
	int i = 1;

	for (; i < argc && strcmp(argv[i], "--") != 0; i++)
		argv[i - 1] = argv[i];
	argv[i - 1] = option;
}

int
main(int argc, char **argv)
{
	const struct tool_command *c;
	int num_words = 1;

	argc--;
	argv++;
	if (argc == 0)
		return print_overview(stderr);
	if (strcmp(argv[0], "help") == 0)
		return help(argc - 1, argv + 1);
	if (strcmp(argv[0], "--version") == 0)
		return command_run(&tool_version, argc - 1, argv + 1);
	if (strcmp(argv[0], "--json") == 0 && argc > 1 && argv[1][0] != '-')
		put_json_last(argc, argv);
	c = command_find(argc, argv, &num_words);
	if (asks_for_help(argc, argv)) {
		if (c == NULL)
			return print_overview(stdout);
		help_print(stdout, c);
		return tool_finish_output();
	}
	if (c == NULL)
		return report_unknown(argc, argv, has_word(argc, argv, "--json"));
	return command_run(c, argc - num_words, argv + num_words);
}
