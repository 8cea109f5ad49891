/* SPDX-License-Identifier: Apache-2.0
 *
 * report.c - what receivers report of a domain's mail: DMARC aggregate reports.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "tools/mailseal/checks/report.h"
#include "tools/mailseal/reports/collection.h"
#include "tools/mailseal/reports/summary.h"

struct request {
	const char *config_path;
	bool json;
	char **files;
	size_t num_files;
};

static bool
read_options(int argc, char **argv, struct request *r)
{
	static const struct option options[] = {
		{ "config", required_argument, NULL, 'c' },
		{ "json", no_argument, NULL, OPTION_JSON },
		{ NULL, 0, NULL, 0 }
	};
	int option;

	*r = (struct request){ .config_path = NULL };
	while ((option = tool_option(argc, argv, options)) != -1) {
		if (option == 'c')
			r->config_path = optarg;
		else if (option == OPTION_JSON)
			r->json = true;
		else
			return false;
	}
	r->files = argv + optind;
	r->num_files = (size_t)(argc - optind);
	return r->num_files > 0 || tool_arguments(argc, 1, "report files");
}

/* --- text --------------------------------------------------------------------------- */

static unsigned long long
number(uint64_t n)
{
	return n;
}

static void
print_auths(const struct aggregate_record *r)
{
	for (size_t i = 0; i < r->num_auths; i++) {
		const struct aggregate_auth *const auth = &r->auths[i];

		printf("%s%s %s%s%s %s", i > 0 ? "; " : "", auth->method, auth->domain,
		       auth->selector[0] != '\0' ? " s=" : "", auth->selector, auth->result);
	}
	if (r->reason[0] != '\0')
		printf(" (policy overridden: %s)", r->reason);
}

static void
print_rows(const struct summary *s)
{
	printf("%-16s %8s  %-10s  %-4s  %-4s  %-4s  %-24s  %s\n", "source", "count", "disposed", "dkim", "spf",
	       "ours", "From", "authenticated as");
	for (size_t i = 0; i < s->num_rows; i++) {
		const struct aggregate_record *const r = s->rows[i].record;

		printf("%-16s %8llu  %-10s  %-4s  %-4s  %-4s  %-24s  ", r->source_ip, number(s->rows[i].count),
		       r->disposition, r->dkim, r->spf, s->rows[i].ours ? "yes" : "-", r->header_from);
		print_auths(r);
		putchar('\n');
	}
}

static void
print_share(const char *what, uint64_t part, uint64_t whole)
{
	const unsigned share = summary_per_mille(part, whole);

	printf("%-10s %8llu of %llu, %u.%u %%\n", what, number(part), number(whole), share / 10, share % 10);
}

static void
print_totals(const struct summary *s, bool has_config)
{
	print_share("passed", s->passed, s->count);
	print_share("dkim", s->dkim, s->count);
	print_share("spf", s->spf, s->count);
	printf("disposed   %8llu none, %llu quarantine, %llu reject\n", number(s->accepted), number(s->quarantined),
	       number(s->rejected));
	for (size_t i = 0; i < s->num_selectors; i++) {
		const struct summary_selector *const k = &s->selectors[i];

		printf("%s%s._domainkey.%s: %llu of %llu passed\n", k->ours ? "ours: " : "", k->selector, k->domain,
		       number(k->passed), number(k->count));
	}
	if (has_config)
		print_share("ours", s->ours_passed, s->ours);
}

static int
print_text(const struct request *request, const struct collection *r, const struct summary *s)
{
	for (size_t i = 0; i < r->num; i++) {
		const struct aggregate *const a = &r->list[i];
		const int64_t begin = strtoll(a->begin, NULL, 10);
		const time_t day = begin > 0 && begin < INT64_C(253402300800) ? (time_t)begin : 0;
		struct tm tm;
		char date[32] = "";

		if (!r->repeated[i] && gmtime_r(&day, &tm) != NULL && strftime(date, sizeof date, "%Y-%m-%d", &tm) > 0)
			printf("%s: %s, %s, of %s (p=%s)\n", request->files[i], a->organization, date, a->domain,
			       a->policy);
	}
	print_rows(s);
	print_totals(s, request->config_path != NULL);
	return tool_finish_output();
}

