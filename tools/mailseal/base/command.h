/* SPDX-License-Identifier: Apache-2.0
 *
 * command.h - a command of mailseal: its options as rows, its help, and the function that makes its result.
 */
#ifndef TOOLS_BASE_COMMAND_H
#define TOOLS_BASE_COMMAND_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

struct option_row;
struct result;

struct tool_command {
	const char *name;     /* one word, or two: "key new"                                  */
	const char *summary;  /* one line: "Revoke a key"                                     */
	const char *help;     /* after the options: effects, exit codes, examples             */
	const struct option_row *options;
	size_t request_size;  /* of the struct that the rows fill                             */
	int (*start)(const void *request, struct result *result); /* returns the exit code    */
	const char *json;     /* the members of the document; NULL: the command has no --json */
};

/* A group of commands, as the help lists them. */
struct tool_group {
	const char *title;
	const struct tool_command *commands[16]; /* NULL at the end */
};
extern const struct tool_group tool_groups[]; /* main.c; a NULL title at the end */

/* Reads the options, runs the command and prints its result; returns the exit code. */
int command_run(const struct tool_command *c, int argc, char **argv);

/* The command that the first words of argv name; *num_words is their number. NULL: no such command exists. */
const struct tool_command *command_find(int argc, char **argv, int *num_words);

/* Prints "usage: ...", the summary, the options and the rest of the help. */
void help_print(FILE *to, const struct tool_command *c);

/* Prints what --json prints; false: the command has no --json. */
bool help_print_json(FILE *to, const struct tool_command *c);

#endif
