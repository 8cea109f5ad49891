/* SPDX-License-Identifier: Apache-2.0
 *
 * mps2-an500: Arm MPS2 with the image of application note 500, a Cortex-M7.
 */
#include "board/mps2.h"

#define CPU_HZ 25000000u

static const struct seal_board_step steps[] = {
	/* CMSDK timer 0 runs over its 32 bits. */
	{ 0x40000008, 0xffffffff, 0 }, { 0x40000000, 1, 0 },
	/* The pins 31 and 41 of the headers are SCL and SDA of shield 1. */
	{ 0x40011018, 1u << 15, 0 }, { 0x40012018, 1u << 9, 0 },
};

const struct seal_mps2 seal_mps2 = { .cpu_hz = CPU_HZ, .eth = 0xa0000000, .i2c = 0x4002a000 };

const struct seal_board seal_board = {
	.name = "mps2-an500",
	.cpu_hz = CPU_HZ,
	.steps = steps,
	.num_steps = sizeof steps / sizeof steps[0],
	.counter = { .address = 0x40000004, .mask = 0xffffffff, .hz = CPU_HZ, .down = true },
	.tick = { .systick = true },
	.watchdog = { .base = 0x40008000, .hz = CPU_HZ },
	.uart = { &seal_uart_cmsdk, 0x40004000, CPU_HZ },
	.eth_irq = 13,
	.eth = seal_mps2_ethernet,
	.medium = { .start = seal_mps2_eeprom, .state_blocks = { 0, 1 }, .vault_block = 2, .vault_slots = 6 },
};
