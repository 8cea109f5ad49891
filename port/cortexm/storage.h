/* SPDX-License-Identifier: Apache-2.0
 *
 * storage.h - where messages are spooled, starts are counted, and the device's keys are kept.
 *
 *	start -> count -> { open -> load | store }... -> key -> poll ...
 */
#ifndef PORT_CORTEXM_STORAGE_H
#define PORT_CORTEXM_STORAGE_H

#include "engine/gateway/spool.h"
#include "port/gateway/vault.h"

/* Messages that are spooled on a medium are encrypted; key() makes the key from random octets.
 * No message may be taken before that. Once. */
struct seal_spool *seal_storage_start(void);
void seal_storage_key(void);

/* Count this start on the medium, waiting some seconds for it: from thread mode, before the
 * network runs. 0: no medium, or it failed. */
uint32_t seal_storage_count(void);

/* The medium's vault (vault.h), for this seed; load and store wait some seconds for the
 * medium. From thread mode, after count and before key. */
enum seal_status seal_storage_open(struct seal_vault *v, struct seal_span seed, uint8_t work[SEAL_BLOCK_SIZE]);
enum seal_status seal_storage_load(struct seal_vault *v, uint8_t slot, struct seal_vault_id id,
                                   uint8_t work[SEAL_BLOCK_SIZE], struct seal_span *secret);
enum seal_status seal_storage_store(struct seal_vault *v, uint8_t slot, struct seal_vault_id id,
                                    const uint8_t nonce[SEAL_CIPHER_NONCE], struct seal_span secret,
                                    uint8_t work[SEAL_BLOCK_SIZE]);

/* Once per tick. */
void seal_storage_poll(uint64_t now_ms);

/* The medium responds; true on a board without one. */
bool seal_storage_ready(void);

#endif
