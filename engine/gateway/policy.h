/* SPDX-License-Identifier: Apache-2.0
 *
 * policy.h - who may send as whom, how much, and which keys sign it.
 *
 * Pure functions of configuration, observation and time; a refusal is a reply. The
 * default is no: no client section, no relaying.
 */
#ifndef SEAL_GATEWAY_POLICY_H
#define SEAL_GATEWAY_POLICY_H

#include "engine/gateway/keyring.h"
#include "engine/smtp/reply.h"

/* The client section with the longest prefix that holds `address`, the first of equals, or
 * NULL. */
const struct seal_config_client *seal_policy_client(const struct seal_config *cfg, const struct seal_ip *address);

/* Token bucket of one client section: caller's storage, zeroed at start, one per
 * section of the configuration. */
struct seal_bucket {
	uint64_t updated_ms;
	uint64_t parts;         /* of 1 / (1000 * rate_period_s) message */
	bool started;
};

/* Take one message out of the bucket; false: 451 4.7.1. The bucket starts full and holds
 * at most rate_count messages. A clock that goes back brings no message and starts the
 * wait for the next one again from there. */
bool seal_policy_rate(struct seal_bucket *bucket, const struct seal_config_client *client,
                      uint64_t now_ms);

/* True when `client` may use `domain` (normalized) in From. */
bool seal_policy_may_send_as(const struct seal_config_client *client, struct seal_span domain);

/* The envelope's domain (normalized) is only judged against theft: false when a domain
 * section speaks for it and the client may not send as it. */
bool seal_policy_may_bounce_to(const struct seal_config *cfg,
                               const struct seal_config_client *client, struct seal_span domain);

/* Whether the author's domain signs. Up to SEAL_POLICY_PASS_UNPUBLISHED the message goes on. */
enum seal_policy_author {
	SEAL_POLICY_SIGNS,            /* with the first of the signers                          */
	SEAL_POLICY_OFF,              /* sign = off: unsigned on purpose                        */
	SEAL_POLICY_PASS_NO_KEY,      /* unsigned = pass, perhaps signed by cosigners           */
	SEAL_POLICY_PASS_UNPUBLISHED, /* the same, because no key is published                  */
	SEAL_POLICY_NO_KEY,           /* refused                                                */
	SEAL_POLICY_UNPUBLISHED       /* refused for now: publishing the record will help       */
};

static inline bool
seal_policy_goes_on(enum seal_policy_author author)
{
	return author <= SEAL_POLICY_PASS_UNPUBLISHED;
}

/* What is to happen to a message from `client` with this author domain (normalized).
 * `keyring` may be NULL: then every key counts as published. */
struct seal_policy_verdict {
	struct seal_reply refusal;                       /* code 0: not refused          */
	const struct seal_config_domain *signers[SEAL_SIGNATURES_MAX];
	size_t num_signers;                              /* 0 and not refused: unsigned,
	                                                  * `author` says why            */
	uint8_t author;                                  /* enum seal_policy_author      */
};
void seal_policy_judge(const struct seal_config *cfg, const struct seal_keyring *keyring,
                       const struct seal_config_client *client, struct seal_span author_domain,
                       struct seal_policy_verdict *verdict);

/* The signers for an author domain, without a client: what seal_policy_judge uses, and the
 * command line. The most specific section name wins; sections of that name that do not speak
 * for the domain (it is below, and subdomains = no) do not count. First the key that signs now
 * (keyring.h; the newest, the last in the text, where activation is immediate), then, when
 * that section says sign-with = all, its older ones that are eligible, then such a key of
 * each `cosign` of that section; nobody twice, SEAL_SIGNATURES_MAX at most. Where no key signs,
 * the last section of the name says by `unsigned` whether mail is to pass, with cosigners if
 * any. */
size_t seal_policy_signers(const struct seal_config *cfg, const struct seal_keyring *keyring,
                           struct seal_span author_domain,
                           const struct seal_config_domain *signers[SEAL_SIGNATURES_MAX],
                           enum seal_policy_author *author);

/* True when any key's h= may list the field `name`, and for From: what the header store
 * holds. */
bool seal_policy_wants_field(const struct seal_config *cfg, struct seal_span name);

#endif
