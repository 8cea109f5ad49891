/* SPDX-License-Identifier: Apache-2.0 */
#include "port/driver/eth/eth.h"

#include <string.h>

#include "port/driver/eth/common.h"

/* Longer than a full frame takes at 10 Mbit/s, on any CPU here. */
#define PATIENCE 30000u

void
seal_eth_send(void *eth_, const struct seal_span *pieces, size_t num_pieces)
{
	struct seal_eth *eth = eth_;

	eth->ops->send(eth, pieces, num_pieces);
}

bool
seal_eth_wait(const struct seal_eth *eth, uintptr_t offset, uint32_t mask, uint32_t value)
{
	for (uint32_t i = 0; i < PATIENCE; i++) {
		if ((eth_read(eth, offset) & mask) == value)
			return true;
	}
	return false;
}

size_t
seal_eth_frame_len(struct seal_eth *eth, const struct seal_span *pieces, size_t num_pieces)
{
	size_t len = 0;

	for (size_t i = 0; i < num_pieces; i++) {
		if (pieces[i].len > SEAL_ETH_FRAME_MAX - len)
			len = SEAL_ETH_FRAME_MAX + 1u;
		else
			len += pieces[i].len;
		if (len > SEAL_ETH_FRAME_MAX)
			break;
	}
	if (len >= ETH_HEADER && len <= SEAL_ETH_FRAME_MAX)
		return len;
	eth->num_tx_dropped++;
	return 0;
}

bool
seal_eth_mac_is_good(const uint8_t mac[6])
{
	uint8_t any = 0;

	for (unsigned i = 0; i < 6; i++)
		any |= mac[i];
	return any != 0 && (mac[0] & 1u) == 0;
}

static void
push_octet(struct seal_eth_words *w, uint8_t octet)
{
	w->word |= (uint32_t)octet << (8u * w->num);
	if (++w->num == 4u) {
		*w->fifo = w->word;
		w->word = 0;
		w->num = 0;
	}
}

/* Four octets at a time, with any alignment: this is most of the cost of a frame. */
void
seal_eth_push(struct seal_eth_words *w, const uint8_t *data, size_t len)
{
	const uint32_t shift = 8u * w->num;

	for (; len >= 4u; data += 4, len -= 4u) {
		uint32_t next;

		memcpy(&next, data, sizeof next);
		*w->fifo = w->word | next << shift;
		w->word = shift > 0 ? next >> (32u - shift) : 0;
	}
	for (; len > 0; data++, len--)
		push_octet(w, *data);
}

void
seal_eth_push_frame(struct seal_eth_words *w, const struct seal_span *pieces, size_t num_pieces,
               size_t len, size_t min)
{
	for (size_t i = 0; i < num_pieces; i++)
		seal_eth_push(w, pieces[i].ptr, pieces[i].len);
	for (; len < min; len++)
		push_octet(w, 0);
	while (w->num > 0)
		push_octet(w, 0);
}
