/* SPDX-License-Identifier: Apache-2.0
 *
 * verify.c - judge whether DNS publishes all that a domain's mail needs.
 */
#include "tools/mailseal/commands/verify.h"

#include <string.h>

#include "engine/base/num.h"
#include "tools/mailseal/checks/next_hop.h"

#define WAIT_DEFAULT_S 3600u
#define WAIT_MAX_S     (7u * 86400u)

/* "90s", "10m", "2h" or "7d"; NULL: the default. */
static bool
take_wait(const char *text, const char *what, void *wait_s)
{
	static const struct {
		char unit;
		uint64_t seconds;
	} units[] = { { 's', 1 }, { 'm', 60 }, { 'h', 3600 }, { 'd', 86400 } };
	const struct seal_span all = seal_span_text(text == NULL ? "" : text);
	uint64_t count;

	*(uint64_t *)wait_s = WAIT_DEFAULT_S;
	if (text == NULL)
		return true;
	for (size_t i = 0; all.len > 0 && i < sizeof units / sizeof units[0]; i++) {
		if (text[all.len - 1] != units[i].unit || !seal_num_u64(seal_span_first(all, all.len - 1), &count) ||
		    count == 0 || count > WAIT_MAX_S / units[i].seconds)
			continue;
		*(uint64_t *)wait_s = count * units[i].seconds;
		return true;
	}
	tool_error("%s: expected a duration such as 90s, 10m, 2h or 7d, at most 7d, found %s", what, text);
	return false;
}

static const struct option_row options[] = {
	{ NULL, 0, OPT_VALUE, offsetof(struct verify_request, domain), "DOMAIN",
	  .text = "The author domain whose records are judged.", .take = report_take_domain, .flags = OPT_REQUIRED },
	OPTION_CONFIG_FILE_IF_EXISTS(struct verify_request, config,
	                             "Compare with every key of this configuration that signs for DOMAIN."),
	{ "selector", 0, OPT_STRING, offsetof(struct verify_request, selector), "S",
	  .text = "Compare only this key; without a configuration, judge a record of this name." },
	{ "key", 0, OPT_STRING, offsetof(struct verify_request, key), "FILE",
	  .text = "The private key that belongs to --selector, instead of a configuration." },
	{ "envelope", 0, OPT_VALUE, offsetof(struct verify_request, envelope), "DOMAIN",
	  .text = "The domain of the envelope sender, which SPF is about. Default: DOMAIN.",
	  .take = report_take_domain },
	{ "sends-from", 0, OPT_LIST, offsetof(struct verify_request, sends_from), "SENDER",
	  .text = "SPF must allow this server: an address, include:NAME for the record of a mail service, or next-hop, "
	          "which is the next hop of the configuration.", .max = MAIL_RECORDS_SENDERS_MAX },
	{ "tree", 0, OPT_FLAG, offsetof(struct verify_request, tree), NULL, .text = "Print what each SPF term costs." },
	{ "wait", 0, OPT_VALUE, offsetof(struct verify_request, wait_s), "DURATION",
	  .text = "Ask again until all is right, for at most 1h or this long: 90s, 10m, 2h.", .take = take_wait,
	  .flags = OPT_BARE },
	OPTION_GROUP_DNS(struct verify_request, dns),
	OPTIONS_END
};

static bool
read_request(const struct verify_request *r, struct mail_records *m)
{
	m->request = r->dns;
	m->keys = (struct keys_request){ .config = r->config, .selector = r->selector, .key = r->key };
	if (r->key != NULL && r->selector == NULL) {
		tool_error("--key needs --selector S; see: mailseal help verify");
		return false;
	}
	if (r->key != NULL && r->config != NULL && !config_is_default(r->config)) {
		tool_error("--key and --config: give one of them; see: mailseal help verify");
		return false;
	}
	if (r->key != NULL)
		m->keys.config = NULL;
	memcpy(m->domain, r->domain, sizeof m->domain);
	memcpy(m->envelope, r->envelope[0] != '\0' ? r->envelope : r->domain, sizeof m->envelope);
	m->num_senders = r->sends_from.num;
	return next_hop_read_senders(&r->sends_from, m->senders);
}

/* --- output ----------------------------------------------------------------------- */

