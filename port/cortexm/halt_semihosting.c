/* SPDX-License-Identifier: Apache-2.0
 *
 * halt_semihosting.c - Arm's "Semihosting for AArch32 and AArch64", 7.
 */
#include <stdint.h>

#include "port/cortexm/halt.h"

#define SYS_WRITE0        0x04u
#define SYS_EXIT_EXTENDED 0x20u
#define APPLICATION_EXIT  0x20026u

static void
call(uint32_t operation, const void *argument)
{
	register uint32_t r0 __asm__("r0") = operation;
	register const void *r1 __asm__("r1") = argument;

	__asm__ volatile ("bkpt 0xab" : "+r" (r0) : "r" (r1) : "memory");
}

_Noreturn void
seal_halt(enum seal_halt code)
{
	const uint32_t block[2] = { APPLICATION_EXIT, (uint32_t)code };

	for (;;)
		call(SYS_EXIT_EXTENDED, block);
}

void
seal_halt_write(const char *text, size_t len)
{
	char piece[64];

	while (len > 0) {
		size_t n = 0;

		while (n < len && n < sizeof piece - 1u) {
			piece[n] = text[n];
			n++;
		}
		piece[n] = '\0';
		call(SYS_WRITE0, piece);
		text += n;
		len -= n;
	}
}
