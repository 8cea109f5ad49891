/* SPDX-License-Identifier: Apache-2.0
 *
 * lm3s6965evb: TI (Luminary) LM3S6965, data sheet of that name.
 */
#include "port/cortexm/board.h"
#include "port/driver/sd/sd_spi.h"
#include "port/driver/sd/ssi_pl022.h"

#define CPU_HZ 50000000u

static const struct seal_board_step steps[] = {
	/* 200 MHz of the PLL, from the 8 MHz crystal, divided by 4. */
	{ 0x400fe060, 0x07802b80, 0 }, { 0x400fe060, 0x07800b80, 0 }, { 0x400fe060, 0x01c00b80, 0 },
	{ 0x400fe050, 0x40, 0x40 }, { 0x400fe060, 0x01c00380, 0 },
	/* Clocks: watchdog; UART0, SSI0, timer 0; GPIO A, D, F and the Ethernet. */
	{ 0x400fe100, 1u << 3, 0 }, { 0x400fe104, 1u << 16 | 1u << 4 | 1u, 0 },
	{ 0x400fe108, 1u << 30 | 1u << 28 | 1u << 5 | 1u << 3 | 1u, 0 },
	/* PA0, PA1: UART0; PA2, PA4, PA5: SSI0. PD0: select of the SD card. PF2, PF3: its lights. */
	{ 0x40004420, 0x37, 0 }, { 0x4000451c, 0x37, 0 },
	{ 0x40007400, 0x01, 0 }, { 0x4000751c, 0x01, 0 },
	{ 0x40025420, 0x0c, 0 }, { 0x4002551c, 0x0c, 0 },
	/* SysTick counts over its 24 bits: no other counter can be read while it runs. */
	{ 0xe000e010, 4, 0 }, { 0xe000e014, 0xffffff, 0 }, { 0xe000e018, 0, 0 }, { 0xe000e010, 5, 0 },
	/* Timer 0: 10 ms, periodic, 32 bits. */
	{ 0x4003000c, 0, 0 }, { 0x40030000, 0, 0 }, { 0x40030004, 2, 0 }, { 0x40030028, CPU_HZ / 100u - 1u, 0 },
	{ 0x40030018, 1, 0 }, { 0x4003000c, 1, 0 },
};

static struct seal_eth *
ethernet(const uint8_t mac[6])
{
	static struct seal_eth_stellaris eth;
	static uint32_t buffer[SEAL_ETH_BUFFER / sizeof(uint32_t)];

	seal_eth_stellaris_init(&eth, 0x40048000, 0x400fe1e0, mac, buffer);
	return &eth.eth;
}

static struct seal_sd card;

static struct seal_block *
medium(void)
{
	static struct seal_ssi ssi;

	/* PD0, active low, selects: the data register address that masks all other bits. */
	seal_ssi_init(&ssi, 0x40008000, CPU_HZ, 0x40007004, 0, 1);
	seal_sd_init(&card, &ssi.spi, 12500000);
	return &card.block;
}

static void
poll_medium(uint64_t now_ms)
{
	seal_sd_poll(&card, now_ms);
}

const struct seal_board seal_board = {
	.name = "lm3s6965evb",
	.cpu_hz = CPU_HZ,
	.steps = steps,
	.num_steps = sizeof steps / sizeof steps[0],
	.counter = { .address = 0xe000e018, .mask = 0xffffff, .hz = CPU_HZ, .down = true },
	.tick = { .irq = 19, .clear_address = 0x40030024, .clear_value = 1 },
	.watchdog = { .base = 0x40000000, .hz = CPU_HZ, .irq = 18 },
	.uart = { &seal_uart_pl011, 0x4000c000, CPU_HZ },
	.eth_irq = 42,
	.eth = ethernet,
	/* The two blocks are 2 MB apart, because cards erase in large units, and keys are as far from both. */
	.medium = {
		.start = medium, .poll = poll_medium, .state_blocks = { 0, 4096 },
		.vault_block = 8192, .vault_slots = 8,
		.spool_block = 12288, .spool_expected = 26214400,
	},
};
