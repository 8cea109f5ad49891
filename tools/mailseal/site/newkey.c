/* SPDX-License-Identifier: Apache-2.0 */
#include "tools/mailseal/site/newkey.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tools/mailseal/records/text.h"
#include "tools/mailseal/site/inventory.h"
#include "tools/mailseal/site/selector.h"

#define KEYS_MAX 2u

/* The next key takes over when its record has been published for a year, or when this line is removed. */
#define NEXT_HOLD "365d"

struct plan {
	const struct newkey_request *request;
	struct site *site;
	struct site_name domain;
	struct site_date today;
	struct planned {
		struct selector selector;
		char *file;           /* as the configuration names it */
		char *path;
		bool made;
	} keys[KEYS_MAX];
	size_t num_keys;
	struct site_name zone;        /* where CNAMEs lead; "": none               */
	bool reuse;                   /* a name may come back when its key is gone */
	bool on_device;               /* as requested, or as the newest key is     */
};

/* --- names -------------------------------------------------------------- */

static char *
file_name(const struct plan *p, const char *selector, const char *more)
{
	char *name = NULL;

	if (asprintf(&name, "%s.%s%s.pem", p->domain.text, selector, more) >= 0)
		return name;
	tool_error("no memory for a file name");
	exit(TOOL_IO);
}

static bool
exists(const struct plan *p, const char *file)
{
	char *path = tool_path(p->site->file.directory, file);
	const bool there = access(path, F_OK) == 0 || errno != ENOENT;

	free(path);
	return there;
}

static bool
is_in_configuration(const struct plan *p, const char *selector)
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

/* A chosen name may be used again when its key is gone, and the name of a customer's CNAME must be. Any other name is
 * used once: a file shows that it has been in DNS. */
