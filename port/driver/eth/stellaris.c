/* SPDX-License-Identifier: Apache-2.0 */
#include "port/driver/eth/common.h"

#define RIS  0x00u /* read: what happened; write: clear it */
#define IM   0x04u
#define RCTL 0x08u
#define TCTL 0x0cu
#define DATA 0x10u
#define IA0  0x14u
#define IA1  0x18u
#define MCTL 0x20u
#define MRXD 0x30u
#define NP   0x34u
#define TR   0x38u

#define INT_RX  0x01u
#define INT_FOV 0x08u
#define INT_ALL 0x7fu

#define RCTL_RXEN    0x01u
#define RCTL_BADCRC  0x08u
#define RCTL_RSTFIFO 0x10u

#define TCTL_TXEN   0x01u
#define TCTL_PADEN  0x02u
#define TCTL_CRC    0x04u
#define TCTL_DUPLEX 0x08u

#define MCTL_START 0x01u

/* Both FIFOs put a 16-bit length before the frame. */
#define LENGTH    2u
#define RX_FRAMES 31u

static struct seal_eth_stellaris *
stellaris_of(struct seal_eth *eth)
{
	return (struct seal_eth_stellaris *)(void *)eth;
}

static void
find_mac(struct seal_eth_stellaris *s)
{
	uint8_t mac[6];
	const volatile uint32_t *user = (const volatile uint32_t *)s->user;

	for (unsigned i = 0; i < 3u; i++) {
		mac[i] = (uint8_t)(user[0] >> (8u * i));
		mac[3u + i] = (uint8_t)(user[1] >> (8u * i));
	}
	if (!seal_eth_mac_is_good(mac))
		return;
	for (unsigned i = 0; i < 6u; i++)
		s->eth.mac[i] = mac[i];
}

static struct seal_span
stellaris_receive(struct seal_eth *eth)
{
	volatile uint32_t *data = eth_register(eth, DATA);
	uint32_t *buffer = stellaris_of(eth)->buffer;
	uint32_t len, num_words;

	while ((eth_read(eth, NP) & 0x3fu) > 0) {
		const uint32_t first = *data;

		/* The length includes itself and the FCS. Exactly this many words must be read, or
		 * every later frame begins in the middle of another. */
		len = first & 0xffffu;
		num_words = (len + 3u) / 4u;
		if (len < LENGTH + ETH_HEADER + ETH_FCS || len > 2048u) {
			eth_write(eth, RCTL, RCTL_RXEN | RCTL_BADCRC | RCTL_RSTFIFO);
			eth->num_rx_dropped++;
			break;
		}
		buffer[0] = first;
		for (uint32_t i = 1; i < num_words; i++) {
			const uint32_t word = *data;

			if (i < SEAL_ETH_BUFFER / 4u)
				buffer[i] = word;
		}
		len -= LENGTH + ETH_FCS;
		if (len <= SEAL_ETH_FRAME_MAX)
			return seal_span((const uint8_t *)buffer + LENGTH, len);
		eth->num_rx_dropped++;
	}
	return seal_span(NULL, 0);
}

static bool
stellaris_start(struct seal_eth *eth)
{
	eth_write(eth, IM, 0);
	find_mac(stellaris_of(eth));
	/* Emptied by reading: with RSTFIFO, QEMU would keep what it has queued forever. */
	eth_write(eth, RCTL, RCTL_BADCRC);
	for (uint32_t i = 0; i < RX_FRAMES && stellaris_receive(eth).len > 0; i++)
		;
	eth_write(eth, RIS, INT_ALL);
	eth_write(eth, IA0, (uint32_t)eth->mac[0] | (uint32_t)eth->mac[1] << 8 |
	                    (uint32_t)eth->mac[2] << 16 | (uint32_t)eth->mac[3] << 24);
	eth_write(eth, IA1, (uint32_t)eth->mac[4] | (uint32_t)eth->mac[5] << 8);
	eth_write(eth, TCTL, TCTL_TXEN | TCTL_PADEN | TCTL_CRC | TCTL_DUPLEX);
	eth_write(eth, RCTL, RCTL_RXEN | RCTL_BADCRC);
	return (eth_read(eth, RCTL) & RCTL_RXEN) != 0;
}

static void
stellaris_send(struct seal_eth *eth, const struct seal_span *pieces, size_t num_pieces)
{
	const size_t len = seal_eth_frame_len(eth, pieces, num_pieces);
	/* unlike on reception, the length is that of what follows the Ethernet header */
	struct seal_eth_words words = { eth_register(eth, DATA), (uint32_t)(len - ETH_HEADER), LENGTH };

	if (len == 0)
		return;
	if (!seal_eth_wait(eth, TR, 1u, 0)) {
		eth->num_tx_dropped++;
		return;
	}
	seal_eth_push_frame(&words, pieces, num_pieces, len, 0);
	eth_write(eth, TR, 1u);
}

static void
stellaris_quiet(struct seal_eth *eth)
{
	eth_write(eth, IM, 0);
}

/* First clear, then look: a frame that comes in between raises RX again. */
static bool
stellaris_arm(struct seal_eth *eth)
{
	if ((eth_read(eth, RIS) & INT_FOV) != 0)
		eth->num_rx_dropped++;
	eth_write(eth, RIS, INT_ALL);
	if ((eth_read(eth, NP) & 0x3fu) > 0)
		return false;
	eth_write(eth, IM, INT_RX);
	return true;
}

/* A PHY that answers 0 does not exist (QEMU). Then the link is unknown, and nothing would be
 * gained by reporting it as down. */
static bool
stellaris_link(struct seal_eth *eth)
{
	uint32_t status;

	eth_write(eth, MCTL, MII_STATUS << 3 | MCTL_START);
	if (!seal_eth_wait(eth, MCTL, MCTL_START, 0))
		return true;
	status = eth_read(eth, MRXD) & 0xffffu;
	return status == 0 || (status & MII_STATUS_LINK) != 0;
}

static const struct seal_eth_ops OPS = {
	.start = stellaris_start,
	.receive = stellaris_receive,
	.send = stellaris_send,
	.quiet = stellaris_quiet,
	.arm = stellaris_arm,
	.link = stellaris_link,
};

void
seal_eth_stellaris_init(struct seal_eth_stellaris *s, uintptr_t base, uintptr_t user,
                        const uint8_t mac[6], uint32_t *buffer)
{
	*s = (struct seal_eth_stellaris){ .eth = { .ops = &OPS, .base = base }, .user = user, .buffer = buffer };
	for (unsigned i = 0; i < 6u; i++)
		s->eth.mac[i] = mac[i];
}
