/* SPDX-License-Identifier: Apache-2.0
 *
 * clock.h - monotonic time out of a counter that runs freely (board.h).
 *
 * Ticks only see to it that the counter is read before it wraps; that some are late or
 * lost does not matter.
 */
#ifndef PORT_CORTEXM_CLOCK_H
#define PORT_CORTEXM_CLOCK_H

#include <stdint.h>

/* Do the board's steps, so that the counter runs. */
void seal_clock_start(void);

/* Milliseconds since start. In one context. */
uint64_t seal_clock_ms(void);

/* The counter as it stands: its low bits are hard to guess. Any context. */
uint32_t seal_clock_counter(void);

#endif
