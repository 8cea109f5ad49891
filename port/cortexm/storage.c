/* SPDX-License-Identifier: Apache-2.0 */
#include "port/cortexm/storage.h"

#include "port/cortexm/board.h"
#include "engine/base/ct.h"
#include "port/contract/port.h"
#include "port/cortexm/clock.h"
#include "port/cortexm/sizes.h"
#include "port/gateway/spool_ram.h"
#include "port/gateway/spool_sd.h"
#include "port/gateway/vault.h"
#include "port/mbedtls/aes_ctr.h"

_Static_assert(SEAL_AES_NONCE == SEAL_CIPHER_NONCE && SEAL_AES_BLOCK == SEAL_CIPHER_OUT, "one cipher");

/* Of sections.ld; only their addresses count. */
extern uint8_t seal_ld_spool_start[], seal_ld_spool_end[];

#define BLOCK_SMALL 256u
#define BLOCK_LARGE 4096u
#define LARGE       ((size_t)1 << 20)

/* How long a start waits for a medium. A card needs up to a second; a flash needs that long for
 * each of three sectors. */
#define WAIT_MS 6000u

static union {
	struct seal_spool_ram ram;
	struct seal_spool_sd sd;
} spool;

static union {
	struct seal_spool_ram_slot ram[SEAL_SESSIONS];
	struct seal_spool_sd_slot sd[SEAL_SESSIONS];
} slots;

static struct seal_block *medium;

static struct seal_spool *
start_sd(void)
{
	const struct seal_cipher cipher = { seal_aes_keystream, NULL };

	seal_spool_sd_init(&spool.sd, medium, seal_board.medium.spool_block, cipher, slots.sd, SEAL_SESSIONS,
	                   seal_board.medium.spool_expected);
	return &spool.sd.spool;
}

static struct seal_spool *
start_ram(void)
{
	const size_t len = (size_t)((uintptr_t)seal_ld_spool_end - (uintptr_t)seal_ld_spool_start);

	(void)seal_spool_ram_init(&spool.ram, seal_ld_spool_start, len, len < LARGE ? BLOCK_SMALL : BLOCK_LARGE,
	                          slots.ram, SEAL_SESSIONS);
	return &spool.ram.spool;
}

struct seal_spool *
seal_storage_start(void)
{
	medium = seal_board.medium.start == NULL ? NULL : seal_board.medium.start();
	return medium != NULL && seal_board.medium.spool_block != 0 ? start_sd() : start_ram();
}

void
seal_storage_key(void)
{
	uint8_t key[SEAL_AES_KEY];

	seal_port_random(key, sizeof key);
	seal_aes_start(key);
	seal_wipe(key, sizeof key);
}

void
seal_storage_poll(uint64_t now_ms)
{
	if (medium != NULL && seal_board.medium.poll != NULL)
		seal_board.medium.poll(now_ms);
}

bool
seal_storage_ready(void)
{
	return medium == NULL || medium->ops->num_blocks(medium) > 0;
}

/* --- waiting for the medium ------------------------------------------------------------- */

struct wait {
	uint64_t until_ms, poll_ms;
};

static struct wait
begin_wait(void)
{
	return (struct wait){ seal_clock_ms() + WAIT_MS, 0 };
}

/* `status` is not final: the medium is busy, or failed and may be tried again. */
static bool
goes_on(struct wait *w, enum seal_status status)
{
	const uint64_t now_ms = seal_clock_ms();

	if (now_ms >= w->poll_ms) {
		w->poll_ms = now_ms + SEAL_BOARD_TICK_MS;
		seal_storage_poll(now_ms);
	}
	return (status == SEAL_PENDING || status == SEAL_E_SPOOL) && now_ms < w->until_ms;
}

static enum seal_status
wait_for(enum seal_status (*step)(struct seal_state *s, uint8_t work[SEAL_BLOCK_SIZE]), struct seal_state *state,
         uint8_t work[SEAL_BLOCK_SIZE])
{
	struct wait w = begin_wait();
	enum seal_status status;

	do
		status = step(state, work);
	while (goes_on(&w, status));
	return status;
}

uint32_t
seal_storage_count(void)
{
	uint8_t work[SEAL_BLOCK_SIZE];
	struct seal_state state;

	if (medium == NULL)
		return 0;
	seal_state_init(&state, medium, seal_board.medium.state_blocks[0], seal_board.medium.state_blocks[1]);
	if (wait_for(seal_state_open, &state, work) != SEAL_OK || state.found == SEAL_STATE_DAMAGED ||
	    wait_for(seal_state_boot, &state, work) != SEAL_OK)
		return 0;
	return state.boots;
}

/* --- the vault -------------------------------------------------------------------------- */

static void
derive(struct seal_span seed, struct seal_span label, uint8_t key[SEAL_SHA256_LEN])
{
	struct seal_sha256 hash;

	seal_sha256_init(&hash);
	seal_sha256_update(&hash, seed.ptr, seed.len);
	seal_sha256_update(&hash, label.ptr, label.len);
	seal_sha256_final(&hash, key);
	seal_wipe(&hash, sizeof hash);
}

/* Until seal_storage_key, the cipher has the vault's key. */
enum seal_status
seal_storage_open(struct seal_vault *v, struct seal_span seed, uint8_t work[SEAL_BLOCK_SIZE])
{
	const struct seal_board_medium *m = &seal_board.medium;
	struct wait w = begin_wait();
	uint8_t key[SEAL_SHA256_LEN];
	enum seal_status status;

	derive(seed, SEAL_SPAN("vault cipher"), key);
	seal_aes_start(key);
	derive(seed, SEAL_SPAN("vault tag"), key);
	seal_vault_init(v, medium, m->state_blocks, m->vault_block, m->vault_slots,
	                (struct seal_cipher){ seal_aes_keystream, NULL }, key);
	seal_wipe(key, sizeof key);
	do
		status = seal_vault_open(v, work);
	while (goes_on(&w, status));
	return status;
}

enum seal_status
seal_storage_load(struct seal_vault *v, uint8_t slot, struct seal_vault_id id, uint8_t work[SEAL_BLOCK_SIZE],
                  struct seal_span *secret)
{
	struct wait w = begin_wait();
	enum seal_status status;

	do
		status = seal_vault_load(v, slot, id, work, secret);
	while (goes_on(&w, status));
	return status;
}

enum seal_status
seal_storage_store(struct seal_vault *v, uint8_t slot, struct seal_vault_id id,
                   const uint8_t nonce[SEAL_CIPHER_NONCE], struct seal_span secret, uint8_t work[SEAL_BLOCK_SIZE])
{
	struct wait w = begin_wait();
	enum seal_status status;

	do
		status = seal_vault_store(v, slot, id, nonce, secret, work);
	while (goes_on(&w, status));
	return status;
}
