/* SPDX-License-Identifier: Apache-2.0
 *
 * registers.h - the registers that every Cortex-M has at the same address (Armv7-M B3,
 * Armv8-M D1.1), and the instructions that C cannot express.
 */
#ifndef PORT_CORTEXM_REGISTERS_H
#define PORT_CORTEXM_REGISTERS_H

#include <stdbool.h>
#include <stdint.h>

static inline volatile uint32_t *
seal_register(uint32_t address)
{
	return (volatile uint32_t *)(uintptr_t)address;
}

#define SYST_CSR   0xe000e010u
#define SYST_RVR   0xe000e014u
#define SYST_CVR   0xe000e018u
#define NVIC_ISER  0xe000e100u
#define NVIC_ICER  0xe000e180u
#define NVIC_ICPR  0xe000e280u
#define NVIC_IPR   0xe000e400u
#define SCB_ICSR   0xe000ed04u
#define SCB_VTOR   0xe000ed08u
#define SCB_AIRCR  0xe000ed0cu
#define SCB_SHPR3  0xe000ed20u
#define SCB_SHCSR  0xe000ed24u
#define SCB_CFSR   0xe000ed28u
#define SCB_CFSR_STKOF (1u << 20) /* Armv8-M: the stack limit was met */
#define SCB_HFSR   0xe000ed2cu
#define SCB_MMFAR  0xe000ed34u
#define SCB_BFAR   0xe000ed38u
#define MPU_TYPE   0xe000ed90u
#define MPU_CTRL   0xe000ed94u
#define MPU_RNR    0xe000ed98u
#define MPU_RBAR   0xe000ed9cu
#define MPU_RASR   0xe000eda0u

#define SYST_CSR_ENABLE    1u
#define SYST_CSR_TICKINT   2u
#define SYST_CSR_CLKSOURCE 4u
#define ICSR_PENDSVSET     (1u << 28)
#define AIRCR_RESET        0x05fa0004u
#define SHCSR_FAULTS       (7u << 16) /* MemManage, BusFault and UsageFault as separate exceptions */

static inline void
seal_barrier(void)
{
	__asm__ volatile ("dsb\n\tisb" ::: "memory");
}

/* Interrupts off for a few instructions; returns what restore needs. */
static inline uint32_t
seal_mask_interrupts(void)
{
	uint32_t before;

	__asm__ volatile ("mrs %0, primask\n\tcpsid i" : "=r" (before) :: "memory");
	return before;
}

static inline void
seal_restore_interrupts(uint32_t before)
{
	__asm__ volatile ("msr primask, %0" :: "r" (before) : "memory");
}

static inline void
seal_pend_network(void)
{
	*seal_register(SCB_ICSR) = ICSR_PENDSVSET;
	seal_barrier();
}

static inline void
seal_irq_enable(uint32_t irq)
{
	*seal_register(NVIC_ISER + irq / 32u * 4u) = 1u << irq % 32u;
}

static inline void
seal_irq_disable(uint32_t irq)
{
	*seal_register(NVIC_ICER + irq / 32u * 4u) = 1u << irq % 32u;
	seal_barrier();
}

static inline void
seal_irq_forget(uint32_t irq)
{
	*seal_register(NVIC_ICPR + irq / 32u * 4u) = 1u << irq % 32u;
}

#endif
