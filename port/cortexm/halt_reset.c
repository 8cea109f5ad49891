/* SPDX-License-Identifier: Apache-2.0
 *
 * halt_reset.c - restart. A configuration that was refused would be refused again, so the board
 * waits for a better image instead.
 */
#include "port/cortexm/halt.h"
#include "port/cortexm/registers.h"

_Noreturn void
seal_halt(enum seal_halt code)
{
	seal_barrier();
	if (code != SEAL_HALT_REFUSED)
		*seal_register(SCB_AIRCR) = AIRCR_RESET;
	for (;;)
		__asm__ volatile ("wfi");
}

void
seal_halt_write(const char *text, size_t len)
{
	(void)text;
	(void)len;
}
