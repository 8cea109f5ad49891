/* SPDX-License-Identifier: Apache-2.0 */
#include "tools/mailseal/commands/key_change.h"

int
key_change(const struct key_change_request *r, struct result *result,
           int (*change)(struct site *s, const struct key_change_request *r, const char *domain, struct result *result))
{
	const struct site_name domain = site_name(r->domain, "DOMAIN");
	struct site site;
	int code;

	if (domain.text[0] == '\0')
		return TOOL_USAGE;
	code = site_open(&site, r->config, r->dry_run ? SITE_PLAN : SITE_CHANGE);
	if (code == TOOL_OK)
		code = change(&site, r, domain.text, result);
	site_close(&site);
	return code;
}
