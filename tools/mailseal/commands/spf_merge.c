/* SPDX-License-Identifier: Apache-2.0
 *
 * spf_merge.c - add senders to an SPF record.
 */
#include <stdio.h>
#include <stdlib.h>

#include "tools/mailseal/commands/spf_addition.h"

enum {
	OPTION_EXISTING = SPF_ADDITION_NEXT
};

struct request {
	struct spf_addition addition;
	const char *existing;
};

static bool
read_options(int argc, char **argv, struct request *r)
{
	static const struct option options[] = {
		{ "existing", required_argument, NULL, OPTION_EXISTING },
		SPF_ADDITION_OPTIONS,
		{ NULL, 0, NULL, 0 }
	};
	int option;

	report_request_init(&r->addition.report);
	while ((option = tool_option(argc, argv, options)) != -1) {
		if (option == OPTION_EXISTING)
			r->existing = optarg;
		else if (!spf_addition_take_option(&r->addition, option))
			return false;
	}
	return tool_arguments(argc, 0, "") && tool_required(r->existing, "--existing RECORD") &&
	       tool_required(r->addition.terms[0], "--add MECHANISM");
}

static int
print(const struct request *r, const char *merged, bool changed, const struct spf_verdict *v)
{
	if (r->addition.report.json)
		return tool_print_json(json_pack(
			"{s:s, s:s, s:b, s:i, s:i, s:b, s:i, s:o}", "old", r->existing, "new", merged, "changed",
			changed, "lookups", (int)v->lookups, "voids", (int)v->voids, "offline",
			r->addition.dns.offline, "format", 1, "findings", report_findings_json(&r->addition.findings)));
	if (changed && r->existing[0] != '\0')
		printf("-%s\n", r->existing);
	printf("%c%s\n", changed ? '+' : ' ', merged);
	return tool_finish_output();
}

static int
merge(struct request *r)
{
	struct spf_verdict v;
	char *merged;
	bool changed;
	int code = spf_addition_merge(&r->addition, r->existing, &merged, &changed);

	if (code == TOOL_OK)
		code = spf_addition_judge(&r->addition, merged, &v) ? print(r, merged, changed, &v) : TOOL_REFUSED;
	free(merged);
	return code;
}

static int
run(int argc, char **argv)
{
	static struct request r;
	int code = TOOL_USAGE;

	if (!read_options(argc, argv, &r))
		return TOOL_USAGE;
	if (offline_open(&r.addition.dns, &r.addition.report))
		code = merge(&r);
	spf_addition_free(&r.addition);
	return code;
}

const struct tool_command tool_spf_merge = {
	"spf merge", "--existing RECORD --add MECHANISM ...", "Add senders to an SPF record",
	"  --existing RECORD  the record that is published now; '' when there is none\n"
	"  --add MECHANISM    include:NAME, ip4:ADDRESS[/LEN], ip6:..., a:NAME, mx:NAME; may be repeated\n"
	"  --force            even if receivers would stop at more than 10 lookups\n"
	"  --offline          ask no DNS: count the terms of the record itself only\n"
	REPORT_OPTIONS_HELP
	"  --json             { old, new, changed, lookups, voids, offline, format, findings }\n"
	"\n"
	"Prints the record before and after, as a diff. Order, qualifiers and spelling of what is\n"
	"there stay; new mechanisms go before all. It is always one record: a second one would be an\n"
	"error (RFC 7208 4.5). Exit codes: 0 done, 1 refused, 5 output.\n"
	"\n"
	"  mailseal spf merge --existing 'v=spf1 mx -all' --add include:_spf.example.net\n",
	run
};
