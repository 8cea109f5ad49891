/* SPDX-License-Identifier: Apache-2.0
 *
 * handover.c - write the sheet for those who manage a customer's DNS.
 */
#include "tools/mailseal/commands/handover.h"

#include <stdlib.h>

#include "tools/mailseal/sheet/formats.h"

enum {
	FORMAT_TEXT,
	FORMAT_JSON = 9
};

static const char *const format_words[] = {
	"text", "markdown", "html", "zone", "bind", "cloudflare", "route53", "nsupdate", "powershell", "json", NULL
};

const struct format formats[] = {
	{ "text", format_text },
	{ "markdown", format_markdown },
	{ "html", format_html },
	{ "zone", format_zone },
	{ "bind", format_bind },
	{ "cloudflare", format_cloudflare },
	{ "route53", format_route53 },
	{ "nsupdate", format_nsupdate },
	{ "powershell", format_powershell },
	{ "json", format_json }
};

const size_t num_formats = sizeof formats / sizeof formats[0];

_Static_assert(sizeof format_words / sizeof format_words[0] == sizeof formats / sizeof formats[0] + 1u,
               "each format has a word");

enum {
	FOR_CUSTOMER,
	FOR_OPERATOR
};
static const char *const readers[] = { "customer", "operator", NULL };

#define AT(member)    offsetof(struct handover_request, member)
#define SHEET(member) offsetof(struct handover_request, sheet.member)

static const struct option_row options[] = {
	{ NULL, 0, OPT_STRING, SHEET(domain), "DOMAIN", .text = "The domain that the sheet is about.",
	  .flags = OPT_REQUIRED },
	OPTION_CONFIG_FILE(struct handover_request, sheet.config,
	                   "The configuration; the records come from it and its keys."),
	{ "format", 'f', OPT_CHOICE, AT(format), "FORMAT",
	  .text = "For people: text, markdown, html (one printed page). For name servers: zone (full names), bind "
	          "($ORIGIN), cloudflare, route53, nsupdate, powershell. For programs: json.",
	  .fallback = "text", .words = format_words },
	{ "lang", 0, OPT_STRING, SHEET(lang), "LANG", .text = "en or de.", .fallback = "en" },
	{ "provider", 0, OPT_STRING, SHEET(provider), "NAME",
	  .text = "cloudflare, route53, godaddy, ionos, hetzner, ovh, microsoft: host and value as its forms want "
	          "them." },
	{ "zone", 0, OPT_STRING, SHEET(zone), "APEX",
	  .text = "The zone that contains the domain. Default: the domain itself." },
	{ "contact", 0, OPT_STRING, SHEET(contact), "TEXT",
	  .text = "Who answers questions. Default: the person who sent the sheet." },
	{ "rua", 0, OPT_STRING, SHEET(rua), "ADDRESS",
	  .text = "Add a first DMARC record, p=none, with reports to this address, with or without mailto: "
	          "before it. If another zone gets them, the record that it needs is printed too." },
	{ "spf", 0, OPT_LIST, SHEET(spf), "TERM",
	  .text = "The SPF record must have this term: include:NAME, ip4:ADDRESS ..., or next-hop, which is what the "
	          "mail service that is the next hop needs.", .max = SHEET_SPF_MAX },
	{ "existing-spf", 0, OPT_STRING, SHEET(existing_spf), "TEXT",
	  .text = "The SPF record that exists now: the sheet shows the change. Formats for name servers leave it to "
	          "people, because they only add records. Without it the sheet has a new record, which must be "
	          "added only if none exists." },
	{ "cname", 0, OPT_STRING, SHEET(cname), "ZONE", .text = "As if the domain had been added with it." },
	{ "for", 0, OPT_CHOICE, AT(reader), "READER",
	  .text = "With operator the records of that zone of yours, to which the CNAMEs lead.",
	  .fallback = "customer", .words = readers },
	{ "output", 'o', OPT_STRING, AT(output), "FILE",
	  .text = "Write to this file instead of standard output. A file that exists is not overwritten ..." },
	{ "force", 0, OPT_FLAG, AT(force), NULL, .text = "... unless this is given." },
	{ "dry-run", 'n', OPT_FLAG, AT(dry_run), NULL,
	  .text = "With -o: make the sheet, show how large it is, and write nothing." },
	OPTIONS_END
};

static int
write_file(const struct handover_request *r, struct seal_span text, struct result *result)
{
	const enum tool_replace replace = r->force ? TOOL_REPLACE : TOOL_NEVER_REPLACE;

	result_set(result, json_pack("{s:o, s:I, s:b}", "file", tool_json_span(seal_span_text(r->output)), "octets",
	                             (json_int_t)text.len, "dry_run", r->dry_run));
	if (!r->dry_run)
		return tool_write_file(r->output, text, replace);
	if (tool_may_write(r->output, replace) != TOOL_OK)
		return TOOL_IO;
	fprintf(result->text, "%s: %zu bytes (not written)\n", r->output, text.len);
	return TOOL_OK;
}

/* All of it in memory first: half a sheet is none. */
static int
write_sheet(const struct handover_request *r, const struct sheet *s, struct result *result)
{
	const bool as_json = result->json && r->format == FORMAT_TEXT;
	char *text = NULL;
	size_t len = 0;
	FILE *to = open_memstream(&text, &len);
	bool ok = to != NULL && formats[as_json ? FORMAT_JSON : r->format].put(to, s);
	int code = TOOL_IO;

	if (to != NULL && fclose(to) != 0)
		ok = false;
	if (ok && r->output != NULL) {
		code = write_file(r, seal_span((const uint8_t *)text, len), result);
	} else if (ok) {
		result_set(result, sheet_json(s));
		(void)fwrite(text, 1, len, result->text);
		code = TOOL_OK;
	}
	free(text);
	return code;
}

int
handover(const struct handover_request *r, struct result *result)
{
	struct sheet_request request = r->sheet;
	struct sheet sheet;
	int code;

	request.for_operator = r->reader == FOR_OPERATOR;
	result_set(result, json_pack("{s:o}", "domain", tool_json_span(seal_span_text(request.domain))));
	code = sheet_make(&sheet, &request);
	if (code == TOOL_OK)
		code = write_sheet(r, &sheet, result);
	sheet_free(&sheet);
	return code;
}

static int
start(const void *request, struct result *result)
{
	return handover(request, result);
}

const struct tool_command tool_handover = {
	.name = "handover", .summary = "Write the sheet for those who manage a customer's DNS",
	.options = options, .request_size = sizeof(struct handover_request), .start = start,
	.help =
		"Errors of the configuration are warnings. Exit codes: 3 the domain has no key that can be\n"
		"read, 4 a key file cannot be read, 5 the sheet cannot be written.\n",
	.json =
		"{ domain, zone, for, date, valid_until, contact, provider, records: [ { purpose, type, name,\n"
		"  host, ttl, value, rdata, strings, selector, state } ], spf: { name, existing, merged },\n"
		"  report: { zone, type, name, ttl, value }, verify: { link, command } }\n"
		"purpose is dkim, next, old, target, dmarc or spf; report is the record that the zone of --rua\n"
		"needs. With -o FILE: { file, octets, dry_run }; then the file has the sheet, as JSON unless\n"
		"--format names another format.\n"
};
