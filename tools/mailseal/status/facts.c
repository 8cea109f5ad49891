/* SPDX-License-Identifier: Apache-2.0
 *
 * facts.c - one page with the selectors, SPF terms and addresses that a domain uses, for those who ask for them.
 */
#include "tools/mailseal/status/status.h"

#include <stdlib.h>
#include <string.h>

#include "engine/base/sha256.h"
#include "tools/mailseal/records/pubkey.h"

#define LABEL_WIDTH 17

/* --- facts ---------------------------------------------------------------- */

struct fingerprint {
	char text[2 * SEAL_SHA256_LEN + 1]; /* "": the key is not known */
};

/* The SHA-256 of SubjectPublicKeyInfo, as openssl pkey -pubout -outform DER | sha256sum prints it. */
static struct fingerprint
fingerprint(const struct inventory_key *key)
{
	uint8_t buf[PUBKEY_MAX];
	uint8_t digest[SEAL_SHA256_LEN];
	struct seal_out der = seal_out(buf, sizeof buf);
	struct fingerprint print = { "" };
	struct seal_sha256 hash;

	if (!observed_public_key(key, &der))
		return print;
	seal_sha256_init(&hash);
	seal_sha256_update(&hash, der.ptr, der.len);
	seal_sha256_final(&hash, digest);
	for (size_t i = 0; i < sizeof digest; i++)
		(void)snprintf(print.text + 2 * i, 3, "%02x", digest[i]);
	return print;
}

/* "include:NAME" or "ip4:ADDRESS"; the caller frees it. */
static char *
spf_term(const struct spf_sender *sender)
{
	const char *const family = !sender->is_address ? "" : sender->address.v6 ? "ip6:" : "ip4:";

	return text_format("%s%s", family, sender->text);
}

/* The caller frees it. NULL: the configuration has no readable next hop. */
static char *
next_hop(const struct status *s)
{
	const struct seal_endpoint *const at = &s->site.file.config.gateway.next_hop;

	if (at->host.len == 0)
		return NULL;
	return text_format("%.*s:%u", (int)at->host.len, (const char *)at->host.ptr, at->port);
}

/* True for a term of the record itself, false for one of an included record. */
static bool
is_own(const json_t *step)
{
	return json_integer_value(json_object_get(step, "depth")) == 0;
}

/* --- text ----------------------------------------------------------------- */

static char *
word(const struct status *s, const char *key, const char *argument)
{
	struct status_step step = { .key = STATUS_NO_KEY };

	(void)snprintf(step.argument, sizeof step.argument, "%s", argument);
	return status_words(s, &step, key);
}

static void
print_label(struct result *result, const struct status *s, const char *key)
{
	char *const label = word(s, key, "");
	int width = LABEL_WIDTH;

	/* The texts are UTF-8, and the continuation bytes take no column. */
	for (const char *c = label; *c != '\0'; c++)
		width += ((unsigned char)*c & 0xc0u) == 0x80u;
	fprintf(result->text, "%-*s  ", width, label);
	free(label);
}

static void
print_word(struct result *result, const struct status *s, const char *key, const char *argument)
{
	char *const text = word(s, key, argument);

	fputs(text, result->text);
	free(text);
}

static void
print_key(struct result *result, const struct status *s, size_t i)
{
	const struct inventory_key *const key = &s->inventory.keys[i];
	const struct fingerprint print = fingerprint(key);

	print_label(result, s, "facts.selector");
	fprintf(result->text, "%s (%s, DNS: %s)\n", key->selector, site_state_text(key->state),
	        observed_dns_text(&s->observed, i));
	print_label(result, s, "facts.name");
	fprintf(result->text, "%s", inventory_name(key).text);
	if (key->delegated != NULL)
		fprintf(result->text, " CNAME %s", inventory_target(key).text);
	fprintf(result->text, "\n");
	if (print.text[0] == '\0')
		return;
	print_label(result, s, "facts.key");
	fprintf(result->text, "RSA %lu\n", (unsigned long)key->bits);
	print_label(result, s, "facts.print");
	fprintf(result->text, "%s\n", print.text);
}

static void
print_needs(struct result *result, const struct status *s)
{
	print_label(result, s, "facts.needs");
	if (s->request->num_senders == 0)
		print_word(result, s, "facts.unsaid", "");
	for (size_t i = 0; i < s->request->num_senders; i++) {
		char *const term = spf_term(&s->request->senders[i]);

		fprintf(result->text, "%s%s", i > 0 ? " " : "", term);
		free(term);
	}
	fprintf(result->text, "\n");
}

