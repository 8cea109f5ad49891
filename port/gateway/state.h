/* SPDX-License-Identifier: Apache-2.0
 *
 * state.h - the few octets that survive a power cut: how often the device was started, and some
 * small values by key.
 *
 *	open -> boot -> { get, set ... save }...
 *
 * Two blocks of a medium take turns. Each holds everything, with a sequence number and a CRC, so
 * a cut at any moment leaves either the old or the new content, whole. The blocks should be in
 * different erase units. open, boot and save return SEAL_PENDING until they are done: call
 * again with the same arguments, and nothing else in between.
 */
#ifndef PORT_GATEWAY_STATE_H
#define PORT_GATEWAY_STATE_H

#include "engine/base/span.h"
#include "port/contract/block.h"

#define SEAL_STATE_VALUES 128u /* octets: each value and two more */

enum seal_state_found {
	SEAL_STATE_NEW,        /* no copy found: a new medium                             */
	SEAL_STATE_LOADED,
	SEAL_STATE_ONE_COPY,   /* loaded, but the other copy is bad: a cut, or decay      */
	SEAL_STATE_DAMAGED     /* both were found and neither is whole: counts may repeat */
};

/* Opaque except for `found` and `boots`. */
struct seal_state {
	struct seal_block *dev;
	uint32_t blocks[2];
	enum seal_state_found found;
	uint32_t boots;             /* after boot returned SEAL_OK: no earlier start had it */
	uint32_t sequence;          /* of the newest copy, 0: none                          */
	uint8_t newest;             /* the copy that must not be touched                    */
	uint8_t num_whole;          /* copies found                                         */
	uint8_t num_ours;           /* of those and the damaged ones                        */
	uint8_t num_unreadable;
	uint8_t step;
	uint8_t num_saves;          /* of boot: the current one                             */
	uint8_t num_values;         /* octets in use                                        */
	uint8_t values[SEAL_STATE_VALUES]; /* key, length, octets; ...                      */
};

/* Reset everything and set the place. `dev` is lent for good. */
void seal_state_init(struct seal_state *s, struct seal_block *dev, uint32_t block_a, uint32_t block_b);

/* Load. `work` is lent until it returns something else than SEAL_PENDING; likewise in boot and save.
 * SEAL_E_SPOOL: no medium, or it cannot be read: may be tried again. SEAL_OK: look at `found`. DAMAGED
 * has no values and starts from 0 boots; a caller that needs counts that never repeat must stop. */
enum seal_status seal_state_open(struct seal_state *s, uint8_t work[SEAL_BLOCK_SIZE]);

/* Count this start, in both copies, so that losing one does not bring a count back. SEAL_OK: read
 * back from the medium, `boots` may be used. SEAL_E_SPOOL: it may not, but boot may be tried
 * again. An older medium does bring old counts back: mix in other things too. */
enum seal_status seal_state_boot(struct seal_state *s, uint8_t work[SEAL_BLOCK_SIZE]);

/* The value of a key, 0 octets if it is not set; valid until the next set. */
struct seal_span seal_state_get(const struct seal_state *s, uint8_t key);

/* Keep some octets, which must not be those of get; `len` 0 deletes the key. Only in memory
 * until saved. SEAL_E_LIMIT: no room, the old value stays. */
enum seal_status seal_state_set(struct seal_state *s, uint8_t key, const uint8_t *data, size_t len);

/* Save all values. SEAL_E_SPOOL: the next open finds either the last saved values or these. */
enum seal_status seal_state_save(struct seal_state *s, uint8_t work[SEAL_BLOCK_SIZE]);

#endif
