/* SPDX-License-Identifier: Apache-2.0 */
#include "tools/mailseal/sheet/sheet.h"

#include <stdlib.h>
#include <string.h>

#include "engine/base/ascii.h"
#include "tools/mailseal/checks/next_hop.h"
#include "tools/mailseal/sheet/spf_change.h"

#define DAY_S 86400
#define MAILTO "mailto:"

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
		{ "1", argument }
	};
	const struct words words = { s->lang, names, sizeof names / sizeof names[0] };

	words_put(to, &words, key, escape);
}

const char *
sheet_kind_text(enum sheet_kind kind)
{
	static const char *const texts[] = { "dkim", "next", "old", "target", "dmarc", "spf" };

	return texts[kind];
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

/* --- the request -------------------------------------------------------- */

/* True if the text can be put between quotation marks in a zone file. */
static bool
is_harmless(const char *text)
{
	for (; *text != '\0'; text++) {
		if (*text < ' ' || *text > '~' || strchr("\"\\", *text) != NULL)
			return false;
	}
	return true;
}

static bool
all_harmless(const char *const *texts, size_t num)
{
	for (size_t i = 0; i < num; i++) {
		if (!is_harmless(texts[i]))
			return false;
	}
	return true;
}

static bool
is_rua(const char *text)
{
	const char *at = strchr(text, '@');
	bool ok = strncmp(text, MAILTO, strlen(MAILTO)) == 0 && at != NULL && at > text + strlen(MAILTO) &&
	          at[1] != '\0';

	for (const char *c = text + strlen(MAILTO); ok && *c != '\0'; c++)
		ok = seal_is_let_dig((uint8_t)*c) || strchr("-_.+=", *c) != NULL || c == at;
	return ok;
}

static bool
is_contact(const char *text)
{
	for (; *text != '\0'; text++) {
		if ((unsigned char)*text < ' ' || *text == 127)
			return false;
	}
	return true;
}

static const struct provider *
find_provider(const char *name)
{
	for (size_t i = 0; i < num_providers; i++) {
		if (strcmp(providers[i].name, name) == 0)
			return &providers[i];
	}
	return NULL;
}

static bool
judge_words(struct sheet *s, const struct sheet_request *r)
{
	if (r->contact != NULL && !is_contact(r->contact))
		tool_error("--contact: expected one line of text");
	else if (r->rua != NULL && !is_rua(r->rua))
		tool_error("--rua: expected mailto:NAME@DOMAIN, found %s", r->rua);
	else if (r->existing_spf != NULL && r->spf.num == 0)
		tool_error("--existing-spf: needs --spf, the terms to add");
	else if (r->existing_spf != NULL && !is_harmless(r->existing_spf))
		tool_error("--existing-spf: expected only the text of the record, without quotation marks");
	else if (!all_harmless(r->spf.items, r->spf.num))
		tool_error("--spf: expected include:NAME, ip4:ADDRESS and the like");
	else if (r->lang != NULL && !words_find_lang(r->lang, &s->lang))
		tool_error("--lang: expected en or de, found %s", r->lang);
	else if (r->provider != NULL && (s->provider = find_provider(r->provider)) == NULL)
		tool_error("--provider: expected cloudflare, route53, godaddy, ionos, hetzner, ovh or microsoft, "
		           "found %s", r->provider);
	else
		return true;
	return false;
}

static bool
judge_request(struct sheet *s)
{
	const struct sheet_request *r = s->request;

	if (r->lang == NULL && !words_find_lang("en", &s->lang))
		return false;
	if (!judge_words(s, r))
		return false;
	s->domain = site_name(r->domain, "DOMAIN");
	if (s->domain.text[0] == '\0')
		return false;
	s->zone = r->zone == NULL ? s->domain : site_name(r->zone, "--zone");
	if (s->zone.text[0] == '\0')
		return false;
	if (strcmp(s->domain.text, s->zone.text) == 0 || is_below(s->domain.text, s->zone.text))
		return true;
	tool_error("--zone: %s is not in the zone %s", s->domain.text, s->zone.text);
	return false;
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

static void
add_dmarc(struct sheet *s)
{
	char *name = join("_dmarc.", s->domain.text, "");
	const char *at;

	if (s->request->rua == NULL || name == NULL) {
		free(name);
		return;
	}
	add(s, SHEET_DMARC, name, "TXT", join("v=DMARC1; p=none; rua=", s->request->rua, ""));
	free(name);
	at = strchr(s->request->rua, '@') + 1;
	if (!is_below(at, s->zone.text) && strcmp(at, s->zone.text) != 0)
		tool_note(NULL, "for reports to %s, its zone must contain: %s._report._dmarc.%s. TXT \"v=DMARC1\" "
		           "(RFC 9990)", at, s->domain.text, at);
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
	if (change == SPF_CHANGE && r->existing_spf == NULL)
		add(s, SHEET_SPF, s->domain.text, "TXT", strdup(s->spf_merged));
	return change != SPF_BAD;
}

static void
set_links(struct sheet *s)
{
	const struct inventory_key *key = s->records[0].key;

	(void)snprintf(s->link, sizeof s->link, "https://mxtoolbox.com/SuperTool.aspx?action=dkim%%3a%s%%3a%s",
	               key->domain, key->selector);
	(void)snprintf(s->command, sizeof s->command, "nslookup -type=TXT %s", inventory_name(key).text);
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

	*s = (struct sheet){ .request = request, .site = { .lock = -1 } };
	if (!judge_request(s))
		return TOOL_USAGE;
	s->made = site_date(site_now());
	s->until = site_date(site_now() + (int64_t)SHEET_VALID_DAYS * DAY_S);
	code = site_open(&s->site, request->config, SITE_READ);
	return code == TOOL_OK ? collect(s) : code;
}

void
sheet_free(struct sheet *s)
{
	for (size_t i = 0; i < s->num_records; i++) {
		free(s->records[i].name);
		free(s->records[i].value);
	}
	free(s->records);
	free(s->spf_merged);
	inventory_free(&s->inventory);
	site_close(&s->site);
}
