/* SPDX-License-Identifier: Apache-2.0
 *
 * fake_key.h - a key for faults that a real one cannot be made to show: it takes as long
 * as it is told, fails at the n-th operation, or signs wrongly. Its "signature" is the
 * digest over and over, each octet with `mark`, so that keys differ.
 */
#ifndef TESTS_FAKE_KEY_H
#define TESTS_FAKE_KEY_H

#include "engine/dkim/key.h"

struct fake_key {
	struct seal_key key;
	unsigned pending;        /* how often each operation says SEAL_PENDING first    */
	unsigned num_runs;       /* operations answered                                 */
	unsigned num_held;       /* jobs that were told SEAL_PENDING and not answered   */
	unsigned fail_at;        /* this operation (from 1) is SEAL_E_KEY; 0: none      */
	unsigned wrong_at;       /* this operation (from 1) signs wrongly; 0: none      */
	uint8_t mark;            /* of this key, in each octet of its signatures        */
};

void fake_key_init(struct fake_key *k, size_t signature_len);

#endif
