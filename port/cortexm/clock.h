/* SPDX-License-Identifier: Apache-2.0
 *
 * clock.h - monotonic time from a counter that runs freely (board.h).
 *
 * Ticks only make sure that the counter is read before it wraps; it does not matter if some
 * are late or lost.
 */
#ifndef PORT_CORTEXM_CLOCK_H
#define PORT_CORTEXM_CLOCK_H

#include "port/cortexm/board.h"

/* Do these steps, one after the other. */
void seal_clock_steps(const struct seal_board_step *steps, size_t num_steps);

/* Do the board's steps, which start the counter. */
void seal_clock_start(void);

/* Milliseconds since start. Call from one context only. */
uint64_t seal_clock_ms(void);

/* The counter's value: its low bits are hard to guess. Any context. */
uint32_t seal_clock_counter(void);

#endif
