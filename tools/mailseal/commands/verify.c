/* SPDX-License-Identifier: Apache-2.0
 *
 * cmd_verify.c - is all that DNS must say for a domain's mail there, and right?
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "engine/base/num.h"
#include "tools/mailseal/checks/keys.h"
#include "tools/mailseal/checks/next_hop.h"
#include "tools/mailseal/checks/tree.h"
#include "tools/mailseal/checks/waiting.h"
#include "tools/mailseal/records/dmarc.h"

#define SENDERS_MAX    16u
#define WAIT_DEFAULT_S 3600u
#define WAIT_MAX_S     (7u * 86400u)
#define ZONE_TIMEOUT_S 2u    /* the zone's servers may be out of reach: that is no error */

enum {
	OPTION_CONFIG = OPTION_OWN,
	OPTION_SELECTOR,
	OPTION_KEY,
	OPTION_ENVELOPE,
	OPTION_SENDS_FROM,
	OPTION_TREE,
	OPTION_WAIT
};

/* What is asked for, and what one look at DNS found. */
struct verify {
	struct report_request request;
	struct keys_request keys;
	char domain[DNS_NAME_SIZE], envelope[DNS_NAME_SIZE];
	struct spf_sender senders[SENDERS_MAX];
	size_t num_senders;
	bool wants_tree;
	uint64_t wait_s;   /* 0: one look is enough */

	struct dns dns;
	struct findings findings;
	struct keys_result dkim;
	struct dmarc_walk walk;
	struct spf_verdict spf;
	struct tree tree;
};

static bool
take_sender(struct verify *v, const char *text)
{
	if (v->num_senders < SENDERS_MAX && spf_sender_parse(text, &v->senders[v->num_senders])) {
		v->num_senders++;
		return true;
	}
	tool_error("--sends-from: expected an address, include:NAME or next-hop, at most %u times, found %s",
	           SENDERS_MAX, text);
	return false;
}

/* "90s", "10m", "2h" or "7d". */
static bool
take_wait(struct verify *v, const char *text)
{
	static const struct {
		char unit;
		uint64_t seconds;
	} units[] = { { 's', 1 }, { 'm', 60 }, { 'h', 3600 }, { 'd', 86400 } };
	const struct seal_span all = seal_span_text(text == NULL ? "" : text);
	uint64_t count;

	v->wait_s = WAIT_DEFAULT_S;
	if (text == NULL)
		return true;
	for (size_t i = 0; all.len > 0 && i < sizeof units / sizeof units[0]; i++) {
		if (text[all.len - 1] != units[i].unit || !seal_num_u64(seal_span_first(all, all.len - 1), &count) ||
		    count == 0 || count > WAIT_MAX_S / units[i].seconds)
			continue;
		v->wait_s = count * units[i].seconds;
		return true;
	}
	tool_error("--wait: expected a duration such as 90s, 10m, 2h or 7d, no longer, found %s", text);
	return false;
}

static bool
take_option(struct verify *v, int option)
{
	switch (option) {
	case OPTION_CONFIG:
		v->keys.config = optarg;
		return true;
	case OPTION_SELECTOR:
		v->keys.selector = optarg;
		return true;
	case OPTION_KEY:
		v->keys.key = optarg;
		return true;
	case OPTION_ENVELOPE:
		return report_domain(optarg, "--envelope", v->envelope);
	case OPTION_SENDS_FROM:
		return take_sender(v, optarg);
	case OPTION_TREE:
		v->wants_tree = true;
		return true;
	case OPTION_WAIT:
		return take_wait(v, optarg);
	default:
		return report_take_option(&v->request, option);
	}
}

static bool
read_options(int argc, char **argv, struct verify *v)
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

	report_request_init(&v->request);
	while ((option = tool_option(argc, argv, options)) != -1) {
		if (!take_option(v, option))
			return false;
	}
	if (!tool_arguments(argc, 1, "a domain") || !report_domain(argv[optind], "DOMAIN", v->domain))
		return false;
	if (v->keys.key != NULL && v->keys.selector == NULL)
		return tool_required(NULL, "--selector S, which --key needs,");
	if (v->keys.key != NULL && v->keys.config != NULL) {
		tool_error("--key and --config: one of them is enough");
		return false;
	}
	if (v->envelope[0] == '\0')
		memcpy(v->envelope, v->domain, sizeof v->envelope);
	return true;
}

