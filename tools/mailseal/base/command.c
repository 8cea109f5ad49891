/* SPDX-License-Identifier: Apache-2.0 */
#include "tools/mailseal/base/command.h"

#include <stdlib.h>
#include <string.h>

#include "tools/mailseal/base/options.h"
#include "tools/mailseal/base/result.h"
#include "tools/mailseal/base/tool.h"

int
command_run(const struct tool_command *c, int argc, char **argv)
{
	struct result result;
	void *request;
	int code = TOOL_USAGE;

	request = tool_allocate(c->request_size);
	memset(request, 0, c->request_size);
	result_begin(&result, c->name);
	if (options_read(c->options, c->json != NULL, argc, argv, request, &result.json))
		code = c->start(request, &result);
	code = result_print(&result, code);
	result_free(&result);
	options_free(c->options, request);
	free(request);
	return code;
}

const struct tool_command *
command_find(int argc, char **argv, int *num_words)
{
	for (const struct tool_group *g = tool_groups; argc > 0 && g->title != NULL; g++) {
		for (size_t i = 0; g->commands[i] != NULL; i++) {
			const char *const name = g->commands[i]->name;
			const char *const space = strchr(name, ' ');
			const size_t first = space == NULL ? strlen(name) : (size_t)(space - name);

			if (strlen(argv[0]) != first || strncmp(argv[0], name, first) != 0)
				continue;
			*num_words = space == NULL ? 1 : 2;
			if (space == NULL || (argc > 1 && strcmp(argv[1], space + 1) == 0))
				return g->commands[i];
		}
	}
	return NULL;
}
