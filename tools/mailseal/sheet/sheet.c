/* SPDX-License-Identifier: Apache-2.0 */
#include "tools/mailseal/sheet/sheet.h"

#include <stdlib.h>
#include <string.h>

#include "tools/mailseal/checks/next_hop.h"
#include "tools/mailseal/records/text.h"
#include "tools/mailseal/sheet/request.h"
#include "tools/mailseal/sheet/spf_change.h"

#define DAY_S 86400
#define COMMAND "nslookup -type=%s %s"

const struct provider providers[] = {
	{ "cloudflare", "Cloudflare", "@", PROVIDER_PLAIN,
	  "https://developers.cloudflare.com/dns/manage-dns-records/how-to/create-dns-records/" },
	{ "route53", "Amazon Route 53", "", PROVIDER_STRINGS,
	  "https://docs.aws.amazon.com/Route53/latest/DeveloperGuide/resource-record-sets-creating.html" },
	{ "godaddy", "GoDaddy", "@", PROVIDER_PLAIN, "https://www.godaddy.com/help/add-a-txt-record-19232" },
	{ "ionos", "IONOS", "@", PROVIDER_PLAIN, "https://www.ionos.com/help/domains/" },
	{ "hetzner", "Hetzner", "@", PROVIDER_STRINGS, "https://docs.hetzner.com/networking/dns/" },
	{ "ovh", "OVHcloud", "", PROVIDER_PLAIN,
	  "https://docs.ovhcloud.com/en/guides/web-cloud/domains/dns-zone-dkim" },
	{ "microsoft", "Microsoft DNS", "", PROVIDER_LINES,
	  "https://learn.microsoft.com/windows-server/networking/dns/manage-resource-records" }
};

const size_t num_providers = sizeof providers / sizeof providers[0];

/* --- texts -------------------------------------------------------------- */

void
sheet_put(FILE *to, const struct sheet *s, const char *key, const char *argument, words_escape escape)
{
	const struct words_name names[] = {
		{ "domain", s->domain.text },
		{ "zone", s->zone.text },
		{ "provider", s->provider != NULL ? s->provider->title : "" },
		{ "rua", s->rua != NULL ? s->rua + strlen(SHEET_MAILTO) : "" },
		{ "reports", s->report_zone },
		{ "1", argument }
	};
	const struct words words = { s->lang, names, sizeof names / sizeof names[0] };

	words_put(to, &words, key, escape);
}

const char *
sheet_kind_text(enum sheet_kind kind)
{
	static const char *const texts[] = { "dkim", "next", "old", "target", "dmarc", "spf", "report" };

	return texts[kind];
}

/* --- contents ----------------------------------------------------------- */

bool
sheet_has(const struct sheet *s, enum sheet_kind kind)
{
	for (size_t i = 0; i < s->num_records; i++) {
		if (s->records[i].kind == kind)
			return true;
	}
	return false;
}

struct sheet_keys
sheet_entry_texts(const struct sheet *s)
{
	const bool has_apex = s->spf_merged != NULL && strcmp(s->domain.text, s->zone.text) == 0;
	const bool has_sign = s->provider == NULL || s->provider->apex[0] != '\0';
	struct sheet_keys texts = { { "do.text" } };
	size_t num = 1;

	if (sheet_has(s, SHEET_DMARC) || sheet_has(s, SHEET_SPF))
		texts.keys[num++] = "do.only";
	texts.keys[num++] = "host.text";
	if (has_apex)
		texts.keys[num++] = has_sign ? "host.apex" : "host.empty";
	return texts;
}

bool
sheet_has_step(const struct sheet *s, const struct words_step *step)
{
	if (strcmp(step->name, "spf") == 0)
		return s->spf_merged != NULL;
	return strcmp(step->name, "dmarc") != 0 || sheet_has(s, SHEET_DMARC);
}

/* With CNAMEs the keys' records change in the operator's zone only. */
const char *
sheet_step_who(const struct sheet *s, const struct words_step *step)
{
	if (strcmp(step->name, "next") != 0 && strcmp(step->name, "old") != 0)
		return step->who;
	for (size_t i = 0; i < s->num_records; i++) {
		if (s->records[i].key != NULL && strcmp(s->records[i].type, "CNAME") != 0)
			return step->who;
	}
	return "you";
}

void
sheet_put_command(FILE *to, const struct sheet_record *r)
{
	fprintf(to, COMMAND, r->type, r->name);
}

/* --- names -------------------------------------------------------------- */

static bool
is_below(const char *name, const char *zone)
{
	const size_t name_len = strlen(name);
	const size_t zone_len = strlen(zone);

	return name_len > zone_len && name[name_len - zone_len - 1] == '.' &&
	       strcmp(name + name_len - zone_len, zone) == 0;
}

