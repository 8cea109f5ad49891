/* SPDX-License-Identifier: Apache-2.0
 *
 * cmd_spf.c - judge, extend and flatten SPF records (RFC 7208).
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tools/mailseal/checks/key_record.h"
#include "tools/mailseal/checks/next_hop.h"
#include "tools/mailseal/checks/tree.h"

#define LIST_MAX 16u

/* Stands for the domain of a record that is given alone; it is never asked for. */
#define NO_DOMAIN "domain.invalid"

enum {
	OPTION_RECORD = OPTION_OWN,
	OPTION_IP,
	OPTION_SENDER,
	OPTION_HELO,
	OPTION_TREE,
	OPTION_SENDS_FROM,
	OPTION_EXISTING,
	OPTION_ADD,
	OPTION_OFFLINE,
	OPTION_FORCE,
	OPTION_YES,
	OPTION_CONFIG
};

struct spf {
	struct report_request request;
	const char *record, *sender, *helo, *existing, *config;
	const struct spf_host *service;      /* of the next hop, when it was asked for */
	const char *additions[LIST_MAX];
	size_t num_additions;
	struct spf_sender senders[LIST_MAX];
	size_t num_senders;
	struct spf_address address;
	bool has_address, wants_tree, offline, force, yes;
	char domain[DNS_NAME_SIZE];

	struct dns dns;
	struct findings findings;
	struct tree tree;
};

/* --- options ------------------------------------------------------------------------ */

static bool
take_address(struct spf *s)
{
	s->has_address = spf_address_parse(seal_span_text(optarg), &s->address);
	if (!s->has_address)
		tool_error("--ip: expected an address, found %s", optarg);
	return s->has_address;
}

static bool
take_sender(struct spf *s)
{
	if (s->num_senders < LIST_MAX && spf_sender_parse(optarg, &s->senders[s->num_senders])) {
		s->num_senders++;
		return true;
	}
	tool_error("--sends-from: expected an address, include:NAME or next-hop, at most %u times, found %s", LIST_MAX,
	           optarg);
	return false;
}

static bool
take_addition(struct spf *s)
{
	if (s->num_additions == LIST_MAX) {
		tool_error("--add: at most %u times", LIST_MAX);
		return false;
	}
	s->additions[s->num_additions++] = optarg;
	return true;
}

static bool
take_option(struct spf *s, int option)
{
	switch (option) {
	case OPTION_RECORD:
		s->record = optarg;
		return true;
	case OPTION_IP:
		return take_address(s);
	case OPTION_SENDER:
		s->sender = optarg;
		return true;
	case OPTION_HELO:
		s->helo = optarg;
		return true;
	case OPTION_TREE:
		s->wants_tree = true;
		return true;
	case OPTION_SENDS_FROM:
		return take_sender(s);
	case OPTION_EXISTING:
		s->existing = optarg;
		return true;
	case OPTION_ADD:
		return take_addition(s);
	case OPTION_OFFLINE:
		s->offline = true;
		return true;
	case OPTION_FORCE:
		s->force = true;
		return true;
	case OPTION_YES:
		s->yes = true;
		return true;
	case OPTION_CONFIG:
		s->config = optarg;
		return true;
	default:
		return report_take_option(&s->request, option);
	}
}

static bool
read_options(int argc, char **argv, const struct option *options, struct spf *s)
{
	int option;

	report_request_init(&s->request);
	while ((option = tool_option(argc, argv, options)) != -1) {
		if (!take_option(s, option))
			return false;
	}
	return true;
}

static void
spf_free(struct spf *s)
{
	tree_free(&s->tree);
	findings_free(&s->findings);
	dns_free(&s->dns);
}

/* --- asking ------------------------------------------------------------------------- */

/* Offline, and for the domain that is not known, everything is there and empty. */
static const struct dns_answer *
ask(void *ctx, const char *name, enum dns_type type)
{
	static const uint8_t text[] = "v=spf1";
	static const struct dns_record record = { .data = { text, sizeof text - 1 } };
	static const struct dns_answer empty = { .status = DNS_FOUND, .zone = "", .alias = "" };
	static const struct dns_answer txt = { .status = DNS_FOUND, .records = &record, .num_records = 1,
		                               .zone = "", .alias = "" };
	struct spf *const s = ctx;

	if (s->offline || name_within(name, NO_DOMAIN))
		return type == DNS_TXT ? &txt : &empty;
	return dns_lookup_ask(dns_lookup(&s->dns), name, type);
}

static struct dns_lookup
lookup_of(struct spf *s)
{
	return (struct dns_lookup){ ask, s };
}

static bool
open_dns(struct spf *s)
{
	return s->offline || report_open(&s->request, &s->dns);
}

