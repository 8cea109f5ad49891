/* SPDX-License-Identifier: Apache-2.0
 *
 * eth.h - one Ethernet controller: frames in, frames out, one interrupt.
 *
 *	CHIP_init -> start -> { quiet (interrupt handler) } / { receive ... arm, send }
 *
 * All but `quiet` belong to the network context; no call waits longer than one frame takes
 * on the wire. A board uses it like this:
 *
 *	interrupt   eth->ops->quiet(eth), then pend PendSV
 *	PendSV      up to N times: frame = receive(eth), seal_net_input(frame);
 *	            none left: arm(eth), and if it returns false, pend PendSV again;
 *	            budget used up: return, the next tick continues
 *
 * The line is level-triggered or sticky on every chip here: a handler that does not call quiet is
 * entered forever.
 */
#ifndef PORT_DRIVER_ETH_ETH_H
#define PORT_DRIVER_ETH_ETH_H

#include "engine/base/span.h"

#define SEAL_ETH_FRAME_MAX  1514u /* octets, without FCS */
#define SEAL_ETH_FRAME_MIN  60u
#define SEAL_ETH_BUFFER     1520u /* a frame, FCS, and to a whole word */

struct seal_eth;

struct seal_eth_ops {
	/* Reset the chip, set the address, receive; the interrupt stays quiet until arm. `mac` is
	 * the chip's own address where the board has one, else the one that init was given. False:
	 * the chip does not respond. May be called again: received frames are lost. */
	bool (*start)(struct seal_eth *eth);

	/* The next frame without FCS, valid until the next call of receive; empty: no frame. Damaged
	 * and oversized frames are dropped and counted. */
	struct seal_span (*receive)(struct seal_eth *eth);

	/* Send one frame, in pieces, without FCS; padded to the minimum. Dropped and counted if it is
	 * too long or there is no room. That is never an error, because Ethernet may lose frames. */
	void (*send)(struct seal_eth *eth, const struct seal_span *pieces, size_t num_pieces);

	/* No more interrupts until arm. From any context. */
	void (*quiet)(struct seal_eth *eth);

	/* Interrupt at the next frame. False: one has already come, and the interrupt stays quiet. */
	bool (*arm)(struct seal_eth *eth);

	/* The link is up, as far as the chip knows. */
	bool (*link)(struct seal_eth *eth);
};

struct seal_eth {
	const struct seal_eth_ops *ops;
	uintptr_t base;
	uint8_t mac[6];
	uint32_t num_rx_dropped;
	uint32_t num_tx_dropped;
};

/* Has the type of seal_net_setup.send; `eth` is a struct seal_eth. */
void seal_eth_send(void *eth, const struct seal_span *pieces, size_t num_pieces);

/* --- Stellaris (LM3S6965), FIFOs -------------------------------------------------------------
 *
 * 2 KB for reception (QEMU: 31 frames of any size): windows of more than two small
 * segments overrun it. */

struct seal_eth_stellaris {
	struct seal_eth eth;        /* first */
	uintptr_t user;             /* SYSCTL USER0, USER1: the address of the factory */
	uint32_t *buffer;
};

/* `buffer`, of SEAL_ETH_BUFFER octets, is lent for good; likewise below. `mac` is for a chip without
 * an address. */
void seal_eth_stellaris_init(struct seal_eth_stellaris *s, uintptr_t base, uintptr_t user,
                             const uint8_t mac[6], uint32_t *buffer);

/* --- LAN9118 on a memory bus, FIFOs ---------------------------------------------------------
 *
 * What does not fit its 10,560 octets is lost without notice, and a peer that loses several
 * segments waits for seconds: the TCP windows of all connections together must be smaller.
 * The interrupt is active until start: clear it in the NVIC after that. */

struct seal_eth_lan9118 {
	struct seal_eth eth;        /* first */
	uint32_t *buffer;
};

void seal_eth_lan9118_init(struct seal_eth_lan9118 *s, uintptr_t base, const uint8_t mac[6],
                           uint32_t *buffer);

/* A counter that never stops: the best clock where the CPU has none. `base` as above. It
 * needs no start, but restarts with it. */
#define SEAL_ETH_LAN9118_HZ 25000000u
uint32_t seal_eth_lan9118_count(uintptr_t base);

/* --- SmartFusion2, DMA ------------------------------------------------------------------------
 *
 * A full ring stops reception until all of it was read, and frames are lost: it should hold
 * the TCP windows of all connections together. */

struct seal_eth_msf2_descriptor { /* laid out by the chip */
	uint32_t address;
	uint32_t size;
	uint32_t next;
};

struct seal_eth_msf2_config {
	uintptr_t base;
	uint8_t mac[6];             /* the chip has none */
	uint8_t phy;                /* its address on the MII bus */
	struct seal_eth_msf2_descriptor *ring; /* of num_rx, and one more to send */
	uint8_t *buffers;           /* (num_rx + 1) * SEAL_ETH_BUFFER; both aligned to 4, in any RAM */
	uint32_t num_rx;            /* 2..255 */
};

struct seal_eth_msf2 {
	struct seal_eth eth;        /* first */
	struct seal_eth_msf2_config config;
	uint32_t at;                /* the descriptor that is filled next */
	bool held;                  /* it is lent by receive and not given back*/
};

void seal_eth_msf2_init(struct seal_eth_msf2 *s, const struct seal_eth_msf2_config *config);

#endif
