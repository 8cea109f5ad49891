/* SPDX-License-Identifier: Apache-2.0
 *
 * handover.c - the sheet for those who manage a customer's DNS.
 */
#include <stdlib.h>
#include <string.h>

#include "tools/mailseal/sheet/formats.h"

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

struct order {
	struct sheet_request request;
	const struct format *format;
	const char *output;      /* NULL: stdout */
	bool force, dry_run;
};

enum {
	OPT_LANG = 256,
	OPT_PROVIDER,
	OPT_CONTACT,
	OPT_ZONE,
	OPT_EXISTING,
	OPT_SPF,
	OPT_RUA,
	OPT_FORCE,
	OPT_CNAME,
	OPT_FOR,
	OPT_JSON
};

static bool
take_format(struct order *o, const char *name)
{
	for (size_t i = 0; i < num_formats; i++) {
		if (strcmp(formats[i].name, name) == 0) {
			o->format = &formats[i];
			return true;
		}
	}
	tool_error("--format: expected text, markdown, html, zone, bind, cloudflare, route53, nsupdate, powershell or "
	           "json, found %s", name);
	return false;
}

static bool
take_reader(struct order *o, const char *name)
{
	o->request.for_operator = strcmp(name, "operator") == 0;
	if (o->request.for_operator || strcmp(name, "customer") == 0)
		return true;
	tool_error("--for: expected customer or operator, found %s", name);
	return false;
}

static bool
take_spf(struct order *o, const char *term)
{
	if (o->request.num_spf == SHEET_SPF_MAX) {
		tool_error("--spf: at most %u", SHEET_SPF_MAX);
		return false;
	}
	o->request.spf[o->request.num_spf++] = term;
	return true;
}

static bool
take_option(struct order *o, int option)
{
	struct sheet_request *r = &o->request;

	switch (option) {
	case 'c': r->config = optarg; return true;
	case 'o': o->output = optarg; return true;
	case 'n': o->dry_run = true; return true;
	case 'f': return take_format(o, optarg);
	case OPT_JSON: return take_format(o, "json");
	case OPT_LANG: r->lang = optarg; return true;
	case OPT_PROVIDER: r->provider = optarg; return true;
	case OPT_CONTACT: r->contact = optarg; return true;
	case OPT_ZONE: r->zone = optarg; return true;
	case OPT_EXISTING: r->existing_spf = optarg; return true;
	case OPT_SPF: return take_spf(o, optarg);
	case OPT_RUA: r->rua = optarg; return true;
	case OPT_CNAME: r->cname = optarg; return true;
	case OPT_FOR: return take_reader(o, optarg);
	case OPT_FORCE: o->force = true; return true;
	default: return false;
	}
}

static bool
read_options(int argc, char **argv, struct order *o)
{
	static const struct option options[] = {
		{ "config", required_argument, NULL, 'c' },
		{ "output", required_argument, NULL, 'o' },
		{ "format", required_argument, NULL, 'f' },
		{ "json", no_argument, NULL, OPT_JSON },
		{ "lang", required_argument, NULL, OPT_LANG },
		{ "provider", required_argument, NULL, OPT_PROVIDER },
		{ "contact", required_argument, NULL, OPT_CONTACT },
		{ "zone", required_argument, NULL, OPT_ZONE },
		{ "existing-spf", required_argument, NULL, OPT_EXISTING },
		{ "spf", required_argument, NULL, OPT_SPF },
		{ "rua", required_argument, NULL, OPT_RUA },
		{ "cname", required_argument, NULL, OPT_CNAME },
		{ "for", required_argument, NULL, OPT_FOR },
		{ "force", no_argument, NULL, OPT_FORCE },
		{ "dry-run", no_argument, NULL, 'n' },
		{ NULL, 0, NULL, 0 }
	};
	int option;

	*o = (struct order){ .request = { .config = SITE_CONFIG }, .format = &formats[0] };
	while ((option = tool_option(argc, argv, options)) != -1) {
		if (!take_option(o, option))
			return false;
	}
	if (!tool_arguments(argc, 1, "a domain"))
		return false;
	o->request.domain = argv[optind];
	return true;
}

