/* SPDX-License-Identifier: Apache-2.0
 *
 * sign.h - make one DKIM-Signature field (RFC 6376 3.5, 3.7, 5).
 *
 *	start -> run (until not SEAL_PENDING)
 *
 * The header section has been read (mail/header.h) and the body hashed
 * (body_hash.h). A message gets several signatures by several runs, one after the
 * other. The field is folded once, while it is written, and exactly those octets
 * are hashed. The signature is verified with the public key before `run` returns
 * SEAL_OK. l= is never written (8.2). Nothing here allocates or blocks.
 *
 * The caller checks that the header has one From field and that d= matches it
 * (mail/addr.h): a message with two, or with another domain, is signed too.
 */
#ifndef SEAL_DKIM_SIGN_H
#define SEAL_DKIM_SIGN_H

#include "engine/dkim/canon.h"
#include "engine/dkim/key.h"
#include "engine/dkim/select.h"

/* All spans are borrowed until start has returned. */
struct seal_sign_params {
	struct seal_span domain;       /* d=, normalized (mail/addr.h)                  */
	struct seal_span selector;     /* s=, one or more labels                        */
	struct seal_span identity;     /* i=, at or below d=; empty: left out           */
	struct seal_select_list fields;
	enum seal_canon header_canon;
	enum seal_canon body_canon;
	uint64_t signed_at_s;          /* t=, seconds since 1970; 0: no t= and no x=    */
	uint32_t lifetime_s;           /* x= is t= plus this; 0: no x=                  */
	bool query_method;             /* write q=dns/txt, although it is the default   */
};

struct seal_sign {
	struct seal_key_job job;
	struct seal_key *key;
	size_t field_start;            /* of this field in `out`                        */
	size_t column;
	uint8_t stage;
	uint8_t status;                /* enum seal_status, sticky                      */
};

/* Append the field up to "b=" to `out`, and hash header and field. `body_digest` is
 * bh= for params->body_canon. `key` is lent until run returns anything but SEAL_PENDING;
 * `header` with its work area, `params` and `body_digest` are no longer used after start.
 * After an error the length of `out` is as before. SEAL_E_LIMIT: `out` is too small: for
 * the default lists without repeated fields, and 200 octets of d=, s= and i=, 1,280 octets
 * suffice for a key of 2048 bits and 1,664 for 4096. Each repeated field adds its name.
 * SEAL_E_PEER: the header holds no From field (5.4). SEAL_E_CALLER: From is not among
 * the fields to sign, or a parameter is empty. */
enum seal_status seal_sign_start(struct seal_sign *s, const struct seal_sign_params *params,
                                 const struct seal_header *header,
                                 const uint8_t body_digest[SEAL_SHA256_LEN],
                                 struct seal_key *key, struct seal_out *out);

/* Sign, verify, and complete the field in the same `out`. SEAL_PENDING: the key is
 * working, call again; until then `s` must not move, and `out` must stay as it is. SEAL_E_KEY or SEAL_E_LIMIT: it
 * failed, and the field is removed from `out`. */
enum seal_status seal_sign_run(struct seal_sign *s, struct seal_out *out);

#endif
