/* SPDX-License-Identifier: Apache-2.0
 *
 * mps2-an500: Arm MPS2 with the image of application note 500, a Cortex-M7.
 */
#include "board/board.h"

#define CPU_HZ 25000000u

static const struct seal_board_step steps[] = {
	/* CMSDK timer 0 runs over its 32 bits. */
	{ 0x40000008, 0xffffffff, 0 }, { 0x40000000, 1, 0 },
};

static struct seal_eth *
ethernet(const uint8_t mac[6])
{
	static struct seal_eth_lan9118 eth;
	static uint32_t buffer[SEAL_ETH_BUFFER / sizeof(uint32_t)];

	(void)mac;
	seal_eth_lan9118_init(&eth, 0xa0000000, (const uint8_t[6]){ 0 }, buffer);
	return &eth.eth;
}

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
	.eth = ethernet,
};
