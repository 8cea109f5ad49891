/* SPDX-License-Identifier: Apache-2.0 */
#include "port/cortexm/selftest.h"

#include <string.h>

#include "port/contract/port.h"
#include "port/cortexm/board.h"
#include "port/cortexm/clock.h"
#include "port/cortexm/entropy.h"
#include "port/cortexm/files.h"
#include "port/cortexm/signing.h"
#include "port/cortexm/sizes.h"
#include "port/cortexm/storage.h"
#include "port/mbedtls/arena.h"

#define SPOOL_OCTETS 262144u
#define SPOOL_MS     60000u
#define PIECE        512u

/* Of sections.ld; only their addresses count. */
extern uint8_t seal_ld_spool_start[], seal_ld_spool_end[];

static struct {
	struct seal_config_client clients[SEAL_CLIENTS];
	struct seal_config_domain domains[SEAL_DOMAINS];
	struct seal_key_private keys[SEAL_DOMAINS];
} sections;
static struct seal_config config = {
	.clients = sections.clients, .clients_cap = SEAL_CLIENTS,
	.domains = sections.domains, .domains_cap = SEAL_DOMAINS,
};
static struct seal_entropy_pool pool;

void
seal_port_random(uint8_t *out, size_t len)
{
	const struct seal_entropy source = seal_entropy_source(&pool);

	(void)source.get(source.ctx, out, len);
}

/* --- storage and randomness --------------------------------------------------------------- */

static uint32_t
test_store(void)
{
	const uint32_t boots = seal_storage_count();

	if (seal_board.medium.start == NULL) {
		seal_selftest_put("store: none, so random numbers may come again after a reset");
		seal_selftest_end(true);
		return 0;
	}
	seal_selftest_put_number("store: start number ", boots, "; one more after each reset");
	seal_selftest_end(boots != 0);
	return boots;
}

/* A board has no generator: the image's seed and the number of this start make bytes that differ. */
static void
test_entropy(struct seal_span seed, uint32_t boots)
{
	uint8_t first[SEAL_SHA256_LEN], second[SEAL_SHA256_LEN];

	seal_entropy_start(&pool, seed, boots, 'T');
	seal_port_random(first, sizeof first);
	seal_port_random(second, sizeof second);
	seal_selftest_put(seed.len > 0 ? "entropy: the image's seed" : "entropy: no seed without an image");
	seal_selftest_put(boots != 0 ? " and the number of this start" : "");
	seal_selftest_end(memcmp(first, second, sizeof first) != 0);
}

static void
selftest_fill(uint8_t piece[PIECE], uint32_t number)
{
	for (uint32_t i = 0; i < PIECE; i++)
		piece[i] = (uint8_t)((number * 31u + i) * 7u >> 3);
}

static bool
write_spool(struct seal_spool *spool, uint32_t slot, uint32_t octets, uint64_t until_ms)
{
	uint8_t piece[PIECE];
	uint32_t done = 0;

	while (done < octets && seal_clock_ms() < until_ms) {
		const uint32_t at = done % PIECE;
		size_t len = spool->ops->room(spool, slot);

		seal_storage_poll(seal_clock_ms());
		selftest_fill(piece, done / PIECE);
		if (len > PIECE - at)
			len = PIECE - at;
		if (len > 0 && spool->ops->append(spool, slot, piece + at, len) != SEAL_OK)
			return false;
		done += (uint32_t)len;
	}
	return done == octets;
}

static bool
read_spool(struct seal_spool *spool, uint32_t slot, uint32_t octets, uint64_t until_ms)
{
	uint8_t want[PIECE];
	uint32_t done = 0;

	while (done < octets && seal_clock_ms() < until_ms) {
		struct seal_span got = seal_span(NULL, 0);
		const enum seal_status status = spool->ops->read(spool, slot, &got);

		seal_storage_poll(seal_clock_ms());
		if (status != SEAL_OK && status != SEAL_PENDING)
			return false;
		for (size_t i = 0; i < got.len; i++, done++) {
			if (done % PIECE == 0)
				selftest_fill(want, done / PIECE);
			if (got.ptr[i] != want[done % PIECE])
				return false;
		}
	}
	return done == octets;
}

static bool
rewind_spool(struct seal_spool *spool, uint32_t slot, uint64_t until_ms)
{
	enum seal_status status;

	do {
		seal_storage_poll(seal_clock_ms());
		status = spool->ops->rewind(spool, slot);
	} while (status == SEAL_PENDING && seal_clock_ms() < until_ms);
	return status == SEAL_OK;
}

