/* SPDX-License-Identifier: Apache-2.0
 *
 * config_keys.c - what each key of the configuration accepts.
 */
#include "engine/config/config_keys.h"

#include "engine/base/ascii.h"
#include "engine/base/ip.h"
#include "engine/base/num.h"
#include "engine/config/login_entry.h"
#include "engine/mail/date.h"

bool
seal_config_is(struct seal_span s, const char *word)
{
	size_t i = 0;

	while (i < s.len && word[i] != '\0' && s.ptr[i] == (uint8_t)word[i])
		i++;
	return i == s.len && word[i] == '\0';
}

/* --- numbers -------------------------------------------------------------- */

struct unit {
	char name[4];
	uint32_t factor; /* 0: the end of the table */
};

static const struct unit size_units[] = { { "", 1 }, { "K", 1024 }, { "M", 1024 * 1024 }, { "", 0 } };
static const struct unit time_units[] = { { "s", 1 }, { "m", 60 }, { "h", 3600 }, { "d", 86400 }, { "", 0 } };
static const struct unit rate_units[] = { { "s", 1 }, { "min", 60 }, { "h", 3600 }, { "d", 86400 }, { "", 0 } };

static uint32_t
unit_factor(struct seal_span name, const struct unit *units)
{
	while (units->factor != 0 && !seal_config_is(name, units->name))
		units++;
	return units->factor;
}

/* A number right before one of `units`, in all 1..max. */
static bool
read_scaled(struct seal_span value, const struct unit *units, uint64_t max, uint64_t *out)
{
	size_t num_digits = 0;
	uint64_t number;
	uint32_t factor;

	while (num_digits < value.len && seal_is_digit(value.ptr[num_digits]))
		num_digits++;
	factor = unit_factor(seal_span_from(value, num_digits), units);
	if (factor == 0 || !seal_num_u64(seal_span_first(value, num_digits), &number))
		return false;
	if (number == 0 || number > max / factor)
		return false;
	*out = number * factor;
	return true;
}

static bool
read_size(void *member, const struct seal_config_key *key, struct seal_span value,
          struct seal_config_error *error)
{
	uint64_t *size = member;

	(void)key;
	(void)error;
	return read_scaled(value, size_units, UINT64_MAX, size);
}

static bool
read_seconds(void *member, const struct seal_config_key *key, struct seal_span value,
             struct seal_config_error *error)
{
	uint32_t *seconds = member;
	uint64_t number;

	(void)key;
	(void)error;
	if (!read_scaled(value, time_units, UINT32_MAX, &number))
		return false;
	*seconds = (uint32_t)number;
	return true;
}

static bool
read_rate(void *member, const struct seal_config_key *key, struct seal_span value,
          struct seal_config_error *error)
{
	struct seal_config_client *client = member;
	const size_t slash = seal_span_find(value, '/');
	uint64_t count;

	(void)key;
	(void)error;
	client->rate_period_s = unit_factor(seal_span_from(value, slash + 1), rate_units);
	if (client->rate_period_s == 0 || !seal_num_u64(seal_span_first(value, slash), &count))
		return false;
	client->rate_count = (uint32_t)count;
	return count >= 1 && count <= UINT32_MAX;
}

static bool
read_date(void *member, const struct seal_config_key *key, struct seal_span value,
          struct seal_config_error *error)
{
	(void)key;
	(void)error;
	return seal_date_day(value, member);
}

/* --- words ---------------------------------------------------------------- */

/* The member, an octet, becomes the number of the word in key->words. */
static bool
read_word(void *member, const struct seal_config_key *key, struct seal_span value,
          struct seal_config_error *error)
{
	struct seal_span words = seal_span_text(key->words);
	struct seal_span word;
	uint8_t number = 0;

	(void)error;
	while (seal_span_split(&words, '|', &word) && !seal_span_equal(word, value))
		number++;
	if (!seal_span_equal(word, value))
		return false;
	*(uint8_t *)member = number;
	return true;
}

_Static_assert(sizeof(bool) == 1, "no and yes are the numbers of words too");
_Static_assert(SEAL_BARE_LF_REFUSE == 0 && SEAL_BARE_LF_NORMALIZE == 1, "refuse|normalize");
_Static_assert(SEAL_SMTPC_TLS_NONE == 0 && SEAL_SMTPC_TLS_STARTTLS == 1 && SEAL_SMTPC_TLS_IMPLICIT == 2,
               "none|starttls|implicit");
