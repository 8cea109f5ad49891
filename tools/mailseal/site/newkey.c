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

/* The next key takes over when its record has been seen for a year, or when somebody takes
 * this line away. */
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
	struct site_name zone;        /* where CNAMEs lead; "": none              */
	bool reuse;                   /* a name may come back when its key is gone */
	bool on_device;               /* as was asked for, or as the newest key is */
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
	const struct seal_config *config = &p->site->file.config;

	for (size_t i = 0; i < config->num_domains; i++) {
		if (site_is(config->domains[i].name, p->domain.text) &&
		    seal_span_equal_nocase(config->domains[i].selector, seal_span_text(selector)))
			return true;
	}
	return false;
}

/* A name that was somebody's choice may be used again when its key is gone, and one that a
 * customer's CNAME has must be; any other never is: a file tells that it once was in DNS. */
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

/* How the newest key of the domain signs, all but what belongs to that key alone. */
static void
put_settings(FILE *to, struct seal_span section)
{
	static const char *const own[] = { "selector", "key", "made", "activation", "hold" };
	bool copying = false;
	struct seal_span line;

	section = seal_span_from(section, seal_span_find(section, '\n') + 1);
	for (; section.len > 0; section = seal_span_from(section, line.len)) {
		struct seal_span bare;

		line = seal_span_first(section, seal_span_find(section, '\n') + 1);
		bare = seal_span_first(line, seal_span_find(line, '\n'));
		if (bare.len > 0 && bare.ptr[bare.len - 1] == '\r')
			bare.len--;
		if (bare.len == 0 || bare.ptr[0] == '#' || bare.ptr[0] == ';')
			continue;
		if (bare.ptr[0] != ' ' && bare.ptr[0] != '\t') {
			const struct seal_span name = seal_span_trim(seal_span_first(bare, seal_span_find(bare, '=')));

			copying = true;
			for (size_t i = 0; i < sizeof own / sizeof own[0]; i++)
				copying = copying && !seal_span_equal(name, seal_span_text(own[i]));
		}
		if (copying)
			fprintf(to, "%.*s\n", (int)bare.len, (const char *)bare.ptr);
	}
}

static void
put_section(FILE *to, const struct plan *p, const struct planned *key, struct seal_span like)
{
	const char *cname = p->zone.text;

	fprintf(to, "\n[domain %s]\n", p->domain.text);
	if (cname[0] != '\0')
		fprintf(to, "# mailseal: cname = %s\n", cname);
	fprintf(to, "selector = %s\nkey = %s\nmade = %s\nactivation = %s\n", key->selector.text, key->file,
	        p->today.dashed, p->request->manual ? "manual" : "dns");
	if (key != &p->keys[0] || p->request->what == NEWKEY_NEXT)
		fputs("hold = " NEXT_HOLD "\n", to);
	put_settings(to, like);
}

/* Behind the newest section of the domain, or at the end of the file. */
static int
add_sections(struct plan *p, const struct seal_config_domain *newest)
{
	const struct seal_span text = tool_span(p->site->file.text);
	const struct seal_span like = newest == NULL ? seal_span(text.ptr + text.len, 0)
	                                             : config_file_section(&p->site->file, newest->name);
	struct site_edit edit = { .at = (size_t)(like.ptr - text.ptr) + like.len };
	char *lines = NULL;
	size_t len = 0;
	FILE *to = open_memstream(&lines, &len);
	int code = TOOL_IO;

	if (to != NULL && edit.at > 0 && text.ptr[edit.at - 1] != '\n')
		fputc('\n', to);
	for (size_t i = 0; to != NULL && i < p->num_keys; i++)
		put_section(to, p, &p->keys[i], like);
	if (to != NULL && fclose(to) == 0) {
		edit.text = lines;
		code = site_edit(p->site, &edit);
	} else {
		tool_error("no memory for the new sections");
	}
	free(lines);
	return code;
}

static const struct seal_config_client *
find_client(const struct site *s, const char *name)
{
	const struct seal_config *config = &s->file.config;

	for (size_t i = 0; i < config->num_clients; i++) {
		if (seal_span_equal(config->clients[i].name, seal_span_text(name)))
			return &config->clients[i];
	}
	return NULL;
}

static bool
may_send(const struct seal_config_client *client, const char *domain)
{
	struct seal_span list = client->from;
	struct seal_span item;

	while (seal_span_split(&list, ',', &item)) {
		if (site_is(item, domain))
			return true;
	}
	return false;
}