/* Of a spool in memory half, because a message's blocks have their own heads. */
static uint32_t
spool_octets(void)
{
	const uintptr_t half = ((uintptr_t)seal_ld_spool_end - (uintptr_t)seal_ld_spool_start) / 2u;

	if (seal_board.medium.start != NULL && seal_board.medium.spool_block != 0)
		return SPOOL_OCTETS;
	return half < SPOOL_OCTETS ? (uint32_t)half : SPOOL_OCTETS;
}

static void
test_spool(struct seal_spool *spool)
{
	const uint32_t octets = spool_octets();
	const uint64_t start_ms = seal_clock_ms();
	const uint64_t until_ms = start_ms + SPOOL_MS;
	uint64_t written_ms;
	uint32_t slot = 0;
	bool ok;

	if (octets == 0) {
		seal_selftest_put("spool: none: neither SEAL_SPOOL nor a medium gives it a place");
		seal_selftest_end(false);
		return;
	}
	ok = spool->ops->open(spool, octets, &slot) == SEAL_OK && write_spool(spool, slot, octets, until_ms) &&
	     rewind_spool(spool, slot, until_ms);
	written_ms = seal_clock_ms();
	ok = ok && read_spool(spool, slot, octets, until_ms);
	seal_selftest_put_number("spool: ", octets, " bytes written in ");
	seal_selftest_put_number("", written_ms - start_ms, " ms, read in ");
	seal_selftest_put_number("", seal_clock_ms() - written_ms, " ms");
	seal_selftest_end(ok);
	spool->ops->close(spool, slot);
}

/* --- image and keys ----------------------------------------------------------------------- */

static enum seal_status
selftest_run_job(struct seal_key *key, struct seal_key_job *job, enum seal_key_op op)
{
	job->op = op;
	job->progress = 0;
	(void)key->ops->run(key, job);
	(void)seal_signing_do();
	return key->ops->run(key, job);
}

static bool
read_config(void)
{
	struct seal_config_error error;
	struct seal_span found;

	if (!seal_files_find(NULL, SEAL_FILE_CONFIG, seal_span(NULL, 0), &found, seal_selftest_line()))
		return false;
	if (seal_config_parse(&config, found, &error) == SEAL_OK)
		return true;
	seal_selftest_put("config:");
	seal_config_explain(&error, seal_selftest_line());
	return false;
}

static bool
open_keys(void)
{
	enum seal_key_fault fault = SEAL_KEY_FINE;
	struct seal_span found;

	for (size_t i = 0; fault == SEAL_KEY_FINE && i < config.num_domains; i++) {
		if (config.domains[i].key.len == 0 || seal_config_key_is_on_device(&config.domains[i]))
			continue;
		if (!seal_files_find(NULL, SEAL_FILE_KEY, config.domains[i].key, &found, seal_selftest_line()))
			return false;
		fault = seal_key_open(&sections.keys[i], found, seal_signing_runner());
	}
	if (fault != SEAL_KEY_FINE)
		seal_selftest_put(seal_key_fault_text(fault));
	return fault == SEAL_KEY_FINE;
}

/* Measured in ticks: a counter of 24 bits wraps while a key computes. */
static void
test_signing(void)
{
	static struct seal_key_job job;
	struct seal_key *key = &sections.keys[0].key;
	uint32_t start, signed_at;
	bool ok;

	seal_selftest_put("signing: ");
	if (seal_signing_start(seal_entropy_source(&pool), false) != SEAL_KEY_FINE || !open_keys() ||
	    !seal_key_is_open(&sections.keys[0])) {
		seal_selftest_put("no key");
		seal_selftest_end(false);
		return;
	}
	start = seal_selftest_ticks();
	ok = selftest_run_job(key, &job, SEAL_KEY_SIGN) == SEAL_OK;
	signed_at = seal_selftest_ticks();
	ok = ok && selftest_run_job(key, &job, SEAL_KEY_VERIFY) == SEAL_OK;
	seal_selftest_put_number("", sections.keys[0].bits, " bits: signed in ");
	seal_selftest_put_number("", signed_at - start, " ticks, checked in ");
	seal_selftest_put_number("", seal_selftest_ticks() - signed_at, "; arena ");
	seal_selftest_put_number("", seal_arena_use().extent, " of ");
	seal_selftest_put_number("", seal_arena_use().len, "");
	seal_selftest_end(ok);
}

static bool
test_image(void)
{
	const bool ok = read_config();

	if (ok) {
		seal_selftest_put_number("image: ", config.num_domains, " domain sections, ");
		seal_selftest_put_number("", config.num_clients, " client sections");
	}
	seal_selftest_end(ok);
	return ok;
}

void
seal_selftest_devices(void)
{
	const bool has_image = test_image();
	struct seal_spool *spool = seal_storage_start();
	const uint32_t boots = test_store();

	test_entropy(seal_files_seed(), boots);
	seal_storage_key();
	test_spool(spool);
	if (has_image)
		test_signing();
}
