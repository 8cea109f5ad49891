/* SPDX-License-Identifier: Apache-2.0 */
#include "tools/mailseal/site/inventory.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "tools/mailseal/checks/keyring.h"

#define DAY_S 86400

static char *
copy(struct seal_span s)
{
	char *text = tool_allocate(s.len + 1);

	if (s.len > 0)
		memcpy(text, s.ptr, s.len);
	text[s.len] = '\0';
	return text;
}

static struct inventory_key *
append_key(struct inventory *inv, const char *domain, struct seal_span selector)
{
	struct inventory_key *key;

	inv->keys = realloc(inv->keys, (inv->num_keys + 1) * sizeof *inv->keys);
	if (inv->keys == NULL) {
		tool_error("no memory for the list of keys");
		exit(TOOL_IO);
	}
	key = &inv->keys[inv->num_keys++];
	*key = (struct inventory_key){ .bits = 0 };
	(void)snprintf(key->domain, sizeof key->domain, "%s", domain);
	(void)snprintf(key->selector, sizeof key->selector, "%.*s", (int)selector.len,
	               (const char *)selector.ptr);
	return key;
}

/* A key on a device that has not been adopted is no error: its record is not known. */
static bool
read_key(struct inventory_key *key, struct keyring *ring, const struct seal_config_domain *section)
{
	struct keyring_public public;
	struct stat st;

	key->on_device = seal_config_key_is_on_device(section);
	if (!key->on_device)
		key->file = config_file_path(ring->file, section->key);
	if (section->made_day > 0)
		key->made_s = (int64_t)section->made_day * DAY_S;
	else if (key->file != NULL && stat(key->file, &st) == 0)
		key->made_s = st.st_mtime;
	if (key->on_device && !keyring_is_adopted(ring->file, section))
		return true;
	if (!keyring_public(ring, section, &public) || !record_value(&public, &key->value)) {
		key->value.text[0] = '\0';
		return false;
	}
	key->bits = public.bits;
	return true;
}

static bool
add_section(struct inventory *inv, const struct site *s, struct keyring *ring,
            const struct seal_config_domain *section)
{
	uint8_t buf[SEAL_DOMAIN_MAX + 1];
	const struct seal_span name = seal_config_name(section->name, buf);
	char domain[SEAL_DOMAIN_MAX + 1];
	struct inventory_key *key;
	struct seal_span zone;

	(void)snprintf(domain, sizeof domain, "%.*s", (int)name.len, (const char *)name.ptr);
	key = append_key(inv, domain, section->selector);
	key->section = section;
	key->state = site_state(s, section);
	zone = config_file_note(&s->file, section->name, "cname");
	if (zone.len > 0)
		key->delegated = copy(zone);
	return read_key(key, ring, section);
}

/* The note that a revoked key leaves: DOMAIN SELECTOR DATE FILE. */
static void
add_revoked(struct inventory *inv, struct seal_span note, const char *domain)
{
	struct seal_span name;
	struct seal_span selector;
	struct seal_span date;
	struct inventory_key *key;
	char *text;

	if (!seal_span_split(&note, ' ', &name) || !seal_span_split(&note, ' ', &selector) ||
	    !seal_span_split(&note, ' ', &date) || (domain != NULL && !site_is(name, domain)))
		return;
	text = copy(seal_span_first(name, SEAL_DOMAIN_MAX));
	key = append_key(inv, text, selector);
	free(text);
	key->state = SITE_REVOKED;
	key->file = copy(note);
	(void)snprintf(key->value.text, sizeof key->value.text, "%s", RECORD_REVOKED);
}

int
inventory_take(struct inventory *inv, const struct site *s, const char *domain)
{
	const struct seal_config *config = &s->file.config;
	struct keyring ring;
	struct seal_span note;
	size_t line = 0;
	bool ok;

	*inv = (struct inventory){ NULL, 0 };
	ok = keyring_init(&ring, &s->file);
	for (size_t i = 0; i < config->num_domains; i++) {
		const struct seal_config_domain *section = &config->domains[i];

		if (section->key.len > 0 && (domain == NULL || site_is(section->name, domain)))
			ok = add_section(inv, s, &ring, section) && ok;
	}
	keyring_free(&ring);
	while (document_note(&s->file.document, NULL, "revoked", &line, &note))
		add_revoked(inv, note, domain);
	return ok ? TOOL_OK : TOOL_KEY;
}

void
inventory_free(struct inventory *inv)
{
	for (size_t i = 0; i < inv->num_keys; i++) {
		free(inv->keys[i].file);
		free(inv->keys[i].delegated);
	}
	free(inv->keys);
}

struct inventory_name
inventory_name(const struct inventory_key *key)
{
	struct inventory_name name;

	(void)snprintf(name.text, sizeof name.text, "%s._domainkey.%s", key->selector, key->domain);
	return name;
}

struct inventory_name
inventory_target(const struct inventory_key *key)
{
	struct inventory_name name;

	(void)snprintf(name.text, sizeof name.text, "%s._domainkey.%s.%s", key->selector, key->domain,
	               key->delegated);
	return name;
}

json_t *
inventory_json(const struct inventory_key *key)
{
	const struct inventory_name name = inventory_name(key);
	json_t *record = json_pack("{s:s, s:s, s:s?}", "name", name.text, "type", "TXT", "value",
	                           key->value.text[0] != '\0' ? key->value.text : NULL);
	json_t *object = json_pack("{s:s, s:s, s:s, s:s?}", "domain", key->domain, "selector", key->selector,
	                           "state", site_state_text(key->state), "file", key->file);

	json_object_set_new(object, "bits", key->bits > 0 ? json_integer(key->bits) : json_null());
	if (key->made_s > 0) {
		json_object_set_new(object, "made", json_string(site_date(key->made_s).dashed));
		json_object_set_new(object, "age_days", json_integer((site_now() - key->made_s) / DAY_S));
	} else {
		json_object_set_new(object, "made", json_null());
		json_object_set_new(object, "age_days", json_null());
	}
	if (key->delegated != NULL) {
		const struct inventory_name target = inventory_target(key);

		json_object_set_new(record, "cname", json_string(target.text));
	}
	json_object_set_new(object, "record", record);
	return object;
}
