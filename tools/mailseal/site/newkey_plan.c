/* SPDX-License-Identifier: Apache-2.0 */
#include "tools/mailseal/site/newkey_plan.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tools/mailseal/records/text.h"

/* --- names -------------------------------------------------------------- */

static char *
file_name(const struct newkey_plan *p, const char *selector, const char *more)
{
	char *name = NULL;

	if (asprintf(&name, "%s.%s%s.pem", p->domain.text, selector, more) >= 0)
		return name;
	tool_error("no memory for a file name");
	exit(TOOL_IO);
}

static bool
exists(const struct newkey_plan *p, const char *file)
{
	char *path = tool_path(p->site->file.directory, file);
	const bool there = access(path, F_OK) == 0 || errno != ENOENT;

	free(path);
	return there;
}

static bool
is_in_configuration(const struct newkey_plan *p, const char *selector)
{
	const struct document_section *section = NULL;
	struct document_entry entry;

	while ((section = site_next_section(p->site, p->domain.text, section)) != NULL) {
		if (document_find(&p->site->file.document, section, "selector", &entry) &&
		    seal_span_equal_nocase(entry.value, seal_span_text(selector)))
			return true;
	}
	return false;
}

/* A name that the user chose may be used again after its key was removed; the name of a customer's CNAME must be. Any
 * other name is used once: an existing file shows that it was published before. */
static bool
is_taken(void *ctx, const char *selector)
{
	const struct newkey_plan *p = ctx;
	char *file;
	bool taken = is_in_configuration(p, selector);

	for (size_t i = 0; i < p->num_keys; i++)
		taken = taken || strcasecmp(p->keys[i].selector.text, selector) == 0;
	if (taken || p->reuse)
		return taken;
	file = file_name(p, selector, "");
	taken = exists(p, file);
	free(file);
	return taken;
}

static bool
plan_key(struct newkey_plan *p)
{
	const struct newkey_request *r = p->request;
	const char *usual = r->site != NULL ? SELECTOR_SITED
	                    : p->zone.text[0] != '\0' ? SELECTOR_CNAME : SELECTOR_DATED;
	struct newkey_planned *key = &p->keys[p->num_keys];
	const struct selector_request request = {
		.template_text = selector_template(r->selector != NULL ? r->selector : usual, p->num_keys),
		.site = r->site,
		.date = p->today.plain,
		.is_taken = is_taken,
		.ctx = p
	};
	char suffix[sizeof p->today.plain + 1];

	p->reuse = p->zone.text[0] != '\0' ||
	           seal_span_find(request.template_text, '{') == request.template_text.len;
	if (p->num_keys > 0 &&
	    seal_span_equal_nocase(request.template_text, seal_span_text(p->keys[0].selector.text))) {
		tool_error("--selector: two keys need two names: use %s{n}, or %s1,%s2", p->keys[0].selector.text,
		           p->keys[0].selector.text, p->keys[0].selector.text);
		return false;
	}
	if (!selector_make(&request, &key->selector))
		return false;
	(void)snprintf(suffix, sizeof suffix, ".%s", p->today.plain);
	key->file = p->on_device ? text_format("device") : file_name(p, key->selector.text, "");
	if (!p->on_device && exists(p, key->file)) {
		free(key->file);
		key->file = file_name(p, key->selector.text, suffix);
	}
	key->path = tool_path(p->site->file.directory, key->file);
	p->num_keys++;
	return true;
}

/* --- what the domain has --------------------------------------------------------------------------- */

const struct document_section *
newkey_newest(const struct newkey_plan *p)
{
	const struct document_section *section = NULL;
	const struct document_section *newest = NULL;
	struct document_entry key;

	while ((section = site_next_section(p->site, p->domain.text, section)) != NULL) {
		if (document_find(&p->site->file.document, section, "key", &key))
			newest = section;
	}
	return newest;
}

/* A domain that has keys may still need a client. */
static bool
is_for_client_alone(const struct newkey_plan *p, const struct document_section *newest)
{
	const struct newkey_request *const r = p->request;

	return p->what == NEWKEY_FIRST && newest != NULL && r->client.name != NULL &&
	       !permit_client_may(p->site, r->client.name, p->domain.text);
}

/* The command must match the keys that the domain has. */
static int
judge_domain(const struct newkey_plan *p, const struct document_section *newest)
{
	if (p->what == NEWKEY_FIRST && newest != NULL && !is_for_client_alone(p, newest))
		tool_error("%s: %s already has a key; to create another one: mailseal key next %s -c %s", p->site->path,
		           p->domain.text, p->domain.text, p->site->path);
	else if (p->what == NEWKEY_NEXT && newest == NULL)
		tool_error("%s: %s has no key yet; to create the first ones: mailseal domain add %s -c %s",
		           p->site->path, p->domain.text, p->domain.text, p->site->path);
	else
		return TOOL_OK;
	return TOOL_CONFIG;
}

/* The zone for CNAMEs: from the request, or else the zone of the newest key; "": none. */
static bool
find_zone(struct newkey_plan *p, const struct document_section *newest)
{
	struct seal_span note = seal_span(NULL, 0);
	size_t line = 0;

	if (p->request->cname != NULL) {
		p->zone = site_name(p->request->cname, "--cname");
		return p->zone.text[0] != '\0';
	}
	if (newest != NULL && document_note(&p->site->file.document, newest, "cname", &line, &note))
		(void)snprintf(p->zone.text, sizeof p->zone.text, "%.*s", (int)note.len, (const char *)note.ptr);
	return true;
}

static bool
is_on_device(const struct newkey_plan *p, const struct document_section *newest)
{
	struct document_entry key;

	return p->request->on_device ||
	       (newest != NULL && document_find(&p->site->file.document, newest, "key", &key) &&
	        seal_span_equal(key.value, SEAL_SPAN("device")));
}

int
newkey_plan_keys(struct newkey_plan *p, const struct document_section *newest)
{
	const size_t count = is_for_client_alone(p, newest) ? 0 : p->what == NEWKEY_FIRST ? 2 : 1;
	const int code = judge_domain(p, newest);

	if (code != TOOL_OK)
		return code;
	if (!find_zone(p, newest))
		return TOOL_USAGE;
	p->on_device = is_on_device(p, newest);
	while (p->num_keys < count) {
		if (!plan_key(p))
			return TOOL_USAGE;
	}
	return TOOL_OK;
}
