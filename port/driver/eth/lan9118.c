/* SPDX-License-Identifier: Apache-2.0 */
#include "port/driver/eth/common.h"

#define RX_DATA     0x00u
#define TX_DATA     0x20u
#define RX_STATUS   0x40u
#define IRQ_CFG     0x54u
#define INT_STS     0x58u
#define INT_EN      0x5cu
#define BYTE_TEST   0x64u
#define FIFO_INT    0x68u
#define RX_CFG      0x6cu
#define TX_CFG      0x70u
#define HW_CFG      0x74u
#define RX_FIFO_INF 0x7cu
#define TX_FIFO_INF 0x80u
#define FREE_RUN    0x9cu
#define RX_DROP     0xa0u
#define MAC_CMD     0xa4u
#define MAC_DATA    0xa8u
#define E2P_CMD     0xb0u

#define IRQ_CFG_ON     0x111u      /* enabled, active high, push-pull */
#define INT_RSFL       0x00000008u /* more in the RX status FIFO than FIFO_INT says */
#define FIFO_INT_RX_0  0xff000000u
#define RX_CFG_OFFSET  2u          /* before a frame, so that its IP header is aligned */
#define TX_CFG_ON      0x00000002u
#define TX_CFG_SAO     0x00000004u /* continue if the status of sent frames is not read */
#define HW_CFG_RESET   0x00000001u
#define HW_CFG_FIFOS   0x00050000u /* 5 KB to send, and 10,560 octets to receive */
#define RX_STATUS_BAD  0x00008000u
#define BYTE_TEST_IS   0x87654321u
#define BUSY           0x80000000u /* MAC_CMD, E2P_CMD */
#define MAC_CMD_READ   0x40000000u

/* registers of the MAC, reached through MAC_CMD */
#define MAC_CR      1u
#define MAC_ADDRH   2u
#define MAC_ADDRL   3u
#define MAC_MII     6u
#define MAC_MII_IN  7u
#define MAC_CR_FDPX 0x00100000u
#define MAC_CR_TXEN 0x00000008u
#define MAC_CR_RXEN 0x00000004u
#define MII_PHY     (1u << 11)

#define TX_FIRST_LAST 0x3000u
#define TX_COMMANDS   8u           /* octets in the FIFO besides the frame */

static struct seal_eth_lan9118 *
lan9118_of(struct seal_eth *eth)
{
	return (struct seal_eth_lan9118 *)(void *)eth;
}

static uint32_t
mac_read(const struct seal_eth *eth, uint32_t which)
{
	eth_write(eth, MAC_CMD, BUSY | MAC_CMD_READ | which);
	(void)seal_eth_wait(eth, MAC_CMD, BUSY, 0);
	return eth_read(eth, MAC_DATA);
}

static void
mac_write(const struct seal_eth *eth, uint32_t which, uint32_t value)
{
	eth_write(eth, MAC_DATA, value);
	eth_write(eth, MAC_CMD, BUSY | which);
	(void)seal_eth_wait(eth, MAC_CMD, BUSY, 0);
}

/* Use the EEPROM's address, else ours. */
static void
settle_mac(struct seal_eth *eth)
{
	const uint32_t low = mac_read(eth, MAC_ADDRL);
	const uint32_t high = mac_read(eth, MAC_ADDRH);
	uint8_t mac[6];

	for (unsigned i = 0; i < 4u; i++)
		mac[i] = (uint8_t)(low >> (8u * i));
	mac[4] = (uint8_t)high;
	mac[5] = (uint8_t)(high >> 8);
	if (seal_eth_mac_is_good(mac)) {
		for (unsigned i = 0; i < 6u; i++)
			eth->mac[i] = mac[i];
		return;
	}
	mac_write(eth, MAC_ADDRL, (uint32_t)eth->mac[0] | (uint32_t)eth->mac[1] << 8 |
	                          (uint32_t)eth->mac[2] << 16 | (uint32_t)eth->mac[3] << 24);
	mac_write(eth, MAC_ADDRH, (uint32_t)eth->mac[4] | (uint32_t)eth->mac[5] << 8);
}