static int
allow_client(struct plan *p)
{
	const char *name = p->request->client;
	const struct seal_config_client *client = name == NULL ? NULL : find_client(p->site, name);
	char item[SEAL_DOMAIN_MAX + 4];
	struct site_edit edit = { .text = item };

	if (name == NULL)
		return TOOL_OK;
	if (client == NULL) {
		tool_error("--from-client: %s has no [client %s]", p->site->path, name);
		return TOOL_CONFIG;
	}
	if (may_send(client, p->domain.text))
		return TOOL_OK;
	(void)snprintf(item, sizeof item, ", %s", p->domain.text);
	edit.at = (size_t)(client->from.ptr - p->site->file.text.ptr) + client->from.len;
	return site_edit(p->site, &edit);
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

static void
advise(const struct plan *p)
{
	const struct seal_config *config = &p->site->file.config;
	bool anybody = false;

	for (size_t i = 0; i < config->num_clients; i++)
		anybody = anybody || may_send(&config->clients[i], p->domain.text);
	if (!anybody)
		tool_note(NULL, "no [client] section names %s in from, so nobody may send as it yet "
		           "(--from-client NAME)", p->domain.text);
	if (p->on_device)
		tool_error("next: mailseal image %s ..., and when the device has made the keys: mailseal key adopt "
		           "-c %s LOG", p->site->path, p->site->path);
	else
		tool_error("next: mailseal handover %s -c %s", p->domain.text, p->site->path);
}

/* What the key will be, as key list tells. */
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
	                                              p->request->dry_run, "client", p->request->client,
	                                              "keys", keys));

	return code == TOOL_OK ? printed : code;
}

static int
report(const struct plan *p)
{
	if (p->request->json)
		return report_json(p);
	for (size_t i = 0; i < p->num_keys; i++)
		printf("%s  %-8s %s  %s%s\n", p->domain.text,
		       planned_state(p, i), p->keys[i].selector.text,
		       p->on_device ? "device" : p->keys[i].path,
		       p->request->dry_run ? "  (not made)" : "");
	return tool_finish_output();
}

/* What the domain has must be what the command is for. */
static int
judge_domain(const struct plan *p, const struct seal_config_domain **newest)
{
	const struct seal_config_domain *key = NULL;
	int code = TOOL_CONFIG;

	*newest = NULL;
	while ((key = site_next_key(p->site, p->domain.text, key)) != NULL)
		*newest = key;
	if (p->request->what == NEWKEY_FIRST && *newest != NULL)
		tool_error("%s: %s has a key already; another one: mailseal key next %s", p->site->path,
		           p->domain.text, p->domain.text);
	else if (p->request->what == NEWKEY_NEXT && *newest == NULL)
		tool_error("%s: %s has no key yet; the first ones: mailseal domain add %s", p->site->path,
		           p->domain.text, p->domain.text);
	else
		code = TOOL_OK;
	return code;
}

/* The zone for CNAMEs as it was given, or as the newest key has it; "": none. */
static bool
find_zone(struct plan *p, const struct seal_config_domain *newest)
{
	struct seal_span note;
	size_t at = 0;

	if (p->request->cname != NULL) {
		p->zone = site_name(p->request->cname, "--cname");
		return p->zone.text[0] != '\0';
	}
	if (newest == NULL)
		return true;
	note = config_file_note(config_file_section(&p->site->file, newest->name), "cname", &at);
	(void)snprintf(p->zone.text, sizeof p->zone.text, "%.*s", (int)note.len, (const char *)note.ptr);
	return true;
}

static int
change(struct plan *p)
{
	const struct seal_config_domain *newest;
	const size_t count = p->request->what == NEWKEY_FIRST ? 2 : 1;
	int code = judge_domain(p, &newest);

	if (code != TOOL_OK)
		return code;
	if (!find_zone(p, newest))
		return TOOL_USAGE;
	p->on_device = p->request->on_device || (newest != NULL && seal_config_key_is_on_device(newest));
	while (p->num_keys < count) {
		if (!plan_key(p))
			return TOOL_USAGE;
	}
	code = add_sections(p, newest);
	if (code == TOOL_OK)
		code = allow_client(p);
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

	if (plan.domain.text[0] == '\0')
		return TOOL_USAGE;
	code = site_open(&site, r->config, r->dry_run ? SITE_READ : SITE_CHANGE);
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
