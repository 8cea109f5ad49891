/* SPDX-License-Identifier: Apache-2.0
 *
 * spf_flatten.c - print an SPF record with addresses in place of includes.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tools/mailseal/checks/report.h"

enum {
	OPTION_YES = OPTION_OWN
};

struct request {
	struct report_request report;
	bool yes;
	char domain[DNS_NAME_SIZE];

	struct dns dns;
	struct findings findings;
};

static bool
read_options(int argc, char **argv, struct request *r)
{
	static const struct option options[] = {
		{ "yes", no_argument, NULL, OPTION_YES },
		REPORT_OPTIONS,
		{ NULL, 0, NULL, 0 }
	};
	int option;

	report_request_init(&r->report);
	while ((option = tool_option(argc, argv, options)) != -1) {
		if (option == OPTION_YES)
			r->yes = true;
		else if (!report_take_option(&r->report, option))
			return false;
	}
	return tool_arguments(argc, 1, "a domain") && report_domain(argv[optind], "DOMAIN", r->domain);
}

static int
flatten(struct request *r)
{
	char *const record = spf_flatten(dns_lookup(&r->dns), r->domain, &r->findings);
	int code = TOOL_REFUSED;

	report_complete(&r->findings, &r->dns);
	if (record == NULL) {
		report_print_findings(stderr, &r->findings);
		code = report_exit(&r->findings);
	} else if (r->report.json) {
		code = tool_print_json(json_pack("{s:s, s:s, s:i, s:i}", "domain", r->domain, "record", record,
		                                 "octets", (int)strlen(record), "format", 1));
	} else {
		printf("%s\n", record);
		code = tool_finish_output();
	}
	free(record);
	return code;
}

static int
run(int argc, char **argv)
{
	static struct request r;
	int code = TOOL_USAGE;

	if (!read_options(argc, argv, &r))
		return TOOL_USAGE;
	tool_error("WARNING: mail services change their addresses without notice. From that day on a flattened record\n"
	           "refuses good mail, and nobody is told. Do this only where a program repeats it every day.%s",
	           r.yes ? "" : "\nIf that is so, add --yes.");
	if (r.yes && report_open(&r.report, &r.dns))
		code = flatten(&r);
	findings_free(&r.findings);
	dns_free(&r.dns);
	return code;
}

const struct tool_command tool_spf_flatten = {
	"spf flatten", "DOMAIN --yes", "Print an SPF record with addresses in place of includes",
	"  --yes              you know that the record is wrong as soon as an address changes\n"
	REPORT_OPTIONS_HELP
	"  --json             { domain, record, octets, format }\n"
	"\n"
	"Includes whose meaning would change are refused. Exit codes: 0 done, 1 refused, 5 DNS could\n"
	"not be asked.\n",
	run
};
