/* SPDX-License-Identifier: Apache-2.0
 *
 * spf_flatten.c - print an SPF record with addresses in place of includes.
 */
#include "tools/mailseal/commands/spf_flatten.h"

#include <stdlib.h>
#include <string.h>

static const struct option_row options[] = {
	{ NULL, 0, OPT_VALUE, offsetof(struct spf_flatten_request, domain), "DOMAIN",
	  .text = "The domain of the record.", .take = report_take_domain, .flags = OPT_REQUIRED },
	{ "yes", 0, OPT_FLAG, offsetof(struct spf_flatten_request, yes), NULL,
	  .text = "You know that the record is wrong as soon as an address changes." },
	OPTION_GROUP_DNS(struct spf_flatten_request, dns),
	OPTIONS_END
};

static int
flatten(const struct spf_flatten_request *r, struct dns *dns, struct findings *findings, struct result *result)
{
	char *const record = spf_flatten(dns_lookup(dns), r->domain, findings);

	report_complete(findings, dns);
	if (record == NULL) {
		report_print_findings(result->aside, findings);
		result_set(result, json_pack("{s:o}", "findings", report_findings_json(findings)));
		return report_exit(findings);
	}
	result_set(result, json_pack("{s:s, s:s, s:i}", "domain", r->domain, "record", record, "octets",
	                             (int)strlen(record)));
	fprintf(result->text, "%s\n", record);
	free(record);
	return TOOL_OK;
}

int
spf_flatten_record(const struct spf_flatten_request *r, struct result *result)
{
	struct findings findings = { .num = 0 };
	struct dns dns = { .num_resolvers = 0 };
	int code = TOOL_USAGE;

	tool_warning(NULL, "mail services change their addresses without notice. From that day on a flattened record "
	             "makes receivers reject good mail, and no one is informed. Do this only if a program repeats it "
	             "every day");
	if (!r->yes)
		tool_error("--yes is missing: add it if you accept that");
	else if (report_open(&r->dns, &dns))
		code = flatten(r, &dns, &findings, result);
	findings_free(&findings);
	dns_free(&dns);
	return code;
}

static int
start(const void *request, struct result *result)
{
	return spf_flatten_record(request, result);
}

const struct tool_command tool_spf_flatten = {
	.name = "spf flatten", .summary = "Print an SPF record with addresses in place of includes",
	.options = options, .request_size = sizeof(struct spf_flatten_request), .start = start,
	.help =
		"Includes whose meaning would change are refused.\n"
		"Exit codes: 0 done, 1 refused, 2 usage, 5 DNS failed.\n",
	.json =
		"{ domain, record, octets }\n"
};