static void
print_lists(struct result *result, const struct status *s)
{
	size_t count = 0;

	print_label(result, s, "facts.lists");
	for (size_t i = 0; i < json_array_size(s->tree.steps); i++) {
		const json_t *const step = json_array_get(s->tree.steps, i);
		const char *const service = json_string_value(json_object_get(step, "service"));

		if (!is_own(step))
			continue;
		fprintf(result->text, "%s%s%s%s%s", count++ > 0 ? ", " : "",
		        json_string_value(json_object_get(step, "term")), service != NULL ? " (" : "",
		        service != NULL ? service : "", service != NULL ? ")" : "");
	}
	if (count == 0)
		print_word(result, s, s->examination.answered ? "facts.nothing" : "status.unanswered", "");
	fprintf(result->text, "\n");
}

static void
print_dmarc(struct result *result, const struct status *s)
{
	const struct dmarc_step *const found = s->examination.walk.policy;
	enum dmarc_policy policy;
	const unsigned stage = status_dmarc_stage(s, &policy);
	char number[16];

	print_label(result, s, "facts.dmarc");
	if (stage == 0 || found == NULL) {
		print_word(result, s, s->examination.answered ? "facts.nothing" : "status.unanswered", "");
	} else {
		(void)snprintf(number, sizeof number, "%u", stage);
		fprintf(result->text, "p=%s, ", dmarc_policy_text(policy));
		print_word(result, s, "facts.stage", number);
		fprintf(result->text, ", _dmarc.%s", found->domain);
	}
	fprintf(result->text, "\n");
}

static void
put_facts_text(const struct status *s, struct result *result)
{
	char *const hop = next_hop(s);

	print_word(result, s, "facts.title", "");
	fprintf(result->text, "\n");
	print_label(result, s, "facts.signs");
	fprintf(result->text, "%s, ", s->signs_as.text);
	print_word(result, s, s->aligned ? "facts.aligned" : "facts.unaligned", "");
	fprintf(result->text, "\n");
	for (size_t i = 0; i < s->inventory.num_keys; i++)
		print_key(result, s, i);
	print_needs(result, s);
	print_lists(result, s);
	print_dmarc(result, s);
	print_label(result, s, "facts.hop");
	fprintf(result->text, "%s\n", hop == NULL ? "-" : hop);
	free(hop);
}

/* --- JSON ----------------------------------------------------------------- */

static json_t *
keys_json(const struct status *s)
{
	json_t *const list = json_array();

	for (size_t i = 0; i < s->inventory.num_keys; i++) {
		const struct inventory_key *const key = &s->inventory.keys[i];
		const struct fingerprint print = fingerprint(key);

		json_array_append_new(list, json_pack(
			"{s:s, s:s, s:s, s:s, s:s?, s:o, s:s?}", "selector", key->selector, "state",
			site_state_text(key->state), "dns", observed_dns_text(&s->observed, i), "name",
			inventory_name(key).text, "cname", key->delegated != NULL ? inventory_target(key).text : NULL,
			"bits", key->bits > 0 ? json_integer(key->bits) : json_null(), "sha256",
			print.text[0] != '\0' ? print.text : NULL));
	}
	return list;
}

static json_t *
spf_json(const struct status *s)
{
	json_t *const needs = json_array();
	json_t *const lists = json_array();

	for (size_t i = 0; i < s->request->num_senders; i++)
		json_array_append_new(needs, report_text_json(spf_term(&s->request->senders[i])));
	for (size_t i = 0; i < json_array_size(s->tree.steps); i++) {
		json_t *const step = json_array_get(s->tree.steps, i);

		if (is_own(step))
			json_array_append_new(lists, json_pack("{s:O, s:O}", "term", json_object_get(step, "term"),
			                                       "service", json_object_get(step, "service")));
	}
	return json_pack("{s:o, s:o, s:b}", "needs", needs, "lists", lists, "answered", s->examination.answered);
}

static json_t *
dmarc_json(const struct status *s)
{
	const struct dmarc_step *const found = s->examination.walk.policy;
	enum dmarc_policy policy;
	const unsigned stage = status_dmarc_stage(s, &policy);

	return json_pack("{s:s?, s:s?, s:i}", "record_at", stage > 0 ? found->domain : NULL, "policy",
	                 stage > 0 ? dmarc_policy_text(policy) : NULL, "stage", (int)stage);
}

void
status_put_facts(const struct status *s, struct result *result)
{
	result_set(result, json_pack(
		"{s:s, s:s, s:s, s:b, s:o, s:o, s:o, s:o}", "domain", s->request->domain, "date",
		site_date(site_now()).dashed, "signs_as", s->signs_as.text, "aligned", s->aligned, "keys", keys_json(s),
		"spf", spf_json(s), "dmarc", dmarc_json(s), "next_hop", report_text_json(next_hop(s))));
	put_facts_text(s, result);
}
