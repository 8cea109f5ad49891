/* SPDX-License-Identifier: Apache-2.0
 *
 * dmarc_check.c - judge a DMARC record (RFC 9989).
 */
#include <stdio.h>

#include "tools/mailseal/checks/report.h"
#include "tools/mailseal/records/dmarc.h"

enum {
	OPTION_RECORD = OPTION_OWN
};

struct request {
	struct report_request report;
	const char *record;
	char domain[DNS_NAME_SIZE];

	struct dns dns;
	struct findings findings;
	struct dmarc_walk walk;
};

static bool
read_options(int argc, char **argv, struct request *r)
{
	static const struct option options[] = {
		{ "record", required_argument, NULL, OPTION_RECORD },
		REPORT_OPTIONS,
		{ NULL, 0, NULL, 0 }
	};
	int option;

	report_request_init(&r->report);
	while ((option = tool_option(argc, argv, options)) != -1) {
		if (option == OPTION_RECORD)
			r->record = optarg;
		else if (!report_take_option(&r->report, option))
			return false;
	}
	if (r->record != NULL && optind == argc)
		return true;
	return tool_arguments(argc, 1, "a domain") && report_domain(argv[optind], "DOMAIN", r->domain);
}

static void
check_text(struct request *r)
{
	const struct seal_span text = seal_span_text(r->record);
	struct dmarc_record record;

	if (dmarc_is_record(text))
		dmarc_parse(text, &record, r->domain, &r->findings);
	else
		findings_add(&r->findings, FINDING_DMARC_NOT_DMARC1, r->domain,
		             text_format("v=DMARC1 as the first tag"), text_visible(text));
}

static json_t *
policies_json(const struct dmarc_record *record)
{
	return json_pack("{s:s, s:s, s:s, s:b, s:s, s:s}", "domain", dmarc_policy_text(dmarc_policy_self(record)),
	                 "subdomains", dmarc_policy_text(dmarc_policy_sub(record)), "nonexistent",
	                 dmarc_policy_text(dmarc_policy_nonexistent(record)), "testing", record->testing, "adkim",
	                 record->strict_dkim ? "strict" : "relaxed", "aspf", record->strict_spf ? "strict" : "relaxed");
}

static int
print(struct request *r)
{
	const struct dmarc_step *const step = r->walk.policy;
	struct dmarc_record record = { .psd = 'u' };
	json_t *const asked = json_array();
	int code;

	if (r->record != NULL)
		dmarc_parse(seal_span_text(r->record), &record, "", NULL);
	else if (step != NULL)
		record = step->record;
	for (unsigned i = 0; i < r->walk.num_steps; i++)
		json_array_append_new(asked, report_text_json(text_format("_dmarc.%s", r->walk.steps[i].domain)));
	if (r->report.json) {
		code = tool_print_json(json_pack(
			"{s:s, s:b, s:i, s:s?, s:s?, s:O, s:o, s:o}", "domain", r->domain, "ok",
			findings_count(&r->findings, 0, SEVERITY_ERROR) == 0, "format", 1, "record_at",
			step == NULL ? NULL : step->domain, "organizational_domain", r->walk.organization, "asked",
			asked, "policy", policies_json(&record), "findings", report_findings_json(&r->findings)));
	} else {
		if (step != NULL)
			printf("%s: the record at _dmarc.%s; organizational domain %s\n", r->domain, step->domain,
			       r->walk.organization);
		report_print_findings(stdout, &r->findings);
		code = tool_finish_output();
	}
	json_decref(asked);
	return code;
}

static int
check(struct request *r)
{
	int code;

	if (r->record != NULL) {
		check_text(r);
	} else if (report_open(&r->report, &r->dns)) {
		dmarc_judge(dns_lookup(&r->dns), r->domain, &r->walk, &r->findings);
		report_complete(&r->findings, &r->dns);
	} else {
		return TOOL_USAGE;
	}
	code = print(r);
	return code == TOOL_OK ? report_exit(&r->findings) : code;
}

static int
run(int argc, char **argv)
{
	static struct request r;
	const int code = read_options(argc, argv, &r) ? check(&r) : TOOL_USAGE;

	findings_free(&r.findings);
	dns_free(&r.dns);
	return code;
}

const struct tool_command tool_dmarc_check = {
	"dmarc check", "DOMAIN | --record RECORD", "Judge a DMARC record",
	"  --record RECORD    judge this text, without DNS\n"
	REPORT_OPTIONS_HELP
	"  --json             { domain, ok, format, record_at, organizational_domain, asked, policy:\n"
	"                     { domain, subdomains, nonexistent, testing, adkim, aspf }, findings }\n"
	"\n"
	REPORT_FINDING_HELP
	"The record is found as receivers do (RFC 9989): at the domain, else by walking up the tree.\n"
	"Exit codes: 0 no error was found, 1 there are errors, 5 DNS could not be asked.\n",
	.run = run
};
