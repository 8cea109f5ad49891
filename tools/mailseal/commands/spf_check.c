/* SPDX-License-Identifier: Apache-2.0
 *
 * spf_check.c - judge an SPF record and count what it costs (RFC 7208).
 */
#include <stdio.h>

#include "tools/mailseal/checks/next_hop.h"
#include "tools/mailseal/checks/offline.h"
#include "tools/mailseal/checks/tree.h"

#define SENDERS_MAX 16u

enum {
	OPTION_RECORD = OPTION_OWN,
	OPTION_IP,
	OPTION_SENDER,
	OPTION_HELO,
	OPTION_TREE,
	OPTION_SENDS_FROM,
	OPTION_OFFLINE,
	OPTION_CONFIG
};

struct request {
	struct report_request report;
	const char *record, *sender, *helo, *config;
	struct spf_sender senders[SENDERS_MAX];
	size_t num_senders;
	struct spf_address address;
	bool has_address, wants_tree;
	char domain[DNS_NAME_SIZE];

	struct offline_dns dns;
	struct findings findings;
	struct tree tree;
};

static bool
take_address(struct request *r)
{
	r->has_address = spf_address_parse(seal_span_text(optarg), &r->address);
	if (!r->has_address)
		tool_error("--ip: expected an address, found %s", optarg);
	return r->has_address;
}

static bool
take_sender(struct request *r)
{
	if (r->num_senders < SENDERS_MAX && spf_sender_parse(optarg, &r->senders[r->num_senders])) {
		r->num_senders++;
		return true;
	}
	tool_error("--sends-from: expected an address, include:NAME or next-hop, at most %u times, found %s",
	           SENDERS_MAX, optarg);
	return false;
}

static bool
take_option(struct request *r, int option)
{
	switch (option) {
	case OPTION_RECORD: r->record = optarg; return true;
	case OPTION_SENDER: r->sender = optarg; return true;
	case OPTION_HELO: r->helo = optarg; return true;
	case OPTION_CONFIG: r->config = optarg; return true;
	case OPTION_TREE: r->wants_tree = true; return true;
	case OPTION_OFFLINE: r->dns.offline = true; return true;
	case OPTION_IP: return take_address(r);
	case OPTION_SENDS_FROM: return take_sender(r);
	default: return report_take_option(&r->report, option);
	}
}

static bool
read_options(int argc, char **argv, struct request *r)
{
	static const struct option options[] = {
		{ "record", required_argument, NULL, OPTION_RECORD },
		{ "ip", required_argument, NULL, OPTION_IP },
		{ "sender", required_argument, NULL, OPTION_SENDER },
		{ "helo", required_argument, NULL, OPTION_HELO },
		{ "sends-from", required_argument, NULL, OPTION_SENDS_FROM },
		{ "config", required_argument, NULL, OPTION_CONFIG },
		{ "offline", no_argument, NULL, OPTION_OFFLINE },
		{ "tree", no_argument, NULL, OPTION_TREE },
		REPORT_OPTIONS,
		{ NULL, 0, NULL, 0 }
	};
	int option;

	report_request_init(&r->report);
	while ((option = tool_option(argc, argv, options)) != -1) {
		if (!take_option(r, option))
			return false;
	}
	if (r->record != NULL && optind == argc)
		return true;
	if (!tool_arguments(argc, 1, "a domain, or --record"))
		return false;
	if (r->has_address && r->record == NULL)
		return name_copy(r->domain, seal_span_text(argv[optind]));
	return report_domain(argv[optind], "DOMAIN", r->domain);
}

static struct spf_query
query_of(struct request *r)
{
	return (struct spf_query){
		.lookup = offline_lookup(&r->dns), .domain = r->domain[0] != '\0' ? r->domain : OFFLINE_DOMAIN,
		.sender = r->sender, .helo = r->helo, .record = seal_span_text(r->record == NULL ? "" : r->record),
		.visit = tree_visit, .ctx = &r->tree
	};
}