_Static_assert(SEAL_SMTPC_AUTH_NONE == 0 && SEAL_SMTPC_AUTH_PLAIN == 1 && SEAL_SMTPC_AUTH_LOGIN == 2 &&
               SEAL_SMTPC_AUTH_XOAUTH2 == 3, "none|plain|login|xoauth2");
_Static_assert(SEAL_SMTPD_HIDDEN == 0 && SEAL_SMTPD_OFFERED == 1 && SEAL_SMTPD_REQUIRED == 2,
               "hidden|offered|required, none|offered|required");
_Static_assert(SEAL_ACTIVATION_IMMEDIATE == 0 && SEAL_ACTIVATION_DNS == 1 && SEAL_ACTIVATION_MANUAL == 2,
               "immediate|dns|manual");

static bool
read_tls_offer(void *member, const struct seal_config_key *key, struct seal_span value,
               struct seal_config_error *error)
{
	struct seal_config_client *client = member;

	client->tls_is_written = true;
	return read_word(&client->tls, key, value, error);
}

/* "any" is offered too. */
static bool
read_auth_offer(void *member, const struct seal_config_key *key, struct seal_span value,
                struct seal_config_error *error)
{
	struct seal_config_client *client = member;

	client->any_login = seal_config_is(value, "any");
	client->auth = SEAL_SMTPD_OFFERED;
	return client->any_login || read_word(&client->auth, key, value, error);
}

static bool
read_add(void *member, const struct seal_config_key *key, struct seal_span value,
         struct seal_config_error *error)
{
	struct seal_config_client *client = member;

	(void)key;
	while (seal_span_split(&value, ',', &error->found)) {
		if (seal_config_is(error->found, "date"))
			client->add_date = true;
		else if (seal_config_is(error->found, "message-id"))
			client->add_message_id = true;
		else
			return false;
	}
	return true;
}

static bool
read_canon(struct seal_span word, enum seal_canon *canon)
{
	const bool relaxed = seal_config_is(word, "relaxed");

	*canon = relaxed ? SEAL_CANON_RELAXED : SEAL_CANON_SIMPLE;
	return relaxed || seal_config_is(word, "simple");
}

static bool
read_canonicalization(void *member, const struct seal_config_key *key, struct seal_span value,
                      struct seal_config_error *error)
{
	struct seal_config_domain *domain = member;
	const size_t slash = seal_span_find(value, '/');

	(void)key;
	(void)error;
	return read_canon(seal_span_first(value, slash), &domain->header_canon) &&
	       read_canon(seal_span_from(value, slash + 1), &domain->body_canon);
}

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

static bool
read_span(void *member, const struct seal_config_key *key, struct seal_span value,
          struct seal_config_error *error)
{
	struct seal_span *span = member;

	(void)key;
	(void)error;
	*span = value;
	return true;
}

static bool
read_host_name(void *member, const struct seal_config_key *key, struct seal_span value,
               struct seal_config_error *error)
{
	return is_host_name(value) && read_span(member, key, value, error);
}

static bool
read_host(void *member, const struct seal_config_key *key, struct seal_span value,
          struct seal_config_error *error)
{
	return is_host(value) && read_span(member, key, value, error);
}

static bool
read_selector(void *member, const struct seal_config_key *key, struct seal_span value,
              struct seal_config_error *error)
{
	struct seal_span rest = value;

	while (rest.len > 0) {
		const size_t dot = seal_span_find(rest, '.');

		if (!is_label(seal_span_first(rest, dot)) || dot + 1 == rest.len)
			return false;
		rest = seal_span_from(rest, dot + 1);
	}
	return value.len <= SEAL_SELECTOR_MAX && read_span(member, key, value, error);
}

static bool
read_identity(void *member, const struct seal_config_key *key, struct seal_span value,
              struct seal_config_error *error)
{
	const size_t at = seal_span_find(value, '@');

	return (at == 0 || is_dot_atom(seal_span_first(value, at))) &&
	       is_host_name(seal_span_from(value, at + 1)) && read_span(member, key, value, error);
}

static bool
read_domains(void *member, const struct seal_config_key *key, struct seal_span value,
             struct seal_config_error *error)
{
	struct seal_span rest = value;

