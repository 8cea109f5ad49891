/* SPDX-License-Identifier: Apache-2.0 */
#include "port/cortexm/settings.h"

#include "engine/base/ascii.h"

/* Of sections.ld; only their addresses count. */
extern const uint8_t seal_ld_image_start[], seal_ld_image_end[];

#define FOUND_MAX 64u

static void
put_text(struct seal_out *out, const char *text)
{
	seal_out_span_put(out, seal_span_text(text));
}

static void
put_printable(struct seal_out *out, struct seal_span text)
{
	text = seal_span_first(text, FOUND_MAX);
	for (size_t i = 0; i < text.len; i++)
		seal_out_octet(out, seal_is_ctl(text.ptr[i]) ? '?' : text.ptr[i]);
}

/* "config:LINE:COLUMN: KEY: expected ..., found ..." */
static void
explain(struct seal_out *out, const struct seal_config_error *error)
{
	seal_out_text(out, "config:");
	seal_out_u64(out, error->line);
	seal_out_text(out, ":");
	seal_out_u64(out, error->column);
	seal_out_text(out, ": ");
	if (error->key != NULL) {
		put_text(out, error->key);
		seal_out_text(out, ": ");
	}
	seal_out_text(out, "expected ");
	put_text(out, error->expected);
	if (error->meant[0] != '\0') {
		seal_out_text(out, " ");
		put_text(out, error->meant);
	}
	seal_out_text(out, ", found ");
	if (error->found.len == 0)
		seal_out_text(out, "nothing");
	put_printable(out, error->found);
}

bool
seal_settings_open(struct seal_settings *s, struct seal_out *why)
{
	const struct seal_span flash = {
		seal_ld_image_start, (size_t)((uintptr_t)seal_ld_image_end - (uintptr_t)seal_ld_image_start),
	};
	const enum seal_image_fault fault = seal_image_open(&s->image, flash);
	struct seal_config_error error;

	if (fault != SEAL_IMAGE_FINE) {
		seal_out_text(why, "image: ");
		put_text(why, seal_image_fault_text(fault));
		return false;
	}
	s->config.clients = s->clients;
	s->config.clients_cap = SEAL_CLIENTS;
	s->config.domains = s->domains;
	s->config.domains_cap = SEAL_DOMAINS;
	if (seal_config_parse(&s->config, s->image.config, &error) == SEAL_OK)
		return true;
	explain(why, &error);
	return false;
}

bool
seal_settings_keys(struct seal_settings *s, struct seal_key_runner runner, struct seal_out *why)
{
	for (size_t i = 0; i < s->config.num_domains; i++) {
		const struct seal_span name = s->domains[i].key;
		enum seal_key_fault fault;
		struct seal_span text;

		if (name.len == 0 || seal_config_key_is_on_device(&s->domains[i]))
			continue;
		seal_out_text(why, "key ");
		put_printable(why, name);
		seal_out_text(why, ": ");
		if (!seal_image_find(&s->image, name, &text)) {
			seal_out_text(why, "not in the image");
			return false;
		}
		fault = seal_key_open(&s->keys[i], text, runner);
		put_text(why, seal_key_fault_text(fault));
		if (fault != SEAL_KEY_FINE)
			return false;
		why->len = 0;
	}
	return true;
}

/* The entry `name`, unless that is empty; `key` is what it is for. */
static bool
find_entry(const struct seal_settings *s, const char *key, struct seal_span name, struct seal_span *data,
           struct seal_out *why)
{
	*data = seal_span(NULL, 0);
	if (name.len == 0 || seal_image_find(&s->image, name, data))
		return true;
	put_text(why, key);
	seal_out_text(why, " ");
	put_printable(why, name);
	seal_out_text(why, ": not in the image");
	return false;
}

static bool
find_secret(struct seal_settings *s, struct seal_out *why)
{
	const struct seal_span name = s->config.next_hop.secret;
	const char *fault = NULL;

	if (!find_entry(s, "secret", name, &s->secret, why))
		return false;
	if (name.len != 0)
		fault = seal_config_secret(s->secret, &s->secret);
	if (fault != NULL) {
		seal_out_text(why, "secret ");
		put_printable(why, name);
		seal_out_text(why, ": ");
		put_text(why, fault);
	}
	return fault == NULL;
}

/* A board has neither programs nor CA certificates of its own. */
static bool
is_for_a_board(const struct seal_config_next_hop *hop, struct seal_out *why)
{
	if (hop->secret_helper.len != 0)
		seal_out_text(why, "secret-helper: a board has no programs; name a file with secret =");
	else if (hop->tls != SEAL_SMTPC_TLS_NONE && hop->ca.len == 0 && hop->pin.len == 0)
		seal_out_text(why, "next-hop: tls needs ca or pin on a board");
	else
		return true;
	return false;
}

bool
seal_settings_tls(struct seal_settings *s, struct seal_out *why)
{
	const struct seal_config_gateway *gateway = &s->config.gateway;
	const struct seal_config_next_hop *hop = &s->config.next_hop;

	s->pins = seal_span(s->pin_octets, seal_config_pins(hop->pin, s->pin_octets, sizeof s->pin_octets));
	return is_for_a_board(hop, why) &&
	       find_entry(s, "certificate", gateway->certificate, &s->certificate, why) &&
	       find_entry(s, "certificate-key", gateway->certificate_key, &s->certificate_key, why) &&
	       find_entry(s, "ca", hop->ca, &s->authorities, why) && find_secret(s, why);
}

static struct seal_key *
find_key(void *ctx, const struct seal_config_domain *domain)
{
	struct seal_settings *s = ctx;
	struct seal_key_private *key = &s->keys[domain - s->domains];

	return seal_key_is_open(key) ? &key->key : NULL;
}

struct seal_key_source
seal_settings_key_source(struct seal_settings *s)
{
	return (struct seal_key_source){ find_key, s };
}
