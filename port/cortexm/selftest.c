/* SPDX-License-Identifier: Apache-2.0
 *
 * selftest.c - the first program for a new board: one step after the other, one line each on
 * the UART and for the debugger or QEMU. Each step needs only what the steps before it have
 * shown. Without an image the last steps are left out.
 */
#include "port/cortexm/selftest.h"

#include "port/contract/port.h"
#include "port/cortexm/board.h"
#include "port/cortexm/clock.h"
#include "port/cortexm/console.h"
#include "port/cortexm/fault.h"
#include "port/cortexm/halt.h"
#include "port/cortexm/registers.h"
#include "port/cortexm/start.h"

#define CLOCK_MS  2000u
#define NAMES_MAX 96u

/* Far more than any counter here needs for one step. */
#define CLOCK_READS 1000000u

/* Of sections.ld; only their addresses count. */
extern uint32_t seal_ld_ram_used[], seal_ld_ram_end[], seal_ld_spool_start[], seal_ld_spool_end[];

static volatile uint32_t num_ticks;

/* --- what the parts need --------------------------------------------------------------- */

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

uint32_t
seal_selftest_ticks(void)
{
	return num_ticks;
}

void
seal_interrupt(void)
{
	uint32_t exception;

	__asm__ volatile ("mrs %0, ipsr" : "=r" (exception));
	if (seal_selftest_ethernet_interrupt(exception - 16u)) {
		return;
	} else if (!seal_board.tick.systick && exception == 16u + seal_board.tick.irq) {
		*seal_register(seal_board.tick.clear_address) = seal_board.tick.clear_value;
		seal_systick();
	} else {
		seal_fault();
	}
}

/* --- reports ------------------------------------------------------------------------------ */

static uint8_t line_text[256], failed_text[NAMES_MAX];
static struct seal_out line = { line_text, sizeof line_text, 0, false };
static struct seal_out failed = { failed_text, sizeof failed_text, 0, false };

struct seal_out *
seal_selftest_line(void)
{
	return &line;
}

void
seal_selftest_put(const char *words)
{
	seal_out_span_put(&line, seal_span_text(words));
}

void
seal_selftest_put_number(const char *before, uint64_t number, const char *after)
{
	seal_selftest_put(before);
	seal_out_u64(&line, number);
	seal_selftest_put(after);
}

/* The name of a step is what its line begins with. */
static void
note_failure(void)
{
	const struct seal_span words = seal_out_span(&line);

	seal_out_span_put(&failed, seal_span_text(failed.len == 0 ? " " : ", "));
	seal_out_span_put(&failed, seal_span_first(words, seal_span_find(words, ':')));
}

void
seal_selftest_end(bool ok)
{
	if (!ok) {
		note_failure();
		seal_selftest_put(": FAILED");
	}
	seal_console_line(seal_span(NULL, 0), seal_out_span(&line));
	seal_console_flush();
	seal_halt_write((const char *)line.ptr, line.len);
	seal_halt_write("\n", 1);
	line.len = 0;
}

/* --- memory ------------------------------------------------------------------------------- */

/* The first word, those at powers of two from there, and the last. */
static uint32_t *
word_at(uint32_t *from, size_t num_words, unsigned i)
{
	if (i == 0)
		return from;
	return (size_t)1 << (i - 1u) < num_words ? &from[(size_t)1 << (i - 1u)] : &from[num_words - 1u];
}

/* A line of the bus that is not connected, or a memory that is smaller than link.ld says, makes
 * two of these places one. Nothing uses them yet. */
static bool
holds_words(uint32_t *from, size_t num_words)
{
	const unsigned num = 33;
	bool ok = true;

	for (unsigned i = 0; i < num; i++)
		*(volatile uint32_t *)word_at(from, num_words, i) = (uint32_t)(uintptr_t)word_at(from, num_words, i);
	for (unsigned i = 0; i < num; i++) {
		volatile uint32_t *at = word_at(from, num_words, i);

		ok = ok && *at == (uint32_t)(uintptr_t)at;
	}
	for (unsigned bit = 0; bit < 32u; bit++) {
		*(volatile uint32_t *)from = 1u << bit;
		ok = ok && *(volatile uint32_t *)from == 1u << bit;
	}
	return ok;
}

static bool
test_region(const char *name, uint32_t *from, const uint32_t *end)
{
	const size_t num_words = ((uintptr_t)end - (uintptr_t)from) / sizeof *from;

	seal_selftest_put_number(name, num_words * sizeof *from, "");
	return num_words == 0 || holds_words(from, num_words);
}

static void
test_memory(void)
{
	bool ok = test_region("memory: bytes of RAM that are free: ", seal_ld_ram_used, seal_ld_ram_end);

	ok = test_region(", of the spool: ", seal_ld_spool_start, seal_ld_spool_end) && ok;
	seal_selftest_end(ok);
}

/* --- time --------------------------------------------------------------------------------- */

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

/* How far the counter moves between two reads; 0: it does not run. */
static uint32_t
counter_step(void)
{
	const uint32_t first = seal_clock_counter();

	for (uint32_t i = 0; i < CLOCK_READS; i++) {
		const uint32_t now = seal_clock_counter();

		if (now != first)
			return (seal_board.counter.down ? first - now : now - first) & seal_board.counter.mask;
	}
	return 0;
}

static bool
test_counter(void)
{
	const uint32_t step = counter_step();

	if (step == 0)
		seal_selftest_put("clock: the counter stands still, or its address is wrong");
	else if (step > seal_board.counter.mask / 2u)
		seal_selftest_put("clock: the counter runs the other way: look at `down`");
	else
		return true;
	seal_selftest_end(false);
	return false;
}

/* The lines before and after this come CLOCK_MS apart by a clock on the wall, or the counter
 * is not as fast as board.c says. The tick may differ by a tenth: a larger difference is a wrong clock of
 * one of the two. If one wrong clock feeds both, only a watch shows it. */
static bool
test_clock(void)
{
	const uint64_t start_ms = seal_clock_ms();
	uint64_t expected, passed, ticks;

	if (!test_counter())
		return false;
	seal_selftest_put_number("clock: wait for ", CLOCK_MS, " ms");
	seal_selftest_end(true);
	num_ticks = 0;
	do
		passed = seal_clock_ms() - start_ms;
	while (passed < CLOCK_MS);
	ticks = num_ticks;
	expected = passed / SEAL_BOARD_TICK_MS;
	seal_selftest_put_number("clock: ", passed, " ms by the counter, ");
	seal_selftest_put_number("", ticks, " ticks of 10 ms");
	seal_selftest_end(ticks * 10u >= expected * 9u && ticks * 10u <= expected * 11u);
	return true;
}

/* --- all of them --------------------------------------------------------------------------- */

static void
test_stack(void)
{
	seal_selftest_put_number("stack: ", seal_stack_used(), " bytes used of ");
	seal_selftest_put_number("", seal_stack_size(), "");
	seal_selftest_end(seal_stack_used() < seal_stack_size());
}

int
main(void)
{
	seal_clock_start();
	seal_console_start();
	seal_selftest_put("console: self-test of ");
	seal_selftest_put(seal_board.name);
	seal_selftest_end(true);
	test_memory();
	start_tick();
	if (test_clock()) {
		seal_selftest_devices();
		seal_selftest_ethernet();
	}
	test_stack();
	if (failed.len == 0) {
		seal_selftest_put("self-test passed");
	} else {
		seal_selftest_put("self-test failed:");
		seal_out_span_put(&line, seal_out_span(&failed));
	}
	seal_selftest_end(true);
	return failed.len == 0 ? 0 : 1;
}
