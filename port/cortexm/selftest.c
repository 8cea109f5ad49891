/* SPDX-License-Identifier: Apache-2.0
 *
 * selftest.c - a program for a board that is being brought up: no network, everything else
 * once, one line each on the UART and to whoever waits for the exit code. It wants an
 * image with a key in it.
 */
#include <string.h>

#include "port/cortexm/board.h"
#include "port/contract/port.h"
#include "port/cortexm/clock.h"
#include "port/cortexm/console.h"
#include "port/cortexm/entropy.h"
#include "port/cortexm/files.h"
#include "port/cortexm/halt.h"
#include "port/cortexm/registers.h"
#include "port/cortexm/signing.h"
#include "port/cortexm/sizes.h"
#include "port/cortexm/start.h"
#include "port/cortexm/storage.h"
#include "port/mbedtls/arena.h"

#define CLOCK_MS     2000u
#define SPOOL_OCTETS 262144u
#define SPOOL_MS     60000u
#define PIECE        512u

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
static volatile uint32_t num_ticks;
static bool failed;

/* --- what the parts ask for --------------------------------------------------------------- */

uint64_t
seal_port_now_ms(void)
{
	return seal_clock_ms();
}

void
seal_port_wake(void)
{
}

void
seal_port_random(uint8_t *out, size_t len)
{
	const struct seal_entropy source = seal_entropy_source(&pool);

	(void)source.get(source.ctx, out, len);
}

void
seal_port_panic(const char *what)
{
	seal_console_urgent(what);
	seal_halt(SEAL_HALT_PANIC);
}

void
seal_systick(void)
{
	num_ticks++;
}

void
seal_interrupt(void)
{
	*seal_register(seal_board.tick.clear_address) = seal_board.tick.clear_value;
	seal_systick();
}

/* --- reports ------------------------------------------------------------------------------ */

static uint8_t text[256];
static struct seal_out line = { text, sizeof text, 0, false };

static void
selftest_put(const char *words)
{
	seal_out_span_put(&line, seal_span_text(words));
}

static void
selftest_put_number(const char *before, uint64_t number, const char *after)
{
	selftest_put(before);
	seal_out_u64(&line, number);
	selftest_put(after);
}

/* End the line, with what it means. */
static void
selftest_end_line(bool ok)
{
	if (!ok) {
		failed = true;
		selftest_put(": FAILED");
	}
	seal_console_line(seal_span(NULL, 0), seal_out_span(&line));
	seal_console_flush();
	seal_halt_write((const char *)line.ptr, line.len);
	seal_halt_write("\n", 1);
	line.len = 0;
}

/* --- tests -------------------------------------------------------------------------------- */

static void
start_tick(void)
{
	if (seal_board.tick.systick) {
		*seal_register(SYST_CSR) = SYST_CSR_CLKSOURCE;
		*seal_register(SYST_RVR) = seal_board.cpu_hz / 1000u * SEAL_BOARD_TICK_MS - 1u;
		*seal_register(SYST_CVR) = 0;
		*seal_register(SYST_CSR) = SYST_CSR_CLKSOURCE | SYST_CSR_TICKINT | SYST_CSR_ENABLE;
	} else {
		seal_irq_enable(seal_board.tick.irq);
	}
}

/* The lines before and after this come CLOCK_MS apart by a clock on the wall, or the counter
 * is not as fast as board.c says. The tick need not be exact; half or twice is a mistake. */
static void
test_clock(void)
{
	const uint64_t start_ms = seal_clock_ms();
	uint64_t expected, passed, ticks;

	selftest_put_number("clock: wait for ", CLOCK_MS, " ms");
	selftest_end_line(true);
	num_ticks = 0;
	do
		passed = seal_clock_ms() - start_ms;
	while (passed < CLOCK_MS);
	ticks = num_ticks;
	expected = passed / SEAL_BOARD_TICK_MS;
	selftest_put_number("clock: ", passed, " ms by the counter, ");
	selftest_put_number("", ticks, " ticks of 10 ms");
	selftest_end_line(ticks * 2u > expected && ticks < expected * 2u);
}

static uint32_t
test_store(void)
{
	const uint32_t boots = seal_storage_count();

	if (seal_board.medium.start == NULL) {
		selftest_put("store: this board has none");
		selftest_end_line(true);
		return 0;
	}
	selftest_put_number("store: start number ", boots, "; cut the power and see that it is one more");
	selftest_end_line(boots != 0);
	return boots;
}

