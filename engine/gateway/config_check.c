/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/gateway/config_check.h"

#include "engine/mail/addr.h"

static bool
refuse(struct seal_config_error *error, const char *key, struct seal_span found, const char *expected)
{
	*error = (struct seal_config_error){ .found = found, .key = key, .expected = expected };
	return false;
}

/* --- one domain section ------------------------------------------------- */

static bool
key_is_whole(const struct seal_config_domain *d, struct seal_config_error *error)
{
	if (d->key.len == 0 && d->selector.len != 0)
		return refuse(error, "selector", d->selector, "a key beside the selector");
	if (d->selector.len == 0 && d->key.len != 0)
		return refuse(error, "key", d->key, "a selector beside the key");
	return true;
}

/* RFC 1035 3.1: a name's wire form has two octets more than its text. */
static bool
record_name_fits(const struct seal_config_domain *d, struct seal_config_error *error)
{
	uint8_t buf[SEAL_DOMAIN_MAX + 1];
	const size_t len = d->selector.len + sizeof "._domainkey." - 1 +
	                   seal_config_name(d->name, buf).len;

	return len <= SEAL_DOMAIN_MAX - 2u ||
	       refuse(error, "selector", d->selector,
	              "a selector that with ._domainkey and the domain has at most 253 octets");
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

bool
seal_config_check_domain(const struct seal_config *cfg, struct seal_config_error *error)
{
	const struct seal_config_domain *last = &cfg->domains[cfg->num_domains - 1];

	return key_is_whole(last, error) && record_name_fits(last, error) &&
	       from_is_signed(last, error) && identity_is_below(last, error) &&
	       expiry_has_a_start(last, error) && key_is_new(cfg, last, error);
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
	return d->key.len != 0 && covers(d, domain) && seal_config_covers(d, domain) == domain.len;
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

bool
seal_config_check_references(const struct seal_config *cfg, struct seal_config_error *error)
{
	bool ok = true;

	for (size_t i = 0; ok && i < cfg->num_clients; i++)
		ok = check_from(cfg, cfg->clients[i].from, error);
	for (size_t i = 0; ok && i < cfg->num_domains; i++)
		ok = check_cosign(cfg, cfg->domains[i].cosign, error);
	return ok;
}
