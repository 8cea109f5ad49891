/* SPDX-License-Identifier: Apache-2.0
 *
 * login.h - check the login of an AUTH against the client's section.
 *
 *	begin -> run (until not SEAL_PENDING)
 *
 * Passwords are known only as PBKDF2 hashes. An unknown user name takes as long as a known one,
 * and the comparison takes the same time for any result.
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

/* Begin a check; `user` and `secret` are read before return. */
void seal_login_begin(struct seal_login *l, const struct seal_config_client *client,
                      struct seal_span user, struct seal_span secret);

/* Do at most `rounds` rounds of PBKDF2. SEAL_PENDING: call again. SEAL_OK: user and secret are
 * right. SEAL_E_PEER: they are not. Wipes `l` at the end. */
enum seal_status seal_login_run(struct seal_login *l, uint32_t rounds);

#endif
