/* SPDX-License-Identifier: Apache-2.0
 *
 * block.h - a medium of numbered blocks that makes nobody wait: SD card, flash, a fake.
 *
 *	{ write | read } ... until not PENDING, sync until not PENDING
 *
 * Nothing is lent: a buffer is only touched within the call. The device may serve several
 * users; each asks until it is answered, and who stops asking for a read loses nothing but
 * that. No call takes longer than the transfer of one block. All in one context.
 */
#ifndef PORT_CONTRACT_BLOCK_H
#define PORT_CONTRACT_BLOCK_H

#include <stdint.h>

#include "engine/base/status.h"

#define SEAL_BLOCK_SIZE 512u /* octets */

struct seal_block;

struct seal_block_ops {
	/* Blocks there are now; 0: no medium, or it does not answer. */
	uint32_t (*num_blocks)(struct seal_block *dev);

	/* Changes whenever the medium came, went, or lost something that it had taken: what was
	 * written in another epoch is not to be relied on. Content that must survive epochs
	 * carries its own checksum. */
	uint32_t (*epoch)(struct seal_block *dev);

	/* SEAL_OK: the block is taken, though not yet safe. SEAL_PENDING: it is not, ask again
	 * with the same arguments; the medium may hold neither old nor new content until then.
	 * SEAL_E_LIMIT: no such block. SEAL_E_SPOOL: failed. */
	enum seal_status (*write)(struct seal_block *dev, uint32_t block, const uint8_t data[SEAL_BLOCK_SIZE]);

	/* Answers as above. `data` is of use only after SEAL_OK. */
	enum seal_status (*read)(struct seal_block *dev, uint32_t block, uint8_t data[SEAL_BLOCK_SIZE]);

	/* SEAL_OK: all that was taken in this epoch is safe from a power cut. */
	enum seal_status (*sync)(struct seal_block *dev);
};

/* First member of every implementation's own structure. */
struct seal_block {
	const struct seal_block_ops *ops;
};

#endif
