/* SPDX-License-Identifier: Apache-2.0
 *
 * key_approve.c - approve a waiting key: it may sign.
 */
#include "tools/mailseal/commands/key_approve.h"

#include "tools/mailseal/base/json.h"
#include "tools/mailseal/site/approve_key.h"

static const struct option_row options[] = {
	KEY_CHANGE_ROWS,
	OPTIONS_END
};

static int
approve(struct site *s, const struct key_change_request *r, const char *domain, struct result *result)
{
	int code = approve_key(s, domain, r->selector);

	if (code == TOOL_OK && !r->dry_run)
		code = site_commit(s);
	if (code == TOOL_OK)
		fprintf(result->text, "%s  %s  approved%s\n", domain, r->selector,
		        r->dry_run ? "  (not changed)" : "");
	if (code == TOOL_OK && !r->dry_run)
		site_advise_restart(s);
	return code;
}

int
key_approve(const struct key_change_request *r, struct result *result)
{
	result_set(result, json_pack("{s:s, s:b, s:s, s:s}", "configuration", r->config, "dry_run", r->dry_run,
	                             "domain", r->domain, "selector", r->selector));
	return key_change(r, result, approve);
}

static int
start(const void *request, struct result *result)
{
	return key_approve(request, result);
}

const struct tool_command tool_key_approve = {
	.name = "key approve", .summary = "Approve a waiting key",
	.options = options, .request_size = sizeof(struct key_change_request), .start = start,
	.help =
		"A key with activation = manual does not sign, whatever its record is; the gateway logs when\n"
		"the record is published. This command changes it to activation = dns: restart the gateway.\n"
		"Exit code 3: no such key exists, or it does not wait.\n",
	.json = "{ configuration, dry_run, domain, selector }\n"
};
