/* SPDX-License-Identifier: Apache-2.0
 *
 * dmarc_next.c - which DMARC record is the next one, from DNS and the reports of receivers.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "tools/mailseal/checks/keys.h"
#include "tools/mailseal/reports/readiness.h"

#define SENDERS_MAX     16u
#define SOURCES_SHOWN   20u

enum {
	OPTION_CONFIG = OPTION_OWN,
	OPTION_SELECTOR,
	OPTION_KEY,
	OPTION_SENDS_FROM,
	OPTION_SINCE,
	OPTION_TEST,
	OPTION_FORCE
};

struct next {
	struct report_request request;
	struct keys_request keys;
	struct evidence_sender senders[SENDERS_MAX];
	bool test, force;
	char domain[DNS_NAME_SIZE];

	struct dns dns;
	struct findings findings;
	struct dmarc_walk walk;
	struct keys_result dkim;
	struct readiness ready;
	char *advice;
};

/* --- options ---------------------------------------------------------------------- */

static bool
take_sender(struct next *n)
{
	size_t *const num = &n->ready.num_senders;

	if (*num < SENDERS_MAX && evidence_sender_parse(optarg, &n->senders[*num])) {
		(*num)++;
		return true;
	}
	tool_error("--sends-from: expected an address or a network, at most %u times, found %s", SENDERS_MAX, optarg);
	return false;
}

static bool
take_since(struct next *n)
{
	struct tm day = { .tm_isdst = 0 };
	const char *const end = strptime(optarg, "%Y-%m-%d", &day);

	if (end != NULL && *end == '\0') {
		n->ready.since_s = (int64_t)timegm(&day);
		return true;
	}
	tool_error("--since: expected a day such as 2026-11-30, found %s", optarg);
	return false;
}

static bool
take_option(struct next *n, int option)
{
	switch (option) {
	case OPTION_CONFIG:
		n->keys.config = optarg;
		return true;
	case OPTION_SELECTOR:
		n->keys.selector = optarg;
		return true;
	case OPTION_KEY:
		n->keys.key = optarg;
		return true;
	case OPTION_SENDS_FROM:
		return take_sender(n);
	case OPTION_SINCE:
		return take_since(n);
	case OPTION_TEST:
		n->test = true;
		return true;
	case OPTION_FORCE:
		n->force = true;
		return true;
	default:
		return report_take_option(&n->request, option);
	}
}

static bool
read_options(int argc, char **argv, struct next *n)
{
	static const struct option options[] = {
		{ "config", required_argument, NULL, OPTION_CONFIG },
		{ "selector", required_argument, NULL, OPTION_SELECTOR },
		{ "key", required_argument, NULL, OPTION_KEY },
		{ "sends-from", required_argument, NULL, OPTION_SENDS_FROM },
		{ "since", required_argument, NULL, OPTION_SINCE },
		{ "test", no_argument, NULL, OPTION_TEST },
		{ "force", no_argument, NULL, OPTION_FORCE },
		REPORT_OPTIONS,
		{ NULL, 0, NULL, 0 }
	};
	int option;

	report_request_init(&n->request);
	while ((option = tool_option(argc, argv, options)) != -1) {
		if (!take_option(n, option))
			return false;
	}
	if (optind == argc)
		return tool_arguments(argc, 1, "a domain");
	if (!report_domain(argv[optind], "DOMAIN", n->domain))
		return false;
	n->ready.files = argv + optind + 1;
	n->ready.num_files = (size_t)(argc - optind - 1);
	return n->keys.key == NULL || tool_required(n->keys.selector, "--selector S, which --key needs,");
}

/* --- the verdict ------------------------------------------------------------------ */

/* Nothing that makes receivers refuse mail before DKIM covers it. */
static bool
is_dkim_right(const struct next *n)
{
	return n->dkim.num_judged > 0 && n->dkim.num_good == n->dkim.num_judged;
}

static bool
is_allowed(const struct next *n)
{
	return !dmarc_stage_is_stricter(n->ready.stage) || n->force ||
	       (is_dkim_right(n) && n->ready.evidence.lacks == 0);
}

static unsigned long long
number(uint64_t n)
{
	return n;
}

/* --- output ----------------------------------------------------------------------- */

/* The first domain that passed by this method and did not count; NULL: none. */
static const char *
passed_as(const struct aggregate_record *r, const char *method)
{
	for (size_t i = 0; i < r->num_auths; i++) {
		if (strcmp(r->auths[i].method, method) == 0 && strcmp(r->auths[i].result, "pass") == 0)
			return r->auths[i].domain;
	}
	return NULL;
}

