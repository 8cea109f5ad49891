/* SPDX-License-Identifier: Apache-2.0
 *
 * selftest.h - what the files of the self-test share: a line for each step.
 *
 *	{ put | put_number }... -> end
 */
#ifndef PORT_CORTEXM_SELFTEST_H
#define PORT_CORTEXM_SELFTEST_H

#include <stdbool.h>
#include <stdint.h>

#include "engine/base/out.h"

/* A line begins with the name of its step, and a colon. */
void seal_selftest_put(const char *words);
void seal_selftest_put_number(const char *before, uint64_t number, const char *after);
struct seal_out *seal_selftest_line(void);
void seal_selftest_end(bool ok);

/* Ticks of 10 ms since the clock's step. */
uint32_t seal_selftest_ticks(void);

/* Image, store, randomness, spool, signing: they need the clock. */
void seal_selftest_devices(void);

/* The step that sends a question and waits for a frame. */
void seal_selftest_ethernet(void);

/* From the interrupt handler: whether this is the controller's interrupt. */
bool seal_selftest_ethernet_interrupt(uint32_t irq);

#endif
