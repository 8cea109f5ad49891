/* SPDX-License-Identifier: Apache-2.0
 *
 * held.h - the content of one message in the spool, and the proof that it was read back unchanged.
 *
 *	open -> append ... -> rewind -> next ... -> is_intact -> close
 *
 * The octets read back must have the length and the CRC-32 of those written. This finds
 * memory that decayed, not a forger. All zero: not open.
 */
#ifndef SEAL_GATEWAY_HELD_H
#define SEAL_GATEWAY_HELD_H

#include "engine/gateway/spool.h"

struct seal_held {
	uint64_t written, replayed;     /* octets                                  */
	uint32_t written_crc, replayed_crc;
	uint32_t slot;
	bool open;
	bool failed;                    /* the medium failed: an alarm              */
};

/* Take a slot. Statuses as in spool.h; all except SEAL_OK, SEAL_PENDING and SEAL_E_LIMIT set
 * `failed`. `size`: octets that the client announced; 0: not announced. */
enum seal_status seal_held_open(struct seal_held *h, struct seal_spool *spool, uint64_t size);

/* How many octets append takes now. */
size_t seal_held_room(const struct seal_held *h, struct seal_spool *spool);
enum seal_status seal_held_append(struct seal_held *h, struct seal_spool *spool, struct seal_span run);

/* Everything is written: read it from the first octet on. */
enum seal_status seal_held_rewind(struct seal_held *h, struct seal_spool *spool);

/* The next piece, valid until the next call; empty at the end. */
enum seal_status seal_held_next(struct seal_held *h, struct seal_spool *spool, struct seal_span *piece);

/* At the end: true if everything that was written was read back unchanged. */
bool seal_held_is_intact(const struct seal_held *h);

/* Give the slot back. Harmless if it is not open. */
void seal_held_close(struct seal_held *h, struct seal_spool *spool);

#endif
