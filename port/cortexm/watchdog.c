/* SPDX-License-Identifier: Apache-2.0
 *
 * watchdog.c - Arm's SP805 and similar ones: CMSDK (DDI 0479), 4.5; Stellaris. Others are a board's facts.
 */
#include "port/cortexm/watchdog.h"

#include "port/cortexm/board.h"
#include "port/cortexm/clock.h"
#include "port/cortexm/registers.h"

#define LOAD    0x000u
#define CONTROL 0x008u
#define INTCLR  0x00cu
#define LOCK    0xc00u

#define CONTROL_COUNT 1u
#define CONTROL_RESET 2u
#define UNLOCK        0x1acce551u

static volatile uint32_t *
at(uint32_t offset)
{
	return seal_register(seal_board.watchdog.base + offset);
}

void
seal_watchdog_start(void)
{
	seal_clock_steps(seal_board.watchdog.start, seal_board.watchdog.num_start);
	if (seal_board.watchdog.base == 0)
		return;
	*at(LOCK) = UNLOCK;
	*at(LOAD) = seal_board.watchdog.hz / 1000u * SEAL_WATCHDOG_MS;
	*at(CONTROL) = CONTROL_COUNT | CONTROL_RESET;
	*at(LOCK) = 0;
	if (seal_board.watchdog.irq != 0)
		seal_irq_enable(seal_board.watchdog.irq);
}

void
seal_watchdog_feed(void)
{
	seal_clock_steps(seal_board.watchdog.feed, seal_board.watchdog.num_feed);
	if (seal_board.watchdog.base == 0)
		return;
	*at(LOCK) = UNLOCK;
	*at(INTCLR) = 1;
	*at(LOCK) = 0;
}
