/* SPDX-License-Identifier: Apache-2.0
 *
 * spf_new.c - print a first SPF record.
 */
#include "tools/mailseal/commands/spf_new.h"

#include <stdlib.h>

#include "tools/mailseal/checks/key_record.h"
#include "tools/mailseal/checks/next_hop.h"

static const struct option_row options[] = {
	{ NULL, 0, OPT_VALUE, offsetof(struct spf_new_request, domain), "DOMAIN",
	  .text = "The domain that gets the record.", .take = report_take_domain, .flags = OPT_REQUIRED },
	OPTION_CONFIG_FILE_IF_EXISTS(struct spf_new_request, config,
	                             "Allow the mail service that is the next hop of this configuration."),
	SPF_ADDITION_ADD(struct spf_new_request, addition,
	                 "Allow this instead of the next hop: include:NAME, ip4:ADDRESS[/LEN], ip6:..., a:NAME, "
	                 "mx:NAME."),
	SPF_ADDITION_FORCE(struct spf_new_request, addition),
	SPF_ADDITION_OFFLINE(struct spf_new_request, addition,
	                     "Ask no DNS: you know that DOMAIN has no SPF record yet."),
	SPF_ADDITION_DNS(struct spf_new_request, addition),
	OPTIONS_END
};

static void
put_record(const char *domain, const char *record, const struct spf_addition *a, const struct spf_verdict *v,
           const struct spf_host *service, struct result *result)
{
	result_set(result, json_pack(
		"{s:s, s:s, s:s, s:o, s:s?, s:i, s:i, s:b, s:o}", "name", domain, "type", "TXT", "value", record,
		"strings", record_strings_json(record), "service", service == NULL ? NULL : service->service, "lookups",
		(int)v->lookups, "voids", (int)v->voids, "offline", a->dns.offline, "findings",
		report_findings_json(&a->findings)));
	fprintf(result->text, "; name:  %s\n; type:  TXT\n; value: %s\n%s. IN TXT ", domain, record, domain);
	record_put_strings(result->text, record, " ");
	fputc('\n', result->text);
}

static int
refer_to_merge(const struct spf_new_request *r, struct seal_span existing, size_t num)
{
	const struct option_list *const terms = &r->addition.terms;
	char *const text = text_visible(existing);
	char *more = NULL;

	for (size_t i = 0; i < terms->num; i++)
		text_append(&more, " --add %s", terms->items[i]);
	if (num > 1)
		tool_error("%s has %zu SPF records, and only one is allowed: combine them; see: mailseal spf check %s",
		           r->domain, num, r->domain);
	else
		tool_error("%s has an SPF record, and a second one would be an error. Change it with: mailseal spf "
		           "merge --existing '%s'%s", r->domain, text, more == NULL ? " --add MECHANISM" : more);
	free(more);
	free(text);
	return TOOL_REFUSED;
}

/* A second record would make both worthless (RFC 7208 4.5). */
static int
find_none(const struct spf_new_request *r, struct spf_addition *a, struct result *result)
{
	const struct dns_answer *answer;
	struct seal_span record;
	size_t num = 0;

	if (a->dns.offline)
		return TOOL_OK;
	answer = dns_lookup_ask(offline_lookup(&a->dns), r->domain, DNS_TXT);
	if (findings_add_unknown(&a->findings, r->domain, answer)) {
		report_print_findings(result->aside, &a->findings);
		result_set(result, json_pack("{s:o}", "findings", report_findings_json(&a->findings)));
		tool_error("%s: cannot find out whether it has an SPF record; if you know that it has none, add "
		           "--offline", r->domain);
		return TOOL_IO;
	}
	(void)spf_record_of(answer, &record, &num);
	return num == 0 ? TOOL_OK : refer_to_merge(r, record, num);
}

static int
find_next_hop(const char *config, const struct spf_host **service)
{
	struct config_file file;
	int code;

	if (config == NULL) {
		tool_error("%s does not exist: --config CONF or --add MECHANISM is missing; see: mailseal help spf new",
		           config_default);
		return TOOL_USAGE;
	}
	code = config_file_load_readable(&file, config);
	if (code == TOOL_OK) {
		*service = next_hop_service(&file, "--add include:NAME or --add ip4:ADDRESS");
		code = *service == NULL ? TOOL_USAGE : TOOL_OK;
	}
	config_file_free(&file);
	return code;
}

static int
make(const struct spf_new_request *r, struct spf_addition *a, struct result *result)
{
	const struct option_list *const terms = &r->addition.terms;
	const struct spf_host *service = NULL;
	struct spf_verdict v;
	char *record = NULL;
	bool changed;
	int code = terms->num == 0 ? find_next_hop(r->config, &service) : TOOL_OK;

	if (code == TOOL_OK)
		code = spf_addition_merge("", service != NULL ? &service->term : terms->items,
		                          service != NULL ? 1 : terms->num, &record, &changed);
	if (code == TOOL_OK)
		code = find_none(r, a, result);
	if (code == TOOL_OK && !spf_addition_judge(a, record, &v, result))
		code = TOOL_REFUSED;
	if (code == TOOL_OK)
		put_record(r->domain, record, a, &v, service, result);
	free(record);
	return code;
}

int
spf_new(const struct spf_new_request *r, struct result *result)
{
	struct spf_addition a;
	const int code = spf_addition_open(&a, &r->addition, r->domain) ? make(r, &a, result) : TOOL_USAGE;

	spf_addition_close(&a);
	return code;
}

static int
start(const void *request, struct result *result)
{
	return spf_new(request, result);
}

const struct tool_command tool_spf_new = {
	.name = "spf new", .summary = "Print a first SPF record",
	.options = options, .request_size = sizeof(struct spf_new_request), .start = start,
	.help =
		"Prints name, type and value, and a line for a zone file: v=spf1 ... ~all. Only the name of the\n"
		"next hop shows which mail service it is, and few services are known. For an address or another\n"
		"name use --add. Services change what they want to be included: compare it with their own\n"
		"instructions. If DNS already has an SPF record, a second one would be an error (RFC 7208 4.5):\n"
		"the command prints how to extend the record instead.\n"
		"Exit codes: 0 done, 1 a record exists or the new one would cost too much, 2 usage, or the next\n"
		"hop is not known, 5 DNS failed.\n"
		"\n"
		"  mailseal spf new example.com --config gateway.conf\n"
		"  mailseal spf new example.com --add ip4:192.0.2.25 --add include:spf.example.net\n",
	.json =
		"{ name, type, value, strings, service, lookups, voids, offline, findings }\n"
		"service is the mail service of the next hop, or null.\n"
		"\n"
		REPORT_FINDING_HELP
};
