/* SPDX-License-Identifier: Apache-2.0 */
#include "tools/mailseal/reports/readiness.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "tools/mailseal/base/config_file.h"

#define DAYS_QUARANTINE 14u
#define DAYS_REJECT     28u

unsigned
readiness_days(enum dmarc_stage stage)
{
	return stage == DMARC_STAGE_REJECT ? DAYS_REJECT : stage == DMARC_STAGE_QUARANTINE ? DAYS_QUARANTINE : 0;
}

static void
report_unused(const struct readiness *r)
{
	static const char *const whys[EVIDENCE_USES] = {
		[EVIDENCE_OTHER_DOMAIN] = "about another domain",
		[EVIDENCE_BAD_PERIOD] = "without a usable period",
		[EVIDENCE_TOO_OLD] = "from before --since",
		[EVIDENCE_OTHER_POLICY] = "from before the current policy"
	};

	for (unsigned use = 0; use < EVIDENCE_USES; use++) {
		size_t count = 0, first = 0;

		for (size_t i = r->reports.num; i-- > 0; ) {
			if (r->evidence.uses[i] != (enum evidence_use)use)
				continue;
			count++;
			first = i;
		}
		if (whys[use] != NULL && count > 0)
			tool_note(r->files[first], "%s (for %s, p=%s), not counted%s", whys[use],
			           r->reports.list[first].domain, r->reports.list[first].policy,
			           count > 1 ? ", like some others" : "");
	}
}

int
readiness_weigh(struct readiness *r)
{
	struct evidence_request request = {
		.domain = r->domain, .senders = r->senders, .num_senders = r->num_senders,
		.enforced = r->stage == DMARC_STAGE_REJECT, .days_wanted = readiness_days(r->stage),
		.since_s = r->since_s, .now_s = (int64_t)time(NULL),
		.keys = { .domain = r->domain, .selector = r->selector }
	};
	struct config_file file = { .directory = NULL };
	int code = collection_read(&r->reports, r->files, r->num_files);

	if (code == TOOL_OK && r->config != NULL) {
		code = config_file_load_readable(&file, r->config);
		request.keys.config = &file.config;
	}
	if (code == TOOL_OK) {
		evidence_make(&r->evidence, &r->reports, &request);
		report_unused(r);
	}
	if (r->config != NULL)
		config_file_free(&file);
	return code;
}

void
readiness_free(struct readiness *r)
{
	evidence_free(&r->evidence);
	collection_free(&r->reports);
}

struct readiness_day
readiness_day(int64_t seconds)
{
	const time_t time = (time_t)seconds;
	struct tm tm;
	struct readiness_day day = { "?" };

	if (gmtime_r(&time, &tm) == NULL || strftime(day.text, sizeof day.text, "%Y-%m-%d", &tm) == 0)
		return (struct readiness_day){ "?" };
	return day;
}

struct readiness_day
readiness_last_day(int64_t end_s)
{
	return readiness_day(end_s - 2);
}

static struct readiness_day
day_enough(const struct evidence *e, unsigned wanted)
{
	const int64_t now_s = (int64_t)time(NULL), missing_s = (int64_t)(wanted - e->days) * EVIDENCE_DAY_S;
	const int64_t from_s = e->end_s > now_s - EVIDENCE_RECENT_S ? e->end_s : now_s;

	return readiness_last_day(from_s + missing_s > now_s ? from_s + missing_s : now_s);
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

/* Appends one sentence for each thing that is missing, and how to get it. */
static void
append_lacks(char **text, const struct readiness *r)
{
	const struct evidence *const e = &r->evidence;
	const unsigned wanted = readiness_days(r->stage);

	if ((e->lacks & EVIDENCE_LACKS_DAYS) != 0)
		text_append(text, "reports%s cover %u of %u days; collect reports until %s. ",
		            r->stage == DMARC_STAGE_REJECT ? " under the current policy" : "", e->days, wanted,
		            day_enough(e, wanted).text);
	if ((e->lacks & EVIDENCE_LACKS_RECENT) != 0)
		text_append(text, "the last report ends on %s; add newer reports. ",
		            readiness_last_day(e->end_s).text);
	if ((e->lacks & EVIDENCE_LACKS_OURS) != 0)
		text_append(text, "no reported message has a signature of your keys; check that the gateway "
		            "signs. ");
	if ((e->lacks & EVIDENCE_LACKS_PASS) != 0)
		text_append(text, "of %llu messages with a signature of your keys, %llu fail: more than one in %u. ",
		            number(e->ours), number(e->ours_failed), EVIDENCE_FAIL_SHARE);
	if ((e->lacks & EVIDENCE_LACKS_SENDER) != 0)
		text_append(text, "more than one in %u messages from one of your addresses (--sends-from) "
		            "fail. ", EVIDENCE_FAIL_SHARE);
	if ((e->lacks & (EVIDENCE_LACKS_PASS | EVIDENCE_LACKS_SENDER)) != 0) {
		text_append(text, "Fix the systems that send these messages");
		append_addresses(text, e);
		text_append(text, ", then add --since with the date of the fix. ");
	}
}

static void
append_publish(char **text, const struct readiness *r)
{
	const struct evidence *const e = &r->evidence;

	text_append(text, "reports for %u days show no failures of your own systems: publish this record; it affects "
	            "all senders that use this domain", e->days);
	if (e->num_failing > 0)
		text_append(text, ". Check the %zu failing addresses first: mail from those that send for you will be "
		            "rejected", e->num_failing);
}

static const char *
advice_of(enum dmarc_stage stage)
{
	static const char *const texts[] = {
		[DMARC_STAGE_UNKNOWN] = "DNS did not answer; try again later",
		[DMARC_STAGE_PUBLISH] = "publish a first record, p=none with rua; see: mailseal help dmarc new",
		[DMARC_STAGE_REPAIR] = "correct the record first; see the findings",
		[DMARC_STAGE_REPORTS] = "add rua=mailto:..., and read the reports for some weeks before the next step",
		[DMARC_STAGE_QUARANTINE] = "no reports were given: if reports for at least two weeks show no failures "
			"of your own systems, publish this record; it affects all senders that use this domain",
		[DMARC_STAGE_REJECT] = "no reports were given: if reports for at least four weeks show no failures "
			"of your own systems, publish this record; it affects all senders that use this domain",
		[DMARC_STAGE_DONE] = "the domain is protected; keep reading the reports"
	};

	return texts[stage];
}

char *
readiness_advice(const struct readiness *r)
{
	char *text;
	size_t len;

	if (r->num_files == 0 || !dmarc_stage_is_stricter(r->stage))
		return text_format("%s", advice_of(r->stage));
	text = text_format("%s", "");
	if (r->evidence.lacks == 0)
		append_publish(&text, r);
	else
		append_lacks(&text, r);
	len = strlen(text);
	while (len > 0 && (text[len - 1] == ' ' || text[len - 1] == '.'))
		text[--len] = '\0';
	return text;
}