static void
print_count(FILE *to, size_t count, const char *what, const char *after)
{
	fprintf(to, "%zu %s%s%s", count, what, count == 1 ? "" : "s", after);
}

static void
print_text(FILE *to, const struct mail_records *m, bool wants_tree)
{
	const struct findings *const f = &m->findings;

	fprintf(to, "%s: ", m->domain);
	print_count(to, findings_count(f, 0, SEVERITY_ERROR), "error", ", ");
	print_count(to, findings_count(f, 0, SEVERITY_WARNING), "warning", ", ");
	print_count(to, findings_count(f, 0, SEVERITY_NOTE), "note", "\n");
	report_print_findings(to, f);
	if (m->dkim.num_good > 0)
		fprintf(to, "ok: %zu of %zu DKIM keys\n", m->dkim.num_good, m->dkim.num_judged);
	if (m->spf.result != SPF_NONE && m->spf.problem == SPF_FINE)
		fprintf(to, "ok: SPF, %u of %u lookups\n", m->spf.lookups, SPF_LOOKUPS_MAX);
	if (m->walk.policy != NULL)
		fprintf(to, "DMARC: the record at _dmarc.%s; organizational domain %s\n", m->walk.policy->domain,
		        m->walk.organization);
	if (wants_tree)
		tree_print(to, &m->tree);
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

static json_t *
document(struct mail_records *m)
{
	return json_pack(
		"{s:s, s:b, s:b, s:s?, s:{s:i, s:i, s:O}, s:o, s:o, s:o}", "domain", m->domain, "ok",
		findings_count(&m->findings, 0, SEVERITY_ERROR) == 0, "authoritative", m->dns.authoritative, "resolver",
		m->dns.num_resolvers > 0 ? m->dns.resolvers[0].text : NULL, "dkim", "keys", (int)m->dkim.num_judged,
		"good", (int)m->dkim.num_good, "records", m->dkim.records, "spf", spf_json(m), "dmarc", dmarc_json(m),
		"findings", report_findings_json(&m->findings));
}

/* What was asked and what was found lie apart: each look begins with the former. */
static int
look(const struct verify_request *r, const struct mail_records *asked, struct result *result)
{
	struct mail_records m = *asked;
	int code;

	if (r->wait_s > 0)
		result_live(result);
	code = r->wait_s > 0 ? mail_records_wait(asked, &m, r->wait_s) : mail_records_look(&m);
	if (code == TOOL_OK) {
		result_set(result, document(&m));
		print_text(result->text, &m, r->tree);
		code = report_exit(&m.findings);
	}
	mail_records_free(&m);
	return code;
}

int
verify(const struct verify_request *r, struct result *result)
{
	struct mail_records asked = { .num_senders = 0 };
	int code;

	if (!read_request(r, &asked))
		return TOOL_USAGE;
	code = next_hop_senders(asked.senders, asked.num_senders, r->config);
	return code == TOOL_OK ? look(r, &asked, result) : code;
}

static int
start(const void *request, struct result *result)
{
	return verify(request, result);
}

const struct tool_command tool_verify = {
	.name = "verify", .summary = "Judge all DNS records that mail from a domain needs",
	.options = options, .request_size = sizeof(struct verify_request), .start = start,
	.help =
		"--wait asks again when wrong answers have expired in the resolver, and at least once a minute\n"
		"while a record is not published at all; it reports the state of each name. It ends when no\n"
		"errors are left, or only errors that do not go away by waiting: a record that is published\n"
		"wrong must be corrected first. The last answer is printed.\n"
		"Exit codes: 0 no errors, 1 errors, 5 DNS failed.\n"
		"\n"
		"  mailseal verify example.com --config gateway.conf --sends-from include:_spf.example.net\n"
		"  mailseal verify example.com --selector s2026 --authoritative --json\n"
		"  mailseal verify example.com --config gateway.conf --wait=2h\n",
	.json =
		"{ domain, ok, authoritative, resolver, dkim: { keys, good, records },\n"
		"  spf: { domain, lookups, voids, terms, records },\n"
		"  dmarc: { record_at, organizational_domain, records }, findings }\n"
		"A record is { name, type, status, ttl_s, alias, values }.\n"
		"\n"
		REPORT_FINDING_HELP
};
