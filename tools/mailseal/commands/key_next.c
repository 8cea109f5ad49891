/* SPDX-License-Identifier: Apache-2.0
 *
 * key_next.c - create another key for a domain that has one.
 */
#include "tools/mailseal/commands/key_next.h"

#include "tools/mailseal/commands/newkey_rows.h"

static const struct option_row options[] = {
	NEWKEY_ROWS("The domain, which has a key."),
	OPTIONS_END
};

int
key_next(const struct newkey_request *r, struct result *result)
{
	return newkey_run(r, NEWKEY_NEXT, result);
}

static int
start(const void *request, struct result *result)
{
	return key_next(request, result);
}

const struct tool_command tool_key_next = {
	.name = "key next", .summary = "Create another key for a domain that has one",
	.options = options, .request_size = sizeof(struct newkey_request), .start = start,
	.help =
		"The new key has the settings of the domain's newest one. It takes over when DNS has published\n"
		"it for a year, or sooner when you remove the line hold = 365d.\n",
	.json = NEWKEY_JSON
};
