/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/config/login_entry.h"

#include "engine/base/ascii.h"
#include "engine/base/base64.h"
#include "engine/base/num.h"

static struct seal_span
take(struct seal_span *rest)
{
	const size_t colon = seal_span_find(*rest, ':');
	const struct seal_span part = seal_span_first(*rest, colon);

	*rest = seal_span_from(*rest, colon + 1);
	return part;
}

static bool
is_user(struct seal_span user)
{
	for (size_t i = 0; i < user.len; i++) {
		if (seal_is_ctl(user.ptr[i]) || user.ptr[i] == ',')
			return false;
	}
	return user.len > 0;
}

static bool
read_rounds(struct seal_span text, uint32_t *rounds)
{
	uint64_t value;

	if (!seal_num_u64(text, &value) || value < SEAL_LOGIN_ROUNDS_MIN || value > SEAL_LOGIN_ROUNDS_MAX)
		return false;
	*rounds = (uint32_t)value;
	return true;
}

/* The number of bytes that `text` encodes; 0: not base64, or more than `cap`. */
static size_t
decode(struct seal_span text, uint8_t *octets, size_t cap)
{
	struct seal_out out = seal_out(octets, cap);

	return seal_base64_get(&out, text) ? out.len : 0;
}

bool
seal_login_read(struct seal_span item, struct seal_login_entry *entry)
{
	struct seal_span algorithm, rounds, salt;

	*entry = (struct seal_login_entry){ .user = take(&item) };
	algorithm = take(&item);
	rounds = take(&item);
	salt = take(&item);
	entry->salt_len = decode(salt, entry->salt, sizeof entry->salt);
	return is_user(entry->user) && seal_span_equal(algorithm, SEAL_SPAN("pbkdf2-sha256")) &&
	       read_rounds(rounds, &entry->rounds) && entry->salt_len >= SEAL_LOGIN_SALT_MIN &&
	       decode(item, entry->hash, sizeof entry->hash) == sizeof entry->hash;
}
