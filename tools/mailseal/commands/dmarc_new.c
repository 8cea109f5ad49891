/* SPDX-License-Identifier: Apache-2.0
 *
 * dmarc_new.c - print a first DMARC record (RFC 9989).
 */
#include "tools/mailseal/commands/dmarc_new.h"

#include <stdlib.h>

#include "tools/mailseal/records/dmarc.h"

static const struct option_row options[] = {
	{ NULL, 0, OPT_VALUE, offsetof(struct dmarc_new_request, domain), "DOMAIN",
	  .text = "The domain that gets the record.", .take = report_take_domain, .flags = OPT_REQUIRED },
	{ "rua", 0, OPT_LIST, offsetof(struct dmarc_new_request, rua), "mailto:USER@DOMAIN",
	  .text = "The address to which receivers send their reports.", .flags = OPT_REQUIRED },
	OPTIONS_END
};

/* One URI without a size limit; the list is taken as a whole. */
static bool
append_uri(char **list, const char *text)
{
	struct seal_span rest = seal_span_text(text), uri;
	char domain[DNS_NAME_SIZE];

	if (!dmarc_next_uri(&rest, &uri, domain) || domain[0] == '\0' || rest.len > 0 ||
	    seal_span_find(uri, '!') < uri.len || seal_span_find(uri, ';') < uri.len) {
		tool_error("--rua: expected mailto:USER@DOMAIN, found %s", text);
		return false;
	}
	text_append(list, "%s%s", *list == NULL ? "" : ",", text);
	return true;
}

/* Another domain must agree to receive reports; whether it belongs to the same organization, only DNS could tell. */
static json_t *
authorizations(const char *rua, const char *domain)
{
	struct seal_span list = seal_span_text(rua), uri;
	char to[DNS_NAME_SIZE];
	json_t *const names = json_array();

	while (dmarc_next_uri(&list, &uri, to)) {
		if (!name_within(to, domain) && !name_within(domain, to))
			json_array_append_new(names, report_text_json(
				text_format("%s._report._dmarc.%s", domain, to)));
	}
	return names;
}

static void
put_record(const char *domain, const char *rua, struct result *result)
{
	char *const value = dmarc_value_new(rua);
	json_t *const names = authorizations(rua, domain);

	result_set(result, json_pack("{s:o, s:s, s:s, s:O}", "name",
	                             report_text_json(text_format("_dmarc.%s", domain)), "type", "TXT", "value", value,
	                             "report_authorizations", names));
	fprintf(result->text, "; name:  _dmarc.%s\n; type:  TXT\n; value: %s\n_dmarc.%s. IN TXT \"%s\"\n", domain,
	        value, domain, value);
	for (size_t i = 0; i < json_array_size(names); i++)
		fprintf(result->text, "; in the zone of the reports' address, unless it belongs to the same "
		        "organization:\n%s. IN TXT \"v=DMARC1;\"\n", json_string_value(json_array_get(names, i)));
	json_decref(names);
	free(value);
}

int
dmarc_new(const struct dmarc_new_request *r, struct result *result)
{
	char *rua = NULL;
	bool ok = true;

	for (size_t i = 0; i < r->rua.num && ok; i++)
		ok = append_uri(&rua, r->rua.items[i]);
	if (ok && rua != NULL)
		put_record(r->domain, rua, result);
	free(rua);
	return ok ? TOOL_OK : TOOL_USAGE;
}

static int
start(const void *request, struct result *result)
{
	return dmarc_new(request, result);
}

const struct tool_command tool_dmarc_new = {
	.name = "dmarc new", .summary = "Print a first DMARC record",
	.options = options, .request_size = sizeof(struct dmarc_new_request), .start = start,
	.help =
		"The policy is p=none, which changes nothing for mail. Read the reports for some weeks, then run:\n"
		"mailseal dmarc next. An address in another organization needs a record there that agrees; it is\n"
		"printed too.\n"
		"\n"
		"  mailseal dmarc new example.com --rua mailto:dmarc@example.com\n",
	.json =
		"{ name, type, value, report_authorizations: [ NAME ] }\n"
};
