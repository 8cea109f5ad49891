/* SPDX-License-Identifier: Apache-2.0
 *
 * config.c - the configuration text. Promised: an error names a place in the text, every span lies in
 * the text, and LF and CRLF mean the same.
 */
#include "engine/config/config.h"
#include "tests/fuzz/fuzz.h"

#define SECTIONS 6u

struct reading {
	struct seal_config config;
	struct seal_config_client clients[SECTIONS];
	struct seal_config_domain domains[SECTIONS];
	struct seal_config_error error;
	enum seal_status status;
};

static void
read_text(struct reading *r, struct seal_span text)
{
	memset(r, 0, sizeof *r);
	r->config.clients = r->clients;
	r->config.clients_cap = SECTIONS;
	r->config.domains = r->domains;
	r->config.domains_cap = SECTIONS;
	r->status = seal_config_parse(&r->config, text, &r->error);
}

static void
check_error(const struct seal_config_error *e, struct seal_span text)
{
	uint32_t line = 1;
	size_t at = 0;

	while (line < e->line) {
		at += seal_span_find(seal_span_from(text, at), '\n') + 1;
		line++;
		REQUIRE(at <= text.len);
	}
	REQUIRE(e->line >= 1 && e->column >= 1);
	REQUIRE(e->column <= seal_span_find(seal_span_from(text, at), '\n') + 1);
	REQUIRE(fuzz_within(e->found, text) && seal_span_find(e->found, '\n') == e->found.len);
	REQUIRE(e->expected != NULL && e->expected[0] != '\0');
	REQUIRE(memchr(e->meant, '\0', sizeof e->meant) != NULL);
}

static void
check_networks(struct seal_span list)
{
	struct seal_network network;
	struct seal_span item;
	unsigned num = 0;

	while (seal_span_split(&list, ',', &item)) {
		REQUIRE(seal_network_read(item, &network) && !seal_network_trim(&network));
		REQUIRE(network.prefix_len >= 96 && network.prefix_len <= 128 && seal_ip_is_v4(&network.address));
		num++;
	}
	REQUIRE(num > 0 && num <= SEAL_CONFIG_NETWORKS_MAX);
}

static void
check_config(const struct seal_config *c, struct seal_span text)
{
	uint8_t name[SEAL_DOMAIN_MAX + 1], pins[SEAL_CONFIG_PINS_LEN];

	REQUIRE(c->gateway.hostname.len > 0 && fuzz_within(c->gateway.hostname, text));
	REQUIRE(c->gateway.next_hop.host.len > 0 && fuzz_within(c->gateway.next_hop.host, text));
	REQUIRE((c->gateway.certificate.len > 0) == (c->gateway.certificate_key.len > 0));
	REQUIRE(c->next_hop.pin.len == 0 || seal_config_pins(c->next_hop.pin, pins, sizeof pins) > 0);
	for (size_t i = 0; i < c->num_clients; i++) {
		REQUIRE(c->clients[i].name.len > 0 && fuzz_within(c->clients[i].name, text));
		check_networks(c->clients[i].networks);
		REQUIRE(c->clients[i].from.len > 0 && fuzz_within(c->clients[i].from, text));
		REQUIRE(c->clients[i].rate_period_s > 0);
	}
	for (size_t i = 0; i < c->num_domains; i++) {
		const struct seal_span written = c->domains[i].name;
		const struct seal_span normal = seal_config_name(written, name);

		REQUIRE(fuzz_within(written, text) && normal.len > 0 && normal.len <= SEAL_DOMAIN_MAX);
		REQUIRE(seal_config_covers(&c->domains[i], normal) > 0);
		REQUIRE((c->domains[i].key.len > 0) == (c->domains[i].selector.len > 0));
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	static struct reading r, other;
	const struct seal_span text = seal_span(data, len);
	struct seal_span crlf, secret;
	uint8_t *copy;
	size_t n = 0;

	read_text(&r, text);
	REQUIRE(r.status == SEAL_OK || r.status == SEAL_E_PEER || r.status == SEAL_E_LIMIT);
	if (r.status == SEAL_OK)
		check_config(&r.config, text);
	else
		check_error(&r.error, text);
	if (seal_config_secret(text, &secret) == NULL)
		REQUIRE(fuzz_within(secret, text) && secret.len > 0 && seal_span_find(secret, '\n') == secret.len);
	if (seal_span_find(text, '\r') < len)
		return 0;
	copy = malloc(2 * len + 1);
	REQUIRE(copy != NULL);
	for (size_t i = 0; i < len; i++) {
		if (data[i] == '\n')
			copy[n++] = '\r';
		copy[n++] = data[i];
	}
	crlf = seal_span(copy, n);
	read_text(&other, crlf);
	REQUIRE(other.status == r.status);
	if (r.status != SEAL_OK)
		REQUIRE(other.error.line == r.error.line && other.error.column == r.error.column);
	else
		check_config(&other.config, crlf);
	free(copy);
	return 0;
}
