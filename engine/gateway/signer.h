/* SPDX-License-Identifier: Apache-2.0
 *
 * signer.h - all signatures of one message, one after the other.
 *
 *	init -> run (until not SEAL_PENDING)
 */
#ifndef SEAL_GATEWAY_SIGNER_H
#define SEAL_GATEWAY_SIGNER_H

#include "engine/dkim/sign.h"
#include "engine/gateway/intake.h"

/* The source of private keys: returns the key of a domain section, or NULL if it is not
 * available. Called once per signature. */
struct seal_key_source {
	struct seal_key *(*find)(void *ctx, const struct seal_config_domain *domain);
	void *ctx;
};

struct seal_signer {
	struct seal_sign sign;
	size_t num_done;
	size_t start;     /* of our fields in `out` */
	bool running;     /* `sign` belongs to the key: neither it nor `out` may move or be
	                   * used; call run until it is false, even if `in` has changed */
};

void seal_signer_init(struct seal_signer *s, const struct seal_out *out);

/* Append one DKIM-Signature field per signer of in->verdict to `out`. `now_s`: trusted
 * seconds since 1970, or 0: no t= and x=; the same in every call. SEAL_PENDING: call again.
 * SEAL_E_KEY, SEAL_E_LIMIT (`out` is too small) or SEAL_E_CALLER: it failed, and all fields
 * are removed from `out`: a message has all of its signatures or is not sent. */
enum seal_status seal_signer_run(struct seal_signer *s, const struct seal_intake *in,
                                 struct seal_key_source keys, uint64_t now_s,
                                 struct seal_out *out);

/* The message is over, but a key may still work for it: SEAL_PENDING until that key has finished. No
 * other signature begins. `out` must be as it was when run returned SEAL_PENDING. */
enum seal_status seal_signer_settle(struct seal_signer *s, struct seal_out *out);

#endif
