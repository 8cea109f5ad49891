/* SPDX-License-Identifier: Apache-2.0
 *
 * key_next.c - make another key for a domain that has one.
 */
#include "tools/mailseal/base/tool.h"
#include "tools/mailseal/commands/newkey_options.h"

static int
run(int argc, char **argv)
{
	return newkey_options_run(argc, argv, NEWKEY_NEXT);
}

const struct tool_command tool_key_next = {
	"key next", "DOMAIN [-c CONF] [--selector T] [--dry-run] ...", "Make another key for a domain that has one",
	NEWKEY_HELP
	"\n"
	"The new key has the settings of the domain's newest one. It takes over when DNS has\n"
	"published it for a year, or sooner when you take the line hold = 365d away.\n",
	.run = run
};