/* The sheet goes to a file: stdout is there to say what would be written. */
static int
plan(const struct order *o, size_t len, enum tool_replace replace)
{
	const int code = tool_may_write(o->output, replace);

	if (code != TOOL_OK)
		return code;
	if (o->format->put == format_json)
		return tool_print_json(json_pack("{s:o, s:I, s:b}", "file", tool_json_span(seal_span_text(o->output)),
		                                 "octets", (json_int_t)len, "dry_run", true));
	printf("%s: %zu octets (not written)\n", o->output, len);
	return tool_finish_output();
}

/* All of it in memory first: half a sheet is none. */
static int
write_sheet(const struct order *o, const struct sheet *s)
{
	const enum tool_replace replace = o->force ? TOOL_REPLACE : TOOL_NEVER_REPLACE;
	char *text = NULL;
	size_t len = 0;
	FILE *to = open_memstream(&text, &len);
	bool ok = to != NULL && o->format->put(to, s);
	int code = TOOL_IO;

	if (to != NULL && fclose(to) != 0)
		ok = false;
	if (ok && o->output != NULL && o->dry_run)
		code = plan(o, len, replace);
	else if (ok && o->output != NULL)
		code = tool_write_file(o->output, seal_span((const uint8_t *)text, len), replace);
	else if (ok && fwrite(text, 1, len, stdout) <= len)
		code = tool_finish_output();
	free(text);
	return code;
}

static int
run(int argc, char **argv)
{
	struct order order;
	struct sheet sheet;
	int code;

	if (!read_options(argc, argv, &order))
		return TOOL_USAGE;
	code = sheet_make(&sheet, &order.request);
	if (code == TOOL_OK)
		code = write_sheet(&order, &sheet);
	sheet_free(&sheet);
	return code;
}

const struct tool_command tool_handover = {
	"handover", "DOMAIN [-c CONF] [--format F] [--lang en|de] [-o FILE] ...",
	"Write the sheet for those who manage a customer's DNS",
	"  -c, --config CONF    default: gateway.conf; what is on the sheet comes from it and its keys\n"
	"  -f, --format F       for people: text (default), markdown, html (one page when printed);\n"
	"                       for name servers: zone (full names), bind ($ORIGIN), cloudflare,\n"
	"                       route53, nsupdate, powershell; for programs: json (also --json)\n"
	"  --lang L             en (default) or de\n"
	"  --provider NAME      cloudflare, route53, godaddy, ionos, hetzner, ovh, microsoft: host and\n"
	"                       value as its forms want them\n"
	"  --zone APEX          the zone that the domain lies in; default: the domain itself\n"
	"  --contact TEXT       who answers questions\n"
	"  --rua mailto:ADDRESS adds a first DMARC record, p=none, with reports to there\n"
	"  --spf TERM           include:NAME, ip4:ADDRESS ...: what their SPF record must have; may be\n"
	"                       repeated; next-hop: what the mail service wants that is the next hop\n"
	"  --existing-spf TEXT  the SPF record they have now: the sheet shows the change. Formats for\n"
	"                       name servers leave that to people: they only ever add records\n"
	"  --cname ZONE         as if the domain had been added with it\n"
	"  --for operator       the records of that zone of yours, where the CNAMEs lead\n"
	"  -o, --output FILE    instead of standard output; a file that exists stays\n"
	"  --force              unless this is given\n"
	"  -n, --dry-run        with -o: make the sheet, say how large it is, and write nothing; as JSON\n"
	"                       { file, octets, dry_run }\n"
	"\n"
	"json: { domain, zone, for, date, valid_until, contact, provider, records: [ { purpose, type,\n"
	"name, host, ttl, value, rdata, strings, selector, state } ], spf: { name, existing, merged },\n"
	"verify: { link, command } }; purpose is dkim, next, old, target, dmarc or spf.\n",
	.run = run
};
