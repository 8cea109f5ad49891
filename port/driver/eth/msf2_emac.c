/* SPDX-License-Identifier: Apache-2.0 */
#include <stdatomic.h>
#include <string.h>

#include "port/driver/eth/common.h"

#define CFG1       0x000u
#define CFG2       0x004u
#define FRAME_MAX  0x010u
#define MII_CMD    0x024u
#define MII_ADDR   0x028u
#define MII_STS    0x030u
#define MII_IND    0x034u
#define STA1       0x040u
#define STA2       0x044u
#define FIFO_CFG0  0x048u
#define TX_CTL     0x180u
#define TX_DESC    0x184u
#define TX_STATUS  0x188u
#define RX_CTL     0x18cu
#define RX_DESC    0x190u
#define RX_STATUS  0x194u
#define IRQ_MASK   0x198u

#define CFG1_RESET  0x80000000u
#define CFG1_RX     0x00000004u
#define CFG1_TX     0x00000001u
#define CFG2_SET    0x00007107u /* preamble of 7, MII, pad and CRC, full duplex */
#define FIFO_ASK    0x00001f00u
#define FIFO_ANSWER 0x001f0000u

#define RX_STATUS_PACKET   0x1u /* writing it decrements the count */
#define RX_STATUS_OVERFLOW 0x4u
#define TX_STATUS_ALL      0x3u
#define IRQ_RX             0x50u /* the two above */

/* in a descriptor's size: the chip may fill it, or has sent it */
#define DESC_EMPTY 0x80000000u
#define DESC_LEN   0x7ffu

static struct seal_eth_msf2 *
msf2_of(struct seal_eth *eth)
{
	return (struct seal_eth_msf2 *)(void *)eth;
}

/* The chip reads and writes descriptors on its own. */
static volatile struct seal_eth_msf2_descriptor *
descriptor(const struct seal_eth_msf2 *s, uint32_t i)
{
	return &s->config.ring[i];
}

static uint8_t *
buffer(const struct seal_eth_msf2 *s, uint32_t i)
{
	return s->config.buffers + (size_t)i * SEAL_ETH_BUFFER;
}

/* Before a descriptor is passed to the chip and after it comes back. */
static void
barrier(void)
{
	atomic_thread_fence(memory_order_seq_cst);
}

static void
receive_from(struct seal_eth_msf2 *s)
{
	barrier();
	eth_write(&s->eth, RX_STATUS, RX_STATUS_OVERFLOW);
	eth_write(&s->eth, RX_DESC, (uint32_t)(uintptr_t)&s->config.ring[s->at]);
	eth_write(&s->eth, RX_CTL, 1u);
}

static bool
msf2_start(struct seal_eth *eth)
{
	struct seal_eth_msf2 *s = msf2_of(eth);
	const struct seal_eth_msf2_config *c = &s->config;
	const uint8_t *mac = eth->mac;

	eth_write(eth, IRQ_MASK, 0);
	eth_write(eth, RX_CTL, 0);
	eth_write(eth, CFG1, CFG1_RESET);
	eth_write(eth, CFG1, 0);
	eth_write(eth, FIFO_CFG0, FIFO_ASK);
	if (!seal_eth_wait(eth, FIFO_CFG0, FIFO_ANSWER, FIFO_ANSWER))
		return false;
	eth_write(eth, CFG2, CFG2_SET);
	eth_write(eth, FRAME_MAX, SEAL_ETH_FRAME_MAX + ETH_FCS); /* so no buffer overflows */
	eth_write(eth, STA1, (uint32_t)mac[0] << 24 | (uint32_t)mac[1] << 16 | (uint32_t)mac[2] << 8 | mac[3]);
	eth_write(eth, STA2, (uint32_t)mac[4] << 24 | (uint32_t)mac[5] << 16);
	for (uint32_t i = 0; i <= c->num_rx; i++) {
		const uint32_t next = i + 1u < c->num_rx ? i + 1u : i == c->num_rx ? i : 0;

		c->ring[i] = (struct seal_eth_msf2_descriptor){
			(uint32_t)(uintptr_t)buffer(s, i), DESC_EMPTY, (uint32_t)(uintptr_t)&c->ring[next],
		};
	}
	s->at = 0;
	s->held = false;
	eth_write(eth, CFG1, CFG1_RX | CFG1_TX);
	receive_from(s);
	return true;
}

static bool
frame_waits(const struct seal_eth_msf2 *s)
{
	return (descriptor(s, s->at)->size & DESC_EMPTY) == 0;
}

static void
give_back(struct seal_eth_msf2 *s)
{
	barrier();
	descriptor(s, s->at)->size = DESC_EMPTY;
	s->at = s->at + 1u < s->config.num_rx ? s->at + 1u : 0;
	s->held = false;
	eth_write(&s->eth, RX_STATUS, RX_STATUS_PACKET);
}

