/* SPDX-License-Identifier: Apache-2.0
 *
 * block.h - a medium of numbered blocks whose calls never wait: an SD card, a flash, a fake.
 *
 *	{ write | read } ... until not PENDING, sync until not PENDING
 *
 * Nothing is lent: a buffer is touched only during the call. The device may serve several
 * users. Each repeats its call until it is no longer PENDING; a user that stops repeating a
 * read loses only that read. No call takes longer than the transfer of one block. All calls
 * come from one context.
 */
#ifndef PORT_CONTRACT_BLOCK_H
#define PORT_CONTRACT_BLOCK_H

#include <stdint.h>

#include "engine/base/status.h"

#define SEAL_BLOCK_SIZE 512u /* octets */

struct seal_block;

struct seal_block_ops {
	/* The number of blocks now; 0: no medium, or it does not respond. */
	uint32_t (*num_blocks)(struct seal_block *dev);

	/* Changes whenever the medium is inserted, is removed, or loses something that it had
	 * taken: do not rely on what was written in another epoch. Content that must survive
	 * epochs carries its own checksum. */
	uint32_t (*epoch)(struct seal_block *dev);

	/* SEAL_OK: the block is taken, but not yet safe. SEAL_PENDING: not yet taken; call again
	 * with the same arguments. Until then the medium may hold neither old nor new content.
	 * SEAL_E_LIMIT: no such block. SEAL_E_SPOOL: failed. */
	enum seal_status (*write)(struct seal_block *dev, uint32_t block, const uint8_t data[SEAL_BLOCK_SIZE]);

	/* Returns as above. `data` is valid only after SEAL_OK. */
	enum seal_status (*read)(struct seal_block *dev, uint32_t block, uint8_t data[SEAL_BLOCK_SIZE]);

	/* SEAL_OK: all that was taken in this epoch is safe from a power cut. */
	enum seal_status (*sync)(struct seal_block *dev);
};

/* First member of every implementation's own structure. */
struct seal_block {
	const struct seal_block_ops *ops;
};

#endif
