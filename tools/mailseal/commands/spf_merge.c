/* SPDX-License-Identifier: Apache-2.0
 *
 * spf_merge.c - add senders to an SPF record.
 */
#include "tools/mailseal/commands/spf_merge.h"

#include <stdlib.h>

static const struct option_row options[] = {
	{ "existing", 0, OPT_STRING, offsetof(struct spf_merge_request, existing), "RECORD",
	  .text = "The record that is published now; '' if the domain has none.", .flags = OPT_REQUIRED },
	{ "add", 0, OPT_LIST, offsetof(struct spf_merge_request, addition.terms), "MECHANISM",
	  .text = "include:NAME, ip4:ADDRESS[/LEN], ip6:..., a:NAME, mx:NAME.", .max = SPF_ADDITION_MAX,
	  .flags = OPT_REQUIRED },
	SPF_ADDITION_FORCE(struct spf_merge_request, addition),
	SPF_ADDITION_OFFLINE(struct spf_merge_request, addition,
	                     "Ask no DNS: count only the terms of the record itself."),
	SPF_ADDITION_DNS(struct spf_merge_request, addition),
	OPTIONS_END
};

static void
put_change(const struct spf_merge_request *r, const char *merged, bool changed, const struct spf_addition *a,
           const struct spf_verdict *v, struct result *result)
{
	result_set(result, json_pack(
		"{s:s, s:s, s:b, s:i, s:i, s:b, s:o}", "old", r->existing, "new", merged, "changed", changed, "lookups",
		(int)v->lookups, "voids", (int)v->voids, "offline", a->dns.offline, "findings",
		report_findings_json(&a->findings)));
	if (changed && r->existing[0] != '\0')
		fprintf(result->text, "-%s\n", r->existing);
	fprintf(result->text, "%c%s\n", changed ? '+' : ' ', merged);
}

int
spf_merge_records(const struct spf_merge_request *r, struct result *result)
{
	const struct option_list *const terms = &r->addition.terms;
	struct spf_addition a;
	struct spf_verdict v;
	char *merged = NULL;
	bool changed;
	int code = spf_addition_open(&a, &r->addition, "") ? TOOL_OK : TOOL_USAGE;

	if (code == TOOL_OK)
		code = spf_addition_merge(r->existing, terms->items, terms->num, &merged, &changed);
	if (code == TOOL_OK && !spf_addition_judge(&a, merged, &v, result))
		code = TOOL_REFUSED;
	if (code == TOOL_OK)
		put_change(r, merged, changed, &a, &v, result);
	free(merged);
	spf_addition_close(&a);
	return code;
}

static int
start(const void *request, struct result *result)
{
	return spf_merge_records(request, result);
}

const struct tool_command tool_spf_merge = {
	.name = "spf merge", .summary = "Add senders to an SPF record",
	.options = options, .request_size = sizeof(struct spf_merge_request), .start = start,
	.help =
		"Prints the record before and after, as a diff. The order, qualifiers and spelling of existing\n"
		"terms stay; new mechanisms go before all. The result is always one record: a second one would\n"
		"be an error (RFC 7208 4.5). Exit codes: 0 done, 1 refused, 5 output.\n"
		"\n"
		"  mailseal spf merge --existing 'v=spf1 mx -all' --add include:_spf.example.net\n",
	.json =
		"{ old, new, changed, lookups, voids, offline, findings }\n"
		"\n"
		REPORT_FINDING_HELP
};
