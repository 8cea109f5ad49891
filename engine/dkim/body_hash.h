/* SPDX-License-Identifier: Apache-2.0
 *
 * body_hash.h - bh= of a message for several canonicalizations at once (RFC 6376
 * 3.7 step 1): one lane per mode serves any number of signatures.
 *
 *	init -> update ... -> final -> digest
 */
#ifndef SEAL_DKIM_BODY_HASH_H
#define SEAL_DKIM_BODY_HASH_H

#include "engine/base/sha256.h"
#include "engine/dkim/canon.h"

struct seal_body_hash {
	struct seal_body_lane {
		struct seal_canon_body canon;
		struct seal_sha256 hash;
		uint8_t digest[SEAL_SHA256_LEN];
		bool wanted;
	} lane[2]; /* indexed by enum seal_canon */
};

/* Choose the modes, hash the body in any cut, finish. SEAL_E_PEER from update on: the body has a bare CR
 * or LF; every later call up to final returns it too. SEAL_E_CALLER: a call after final. */
void seal_body_hash_init(struct seal_body_hash *b, bool simple, bool relaxed);
enum seal_status seal_body_hash_update(struct seal_body_hash *b, const uint8_t *data, size_t len);
enum seal_status seal_body_hash_final(struct seal_body_hash *b);

/* SEAL_SHA256_LEN octets in `b`, valid after final; NULL for a mode that was not chosen. */
const uint8_t *seal_body_hash_digest(const struct seal_body_hash *b, enum seal_canon mode);

#endif
