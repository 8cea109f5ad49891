/* SPDX-License-Identifier: Apache-2.0
 *
 * learn.h - senders that were refused because they are not configured: a proposal for the configuration.
 *
 *	init -> note ...        num, entries at any time
 *
 * One entry for each pair of author domain and client address. When the table is full, a new
 * pair replaces the least frequent one, and of equal ones the one that was last seen longest ago:
 * frequent pairs stay, even under a flood of others.
 */
#ifndef SEAL_GATEWAY_LEARN_H
#define SEAL_GATEWAY_LEARN_H

#include "engine/base/ip.h"

#define SEAL_LEARN_DOMAIN_MAX 100u /* a longer one is only counted */

/* Readable. */
struct seal_learn_entry {
	uint64_t last_ms;
	uint32_t count;         /* of messages; stays at UINT32_MAX                   */
	struct seal_ip address;
	uint8_t domain_len;     /* 0: an unknown client, refused before any From      */
	uint8_t domain[SEAL_LEARN_DOMAIN_MAX];
};

struct seal_learn {
	struct seal_learn_entry *entries;
	size_t cap, num;        /* entries[0] to entries[num - 1], in no order        */
	uint32_t replaced;      /* entries that were replaced                         */
	uint32_t too_long;      /* messages whose domain is too long                  */
};

/* `entries` are lent for the life of the program; `cap` may be 0. */
void seal_learn_init(struct seal_learn *l, struct seal_learn_entry *entries, size_t cap);

/* A message from `address` with the author domain `domain` (normalized, or empty) was refused: no
 * client section has the address, or it may not send as the domain, or the domain has no section. */
void seal_learn_note(struct seal_learn *l, struct seal_span domain, const struct seal_ip *address,
                     uint64_t now_ms);

/* For a report, most frequent first: returns the entry after `before` (NULL: the first one), or
 * NULL after the last. The table must not change in between. */
const struct seal_learn_entry *seal_learn_next(const struct seal_learn *l, const struct seal_learn_entry *before);

static inline struct seal_span
seal_learn_domain(const struct seal_learn_entry *e)
{
	return (struct seal_span){ e->domain, e->domain_len };
}

#endif
