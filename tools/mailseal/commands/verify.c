/* SPDX-License-Identifier: Apache-2.0
 *
 * verify.c - whether DNS publishes all that a domain's mail needs, and whether it is right.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/base/num.h"
#include "tools/mailseal/checks/mail_records.h"
#include "tools/mailseal/checks/next_hop.h"

#define WAIT_DEFAULT_S 3600u
#define WAIT_MAX_S     (7u * 86400u)

enum {
	OPTION_CONFIG = OPTION_OWN,
	OPTION_SELECTOR,
	OPTION_KEY,
	OPTION_ENVELOPE,
	OPTION_SENDS_FROM,
	OPTION_TREE,
	OPTION_WAIT
};

struct request {
	struct mail_records asked;
	bool wants_tree;
	uint64_t wait_s;   /* 0: one look is enough */
};

static bool
take_sender(struct request *r, const char *text)
{
	size_t *const num = &r->asked.num_senders;

	if (*num < MAIL_RECORDS_SENDERS_MAX && spf_sender_parse(text, &r->asked.senders[*num])) {
		(*num)++;
		return true;
	}
	tool_error("--sends-from: expected an address, include:NAME or next-hop, at most %u times, found %s",
	           MAIL_RECORDS_SENDERS_MAX, text);
	return false;
}

/* "90s", "10m", "2h" or "7d". */
static bool
take_wait(struct request *r, const char *text)
{
	static const struct {
		char unit;
		uint64_t seconds;
	} units[] = { { 's', 1 }, { 'm', 60 }, { 'h', 3600 }, { 'd', 86400 } };
	const struct seal_span all = seal_span_text(text == NULL ? "" : text);
	uint64_t count;

	r->wait_s = WAIT_DEFAULT_S;
	if (text == NULL)
		return true;
	for (size_t i = 0; all.len > 0 && i < sizeof units / sizeof units[0]; i++) {
		if (text[all.len - 1] != units[i].unit || !seal_num_u64(seal_span_first(all, all.len - 1), &count) ||
		    count == 0 || count > WAIT_MAX_S / units[i].seconds)
			continue;
		r->wait_s = count * units[i].seconds;
		return true;
	}
	tool_error("--wait: expected a duration such as 90s, 10m, 2h or 7d, no longer, found %s", text);
	return false;
}

static bool
take_option(struct request *r, int option)
{
	switch (option) {
	case OPTION_CONFIG:
		r->asked.keys.config = optarg;
		return true;
	case OPTION_SELECTOR:
		r->asked.keys.selector = optarg;
		return true;
	case OPTION_KEY:
		r->asked.keys.key = optarg;
		return true;
	case OPTION_ENVELOPE:
		return report_domain(optarg, "--envelope", r->asked.envelope);
	case OPTION_SENDS_FROM:
		return take_sender(r, optarg);
	case OPTION_TREE:
		r->wants_tree = true;
		return true;
	case OPTION_WAIT:
		return take_wait(r, optarg);
	default:
		return report_take_option(&r->asked.request, option);
	}
}

static bool
read_options(int argc, char **argv, struct request *r)
{
	static const struct option options[] = {
		{ "config", required_argument, NULL, OPTION_CONFIG },
		{ "selector", required_argument, NULL, OPTION_SELECTOR },
		{ "key", required_argument, NULL, OPTION_KEY },
		{ "envelope", required_argument, NULL, OPTION_ENVELOPE },
		{ "sends-from", required_argument, NULL, OPTION_SENDS_FROM },
		{ "tree", no_argument, NULL, OPTION_TREE },
		{ "wait", optional_argument, NULL, OPTION_WAIT },
		REPORT_OPTIONS,
		{ NULL, 0, NULL, 0 }
	};
	int option;

	report_request_init(&r->asked.request);
	while ((option = tool_option(argc, argv, options)) != -1) {
		if (!take_option(r, option))
			return false;
	}
	if (!tool_arguments(argc, 1, "a domain") || !report_domain(argv[optind], "DOMAIN", r->asked.domain))
		return false;
	if (r->asked.keys.key != NULL && r->asked.keys.selector == NULL)
		return tool_required(NULL, "--selector S, which --key needs,");
	if (r->asked.keys.key != NULL && r->asked.keys.config != NULL) {
		tool_error("--key and --config: one of them is enough");
		return false;
	}
	if (r->asked.envelope[0] == '\0')
		memcpy(r->asked.envelope, r->asked.domain, sizeof r->asked.envelope);
	return true;
}

/* --- output ----------------------------------------------------------------------- */

static void
print_count(size_t count, const char *what, const char *behind)
{
	printf("%zu %s%s%s", count, what, count == 1 ? "" : "s", behind);
}

