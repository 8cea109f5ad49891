/* SPDX-License-Identifier: Apache-2.0 */
#include "tools/mailseal/site/newkey.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tools/mailseal/records/text.h"
#include "tools/mailseal/site/inventory.h"
#include "tools/mailseal/site/newkey_plan.h"

/* The next key takes over when its record has been published for a year, or when this line is removed. */
#define NEXT_HOLD "365d"

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
put_section(FILE *to, const struct newkey_plan *p, const struct newkey_planned *key,
            const struct document_section *like)
{
	const char *cname = p->zone.text;

	fprintf(to, "[domain %s]\n", p->domain.text);
	if (cname[0] != '\0')
		fprintf(to, "# mailseal: cname = %s\n", cname);
	fprintf(to, "selector = %s\nkey = %s\nmade = %s\nactivation = %s\n", key->selector.text, key->file,
	        p->today.dashed, p->request->manual ? "manual" : "dns");
	if (key != &p->keys[0] || p->what == NEWKEY_NEXT)
		fputs("hold = " NEXT_HOLD "\n", to);
	if (like != NULL)
		put_settings(to, &p->site->file, like);
}

/* Adds them after the newest section of the domain, or at the end of the document. */
static void
add_sections(struct newkey_plan *p, const struct document_section *newest)
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

/* All keys are made before the first file is written, because that takes long. */
static int
make_keys(const struct newkey_plan *p, struct record_key *keys)
{
	int code = TOOL_OK;

	for (size_t i = 0; code == TOOL_OK && i < p->num_keys && !p->on_device; i++)
		code = record_make_key((unsigned)p->request->bits, &keys[i]);
	return code;
}

static int
write_files(struct newkey_plan *p, const struct record_key *keys)
{
	int code = TOOL_OK;

	for (size_t i = 0; code == TOOL_OK && i < p->num_keys && !p->on_device; i++) {
		code = record_write_key(&keys[i], p->keys[i].path);
		p->keys[i].made = code == TOOL_OK;
	}
	return code;
}

static void
undo_files(const struct newkey_plan *p)
{
	for (size_t i = 0; i < p->num_keys; i++) {
		if (p->keys[i].made)
			unlink(p->keys[i].path);
	}
}

static bool
is_planned(const struct newkey_plan *p, struct seal_span selector)
{
	for (size_t i = 0; i < p->num_keys; i++) {
		if (seal_span_equal_nocase(selector, seal_span_text(p->keys[i].selector.text)))
			return true;
	}
	return false;
}

/* A key that was changed long ago would get its record published again with the next sheet. */
static void
note_others(const struct newkey_plan *p)
{
	const struct seal_config_domain *key = NULL;

	while (p->what == NEWKEY_NEXT && (key = site_next_key(p->site, p->domain.text, key)) != NULL) {
		const int len = (int)key->selector.len;
		const char *const selector = (const char *)key->selector.ptr;
		const enum site_state state = is_planned(p, key->selector) ? SITE_SIGNING : site_state(p->site, key);

		if (state == SITE_NEXT)
			tool_note(NULL, "%.*s is a next key already; if it signs because an older record was deleted, "
			          "remove that older key: mailseal key revoke %s SELECTOR -c %s", len, selector,
			          p->domain.text, p->site->path);
		else if (state == SITE_RETIRING)
			tool_note(NULL, "%.*s is still configured; when its record has been deleted: mailseal key "
			          "revoke %s %.*s -c %s", len, selector, p->domain.text, len, selector, p->site->path);
	}
}

/* Key files and configuration together: an interrupt comes before both or after both. */
static int
write_all(struct newkey_plan *p)
{
	struct record_key keys[NEWKEY_KEYS_MAX];
	int code = make_keys(p, keys);

	tool_hold_signals();
	if (code == TOOL_OK)
		code = write_files(p, keys);
	if (code == TOOL_OK)
		code = site_commit(p->site);
	if (code != TOOL_OK)
		undo_files(p);
	tool_release_signals();
	for (size_t i = 0; i < NEWKEY_KEYS_MAX; i++)
		record_wipe_key(&keys[i]);
	return code;
}