static void
complete(struct spf *s)
{
	if (!s->offline)
		report_complete(&s->findings, &s->dns);
}

/* --- check --------------------------------------------------------------------------- */

static struct spf_query
query_of(struct spf *s)
{
	return (struct spf_query){
		.lookup = lookup_of(s), .domain = s->domain[0] != '\0' ? s->domain : NO_DOMAIN, .sender = s->sender,
		.helo = s->helo, .record = seal_span_text(s->record == NULL ? "" : s->record),
		.visit = tree_visit, .ctx = &s->tree
	};
}

/* The result for one client, as a receiver sees it. */
static int
check_address(struct spf *s)
{
	struct spf_query query = query_of(s);
	struct spf_verdict v;
	int code;

	query.address = &s->address;
	query.helo = s->helo != NULL ? s->helo : query.domain;
	v = spf_check(&query);
	if (s->request.json)
		code = tool_print_json(json_pack("{s:s, s:s, s:i, s:i, s:s, s:o}", "domain", query.domain, "result",
		                                 spf_result_text(v.result), "lookups", (int)v.lookups, "voids",
		                                 (int)v.voids, "where", v.where, "terms", tree_json(&s->tree)));
	else
		code = (printf("%s\n", spf_result_text(v.result)), tool_finish_output());
	if (code != TOOL_OK || v.result == SPF_PASS)
		return code;
	return v.result == SPF_TEMPERROR ? TOOL_IO : TOOL_REFUSED;
}

static int
check_record(struct spf *s)
{
	const struct spf_query query = query_of(s);
	const struct spf_verdict v = spf_judge(&query, s->senders, s->num_senders, &s->findings);
	int code;

	complete(s);
	if (s->request.json) {
		code = tool_print_json(json_pack(
			"{s:s, s:b, s:i, s:i, s:i, s:o, s:o}", "domain", query.domain, "ok",
			findings_count(&s->findings, 0, SEVERITY_ERROR) == 0, "format", 1, "lookups", (int)v.lookups,
			"voids", (int)v.voids, "terms", tree_json(&s->tree), "findings",
			report_findings_json(&s->findings)));
	} else {
		printf("%s: %u of %u lookups, %u of %u void\n", query.domain, v.lookups, SPF_LOOKUPS_MAX, v.voids,
		       SPF_VOIDS_MAX);
		report_print_findings(stdout, &s->findings);
		if (s->wants_tree)
			tree_print(stdout, &s->tree);
		code = tool_finish_output();
	}
	return code == TOOL_OK ? report_exit(&s->findings) : code;
}

static bool
read_check(int argc, char **argv, struct spf *s)
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

	if (!read_options(argc, argv, options, s))
		return false;
	if (s->record != NULL && optind == argc)
		return true;
	if (!tool_arguments(argc, 1, "a domain, or --record"))
		return false;
	if (s->has_address && s->record == NULL)
		return name_copy(s->domain, seal_span_text(argv[optind]));
	return report_domain(argv[optind], "DOMAIN", s->domain);
}

static int
run_check(int argc, char **argv)
{
	static struct spf s;
	int code;

	if (!read_check(argc, argv, &s))
		return TOOL_USAGE;
	if (s.record != NULL && !spf_is_record(seal_span_text(s.record))) {
		tool_error("--record: expected v=spf1 ..., found %s", s.record);
		return TOOL_USAGE;
	}
	code = next_hop_senders(s.senders, s.num_senders, s.config);
	if (code == TOOL_OK)
		code = !open_dns(&s) ? TOOL_USAGE : s.has_address ? check_address(&s) : check_record(&s);
	spf_free(&s);
	return code;
}

/* --- merge --------------------------------------------------------------------------- */

static int
explain_merge(enum spf_merge result, struct seal_span wrong, const char *why)
{
	char *const text = text_visible(wrong);

	if (result == SPF_MERGE_BAD_RECORD)
		tool_error("--existing: expected %s, found %s", why, text);
	else if (result == SPF_MERGE_BAD_TERM)
		tool_error("--add: expected %s, found %s", why, text);
	else
		tool_error("--add: %s is in the record with a qualifier that does not pass; correct that first", text);
	free(text);
	return result == SPF_MERGE_BAD_TERM ? TOOL_USAGE : TOOL_REFUSED;
}

/* Where no DNS is needed, none is asked. */
static struct spf_verdict
judge_merged(struct spf *s, const char *merged)
{
	s->record = merged;
	return spf_judge(&(struct spf_query){
		.lookup = lookup_of(s), .domain = s->domain[0] != '\0' ? s->domain : NO_DOMAIN,
		.record = seal_span_text(merged)
	}, NULL, 0, &s->findings);
}