static bool
lan9118_start(struct seal_eth *eth)
{
	if (!seal_eth_wait(eth, BYTE_TEST, UINT32_MAX, BYTE_TEST_IS))
		return false;
	eth_write(eth, HW_CFG, HW_CFG_RESET);
	if (!seal_eth_wait(eth, HW_CFG, HW_CFG_RESET, 0) || !seal_eth_wait(eth, E2P_CMD, BUSY, 0))
		return false;
	eth_write(eth, HW_CFG, HW_CFG_FIFOS);
	eth_write(eth, INT_EN, 0);
	eth_write(eth, INT_STS, UINT32_MAX);
	eth_write(eth, FIFO_INT, FIFO_INT_RX_0);
	/* The reset value is active low: to the CPU that is an interrupt that never ends. */
	eth_write(eth, IRQ_CFG, IRQ_CFG_ON);
	settle_mac(eth);
	eth_write(eth, RX_CFG, RX_CFG_OFFSET << 8);
	eth_write(eth, TX_CFG, TX_CFG_ON | TX_CFG_SAO);
	/* also ends the promiscuous mode of the reset */
	mac_write(eth, MAC_CR, MAC_CR_FDPX | MAC_CR_TXEN | MAC_CR_RXEN);
	return true;
}

static struct seal_span
lan9118_receive(struct seal_eth *eth)
{
	volatile uint32_t *data = eth_register(eth, RX_DATA);
	uint32_t *buffer = lan9118_of(eth)->buffer;

	while ((eth_read(eth, RX_FIFO_INF) >> 16 & 0xffu) > 0) {
		const uint32_t status = eth_read(eth, RX_STATUS);
		const uint32_t len = status >> 16 & 0x3fffu;

		for (uint32_t i = 0; i < (RX_CFG_OFFSET + len + 3u) / 4u; i++) {
			const uint32_t word = *data;

			if (i < SEAL_ETH_BUFFER / 4u)
				buffer[i] = word;
		}
		if ((status & RX_STATUS_BAD) == 0 && len >= ETH_HEADER + ETH_FCS &&
		    len <= SEAL_ETH_FRAME_MAX + ETH_FCS)
			return seal_span((const uint8_t *)buffer + RX_CFG_OFFSET, len - ETH_FCS);
		eth->num_rx_dropped++;
	}
	return seal_span(NULL, 0);
}

/* The chip can pad; its model in QEMU does not. */
static void
lan9118_send(struct seal_eth *eth, const struct seal_span *pieces, size_t num_pieces)
{
	const size_t len = seal_eth_frame_len(eth, pieces, num_pieces);
	const uint32_t padded = (uint32_t)(len < SEAL_ETH_FRAME_MIN ? SEAL_ETH_FRAME_MIN : len);
	struct seal_eth_words words = { eth_register(eth, TX_DATA), 0, 0 };

	if (len == 0)
		return;
	if ((eth_read(eth, TX_FIFO_INF) & 0xffffu) < padded + 3u + TX_COMMANDS) {
		eth->num_tx_dropped++;
		return;
	}
	eth_write(eth, TX_DATA, TX_FIRST_LAST | padded);
	eth_write(eth, TX_DATA, padded);
	seal_eth_push_frame(&words, pieces, num_pieces, len, padded);
}

static void
lan9118_quiet(struct seal_eth *eth)
{
	eth_write(eth, INT_EN, 0);
}

/* First clear, then look: a frame that comes in between raises RSFL again. */
static bool
lan9118_arm(struct seal_eth *eth)
{
	eth->num_rx_dropped += eth_read(eth, RX_DROP); /* reading clears it */
	eth_write(eth, INT_STS, UINT32_MAX);
	if ((eth_read(eth, RX_FIFO_INF) >> 16 & 0xffu) > 0)
		return false;
	eth_write(eth, INT_EN, INT_RSFL);
	return true;
}

static uint32_t
mii_status(const struct seal_eth *eth)
{
	mac_write(eth, MAC_MII, MII_PHY | MII_STATUS << 6 | 1u);
	for (unsigned i = 0; i < 100u && (mac_read(eth, MAC_MII) & 1u) != 0; i++)
		;
	return mac_read(eth, MAC_MII_IN);
}

static bool
lan9118_link(struct seal_eth *eth)
{
	(void)mii_status(eth); /* a loss of link is latched until it is read once */
	return (mii_status(eth) & MII_STATUS_LINK) != 0;
}

static const struct seal_eth_ops OPS = {
	.start = lan9118_start,
	.receive = lan9118_receive,
	.send = lan9118_send,
	.quiet = lan9118_quiet,
	.arm = lan9118_arm,
	.link = lan9118_link,
};

void
seal_eth_lan9118_init(struct seal_eth_lan9118 *s, uintptr_t base, const uint8_t mac[6],
                      uint32_t *buffer)
{
	*s = (struct seal_eth_lan9118){ .eth = { .ops = &OPS, .base = base }, .buffer = buffer };
	for (unsigned i = 0; i < 6u; i++)
		s->eth.mac[i] = mac[i];
}

uint32_t
seal_eth_lan9118_count(uintptr_t base)
{
	return *(volatile uint32_t *)(base + FREE_RUN);
}
