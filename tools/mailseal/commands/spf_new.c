/* SPDX-License-Identifier: Apache-2.0
 *
 * spf_new.c - print a first SPF record.
 */
#include <stdio.h>
#include <stdlib.h>

#include "tools/mailseal/checks/key_record.h"
#include "tools/mailseal/checks/next_hop.h"
#include "tools/mailseal/commands/spf_addition.h"

enum {
	OPTION_CONFIG = SPF_ADDITION_NEXT
};

struct request {
	struct spf_addition addition;
	const char *config;
	const struct spf_host *service;   /* of the next hop, when it was asked for */
};

static bool
read_options(int argc, char **argv, struct request *r)
{
	static const struct option options[] = {
		{ "config", required_argument, NULL, OPTION_CONFIG },
		SPF_ADDITION_OPTIONS,
		{ NULL, 0, NULL, 0 }
	};
	int option;

	report_request_init(&r->addition.report);
	while ((option = tool_option(argc, argv, options)) != -1) {
		if (option == OPTION_CONFIG)
			r->config = optarg;
		else if (!spf_addition_take_option(&r->addition, option))
			return false;
	}
	return tool_arguments(argc, 1, "a domain") && report_domain(argv[optind], "DOMAIN", r->addition.domain) &&
	       (r->addition.num_terms > 0 || tool_required(r->config, "--config CONF, or --add MECHANISM,"));
}

static int
print(const struct request *r, const char *record, const struct spf_verdict *v)
{
	if (r->addition.report.json)
		return tool_print_json(json_pack(
			"{s:s, s:s, s:s, s:o, s:i, s:s?, s:i, s:i, s:b, s:o}", "name", r->addition.domain, "type",
			"TXT", "value", record, "strings", record_strings_json(record), "format", 1, "service",
			r->service == NULL ? NULL : r->service->service, "lookups", (int)v->lookups, "voids",
			(int)v->voids, "offline", r->addition.dns.offline, "findings",
			report_findings_json(&r->addition.findings)));
	printf("; name:  %s\n; type:  TXT\n; value: %s\n%s. IN TXT ", r->addition.domain, record, r->addition.domain);
	record_put_strings(stdout, record, " ");
	putchar('\n');
	return tool_finish_output();
}

static int
refer_to_merge(const struct request *r, struct seal_span existing, size_t num)
{
	char *const text = text_visible(existing);
	char *more = NULL;

	for (size_t i = 0; i < r->addition.num_terms; i++)
		text_append(&more, " --add %s", r->addition.terms[i]);
	if (num > 1)
		tool_error("%s has %zu SPF records, and only one is allowed: make them one; see: mailseal spf check %s",
		           r->addition.domain, num, r->addition.domain);
	else
		tool_error("%s has an SPF record, and a second one would be an error. Change it with: mailseal spf "
		           "merge --existing '%s'%s", r->addition.domain, text, more);
	free(more);
	free(text);
	return TOOL_REFUSED;
}

/* A second record would make both worthless (RFC 7208 4.5). */
static int
find_none(struct request *r)
{
	const struct dns_answer *answer;
	struct seal_span record;
	size_t num = 0;

	if (r->addition.dns.offline)
		return TOOL_OK;
	answer = dns_lookup_ask(offline_lookup(&r->addition.dns), r->addition.domain, DNS_TXT);
	if (findings_add_unknown(&r->addition.findings, r->addition.domain, answer)) {
		report_print_findings(stderr, &r->addition.findings);
		tool_error("so nobody knows whether %s has an SPF record already; if it is known that it has none, add "
		           "--offline", r->addition.domain);
		return TOOL_IO;
	}
	(void)spf_record_of(answer, &record, &num);
	return num == 0 ? TOOL_OK : refer_to_merge(r, record, num);
}

static int
add_next_hop(struct request *r)
{
	struct config_file file;
	int code = config_file_load_readable(&file, r->config);

	if (code == TOOL_OK) {
		r->service = next_hop_service(&file, "--add include:NAME or --add ip4:ADDRESS");
		code = r->service == NULL ? TOOL_USAGE : TOOL_OK;
	}
	config_file_free(&file);
	if (code == TOOL_OK)
		r->addition.terms[r->addition.num_terms++] = r->service->term;
	return code;
}

static int
make(struct request *r)
{
	struct spf_verdict v;
	char *record;
	bool changed;
	int code = r->addition.num_terms == 0 ? add_next_hop(r) : TOOL_OK;

	if (code != TOOL_OK)
		return code;
	code = spf_addition_merge(&r->addition, "", &record, &changed);
	if (code == TOOL_OK)
		code = find_none(r);
	if (code == TOOL_OK)
		code = spf_addition_judge(&r->addition, record, &v) ? print(r, record, &v) : TOOL_REFUSED;
	free(record);
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
		code = make(&r);
	spf_addition_free(&r.addition);
	return code;
}

const struct tool_command tool_spf_new = {
	"spf new", "DOMAIN --config CONF | --add MECHANISM ...", "Print a first SPF record",
	"  --config CONF      for the mail service that is the next hop of this configuration\n"
	"  --add MECHANISM    for this instead: include:NAME, ip4:ADDRESS[/LEN], ip6:..., a:NAME, mx:NAME;\n"
	"                     may be repeated\n"
	"  --force            even if receivers would stop at more than 10 lookups\n"
	"  --offline          ask no DNS: you know that DOMAIN has no SPF record\n"
	REPORT_OPTIONS_HELP
	"  --json             { name, type, value, strings, format, service, lookups, voids, offline,\n"
	"                     findings }; service is null unless the next hop says it\n"
	"\n"
	"Prints name, type and value, and a line for a zone file: v=spf1 ... ~all. Of a next hop only\n"
	"its name tells which service it is, and only few are known: for an address or another name\n"
	"say it with --add. Services change what they ask to be included: compare it with their own\n"
	"text. When DNS has an SPF record already, there must be no second one (RFC 7208 4.5): it is\n"
	"shown how to extend that. Exit codes: 0 done, 1 there is a record or it would cost too much,\n"
	"2 usage, or the next hop does not tell, 5 DNS could not be asked.\n"
	"\n"
	"  mailseal spf new example.com --config gateway.conf\n"
	"  mailseal spf new example.com --add ip4:192.0.2.25 --add include:spf.example.net\n",
	run
};
