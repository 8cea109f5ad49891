/* SPDX-License-Identifier: Apache-2.0
 *
 * key_names.c - names as values of the configuration, and addresses.
 */
#include "engine/config/key_readers.h"

#include "engine/base/ascii.h"
#include "engine/base/num.h"

/* --- names ---------------------------------------------------------------- */

/* A last label of digits belongs to an address, well formed or not (RFC 3696 2). */
static bool
ends_with_number(struct seal_span s)
{
	size_t at = s.len;

	while (at > 0 && seal_is_digit(s.ptr[at - 1]))
		at--;
	return at < s.len && (at == 0 || s.ptr[at - 1] == '.');
}

bool
seal_config_is_domain(struct seal_span s)
{
	uint8_t buf[SEAL_DOMAIN_MAX + 1];

	return !ends_with_number(s) && seal_config_name(s, buf).len != 0;
}

/* A domain name that can stand in EHLO as it is: A-labels are longer than the U-labels
 * they stand for, and a final dot would be gone. */
static bool
is_host_name(struct seal_span s)
{
	uint8_t buf[SEAL_DOMAIN_MAX + 1];

	return seal_config_is_domain(s) && seal_config_name(s, buf).len == s.len;
}

static bool
is_host(struct seal_span s)
{
	struct seal_ip address;

	return seal_ip_read_v4(s, &address) || is_host_name(s);
}

/* RFC 6376 3.1: sub-domain *( "." sub-domain ), which are RFC 5321's. */
static bool
is_label(struct seal_span s)
{
	if (s.len == 0 || s.len > SEAL_LABEL_MAX)
		return false;
	for (size_t i = 0; i < s.len; i++) {
		if (!seal_is_let_dig(s.ptr[i]) && s.ptr[i] != '-')
			return false;
	}
	return s.ptr[0] != '-' && s.ptr[s.len - 1] != '-';
}

/* RFC 5322 3.2.3, without "=", which i= would have to quote (RFC 6376 2.11). */
static bool
is_dot_atom(struct seal_span s)
{
	uint8_t before = '.';

	for (size_t i = 0; i < s.len; i++) {
		if (s.ptr[i] == '.' ? before == '.' : !seal_is_atext(s.ptr[i]) || s.ptr[i] == '=')
			return false;
		before = s.ptr[i];
	}
	return before != '.';
}

bool
seal_config_read_span(void *member, const struct seal_config_key *key, struct seal_span value,
                      struct seal_config_error *error)
{
	struct seal_span *span = member;

	(void)key;
	(void)error;
	*span = value;
	return true;
}

bool
seal_config_read_host_name(void *member, const struct seal_config_key *key, struct seal_span value,
                           struct seal_config_error *error)
{
	return is_host_name(value) && seal_config_read_span(member, key, value, error);
}

bool
seal_config_read_host(void *member, const struct seal_config_key *key, struct seal_span value,
                      struct seal_config_error *error)
{
	return is_host(value) && seal_config_read_span(member, key, value, error);
}

bool
seal_config_read_selector(void *member, const struct seal_config_key *key, struct seal_span value,
                          struct seal_config_error *error)
{
	struct seal_span rest = value;

	while (rest.len > 0) {
		const size_t dot = seal_span_find(rest, '.');

		if (!is_label(seal_span_first(rest, dot)) || dot + 1 == rest.len)
			return false;
		rest = seal_span_from(rest, dot + 1);
	}
	return value.len <= SEAL_SELECTOR_MAX && seal_config_read_span(member, key, value, error);
}

bool
seal_config_read_identity(void *member, const struct seal_config_key *key, struct seal_span value,
                          struct seal_config_error *error)
{
	const size_t at = seal_span_find(value, '@');

	return (at == 0 || is_dot_atom(seal_span_first(value, at))) &&
	       is_host_name(seal_span_from(value, at + 1)) && seal_config_read_span(member, key, value, error);
}

bool
seal_config_read_domains(void *member, const struct seal_config_key *key, struct seal_span value,
                         struct seal_config_error *error)
{
	struct seal_span rest = value;

	while (seal_span_split(&rest, ',', &error->found)) {
		if (!seal_config_is_domain(error->found))
			return false;
	}
	return seal_config_read_span(member, key, value, error);
}

