/* SPDX-License-Identifier: Apache-2.0 */
#include "port/cortexm/secrecy.h"

#include <string.h>

#include "engine/base/ip.h"
#include "port/cortexm/network.h"
#include "port/cortexm/signing.h"
#include "port/cortexm/sizes.h"
#include "port/mbedtls/arena.h"

/* Some milliseconds of a slow processor; the network goes on in between. */
#define LOGIN_ROUNDS 50u

/* In the arena: a board without TLS has other uses for its memory. */
static struct {
	struct seal_tls_peer *next_hop, *client; /* NULL: none */
	struct seal_tls *connections;
} secrecy;

static bool
has_next_hop(const struct seal_settings *s)
{
	return s->config.next_hop.tls != SEAL_SMTPC_TLS_NONE;
}

static bool
has_clients(const struct seal_settings *s)
{
	return s->config.gateway.certificate.len > 0;
}

bool
seal_secrecy_wanted(const struct seal_settings *s)
{
	return has_next_hop(s) || has_clients(s);
}

static bool
is_fine(enum seal_tls_fault fault, const char *what, struct seal_out *why)
{
	if (fault == SEAL_TLS_FINE)
		return true;
	seal_out_span_put(why, seal_span_text(what));
	seal_out_span_put(why, seal_span_text(seal_tls_fault_text(fault)));
	return false;
}

static struct seal_tls_peer *
new_peer(void)
{
	return seal_arena_calloc(1, sizeof(struct seal_tls_peer));
}

/* What the next hop's certificate is for; an address is no name, and never sent as one. */
static struct seal_span
next_hop_name(const struct seal_config *config)
{
	struct seal_ip address;

	if (config->next_hop.name.len > 0)
		return config->next_hop.name;
	return seal_ip_read(config->gateway.next_hop.host, &address) ? seal_span(NULL, 0)
	                                                             : config->gateway.next_hop.host;
}

static bool
start_next_hop(struct seal_settings *s, struct seal_out *why)
{
	const struct seal_span name = next_hop_name(&s->config);
	char *const text = seal_arena_calloc(1, name.len + 1u);
	const struct seal_tls_client_setup setup = {
		.name = text,
		.authorities = s->authorities,
		.pins = s->pins,
		.random = seal_signing_random(),
		.now_s = seal_network_now_s,
	};

	secrecy.next_hop = new_peer();
	if (text == NULL || secrecy.next_hop == NULL)
		return is_fine(SEAL_TLS_NO_MEMORY, "next-hop: ", why);
	if (name.len > 0)
		memcpy(text, name.ptr, name.len);
	return is_fine(seal_tls_client(secrecy.next_hop, &setup), "next-hop: ", why);
}

static bool
start_clients(struct seal_settings *s, struct seal_out *why)
{
	const struct seal_tls_server_setup setup = {
		.chain = s->certificate,
		.key = s->certificate_key,
		.random = seal_signing_random(),
		.now_s = seal_network_now_s,
	};

	if (SEAL_TLS_CONNECTIONS < 2 * SEAL_SESSIONS) {
		seal_out_text(why, "certificate: this board has no TLS for its clients");
		return false;
	}
	secrecy.client = new_peer();
	if (secrecy.client == NULL)
		return is_fine(SEAL_TLS_NO_MEMORY, "certificate: ", why);
	return is_fine(seal_tls_server(secrecy.client, &setup), "certificate: ", why);
}

bool
seal_secrecy_start(struct seal_settings *s, uint32_t boots, struct seal_out *why)
{
	if (!seal_settings_tls(s, why))
		return false;
	if (!seal_secrecy_wanted(s))
		return true;
	if (boots == 0) {
		seal_out_text(why, "TLS needs a store that counts starts: without it random numbers may come again");
		return false;
	}
	secrecy.connections = seal_arena_calloc(SEAL_TLS_CONNECTIONS, sizeof *secrecy.connections);
	if (secrecy.connections == NULL)
		return is_fine(SEAL_TLS_NO_MEMORY, "TLS: ", why);
	if (SEAL_TLS_CONNECTIONS == 1)
		seal_signing_shares_with(secrecy.connections);
	return (!has_next_hop(s) || start_next_hop(s, why)) && (!has_clients(s) || start_clients(s, why));
}

void
seal_secrecy_give(const struct seal_settings *s, struct seal_app_setup *setup)
{
	const struct seal_config_next_hop *hop = &s->config.next_hop;

	setup->needs = (struct seal_smtpc_needs){
		.tls = hop->tls, .auth = hop->auth, .clear_auth = hop->clear_auth,
		.user = hop->user, .secret = s->secret,
	};
	setup->login_rounds = LOGIN_ROUNDS;
	if (secrecy.connections == NULL)
		return;
	setup->tls = secrecy.connections;
	setup->num_tls = SEAL_TLS_CONNECTIONS;
	setup->next_hop_tls = secrecy.next_hop;
	setup->client_tls = secrecy.client;
}
