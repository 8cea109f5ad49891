/* SPDX-License-Identifier: Apache-2.0 */
#include "tools/mailseal/status/status.h"

#include <string.h>

/* --- asking ------------------------------------------------------------- */

/* The name of the section that signs for the domain, which may be a parent's. */
static void
find_signer(struct status *s)
{
	const struct seal_config *const config = &s->site.file.config;
	uint8_t buf[SEAL_DOMAIN_MAX + 1];
	size_t best = 0;

	(void)snprintf(s->signs_as.text, sizeof s->signs_as.text, "%s", s->request->domain);
	for (size_t i = 0; i < config->num_domains; i++) {
		const struct seal_config_domain *const section = &config->domains[i];
		const size_t len = seal_config_covers(section, seal_span_text(s->request->domain));
		const struct seal_span name = seal_config_name(section->name, buf);

		if (len <= best || section->key.len == 0)
			continue;
		best = len;
		(void)snprintf(s->signs_as.text, sizeof s->signs_as.text, "%.*s", (int)name.len,
		               (const char *)name.ptr);
	}
}

static bool
is_seen(const struct status *s, size_t i, enum seal_keyring_seen seen)
{
	return s->observed.records[i].seen == seen;
}

static bool
may_sign(const struct status *s, size_t i)
{
	return is_seen(s, i, SEAL_KEYRING_OURS) || is_seen(s, i, SEAL_KEYRING_UNKNOWN);
}

/* The key that signs according to the gateway's log. Without it: the key that should sign according to the
 * configuration, unless its record is not published; then the oldest key whose record may be published. */
static size_t
find_signing(const struct status *s)
{
	size_t oldest = STATUS_NO_KEY;
	size_t meant = STATUS_NO_KEY;

	for (size_t i = 0; i < s->inventory.num_keys; i++) {
		const struct inventory_key *const key = &s->inventory.keys[i];

		if (key->section == NULL)
			continue;
		if (s->observed.gateway != NULL && s->observed.gateway[i].signs == GATEWAY_LOG_YES)
			return i;
		if (key->state == SITE_SIGNING && (meant == STATUS_NO_KEY || may_sign(s, i)))
			meant = i;
		if (oldest == STATUS_NO_KEY && may_sign(s, i))
			oldest = i;
	}
	return meant != STATUS_NO_KEY && (may_sign(s, meant) || oldest == STATUS_NO_KEY) ? meant : oldest;
}

/* True for an old key that still needs attention; a revoked one does while its record still has a key. */
static bool
is_old(const struct status *s, size_t i)
{
	const struct seal_config_domain *const section = s->inventory.keys[i].section;

	if (section == NULL)
		return is_seen(s, i, SEAL_KEYRING_OURS);
	return s->signing != STATUS_NO_KEY && i < s->signing &&
	       !(section->all_keys && is_seen(s, i, SEAL_KEYRING_OURS));
}

static void
find_keys(struct status *s)
{
	s->signing = find_signing(s);
	s->next = s->old = STATUS_NO_KEY;
	for (size_t i = 0; i < s->inventory.num_keys; i++) {
		if (s->inventory.keys[i].section != NULL && s->signing != STATUS_NO_KEY && i > s->signing)
			s->next = i;
		if (s->old == STATUS_NO_KEY && is_old(s, i))
			s->old = i;
	}
}

static int
ask(struct status *s, struct dns *dns)
{
	struct examine_request request = {
		.keys = { .domain = s->request->domain }, .senders = s->request->senders,
		.num_senders = s->request->num_senders, .visit = tree_visit, .ctx = &s->tree
	};
	const struct dmarc_step *policy;
	int code;

	find_signer(s);
	(void)inventory_take(&s->inventory, &s->site, s->signs_as.text);
	code = observed_take(&s->observed, &s->inventory, dns, s->request->log);
	if (code == TOOL_OK)
		code = examine(&s->examination, &request, dns);
	policy = s->examination.walk.policy;
	s->aligned = code == TOOL_OK && dmarc_aligned(dns_lookup(dns), s->signs_as.text, s->request->domain,
	                                              policy != NULL && policy->record.strict_dkim);
	return code;
}

