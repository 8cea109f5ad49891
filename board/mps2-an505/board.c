/* SPDX-License-Identifier: Apache-2.0
 *
 * mps2-an505: Arm MPS2 with the image of application note 505, a Cortex-M33; all in the secure state.
 */
#include "board/mps2.h"

#define CPU_HZ 20000000u

static const struct seal_board_step steps[] = {
	/* CMSDK timer 0 runs over its 32 bits. */
	{ 0x50000008, 0xffffffff, 0 }, { 0x50000000, 1, 0 },
	/* The pins 31 and 41 of the headers are SCL and SDA of shield 1. */
	{ 0x50101018, 1u << 15, 0 }, { 0x50102018, 1u << 9, 0 },
};

const struct seal_mps2 seal_mps2 = { .cpu_hz = CPU_HZ, .eth = 0x52000000, .i2c = 0x5020d000 };

const struct seal_board seal_board = {
	.name = "mps2-an505",
	.cpu_hz = CPU_HZ,
	.steps = steps,
	.num_steps = sizeof steps / sizeof steps[0],
	.counter = { .address = 0x50000004, .mask = 0xffffffff, .hz = CPU_HZ, .down = true },
	.tick = { .systick = true },
	.watchdog = { .base = 0x50081000, .hz = CPU_HZ },
	.uart = { &seal_uart_cmsdk, 0x50200000, CPU_HZ },
	.eth_irq = 48,
	.eth = seal_mps2_ethernet,
	.medium = { .start = seal_mps2_eeprom, .state_blocks = { 0, 1 }, .vault_block = 2, .vault_slots = 6 },
};