/* The result for one client, as a receiver sees it. */
static int
check_address(struct request *r)
{
	struct spf_query query = query_of(r);
	struct spf_verdict v;
	int code;

	query.address = &r->address;
	query.helo = r->helo != NULL ? r->helo : query.domain;
	v = spf_check(&query);
	if (r->report.json)
		code = tool_print_json(json_pack("{s:s, s:s, s:i, s:i, s:s, s:o}", "domain", query.domain, "result",
		                                 spf_result_text(v.result), "lookups", (int)v.lookups, "voids",
		                                 (int)v.voids, "where", v.where, "terms", tree_json(&r->tree)));
	else
		code = (printf("%s\n", spf_result_text(v.result)), tool_finish_output());
	if (code != TOOL_OK || v.result == SPF_PASS)
		return code;
	return v.result == SPF_TEMPERROR ? TOOL_IO : TOOL_REFUSED;
}

static int
check_record(struct request *r)
{
	const struct spf_query query = query_of(r);
	const struct spf_verdict v = spf_judge(&query, r->senders, r->num_senders, &r->findings);
	int code;

	offline_complete(&r->dns, &r->findings);
	if (r->report.json) {
		code = tool_print_json(json_pack(
			"{s:s, s:b, s:i, s:i, s:i, s:o, s:o}", "domain", query.domain, "ok",
			findings_count(&r->findings, 0, SEVERITY_ERROR) == 0, "format", 1, "lookups", (int)v.lookups,
			"voids", (int)v.voids, "terms", tree_json(&r->tree), "findings",
			report_findings_json(&r->findings)));
	} else {
		printf("%s: %u of %u lookups, %u of %u void\n", query.domain, v.lookups, SPF_LOOKUPS_MAX, v.voids,
		       SPF_VOIDS_MAX);
		report_print_findings(stdout, &r->findings);
		if (r->wants_tree)
			tree_print(stdout, &r->tree);
		code = tool_finish_output();
	}
	return code == TOOL_OK ? report_exit(&r->findings) : code;
}

static int
run(int argc, char **argv)
{
	static struct request r;
	int code;

	if (!read_options(argc, argv, &r))
		return TOOL_USAGE;
	if (r.record != NULL && !spf_is_record(seal_span_text(r.record))) {
		tool_error("--record: expected v=spf1 ..., found %s", r.record);
		return TOOL_USAGE;
	}
	code = next_hop_senders(r.senders, r.num_senders, r.config);
	if (code == TOOL_OK && !offline_open(&r.dns, &r.report))
		code = TOOL_USAGE;
	else if (code == TOOL_OK)
		code = r.has_address ? check_address(&r) : check_record(&r);
	tree_free(&r.tree);
	findings_free(&r.findings);
	dns_free(&r.dns.dns);
	return code;
}

const struct tool_command tool_spf_check = {
	"spf check", "DOMAIN | --record RECORD [DOMAIN]", "Judge an SPF record and count what it costs",
	"  --record RECORD    judge this text; for DOMAIN when that is given\n"
	"  --sends-from WHO   it must allow this server: an address, or include:NAME; may be repeated;\n"
	"                     next-hop: as the next hop in --config CONF wants it\n"
	"  --tree             print each term, after the number of lookups up to it\n"
	"  --offline          ask no DNS: count the terms of the record itself only\n"
	"  --ip ADDR          print the result for one client instead, as a receiver sees it; then\n"
	"  --sender ADDRESS, --helo NAME  are the rest of what a receiver knows\n"
	REPORT_OPTIONS_HELP
	"  --json             { domain, ok, format, lookups, voids, terms: [ { depth, domain, term, target,\n"
	"                     lookups, void, service } ], findings }; with --ip { domain, result, lookups,\n"
	"                     voids, where, terms }\n"
	"\n"
	REPORT_FINDING_HELP
	"Exit codes: 0 no error was found, 1 there are errors, 5 DNS could not be asked; with --ip\n"
	"0 pass, 1 anything else, 5 temperror.\n"
	"\n"
	"  mailseal spf check example.com --tree\n"
	"  mailseal spf check --record 'v=spf1 include:_spf.example.net ~all'\n",
	run
};