int
status_make(struct status *s, const struct status_request *request, struct dns *dns)
{
	int code;

	*s = (struct status){ .request = request, .site = { .lock = -1 } };
	code = site_open(&s->site, request->config, SITE_READ);
	if (code == TOOL_OK)
		code = ask(s, dns);
	if (code != TOOL_OK)
		return code;
	find_keys(s);
	status_judge(s);
	return TOOL_OK;
}

void
status_free(struct status *s)
{
	tree_free(&s->tree);
	examination_free(&s->examination);
	observed_free(&s->observed);
	inventory_free(&s->inventory);
	site_close(&s->site);
}

/* --- results ------------------------------------------------------------ */

const char *
status_state_text(enum status_state state)
{
	static const char *const texts[] = { "done", "todo", "wrong", "unknown", "waits" };

	return texts[state];
}

char *
status_words(const struct status *s, const struct status_step *step, const char *key)
{
	const bool has_key = step->key != STATUS_NO_KEY;
	const struct words_date today = words_date(s->request->lang, site_date(site_now()).dashed);
	const struct words_name names[] = {
		{ "domain", s->request->domain },
		{ "config", s->request->config },
		{ "date", today.text },
		{ "selector", has_key ? s->inventory.keys[step->key].selector : "" },
		{ "1", step->argument }
	};
	const struct words words = { s->request->lang, names, sizeof names / sizeof names[0] };

	return words_text(&words, key);
}

static char *
word_of(const struct status *s, const struct status_step *step, const char *group, const char *name)
{
	char key[64];

	(void)snprintf(key, sizeof key, "%s.%s", group, name);
	return status_words(s, step, key);
}

static void
print_step(struct result *result, const struct status *s, size_t i)
{
	const struct status_step *const step = &s->steps[i];
	char *const state = word_of(s, step, "state", status_state_text(step->state));
	char *const title = word_of(s, step, "step", words_steps[i].name);
	char *const who = word_of(s, step, "who", step->who);
	char *const next = step->text == NULL ? NULL : status_words(s, step, step->text);

	fprintf(result->text, "%zu. %-10s %s", i + 1, state, title);
	if (step->state != STATUS_DONE)
		fprintf(result->text, " (%s)", who);
	fprintf(result->text, "\n");
	if (next != NULL)
		fprintf(result->text, "%14s%s\n", "", next);
	free(state);
	free(title);
	free(who);
	free(next);
}

static void
put_steps_text(const struct status *s, struct result *result)
{
	const struct status_step none = { .key = STATUS_NO_KEY };
	char *const title = status_words(s, &none, "status.title");

	fprintf(result->text, "%s\n", title);
	free(title);
	for (size_t i = 0; i < WORDS_NUM_STEPS; i++)
		print_step(result, s, i);
}

static json_t *
step_json(const struct status *s, size_t i)
{
	const struct status_step *const step = &s->steps[i];
	json_t *const title = report_text_json(word_of(s, step, "step", words_steps[i].name));
	json_t *const next = report_text_json(step->text == NULL ? NULL : status_words(s, step, step->text));

	return json_pack("{s:s, s:o, s:s, s:s, s:o, s:s?, s:s?}", "step", words_steps[i].name, "title", title, "state",
	                 status_state_text(step->state), "who", step->who, "next", next, "selector",
	                 step->key != STATUS_NO_KEY ? s->inventory.keys[step->key].selector : NULL, "detail",
	                 step->argument[0] != '\0' ? step->argument : NULL);
}

void
status_put(const struct status *s, struct result *result)
{
	json_t *const steps = json_array();
	json_t *const keys = json_array();
	bool ok = true;

	for (size_t i = 0; i < WORDS_NUM_STEPS; i++) {
		ok = ok && s->steps[i].state != STATUS_TODO && s->steps[i].state != STATUS_WRONG;
		json_array_append_new(steps, step_json(s, i));
	}
	for (size_t i = 0; i < s->inventory.num_keys; i++)
		json_array_append_new(keys, observed_json(&s->observed, &s->inventory, i));
	result_set(result, json_pack(
		"{s:s, s:s, s:b, s:o, s:o, s:o}", "domain", s->request->domain, "date", site_date(site_now()).dashed,
		"ok", ok, "steps", steps, "keys", keys, "findings", report_findings_json(&s->examination.findings)));
	put_steps_text(s, result);
}