static int
print_merge(const struct spf *s, const char *merged, bool changed, const struct spf_verdict *v)
{
	if (s->request.json)
		return tool_print_json(json_pack(
			"{s:s, s:s, s:b, s:i, s:i, s:b, s:i, s:o}", "old", s->existing, "new", merged, "changed",
			changed, "lookups", (int)v->lookups, "voids", (int)v->voids, "offline", s->offline, "format", 1,
			"findings", report_findings_json(&s->findings)));
	if (changed && s->existing[0] != '\0')
		printf("-%s\n", s->existing);
	printf("%c%s\n", changed ? '+' : ' ', merged);
	return tool_finish_output();
}

/* True: what it costs may be published. */
static bool
judge_cost(struct spf *s, const char *merged, struct spf_verdict *v)
{
	*v = judge_merged(s, merged);
	complete(s);
	if (v->lookups > SPF_LOOKUPS_MAX && !s->force) {
		tool_error("the record would need %u DNS lookups, and receivers stop at %u: everything in it "
		           "would fail. Remove services that no longer send, or add --force", v->lookups,
		           SPF_LOOKUPS_MAX);
		return false;
	}
	if (!s->request.json)
		report_print_findings(stderr, &s->findings);
	return true;
}

static int
judge_merge(struct spf *s, const char *merged, bool changed)
{
	struct spf_verdict v;

	return judge_cost(s, merged, &v) ? print_merge(s, merged, changed, &v) : TOOL_REFUSED;
}

static int
merge(struct spf *s)
{
	const struct seal_span existing = seal_span_trim(seal_span_text(s->existing));
	struct seal_span wrong;
	const char *why;
	char *merged;
	const enum spf_merge result = spf_merge(existing, s->additions, s->num_additions, &merged, &wrong, &why);
	int code;

	if (result != SPF_MERGED && result != SPF_MERGE_SAME)
		code = explain_merge(result, wrong, why);
	else
		code = judge_merge(s, merged, result == SPF_MERGED);
	free(merged);
	return code;
}

static int
run_merge(int argc, char **argv)
{
	static const struct option options[] = {
		{ "existing", required_argument, NULL, OPTION_EXISTING },
		{ "add", required_argument, NULL, OPTION_ADD },
		{ "offline", no_argument, NULL, OPTION_OFFLINE },
		{ "force", no_argument, NULL, OPTION_FORCE },
		REPORT_OPTIONS,
		{ NULL, 0, NULL, 0 }
	};
	static struct spf s;
	int code = TOOL_USAGE;

	if (!read_options(argc, argv, options, &s) || !tool_arguments(argc, 0, "") ||
	    !tool_required(s.existing, "--existing RECORD") || !tool_required(s.additions[0], "--add MECHANISM"))
		return TOOL_USAGE;
	if (open_dns(&s))
		code = merge(&s);
	spf_free(&s);
	return code;
}

/* --- new ----------------------------------------------------------------------------- */

static int
print_new(struct spf *s, const char *record, const struct spf_verdict *v)
{
	if (s->request.json)
		return tool_print_json(json_pack(
			"{s:s, s:s, s:s, s:o, s:i, s:s?, s:i, s:i, s:b, s:o}", "name", s->domain, "type", "TXT",
			"value", record, "strings", record_strings_json(record), "format", 1, "service",
			s->service == NULL ? NULL : s->service->service, "lookups", (int)v->lookups, "voids",
			(int)v->voids, "offline", s->offline, "findings", report_findings_json(&s->findings)));
	printf("; name:  %s\n; type:  TXT\n; value: %s\n%s. IN TXT ", s->domain, record, s->domain);
	record_put_strings(stdout, record, " ");
	putchar('\n');
	return tool_finish_output();
}

static int
judge_new(struct spf *s, const char *record)
{
	struct spf_verdict v;

	return judge_cost(s, record, &v) ? print_new(s, record, &v) : TOOL_REFUSED;
}

static int
refer_to_merge(const struct spf *s, struct seal_span existing, size_t num)
{
	char *const text = text_visible(existing);
	char *more = NULL;

	for (size_t i = 0; i < s->num_additions; i++)
		text_append(&more, " --add %s", s->additions[i]);
	if (num > 1)
		tool_error("%s has %zu SPF records, and only one is allowed: make them one; see: mailseal spf check %s",
		           s->domain, num, s->domain);
	else
		tool_error("%s has an SPF record, and a second one would be an error. Change it with: mailseal spf "
		           "merge --existing '%s'%s", s->domain, text, more);
	free(more);
	free(text);
	return TOOL_REFUSED;
}

