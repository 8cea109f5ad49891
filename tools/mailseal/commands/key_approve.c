/* SPDX-License-Identifier: Apache-2.0
 *
 * key_approve.c - let a key sign that waited for approval.
 */
#include <stdio.h>

#include "tools/mailseal/base/json.h"
#include "tools/mailseal/commands/key_change.h"
#include "tools/mailseal/site/approve_key.h"

static int
approve(struct site *s, const struct key_change *c)
{
	int code = approve_key(s, c->domain.text, c->selector);

	if (code == TOOL_OK && !c->dry_run)
		code = site_commit(s);
	if (code != TOOL_OK)
		return code;
	if (c->json)
		return tool_print_json(json_pack("{s:s, s:b, s:s, s:s}", "configuration", c->config, "dry_run",
		                                 c->dry_run, "domain", c->domain.text, "selector", c->selector));
	printf("%s  %s  approved\n", c->domain.text, c->selector);
	return tool_finish_output();
}

static int
run(int argc, char **argv)
{
	return key_change_run(argc, argv, approve);
}

const struct tool_command tool_key_approve = {
	"key approve", "DOMAIN SELECTOR [-c CONF] [--dry-run] [--json]", "Let a key sign that waited for it",
	"  -c, --config CONF  the configuration to change; default: gateway.conf\n"
	"  -n, --dry-run      say what would be done, and do nothing\n"
	"  --json             { configuration, dry_run, domain, selector }\n"
	"\n"
	"A key with activation = manual does not sign, however its record looks; the gateway says in its\n"
	"log when it is there. This makes it activation = dns: start the gateway anew with it. Exit code\n"
	"3: there is no such key, or it does not wait.\n",
	.run = run
};
