/* SPDX-License-Identifier: Apache-2.0
 *
 * config_check.c - what keys and sections require of each other.
 */
#include "engine/config/config_check.h"

#include "engine/base/ip.h"
#include "engine/mail/addr.h"

static bool
refuse(struct seal_config_error *error, const char *key, struct seal_span found, const char *expected)
{
	*error = (struct seal_config_error){ .found = found, .key = key, .expected = expected };
	return false;
}

/* A key is missing in the current section. */
static bool
miss(struct seal_config_error *error, const char *key, const char *expected)
{
	return refuse(error, key, seal_span(NULL, 0), expected);
}

/* --- [gateway] ---------------------------------------------------------- */

bool
seal_config_check_gateway(const struct seal_config *cfg, struct seal_config_error *error)
{
	const struct seal_config_gateway *g = &cfg->gateway;

	if (g->certificate.len != 0 && g->certificate_key.len == 0)
		return refuse(error, "certificate", g->certificate, "a certificate-key with the certificate");
	if (g->certificate.len == 0 && g->certificate_key.len != 0)
		return refuse(error, "certificate-key", g->certificate_key, "a certificate with the certificate-key");
	if (g->listen_tls.host.len != 0 && g->certificate.len == 0)
		return refuse(error, "listen-tls", g->listen_tls.host, "a certificate with listen-tls");
	return true;
}

/* --- [next-hop] --------------------------------------------------------- */

#define TEXT_NEEDS_TLS "tls = starttls or tls = implicit with it"

static bool
has_no_peer_name(const struct seal_config_next_hop *hop, struct seal_config_error *error)
{
	if (hop->ca.len != 0)
		return refuse(error, "ca", hop->ca, TEXT_NEEDS_TLS);
	if (hop->pin.len != 0)
		return refuse(error, "pin", hop->pin, TEXT_NEEDS_TLS);
	return hop->name.len == 0 || refuse(error, "name", hop->name, TEXT_NEEDS_TLS);
}

#define TEXT_NEEDS_AUTH "auth = plain, login or xoauth2 with it"

static bool
has_no_login(const struct seal_config_next_hop *hop, struct seal_config_error *error)
{
	if (hop->user.len != 0)
		return refuse(error, "user", hop->user, TEXT_NEEDS_AUTH);
	if (hop->secret.len != 0)
		return refuse(error, "secret", hop->secret, TEXT_NEEDS_AUTH);
	return hop->secret_helper.len == 0 ||
	       refuse(error, "secret-helper", hop->secret_helper, TEXT_NEEDS_AUTH);
}

static bool
login_is_whole(const struct seal_config_next_hop *hop, struct seal_config_error *error)
{
	if (hop->user.len == 0)
		return miss(error, "user", "a user with auth");
	if (hop->secret.len != 0 && hop->secret_helper.len != 0)
		return refuse(error, "secret-helper", hop->secret_helper, "either secret or secret-helper");
	if (hop->secret.len == 0 && hop->secret_helper.len == 0)
		return miss(error, "secret", "a secret or a secret-helper with auth");
	return hop->tls != SEAL_SMTPC_TLS_NONE || hop->clear_auth ||
	       miss(error, "auth-in-clear", "auth-in-clear = yes, as auth is without TLS");
}

bool
seal_config_check_next_hop(const struct seal_config *cfg, struct seal_config_error *error)
{
	const struct seal_config_next_hop *hop = &cfg->next_hop;

	if (hop->tls == SEAL_SMTPC_TLS_NONE && !has_no_peer_name(hop, error))
		return false;
	return hop->auth == SEAL_SMTPC_AUTH_NONE ? has_no_login(hop, error) : login_is_whole(hop, error);
}

/* --- one domain section ------------------------------------------------- */

static bool
key_is_whole(const struct seal_config_domain *d, struct seal_config_error *error)
{
	if (d->key.len == 0 && d->selector.len != 0)
		return refuse(error, "selector", d->selector, "a key with the selector");
	if (d->selector.len == 0 && d->key.len != 0)
		return refuse(error, "key", d->key, "a selector with the key");
	return true;
}

/* RFC 1035 3.1: a name's wire form has two bytes more than its text. */
static bool
record_name_fits(const struct seal_config_domain *d, struct seal_config_error *error)
{
	uint8_t buf[SEAL_DOMAIN_MAX + 1];
	const size_t len = d->selector.len + sizeof "._domainkey." - 1 +
	                   seal_config_name(d->name, buf).len;

	return len <= SEAL_DOMAIN_MAX - 2u ||
	       refuse(error, "selector", d->selector,
	              "a selector that with ._domainkey and the domain has at most 253 bytes");
}