	while (seal_span_split(&rest, ',', &error->found)) {
		if (!seal_config_is_domain(error->found))
			return false;
	}
	return read_span(member, key, value, error);
}

/* As above, but each may be "*.DOMAIN". */
static bool
read_from(void *member, const struct seal_config_key *key, struct seal_span value,
          struct seal_config_error *error)
{
	struct seal_span rest = value;

	while (seal_span_split(&rest, ',', &error->found)) {
		const bool below = seal_span_starts_nocase(error->found, SEAL_SPAN("*."));

		if (!seal_config_is_domain(seal_span_from(error->found, below ? 2 : 0)))
			return false;
	}
	return read_span(member, key, value, error);
}

static bool
read_fields(void *member, const struct seal_config_key *key, struct seal_span value,
            struct seal_config_error *error)
{
	return (value.len == 0 || seal_select_check(value, &error->found)) &&
	       read_span(member, key, value, error);
}

/* --- keys and passwords --------------------------------------------------- */

_Static_assert(SEAL_CONFIG_PINS_MAX == 4, "the text below says four");

static bool
read_pins(void *member, const struct seal_config_key *key, struct seal_span value,
          struct seal_config_error *error)
{
	uint8_t digest[SEAL_CONFIG_PIN_LEN];
	struct seal_span rest = value;

	for (size_t num = 0; seal_span_split(&rest, ',', &error->found); num++) {
		if (num == SEAL_CONFIG_PINS_MAX) {
			error->expected = "at most four pins";
			return false;
		}
		if (seal_config_pins(error->found, digest, sizeof digest) == 0)
			return false;
	}
	return read_span(member, key, value, error);
}

/* An item before `end` is for the same user. */
static bool
is_known_user(struct seal_span list, const uint8_t *end, struct seal_span user)
{
	struct seal_span item;

	while (seal_span_split(&list, ',', &item) && item.ptr != end) {
		if (seal_span_equal(seal_span_first(item, seal_span_find(item, ':')), user))
			return true;
	}
	return false;
}

/* What is said of an item is its user, not what may be a password. */
static bool
read_logins(void *member, const struct seal_config_key *key, struct seal_span value,
            struct seal_config_error *error)
{
	struct seal_login_entry entry;
	struct seal_span rest = value;
	struct seal_span item;

	while (seal_span_split(&rest, ',', &item)) {
		error->found = seal_span_first(item, seal_span_find(item, ':'));
		if (!seal_login_read(item, &entry))
			return false;
		if (is_known_user(value, item.ptr, entry.user)) {
			error->expected = "each user once in a section";
			return false;
		}
	}
	return read_span(member, key, value, error);
}

/* --- addresses ------------------------------------------------------------ */

/* The network is not connected by IPv6, so the configuration admits none yet. */
static bool
is_v6_text(struct seal_span s)
{
	return seal_span_find(s, ':') < s.len;
}

static void
say_meant(struct seal_config_error *error, const struct seal_network *network)
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
	error->expected = "an IPv4 network without bits behind its prefix:";
	say_meant(error, &network);
	return false;
}

_Static_assert(SEAL_CONFIG_NETWORKS_MAX == 8, "the text below says eight");

static bool
read_networks(void *member, const struct seal_config_key *key, struct seal_span value,
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
	return read_span(member, key, value, error);
}

static bool
read_endpoint(void *member, const struct seal_config_key *key, struct seal_span value,
              struct seal_config_error *error)
{
	struct seal_endpoint *endpoint = member;
	struct seal_span text;
	uint64_t port = key->port;

	(void)error;
	if (!seal_ip_split_port(value, &endpoint->host, &text))
		return false;
	if (text.len > 0 && !seal_num_u64(seal_span_from(text, 1), &port))
		return false;
	endpoint->port = (uint16_t)port;
	return port >= 1 && port <= UINT16_MAX && is_host(endpoint->host);
}

static bool
read_listen(void *member, const struct seal_config_key *key, struct seal_span value,
            struct seal_config_error *error)
{
	const struct seal_endpoint *endpoint = member;
	struct seal_ip address;

	return read_endpoint(member, key, value, error) && seal_ip_read_v4(endpoint->host, &address);
}

static bool
read_ipv4(void *member, const struct seal_config_key *key, struct seal_span value,
          struct seal_config_error *error)
{
	struct seal_ip address;

