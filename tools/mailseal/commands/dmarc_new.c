/* SPDX-License-Identifier: Apache-2.0
 *
 * dmarc_new.c - print a first DMARC record (RFC 9989).
 */
#include <stdio.h>
#include <stdlib.h>

#include "tools/mailseal/checks/report.h"
#include "tools/mailseal/records/dmarc.h"

enum {
	OPTION_RUA = OPTION_OWN
};

struct request {
	char *rua;
	bool json;
	char domain[DNS_NAME_SIZE];
};

static bool
take_rua(struct request *r)
{
	struct seal_span list = seal_span_text(optarg), uri;
	char domain[DNS_NAME_SIZE];

	if (!dmarc_next_uri(&list, &uri, domain) || domain[0] == '\0' || list.len > 0 ||
	    seal_span_find(uri, '!') < uri.len || seal_span_find(uri, ';') < uri.len) {
		tool_error("--rua: expected mailto:USER@DOMAIN, found %s", optarg);
		return false;
	}
	text_append(&r->rua, "%s%s", r->rua == NULL ? "" : ",", optarg);
	return true;
}

static bool
read_options(int argc, char **argv, struct request *r)
{
	static const struct option options[] = {
		{ "rua", required_argument, NULL, OPTION_RUA },
		{ "json", no_argument, NULL, OPTION_JSON },
		{ NULL, 0, NULL, 0 }
	};
	int option;

	while ((option = tool_option(argc, argv, options)) != -1) {
		if (option == '?' || (option == OPTION_RUA && !take_rua(r)))
			return false;
		r->json = r->json || option == OPTION_JSON;
	}
	return tool_arguments(argc, 1, "a domain") && report_domain(argv[optind], "DOMAIN", r->domain) &&
	       tool_required(r->rua, "--rua mailto:USER@DOMAIN");
}

/* Reports to other domains need a record there too; which domains are others, DNS would say. */
static json_t *
authorizations(const struct request *r)
{
	struct seal_span list = seal_span_text(r->rua), uri;
	char domain[DNS_NAME_SIZE];
	json_t *const names = json_array();

	while (dmarc_next_uri(&list, &uri, domain)) {
		if (!name_within(domain, r->domain) && !name_within(r->domain, domain))
			json_array_append_new(names, report_text_json(
				text_format("%s._report._dmarc.%s", r->domain, domain)));
	}
	return names;
}

static int
print(const struct request *r)
{
	char *const value = dmarc_value_new(r->rua);
	json_t *const names = authorizations(r);
	int code;

	if (r->json) {
		code = tool_print_json(json_pack("{s:o, s:s, s:s, s:i, s:O}", "name",
		                                   report_text_json(text_format("_dmarc.%s", r->domain)), "type", "TXT",
		                                   "value", value, "format", 1, "report_authorizations", names));
	} else {
		printf("; name:  _dmarc.%s\n; type:  TXT\n; value: %s\n_dmarc.%s. IN TXT \"%s\"\n", r->domain, value,
		       r->domain, value);
		for (size_t i = 0; i < json_array_size(names); i++)
			printf("; in the zone of the reports' address, unless it belongs to the same organization:\n"
			       "%s. IN TXT \"v=DMARC1;\"\n", json_string_value(json_array_get(names, i)));
		code = tool_finish_output();
	}
	json_decref(names);
	free(value);
	return code;
}

static int
run(int argc, char **argv)
{
	struct request r = { .rua = NULL };
	const int code = read_options(argc, argv, &r) ? print(&r) : TOOL_USAGE;

	free(r.rua);
	return code;
}

const struct tool_command tool_dmarc_new = {
	"dmarc new", "DOMAIN --rua mailto:USER@DOMAIN", "Print a first DMARC record",
	"  --rua URI          who gets the reports; may be repeated\n"
	"  --json             { name, type, value, format, report_authorizations: [ NAME ] }\n"
	"\n"
	"The policy is p=none: it only watches. Read the reports for some weeks, then: mailseal\n"
	"dmarc next. An address in another organization must agree with a record of its own, which\n"
	"is printed too.\n"
	"\n"
	"  mailseal dmarc new example.com --rua mailto:dmarc@example.com\n",
	.run = run
};