static void
print_text(const struct mail_records *m, bool wants_tree)
{
	const struct findings *const f = &m->findings;

	printf("%s: ", m->domain);
	print_count(findings_count(f, 0, SEVERITY_ERROR), "error", ", ");
	print_count(findings_count(f, 0, SEVERITY_WARNING), "warning", ", ");
	print_count(findings_count(f, 0, SEVERITY_NOTE), "note", "\n");
	report_print_findings(stdout, f);
	if (m->dkim.num_good > 0)
		printf("ok: %zu of %zu DKIM keys\n", m->dkim.num_good, m->dkim.num_judged);
	if (m->spf.result != SPF_NONE && m->spf.problem == SPF_FINE)
		printf("ok: SPF, %u of %u lookups\n", m->spf.lookups, SPF_LOOKUPS_MAX);
	if (m->walk.policy != NULL)
		printf("DMARC: the record at _dmarc.%s; organizational domain %s\n", m->walk.policy->domain,
		       m->walk.organization);
	if (wants_tree)
		tree_print(stdout, &m->tree);
}

static json_t *
dmarc_json(const struct mail_records *m)
{
	json_t *const records = json_array();
	char name[DNS_NAME_SIZE];

	for (unsigned i = 0; i < m->walk.num_steps; i++) {
		(void)name_join(name, "_dmarc", m->walk.steps[i].domain);
		json_array_append_new(records, report_answer_json(name, "TXT", m->walk.steps[i].answer));
	}
	return json_pack("{s:s?, s:s?, s:o}", "record_at", m->walk.policy == NULL ? NULL : m->walk.policy->domain,
	                 "organizational_domain", m->walk.organization, "records", records);
}

static json_t *
spf_json(struct mail_records *m)
{
	const struct dns_answer *const answer = dns_lookup_ask(dns_lookup(&m->dns), m->envelope, DNS_TXT);

	return json_pack("{s:s, s:i, s:i, s:o, s:o}", "domain", m->envelope, "lookups", (int)m->spf.lookups, "voids",
	                 (int)m->spf.voids, "terms", tree_json(&m->tree), "records",
	                 json_pack("[o]", report_answer_json(m->envelope, "TXT", answer)));
}

static int
print_json(struct mail_records *m)
{
	return tool_print_json(json_pack(
		"{s:s, s:b, s:b, s:s?, s:i, s:{s:i, s:i, s:O}, s:o, s:o, s:o}", "domain", m->domain, "ok",
		findings_count(&m->findings, 0, SEVERITY_ERROR) == 0, "authoritative", m->dns.authoritative, "resolver",
		m->dns.num_resolvers > 0 ? m->dns.resolvers[0].text : NULL, "format", 1, "dkim", "keys",
		(int)m->dkim.num_judged, "good", (int)m->dkim.num_good, "records", m->dkim.records, "spf", spf_json(m),
		"dmarc", dmarc_json(m), "findings", report_findings_json(&m->findings)));
}

static int
print(struct mail_records *m, bool wants_tree)
{
	if (m->request.json)
		return print_json(m);
	print_text(m, wants_tree);
	return tool_finish_output();
}

static int
run(int argc, char **argv)
{
	static struct request r;
	static struct mail_records m;
	int code;

	if (!read_options(argc, argv, &r))
		return TOOL_USAGE;
	code = next_hop_senders(r.asked.senders, r.asked.num_senders, r.asked.keys.config);
	if (code != TOOL_OK)
		return code;
	m = r.asked;
	code = r.wait_s > 0 ? mail_records_wait(&r.asked, &m, r.wait_s) : mail_records_look(&m);
	if (code == TOOL_OK)
		code = print(&m, r.wants_tree);
	if (code == TOOL_OK)
		code = report_exit(&m.findings);
	mail_records_free(&m);
	return code;
}

const struct tool_command tool_verify = {
	"verify", "DOMAIN [--config CONF | --selector S [--key FILE]] [OPTIONS]",
	"Judge all DNS records that mail from a domain needs",
	"  --config CONF      compare with every key of this configuration that signs for DOMAIN\n"
	"  --selector S       only this one; without --config, a record of this name\n"
	"  --key FILE         the private key that belongs to --selector\n"
	"  --envelope DOMAIN  of the return path, which SPF is about; DOMAIN unless given\n"
	"  --sends-from WHO   SPF must allow this server: an address, or include:NAME for the record\n"
	"                     of a mail service; may be repeated; next-hop: that of --config\n"
	"  --tree             print what each SPF term costs\n"
	"  --wait[=DURATION]  until all is right, as 90s, 10m or 2h; 1h unless given\n"
	REPORT_OPTIONS_HELP
	"  --json             { domain, ok, authoritative, resolver, format, dkim: { keys, good, records },\n"
	"                     spf: { domain, lookups, voids, terms, records }, dmarc: { record_at,\n"
	"                     organizational_domain, records }, findings }; a record is { name, type,\n"
	"                     status, ttl_s, alias, values }\n"
	"\n"
	REPORT_FINDING_HELP
	"--wait asks again when the answers that are wrong have outlived their time in the resolver, and\n"
	"at least once in a minute while a record is not published at all; stderr says of each name how\n"
	"it stands. It ends when no error is left, or none that may vanish by itself: what is published\n"
	"wrong has to be corrected first. The last answer is printed.\n"
	"Exit codes: 0 no error was found, 1 there are errors, 5 DNS could not be asked.\n"
	"\n"
	"  mailseal verify example.com --config gateway.conf --sends-from include:_spf.example.net\n"
	"  mailseal verify example.com --selector s2026 --authoritative --json\n"
	"  mailseal verify example.com --config gateway.conf --wait=2h\n",
	.run = run
};