/* Prints the next command to run. */
static void
advise(const struct newkey_plan *p)
{
	if (permit_client_advise(p->site, p->domain.text))
		return;
	if (p->on_device)
		tool_note(NULL, "next: mailseal image %s ..., and when the device has created the keys: mailseal key "
		          "adopt -c %s LOG", p->site->path, p->site->path);
	else
		tool_note(NULL, "next: mailseal handover %s -c %s", p->domain.text, p->site->path);
}

/* The state that key list will show. */
static const char *
planned_state(const struct newkey_plan *p, size_t i)
{
	if (i > 0 || p->what == NEWKEY_NEXT)
		return site_state_text(SITE_NEXT);
	return site_state_text(p->request->manual ? SITE_WAITING : SITE_SIGNING);
}

static json_t *
planned_json(const struct newkey_plan *p)
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
made_json(const struct newkey_plan *p, int *code)
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

static void
put_document(const struct newkey_plan *p, json_t *keys, struct result *result)
{
	result_set(result, json_pack("{s:s, s:s, s:b, s:s?, s:o}", "domain", p->domain.text, "configuration",
	                             p->request->config, "dry_run", p->request->dry_run, "client",
	                             p->request->client.name, "keys", keys));
}

static int
report_keys(const struct newkey_plan *p, struct result *result)
{
	int code = TOOL_OK;

	for (size_t i = 0; i < p->num_keys; i++)
		fprintf(result->text, "%s  %-8s %s  %s%s\n", p->domain.text, planned_state(p, i),
		        p->keys[i].selector.text, p->on_device ? "device" : p->keys[i].path,
		        p->request->dry_run ? "  (not created)" : "");
	if (p->request->client.name != NULL)
		permit_client_print(p->site, &p->request->client, p->request->dry_run ? "  (not changed)" : "",
		                    result->text);
	put_document(p, p->request->dry_run ? planned_json(p) : made_json(p, &code), result);
	return code;
}

static int
change(struct newkey_plan *p)
{
	const struct document_section *const newest = newkey_newest(p);
	int code = newkey_plan_keys(p, newest);

	if (code != TOOL_OK)
		return code;
	add_sections(p, newest);
	code = permit_client(p->site, &p->request->client, p->domain.text);
	if (code == TOOL_OK)
		code = site_settle(p->site);
	return code != TOOL_OK || p->request->dry_run ? code : write_all(p);
}

static bool
is_possible(const struct newkey_request *r)
{
	if (!record_bits_ok(r->bits, r->weak) || !permit_client_check(&r->client))
		return false;
	if (r->on_device && r->bits != SEAL_KEY_BITS_GOOD)
		tool_error("--bits: a device creates keys of %u bits", SEAL_KEY_BITS_GOOD);
	return !r->on_device || r->bits == SEAL_KEY_BITS_GOOD;
}

static int
run_plan(struct newkey_plan *p, struct result *result)
{
	int code = site_open(p->site, p->request->config, p->request->dry_run ? SITE_PLAN : SITE_CHANGE);

	if (code == TOOL_OK)
		code = change(p);
	if (code == TOOL_OK)
		code = report_keys(p, result);
	if (code == TOOL_OK)
		note_others(p);
	if (code == TOOL_OK && !p->request->dry_run) {
		if (!p->on_device)
			site_advise_restart(p->site);
		advise(p);
	}
	for (size_t i = 0; i < NEWKEY_KEYS_MAX; i++) {
		free(p->keys[i].file);
		free(p->keys[i].path);
	}
	site_close(p->site);
	return code;
}

int
newkey_run(const struct newkey_request *r, enum newkey_what what, struct result *result)
{
	struct site site;
	struct newkey_plan plan = {
		.request = r, .what = what, .site = &site, .domain = site_name(r->domain, "DOMAIN"),
		.today = site_date(site_now())
	};

	if (plan.domain.text[0] == '\0' || !is_possible(r))
		return TOOL_USAGE;
	put_document(&plan, json_array(), result);
	return run_plan(&plan, result);
}
