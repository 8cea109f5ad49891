/* SPDX-License-Identifier: Apache-2.0 */
#include "tools/mailseal/checks/keys.h"

#include <stdlib.h>
#include <string.h>

#include "tools/mailseal/checks/keyring.h"
#include "tools/mailseal/records/dkim.h"
#include "tools/mailseal/records/dmarc.h"

struct keys {
	const struct keys_request *request;
	struct dns_lookup lookup;
	struct keys_result *result;
	struct findings *findings;
};

/* `key` may be NULL: the record is then judged, but not compared. */
static int
judge_key(const struct keys *k, const char *domain, const char *selector, const struct keyring_public *key,
          bool identity_below)
{
	struct dkim_expect expect = { .identity_below = identity_below };
	char name[DNS_NAME_SIZE];
	bool good;

	if (key != NULL)
		expect.public_key = seal_span(key->der, key->len);
	good = dkim_judge(k->lookup, domain, selector, &expect, k->findings);
	if (!dmarc_aligned(k->lookup, domain, k->request->domain, k->request->strict)) {
		findings_add(k->findings, FINDING_DKIM_UNALIGNED, domain,
		             text_format("d=%s%s", k->request->domain, k->request->strict ? " (adkim=s)" : ""),
		             text_format("d=%s", domain));
		good = false;
	}
	k->result->num_judged++;
	k->result->num_good += good;
	(void)dkim_name(name, selector, domain);
	json_array_append_new(k->result->records,
	                      report_answer_json(name, "TXT", dns_lookup_ask(k->lookup, name, DNS_TXT)));
	return TOOL_OK;
}

static int
judge_key_file(const struct keys *k)
{
	struct keyring_key key;
	struct keyring_public public;
	int code = TOOL_KEY;

	keyring_arena();
	if (keyring_read(&key, tool_path("", k->request->key), (struct seal_key_runner){ NULL, NULL }) &&
	    keyring_public_of(&key.private, &public))
		code = judge_key(k, k->request->domain, k->request->selector, &public, false);
	keyring_key_free(&key);
	return code;
}

static int
judge_section(const struct keys *k, struct keyring *ring, const struct seal_config_domain *section)
{
	struct keyring_public key;
	uint8_t buf[SEAL_DOMAIN_MAX + 1];
	char domain[DNS_NAME_SIZE];
	char *selector;
	int code;

	if (!keyring_public(ring, section, &key))
		return TOOL_KEY;
	(void)name_copy(domain, seal_config_name(section->name, buf));
	selector = text_format("%.*s", (int)section->selector.len, (const char *)section->selector.ptr);
	code = judge_key(k, domain, selector, &key, seal_keyring_identity_below(section));
	free(selector);
	return code;
}

static int
judge_sections(const struct keys *k, const struct config_file *file)
{
	const struct seal_config *const config = &file->config;
	struct seal_span selector = seal_span_text(k->request->selector == NULL ? "" : k->request->selector);
	struct keyring ring;
	int code = keyring_init(&ring, file) ? TOOL_OK : TOOL_KEY;
	bool off = false;

	for (size_t i = 0; code == TOOL_OK && i < config->num_domains; i++) {
		const struct seal_config_domain *const section = &config->domains[i];

		if (seal_config_covers(section, seal_span_text(k->request->domain)) == 0)
			continue;
		off = off || section->sign_off;
		if (section->key.len > 0 && !section->sign_off &&
		    (selector.len == 0 || seal_span_equal_nocase(selector, section->selector)))
			code = judge_section(k, &ring, section);
	}
	if (code == TOOL_OK && k->result->num_judged == 0 && !off)
		findings_add(k->findings, FINDING_DKIM_NO_KEY_CONFIGURED, k->request->domain, NULL, NULL);
	keyring_free(&ring);
	return code;
}

static int
judge_config(const struct keys *k)
{
	struct config_file file;
	int code = config_file_load_readable(&file, k->request->config);

	if (code == TOOL_OK)
		code = judge_sections(k, &file);
	config_file_free(&file);
	return code;
}

int
keys_judge(const struct keys_request *r, struct dns_lookup lookup, struct keys_result *result, struct findings *f)
{
	const struct keys k = { .request = r, .lookup = lookup, .result = result, .findings = f };

	*result = (struct keys_result){ .records = json_array() };
	if (r->key != NULL)
		return judge_key_file(&k);
	if (r->config != NULL)
		return judge_config(&k);
	return r->selector != NULL ? judge_key(&k, r->domain, r->selector, NULL, false) : TOOL_OK;
}
