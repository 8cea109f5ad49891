/* SPDX-License-Identifier: Apache-2.0
 *
 * held.h - the content of one message in the spool, and the proof that it came back unchanged.
 *
 *	open -> append ... -> rewind -> next ... -> is_intact -> close
 *
 * What is read back must have the length and the CRC-32 of what was written. This finds
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

/* Statuses as in spool.h; any other than SEAL_OK, SEAL_PENDING and SEAL_E_LIMIT sets `failed`.
 * `size`: octets that the client announced, 0: none. */
enum seal_status seal_held_open(struct seal_held *h, struct seal_spool *spool, uint64_t size);

/* Octets that append takes now. */
size_t seal_held_room(const struct seal_held *h, struct seal_spool *spool);
enum seal_status seal_held_append(struct seal_held *h, struct seal_spool *spool, struct seal_span run);

/* All is written: read it from the first octet on. */
enum seal_status seal_held_rewind(struct seal_held *h, struct seal_spool *spool);

/* The next piece, valid until the next call; empty at the end. */
enum seal_status seal_held_next(struct seal_held *h, struct seal_spool *spool, struct seal_span *piece);

/* At the end: everything that was written came back as it was. */
bool seal_held_is_intact(const struct seal_held *h);

/* Give the slot back. Harmless when it is not open. */
void seal_held_close(struct seal_held *h, struct seal_spool *spool);

#endif