/* Reception stopped when the ring was full, at the descriptor that is next again once the whole
 * ring is read. Before that, the place where the chip would continue is unknown. */
static void
restart_if_stopped(struct seal_eth_msf2 *s)
{
	if ((eth_read(&s->eth, RX_STATUS) & RX_STATUS_OVERFLOW) == 0 || frame_waits(s))
		return;
	s->eth.num_rx_dropped++;
	receive_from(s);
}

static struct seal_span
msf2_receive(struct seal_eth *eth)
{
	struct seal_eth_msf2 *s = msf2_of(eth);
	uint32_t len;

	if (s->held)
		give_back(s);
	restart_if_stopped(s);
	while (frame_waits(s)) {
		barrier();
		len = descriptor(s, s->at)->size & DESC_LEN;
		if (len >= ETH_HEADER && len <= SEAL_ETH_FRAME_MAX + ETH_FCS) {
			s->held = true;
			/* longer only by the FCS, which is not needed */
			return seal_span(buffer(s, s->at), len < SEAL_ETH_FRAME_MAX ? len : SEAL_ETH_FRAME_MAX);
		}
		eth->num_rx_dropped++;
		give_back(s);
	}
	return seal_span(NULL, 0);
}

static void
msf2_send(struct seal_eth *eth, const struct seal_span *pieces, size_t num_pieces)
{
	struct seal_eth_msf2 *s = msf2_of(eth);
	const uint32_t mine = s->config.num_rx;
	volatile struct seal_eth_msf2_descriptor *tx = descriptor(s, mine);
	const size_t len = seal_eth_frame_len(eth, pieces, num_pieces);
	uint8_t *to = buffer(s, mine);

	if (len == 0)
		return;
	if (!seal_eth_wait(eth, TX_CTL, 1u, 0) || (tx->size & DESC_EMPTY) == 0) {
		eth->num_tx_dropped++;
		return;
	}
	for (size_t i = 0; i < num_pieces; i++) {
		if (pieces[i].len > 0)
			memcpy(to, pieces[i].ptr, pieces[i].len);
		to += pieces[i].len;
	}
	if (len < SEAL_ETH_FRAME_MIN)
		memset(to, 0, SEAL_ETH_FRAME_MIN - len);
	tx->size = (uint32_t)(len < SEAL_ETH_FRAME_MIN ? SEAL_ETH_FRAME_MIN : len);
	barrier();
	eth_write(eth, TX_STATUS, TX_STATUS_ALL);
	eth_write(eth, TX_DESC, (uint32_t)(uintptr_t)&s->config.ring[mine]);
	eth_write(eth, TX_CTL, 1u);
}

static void
msf2_quiet(struct seal_eth *eth)
{
	eth_write(eth, IRQ_MASK, 0);
}

/* The chip counts frames, and interrupts while the count is not zero. Bring it to zero, looking
 * for a frame after each step down. */
static bool
msf2_arm(struct seal_eth *eth)
{
	struct seal_eth_msf2 *s = msf2_of(eth);

	if (s->held)
		give_back(s);
	for (;;) {
		restart_if_stopped(s);
		if (frame_waits(s))
			return false;
		if ((eth_read(eth, RX_STATUS) & RX_STATUS_PACKET) == 0)
			break;
		eth_write(eth, RX_STATUS, RX_STATUS_PACKET);
	}
	eth_write(eth, IRQ_MASK, IRQ_RX);
	return true;
}

static bool
msf2_link(struct seal_eth *eth)
{
	const struct seal_eth_msf2_config *c = &msf2_of(eth)->config;
	uint32_t status = 0;

	for (unsigned i = 0; i < 2u; i++) { /* a loss of link is latched until it is read once */
		eth_write(eth, MII_ADDR, (uint32_t)c->phy << 8 | MII_STATUS);
		eth_write(eth, MII_CMD, 1u);
		(void)seal_eth_wait(eth, MII_IND, 1u, 0);
		status = eth_read(eth, MII_STS);
		eth_write(eth, MII_CMD, 0);
	}
	return (status & MII_STATUS_LINK) != 0;
}

static const struct seal_eth_ops OPS = {
	.start = msf2_start,
	.receive = msf2_receive,
	.send = msf2_send,
	.quiet = msf2_quiet,
	.arm = msf2_arm,
	.link = msf2_link,
};

void
seal_eth_msf2_init(struct seal_eth_msf2 *s, const struct seal_eth_msf2_config *config)
{
	*s = (struct seal_eth_msf2){ .eth = { .ops = &OPS, .base = config->base }, .config = *config };
	memcpy(s->eth.mac, config->mac, sizeof s->eth.mac);
}