static void
judge_spf(struct verify *v)
{
	const struct spf_query query = {
		.lookup = dns_lookup(&v->dns), .domain = v->envelope, .visit = tree_visit, .ctx = &v->tree
	};
	const bool strict = v->walk.policy != NULL && v->walk.policy->record.strict_spf;

	v->spf = spf_judge(&query, v->senders, v->num_senders, &v->findings);
	if (!dmarc_aligned(query.lookup, v->envelope, v->domain, strict))
		findings_add(&v->findings, FINDING_DMARC_SPF_UNALIGNED, v->envelope,
		             text_format("%s%s", v->domain, strict ? " (aspf=s)" : ""), text_format("%s", v->envelope));
}

/* quarantine or reject while DKIM is not right makes receivers refuse mail. */
static void
judge_order(struct verify *v)
{
	const struct dmarc_step *const step = v->walk.policy;
	enum dmarc_policy policy;
	char name[DNS_NAME_SIZE];

	if (step == NULL || v->dkim.num_judged == 0 || v->dkim.num_good > 0)
		return;
	policy = step->domain == v->walk.start ? dmarc_policy_self(&step->record) : dmarc_policy_sub(&step->record);
	(void)name_join(name, "_dmarc", step->domain);
	if (policy == DMARC_QUARANTINE || policy == DMARC_REJECT)
		findings_add(&v->findings, FINDING_DMARC_BEFORE_DKIM, name, text_format("p=none"),
		             text_format("p=%s", dmarc_policy_text(policy)));
}

static int
judge(struct verify *v)
{
	const struct dns_lookup lookup = dns_lookup(&v->dns);
	const struct dns_answer *const domain = dns_lookup_ask(lookup, v->domain, DNS_TXT);
	int code;

	v->dkim.records = json_array();
	if (findings_add_unknown(&v->findings, v->domain, domain))
		return TOOL_OK;
	if (domain->status == DNS_NXDOMAIN) {
		findings_add(&v->findings, FINDING_DNS_NO_DOMAIN, v->domain, NULL, NULL);
		return TOOL_OK;
	}
	dmarc_judge(lookup, v->domain, &v->walk, &v->findings);
	v->keys.domain = v->domain;
	v->keys.strict = v->walk.policy != NULL && v->walk.policy->record.strict_dkim;
	json_decref(v->dkim.records);
	code = keys_judge(&v->keys, lookup, &v->dkim, &v->findings);
	if (code != TOOL_OK)
		return code;
	judge_spf(v);
	judge_order(v);
	report_complete(&v->findings, &v->dns);
	return TOOL_OK;
}

/* One look, with nothing remembered. verify_free in any case. */
static int
look(struct verify *v)
{
	return report_open(&v->request, &v->dns) ? judge(v) : TOOL_USAGE;
}

static void
verify_free(struct verify *v)
{
	json_decref(v->dkim.records);
	tree_free(&v->tree);
	findings_free(&v->findings);
	dns_free(&v->dns);
}

/* --- waiting ---------------------------------------------------------------------- */

static uint64_t
now_ms(void)
{
	struct timespec t;

	(void)clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000 + (uint64_t)t.tv_nsec / 1000000;
}

static void
sleep_until(uint64_t time_ms)
{
	const struct timespec t = { .tv_sec = (time_t)(time_ms / 1000), .tv_nsec = (long)(time_ms % 1000) * 1000000 };

	while (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &t, NULL) == EINTR)
		;
}

/* What the zones' own servers say of the same, for no cache hides it. */
static uint64_t
weigh(const struct verify *asked, struct verify *v)
{
	struct verify zone = *asked;
	uint64_t seconds;

	if (v->dns.authoritative)
		return waiting_judge(&v->findings, &v->findings, &v->dns);
	zone.request.authoritative = true;
	if (zone.request.timeout_s > ZONE_TIMEOUT_S)
		zone.request.timeout_s = ZONE_TIMEOUT_S;
	(void)look(&zone);
	seconds = waiting_judge(&v->findings, &zone.findings, &v->dns);
	verify_free(&zone);
	return seconds;
}