	return seal_ip_read_v4(value, &address) && read_span(member, key, value, error);
}

static bool
is_prefix(struct seal_span s)
{
	struct seal_network network;

	return seal_span_find(s, '/') < s.len && !is_v6_text(s) && seal_network_read(s, &network);
}

static bool
read_address(void *member, const struct seal_config_key *key, struct seal_span value,
             struct seal_config_error *error)
{
	return (seal_config_is(value, "dhcp") || is_prefix(value)) && read_span(member, key, value, error);
}

/* --- the tables ----------------------------------------------------------- */

#define AT(section, member) (uint16_t)offsetof(struct seal_config_##section, member)
#define TEXT_HOST      "a host name in ASCII or an IPv4 address"
#define TEXT_ENDPOINT  "HOST:PORT, a host name in ASCII or an IPv4 address"
#define TEXT_FIELDS    "names of header fields"
#define TEXT_DURATION  "a duration with its unit, such as 90s, 10m, 2h or 7d"

const struct seal_config_key seal_config_gateway_keys[] = {
	{ "hostname", SEAL_CONFIG_REQUIRED, 0, AT(gateway, hostname), read_host_name,
	  "our host name in ASCII", NULL },
	{ "listen", 0, 0, AT(gateway, listen), read_listen, "ADDRESS:PORT, an IPv4 address", NULL },
	{ "next-hop", SEAL_CONFIG_REQUIRED, 25, AT(gateway, next_hop), read_endpoint,
	  TEXT_ENDPOINT, NULL },
	{ "max-size", 0, 0, AT(gateway, max_size), read_size,
	  "a number of octets, such as 500K or 25M", NULL },
	{ "address", 0, 0, AT(gateway, address), read_address, "dhcp or A.B.C.D/LEN", NULL },
	{ "router", 0, 0, AT(gateway, router), read_ipv4, "an IPv4 address", NULL },
	{ "dns-server", 0, 53, AT(gateway, dns_server), read_listen, "an IPv4 address, or ADDRESS:PORT", NULL },
	{ "time-server", 0, 0, AT(gateway, time_server), read_host, TEXT_HOST, NULL },
	{ "log-server", 0, 514, AT(gateway, log_server), read_endpoint, TEXT_ENDPOINT, NULL },
	{ "log-addresses", 0, 0, AT(gateway, mask_addresses), read_word,
	  "full or masked", "full|masked" },
	{ "certificate", 0, 0, AT(gateway, certificate), read_span,
	  "the file name of a certificate chain", NULL },
	{ "certificate-key", 0, 0, AT(gateway, certificate_key), read_span,
	  "the file name of the certificate's private key", NULL },
	{ "listen-tls", 0, 465, AT(gateway, listen_tls), read_listen, "ADDRESS:PORT, an IPv4 address", NULL },
	{ "", 0, 0, 0, NULL, NULL, NULL }
};

const struct seal_config_key seal_config_next_hop_keys[] = {
	{ "tls", SEAL_CONFIG_REQUIRED, 0, AT(next_hop, tls), read_word,
	  "none, starttls or implicit", "none|starttls|implicit" },
	{ "ca", 0, 0, AT(next_hop, ca), read_span, "the file name of CA certificates", NULL },
	{ "pin", SEAL_CONFIG_LIST, 0, AT(next_hop, pin), read_pins,
	  "sha256/BASE64 of 32 octets", NULL },
	{ "name", 0, 0, AT(next_hop, name), read_host_name, "a domain name in ASCII", NULL },
	{ "auth", 0, 0, AT(next_hop, auth), read_word, "none, plain, login or xoauth2",
	  "none|plain|login|xoauth2" },
	{ "user", 0, 0, AT(next_hop, user), read_span, "the name to log in with", NULL },
	{ "secret", 0, 0, AT(next_hop, secret), read_span,
	  "the file name of a password or token", NULL },
	{ "secret-helper", 0, 0, AT(next_hop, secret_helper), read_span,
	  "a command that prints a password or token", NULL },
	{ "auth-in-clear", 0, 0, AT(next_hop, clear_auth), read_word, "yes or no", "no|yes" },
	{ "", 0, 0, 0, NULL, NULL, NULL }
};