/* The same, but each may be "*.DOMAIN". */
bool
seal_config_read_from(void *member, const struct seal_config_key *key, struct seal_span value,
                      struct seal_config_error *error)
{
	struct seal_span rest = value;

	while (seal_span_split(&rest, ',', &error->found)) {
		const bool below = seal_span_starts_nocase(error->found, SEAL_SPAN("*."));

		if (!seal_config_is_domain(seal_span_from(error->found, below ? 2 : 0)))
			return false;
	}
	return seal_config_read_span(member, key, value, error);
}

bool
seal_config_read_fields(void *member, const struct seal_config_key *key, struct seal_span value,
                        struct seal_config_error *error)
{
	return (value.len == 0 || seal_select_check(value, &error->found)) &&
	       seal_config_read_span(member, key, value, error);
}

/* --- addresses ------------------------------------------------------------ */

/* The gateway does not speak IPv6 yet, so the configuration does not admit it. */
static bool
is_v6_text(struct seal_span s)
{
	return seal_span_find(s, ':') < s.len;
}

static void
put_meant(struct seal_config_error *error, const struct seal_network *network)
{
	struct seal_out out = seal_out((uint8_t *)error->meant, sizeof error->meant - 1);

	seal_network_put(&out, network);
	error->meant[out.len] = '\0';
}

static bool
check_network(struct seal_span s, struct seal_config_error *error)
{
	struct seal_network network;

	if (!seal_network_read(s, &network))
		return false;
	if (is_v6_text(s)) {
		error->expected = "IPv4 networks, A.B.C.D/LEN; IPv6 networks are not supported yet";
		return false;
	}
	if (!seal_network_trim(&network))
		return true;
	error->expected = "an IPv4 network without bits after its prefix:";
	put_meant(error, &network);
	return false;
}

_Static_assert(SEAL_CONFIG_NETWORKS_MAX == 8, "the text below holds eight");

bool
seal_config_read_networks(void *member, const struct seal_config_key *key, struct seal_span value,
                          struct seal_config_error *error)
{
	struct seal_span rest = value;
	unsigned num = 0;

	while (seal_span_split(&rest, ',', &error->found)) {
		if (++num > SEAL_CONFIG_NETWORKS_MAX) {
			error->expected = "at most eight networks in a section";
			return false;
		}
		if (!check_network(error->found, error))
			return false;
	}
	return seal_config_read_span(member, key, value, error);
}

bool
seal_config_read_endpoint(void *member, const struct seal_config_key *key, struct seal_span value,
                          struct seal_config_error *error)
{
	struct seal_endpoint *endpoint = member;
	struct seal_span text;
	uint64_t port;

	(void)error;
	if (!seal_ip_split_port(value, &endpoint->host, &text))
		return false;
	text = text.len == 0 && key->detail != NULL ? seal_span_text(key->detail) : seal_span_from(text, 1);
	if (!seal_num_u64(text, &port))
		return false;
	endpoint->port = (uint16_t)port;
	return port >= 1 && port <= UINT16_MAX && is_host(endpoint->host);
}

bool
seal_config_read_listen(void *member, const struct seal_config_key *key, struct seal_span value,
                        struct seal_config_error *error)
{
	const struct seal_endpoint *endpoint = member;
	struct seal_ip address;

	return seal_config_read_endpoint(member, key, value, error) && seal_ip_read_v4(endpoint->host, &address);
}

bool
seal_config_read_ipv4(void *member, const struct seal_config_key *key, struct seal_span value,
                      struct seal_config_error *error)
{
	struct seal_ip address;

	return seal_ip_read_v4(value, &address) && seal_config_read_span(member, key, value, error);
}

static bool
is_prefix(struct seal_span s)
{
	struct seal_network network;

	return seal_span_find(s, '/') < s.len && !is_v6_text(s) && seal_network_read(s, &network);
}

bool
seal_config_read_address(void *member, const struct seal_config_key *key, struct seal_span value,
                         struct seal_config_error *error)
{
	return (seal_config_is(value, "dhcp") || is_prefix(value)) && seal_config_read_span(member, key, value, error);
}
