/* SPDX-License-Identifier: Apache-2.0
 *
 * login.h - what a client said with AUTH, against what its section knows.
 *
 *	begin -> run (until not SEAL_PENDING)
 *
 * Passwords are known as PBKDF2 hashes only. A name that nobody has takes as long as one
 * that somebody has, and the comparison takes the same time whatever it finds.
 */
#ifndef SEAL_GATEWAY_LOGIN_H
#define SEAL_GATEWAY_LOGIN_H

#include "engine/base/pbkdf2.h"
#include "engine/gateway/config.h"

/* Of one USER:pbkdf2-sha256:ROUNDS:SALT:HASH. */
#define SEAL_LOGIN_SALT_MIN   8u
#define SEAL_LOGIN_SALT_MAX  32u
#define SEAL_LOGIN_ROUNDS_MIN 1000u
#define SEAL_LOGIN_ROUNDS_MAX 1000000u

struct seal_login {
	struct seal_pbkdf2 kdf;
	uint8_t hash[SEAL_SHA256_LEN];
	bool known;
};

/* One item of `login`; false: it is not of that form. `salt` and `hash` are decoded. */
struct seal_login_entry {
	struct seal_span user;
	uint32_t rounds;
	uint8_t salt[SEAL_LOGIN_SALT_MAX];
	size_t salt_len;
	uint8_t hash[SEAL_SHA256_LEN];
};
bool seal_login_read(struct seal_span item, struct seal_login_entry *entry);

/* `user` and `secret` are not needed after it. */
void seal_login_begin(struct seal_login *l, const struct seal_config_client *client,
                      struct seal_span user, struct seal_span secret);

/* At most `rounds` rounds of PBKDF2. SEAL_OK: they are right. SEAL_E_PEER: they are not.
 * SEAL_PENDING: call it again. Wipes itself at the end. */
enum seal_status seal_login_run(struct seal_login *l, uint32_t rounds);

#endif