void
sheet_put_host(FILE *to, const struct sheet *s, const char *name, const char *zone)
{
	const size_t name_len = strlen(name);

	if (strcmp(name, zone) == 0)
		fputs(s->provider != NULL ? s->provider->apex : "@", to);
	else if (is_below(name, zone))
		fprintf(to, "%.*s", (int)(name_len - strlen(zone) - 1), name);
	else
		fprintf(to, "%s.", name);
}

/* "co.uk" and similar names cannot be a customer's zone. */
static bool
is_registry(const char *name)
{
	const char *dot = strchr(name, '.');

	return dot == NULL || (dot - name <= 3 && strlen(dot + 1) == 2);
}

const char *
sheet_other_zone(const struct sheet *s)
{
	const char *dot = strchr(s->domain.text, '.');

	if (s->request->zone != NULL || s->request->for_operator || dot == NULL || is_registry(dot + 1))
		return NULL;
	return dot + 1;
}

void
sheet_put_value(FILE *to, const struct sheet *s, const struct sheet_record *r)
{
	const enum provider_value form = s->provider != NULL ? s->provider->value : PROVIDER_PLAIN;
	struct seal_span rest = seal_span_text(r->value);

	if (strcmp(r->type, "TXT") == 0 && form == PROVIDER_STRINGS) {
		record_put_strings(to, r->value, " ");
	} else if (form == PROVIDER_LINES) {
		while (rest.len > 0) {
			const struct seal_span piece = seal_span_first(rest, RECORD_STRING_MAX);

			rest = seal_span_from(rest, piece.len);
			fprintf(to, "%.*s%s", (int)piece.len, (const char *)piece.ptr, rest.len > 0 ? "\n" : "");
		}
	} else {
		fputs(r->value, to);
	}
}

/* --- records ------------------------------------------------------------ */

static struct sheet_record *
add(struct sheet *s, enum sheet_kind kind, const char *name, const char *type, char *value)
{
	struct sheet_record *r;

	s->records = realloc(s->records, (s->num_records + 1) * sizeof *s->records);
	if (s->records == NULL || value == NULL) {
		tool_error("no memory for the records");
		exit(TOOL_IO);
	}
	r = &s->records[s->num_records++];
	*r = (struct sheet_record){ .kind = kind, .name = strdup(name), .type = type, .value = value };
	return r;
}

static char *
join(const char *a, const char *b, const char *c)
{
	char *text = NULL;

	return asprintf(&text, "%s%s%s", a, b, c) < 0 ? NULL : text;
}

static void
add_key(struct sheet *s, const struct inventory_key *key, enum sheet_kind kind)
{
	const struct inventory_name name = inventory_name(key);
	struct inventory_name target;

	if (key->delegated == NULL) {
		add(s, kind, name.text, "TXT", strdup(key->value.text))->key = key;
		return;
	}
	target = inventory_target(key);
	if (s->request->for_operator)
		add(s, SHEET_TARGET, target.text, "TXT", strdup(key->value.text))->key = key;
	else
		add(s, kind, name.text, "CNAME", join(target.text, ".", ""))->key = key;
}

static bool
judge_key(const struct sheet *s, const struct inventory_key *key)
{
	if (key->value.text[0] == '\0')
		tool_error("%s: key of the device is unknown; see: mailseal help key adopt", key->selector);
	else if (key->delegated != NULL && strlen(inventory_target(key).text) > RECORD_NAME_MAX)
		tool_error("%s: a DNS name has at most %u octets", inventory_target(key).text, RECORD_NAME_MAX);
	else if (key->delegated == NULL && s->request->for_operator)
		tool_error("--for operator: %s is not published by CNAME; see --cname", key->selector);
	else
		return true;
	return false;
}

/* The signing key comes first, independent of the order in the configuration. */
static int
add_keys(struct sheet *s)
{
	static const struct {
		enum site_state state;
		enum sheet_kind kind;
	} order[] = {
		{ SITE_SIGNING, SHEET_DKIM }, { SITE_WAITING, SHEET_DKIM }, { SITE_NEXT, SHEET_NEXT },
		{ SITE_RETIRING, SHEET_OLD }
	};

	for (size_t o = 0; o < sizeof order / sizeof order[0]; o++) {
		for (size_t i = 0; i < s->inventory.num_keys; i++) {
			const struct inventory_key *key = &s->inventory.keys[i];

			if (key->state != order[o].state)
				continue;
			if (!judge_key(s, key))
				return key->value.text[0] == '\0' ? TOOL_CONFIG : TOOL_USAGE;
			add_key(s, key, order[o].kind);
		}
	}
	if (s->num_records > 0)
		return TOOL_OK;
	tool_error("%s: %s has no key; create one with: mailseal domain add %s", s->site.path, s->domain.text,
	           s->domain.text);
	return TOOL_CONFIG;
}

