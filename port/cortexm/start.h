/* SPDX-License-Identifier: Apache-2.0
 *
 * start.h - from reset to main, and the memory that the link script and the stack leave free.
 *
 *	reset: guard, paint, .data, .bss, canaries -> main -> seal_halt
 *
 * There is one stack, for thread mode and all exceptions, at the lowest address of RAM:
 * no memory exists below it, and the MPU (Armv8-M: the stack limit) makes sure that an overflow
 * is noticed. Its unused part is painted, so that its deepest use can be measured.
 */
#ifndef PORT_CORTEXM_START_H
#define PORT_CORTEXM_START_H

#include <stdint.h>

/* Octets of the stack that were ever used, as far as the paint shows; and its size. */
uint32_t seal_stack_used(void);
uint32_t seal_stack_size(void);

/* Octets of RAM that nothing uses. */
uint32_t seal_ram_free(void);

/* Take all of it, if it begins at `end`; returns how many octets. */
uint32_t seal_ram_take(const uint8_t *end);

/* Provided by the program. Its return value ends the run (halt.h). */
int main(void);

/* Handlers that the program may provide; without one the exception is a fault. */
void seal_pendsv(void);
void seal_systick(void);
void seal_interrupt(void);
void seal_nmi(void);

#endif
