/* SPDX-License-Identifier: Apache-2.0
 *
 * fake_spool.h - a spool for faults that a real one cannot be made to show: it makes its
 * user wait, fails at the n-th operation, or gives back other octets.
 */
#ifndef TESTS_FAKE_SPOOL_H
#define TESTS_FAKE_SPOOL_H

#include "engine/gateway/spool.h"

#define FAKE_SPOOL_SIZE 4096u

struct fake_spool {
	struct seal_spool spool;
	uint8_t content[FAKE_SPOOL_SIZE];
	size_t len, read_at;
	size_t room;            /* what room says at most                             */
	unsigned no_room_each;  /* room is 0 at each such call, e.g. the second; 0: none*/
	unsigned num_rooms;
	size_t piece;           /* octets that one read gives at most                 */
	unsigned num_open;      /* slots in use: 0 or 1                               */
	unsigned num_ops;       /* operations that may fail, so far                   */
	unsigned fail_at;       /* this one (from 1) fails; 0: none                   */
	enum seal_status how;   /* with this status                                   */
	bool flip;              /* instead, the octet read back there is changed      */
	unsigned pending;       /* every rewind and read says SEAL_PENDING this often */
	unsigned num_pending;
};

void fake_spool_init(struct fake_spool *s);

#endif
