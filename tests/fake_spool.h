/* SPDX-License-Identifier: Apache-2.0
 *
 * fake_spool.h - a spool for faults that a real one cannot show on demand: it makes its
 * user wait, fails at the n-th operation, or returns other octets.
 */
#ifndef TESTS_FAKE_SPOOL_H
#define TESTS_FAKE_SPOOL_H

#include "engine/gateway/spool.h"

#define FAKE_SPOOL_SIZE 4096u

struct fake_spool {
	struct seal_spool spool;
	uint8_t content[FAKE_SPOOL_SIZE];
	size_t len, read_at;
	size_t room;            /* the most that room returns                         */
	unsigned no_room_each;  /* room is 0 at every n-th call; 0: at none           */
	unsigned num_rooms;
	size_t piece;           /* octets that one read gives at most                 */
	unsigned num_open;      /* slots in use: 0 or 1                               */
	unsigned num_ops;       /* operations that may fail, so far                   */
	unsigned fail_at;       /* this one (from 1) fails; 0: none                   */
	enum seal_status how;   /* with this status                                   */
	bool flip;              /* instead, the octet that is read then is changed    */
	unsigned pending;       /* rewind and read first return SEAL_PENDING this often */
	unsigned num_pending;
};

void fake_spool_init(struct fake_spool *s);

#endif
