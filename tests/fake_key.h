/* SPDX-License-Identifier: Apache-2.0
 *
 * fake_key.h - a key for faults that a real one cannot show on demand: it takes a given
 * time, fails at the n-th operation, or signs wrongly. Its "signature" repeats the digest,
 * each octet combined with `mark`, so that keys differ.
 */
#ifndef TESTS_FAKE_KEY_H
#define TESTS_FAKE_KEY_H

#include "engine/dkim/key.h"

struct fake_key {
	struct seal_key key;
	unsigned pending;        /* each operation returns SEAL_PENDING this often first */
	unsigned num_runs;       /* finished operations                                 */
	unsigned num_held;       /* jobs that are pending                               */
	unsigned fail_at;        /* this operation (from 1) is SEAL_E_KEY; 0: none      */
	unsigned wrong_at;       /* this operation (from 1) signs wrongly; 0: none      */
	uint8_t mark;            /* of this key, in each octet of its signatures        */
};

void fake_key_init(struct fake_key *k, size_t signature_len);

#endif
