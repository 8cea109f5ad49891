/* SPDX-License-Identifier: Apache-2.0
 *
 * dmarc_next.c - find the next DMARC record, from DNS and the reports of receivers.
 */
#include "tools/mailseal/commands/dmarc_next.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "tools/mailseal/checks/keys.h"
#include "tools/mailseal/reports/readiness.h"

#define SENDERS_MAX     16u
#define SOURCES_SHOWN   20u

static bool
take_since(const char *text, const char *what, void *since_s)
{
	struct tm day = { .tm_isdst = 0 };
	const char *const end = strptime(text, "%Y-%m-%d", &day);

	if (end != NULL && *end == '\0') {
		*(int64_t *)since_s = (int64_t)timegm(&day);
		return true;
	}
	tool_error("%s: expected a day such as 2026-11-30, found %s", what, text);
	return false;
}

static const struct option_row options[] = {
	{ NULL, 0, OPT_VALUE, offsetof(struct dmarc_next_request, domain), "DOMAIN",
	  .text = "The domain whose record is about to change.", .take = report_take_domain, .flags = OPT_REQUIRED },
	{ NULL, 0, OPT_LIST, offsetof(struct dmarc_next_request, reports), "FILE",
	  .text = "Aggregate reports, as mailseal report reads them: the evidence." },
	OPTION_CONFIG_FILE_IF_EXISTS(struct dmarc_next_request, config,
	                             "Every key of this configuration that signs for DOMAIN must be published."),
	{ "selector", 0, OPT_STRING, offsetof(struct dmarc_next_request, selector), "S",
	  .text = "Only this key must be published; without a configuration, a record of this name." },
	{ "key", 0, OPT_STRING, offsetof(struct dmarc_next_request, key), "FILE",
	  .text = "The private key that belongs to --selector." },
	{ "sends-from", 0, OPT_LIST, offsetof(struct dmarc_next_request, sends_from), "ADDR",
	  .text = "An address or network that also sends for DOMAIN, with any signature.", .max = SENDERS_MAX },
	{ "since", 0, OPT_VALUE, offsetof(struct dmarc_next_request, since_s), "DAY",
	  .text = "Reports that begin before this day, such as 2026-11-30, do not count.", .take = take_since },
	{ "test", 0, OPT_FLAG, offsetof(struct dmarc_next_request, test), NULL,
	  .text = "Add t=y: receivers apply the policy one level lower (RFC 9989). Older ones do not know t=y and "
	          "apply the policy as it is." },
	{ "force", 0, OPT_FLAG, offsetof(struct dmarc_next_request, force), NULL,
	  .text = "Print quarantine and reject even though DKIM or the reports are not right." },
	OPTION_GROUP_DNS(struct dmarc_next_request, dns),
	OPTIONS_END
};

struct next {
	const struct dmarc_next_request *request;
	struct keys_request keys;
	struct evidence_sender senders[SENDERS_MAX];

	struct dns dns;
	struct findings findings;
	struct dmarc_walk walk;
	struct keys_result dkim;
	struct readiness ready;
	char *advice;
};

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
	return !dmarc_stage_is_stricter(n->ready.stage) || n->request->force ||
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
print_source(FILE *to, const struct evidence_source *s)
{
	const char *const dkim = passed_as(s->record, "dkim"), *const spf = passed_as(s->record, "spf");

	fprintf(to, "  %s: %llu of %llu fail, the last on %s, From %s", s->record->source_ip, number(s->failed),
	        number(s->count), readiness_last_day(s->last_s).text, s->record->header_from);
	if (dkim != NULL)
		fprintf(to, "; DKIM passes for %s", dkim);
	if (spf != NULL)
		fprintf(to, "; SPF passes for %s", spf);
	fprintf(to, "%s%s%s%s\n", s->ours ? "; signed by you" : "", s->sender ? "; yours" : "",
	        s->forwarded ? "; forwarded, a receiver says" : "", s->blocks ? "; BLOCKS" : "");
}

static void
print_evidence(FILE *to, const struct next *n)
{
	const struct evidence *const e = &n->ready.evidence;

	if (n->ready.num_files == 0)
		return;
	fprintf(to, "%zu reports of %s", e->num_reports, n->request->domain);
	if (e->num_reports > 0)
		fprintf(to, ", %s to %s: %u days covered", readiness_day(e->begin_s).text,
		        readiness_last_day(e->end_s).text, e->days);
	fprintf(to, "\n%llu messages, %llu pass; %llu signed by you, %llu of them found good, %llu fail\n",
	        number(e->messages), number(e->passed), number(e->ours), number(e->ours_passed),
	        number(e->ours_failed));
	for (size_t i = 0; i < e->num_failing && i < SOURCES_SHOWN; i++)
		print_source(to, &e->failing[i]);
	if (e->num_failing > SOURCES_SHOWN)
		fprintf(to, "  and %zu addresses more; --json has them\n", e->num_failing - SOURCES_SHOWN);
}

static void
explain_refusal(const struct next *n)
{
	const char *const policy = dmarc_stage_text(n->ready.stage);

	if (n->dkim.num_judged == 0)
		tool_error("p=%s is not printed: it is not known whether DKIM is right; give --config or "
		           "--selector, or --force", policy);
	else if (!is_dkim_right(n))
		tool_error("p=%s is not printed while the DKIM records of %s are not right, because good mail would "
		           "be rejected; correct them, or add --force", policy, n->request->domain);
	if (n->ready.evidence.lacks != 0)
		tool_error("p=%s is not printed: %s; or add --force", policy, n->advice);
}

