/* SPDX-License-Identifier: Apache-2.0
 *
 * dmarc_check.c - judge a DMARC record (RFC 9989).
 */
#include "tools/mailseal/commands/dmarc_check.h"

#include "tools/mailseal/records/dmarc.h"

static const struct option_row options[] = {
	{ NULL, 0, OPT_VALUE, offsetof(struct dmarc_check_request, domain), "DOMAIN",
	  .text = "The domain whose record is judged.", .take = report_take_domain },
	{ "record", 0, OPT_STRING, offsetof(struct dmarc_check_request, record), "RECORD",
	  .text = "Judge this text, without DNS." },
	OPTION_GROUP_DNS(struct dmarc_check_request, dns),
	OPTIONS_END
};

struct dmarc_check_work {
	const struct dmarc_check_request *request;
	struct dns dns;
	struct findings findings;
	struct dmarc_walk walk;
};

static void
check_text(struct dmarc_check_work *w)
{
	const struct seal_span text = seal_span_text(w->request->record);
	struct dmarc_record record;

	if (dmarc_is_record(text))
		dmarc_parse(text, &record, w->request->domain, &w->findings);
	else
		findings_add(&w->findings, FINDING_DMARC_NOT_DMARC1, w->request->domain,
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

static json_t *
asked_json(const struct dmarc_walk *walk)
{
	json_t *const asked = json_array();

	for (unsigned i = 0; i < walk->num_steps; i++)
		json_array_append_new(asked, report_text_json(text_format("_dmarc.%s", walk->steps[i].domain)));
	return asked;
}

static void
put_verdict(const struct dmarc_check_work *w, struct result *result)
{
	const struct dmarc_step *const step = w->walk.policy;
	const char *const domain = w->request->domain;
	struct dmarc_record record = { .psd = 'u' };

	if (w->request->record != NULL)
		dmarc_parse(seal_span_text(w->request->record), &record, "", NULL);
	else if (step != NULL)
		record = step->record;
	result_set(result, json_pack(
		"{s:s, s:b, s:s?, s:s?, s:o, s:o, s:o}", "domain", domain, "ok",
		findings_count(&w->findings, 0, SEVERITY_ERROR) == 0, "record_at", step == NULL ? NULL : step->domain,
		"organizational_domain", w->walk.organization, "asked", asked_json(&w->walk), "policy",
		policies_json(&record), "findings", report_findings_json(&w->findings)));
	if (step != NULL)
		fprintf(result->text, "%s: the record at _dmarc.%s; organizational domain %s\n", domain, step->domain,
		        w->walk.organization);
	report_print_findings(result->text, &w->findings);
}

static int
check(struct dmarc_check_work *w, struct result *result)
{
	const struct dmarc_check_request *const r = w->request;

	if (r->record != NULL) {
		check_text(w);
	} else if (r->domain[0] == '\0') {
		tool_error("expected DOMAIN, or --record; see: mailseal help dmarc check");
		return TOOL_USAGE;
	} else if (report_open(&r->dns, &w->dns)) {
		dmarc_judge(dns_lookup(&w->dns), r->domain, &w->walk, &w->findings);
		report_complete(&w->findings, &w->dns);
	} else {
		return TOOL_USAGE;
	}
	put_verdict(w, result);
	return report_exit(&w->findings);
}

int
dmarc_check(const struct dmarc_check_request *r, struct result *result)
{
	struct dmarc_check_work w = { .request = r };
	const int code = check(&w, result);

	findings_free(&w.findings);
	dns_free(&w.dns);
	return code;
}

static int
start(const void *request, struct result *result)
{
	return dmarc_check(request, result);
}

const struct tool_command tool_dmarc_check = {
	.name = "dmarc check", .summary = "Judge a DMARC record",
	.options = options, .request_size = sizeof(struct dmarc_check_request), .start = start,
	.help =
		"The record is found as receivers find it (RFC 9989): at the domain, else by walking up the tree.\n"
		"Exit codes: 0 no errors, 1 errors, 5 DNS failed.\n",
	.json =
		"{ domain, ok, record_at, organizational_domain, asked,\n"
		"  policy: { domain, subdomains, nonexistent, testing, adkim, aspf }, findings }\n"
		"\n"
		REPORT_FINDING_HELP
};
