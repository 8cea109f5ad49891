/* SPDX-License-Identifier: Apache-2.0
 *
 * vault.h - secrets that a device has made and keeps, each in its own block of the medium,
 * encrypted and authenticated, found by the digest of a name.
 *
 *	init -> open -> { find -> load | place -> store } ...
 *
 * The state (state.h), which a power cut leaves whole, records which block belongs to whom, and only
 * after the block was read back: a secret is stored completely or not at all. A block that the state
 * knows and that is not as it was written is SEAL_E_KEY forever, so that a new secret is never
 * mistaken for the old one. An attacker who has the medium learns nothing and can destroy secrets,
 * but cannot add any: the keys of cipher and tag are made from what the medium does not hold.
 *
 * open, load and store return SEAL_PENDING until they are done: call again with the same
 * arguments, and nothing else in between. SEAL_E_SPOOL: the medium failed; may be tried again.
 */
#ifndef PORT_GATEWAY_VAULT_H
#define PORT_GATEWAY_VAULT_H

#include "engine/base/sha256.h"
#include "port/gateway/spool_sd.h"
#include "port/gateway/state.h"

#define SEAL_VAULT_SECRET_MAX 448u /* octets                       */
#define SEAL_VAULT_ID         8u   /* of the digest of a name      */
#define SEAL_VAULT_SLOTS_MAX  12u  /* for which the state has room */

/* Opaque. */
struct seal_vault {
	struct seal_state state;
	struct seal_block *dev;
	uint32_t first_block;
	uint8_t num_slots;
	uint8_t step;                       /* of store                           */
	struct seal_cipher cipher;
	uint8_t tag_key[SEAL_SHA256_LEN];
};

struct seal_vault_id {
	uint8_t octets[SEAL_VAULT_ID];
};

struct seal_vault_id seal_vault_id(struct seal_span name);

/* `num_slots` blocks from `first_block` on belong to the vault, at most SEAL_VAULT_SLOTS_MAX; its
 * state is in state_blocks. `dev` and the cipher's context are lent for good. */
void seal_vault_init(struct seal_vault *v, struct seal_block *dev, const uint32_t state_blocks[2],
                     uint32_t first_block, uint8_t num_slots, struct seal_cipher cipher,
                     const uint8_t tag_key[SEAL_SHA256_LEN]);

/* Load the state. `work` is lent while it returns SEAL_PENDING; likewise in load and store. SEAL_E_KEY:
 * the state is damaged, so the vault's content is unknown. */
enum seal_status seal_vault_open(struct seal_vault *v, uint8_t work[SEAL_BLOCK_SIZE]);

/* The slot of the secret of this name; false: not found. */
bool seal_vault_find(const struct seal_vault *v, struct seal_vault_id id, uint8_t *slot);

/* The secret of a slot that find has returned. SEAL_OK: it lies in `work`. SEAL_E_KEY: damaged, or
 * made with other keys of cipher and tag. */
enum seal_status seal_vault_load(struct seal_vault *v, uint8_t slot, struct seal_vault_id id,
                                 uint8_t work[SEAL_BLOCK_SIZE], struct seal_span *secret);

/* Where a new secret may go: a slot that is free, else one whose name is no longer `wanted`.
 * False: no such slot. */
bool seal_vault_place(const struct seal_vault *v, bool (*wanted)(void *ctx, struct seal_vault_id id), void *ctx,
                      uint8_t *slot);

/* Keep a secret of at most SEAL_VAULT_SECRET_MAX octets at `slot`; the old content is gone from the
 * first step on. `nonce` is random. SEAL_OK: it is stored safely. */
enum seal_status seal_vault_store(struct seal_vault *v, uint8_t slot, struct seal_vault_id id,
                                  const uint8_t nonce[SEAL_CIPHER_NONCE], struct seal_span secret,
                                  uint8_t work[SEAL_BLOCK_SIZE]);

#endif
