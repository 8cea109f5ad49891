/* SPDX-License-Identifier: Apache-2.0
 *
 * login_entry.h - one item of a client's `login`: a user and the hash of the password.
 */
#ifndef SEAL_CONFIG_LOGIN_ENTRY_H
#define SEAL_CONFIG_LOGIN_ENTRY_H

#include "engine/base/sha256.h"
#include "engine/base/span.h"

/* Of one USER:pbkdf2-sha256:ROUNDS:SALT:HASH. */
#define SEAL_LOGIN_SALT_MIN   8u
#define SEAL_LOGIN_SALT_MAX  32u
#define SEAL_LOGIN_ROUNDS_MIN 1000u
#define SEAL_LOGIN_ROUNDS_MAX 1000000u

/* One item of `login`; false: it does not have that form. `salt` and `hash` are decoded. */
struct seal_login_entry {
	struct seal_span user;
	uint32_t rounds;
	uint8_t salt[SEAL_LOGIN_SALT_MAX];
	size_t salt_len;
	uint8_t hash[SEAL_SHA256_LEN];
};
bool seal_login_read(struct seal_span item, struct seal_login_entry *entry);

#endif
