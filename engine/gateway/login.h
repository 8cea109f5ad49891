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
#include "engine/config/config.h"
#include "engine/config/login_entry.h"

struct seal_login {
	struct seal_pbkdf2 kdf;
	uint8_t hash[SEAL_SHA256_LEN];
	bool known;
};

/* `user` and `secret` are not needed after it. */
void seal_login_begin(struct seal_login *l, const struct seal_config_client *client,
                      struct seal_span user, struct seal_span secret);

/* At most `rounds` rounds of PBKDF2. SEAL_OK: they are right. SEAL_E_PEER: they are not.
 * SEAL_PENDING: call it again. Wipes itself at the end. */
enum seal_status seal_login_run(struct seal_login *l, uint32_t rounds);

#endif