/* --- JSON --------------------------------------------------------------------------- */

static json_t *
reports_json(const struct request *request, const struct collection *r)
{
	json_t *const list = json_array();

	for (size_t i = 0; i < r->num; i++) {
		const struct aggregate *const a = &r->list[i];

		json_array_append_new(list, json_pack(
			"{s:o, s:s, s:s, s:I, s:I, s:s, s:s, s:b}", "file",
			report_text_json(text_visible(seal_span_text(request->files[i]))), "organization",
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

static int
print_json(const struct request *request, const struct collection *r, const struct summary *s)
{
	json_t *const totals = json_pack(
		"{s:I, s:I, s:I, s:I, s:I, s:{s:I, s:I, s:I}, s:I, s:I}", "count", (json_int_t)s->count, "pass",
		(json_int_t)s->passed, "pass_per_mille", (json_int_t)summary_per_mille(s->passed, s->count), "dkim",
		(json_int_t)s->dkim, "spf", (json_int_t)s->spf, "disposition", "none", (json_int_t)s->accepted,
		"quarantine", (json_int_t)s->quarantined, "reject", (json_int_t)s->rejected, "ours",
		(json_int_t)s->ours, "ours_pass", (json_int_t)s->ours_passed);

	return tool_print_json(json_pack("{s:i, s:o, s:o, s:o, s:o}", "format", 1, "reports",
	                                 reports_json(request, r), "totals", totals, "selectors",
	                                 selectors_json(s), "rows", rows_json(s)));
}

static int
summarize(const struct request *request, const struct collection *r, const struct seal_config *config)
{
	const struct summary_keys keys = { .config = config };
	struct summary s;
	int code;

	summary_make(&s, r->list, r->repeated, r->num, &keys);
	code = request->json ? print_json(request, r, &s) : print_text(request, r, &s);
	summary_free(&s);
	return code;
}

static int
read_and_print(const struct request *request, const struct seal_config *config)
{
	struct collection reports;
	int code = collection_read(&reports, request->files, request->num_files);

	if (code == TOOL_OK)
		code = summarize(request, &reports, config);
	collection_free(&reports);
	return code;
}

static int
run(int argc, char **argv)
{
	struct request r;
	struct config_file file = { .directory = NULL };
	int code = TOOL_OK;

	if (!read_options(argc, argv, &r))
		return TOOL_USAGE;
	if (r.config_path != NULL)
		code = config_file_load_readable(&file, r.config_path);
	if (code == TOOL_OK)
		code = read_and_print(&r, r.config_path == NULL ? NULL : &file.config);
	if (r.config_path != NULL)
		config_file_free(&file);
	return code;
}

const struct tool_command tool_report = {
	"report", "FILE... [-c CONF] [--json]", "Read DMARC aggregate reports and add them up",
	"  FILE               .xml, .xml.gz or .zip, as receivers mail them to rua= (RFC 9990, RFC 7489)\n"
	"  -c, --config CONF  say which messages bear a signature of one of its keys\n"
	"  --json             { format, reports: [ { file, organization, report_id, begin, end, domain,\n"
	"                     policy, repeated } ], totals: { count, pass, pass_per_mille, dkim, spf,\n"
	"                     disposition: { none, quarantine, reject }, ours, ours_pass }, selectors:\n"
	"                     [ { domain, selector, ours, count, pass } ], rows: [ { source_ip, count,\n"
	"                     disposition, dkim, spf, pass, ours, header_from, envelope_from, reason,\n"
	"                     auth_results: [ { method, domain, selector, result } ] } ] }\n"
	"\n"
	"One row for each source and result, most messages first. dkim and spf are what counted for\n"
	"DMARC, that is passed and aligned; a message passes with one of them. ours_pass: the receiver\n"
	"found a signature of ours good. A report that is given twice is counted once. Unpacked, a file\n"
	"has 64 MB at most; document type declarations are refused.\n"
	"Exit codes: 0 done, 1 a file is no report (then nothing is printed), 3 configuration, 5 input.\n"
	"\n"
	"  mailseal report -c gateway.conf reports/*.gz\n",
	run
};
