/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/gateway/policy.h"

#include "engine/mail/addr.h"

/* --- clients -------------------------------------------------------------- */

/* One more than the length of the client's longest prefix that contains `address`; 0: none does. */
static unsigned
longest_prefix(const struct seal_config_client *client, const struct seal_ip *address)
{
	struct seal_span rest = client->networks;
	struct seal_network network;
	struct seal_span item;
	unsigned longest = 0;

	while (seal_span_split(&rest, ',', &item)) {
		if (seal_network_read(item, &network) && seal_network_has(&network, address) &&
		    network.prefix_len >= longest)
			longest = network.prefix_len + 1u;
	}
	return longest;
}

const struct seal_config_client *
seal_policy_client(const struct seal_config *cfg, const struct seal_ip *address)
{
	const struct seal_config_client *client = NULL;
	unsigned longest = 0;

	for (size_t i = 0; i < cfg->num_clients; i++) {
		const unsigned found = longest_prefix(&cfg->clients[i], address);

		if (found > longest) {
			longest = found;
			client = &cfg->clients[i];
		}
	}
	return client;
}

/* A message has 1000 * period parts, so that a millisecond adds exactly rate_count of them: no
 * rounding, no drift. Nothing overflows: the bucket is full after one period, and 2^32 messages
 * of 1000 * 86400 parts are below 2^59. */
bool
seal_policy_rate(struct seal_bucket *bucket, const struct seal_config_client *client,
                 uint64_t now_ms)
{
	const uint64_t period_ms = (uint64_t)client->rate_period_s * 1000u;
	const uint64_t full = client->rate_count * period_ms;
	uint64_t elapsed_ms = now_ms > bucket->updated_ms ? now_ms - bucket->updated_ms : 0;

	if (!bucket->started || elapsed_ms > period_ms)
		elapsed_ms = period_ms;
	bucket->started = true;
	bucket->updated_ms = now_ms; /* even if it went back, so that no client waits until it catches up */
	bucket->parts += elapsed_ms * client->rate_count;
	if (bucket->parts > full)
		bucket->parts = full;
	if (bucket->parts < period_ms)
		return false;
	bucket->parts -= period_ms;
	return true;
}

/* True if `item` (DOMAIN or "*.DOMAIN" as written) matches `domain`. */
static bool
admits(struct seal_span item, struct seal_span domain)
{
	const bool below = seal_span_starts_nocase(item, SEAL_SPAN("*."));
	uint8_t buf[SEAL_DOMAIN_MAX + 1];
	const struct seal_span name = seal_config_name(seal_span_from(item, below ? 2 : 0), buf);

	if (below)
		return domain.len > name.len && seal_addr_domain_within(domain, name);
	return seal_span_equal_nocase(domain, name);
}

bool
seal_policy_may_send_as(const struct seal_config_client *client, struct seal_span domain)
{
	struct seal_span rest = client->from;
	struct seal_span item;

	while (seal_span_split(&rest, ',', &item)) {
		if (admits(item, domain))
			return true;
	}
	return false;
}

/* --- domains -------------------------------------------------------------- */

/* The length of the most specific section name that covers `domain`; 0: none. */
static size_t
most_specific(const struct seal_config *cfg, struct seal_span domain)
{
	size_t longest = 0;

	for (size_t i = 0; i < cfg->num_domains; i++) {
		const size_t len = seal_config_covers(&cfg->domains[i], domain);

		if (len > longest)
			longest = len;
	}
	return longest;
}

bool
seal_policy_may_bounce_to(const struct seal_config *cfg, const struct seal_config_client *client,
                          struct seal_span domain)
{
	uint8_t name[SEAL_DOMAIN_MAX];
	struct seal_out normalized = seal_out(name, sizeof name);

	if (seal_addr_domain_normalize(domain, &normalized) != SEAL_OK)
		return true; /* no section covers it */
	domain = seal_out_span(&normalized);
	return most_specific(cfg, domain) == 0 || seal_policy_may_send_as(client, domain);
}

struct signers {
	const struct seal_config_domain **list;
	size_t num;
};

static void
add(struct signers *signers, const struct seal_config_domain *domain)
{
	for (size_t i = 0; i < signers->num; i++) {
		if (signers->list[i] == domain)
			return;
	}
	if (signers->num < SEAL_SIGNATURES_MAX)
		signers->list[signers->num++] = domain;
}

/* The sections of one name: of all names that cover `domain` only one has this length. */
struct candidates {
	const struct seal_config *cfg;
	const struct seal_keyring *keyring;
	struct seal_span domain;
	size_t name_len;
};

static bool
is_candidate(const struct candidates *c, const struct seal_config_domain *d)
{
	return d->key.len != 0 && seal_config_covers(d, c->domain) == c->name_len;
}

