/* SPDX-License-Identifier: Apache-2.0
 *
 * cmd_dmarc_next.c - which DMARC record is to be next, from what DNS and receivers say.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "tools/mailseal/checks/keys.h"
#include "tools/mailseal/records/dmarc.h"
#include "tools/mailseal/reports/evidence.h"

#define SENDERS_MAX     16u
#define SOURCES_SHOWN   20u
#define DAYS_QUARANTINE 14u
#define DAYS_REJECT     28u

enum {
	OPTION_CONFIG = OPTION_OWN,
	OPTION_SELECTOR,
	OPTION_KEY,
	OPTION_SENDS_FROM,
	OPTION_SINCE,
	OPTION_TEST,
	OPTION_FORCE
};

enum stage {
	STAGE_UNKNOWN,     /* DNS did not answer               */
	STAGE_PUBLISH,     /* there is no record yet           */
	STAGE_REPAIR,      /* what is there is not right       */
	STAGE_REPORTS,     /* nobody gets reports              */
	STAGE_QUARANTINE,
	STAGE_REJECT,
	STAGE_DONE
};

struct next {
	struct report_request request;
	struct keys_request keys;
	struct evidence_sender senders[SENDERS_MAX];
	size_t num_senders;
	int64_t since_s;
	char **files;      /* reports */
	size_t num_files;
	bool test, force;
	char domain[DNS_NAME_SIZE];

	struct dns dns;
	struct findings findings;
	struct dmarc_walk walk;
	struct keys_result dkim;
	struct collection reports;
	struct evidence evidence;
	enum stage stage;
	char *advice;
};

/* --- options ---------------------------------------------------------------------- */

