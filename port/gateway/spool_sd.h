/* SPDX-License-Identifier: Apache-2.0
 *
 * spool_sd.h - a spool on a medium of blocks, encrypted.
 *
 * The blocks from `first` on are divided into equal parts, one for each slot, so content
 * lies in sequence, as cards like it, and nothing needs to be looked up. The medium may come
 * and go: messages that were on it fail with SEAL_E_SPOOL, and new ones are taken as soon as it
 * is back. It may then have another size.
 *
 * Content is XORed with a key stream before it leaves memory. The key is the caller's; it
 * should exist only in RAM and be made at each boot. Every message has its own nonce. This is
 * secrecy, not authenticity: the relay's CRC finds octets that changed on the card by accident,
 * but not those that were changed on purpose.
 */
#ifndef PORT_GATEWAY_SPOOL_SD_H
#define PORT_GATEWAY_SPOOL_SD_H

#include "engine/gateway/spool.h"
#include "port/contract/block.h"

#define SEAL_CIPHER_NONCE 12u
#define SEAL_CIPHER_OUT   16u

/* A block cipher in counter mode: AES of nonce and `block` (big endian, counts from 0). */
struct seal_cipher {
	void (*keystream)(void *ctx, const uint8_t nonce[SEAL_CIPHER_NONCE], uint32_t block,
	                  uint8_t out[SEAL_CIPHER_OUT]);
	void *ctx;
};

/* One octet more than a block, so that room() is never 1 within a message: see relay.c, content_room. */
#define SEAL_SPOOL_SD_BUFFER (SEAL_BLOCK_SIZE + 1u)

/* Opaque; defined here because callers need their sizes. */
struct seal_spool_sd_slot {
	uint64_t nonce;
	uint64_t len;               /* octets appended                              */
	uint32_t epoch;             /* of the medium, at open                       */
	uint32_t limit;             /* blocks of this slot, at open                 */
	uint32_t start;             /* the first of them                            */
	uint32_t at;                /* the next block to be written or read, from 0 */
	uint16_t fill;              /* octets in buffer that are not yet written    */
	uint8_t stage;
	enum seal_status status;    /* sticky                                       */
	uint8_t buffer[SEAL_SPOOL_SD_BUFFER];
};

struct seal_spool_sd {
	struct seal_spool spool;    /* first                   */
	struct seal_block *dev;
	struct seal_cipher cipher;
	uint32_t first;
	struct seal_spool_sd_slot *slots;
	uint32_t num_slots;
	uint64_t num_opened;
	uint64_t capacity;          /* of the last medium seen */
};

/* `dev`, `slots` and the cipher's context are lent for good; the medium need not be present
 * yet. num_slots > 0. Until a medium was seen, capacity() is `expected`. */
void seal_spool_sd_init(struct seal_spool_sd *s, struct seal_block *dev, uint32_t first,
                        struct seal_cipher cipher, struct seal_spool_sd_slot *slots, uint32_t num_slots,
                        uint64_t expected);

#endif
