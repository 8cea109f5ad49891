/* SPDX-License-Identifier: Apache-2.0
 *
 * common.h - what the drivers here share.
 */
#ifndef PORT_DRIVER_ETH_COMMON_H
#define PORT_DRIVER_ETH_COMMON_H

#include "port/driver/eth/eth.h"

#define ETH_HEADER 14u
#define ETH_FCS    4u

/* MII, clause 22 */
#define MII_STATUS      1u
#define MII_STATUS_LINK 0x0004u

static inline volatile uint32_t *
eth_register(const struct seal_eth *eth, uintptr_t offset)
{
	return (volatile uint32_t *)(eth->base + offset);
}

static inline void
eth_write(const struct seal_eth *eth, uintptr_t offset, uint32_t value)
{
	*eth_register(eth, offset) = value;
}

static inline uint32_t
eth_read(const struct seal_eth *eth, uintptr_t offset)
{
	return *eth_register(eth, offset);
}

/* Until (register & mask) == value, for a bounded number of reads; returns whether. */
bool seal_eth_wait(const struct seal_eth *eth, uintptr_t offset, uint32_t mask, uint32_t value);

/* Octets of a frame to be sent; 0, and counted: it is no valid frame. */
size_t seal_eth_frame_len(struct seal_eth *eth, const struct seal_span *pieces, size_t num_pieces);

/* A unicast address that is neither zero nor erased memory. */
bool seal_eth_mac_is_good(const uint8_t mac[6]);

/* Octets to be written to a FIFO of words, least significant first. */
struct seal_eth_words {
	volatile uint32_t *fifo;
	uint32_t word;
	uint32_t num;               /* octets in word, 0..3 */
};

void seal_eth_push(struct seal_eth_words *w, const uint8_t *data, size_t len);

/* Write all pieces, zeros up to `min` octets of `len`, and the rest of the last word. */
void seal_eth_push_frame(struct seal_eth_words *w, const struct seal_span *pieces, size_t num_pieces,
                    size_t len, size_t min);

#endif
