/* SPDX-License-Identifier: Apache-2.0
 *
 * key_secrets.c - pins and hashed passwords as values of the configuration.
 */
#include "engine/config/key_readers.h"

#include "engine/config/login_entry.h"

_Static_assert(SEAL_CONFIG_PINS_MAX == 4, "the text below holds four");

bool
seal_config_read_pins(void *member, const struct seal_config_key *key, struct seal_span value,
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
	return seal_config_read_span(member, key, value, error);
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

/* An error shows the user of an item, never the rest: it may be a password. */
bool
seal_config_read_logins(void *member, const struct seal_config_key *key, struct seal_span value,
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
	return seal_config_read_span(member, key, value, error);
}
