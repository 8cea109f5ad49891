/* SPDX-License-Identifier: Apache-2.0 */
#include "port/cortexm/fault.h"

#include <stdbool.h>
#include <stdint.h>

#include "port/cortexm/board.h"
#include "port/cortexm/console.h"
#include "port/cortexm/halt.h"
#include "port/cortexm/registers.h"
#include "port/cortexm/start.h"

/* The usual stack may be what went wrong. */
#define STACK_WORDS 64u
uint32_t seal_fault_stack[STACK_WORDS];

extern uint32_t seal_ld_stack_bottom[], seal_ld_stack_top[];

/* What the processor has put on the stack (Armv7-M B1.5.6). */
struct frame {
	uint32_t r0, r1, r2, r3, r12, lr, pc, xpsr;
};

static void
fault_put(const char *name, uint32_t value)
{
	static const char digits[] = "0123456789abcdef";

	seal_console_urgent(name);
	for (unsigned shift = 32; shift > 0; shift -= 4u) {
		const char text[2] = { digits[value >> (shift - 4u) & 15u], '\0' };

		seal_console_urgent(text);
	}
}

static void
say_frame(const struct frame *f)
{
	fault_put("\r\n  pc ", f->pc);
	fault_put("  lr ", f->lr);
	fault_put(" psr ", f->xpsr);
	fault_put(" r12 ", f->r12);
	fault_put("\r\n  r0 ", f->r0);
	fault_put("  r1 ", f->r1);
	fault_put("  r2 ", f->r2);
	fault_put("  r3 ", f->r3);
}

/* Armv8-M's limit stops every write beyond it, even that of the fault's frame. */
static bool
has_frame(uint32_t sp)
{
	return sp >= (uint32_t)seal_ld_stack_bottom &&
	       sp <= (uint32_t)seal_ld_stack_top - sizeof(struct frame) &&
	       (*seal_register(SCB_CFSR) & SCB_CFSR_STKOF) == 0;
}

/* `sp` is the stack pointer at the fault, `regs` are r4 to r11. */
__attribute__((used)) _Noreturn void seal_fault_dump(uint32_t sp, uint32_t exc_return, const uint32_t *regs);
_Noreturn void
seal_fault_dump(uint32_t sp, uint32_t exc_return, const uint32_t *regs)
{
	static const char *const names[8] = {
		"\r\n  r4 ", "  r5 ", "  r6 ", "  r7 ", "\r\n  r8 ", "  r9 ", " r10 ", " r11 ",
	};
	uint32_t exception;

	__asm__ volatile ("mrs %0, ipsr" : "=r" (exception));
	fault_put("\r\nFAULT exception ", exception);
	fault_put(" sp ", sp);
	fault_put(" exc_return ", exc_return);
	if (has_frame(sp))
		say_frame((const struct frame *)sp);
	else
		seal_console_urgent("\r\n  the stack has overflowed");
	for (unsigned i = 0; i < 8; i++)
		fault_put(names[i], regs[i]);
	fault_put("\r\ncfsr ", *seal_register(SCB_CFSR));
	fault_put(" hfsr ", *seal_register(SCB_HFSR));
	fault_put(" mmfar ", *seal_register(SCB_MMFAR));
	fault_put(" bfar ", *seal_register(SCB_BFAR));
	seal_console_urgent("\r\n");
	seal_halt(SEAL_HALT_FAULT);
}

__attribute__((naked)) void
seal_fault(void)
{
	__asm__ volatile (
		"cpsid i\n\t"
		"mov r0, sp\n\t"
		"mov r1, lr\n\t"
#if __ARM_ARCH >= 8
		"movs r2, #0\n\t"
		"msr msplim, r2\n\t"
#endif
		"ldr r2, =seal_fault_stack\n\t"
		"add r2, r2, %0\n\t"
		"mov sp, r2\n\t"
		"push {r4-r11}\n\t"
		"mov r2, sp\n\t"
		"bl seal_fault_dump\n\t"
		:: "i" (STACK_WORDS * 4u)
	);
}

/* Handlers that the program does not provide. */
__attribute__((weak, alias("seal_fault"))) void seal_nmi(void);
__attribute__((weak, alias("seal_fault"))) void seal_pendsv(void);
__attribute__((weak, alias("seal_fault"))) void seal_systick(void);
__attribute__((weak, alias("seal_fault"))) void seal_interrupt(void);