static bool
is_taken(void *ctx, const char *selector)
{
	const struct plan *p = ctx;
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
plan_key(struct plan *p)
{
	const struct newkey_request *r = p->request;
	const char *usual = r->site != NULL ? SELECTOR_SITED
	                    : p->zone.text[0] != '\0' ? SELECTOR_CNAME : SELECTOR_DATED;
	struct planned *key = &p->keys[p->num_keys];
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

/* --- the text ----------------------------------------------------------- */

/* Settings that a new key does not share with the newest one of its domain. */
static bool
is_own(struct seal_span name)
{
	static const char *const own[] = { "selector", "key", "made", "activation", "hold" };

	for (size_t i = 0; i < sizeof own / sizeof own[0]; i++) {
		if (seal_span_equal(name, seal_span_text(own[i])))
			return true;
	}
	return false;
}

static bool
is_wrong(const struct config_file *f, const struct document_entry *e)
{
	for (size_t i = 0; i < f->reading.num_faults; i++) {
		const size_t line = document_line_at(&f->document, f->reading.faults[i].offset);

		if (line >= e->line && line < e->end)
			return true;
	}
	return false;
}

static void
put_settings(FILE *to, const struct config_file *f, const struct document_section *like)
{
	struct document_entry e;

	for (size_t i = like->heading + 1; i < like->end; i++) {
		if (f->document.lines[i].kind != DOCUMENT_KEY || !document_entry_at(&f->document, i, &e))
			continue;
		for (; !is_own(e.name) && !is_wrong(f, &e) && i < e.end; i++) {
			const struct seal_span line = f->document.lines[i].text;

			fprintf(to, "%.*s\n", (int)line.len, (const char *)line.ptr);
		}
		i = e.end - 1;
	}
}

static void
put_section(FILE *to, const struct plan *p, const struct planned *key, const struct document_section *like)
{
	const char *cname = p->zone.text;

	fprintf(to, "[domain %s]\n", p->domain.text);
	if (cname[0] != '\0')
		fprintf(to, "# mailseal: cname = %s\n", cname);
	fprintf(to, "selector = %s\nkey = %s\nmade = %s\nactivation = %s\n", key->selector.text, key->file,
	        p->today.dashed, p->request->manual ? "manual" : "dns");
	if (key != &p->keys[0] || p->request->what == NEWKEY_NEXT)
		fputs("hold = " NEXT_HOLD "\n", to);
	if (like != NULL)
		put_settings(to, &p->site->file, like);
}

/* After the newest section of the domain, or at the end of the document. */
static void
add_sections(struct plan *p, const struct document_section *newest)
{
	char *lines = NULL;
	size_t len = 0;
	FILE *to = open_memstream(&lines, &len);

	for (size_t i = 0; to != NULL && i < p->num_keys; i++) {
		fputs(i > 0 ? "\n" : "", to);
		put_section(to, p, &p->keys[i], newest);
	}
	if (to == NULL || fclose(to) != 0) {
		tool_error("no memory for the new sections");
		exit(TOOL_IO);
	}
	if (p->num_keys > 0)
		document_add_section(&p->site->file.document, newest, lines);
	free(lines);
}

/* --- the whole change --------------------------------------------------- */

static int
make_files(struct plan *p)
{
	for (size_t i = 0; i < p->num_keys && !p->on_device; i++) {
		const int code = record_make_key((unsigned)p->request->bits, p->keys[i].path);

		if (code != TOOL_OK)
			return code;
		p->keys[i].made = true;
	}
	return TOOL_OK;
}

static void
undo_files(const struct plan *p)
{
	for (size_t i = 0; i < p->num_keys; i++) {
		if (p->keys[i].made)
			unlink(p->keys[i].path);
	}
}

/* The one next command. */
static void
advise(const struct plan *p)
{
	if (permit_client_advise(p->site, p->domain.text))
		return;
	if (p->on_device)
		tool_error("next: mailseal image %s ..., and when the device has created the keys: mailseal key adopt "
		           "-c %s LOG", p->site->path, p->site->path);
	else
		tool_error("next: mailseal handover %s -c %s", p->domain.text, p->site->path);
}

/* The state that key list will show. */
static const char *
planned_state(const struct plan *p, size_t i)
{
	if (i > 0 || p->request->what == NEWKEY_NEXT)
		return site_state_text(SITE_NEXT);
	return site_state_text(p->request->manual ? SITE_WAITING : SITE_SIGNING);
}

static json_t *
planned_json(const struct plan *p)
{
	json_t *keys = json_array();

	for (size_t i = 0; i < p->num_keys; i++) {
		json_array_append_new(keys, json_pack("{s:s, s:s, s:s, s:s?, s:I}", "domain", p->domain.text,
		                                      "selector", p->keys[i].selector.text, "state",
		                                      planned_state(p, i), "file",
		                                      p->on_device ? NULL : p->keys[i].path, "bits",
		                                      (json_int_t)p->request->bits));
	}
	return keys;
}

static json_t *
made_json(const struct plan *p, int *code)
{
	json_t *keys = json_array();
	struct inventory inv;

	*code = inventory_take(&inv, p->site, p->domain.text);
	for (size_t i = 0; i < inv.num_keys; i++) {
		for (size_t k = 0; k < p->num_keys; k++) {
			if (strcmp(inv.keys[i].selector, p->keys[k].selector.text) == 0 &&
			    inv.keys[i].state != SITE_REVOKED)
				json_array_append_new(keys, inventory_json(&inv.keys[i]));
		}
	}
	inventory_free(&inv);
	return keys;
}

static int
report_json(const struct plan *p)
{
	int code = TOOL_OK;
	json_t *keys = p->request->dry_run ? planned_json(p) : made_json(p, &code);
	const int printed = tool_print_json(json_pack("{s:s, s:s, s:b, s:s?, s:o}", "domain", p->domain.text,
	                                              "configuration", p->site->path, "dry_run",
	                                              p->request->dry_run, "client", p->request->client.name,
	                                              "keys", keys));

	return code == TOOL_OK ? printed : code;
}

static int
report(const struct plan *p)
{
	if (p->request->json)
		return report_json(p);
	for (size_t i = 0; i < p->num_keys; i++)
		printf("%s  %-8s %s  %s%s\n", p->domain.text, planned_state(p, i), p->keys[i].selector.text,
		       p->on_device ? "device" : p->keys[i].path, p->request->dry_run ? "  (not created)" : "");
	if (p->num_keys == 0)
		printf("%s  client   %s%s\n", p->domain.text, p->request->client.name,
		       p->request->dry_run ? "  (not changed)" : "");
	return tool_finish_output();
}

/* The newest section of the domain that has a key, or NULL. */
static const struct document_section *
find_newest(const struct plan *p)
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
is_for_client_alone(const struct plan *p, const struct document_section *newest)
{
	const struct newkey_request *const r = p->request;

	return r->what == NEWKEY_FIRST && newest != NULL && r->client.name != NULL &&
	       !permit_client_may(p->site, r->client.name, p->domain.text);
}

/* What the domain has must be what the command is for. */
static int
judge_domain(const struct plan *p, const struct document_section *newest)
{
	if (p->request->what == NEWKEY_FIRST && newest != NULL && !is_for_client_alone(p, newest))
		tool_error("%s: %s has a key already; to create another one: mailseal key next %s -c %s", p->site->path,
		           p->domain.text, p->domain.text, p->site->path);
	else if (p->request->what == NEWKEY_NEXT && newest == NULL)
		tool_error("%s: %s has no key yet; to create the first ones: mailseal domain add %s -c %s",
		           p->site->path, p->domain.text, p->domain.text, p->site->path);
	else
		return TOOL_OK;
	return TOOL_CONFIG;
}

/* The zone for CNAMEs as it was given, or as the newest key has it; "": none. */
static bool
find_zone(struct plan *p, const struct document_section *newest)
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
is_on_device(const struct plan *p, const struct document_section *newest)
{
	struct document_entry key;

	return p->request->on_device ||
	       (newest != NULL && document_find(&p->site->file.document, newest, "key", &key) &&
	        seal_span_equal(key.value, SEAL_SPAN("device")));
}

static int
plan_keys(struct plan *p, const struct document_section *newest)
{
	const size_t count = is_for_client_alone(p, newest) ? 0 : p->request->what == NEWKEY_FIRST ? 2 : 1;

	if (!find_zone(p, newest))
		return TOOL_USAGE;
	p->on_device = is_on_device(p, newest);
	while (p->num_keys < count) {
		if (!plan_key(p))
			return TOOL_USAGE;
	}
	return TOOL_OK;
}

static int
change(struct plan *p)
{
	const struct document_section *const newest = find_newest(p);
	int code = judge_domain(p, newest);

	if (code == TOOL_OK)
		code = plan_keys(p, newest);
	if (code != TOOL_OK)
		return code;
	add_sections(p, newest);
	code = permit_client(p->site, &p->request->client, p->domain.text);
	if (code == TOOL_OK)
		code = site_settle(p->site);
	if (code != TOOL_OK || p->request->dry_run)
		return code;
	code = make_files(p);
	if (code == TOOL_OK)
		code = site_commit(p->site);
	if (code != TOOL_OK)
		undo_files(p);
	return code;
}

int
newkey_run(const struct newkey_request *r)
{
	struct site site;
	struct plan plan = {
		.request = r,
		.site = &site,
		.domain = site_name(r->domain, "DOMAIN"),
		.today = site_date(site_now())
	};
	int code;

	if (plan.domain.text[0] == '\0' || !permit_client_check(&r->client))
		return TOOL_USAGE;
	code = site_open(&site, r->config, r->dry_run ? SITE_PLAN : SITE_CHANGE);
	if (code == TOOL_OK)
		code = change(&plan);
	if (code == TOOL_OK)
		code = report(&plan);
	if (code == TOOL_OK && !r->dry_run)
		advise(&plan);
	for (size_t i = 0; i < KEYS_MAX; i++) {
		free(plan.keys[i].file);
		free(plan.keys[i].path);
	}
	site_close(&site);
	return code;
}