static json_t *
failing_json(const struct evidence *e)
{
	json_t *const list = json_array();

	for (size_t i = 0; i < e->num_failing; i++) {
		const struct evidence_source *const s = &e->failing[i];

		json_array_append_new(list, json_pack(
			"{s:s, s:I, s:I, s:s, s:s?, s:s?, s:b, s:b, s:b, s:b, s:I}", "source_ip", s->record->source_ip,
			"count", (json_int_t)s->failed, "messages", (json_int_t)s->count, "header_from",
			s->record->header_from, "dkim_as", passed_as(s->record, "dkim"), "spf_as",
			passed_as(s->record, "spf"), "ours", s->ours, "sender", s->sender, "forwarded", s->forwarded,
			"blocks", s->blocks, "end", (json_int_t)s->last_s - 1));
	}
	return list;
}

static json_t *
lacks_json(const struct evidence *e)
{
	static const char *const names[] = { "days", "recent", "ours", "pass", "sender" };
	json_t *const list = json_array();

	for (unsigned i = 0; i < sizeof names / sizeof names[0]; i++) {
		if ((e->lacks & 1u << i) != 0)
			json_array_append_new(list, json_string(names[i]));
	}
	return list;
}

static json_t *
evidence_json(const struct next *n)
{
	const struct evidence *const e = &n->ready.evidence;

	if (n->ready.num_files == 0)
		return json_null();
	return json_pack(
		"{s:I, s:i, s:i, s:o, s:o, s:I, s:I, s:I, s:I, s:I, s:o, s:o}", "reports", (json_int_t)e->num_reports,
		"days", (int)e->days, "days_wanted", (int)readiness_days(n->ready.stage), "begin",
		e->num_reports == 0 ? json_null() : json_integer(e->begin_s), "end",
		e->num_reports == 0 ? json_null() : json_integer(e->end_s - 1), "messages", (json_int_t)e->messages,
		"pass", (json_int_t)e->passed, "ours", (json_int_t)e->ours, "ours_pass", (json_int_t)e->ours_passed,
		"ours_fail", (json_int_t)e->ours_failed, "lacks", lacks_json(e), "failing", failing_json(e));
}

static void
print_source(const struct evidence_source *s)
{
	const char *const dkim = passed_as(s->record, "dkim"), *const spf = passed_as(s->record, "spf");

	fprintf(stderr, "  %s: %llu of %llu fail, the last on %s, From %s", s->record->source_ip, number(s->failed),
	        number(s->count), readiness_last_day(s->last_s).text, s->record->header_from);
	if (dkim != NULL)
		fprintf(stderr, "; DKIM passes for %s", dkim);
	if (spf != NULL)
		fprintf(stderr, "; SPF passes for %s", spf);
	fprintf(stderr, "%s%s%s%s\n", s->ours ? "; signed by you" : "", s->sender ? "; yours" : "",
	        s->forwarded ? "; forwarded, a receiver says" : "", s->blocks ? "; BLOCKS" : "");
}

static void
print_evidence(const struct next *n)
{
	const struct evidence *const e = &n->ready.evidence;

	if (n->ready.num_files == 0)
		return;
	fprintf(stderr, "%zu reports of %s", e->num_reports, n->domain);
	if (e->num_reports > 0)
		fprintf(stderr, ", %s to %s: %u days covered", readiness_day(e->begin_s).text,
		        readiness_last_day(e->end_s).text, e->days);
	fprintf(stderr, "\n%llu messages, %llu pass; %llu signed by you, %llu of them found good, %llu fail\n",
	        number(e->messages), number(e->passed), number(e->ours), number(e->ours_passed),
	        number(e->ours_failed));
	for (size_t i = 0; i < e->num_failing && i < SOURCES_SHOWN; i++)
		print_source(&e->failing[i]);
	if (e->num_failing > SOURCES_SHOWN)
		fprintf(stderr, "  and %zu addresses more; --json has them\n", e->num_failing - SOURCES_SHOWN);
}

static void
say_refused(const struct next *n)
{
	const char *const policy = dmarc_stage_text(n->ready.stage);

	if (n->dkim.num_judged == 0)
		tool_error("p=%s is not printed: it is not known whether DKIM is right; give --config or "
		           "--selector, or --force", policy);
	else if (!is_dkim_right(n))
		tool_error("p=%s is not printed while the DKIM records of %s are not right, for good mail would "
		           "be refused; correct them, or add --force", policy, n->domain);
	if (n->ready.evidence.lacks != 0)
		tool_error("p=%s is not printed: %s; or add --force", policy, n->advice);
}

static int
print_json(const struct next *n, bool allowed, const char *value)
{
	return tool_print_json(json_pack(
		"{s:s, s:i, s:s, s:s, s:b, s:o, s:s?, s:{s:i, s:i}, s:o, s:o}", "domain", n->domain, "format", 1,
		"stage", dmarc_stage_text(n->ready.stage), "advice", n->advice, "allowed", allowed, "name",
		report_text_json(text_format("_dmarc.%s", n->domain)), "value", value, "dkim", "keys",
		(int)n->dkim.num_judged, "good", (int)n->dkim.num_good, "evidence", evidence_json(n), "findings",
		report_findings_json(&n->findings)));
}

