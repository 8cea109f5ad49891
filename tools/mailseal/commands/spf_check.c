/* SPDX-License-Identifier: Apache-2.0
 *
 * spf_check.c - judge an SPF record and count what it costs (RFC 7208).
 */
#include "tools/mailseal/commands/spf_check.h"

#include "tools/mailseal/checks/next_hop.h"
#include "tools/mailseal/checks/offline.h"
#include "tools/mailseal/checks/tree.h"

static const struct option_row options[] = {
	{ NULL, 0, OPT_STRING, offsetof(struct spf_check_request, domain), "DOMAIN",
	  .text = "The domain whose record is judged." },
	{ "record", 0, OPT_STRING, offsetof(struct spf_check_request, record), "RECORD",
	  .text = "Judge this text instead of the published record; as that of DOMAIN, if it is given." },
	{ "sends-from", 0, OPT_LIST, offsetof(struct spf_check_request, sends_from), "SENDER",
	  .text = "The record must allow this server: an address, include:NAME, or next-hop, which is the mail service "
	          "that is the next hop of the configuration.", .max = SPF_CHECK_SENDERS_MAX },
	OPTION_CONFIG_FILE_IF_EXISTS(struct spf_check_request, config, "The configuration with that next hop."),
	{ "tree", 0, OPT_FLAG, offsetof(struct spf_check_request, tree), NULL,
	  .text = "Print each term, after the number of lookups up to it." },
	{ "offline", 0, OPT_FLAG, offsetof(struct spf_check_request, offline), NULL,
	  .text = "Ask no DNS: count only the terms of the record itself." },
	{ "ip", 0, OPT_STRING, offsetof(struct spf_check_request, address), "ADDR",
	  .text = "Print the result for this client instead, as a receiver evaluates it." },
	{ "sender", 0, OPT_STRING, offsetof(struct spf_check_request, sender), "ADDRESS",
	  .text = "With --ip: the envelope sender." },
	{ "helo", 0, OPT_STRING, offsetof(struct spf_check_request, helo), "NAME",
	  .text = "With --ip: the name in EHLO." },
	OPTION_GROUP_DNS(struct spf_check_request, dns),
	OPTIONS_END
};

struct spf_check_work {
	const struct spf_check_request *request;
	char domain[DNS_NAME_SIZE];       /* "": of a record alone */
	struct spf_sender senders[SPF_CHECK_SENDERS_MAX];
	struct spf_address address;
	struct offline_dns dns;
	struct findings findings;
	struct tree tree;
};

static struct spf_query
query_of(struct spf_check_work *w)
{
	const char *const record = w->request->record;

	return (struct spf_query){
		.lookup = offline_lookup(&w->dns), .domain = w->domain[0] != '\0' ? w->domain : OFFLINE_DOMAIN,
		.sender = w->request->sender, .helo = w->request->helo,
		.record = seal_span_text(record == NULL ? "" : record), .visit = tree_visit, .ctx = &w->tree
	};
}

/* The result for one client, as a receiver sees it. */
static int
check_address(struct spf_check_work *w, struct result *result)
{
	struct spf_query query = query_of(w);
	struct spf_verdict v;

	query.address = &w->address;
	query.helo = query.helo != NULL ? query.helo : query.domain;
	v = spf_check(&query);
	result_set(result, json_pack("{s:s, s:s, s:i, s:i, s:s, s:o}", "domain", query.domain, "result",
	                             spf_result_text(v.result), "lookups", (int)v.lookups, "voids", (int)v.voids,
	                             "where", v.where, "terms", tree_json(&w->tree)));
	fprintf(result->text, "%s\n", spf_result_text(v.result));
	if (v.result == SPF_TEMPERROR)
		tool_error(REPORT_NO_ANSWER);
	return v.result == SPF_PASS ? TOOL_OK : v.result == SPF_TEMPERROR ? TOOL_IO : TOOL_REFUSED;
}

static int
check_record(struct spf_check_work *w, struct result *result)
{
	const struct spf_query query = query_of(w);
	const struct spf_verdict v = spf_judge(&query, w->senders, w->request->sends_from.num, &w->findings);

	offline_complete(&w->dns, &w->findings);
	result_set(result, json_pack(
		"{s:s, s:b, s:i, s:i, s:o, s:o}", "domain", query.domain, "ok",
		findings_count(&w->findings, 0, SEVERITY_ERROR) == 0, "lookups", (int)v.lookups, "voids", (int)v.voids,
		"terms", tree_json(&w->tree), "findings", report_findings_json(&w->findings)));
	fprintf(result->text, "%s: %u of %u lookups, %u of %u void\n", query.domain, v.lookups, SPF_LOOKUPS_MAX,
	        v.voids, SPF_VOIDS_MAX);
	report_print_findings(result->text, &w->findings);
	if (w->request->tree)
		tree_print(result->text, &w->tree);
	return report_exit(&w->findings);
}

/* With --ip the name is taken as it is, as a receiver takes it. */
static bool
read_domain(struct spf_check_work *w)
{
	const struct spf_check_request *const r = w->request;

	if (r->domain == NULL && r->record == NULL) {
		tool_error("expected DOMAIN, or --record; see: mailseal help spf check");
		return false;
	}
	if (r->domain == NULL)
		return true;
	if (r->address != NULL && r->record == NULL)
		return name_copy(w->domain, seal_span_text(r->domain));
	return report_domain(r->domain, "DOMAIN", w->domain);
}

static bool
read_request(struct spf_check_work *w)
{
	const struct spf_check_request *const r = w->request;

	if (r->address != NULL && !spf_address_parse(seal_span_text(r->address), &w->address)) {
		tool_error("--ip: expected an address, found %s", r->address);
		return false;
	}
	if (r->record != NULL && !spf_is_record(seal_span_text(r->record))) {
		tool_error("--record: expected v=spf1 ..., found %s", r->record);
		return false;
	}
	return next_hop_read_senders(&r->sends_from, w->senders) && read_domain(w);
}

int
spf_check_record(const struct spf_check_request *r, struct result *result)
{
	struct spf_check_work w = { .request = r };
	int code = read_request(&w) ? TOOL_OK : TOOL_USAGE;

	w.dns.offline = r->offline;
	if (code == TOOL_OK)
		code = next_hop_senders(w.senders, r->sends_from.num, r->config);
	if (code == TOOL_OK && !offline_open(&w.dns, &r->dns))
		code = TOOL_USAGE;
	else if (code == TOOL_OK)
		code = r->address != NULL ? check_address(&w, result) : check_record(&w, result);
	tree_free(&w.tree);
	findings_free(&w.findings);
	dns_free(&w.dns.dns);
	return code;
}

static int
start(const void *request, struct result *result)
{
	return spf_check_record(request, result);
}

const struct tool_command tool_spf_check = {
	.name = "spf check", .summary = "Judge an SPF record and count the DNS lookups it costs",
	.options = options, .request_size = sizeof(struct spf_check_request), .start = start,
	.help =
		"Exit codes: 0 no errors, 1 errors, 5 DNS failed; with --ip 0 pass, 1 anything else, 5 temperror.\n"
		"\n"
		"  mailseal spf check example.com --tree\n"
		"  mailseal spf check --record 'v=spf1 include:_spf.example.net ~all'\n",
	.json =
		"{ domain, ok, lookups, voids,\n"
		"  terms: [ { depth, domain, term, target, lookups, void, service } ], findings }\n"
		"With --ip { domain, result, lookups, voids, where, terms }.\n"
		"\n"
		REPORT_FINDING_HELP
};
