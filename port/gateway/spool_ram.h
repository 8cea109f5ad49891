/* SPDX-License-Identifier: Apache-2.0
 *
 * spool_ram.h - a spool in memory: static RAM, PSRAM, or pages mapped on the host.
 *
 * Messages are chains of blocks of one size, so any mix of messages fills the memory.
 * A size declared at open is reserved: an admitted message does not run out of room
 * because of the others. Everything is wiped when its message is finished.
 */
#ifndef PORT_GATEWAY_SPOOL_RAM_H
#define PORT_GATEWAY_SPOOL_RAM_H

#include "engine/gateway/spool.h"

/* Opaque; defined here because callers need their sizes. */
struct seal_spool_ram_slot {
	uint32_t first, last;       /* blocks of the chain; first == last == NONE: empty */
	uint32_t num_blocks;
	uint32_t num_reserved;      /* of which num_blocks are used                      */
	uint32_t at;                /* the block to be read next                         */
	uint32_t last_len;          /* octets in the last block                          */
	bool open;
};

struct seal_spool_ram {
	struct seal_spool spool;    /* first                              */
	uint8_t *blocks;
	uint32_t *next;             /* one for each block                 */
	struct seal_spool_ram_slot *slots;
	uint32_t num_slots;
	uint32_t num_blocks;
	uint32_t block_size;
	uint32_t free;              /* first of the chain of free blocks  */
	uint32_t num_free;
	uint32_t num_promised;      /* free blocks reserved by open slots */
};

/* `memory` (any alignment) and `slots` are lent for good; 4 octets of each block and up
 * to 3 in all are not usable for content. `block_size` > 0. A larger one wastes half of
 * itself per message, a smaller one uses 4 octets more often. Returns the octets that a
 * message may have; 0: the memory is too small. */
uint64_t seal_spool_ram_init(struct seal_spool_ram *s, uint8_t *memory, size_t len, uint32_t block_size,
                             struct seal_spool_ram_slot *slots, uint32_t num_slots);

#endif
