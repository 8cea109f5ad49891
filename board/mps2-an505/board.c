/* SPDX-License-Identifier: Apache-2.0
 *
 * mps2-an505: Arm MPS2 with the image of application note 505, a Cortex-M33; all in the secure state.
 */
#include "board/board.h"

#define CPU_HZ 20000000u

static const struct seal_board_step steps[] = {
	/* CMSDK timer 0 runs over its 32 bits. */
	{ 0x50000008, 0xffffffff, 0 }, { 0x50000000, 1, 0 },
};

static struct seal_eth *
ethernet(const uint8_t mac[6])
{
	static struct seal_eth_lan9118 eth;
	static uint32_t buffer[SEAL_ETH_BUFFER / sizeof(uint32_t)];

	(void)mac;
	seal_eth_lan9118_init(&eth, 0x52000000, (const uint8_t[6]){ 0 }, buffer);
	return &eth.eth;
}

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
	.eth = ethernet,
};