/* The last look is left in *v. */
static int
look_until_right(const struct verify *asked, struct verify *v)
{
	const uint64_t end_ms = now_ms() + asked->wait_s * 1000;

	for (;;) {
		const int code = look(v);
		uint64_t sleep_ms, now, next;

		if (code != TOOL_OK || findings_count(&v->findings, 0, SEVERITY_ERROR) == 0)
			return code;
		sleep_ms = weigh(asked, v) * 1000;
		now = now_ms();
		if (sleep_ms == 0 || now >= end_ms) {
			tool_error("%s", sleep_ms == 0 ? "what is wrong has to be corrected; see below"
			                               : "the time to wait is over");
			return TOOL_OK;
		}
		next = now + sleep_ms < end_ms ? now + sleep_ms : end_ms;
		tool_error("asking again in %llu s, for %llu s at most", (unsigned long long)(next - now + 999) / 1000,
		           (unsigned long long)(end_ms - now + 999) / 1000);
		verify_free(v);
		*v = *asked;
		sleep_until(next);
	}
}

/* --- output ----------------------------------------------------------------------- */

static void
print_count(size_t count, const char *what, const char *behind)
{
	printf("%zu %s%s%s", count, what, count == 1 ? "" : "s", behind);
}

static void
print_text(struct verify *v)
{
	const struct findings *const f = &v->findings;

	printf("%s: ", v->domain);
	print_count(findings_count(f, 0, SEVERITY_ERROR), "error", ", ");
	print_count(findings_count(f, 0, SEVERITY_WARNING), "warning", ", ");
	print_count(findings_count(f, 0, SEVERITY_NOTE), "note", "\n");
	report_print_findings(stdout, f);
	if (v->dkim.num_good > 0)
		printf("ok: %zu of %zu DKIM keys\n", v->dkim.num_good, v->dkim.num_judged);
	if (v->spf.result != SPF_NONE && v->spf.problem == SPF_FINE)
		printf("ok: SPF, %u of %u lookups\n", v->spf.lookups, SPF_LOOKUPS_MAX);
	if (v->walk.policy != NULL)
		printf("DMARC: the record at _dmarc.%s; organizational domain %s\n", v->walk.policy->domain,
		       v->walk.organization);
	if (v->wants_tree)
		tree_print(stdout, &v->tree);
}

static json_t *
dmarc_json(const struct verify *v)
{
	json_t *const records = json_array();
	char name[DNS_NAME_SIZE];

	for (unsigned i = 0; i < v->walk.num_steps; i++) {
		(void)name_join(name, "_dmarc", v->walk.steps[i].domain);
		json_array_append_new(records, report_answer_json(name, "TXT", v->walk.steps[i].answer));
	}
	return json_pack("{s:s?, s:s?, s:o}", "record_at", v->walk.policy == NULL ? NULL : v->walk.policy->domain,
	                 "organizational_domain", v->walk.organization, "records", records);
}

static json_t *
spf_json(struct verify *v)
{
	const struct dns_answer *const answer = dns_lookup_ask(dns_lookup(&v->dns), v->envelope, DNS_TXT);

	return json_pack("{s:s, s:i, s:i, s:o, s:o}", "domain", v->envelope, "lookups", (int)v->spf.lookups, "voids",
	                 (int)v->spf.voids, "terms", tree_json(&v->tree), "records",
	                 json_pack("[o]", report_answer_json(v->envelope, "TXT", answer)));
}

static int
print_json(struct verify *v)
{
	return tool_print_json(json_pack(
		"{s:s, s:b, s:b, s:s?, s:i, s:{s:i, s:i, s:O}, s:o, s:o, s:o}", "domain", v->domain, "ok",
		findings_count(&v->findings, 0, SEVERITY_ERROR) == 0, "authoritative", v->dns.authoritative, "resolver",
		v->dns.num_resolvers > 0 ? v->dns.resolvers[0].text : NULL, "format", 1, "dkim", "keys",
		(int)v->dkim.num_judged, "good", (int)v->dkim.num_good, "records", v->dkim.records, "spf", spf_json(v),
		"dmarc", dmarc_json(v), "findings", report_findings_json(&v->findings)));
}

static int
print(struct verify *v)
{
	if (v->request.json)
		return print_json(v);
	print_text(v);
	return tool_finish_output();
}

static int
run(int argc, char **argv)
{
	static struct verify asked, v;
	int code;

	if (!read_options(argc, argv, &asked))
		return TOOL_USAGE;
	code = next_hop_senders(asked.senders, asked.num_senders, asked.keys.config);
	if (code != TOOL_OK)
		return code;
	v = asked;
	code = asked.wait_s > 0 ? look_until_right(&asked, &v) : look(&v);
	if (code == TOOL_OK)
		code = print(&v);
	if (code == TOOL_OK)
		code = report_exit(&v.findings);
	verify_free(&v);
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
	run
};
