/* SPDX-License-Identifier: Apache-2.0
 *
 * report.c - read what receivers report about a domain's mail, DMARC aggregate reports, and add it up.
 */
#include "tools/mailseal/commands/report.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "tools/mailseal/checks/report.h"
#include "tools/mailseal/reports/collection.h"
#include "tools/mailseal/reports/summary.h"

static const struct option_row options[] = {
	{ NULL, 0, OPT_LIST, offsetof(struct report_files_request, files), "FILE",
	  .text = "Reports as receivers mail them to rua= (RFC 9990, RFC 7489): .xml, .xml.gz or .zip.",
	  .flags = OPT_REQUIRED },
	OPTION_CONFIG_FILE_IF_EXISTS(struct report_files_request, config,
	                             "Show which messages carry a signature of one of its keys."),
	OPTIONS_END
};

/* --- text --------------------------------------------------------------------------- */

static unsigned long long
number(uint64_t n)
{
	return n;
}

static void
print_auths(FILE *to, const struct aggregate_record *r)
{
	for (size_t i = 0; i < r->num_auths; i++) {
		const struct aggregate_auth *const auth = &r->auths[i];

		fprintf(to, "%s%s %s%s%s %s", i > 0 ? "; " : "", auth->method, auth->domain,
		        auth->selector[0] != '\0' ? " s=" : "", auth->selector, auth->result);
	}
	if (r->reason[0] != '\0')
		fprintf(to, " (policy overridden: %s)", r->reason);
}

static void
print_rows(FILE *to, const struct summary *s)
{
	fprintf(to, "%-16s %8s  %-10s  %-4s  %-4s  %-4s  %-24s  %s\n", "source", "count", "disposed", "dkim", "spf",
	        "ours", "From", "authenticated as");
	for (size_t i = 0; i < s->num_rows; i++) {
		const struct aggregate_record *const r = s->rows[i].record;

		fprintf(to, "%-16s %8llu  %-10s  %-4s  %-4s  %-4s  %-24s  ", r->source_ip, number(s->rows[i].count),
		        r->disposition, r->dkim, r->spf, s->rows[i].ours ? "yes" : "-", r->header_from);
		print_auths(to, r);
		fputc('\n', to);
	}
}

static void
print_share(FILE *to, const char *what, uint64_t part, uint64_t whole)
{
	const unsigned share = summary_per_mille(part, whole);

	fprintf(to, "%-10s %8llu of %llu, %u.%u %%\n", what, number(part), number(whole), share / 10, share % 10);
}

static void
print_totals(FILE *to, const struct summary *s, bool has_config)
{
	print_share(to, "passed", s->passed, s->count);
	print_share(to, "dkim", s->dkim, s->count);
	print_share(to, "spf", s->spf, s->count);
	fprintf(to, "disposed   %8llu none, %llu quarantine, %llu reject\n", number(s->accepted),
	        number(s->quarantined), number(s->rejected));
	for (size_t i = 0; i < s->num_selectors; i++) {
		const struct summary_selector *const k = &s->selectors[i];

		fprintf(to, "%s%s._domainkey.%s: %llu of %llu passed\n", k->ours ? "ours: " : "", k->selector,
		        k->domain, number(k->passed), number(k->count));
	}
	if (has_config)
		print_share(to, "ours", s->ours_passed, s->ours);
}

static void
print_text(FILE *to, const struct report_files_request *request, const struct collection *r, const struct summary *s)
{
	for (size_t i = 0; i < r->num; i++) {
		const struct aggregate *const a = &r->list[i];
		const int64_t begin = strtoll(a->begin, NULL, 10);
		const time_t day = begin > 0 && begin < INT64_C(253402300800) ? (time_t)begin : 0;
		struct tm tm;
		char date[32] = "";

		if (!r->repeated[i] && gmtime_r(&day, &tm) != NULL && strftime(date, sizeof date, "%Y-%m-%d", &tm) > 0)
			fprintf(to, "%s: %s, %s, of %s (p=%s)\n", request->files.items[i], a->organization, date,
			        a->domain, a->policy);
	}
	print_rows(to, s);
	print_totals(to, s, request->config != NULL);
}

/* --- JSON --------------------------------------------------------------------------- */

static json_t *
reports_json(const struct report_files_request *request, const struct collection *r)
{
	json_t *const list = json_array();

	for (size_t i = 0; i < r->num; i++) {
		const struct aggregate *const a = &r->list[i];

		json_array_append_new(list, json_pack(
			"{s:o, s:s, s:s, s:I, s:I, s:s, s:s, s:b}", "file",
			report_text_json(text_visible(seal_span_text(request->files.items[i]))), "organization",
			a->organization, "report_id", a->report_id, "begin", (json_int_t)strtoll(a->begin, NULL, 10),
			"end", (json_int_t)strtoll(a->end, NULL, 10), "domain", a->domain, "policy", a->policy,
			"repeated", r->repeated[i]));
	}
	return list;
}

