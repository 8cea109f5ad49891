/* SPDX-License-Identifier: Apache-2.0
 *
 * domain_add.c - add a domain: create its keys.
 */
#include "tools/mailseal/base/tool.h"
#include "tools/mailseal/commands/newkey_options.h"

static int
run(int argc, char **argv)
{
	return newkey_options_run(argc, argv, NEWKEY_FIRST);
}

const struct tool_command tool_domain_add = {
	"domain add", "DOMAIN [-c CONF] [--selector T] [--from-client NAME] [--dry-run] ...",
	"Give a domain its keys and write both into the configuration",
	NEWKEY_HELP
	"  --from-client NAME   [client NAME] may send as DOMAIN from now on\n"
	"\n"
	"Makes two keys beside the configuration, DOMAIN.SELECTOR.pem, for their owner alone: the\n"
	"one that signs when DNS publishes it, and the next one, so that changing keys needs no\n"
	"second visit to DNS. The next one takes over when its record has been there for a year\n"
	"(hold = 365d) or the other one is gone, or when you take that line away. Nothing is\n"
	"overwritten; the configuration keeps its comments and order. Exit code 3: the domain has\n"
	"keys, or the change would not be accepted.\n",
	.run = run
};
