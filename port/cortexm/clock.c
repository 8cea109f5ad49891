/* SPDX-License-Identifier: Apache-2.0 */
#include "port/cortexm/clock.h"

#include "port/cortexm/board.h"
#include "port/cortexm/fault.h"
#include "port/cortexm/registers.h"

/* A thousand times this many counts, plus the rest of a millisecond at HZ_MAX, fit 32 bits. */
#define SHORT_MAX 4000000u
#define HZ_MAX    (UINT32_MAX - SHORT_MAX * 1000u)

static struct {
	uint64_t ms;
	uint32_t rest;              /* of a millisecond, in parts of 1/hz */
	uint32_t last;              /* the counter when it was last read  */
} timekeeper;

uint32_t
seal_clock_counter(void)
{
	return *seal_register(seal_board.counter.address);
}

void
seal_clock_steps(const struct seal_board_step *steps, size_t num_steps)
{
	for (size_t i = 0; i < num_steps; i++) {
		const struct seal_board_step *step = &steps[i];

		if (step->wait_mask == 0)
			*seal_register(step->address) = step->value;
		else
			while ((*seal_register(step->address) & step->wait_mask) != step->value)
				;
	}
}

void
seal_clock_start(void)
{
	seal_clock_steps(seal_board.steps, seal_board.num_steps);
	if (seal_board.counter.hz > HZ_MAX)
		seal_fault();
	timekeeper.last = seal_clock_counter();
}

uint64_t
seal_clock_ms(void)
{
	const struct seal_board_counter *counter = &seal_board.counter;
	const uint32_t hz = counter->hz;
	const uint32_t now = seal_clock_counter();
	const uint32_t passed = (counter->down ? timekeeper.last - now : now - timekeeper.last) & counter->mask;

	timekeeper.last = now;
	/* The usual case, and a 64-bit division is slow. */
	if (passed <= SHORT_MAX) {
		const uint32_t parts = timekeeper.rest + passed * 1000u;

		timekeeper.ms += parts / hz;
		timekeeper.rest = parts % hz;
	} else {
		const uint64_t parts = timekeeper.rest + (uint64_t)passed * 1000u;

		timekeeper.ms += parts / hz;
		timekeeper.rest = (uint32_t)(parts % hz);
	}
	return timekeeper.ms;
}