/* The preferred key of the name, even if it may not sign; NULL: none. */
static const struct seal_config_domain *
best_key(const struct candidates *c)
{
	const struct seal_config_domain *best = NULL;

	for (size_t i = 0; i < c->cfg->num_domains; i++) {
		const struct seal_config_domain *d = &c->cfg->domains[i];

		if (is_candidate(c, d) && (best == NULL || seal_keyring_prefers(c->keyring, d, best)))
			best = d;
	}
	return best;
}

/* The last section of the name, with or without a key; one exists. */
static const struct seal_config_domain *
last_section(const struct candidates *c)
{
	const struct seal_config_domain *d = &c->cfg->domains[c->cfg->num_domains - 1];

	while (seal_config_covers(d, c->domain) != c->name_len)
		d--;
	return d;
}

static void
add_older_keys(struct signers *signers, const struct candidates *c, const struct seal_config_domain *newest)
{
	for (size_t i = (size_t)(newest - c->cfg->domains); i-- > 0;) {
		const struct seal_config_domain *d = &c->cfg->domains[i];

		if (is_candidate(c, d) && seal_keyring_is_eligible(c->keyring, d))
			add(signers, d);
	}
}

static void
add_cosigners(struct signers *signers, const struct candidates *author, struct seal_span list)
{
	uint8_t buf[SEAL_DOMAIN_MAX + 1];
	struct seal_span item;

	while (seal_span_split(&list, ',', &item)) {
		struct candidates c = { .cfg = author->cfg, .keyring = author->keyring };
		const struct seal_config_domain *d;

		c.domain = seal_config_name(item, buf);
		c.name_len = c.domain.len;
		d = best_key(&c);
		if (d != NULL && seal_keyring_may_sign(c.keyring, d))
			add(signers, d);
	}
}

static enum seal_policy_author
without_signature(const struct seal_config_domain *section, bool has_key)
{
	if (section->pass_unsigned)
		return has_key ? SEAL_POLICY_PASS_UNPUBLISHED : SEAL_POLICY_PASS_NO_KEY;
	return has_key ? SEAL_POLICY_UNPUBLISHED : SEAL_POLICY_NO_KEY;
}

size_t
seal_policy_signers(const struct seal_config *cfg, const struct seal_keyring *keyring,
                    struct seal_span author_domain,
                    const struct seal_config_domain *signers[SEAL_SIGNATURES_MAX],
                    enum seal_policy_author *author)
{
	const struct candidates c = { cfg, keyring, author_domain, most_specific(cfg, author_domain) };
	struct signers found = { signers, 0 };
	const struct seal_config_domain *best, *section;

	*author = SEAL_POLICY_NO_KEY;
	if (c.name_len == 0)
		return 0;
	best = best_key(&c);
	section = last_section(&c);
	*author = section->sign_off ? SEAL_POLICY_OFF : SEAL_POLICY_SIGNS;
	if (section->sign_off)
		return 0;
	if (best != NULL && seal_keyring_may_sign(keyring, best)) {
		section = best;
		add(&found, best);
		if (best->all_keys)
			add_older_keys(&found, &c, best);
	} else {
		*author = without_signature(section, best != NULL);
		if (!section->pass_unsigned)
			return 0;
	}
	add_cosigners(&found, &c, section->cosign);
	return found.num;
}

/* --- the verdict ---------------------------------------------------------- */

void
seal_policy_judge(const struct seal_config *cfg, const struct seal_keyring *keyring,
                  const struct seal_config_client *client, struct seal_span author_domain,
                  struct seal_policy_verdict *verdict)
{
	enum seal_policy_author author;

	*verdict = (struct seal_policy_verdict){ .num_signers = 0 };
	if (!seal_policy_may_send_as(client, author_domain)) {
		verdict->refusal = SEAL_REPLY(550, "5.7.1 Author domain not allowed for this client");
		return;
	}
	verdict->num_signers = seal_policy_signers(cfg, keyring, author_domain, verdict->signers, &author);
	verdict->author = (uint8_t)author;
	if (author == SEAL_POLICY_UNPUBLISHED) /* our own fault, and soon fixed (RFC 3463 3.8 X.7.5) */
		verdict->refusal = SEAL_REPLY(451, "4.7.5 No DKIM key of the author domain is published yet");
	else if (!seal_policy_goes_on(author))
		verdict->refusal = SEAL_REPLY(550, "5.7.1 No DKIM key for the author domain");
}

bool
seal_policy_wants_field(const struct seal_config *cfg, struct seal_span name)
{
	for (size_t i = 0; i < cfg->num_domains; i++) {
		if (cfg->domains[i].key.len != 0 && seal_select_wants(&cfg->domains[i].fields, name))
			return true;
	}
	/* From is needed for unsigned mail too: the author domain decides about it */
	return seal_span_equal_nocase(name, SEAL_SPAN("From"));
}