static int
put_verdict(const struct next *n, struct result *result)
{
	const bool allowed = is_allowed(n);
	char *const value = allowed ? dmarc_stage_value(n->ready.stage, &n->walk, n->request->test) : NULL;
	const char *const domain = n->request->domain;

	result_set(result, json_pack(
		"{s:s, s:s, s:s, s:b, s:o, s:s?, s:{s:i, s:i}, s:o, s:o}", "domain", domain, "stage",
		dmarc_stage_text(n->ready.stage), "advice", n->advice, "allowed", allowed, "name",
		report_text_json(text_format("_dmarc.%s", domain)), "value", value, "dkim", "keys",
		(int)n->dkim.num_judged, "good", (int)n->dkim.num_good, "evidence", evidence_json(n), "findings",
		report_findings_json(&n->findings)));
	report_print_findings(result->aside, &n->findings);
	print_evidence(result->aside, n);
	if (value != NULL)
		fprintf(result->text, "_dmarc.%s. IN TXT \"%s\"\n", domain, value);
	if (n->ready.stage == DMARC_STAGE_UNKNOWN)
		tool_error(REPORT_NO_ANSWER);
	if (!allowed)
		explain_refusal(n);
	else if (n->ready.stage != DMARC_STAGE_UNKNOWN)
		tool_note(NULL, "%s", n->advice);
	free(value);
	if (n->ready.stage == DMARC_STAGE_UNKNOWN)
		return TOOL_IO;
	return allowed ? TOOL_OK : TOOL_REFUSED;
}

/* --- the steps -------------------------------------------------------------------- */

static bool
read_request(struct next *n)
{
	const struct dmarc_next_request *const r = n->request;

	if (r->key != NULL && r->selector == NULL) {
		tool_error("--key needs --selector S; see: mailseal help dmarc next");
		return false;
	}
	for (size_t i = 0; i < r->sends_from.num; i++) {
		if (!evidence_sender_parse(r->sends_from.items[i], &n->senders[i])) {
			tool_error("--sends-from: expected an address or a network, found %s", r->sends_from.items[i]);
			return false;
		}
	}
	n->keys = (struct keys_request){ .config = r->config, .selector = r->selector, .key = r->key,
		                         .domain = r->domain };
	if (r->key != NULL && config_is_default(r->config))
		n->keys.config = NULL;
	n->ready = (struct readiness){ .domain = r->domain, .senders = n->senders, .num_senders = r->sends_from.num,
		                       .since_s = r->since_s, .config = n->keys.config, .selector = r->selector,
		                       .files = r->reports.items, .num_files = r->reports.num };
	return true;
}

static int
find_next(struct next *n, struct result *result)
{
	int code;

	if (!read_request(n) || !report_open(&n->request->dns, &n->dns))
		return TOOL_USAGE;
	dmarc_judge(dns_lookup(&n->dns), n->request->domain, &n->walk, &n->findings);
	n->keys.strict = n->walk.policy != NULL && n->walk.policy->record.strict_dkim;
	n->ready.stage = dmarc_stage_of(&n->walk, &n->findings);
	code = keys_judge(&n->keys, dns_lookup(&n->dns), &n->dkim, &n->findings);
	report_complete(&n->findings, &n->dns);
	if (code == TOOL_OK && n->ready.num_files > 0)
		code = readiness_weigh(&n->ready);
	if (code != TOOL_OK)
		return code;
	n->advice = readiness_advice(&n->ready);
	return put_verdict(n, result);
}

int
dmarc_next(const struct dmarc_next_request *r, struct result *result)
{
	struct next n = { .request = r };
	const int code = find_next(&n, result);

	free(n.advice);
	readiness_free(&n.ready);
	json_decref(n.dkim.records);
	findings_free(&n.findings);
	dns_free(&n.dns);
	return code;
}

static int
start(const void *request, struct result *result)
{
	return dmarc_next(request, result);
}

const struct tool_command tool_dmarc_next = {
	.name = "dmarc next", .summary = "Print the DMARC record that should be published next",
	.options = options, .request_size = sizeof(struct dmarc_next_request), .start = start,
	.help =
		"One step at a time: none, quarantine, reject, with weeks of reports in between. Reports justify\n"
		"a step if they cover 14 days (for reject 28 days under quarantine; days between reports are not\n"
		"covered), the last one is at most 14 days old, messages signed by your keys are among them, and\n"
		"at most one in 50 of those fails DMARC; the same holds for messages from a --sends-from.\n"
		"Messages that receivers call forwarded do not count as failing. Other addresses that fail are\n"
		"listed but block nothing: they may be forgers, forwarders, or a service that you forgot. After a\n"
		"correction give its day as --since. Without reports only DNS is judged.\n"
		"The rest of the record stays, except pct, rf and ri, which RFC 9989 removed.\n"
		"Exit codes: 0 done, 1 refused because DKIM or the reports are not right, or a file is no report,\n"
		"5 DNS or a file could not be read.\n"
		"\n"
		"  mailseal dmarc next example.com --config gateway.conf reports/*.gz\n",
	.json =
		"{ domain, stage, advice, allowed, name, value, dkim: { keys, good }, evidence, findings }\n"
		"stage: publish, repair, reports, quarantine, reject, done, unknown\n"
		"evidence: null without reports, or { reports, days, days_wanted, begin, end, messages, pass,\n"
		"ours, ours_pass, ours_fail, lacks: [ days, recent, ours, pass, sender ], failing: [ { source_ip,\n"
		"count, messages, header_from, dkim_as, spf_as, ours, sender, forwarded, blocks, end } ] }\n"
		"dkim_as, spf_as: it passed for this domain, which does not count\n"
		"\n"
		REPORT_FINDING_HELP
};