/* A second record would make both worthless (RFC 7208 4.5). */
static int
find_none(struct spf *s)
{
	const struct dns_answer *answer;
	struct seal_span record;
	size_t num = 0;

	if (s->offline)
		return TOOL_OK;
	answer = dns_lookup_ask(lookup_of(s), s->domain, DNS_TXT);
	if (findings_add_unknown(&s->findings, s->domain, answer)) {
		report_print_findings(stderr, &s->findings);
		tool_error("so nobody knows whether %s has an SPF record already; if it is known that it has none, add "
		           "--offline", s->domain);
		return TOOL_IO;
	}
	(void)spf_record_of(answer, &record, &num);
	return num == 0 ? TOOL_OK : refer_to_merge(s, record, num);
}

static int
add_next_hop(struct spf *s)
{
	struct config_file file;
	int code = config_file_load(&file, s->config);

	if (code == TOOL_OK) {
		s->service = next_hop_service(&file, "--add include:NAME or --add ip4:ADDRESS");
		code = s->service == NULL ? TOOL_USAGE : TOOL_OK;
	}
	config_file_free(&file);
	if (code == TOOL_OK)
		s->additions[s->num_additions++] = s->service->term;
	return code;
}

static int
make_new(struct spf *s)
{
	struct seal_span wrong;
	const char *why;
	char *record;
	enum spf_merge result;
	int code = s->num_additions == 0 ? add_next_hop(s) : TOOL_OK;

	if (code != TOOL_OK)
		return code;
	result = spf_merge(seal_span(NULL, 0), s->additions, s->num_additions, &record, &wrong, &why);
	code = result == SPF_MERGED ? find_none(s) : explain_merge(result, wrong, why);
	if (code == TOOL_OK)
		code = judge_new(s, record);
	free(record);
	return code;
}

static int
run_new(int argc, char **argv)
{
	static const struct option options[] = {
		{ "config", required_argument, NULL, OPTION_CONFIG },
		{ "add", required_argument, NULL, OPTION_ADD },
		{ "offline", no_argument, NULL, OPTION_OFFLINE },
		{ "force", no_argument, NULL, OPTION_FORCE },
		REPORT_OPTIONS,
		{ NULL, 0, NULL, 0 }
	};
	static struct spf s;
	int code = TOOL_USAGE;

	if (!read_options(argc, argv, options, &s) || !tool_arguments(argc, 1, "a domain") ||
	    !report_domain(argv[optind], "DOMAIN", s.domain))
		return TOOL_USAGE;
	if (s.num_additions == 0 && !tool_required(s.config, "--config CONF, or --add MECHANISM,"))
		return TOOL_USAGE;
	if (open_dns(&s))
		code = make_new(&s);
	spf_free(&s);
	return code;
}

/* --- flatten --------------------------------------------------------------------------- */

static int
flatten(struct spf *s)
{
	char *const record = spf_flatten(lookup_of(s), s->domain, &s->findings);
	int code = TOOL_REFUSED;

	complete(s);
	if (record == NULL) {
		report_print_findings(stderr, &s->findings);
		code = report_exit(&s->findings);
	} else if (s->request.json) {
		code = tool_print_json(json_pack("{s:s, s:s, s:i, s:i}", "domain", s->domain, "record", record,
		                                 "octets", (int)strlen(record), "format", 1));
	} else {
		printf("%s\n", record);
		code = tool_finish_output();
	}
	free(record);
	return code;
}

static int
run_flatten(int argc, char **argv)
{
	static const struct option options[] = {
		{ "yes", no_argument, NULL, OPTION_YES },
		REPORT_OPTIONS,
		{ NULL, 0, NULL, 0 }
	};
	static struct spf s;
	int code = TOOL_USAGE;

	if (!read_options(argc, argv, options, &s) || !tool_arguments(argc, 1, "a domain") ||
	    !report_domain(argv[optind], "DOMAIN", s.domain))
		return TOOL_USAGE;
	tool_error("WARNING: mail services change their addresses without notice. From that day on a flattened record\n"
	           "refuses good mail, and nobody is told. Do this only where a program repeats it every day.%s",
	           s.yes ? "" : "\nIf that is so, add --yes.");
	if (s.yes && open_dns(&s))
		code = flatten(&s);
	spf_free(&s);
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
	run_check
};

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
	run_new
};

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
	run_merge
};

const struct tool_command tool_spf_flatten = {
	"spf flatten", "DOMAIN --yes", "Print an SPF record with addresses in place of includes",
	"  --yes              you know that the record is wrong as soon as an address changes\n"
	REPORT_OPTIONS_HELP
	"  --json             { domain, record, octets, format }\n"
	"\n"
	"Includes whose meaning would change are refused. Exit codes: 0 done, 1 refused, 5 DNS could\n"
	"not be asked.\n",
	run_flatten
};
