/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/gateway/login.h"

#include <string.h>

#include "engine/base/ct.h"

/* The entry of `user`; for an unknown user the first entry, or an empty one if none exists. So the
 * check takes as long as for a known user, and all entries are always read. Returns true if `user`
 * is known. */
static bool
find_entry(struct seal_span list, struct seal_span user, struct seal_login_entry *found)
{
	struct seal_login_entry entry;
	struct seal_span item;
	bool known = false;

	*found = (struct seal_login_entry){ .rounds = SEAL_LOGIN_ROUNDS_MIN };
	for (bool first = true; seal_span_split(&list, ',', &item); first = false) {
		const bool matches = seal_login_read(item, &entry) && seal_span_equal(entry.user, user);

		if (matches || (first && entry.rounds > 0))
			*found = entry;
		known = known || matches;
	}
	seal_wipe(&entry, sizeof entry);
	return known;
}

void
seal_login_begin(struct seal_login *l, const struct seal_config_client *client,
                 struct seal_span user, struct seal_span secret)
{
	struct seal_login_entry entry;

	l->known = find_entry(client->login, user, &entry);
	memcpy(l->hash, entry.hash, sizeof l->hash);
	seal_pbkdf2_init(&l->kdf, secret, seal_span(entry.salt, entry.salt_len), entry.rounds);
	seal_wipe(&entry, sizeof entry);
}

enum seal_status
seal_login_run(struct seal_login *l, uint32_t rounds)
{
	bool equal;
	bool known;

	if (!seal_pbkdf2_run(&l->kdf, rounds))
		return SEAL_PENDING;
	equal = seal_ct_equal(l->kdf.key, l->hash, sizeof l->hash);
	known = l->known;
	seal_wipe(l, sizeof *l);
	return equal && known ? SEAL_OK : SEAL_E_PEER;
}