static bool
take_sender(struct next *n)
{
	if (n->num_senders < SENDERS_MAX && evidence_sender_parse(optarg, &n->senders[n->num_senders])) {
		n->num_senders++;
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
		n->since_s = (int64_t)timegm(&day);
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
	n->files = argv + optind + 1;
	n->num_files = (size_t)(argc - optind - 1);
	return n->keys.key == NULL || tool_required(n->keys.selector, "--selector S, which --key needs,");
}

/* --- what DNS says ---------------------------------------------------------------- */

static const char *
stage_name(enum stage stage)
{
	static const char *const names[] = {
		[STAGE_UNKNOWN] = "unknown", [STAGE_PUBLISH] = "publish", [STAGE_REPAIR] = "repair",
		[STAGE_REPORTS] = "reports", [STAGE_QUARANTINE] = "quarantine", [STAGE_REJECT] = "reject",
		[STAGE_DONE] = "done"
	};

	return names[stage];
}

static bool
is_stricter(enum stage stage)
{
	return stage == STAGE_QUARANTINE || stage == STAGE_REJECT;
}

static enum stage
stage_of(const struct next *n)
{
	const struct dmarc_step *const own = &n->walk.steps[0];

	if (n->walk.unknown)
		return STAGE_UNKNOWN;
	if (own->num_records == 0 && (n->walk.policy == NULL || n->walk.policy->record.psd == 'y'))
		return STAGE_PUBLISH;
	if (own->num_records != 1 || findings_count(&n->findings, 0, SEVERITY_ERROR) > 0)
		return own->num_records == 0 ? STAGE_PUBLISH : STAGE_REPAIR;
	if (!own->record.has_rua)
		return STAGE_REPORTS;
	switch (dmarc_policy_self(&own->record)) {
	case DMARC_QUARANTINE:
		return own->record.testing ? STAGE_QUARANTINE : STAGE_REJECT;
	case DMARC_REJECT:
		return own->record.testing ? STAGE_REJECT : STAGE_DONE;
	case DMARC_ABSENT:
	case DMARC_NONE:
	case DMARC_INVALID:
		break;
	}
	return STAGE_QUARANTINE;
}

/* The record of the stage, or NULL: free() it. */
static char *
value_of(const struct next *n)
{
	const struct dmarc_step *const own = &n->walk.steps[0];

	if (is_stricter(n->stage))
		return dmarc_value_with(own->text, n->stage == STAGE_REJECT ? DMARC_REJECT : DMARC_QUARANTINE, n->test);
	if (n->stage == STAGE_REPAIR && own->num_records == 1)
		return dmarc_value_with(own->text, DMARC_NONE, false);
	return NULL;
}

/* --- what receivers say ----------------------------------------------------------- */

static unsigned
days_wanted(enum stage stage)
{
	return stage == STAGE_REJECT ? DAYS_REJECT : stage == STAGE_QUARANTINE ? DAYS_QUARANTINE : 0;
}

static void
say_unused(const struct next *n)
{
	static const char *const whys[EVIDENCE_USES] = {
		[EVIDENCE_OTHER_DOMAIN] = "about another domain",
		[EVIDENCE_BAD_PERIOD] = "without a usable period",
		[EVIDENCE_TOO_OLD] = "from before --since",
		[EVIDENCE_OTHER_POLICY] = "from before the present policy"
	};

	for (unsigned use = 0; use < EVIDENCE_USES; use++) {
		size_t count = 0, first = 0;

		for (size_t i = n->reports.num; i-- > 0; ) {
			if (n->evidence.uses[i] != (enum evidence_use)use)
				continue;
			count++;
			first = i;
		}
		if (whys[use] != NULL && count > 0)
			tool_error("%s: %s (of %s, p=%s), not counted%s", n->files[first], whys[use],
			           n->reports.list[first].domain, n->reports.list[first].policy,
			           count > 1 ? ", nor are others like it" : "");
	}
}

static int
weigh_reports(struct next *n)
{
	struct evidence_request request = {
		.domain = n->domain, .senders = n->senders, .num_senders = n->num_senders,
		.enforced = n->stage == STAGE_REJECT, .days_wanted = days_wanted(n->stage), .since_s = n->since_s,
		.now_s = (int64_t)time(NULL), .keys = { .domain = n->domain, .selector = n->keys.selector }
	};
	struct config_file file = { .directory = NULL };
	int code = collection_read(&n->reports, n->files, n->num_files);

	if (code == TOOL_OK && n->keys.config != NULL) {
		code = config_file_load(&file, n->keys.config);
		request.keys.config = &file.config;
	}
	if (code == TOOL_OK) {
		evidence_make(&n->evidence, &n->reports, &request);
		say_unused(n);
	}
	if (n->keys.config != NULL)
		config_file_free(&file);
	return code;
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
	return !is_stricter(n->stage) || n->force || (is_dkim_right(n) && n->evidence.lacks == 0);
}

struct day {
	char text[24];
};

static struct day
day_of(int64_t seconds)
{
	const time_t time = (time_t)seconds;
	struct tm tm;
	struct day day = { "?" };

	if (gmtime_r(&time, &tm) == NULL || strftime(day.text, sizeof day.text, "%Y-%m-%d", &tm) == 0)
		return (struct day){ "?" };
	return day;
}

/* The day in which a period ends: some receivers name its last second, some the one after. */
static struct day
last_day(int64_t end_s)
{
	return day_of(end_s - 2);
}

static struct day
day_enough(const struct evidence *e, unsigned wanted)
{
	const int64_t now_s = (int64_t)time(NULL), missing_s = (int64_t)(wanted - e->days) * EVIDENCE_DAY_S;
	const int64_t from_s = e->end_s > now_s - EVIDENCE_RECENT_S ? e->end_s : now_s;

	return last_day(from_s + missing_s > now_s ? from_s + missing_s : now_s);
}

static unsigned long long
number(uint64_t n)
{
	return n;
}

static void
append_addresses(char **text, const struct evidence *e)
{
	const char *before = " (";

	for (size_t i = 0; i < e->num_failing && e->failing[i].blocks; i++) {
		text_append(text, "%s%s", before, e->failing[i].record->source_ip);
		before = ", ";
		if (i == 4 && i + 1 < e->num_failing && e->failing[i + 1].blocks) {
			text_append(text, " and others");
			break;
		}
	}
	if (before[0] == ',')
		text_append(text, ")");
}

/* What is missing, each with what ends it. */
static void
append_lacks(char **text, const struct next *n)
{
	const struct evidence *const e = &n->evidence;
	const unsigned wanted = days_wanted(n->stage);

	if ((e->lacks & EVIDENCE_LACKS_DAYS) != 0)
		text_append(text, "reports%s cover %u days of %u; read on until %s. ",
		            n->stage == STAGE_REJECT ? " under the present policy" : "", e->days, wanted,
		            day_enough(e, wanted).text);
	if ((e->lacks & EVIDENCE_LACKS_RECENT) != 0)
		text_append(text, "the last report ends on %s; add those from then on. ", last_day(e->end_s).text);
	if ((e->lacks & EVIDENCE_LACKS_OURS) != 0)
		text_append(text, "no message with a signature of your keys was reported; see that the gateway "
		            "signs. ");
	if ((e->lacks & EVIDENCE_LACKS_PASS) != 0)
		text_append(text, "of %llu messages with a signature of your keys %llu fail, more than one in %u. ",
		            number(e->ours), number(e->ours_failed), EVIDENCE_FAIL_SHARE);
	if ((e->lacks & EVIDENCE_LACKS_SENDER) != 0)
		text_append(text, "of the messages from an address that is yours (--sends-from) more than one in %u "
		            "fail. ", EVIDENCE_FAIL_SHARE);
	if ((e->lacks & (EVIDENCE_LACKS_PASS | EVIDENCE_LACKS_SENDER)) != 0) {
		text_append(text, "Correct what sends there");
		append_addresses(text, e);
		text_append(text, ", then add --since with the day of the correction. ");
	}
}

static void
append_publish(char **text, const struct next *n)
{
	const struct evidence *const e = &n->evidence;

	text_append(text, "reports of %u days name no source of yours that fails: publish this record; it concerns "
	            "everybody who sends as this domain", e->days);
	if (e->num_failing > 0)
		text_append(text, ". Look at the %zu failing addresses first: whoever of them sends for you will be "
		            "refused", e->num_failing);
}

static const char *
advice_of(enum stage stage)
{
	static const char *const texts[] = {
		[STAGE_UNKNOWN] = "DNS did not answer; ask again later",
		[STAGE_PUBLISH] = "publish a first record, p=none with rua; see: mailseal help dmarc new",
		[STAGE_REPAIR] = "correct the record first; see the findings",
		[STAGE_REPORTS] = "add rua=mailto:..., and read the reports for some weeks before going on",
		[STAGE_QUARANTINE] = "no reports were given: when those of two weeks or more name no source of yours "
			"that fails, publish this record; it concerns everybody who sends as this domain",
		[STAGE_REJECT] = "no reports were given: when those of four weeks or more name no source of yours that "
			"fails, publish this record; it concerns everybody who sends as this domain",
		[STAGE_DONE] = "the domain is protected; keep reading the reports"
	};

	return texts[stage];
}

/* Free() it. */
static char *
make_advice(const struct next *n)
{
	char *text;
	size_t len;

	if (n->num_files == 0 || !is_stricter(n->stage))
		return text_format("%s", advice_of(n->stage));
	text = text_format("%s", "");
	if (n->evidence.lacks == 0)
		append_publish(&text, n);
	else
		append_lacks(&text, n);
	len = strlen(text);
	while (len > 0 && (text[len - 1] == ' ' || text[len - 1] == '.'))
		text[--len] = '\0';
	return text;
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
	const struct evidence *const e = &n->evidence;

	if (n->num_files == 0)
		return json_null();
	return json_pack(
		"{s:I, s:i, s:i, s:o, s:o, s:I, s:I, s:I, s:I, s:I, s:o, s:o}", "reports", (json_int_t)e->num_reports,
		"days", (int)e->days, "days_wanted", (int)days_wanted(n->stage), "begin",
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
	        number(s->count), last_day(s->last_s).text, s->record->header_from);
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
	const struct evidence *const e = &n->evidence;

	if (n->num_files == 0)
		return;
	fprintf(stderr, "%zu reports of %s", e->num_reports, n->domain);
	if (e->num_reports > 0)
		fprintf(stderr, ", %s to %s: %u days covered", day_of(e->begin_s).text, last_day(e->end_s).text,
		        e->days);
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
	const char *const policy = stage_name(n->stage);

	if (n->dkim.num_judged == 0)
		tool_error("p=%s is not printed: it is not known whether DKIM is right; give --config or "
		           "--selector, or --force", policy);
	else if (!is_dkim_right(n))
		tool_error("p=%s is not printed while the DKIM records of %s are not right, for good mail would "
		           "be refused; correct them, or add --force", policy, n->domain);
	if (n->evidence.lacks != 0)
		tool_error("p=%s is not printed: %s; or add --force", policy, n->advice);
}

static int
print_json(const struct next *n, bool allowed, const char *value)
{
	return tool_print_json(json_pack(
		"{s:s, s:i, s:s, s:s, s:b, s:o, s:s?, s:{s:i, s:i}, s:o, s:o}", "domain", n->domain, "format", 1,
		"stage", stage_name(n->stage), "advice", n->advice, "allowed", allowed, "name",
		report_text_json(text_format("_dmarc.%s", n->domain)), "value", value, "dkim", "keys",
		(int)n->dkim.num_judged, "good", (int)n->dkim.num_good, "evidence", evidence_json(n), "findings",
		report_findings_json(&n->findings)));
}

static int
print(const struct next *n)
{
	const bool allowed = is_allowed(n);
	char *const value = allowed ? value_of(n) : NULL;
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
	return code != TOOL_OK ? code : n->stage == STAGE_UNKNOWN ? TOOL_IO : allowed ? TOOL_OK : TOOL_REFUSED;
}

static int
next(struct next *n)
{
	int code;

	if (!report_open(&n->request, &n->dns))
		return TOOL_USAGE;
	dmarc_judge(dns_lookup(&n->dns), n->domain, &n->walk, &n->findings);
	n->keys.domain = n->domain;
	n->keys.strict = n->walk.policy != NULL && n->walk.policy->record.strict_dkim;
	n->stage = stage_of(n);
	code = keys_judge(&n->keys, dns_lookup(&n->dns), &n->dkim, &n->findings);
	report_complete(&n->findings, &n->dns);
	if (code == TOOL_OK && n->num_files > 0)
		code = weigh_reports(n);
	if (code != TOOL_OK)
		return code;
	n->advice = make_advice(n);
	return print(n);
}

static int
run(int argc, char **argv)
{
	static struct next n;
	const int code = read_options(argc, argv, &n) ? next(&n) : TOOL_USAGE;

	free(n.advice);
	evidence_free(&n.evidence);
	collection_free(&n.reports);
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
	run
};
