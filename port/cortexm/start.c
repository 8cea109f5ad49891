/* SPDX-License-Identifier: Apache-2.0 */
#include "port/cortexm/start.h"

#include <stdbool.h>
#include <stddef.h>

#include "port/cortexm/fault.h"
#include "port/cortexm/halt.h"
#include "port/cortexm/registers.h"

#define PAINT 0x5ea15ea1u

/* Of board/sections.ld; only their addresses count. */
extern uint32_t seal_ld_stack_bottom[], seal_ld_stack_top[];
extern uint32_t seal_ld_data_load[], seal_ld_data_start[], seal_ld_data_end[];
extern uint32_t seal_ld_bss_start[], seal_ld_bss_end[];
extern uint32_t seal_ld_bulk_start[], seal_ld_bulk_end[];
extern uint32_t seal_ld_ram_used[], seal_ld_ram_end[];

_Noreturn void seal_reset(void);

/* The first and the last word that the loops below reach would do. One of each exists, and a loop
 * that copies the wrong way or to the wrong place misses it. */
#define CANARY 0xc0ffee42u
static volatile uint32_t canary_data = CANARY;
static volatile uint32_t canary_bss;

/* --- vectors ------------------------------------------------------------------------- */

typedef void (*vector)(void);

/* board.mk has the number of interrupts; all are handled alike. */
#define FOUR(x)    x, x, x, x
#define SIXTEEN(x) FOUR(x), FOUR(x), FOUR(x), FOUR(x)

__attribute__((section(".vectors"), used))
static const struct {
	uint32_t *stack;
	vector system[15];
	vector interrupts[96];
} vectors = {
	seal_ld_stack_top,
	{
		(vector)seal_reset, seal_nmi, seal_fault, seal_fault, seal_fault, seal_fault, seal_fault,
		0, 0, 0, seal_fault, seal_fault, 0, seal_pendsv, seal_systick,
	},
	{
		SIXTEEN(seal_interrupt), SIXTEEN(seal_interrupt), SIXTEEN(seal_interrupt),
		SIXTEEN(seal_interrupt), SIXTEEN(seal_interrupt), SIXTEEN(seal_interrupt),
	},
};

/* --- memory -------------------------------------------------------------------------- */

/* Make memory below the stack neither readable nor writable. */
static void
guard_stack(void)
{
#if __ARM_ARCH >= 8
	__asm__ volatile ("msr msplim, %0" :: "r" (seal_ld_stack_bottom));
#else
	const uint32_t size_log2 = 16;
	const uint32_t below = (uint32_t)seal_ld_stack_bottom - (1u << size_log2);

	if ((*seal_register(MPU_TYPE) >> 8 & 0xffu) == 0)
		return;
	*seal_register(MPU_RNR) = 0;
	*seal_register(MPU_RBAR) = below;
	*seal_register(MPU_RASR) = 1u << 28 | (size_log2 - 1u) << 1 | 1u; /* no execution, no access */
	*seal_register(MPU_CTRL) = 5;                                     /* elsewhere as without the MPU */
#endif
	*seal_register(SCB_SHCSR) |= SHCSR_FAULTS;
	seal_barrier();
}

__attribute__((always_inline))
static inline void
fill_words(uint32_t *to, const uint32_t *end, uint32_t value)
{
	for (volatile uint32_t *at = to; at < end; at++)
		*at = value;
}

__attribute__((noinline))
static void
clear_memory(void)
{
	const uint32_t *from = seal_ld_data_load;

	for (volatile uint32_t *to = seal_ld_data_start; to < seal_ld_data_end; to++)
		*to = *from++;
	fill_words(seal_ld_bss_start, seal_ld_bss_end, 0);
	fill_words(seal_ld_bulk_start, seal_ld_bulk_end, 0);
}

__attribute__((noinline))
static void
paint_stack(void)
{
	uint32_t *here;

	__asm__ volatile ("mov %0, sp" : "=r" (here));
	fill_words(seal_ld_stack_bottom, here, PAINT);
}

/* A debugger or boot loader may have left another stack and vector table. */
__attribute__((naked)) _Noreturn void
seal_reset(void)
{
	__asm__ volatile (
		"cpsid i\n\t"
		"ldr r0, =seal_ld_stack_top\n\t"
		"mov sp, r0\n\t"
		"bl seal_begin\n\t"
	);
}

__attribute__((used)) _Noreturn void seal_begin(void);
_Noreturn void
seal_begin(void)
{
	*seal_register(SCB_VTOR) = (uint32_t)&vectors;
	paint_stack();
	guard_stack();
	clear_memory();
	if (canary_data != CANARY || canary_bss != 0)
		seal_halt(SEAL_HALT_CANARY);
	canary_data = 0;        /* so that a second start that does not copy is noticed */
	canary_bss = CANARY;
	__asm__ volatile ("cpsie i" ::: "memory");
	seal_halt(main() == 0 ? SEAL_HALT_DONE : SEAL_HALT_FAILED);
}

uint32_t
seal_stack_used(void)
{
	const uint32_t *at = seal_ld_stack_bottom;

	while (at < seal_ld_stack_top && *(const volatile uint32_t *)at == PAINT)
		at++;
	return (uint32_t)(seal_ld_stack_top - at) * sizeof *at;
}

uint32_t
seal_stack_size(void)
{
	return (uint32_t)(seal_ld_stack_top - seal_ld_stack_bottom) * sizeof(uint32_t);
}

static bool ram_is_taken;

uint32_t
seal_ram_free(void)
{
	return ram_is_taken ? 0 : (uint32_t)seal_ld_ram_end - (uint32_t)seal_ld_ram_used;
}

uint32_t
seal_ram_take(const uint8_t *end)
{
	const uint32_t len = seal_ram_free();

	if ((uintptr_t)end != (uintptr_t)seal_ld_ram_used)
		return 0;
	ram_is_taken = true;
	return len;
}