static int
print(const struct next *n)
{
	const bool allowed = is_allowed(n);
	char *const value = allowed ? dmarc_stage_value(n->ready.stage, &n->walk, n->test) : NULL;
	int code;

	if (n->request.json) {
		code = print_json(n, allowed, value);
	} else {
		report_print_findings(stderr, &n->findings);
		print_evidence(n);
		if (value != NULL)
			printf("_dmarc.%s. IN TXT \"%s\"\n", n->domain, value);
		code = tool_finish_output();
	}
	if (!allowed)
		say_refused(n);
	else if (!n->request.json)
		tool_error("%s", n->advice);
	free(value);
	if (code != TOOL_OK || n->ready.stage == DMARC_STAGE_UNKNOWN)
		return code != TOOL_OK ? code : TOOL_IO;
	return allowed ? TOOL_OK : TOOL_REFUSED;
}

static int
next(struct next *n)
{
	int code;

	if (!report_open(&n->request, &n->dns))
		return TOOL_USAGE;
	dmarc_judge(dns_lookup(&n->dns), n->domain, &n->walk, &n->findings);
	n->keys.domain = n->domain;
	n->ready.domain = n->domain;
	n->ready.senders = n->senders;
	n->ready.config = n->keys.config;
	n->ready.selector = n->keys.selector;
	n->keys.strict = n->walk.policy != NULL && n->walk.policy->record.strict_dkim;
	n->ready.stage = dmarc_stage_of(&n->walk, &n->findings);
	code = keys_judge(&n->keys, dns_lookup(&n->dns), &n->dkim, &n->findings);
	report_complete(&n->findings, &n->dns);
	if (code == TOOL_OK && n->ready.num_files > 0)
		code = readiness_weigh(&n->ready);
	if (code != TOOL_OK)
		return code;
	n->advice = readiness_advice(&n->ready);
	return print(n);
}

static int
run(int argc, char **argv)
{
	static struct next n;
	const int code = read_options(argc, argv, &n) ? next(&n) : TOOL_USAGE;

	free(n.advice);
	readiness_free(&n.ready);
	json_decref(n.dkim.records);
	findings_free(&n.findings);
	dns_free(&n.dns);
	return code;
}

const struct tool_command tool_dmarc_next = {
	"dmarc next", "DOMAIN [REPORT...] --config CONF | --selector S [--key FILE]",
	"Say which DMARC record is to be next",
	"  REPORT             aggregate reports, as mailseal report reads them: the evidence\n"
	"  --config CONF      every key of this configuration that signs for DOMAIN must be published\n"
	"  --selector S       only this one; without --config, a record of this name\n"
	"  --key FILE         the private key that belongs to --selector\n"
	"  --sends-from ADDR  an address or network that sends for DOMAIN too, with whatever signature;\n"
	"                     may be repeated\n"
	"  --since DAY        reports that begin before this day, 2026-11-30, do not count\n"
	"  --test             with t=y: receivers apply the policy one level lower (RFC 9989); older\n"
	"                     ones do not know it and apply all of it\n"
	"  --force            print quarantine and reject even though DKIM or the reports are not right\n"
	REPORT_OPTIONS_HELP
	"  --json             { domain, format, stage, advice, allowed, name, value, dkim: { keys, good },\n"
	"                     evidence, findings }; stage: publish, repair, reports, quarantine, reject,\n"
	"                     done, unknown; evidence: null without reports, or { reports, days,\n"
	"                     days_wanted, begin, end, messages, pass, ours, ours_pass, ours_fail, lacks:\n"
	"                     [ days, recent, ours, pass, sender ], failing: [ { source_ip, count,\n"
	"                     messages, header_from, dkim_as, spf_as, ours, sender, forwarded, blocks,\n"
	"                     end } ] }; dkim_as, spf_as: passed for this domain, which does not count\n"
	"\n"
	REPORT_FINDING_HELP
	"One step at a time: none, quarantine, reject, with weeks of reports between. Reports speak for\n"
	"the step when they cover 14 days, for reject 28 under quarantine (what lies between reports is\n"
	"not covered), the last is not older than 14 days, messages with a signature of the keys are\n"
	"among them, and of those no more than one in 50 fails DMARC, nor of the messages from a\n"
	"--sends-from. What receivers call forwarded does not count as failing. Other addresses that\n"
	"fail are listed and block nothing: they may be forgers, forwarders, or a service that you\n"
	"forgot. When something was corrected, --since its day begins anew. Without reports only DNS is\n"
	"judged.\n"
	"What else is in the record stays, but for pct, rf and ri, which RFC 9989 removed. Exit codes:\n"
	"0 done, 1 refused because DKIM or the reports are not right, or a file is no report, 5 DNS or\n"
	"a file could not be read.\n"
	"\n"
	"  mailseal dmarc next example.com --config gateway.conf reports/*.gz\n",
	.run = run
};