/* RFC 6376 5.4: From is always signed. */
static bool
from_is_signed(const struct seal_config_domain *d, struct seal_config_error *error)
{
	return seal_select_wants(&d->fields, SEAL_SPAN("From")) ||
	       refuse(error, "oversign", d->fields.oversigned, "From in headers or in oversign");
}

/* RFC 6376 3.5 i=: the same domain as d=, or below it. */
static bool
identity_is_below(const struct seal_config_domain *d, struct seal_config_error *error)
{
	const struct seal_span domain =
		seal_span_from(d->identity, seal_span_find(d->identity, '@') + 1);
	uint8_t identity[SEAL_DOMAIN_MAX + 1];
	uint8_t name[SEAL_DOMAIN_MAX + 1];

	return d->identity.len == 0 ||
	       seal_addr_domain_within(seal_config_name(domain, identity),
	                               seal_config_name(d->name, name)) ||
	       refuse(error, "identity", d->identity, "an identity at or below the section's domain");
}

static bool
expiry_has_a_start(const struct seal_config_domain *d, struct seal_config_error *error)
{
	return d->timestamp || d->lifetime_s == 0 ||
	       refuse(error, "expire", seal_span(d->name.ptr, 0),
	              "timestamp = yes, which expire counts from");
}

static bool
activation_is_whole(const struct seal_config_domain *d, struct seal_config_error *error)
{
	const bool immediate = d->activation == SEAL_ACTIVATION_IMMEDIATE;

	if (!immediate && d->key.len == 0)
		return refuse(error, "activation", seal_span(d->name.ptr, 0), "a key with activation");
	if (immediate && seal_config_key_is_on_device(d))
		return refuse(error, "key", d->key, "activation = dns or manual with key = device");
	return !seal_config_domain_has(d, "hold") || !immediate ||
	       refuse(error, "hold", seal_span(d->name.ptr, 0), "activation = dns with hold");
}

static bool
age_has_a_start(const struct seal_config_domain *d, struct seal_config_error *error)
{
	if (d->made_day != 0 && d->key.len == 0)
		return refuse(error, "made", seal_span(d->name.ptr, 0), "a key with made");
	return d->made_day != 0 || !seal_config_domain_has(d, "rotate-after") ||
	       refuse(error, "rotate-after", seal_span(d->name.ptr, 0), "made, which rotate-after counts from");
}

/* Mail that passes as it is gets no signature of another domain either. */
static bool
no_cosign_when_off(const struct seal_config_domain *d, struct seal_config_error *error)
{
	return !d->sign_off || d->cosign.len == 0 ||
	       refuse(error, "cosign", d->cosign, "sign = on, or no cosign");
}

static bool
is_same_key(const struct seal_config_domain *a, const struct seal_config_domain *b)
{
	uint8_t name_a[SEAL_DOMAIN_MAX + 1];
	uint8_t name_b[SEAL_DOMAIN_MAX + 1];

	return seal_span_equal_nocase(a->selector, b->selector) &&
	       seal_span_equal(seal_config_name(a->name, name_a), seal_config_name(b->name, name_b));
}

static bool
key_is_new(const struct seal_config *cfg, const struct seal_config_domain *last,
           struct seal_config_error *error)
{
	size_t i = 0;

	while (!is_same_key(&cfg->domains[i], last))
		i++;
	if (&cfg->domains[i] == last)
		return true;
	if (last->selector.len == 0)
		return refuse(error, NULL, last->name, "one section without key for a domain");
	return refuse(error, "selector", last->selector, "each selector once for a domain");
}

/* The section of a name that counts may change while the gateway runs; this must not. */
static bool
sign_is_alike(const struct seal_config *cfg, const struct seal_config_domain *last,
              struct seal_config_error *error)
{
	uint8_t buf[SEAL_DOMAIN_MAX + 1];
	uint8_t other[SEAL_DOMAIN_MAX + 1];
	const struct seal_span name = seal_config_name(last->name, buf);
	const struct seal_config_domain *d = cfg->domains;

	while (!seal_span_equal(seal_config_name(d->name, other), name))
		d++;
	return d->sign_off == last->sign_off ||
	       refuse(error, "sign", seal_span(last->name.ptr, 0), "the same in all sections of a domain");
}

bool
seal_config_check_domain(const struct seal_config *cfg, struct seal_config_error *error)
{
	const struct seal_config_domain *last = &cfg->domains[cfg->num_domains - 1];

	return key_is_whole(last, error) && record_name_fits(last, error) &&
	       from_is_signed(last, error) && identity_is_below(last, error) &&
	       expiry_has_a_start(last, error) && activation_is_whole(last, error) &&
	       age_has_a_start(last, error) &&
	       no_cosign_when_off(last, error) && key_is_new(cfg, last, error) &&
	       sign_is_alike(cfg, last, error);
}

