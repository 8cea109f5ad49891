/* SPDX-License-Identifier: Apache-2.0
 *
 * cmd_dmarc.c - a first DMARC record, and judging one (RFC 9989).
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tools/mailseal/checks/report.h"
#include "tools/mailseal/records/dmarc.h"

enum {
	OPTION_RUA = OPTION_OWN,
	OPTION_RECORD
};

struct dmarc {
	struct report_request request;
	char *rua;
	const char *record;
	char domain[DNS_NAME_SIZE];

	struct dns dns;
	struct findings findings;
	struct dmarc_walk walk;
};

static bool
take_rua(struct dmarc *d)
{
	struct seal_span list = seal_span_text(optarg), uri;
	char domain[DNS_NAME_SIZE];

	if (!dmarc_next_uri(&list, &uri, domain) || domain[0] == '\0' || list.len > 0 ||
	    seal_span_find(uri, '!') < uri.len || seal_span_find(uri, ';') < uri.len) {
		tool_error("--rua: expected mailto:USER@DOMAIN, found %s", optarg);
		return false;
	}
	text_append(&d->rua, "%s%s", d->rua == NULL ? "" : ",", optarg);
	return true;
}

static bool
take_option(struct dmarc *d, int option)
{
	switch (option) {
	case OPTION_RUA:
		return take_rua(d);
	case OPTION_RECORD:
		d->record = optarg;
		return true;
	default:
		return report_take_option(&d->request, option);
	}
}

static bool
read_options(int argc, char **argv, const struct option *options, struct dmarc *d)
{
	int option;

	report_request_init(&d->request);
	while ((option = tool_option(argc, argv, options)) != -1) {
		if (!take_option(d, option))
			return false;
	}
	if (d->record != NULL && optind == argc)
		return true;
	return tool_arguments(argc, 1, "a domain") && report_domain(argv[optind], "DOMAIN", d->domain);
}

static void
dmarc_free(struct dmarc *d)
{
	findings_free(&d->findings);
	dns_free(&d->dns);
	free(d->rua);
}

/* --- new ------------------------------------------------------------------------------ */

/* Reports to other domains need a record there too; which domains are others, DNS would say. */
static json_t *
authorizations(const struct dmarc *d)
{
	struct seal_span list = seal_span_text(d->rua), uri;
	char domain[DNS_NAME_SIZE];
	json_t *const names = json_array();

	while (dmarc_next_uri(&list, &uri, domain)) {
		if (!name_within(domain, d->domain) && !name_within(d->domain, domain))
			json_array_append_new(names, report_text_json(
				text_format("%s._report._dmarc.%s", d->domain, domain)));
	}
	return names;
}

static int
print_new(const struct dmarc *d)
{
	char *const value = dmarc_value_new(d->rua);
	json_t *const names = authorizations(d);
	int code;

	if (d->request.json) {
		code = tool_print_json(json_pack("{s:o, s:s, s:s, s:i, s:O}", "name",
		                                   report_text_json(text_format("_dmarc.%s", d->domain)), "type", "TXT",
		                                   "value", value, "format", 1, "report_authorizations", names));
	} else {
		printf("; name:  _dmarc.%s\n; type:  TXT\n; value: %s\n_dmarc.%s. IN TXT \"%s\"\n", d->domain, value,
		       d->domain, value);
		for (size_t i = 0; i < json_array_size(names); i++)
			printf("; in the zone of the reports' address, unless it belongs to the same organization:\n"
			       "%s. IN TXT \"v=DMARC1;\"\n", json_string_value(json_array_get(names, i)));
		code = tool_finish_output();
	}
	json_decref(names);
	free(value);
	return code;
}

static int
run_new(int argc, char **argv)
{
	static const struct option options[] = {
		{ "rua", required_argument, NULL, OPTION_RUA },
		{ "json", no_argument, NULL, OPTION_JSON },
		{ NULL, 0, NULL, 0 }
	};
	static struct dmarc d;
	int code = TOOL_USAGE;

	if (read_options(argc, argv, options, &d) && tool_required(d.rua, "--rua mailto:USER@DOMAIN"))
		code = print_new(&d);
	dmarc_free(&d);
	return code;
}

/* --- check ------------------------------------------------------------------------------ */

static void
check_text(struct dmarc *d)
{
	const struct seal_span text = seal_span_text(d->record);
	struct dmarc_record record;

	if (dmarc_is_record(text))
		dmarc_parse(text, &record, d->domain, &d->findings);
	else
		findings_add(&d->findings, FINDING_DMARC_NOT_DMARC1, d->domain,
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
print_check(struct dmarc *d)
{
	const struct dmarc_step *const step = d->walk.policy;
	struct dmarc_record record = { .psd = 'u' };
	json_t *const asked = json_array();
	int code;

	if (d->record != NULL)
		dmarc_parse(seal_span_text(d->record), &record, "", NULL);
	else if (step != NULL)
		record = step->record;
	for (unsigned i = 0; i < d->walk.num_steps; i++)
		json_array_append_new(asked, report_text_json(text_format("_dmarc.%s", d->walk.steps[i].domain)));
	if (d->request.json) {
		code = tool_print_json(json_pack(
			"{s:s, s:b, s:i, s:s?, s:s?, s:O, s:o, s:o}", "domain", d->domain, "ok",
			findings_count(&d->findings, 0, SEVERITY_ERROR) == 0, "format", 1, "record_at",
			step == NULL ? NULL : step->domain, "organizational_domain", d->walk.organization, "asked",
			asked, "policy", policies_json(&record), "findings", report_findings_json(&d->findings)));
	} else {
		if (step != NULL)
			printf("%s: the record at _dmarc.%s; organizational domain %s\n", d->domain, step->domain,
			       d->walk.organization);
		report_print_findings(stdout, &d->findings);
		code = tool_finish_output();
	}
	json_decref(asked);
	return code;
}

static int
check(struct dmarc *d)
{
	int code;

	if (d->record != NULL) {
		check_text(d);
	} else if (report_open(&d->request, &d->dns)) {
		dmarc_judge(dns_lookup(&d->dns), d->domain, &d->walk, &d->findings);
		report_complete(&d->findings, &d->dns);
	} else {
		return TOOL_USAGE;
	}
	code = print_check(d);
	return code == TOOL_OK ? report_exit(&d->findings) : code;
}

static int
run_check(int argc, char **argv)
{
	static const struct option options[] = {
		{ "record", required_argument, NULL, OPTION_RECORD },
		REPORT_OPTIONS,
		{ NULL, 0, NULL, 0 }
	};
	static struct dmarc d;
	int code = TOOL_USAGE;

	if (read_options(argc, argv, options, &d))
		code = check(&d);
	dmarc_free(&d);
	return code;
}

const struct tool_command tool_dmarc_new = {
	"dmarc new", "DOMAIN --rua mailto:USER@DOMAIN", "Print a first DMARC record",
	"  --rua URI          who gets the reports; may be repeated\n"
	"  --json             { name, type, value, format, report_authorizations: [ NAME ] }\n"
	"\n"
	"The policy is p=none: it only watches. Read the reports for some weeks, then: mailseal\n"
	"dmarc next. An address in another organization must agree with a record of its own, which\n"
	"is printed too.\n"
	"\n"
	"  mailseal dmarc new example.com --rua mailto:dmarc@example.com\n",
	run_new
};

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
	run_check
};
