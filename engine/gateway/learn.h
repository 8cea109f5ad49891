/* SPDX-License-Identifier: Apache-2.0
 *
 * learn.h - who was refused because nobody configured it: a proposal for the configuration.
 *
 *	init -> note ...        num, entries at any time
 *
 * One entry for each pair of From domain and client address. When the table is full, a new
 * pair takes the place of the one that came least often, of several such the one that is not
 * seen for longest: what comes often stays, whatever else is tried.
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
	uint8_t domain_len;     /* 0: refused before there was a From, as no client   */
	uint8_t domain[SEAL_LEARN_DOMAIN_MAX];
};

struct seal_learn {
	struct seal_learn_entry *entries;
	size_t cap, num;        /* entries[0] to entries[num - 1], in no order        */
	uint32_t replaced;      /* entries that others took the place of              */
	uint32_t too_long;      /* messages of domains that are                       */
};

/* `entries` are lent for good; none is allowed. */
void seal_learn_init(struct seal_learn *l, struct seal_learn_entry *entries, size_t cap);

/* A message from `address` in the name of `domain` (normalized, or empty) was refused: there
 * is no client section for it, or none that may send as the domain, or no section for that. */
void seal_learn_note(struct seal_learn *l, struct seal_span domain, const struct seal_ip *address,
                     uint64_t now_ms);

/* For a report, most frequent first: the entry that comes after `before`, NULL: the first one.
 * NULL: that was all. The table must not change in between. */
const struct seal_learn_entry *seal_learn_next(const struct seal_learn *l, const struct seal_learn_entry *before);

static inline struct seal_span
seal_learn_domain(const struct seal_learn_entry *e)
{
	return (struct seal_span){ e->domain, e->domain_len };
}

#endif
