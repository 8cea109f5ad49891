/* SPDX-License-Identifier: Apache-2.0
 *
 * emcraft-sf2: Emcraft's module with a Microsemi SmartFusion2 M2S010.
 */
#include <string.h>

#include "port/cortexm/board.h"
#include "port/driver/flash/spi_nor.h"

#define CPU_HZ 142000000u
#define APB_HZ (CPU_HZ / 2u)

static const struct seal_board_step steps[] = {
	/* SysTick counts over its 24 bits, 3.8 s, on its reference clock, a 32nd of the processor's. */
	{ 0xe000e010, 0, 0 }, { 0xe000e014, 0xffffff, 0 }, { 0xe000e018, 0, 0 }, { 0xe000e010, 1, 0 },
	/* Timer 1: 10 ms, periodic, with interrupt. */
	{ 0x40004004, APB_HZ / 100u - 1u, 0 }, { 0x4000400c, 5, 0 },
};

/* From link.ld; only its address counts. */
extern const uint8_t seal_ld_image_on_medium[];

/* Enough for all windows of all sessions together, in DDR. */
#define NUM_RX (2u * SEAL_SESSIONS + 8u)

static struct seal_eth *
ethernet(const uint8_t mac[6])
{
	static struct seal_eth_msf2 eth;
	static struct seal_eth_msf2_descriptor ring[NUM_RX + 1u] __attribute__((section(".bulk")));
	static uint32_t buffers[(NUM_RX + 1u) * SEAL_ETH_BUFFER / sizeof(uint32_t)] __attribute__((section(".bulk")));
	struct seal_eth_msf2_config config = {
		.base = 0x40041000, .phy = 1, .ring = ring, .buffers = (uint8_t *)buffers, .num_rx = NUM_RX,
	};

	memcpy(config.mac, mac, sizeof config.mac);
	seal_eth_msf2_init(&eth, &config);
	return &eth.eth;
}

static struct seal_nor nor;

/* Two sectors of the NOR flash, copied to DDR, so that what was checked is what is used. */
static struct seal_span
image(void)
{
	static uint8_t octets[2u * SEAL_NOR_SECTOR] __attribute__((section(".bulk")));

	seal_nor_init(&nor, 0x40001000);
	if (!seal_nor_load(&nor, (uint32_t)(uintptr_t)seal_ld_image_on_medium, octets, sizeof octets))
		return seal_span(NULL, 0);
	return seal_span(octets, sizeof octets);
}

/* Already started by image(). */
static struct seal_block *
medium(void)
{
	return &nor.block;
}

const struct seal_board seal_board = {
	.name = "emcraft-sf2",
	.cpu_hz = CPU_HZ,
	.steps = steps,
	.num_steps = sizeof steps / sizeof steps[0],
	.counter = { .address = 0xe000e018, .mask = 0xffffff, .hz = CPU_HZ / 32u, .down = true },
	.tick = { .irq = 14, .clear_address = 0x40004010, .clear_value = 1 },
	.uart = { &seal_uart_16550, 0x40000000, APB_HZ },
	.image = image,
	.eth_irq = 12,
	.eth = ethernet,
	/* The last sectors of 16 MB. */
	.medium = { .start = medium, .state_blocks = { 254, 255 }, .vault_block = 242, .vault_slots = 12 },
};