const struct seal_config_key seal_config_client_keys[] = {
	{ "network", SEAL_CONFIG_REQUIRED | SEAL_CONFIG_LIST, 0, AT(client, networks), read_networks,
	  "IPv4 networks, A.B.C.D/LEN", NULL },
	{ "from", SEAL_CONFIG_REQUIRED | SEAL_CONFIG_LIST, 0, AT(client, from), read_from,
	  "domain names, or *.DOMAIN for those below it", NULL },
	{ "rate", 0, 0, 0, read_rate, "COUNT/s, COUNT/min, COUNT/h or COUNT/d", NULL },
	{ "patience", 0, 0, AT(client, patience_s), read_seconds, TEXT_DURATION, NULL },
	{ "bare-newline", 0, 0, AT(client, bare_lf), read_word,
	  "refuse or normalize", "refuse|normalize" },
	{ "long-lines", 0, 0, AT(client, refuse_long_lines), read_word,
	  "sign or refuse", "sign|refuse" },
	{ "8bit-header", 0, 0, AT(client, pass_8bit_header), read_word,
	  "refuse or pass", "refuse|pass" },
	{ "add", SEAL_CONFIG_LIST, 0, 0, read_add, "date, message-id or both", NULL },
	{ "tls", 0, 0, 0, read_tls_offer, "hidden, offered or required",
	  "hidden|offered|required" },
	{ "auth", 0, 0, 0, read_auth_offer, "none, any, offered or required",
	  "none|offered|required" },
	{ "auth-in-clear", 0, 0, AT(client, clear_login), read_word, "yes or no", "no|yes" },
	{ "login", SEAL_CONFIG_LIST, 0, AT(client, login), read_logins,
	  "USER:pbkdf2-sha256:ROUNDS:SALT:HASH, as from: mailseal password", NULL },
	{ "", 0, 0, 0, NULL, NULL, NULL }
};

const struct seal_config_key seal_config_domain_keys[] = {
	{ "selector", 0, 0, AT(domain, selector), read_selector,
	  "labels of letters, digits and hyphens, separated by dots", NULL },
	{ "key", 0, 0, AT(domain, key), read_span, "the file name of a private key, or device", NULL },
	{ "made", 0, 0, AT(domain, made_day), read_date, "a date, YYYY-MM-DD", NULL },
	{ "rotate-after", 0, 0, AT(domain, rotate_after_s), read_seconds, TEXT_DURATION, NULL },
	{ "canonicalization", 0, 0, 0, read_canonicalization,
	  "HEADER/BODY, each relaxed or simple", NULL },
	{ "headers", SEAL_CONFIG_MAY_BE_EMPTY | SEAL_CONFIG_LIST, 0, AT(domain, fields.present), read_fields,
	  TEXT_FIELDS, NULL },
	{ "oversign", SEAL_CONFIG_MAY_BE_EMPTY | SEAL_CONFIG_LIST, 0, AT(domain, fields.oversigned), read_fields,
	  TEXT_FIELDS, NULL },
	{ "identity", 0, 0, AT(domain, identity), read_identity,
	  "LOCAL@DOMAIN or @DOMAIN in ASCII", NULL },
	{ "expire", 0, 0, AT(domain, lifetime_s), read_seconds, TEXT_DURATION, NULL },
	{ "timestamp", 0, 0, AT(domain, timestamp), read_word, "yes or no", "no|yes" },
	{ "query-method", 0, 0, AT(domain, query_method), read_word, "yes or no", "no|yes" },
	{ "subdomains", 0, 0, AT(domain, subdomains), read_word, "yes or no", "no|yes" },
	{ "unsigned", 0, 0, AT(domain, pass_unsigned), read_word, "refuse or pass", "refuse|pass" },
	{ "sign-with", 0, 0, AT(domain, all_keys), read_word, "newest or all", "newest|all" },
	{ "cosign", SEAL_CONFIG_LIST, 0, AT(domain, cosign), read_domains, "domain names", NULL },
	{ "activation", 0, 0, AT(domain, activation), read_word, "immediate, dns or manual",
	  "immediate|dns|manual" },
	{ "hold", 0, 0, AT(domain, hold_s), read_seconds, TEXT_DURATION, NULL },
	{ "sign", 0, 0, AT(domain, sign_off), read_word, "on or off", "on|off" },
	{ "", 0, 0, 0, NULL, NULL, NULL }
};