static json_t *
auths_json(const struct aggregate_record *r)
{
	json_t *const list = json_array();

	for (size_t i = 0; i < r->num_auths; i++) {
		const struct aggregate_auth *const auth = &r->auths[i];

		json_array_append_new(list, json_pack("{s:s, s:s, s:s, s:s}", "method", auth->method, "domain",
		                                      auth->domain, "selector", auth->selector, "result",
		                                      auth->result));
	}
	return list;
}

static json_t *
rows_json(const struct summary *s)
{
	json_t *const list = json_array();

	for (size_t i = 0; i < s->num_rows; i++) {
		const struct aggregate_record *const r = s->rows[i].record;

		json_array_append_new(list, json_pack(
			"{s:s, s:I, s:s, s:s, s:s, s:b, s:b, s:s, s:s, s:s, s:o}", "source_ip", r->source_ip, "count",
			(json_int_t)s->rows[i].count, "disposition", r->disposition, "dkim", r->dkim, "spf", r->spf,
			"pass", aggregate_passed(r), "ours", s->rows[i].ours, "header_from", r->header_from,
			"envelope_from", r->envelope_from, "reason", r->reason, "auth_results", auths_json(r)));
	}
	return list;
}

static json_t *
selectors_json(const struct summary *s)
{
	json_t *const list = json_array();

	for (size_t i = 0; i < s->num_selectors; i++) {
		const struct summary_selector *const k = &s->selectors[i];

		json_array_append_new(list, json_pack("{s:s, s:s, s:b, s:I, s:I}", "domain", k->domain, "selector",
		                                      k->selector, "ours", k->ours, "count", (json_int_t)k->count,
		                                      "pass", (json_int_t)k->passed));
	}
	return list;
}

static json_t *
document(const struct report_files_request *request, const struct collection *r, const struct summary *s)
{
	json_t *const totals = json_pack(
		"{s:I, s:I, s:I, s:I, s:I, s:{s:I, s:I, s:I}, s:I, s:I}", "count", (json_int_t)s->count, "pass",
		(json_int_t)s->passed, "pass_per_mille", (json_int_t)summary_per_mille(s->passed, s->count), "dkim",
		(json_int_t)s->dkim, "spf", (json_int_t)s->spf, "disposition", "none", (json_int_t)s->accepted,
		"quarantine", (json_int_t)s->quarantined, "reject", (json_int_t)s->rejected, "ours",
		(json_int_t)s->ours, "ours_pass", (json_int_t)s->ours_passed);

	return json_pack("{s:o, s:o, s:o, s:o}", "reports", reports_json(request, r), "totals", totals, "selectors",
	                 selectors_json(s), "rows", rows_json(s));
}

static int
summarize(const struct report_files_request *request, const struct seal_config *config, struct result *result)
{
	const struct summary_keys keys = { .config = config };
	struct collection reports;
	struct summary s;
	const int code = collection_read(&reports, request->files.items, request->files.num);

	if (code == TOOL_OK) {
		summary_make(&s, reports.list, reports.repeated, reports.num, &keys);
		result_set(result, document(request, &reports, &s));
		print_text(result->text, request, &reports, &s);
		summary_free(&s);
	}
	collection_free(&reports);
	return code;
}

int
report_files(const struct report_files_request *r, struct result *result)
{
	struct config_file file = { .directory = NULL };
	int code = r->config == NULL ? TOOL_OK : config_file_load_readable(&file, r->config);

	if (code == TOOL_OK)
		code = summarize(r, r->config == NULL ? NULL : &file.config, result);
	if (r->config != NULL)
		config_file_free(&file);
	return code;
}

static int
start(const void *request, struct result *result)
{
	return report_files(request, result);
}

const struct tool_command tool_report = {
	.name = "report", .summary = "Add up DMARC aggregate reports",
	.options = options, .request_size = sizeof(struct report_files_request), .start = start,
	.help =
		"Prints one row for each source and result, most messages first. dkim and spf are what counts for\n"
		"DMARC: passed and aligned; a message passes with one of them. A report that is given twice is\n"
		"counted once. An unpacked file may have at most 64 MB; document type declarations are refused.\n"
		"Exit codes: 0 done, 1 a file is no report (then nothing is printed), 3 configuration, 5 input.\n"
		"\n"
		"  mailseal report -c gateway.conf reports/*.gz\n",
	.json =
		"{ reports: [ { file, organization, report_id, begin, end, domain, policy, repeated } ],\n"
		"  totals: { count, pass, pass_per_mille, dkim, spf, disposition: { none, quarantine, reject },\n"
		"    ours, ours_pass }, selectors: [ { domain, selector, ours, count, pass } ],\n"
		"  rows: [ { source_ip, count, disposition, dkim, spf, pass, ours, header_from, envelope_from,\n"
		"    reason, auth_results: [ { method, domain, selector, result } ] } ] }\n"
		"ours_pass: the receiver found a signature of yours good.\n"
};