static void
selftest_fill(uint8_t piece[PIECE], uint32_t number)
{
	for (uint32_t i = 0; i < PIECE; i++)
		piece[i] = (uint8_t)((number * 31u + i) * 7u >> 3);
}

static bool
write_spool(struct seal_spool *spool, uint32_t slot, uint64_t until_ms)
{
	uint8_t piece[PIECE];
	uint32_t done = 0;

	while (done < SPOOL_OCTETS && seal_clock_ms() < until_ms) {
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
	return done == SPOOL_OCTETS;
}

static bool
read_spool(struct seal_spool *spool, uint32_t slot, uint64_t until_ms)
{
	uint8_t want[PIECE];
	uint32_t done = 0;

	while (done < SPOOL_OCTETS && seal_clock_ms() < until_ms) {
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
	return done == SPOOL_OCTETS;
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

static void
test_spool(struct seal_spool *spool)
{
	const uint64_t start_ms = seal_clock_ms();
	const uint64_t until_ms = start_ms + SPOOL_MS;
	uint64_t written_ms;
	uint32_t slot = 0;
	bool ok;

	ok = spool->ops->open(spool, SPOOL_OCTETS, &slot) == SEAL_OK && write_spool(spool, slot, until_ms) &&
	     rewind_spool(spool, slot, until_ms);
	written_ms = seal_clock_ms();
	ok = ok && read_spool(spool, slot, until_ms);
	selftest_put_number("spool: ", SPOOL_OCTETS, " octets written in ");
	selftest_put_number("", written_ms - start_ms, " ms, read in ");
	selftest_put_number("", seal_clock_ms() - written_ms, " ms");
	selftest_end_line(ok);
	spool->ops->close(spool, slot);
}

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

	if (!seal_files_find(NULL, SEAL_FILE_CONFIG, seal_span(NULL, 0), &found, &line))
		return false;
	if (seal_config_parse(&config, found, &error) == SEAL_OK)
		return true;
	selftest_put("config:");
	seal_config_explain(&error, &line);
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
		if (!seal_files_find(NULL, SEAL_FILE_KEY, config.domains[i].key, &found, &line))
			return false;
		fault = seal_key_open(&sections.keys[i], found, seal_signing_runner());
	}
	if (fault != SEAL_KEY_FINE)
		selftest_put(seal_key_fault_text(fault));
	return fault == SEAL_KEY_FINE;
}

static void
test_signing(void)
{
	static struct seal_key_job job;
	struct seal_key *key = &sections.keys[0].key;
	uint64_t start_ms, signed_ms;
	bool ok;

	if (!open_keys() || !seal_key_is_open(&sections.keys[0])) {
		selftest_put("signing: no key");
		selftest_end_line(false);
		return;
	}
	start_ms = seal_clock_ms();
	ok = selftest_run_job(key, &job, SEAL_KEY_SIGN) == SEAL_OK;
	signed_ms = seal_clock_ms();
	ok = ok && selftest_run_job(key, &job, SEAL_KEY_VERIFY) == SEAL_OK;
	selftest_put_number("signing: ", sections.keys[0].bits, " bits: signed in ");
	selftest_put_number("", signed_ms - start_ms, " ms, checked in ");
	selftest_put_number("", seal_clock_ms() - signed_ms, " ms; arena ");
	selftest_put_number("", seal_arena_use().extent, " of ");
	selftest_put_number("", seal_arena_use().len, "");
	selftest_end_line(ok);
}

int
main(void)
{
	struct seal_spool *spool;

	seal_clock_start();
	seal_console_start();
	selftest_put("self-test of ");
	selftest_put(seal_board.name);
	selftest_end_line(true);
	if (!read_config()) {
		selftest_end_line(false);
		return 1;
	}
	start_tick();
	test_clock();
	spool = seal_storage_start();
	seal_entropy_start(&pool, seal_files_seed(), test_store(), 'T');
	seal_storage_key();
	test_spool(spool);
	if (seal_signing_start(seal_entropy_source(&pool), false) == SEAL_KEY_FINE)
		test_signing();
	selftest_put_number("memory: stack ", seal_stack_used(), " of ");
	selftest_put_number("", seal_stack_size(), ", RAM free ");
	selftest_put_number("", seal_ram_free(), "");
	selftest_end_line(seal_stack_used() < seal_stack_size());
	selftest_put(failed ? "self-test failed" : "self-test passed");
	selftest_end_line(true);
	return failed ? 1 : 0;
}
