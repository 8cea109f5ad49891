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

/* Where private keys come from: the key of a domain section, or NULL when it cannot be
 * had. Called once per signature. */
struct seal_key_source {
	struct seal_key *(*find)(void *ctx, const struct seal_config_domain *domain);
	void *ctx;
};

struct seal_signer {
	struct seal_sign sign;
	size_t num_done;
	size_t start;     /* of our fields in `out` */
	bool running;     /* sign belongs to the key: neither it nor `out` may move or be
	                   * used otherwise; run until it is false, whatever `in` is by then */
};

void seal_signer_init(struct seal_signer *s, const struct seal_out *out);

/* Append one DKIM-Signature field per signer of in->verdict to `out`. `now_s`: trusted
 * seconds since 1970, or 0: no t= and x=; the same in every call. SEAL_E_KEY, SEAL_E_LIMIT
 * (`out` is too small) or SEAL_E_CALLER: failed, all fields are taken out of `out` again:
 * a message has all of its signatures or is not sent. */
enum seal_status seal_signer_run(struct seal_signer *s, const struct seal_intake *in,
                                 struct seal_key_source keys, uint64_t now_s,
                                 struct seal_out *out);

/* The message is over and a key still works for it: SEAL_PENDING until that key has answered. No
 * other signature is begun; `out` as it was when run said SEAL_PENDING. */
enum seal_status seal_signer_settle(struct seal_signer *s, struct seal_out *out);

#endif
