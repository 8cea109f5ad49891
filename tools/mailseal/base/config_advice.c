/* SPDX-License-Identifier: Apache-2.0 */
#include "tools/mailseal/base/config_advice.h"

#include "tools/mailseal/base/config_file.h"

/* --- networks ------------------------------------------------------------- */

static bool
next_network(struct seal_span *list, struct seal_network *network)
{
	struct seal_span item;

	while (seal_span_split(list, ',', &item)) {
		if (seal_network_read(item, network))
			return true;
	}
	return false;
}

struct network_text
network_text(const struct seal_network *network)
{
	struct network_text text = { "" };
	struct seal_out out = seal_out((uint8_t *)text.text, sizeof text.text - 1);

	seal_network_put(&out, network);
	text.text[out.len] = '\0';
	return text;
}

bool
networks_share(struct seal_span a, struct seal_span b, struct seal_network *shared)
{
	while (next_network(&a, shared)) {
		struct seal_span rest = b;
		struct seal_network other;

		while (next_network(&rest, &other)) {
			if (other.prefix_len == shared->prefix_len && seal_ip_equal(&other.address, &shared->address))
				return true;
		}
	}
	return false;
}

void
networks_warn_of_all(struct seal_span list, const char *about, struct seal_span client)
{
	struct seal_network network;

	while (next_network(&list, &network)) {
		if (seal_ip_is_none(&network.address) && seal_ip_is_v4(&network.address) && network.prefix_len == 96)
			tool_warning(about, "network 0.0.0.0/0 of [client %.*s] lets every address send; name the "
			             "networks of your clients", (int)client.len, (const char *)client.ptr);
	}
}

void
networks_note_single(struct seal_span list, const char *client)
{
	struct seal_network network;

	while (next_network(&list, &network)) {
		if (network.prefix_len == 128)
			tool_note(NULL, "client %s: network %s (one address)", client, network_text(&network).text);
	}
}

/* The section of the longest prefix is used, and of equal ones the first. */
static void
warn_of_client(const struct seal_config *config, size_t i, const char *path)
{
	const struct seal_config_client *const client = &config->clients[i];
	struct seal_network shared;

	networks_warn_of_all(client->networks, path, client->name);
	for (size_t k = 0; k < i; k++) {
		const struct seal_span first = config->clients[k].name;

		if (networks_share(client->networks, config->clients[k].networks, &shared))
			tool_warning(path, "network %s of [client %.*s] is already in [client %.*s], which alone "
			             "applies to it", network_text(&shared).text, (int)client->name.len,
			             (const char *)client->name.ptr, (int)first.len, (const char *)first.ptr);
	}
}

/* --- the rest ------------------------------------------------------------- */

static void
warn_of_loop(const struct seal_config_gateway *gateway, const char *path)
{
	const struct seal_endpoint *const hop = &gateway->next_hop;
	const bool is_local = seal_span_equal_nocase(hop->host, SEAL_SPAN("localhost"));
	const struct seal_span host = is_local ? SEAL_SPAN("127.0.0.1") : hop->host;
	struct seal_ip address, own;

	if (hop->port == gateway->listen.port && seal_ip_read(host, &address) &&
	    seal_ip_read(gateway->listen.host, &own) && seal_ip_equal(&address, &own))
		tool_warning(path, "next-hop %.*s:%u is the gateway's own listen address, so mail would loop; name "
		             "your mail server", (int)hop->host.len, (const char *)hop->host.ptr, (unsigned)hop->port);
}

void
config_file_warn(const struct config_file *f, const char *path)
{
	const struct seal_config_next_hop *hop = &f->config.next_hop;
	const unsigned port = f->config.gateway.next_hop.port;

	if (hop->tls == SEAL_SMTPC_TLS_NONE && (port == 465 || port == 587))
		tool_warning(path, "next-hop has port %u, which is for TLS, but no [next-hop] section has tls = %s",
		             port, port == 465 ? "implicit" : "starttls");
	if (hop->pin.len != 0 && hop->ca.len != 0)
		tool_warning(path, "ca has no effect because pin is set");
	warn_of_loop(&f->config.gateway, path);
	if (f->config.num_clients == 0)
		tool_warning(path, "no [client] section, so no client may send");
	for (size_t i = 0; i < f->config.num_clients; i++)
		warn_of_client(&f->config, i, path);
}

void
config_file_note_listen(const struct config_file *f, const char *path)
{
	const struct seal_endpoint *const listen = &f->config.gateway.listen;
	struct seal_ip address;

	if (seal_span_equal(f->config.gateway.address, SEAL_SPAN("dhcp")) && seal_ip_read(listen->host, &address) &&
	    !seal_ip_is_loopback(&address))
		tool_note(path, "to listen on %.*s:%u, Linux needs mailseald --tap (mailseald(8)); without --tap, set "
		          "listen = 127.0.0.1:2525, for clients on the same machine", (int)listen->host.len,
		          (const char *)listen->host.ptr, (unsigned)listen->port);
}
