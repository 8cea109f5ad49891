/* SPDX-License-Identifier: Apache-2.0
 *
 * policy.h - which client may send as which domain, how much, and which keys sign it.
 *
 * Pure functions of configuration, observation and time; a refusal is a reply. The
 * default is no: without a client section nothing is relayed.
 */
#ifndef SEAL_GATEWAY_POLICY_H
#define SEAL_GATEWAY_POLICY_H

#include "engine/gateway/keyring.h"
#include "engine/smtp/reply.h"

/* The client section with the longest prefix that contains `address`, the first of equal ones;
 * NULL: none. */
const struct seal_config_client *seal_policy_client(const struct seal_config *cfg, const struct seal_ip *address);

/* The token bucket of one client section: the caller's storage, zeroed at start, one per
 * client section. */
struct seal_bucket {
	uint64_t updated_ms;
	uint64_t parts;         /* of 1 / (1000 * rate_period_s) message */
	bool started;
};

/* Take one message out of the bucket; false: it is empty, 451 4.7.1. The bucket starts full
 * and holds at most rate_count messages. If the clock goes back, no message is added, and the
 * wait for the next one restarts from there. */
bool seal_policy_rate(struct seal_bucket *bucket, const struct seal_config_client *client,
                      uint64_t now_ms);

/* True if `client` may use `domain` (normalized) as author domain. */
bool seal_policy_may_send_as(const struct seal_config_client *client, struct seal_span domain);

/* The domain of the envelope sender, not normalized, may be any domain that is not another
 * client's: false if a domain section covers it and the client may not send as it. */
bool seal_policy_may_bounce_to(const struct seal_config *cfg,
                               const struct seal_config_client *client, struct seal_span domain);

/* Whether the author domain signs. Up to SEAL_POLICY_PASS_UNPUBLISHED the message is accepted. */
enum seal_policy_author {
	SEAL_POLICY_SIGNS,            /* with the first of the signers                          */
	SEAL_POLICY_OFF,              /* sign = off: unsigned on purpose                        */
	SEAL_POLICY_PASS_NO_KEY,      /* unsigned = pass, perhaps signed by cosigners           */
	SEAL_POLICY_PASS_UNPUBLISHED, /* the same, because no key is published                  */
	SEAL_POLICY_NO_KEY,           /* refused                                                */
	SEAL_POLICY_UNPUBLISHED       /* refused until its record is published                  */
};

static inline bool
seal_policy_goes_on(enum seal_policy_author author)
{
	return author <= SEAL_POLICY_PASS_UNPUBLISHED;
}

/* Decide about a message from `client` with this author domain (normalized). `keyring` may be
 * NULL: then every key counts as published. */
struct seal_policy_verdict {
	struct seal_reply refusal;                       /* code 0: not refused          */
	const struct seal_config_domain *signers[SEAL_SIGNATURES_MAX];
	size_t num_signers;                              /* 0 and not refused: unsigned,
	                                                  * `author` is the reason       */
	uint8_t author;                                  /* enum seal_policy_author      */
};
void seal_policy_judge(const struct seal_config *cfg, const struct seal_keyring *keyring,
                       const struct seal_config_client *client, struct seal_span author_domain,
                       struct seal_policy_verdict *verdict);

/* The signers for an author domain, for seal_policy_judge and the command line. Returns how many;
 * at most SEAL_SIGNATURES_MAX, none of them twice. The most specific section name wins; sections of
 * that name that do not cover the domain (it is a subdomain, and subdomains = no) do not count.
 * First comes the key that signs now (keyring.h; the newest, which is the last in the text, if
 * activation is immediate); then, if its section has sign-with = all, its older eligible keys; then
 * the signing key of each `cosign` of that section. If no key signs, `unsigned` in the last section
 * of the name decides whether mail passes, with cosigners if any. */
size_t seal_policy_signers(const struct seal_config *cfg, const struct seal_keyring *keyring,
                           struct seal_span author_domain,
                           const struct seal_config_domain *signers[SEAL_SIGNATURES_MAX],
                           enum seal_policy_author *author);

/* True if any key's h= may list the field `name`, and for From: these fields are held. */
bool seal_policy_wants_field(const struct seal_config *cfg, struct seal_span name);

#endif