/* --- sections that name others ------------------------------------------ */

static bool
covers(const struct seal_config_domain *d, struct seal_span domain)
{
	return seal_config_covers(d, domain) != 0;
}

/* A section speaks for every name below `domain`. */
static bool
covers_below(const struct seal_config_domain *d, struct seal_span domain)
{
	return d->subdomains && covers(d, domain);
}

static bool
is_key_of(const struct seal_config_domain *d, struct seal_span domain)
{
	return d->key.len != 0 && !d->sign_off && covers(d, domain) && seal_config_covers(d, domain) == domain.len;
}

static bool
any(const struct seal_config *cfg, struct seal_span written,
    bool (*holds)(const struct seal_config_domain *d, struct seal_span domain))
{
	uint8_t buf[SEAL_DOMAIN_MAX + 1];
	const struct seal_span domain = seal_config_name(written, buf);

	for (size_t i = 0; i < cfg->num_domains; i++) {
		if (holds(&cfg->domains[i], domain))
			return true;
	}
	return false;
}

static bool
check_from(const struct seal_config *cfg, struct seal_span list, struct seal_config_error *error)
{
	struct seal_span item;

	while (seal_span_split(&list, ',', &item)) {
		const bool below = seal_span_starts_nocase(item, SEAL_SPAN("*."));

		if (below && !any(cfg, seal_span_from(item, 2), covers_below))
			return refuse(error, "from", item, "a domain that a section with subdomains = yes covers");
		if (!below && !any(cfg, item, covers))
			return refuse(error, "from", item, "a domain that a domain section covers");
	}
	return true;
}

static bool
check_cosign(const struct seal_config *cfg, struct seal_span list, struct seal_config_error *error)
{
	struct seal_span item;

	while (seal_span_split(&list, ',', &item)) {
		if (!any(cfg, item, is_key_of))
			return refuse(error, "cosign", item, "the name of a domain section with a key");
	}
	return true;
}

/* Certificates are for names. */
static bool
next_hop_has_a_name(const struct seal_config *cfg, struct seal_config_error *error)
{
	const struct seal_config_next_hop *hop = &cfg->next_hop;
	struct seal_ip address;

	return hop->tls == SEAL_SMTPC_TLS_NONE || hop->name.len != 0 || hop->pin.len != 0 ||
	       !seal_ip_read(cfg->gateway.next_hop.host, &address) ||
	       refuse(error, "next-hop", cfg->gateway.next_hop.host,
	              "a host name, because [next-hop] has neither name nor pin");
}

/* --- what clients are offered --------------------------------------------- */

static bool
client_misses(const struct seal_config_client *client, const char *key, const char *expected,
              struct seal_config_error *error)
{
	return refuse(error, key, seal_span(client->name.ptr, 0), expected);
}

/* Not the hash. */
static struct seal_span
first_user(struct seal_span login)
{
	return seal_span_first(login, seal_span_find(login, ':'));
}

static bool
logins_are_for_auth(const struct seal_config_client *c, struct seal_config_error *error)
{
	const bool looks = c->auth != SEAL_SMTPD_HIDDEN && !c->any_login;

	if (c->login.len != 0 && !looks)
		return refuse(error, "login", first_user(c->login), "auth = offered or auth = required with it");
	return c->login.len != 0 || !looks ||
	       client_misses(c, "login", "a login, as auth is offered or required", error);
}

static bool
check_access(const struct seal_config *cfg, const struct seal_config_client *c,
             struct seal_config_error *error)
{
	const bool never_private = c->tls == SEAL_SMTPD_HIDDEN && cfg->gateway.listen_tls.host.len == 0;
	const bool tells_secrets = c->auth != SEAL_SMTPD_HIDDEN && !c->any_login;

	if (c->tls != SEAL_SMTPD_HIDDEN && cfg->gateway.certificate.len == 0)
		return client_misses(c, "tls", "a certificate in [gateway], as tls is offered or required", error);
	return logins_are_for_auth(c, error) &&
	       (!tells_secrets || !never_private || c->clear_login ||
	        client_misses(c, "auth-in-clear", "auth-in-clear = yes, as auth is without TLS", error));
}

bool
seal_config_check_references(const struct seal_config *cfg, struct seal_config_error *error)
{
	bool ok = next_hop_has_a_name(cfg, error);

	for (size_t i = 0; ok && i < cfg->num_clients; i++)
		ok = check_from(cfg, cfg->clients[i].from, error) && check_access(cfg, &cfg->clients[i], error);
	for (size_t i = 0; ok && i < cfg->num_domains; i++)
		ok = check_cosign(cfg, cfg->domains[i].cosign, error);
	return ok;
}