/* Another zone must agree to get reports (RFC 9990). */
static void
add_report(struct sheet *s, const char *zone)
{
	if (name_within(zone, s->zone.text))
		return;
	s->report_zone = zone;
	s->report = (struct sheet_record){
		.kind = SHEET_REPORT, .name = text_format("%s._report._dmarc.%s", s->domain.text, zone), .type = "TXT",
		.value = text_format("v=DMARC1")
	};
	tool_note(NULL, "for reports to %s, its zone must contain: %s. TXT \"%s\" (RFC 9990)", zone, s->report.name,
	          s->report.value);
}

static void
add_dmarc(struct sheet *s)
{
	char *name;

	if (s->rua == NULL)
		return;
	name = text_format("_dmarc.%s", s->domain.text);
	add(s, SHEET_DMARC, name, "TXT", text_format("v=DMARC1; p=none; rua=%s", s->rua));
	free(name);
	add_report(s, strchr(s->rua, '@') + 1);
}

/* Collects the terms, including that of the next hop if it was requested. */
static bool
find_spf(const struct sheet *s, const char *terms[SHEET_SPF_MAX])
{
	const struct spf_host *service = NULL;

	for (size_t i = 0; i < s->request->spf.num; i++) {
		terms[i] = s->request->spf.items[i];
		if (strcmp(terms[i], SPF_NEXT_HOP) != 0)
			continue;
		if (service == NULL)
			service = next_hop_service(&s->site.file, "--spf include:NAME or --spf ip4:ADDRESS");
		if (service == NULL)
			return false;
		terms[i] = service->term;
	}
	return true;
}

static bool
add_spf(struct sheet *s)
{
	const struct sheet_request *r = s->request;
	enum spf_change change = SPF_NO_CHANGE;
	const char *terms[SHEET_SPF_MAX];

	if (!find_spf(s, terms))
		return false;
	if (r->spf.num > 0)
		change = spf_change(r->existing_spf, terms, r->spf.num, &s->spf_merged);
	if (change == SPF_CHANGE && r->existing_spf == NULL) {
		add(s, SHEET_SPF, s->domain.text, "TXT", strdup(s->spf_merged));
		tool_note(NULL, "the sheet has a new SPF record, but two records break SPF; if %s already has one, "
		          "give it with --existing-spf", s->domain.text);
	} else if (change == SPF_CHANGE) {
		s->change = (struct sheet_record){
			.kind = SHEET_SPF, .name = text_format("%s", s->domain.text), .type = "TXT",
			.value = text_format("%s", s->spf_merged)
		};
	}
	return change != SPF_BAD;
}

static void
set_links(struct sheet *s)
{
	const struct inventory_key *key = s->records[0].key;

	(void)snprintf(s->link, sizeof s->link, "https://mxtoolbox.com/SuperTool.aspx?action=dkim%%3a%s%%3a%s",
	               key->domain, key->selector);
	(void)snprintf(s->command, sizeof s->command, COMMAND, s->records[0].type, s->records[0].name);
}

static int
collect(struct sheet *s)
{
	struct site_name zone = { "" };
	int code;

	if (s->request->cname != NULL) {
		zone = site_name(s->request->cname, "--cname");
		if (zone.text[0] == '\0')
			return TOOL_USAGE;
	}
	code = inventory_take(&s->inventory, &s->site, s->domain.text);
	for (size_t i = 0; zone.text[0] != '\0' && i < s->inventory.num_keys; i++) {
		free(s->inventory.keys[i].delegated);
		s->inventory.keys[i].delegated = strdup(zone.text);
	}
	if (code == TOOL_OK)
		code = add_keys(s);
	if (code != TOOL_OK)
		return code;
	if (s->request->for_operator)
		(void)snprintf(s->zone.text, sizeof s->zone.text, "%s", s->records[0].key->delegated);
	set_links(s);
	if (s->request->for_operator)
		return TOOL_OK;
	add_dmarc(s);
	return add_spf(s) ? TOOL_OK : TOOL_USAGE;
}

int
sheet_make(struct sheet *s, const struct sheet_request *request)
{
	int code;

	*s = (struct sheet){ .request = request, .site = { .lock = -1 }, .report_zone = "" };
	if (!request_judge(s))
		return TOOL_USAGE;
	s->made = site_date(site_now());
	s->until = site_date(site_now() + (int64_t)SHEET_VALID_DAYS * DAY_S);
	code = site_open(&s->site, request->config, SITE_READ);
	return code == TOOL_OK ? collect(s) : code;
}

static void
free_record(struct sheet_record *r)
{
	free(r->name);
	free(r->value);
}

void
sheet_free(struct sheet *s)
{
	for (size_t i = 0; i < s->num_records; i++)
		free_record(&s->records[i]);
	free(s->records);
	free_record(&s->change);
	free_record(&s->report);
	free(s->spf_merged);
	free(s->rua);
	inventory_free(&s->inventory);
	site_close(&s->site);
}
