/* SPDX-License-Identifier: Apache-2.0 */
#include "tools/mailseal/sheet/request.h"

#include <string.h>

#include "engine/base/ascii.h"
#include "tools/mailseal/records/text.h"

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
is_address(const char *text)
{
	const char *at = strchr(text, '@');
	bool ok = at != NULL && at > text && at[1] != '\0';

	for (const char *c = text; ok && *c != '\0'; c++)
		ok = seal_is_let_dig((uint8_t)*c) || strchr("-_.+=", *c) != NULL || c == at;
	return ok;
}

static bool
take_rua(struct sheet *s, const char *text)
{
	const size_t scheme = strlen(SHEET_MAILTO);
	const char *address = strncmp(text, SHEET_MAILTO, scheme) == 0 ? text + scheme : text;

	if (is_address(address))
		s->rua = text_format(SHEET_MAILTO "%s", address);
	return s->rua != NULL;
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
	else if (r->rua != NULL && !take_rua(s, r->rua))
		tool_error("--rua: expected ADDRESS or mailto:ADDRESS, found %s", r->rua);
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

bool
request_judge(struct sheet *s)
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
	if (name_within(s->domain.text, s->zone.text))
		return true;
	tool_error("--zone: %s is not in the zone %s", s->domain.text, s->zone.text);
	return false;
}
