/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/gateway/learn.h"

#include <string.h>

void
seal_learn_init(struct seal_learn *l, struct seal_learn_entry *entries, size_t cap)
{
	*l = (struct seal_learn){ .entries = entries, .cap = cap };
}

/* True if `a` is replaced before `b`. The clock may wrap. */
static bool
is_lesser(const struct seal_learn_entry *a, const struct seal_learn_entry *b, uint64_t now_ms)
{
	if (a->count != b->count)
		return a->count < b->count;
	return now_ms - a->last_ms > now_ms - b->last_ms;
}

static struct seal_learn_entry *
find_pair(const struct seal_learn *l, struct seal_span domain, const struct seal_ip *address)
{
	for (size_t i = 0; i < l->num; i++) {
		struct seal_learn_entry *e = &l->entries[i];

		if (seal_ip_equal(&e->address, address) && seal_span_equal_nocase(seal_learn_domain(e), domain))
			return e;
	}
	return NULL;
}

/* An entry for a new pair; NULL without a table. */
static struct seal_learn_entry *
make_room(struct seal_learn *l, uint64_t now_ms)
{
	struct seal_learn_entry *least = l->entries;

	if (l->num < l->cap)
		return &l->entries[l->num++];
	if (l->cap == 0)
		return NULL;
	for (size_t i = 1; i < l->num; i++) {
		if (is_lesser(&l->entries[i], least, now_ms))
			least = &l->entries[i];
	}
	l->replaced++;
	return least;
}

void
seal_learn_note(struct seal_learn *l, struct seal_span domain, const struct seal_ip *address, uint64_t now_ms)
{
	struct seal_learn_entry *e = find_pair(l, domain, address);

	if (domain.len > SEAL_LEARN_DOMAIN_MAX) {
		l->too_long++;
		return;
	}
	if (e == NULL) {
		e = make_room(l, now_ms);
		if (e == NULL)
			return;
		*e = (struct seal_learn_entry){ .address = *address, .domain_len = (uint8_t)domain.len };
		if (domain.len > 0)
			memcpy(e->domain, domain.ptr, domain.len);
	}
	e->last_ms = now_ms;
	if (e->count < UINT32_MAX)
		e->count++;
}

/* Equal counts are ordered by their place in the table. */
static bool
comes_before(const struct seal_learn_entry *a, const struct seal_learn_entry *b)
{
	return a->count != b->count ? a->count > b->count : a < b;
}

const struct seal_learn_entry *
seal_learn_next(const struct seal_learn *l, const struct seal_learn_entry *before)
{
	const struct seal_learn_entry *next = NULL;

	for (size_t i = 0; i < l->num; i++) {
		const struct seal_learn_entry *e = &l->entries[i];

		if (before != NULL && !comes_before(before, e))
			continue;
		if (next == NULL || comes_before(e, next))
			next = e;
	}
	return next;
}
