/* SPDX-License-Identifier: Apache-2.0 */
#include "port/driver/sd/ssi_pl022.h"

#define CR0  0x00u
#define CR1  0x04u
#define DR   0x08u
#define SR   0x0cu
#define CPSR 0x10u

#define CR0_8_BITS  0x07u
#define CR1_SSE     0x02u
#define SR_RNE      0x04u
#define FIFO        8u
#define DIVISOR_MIN 2u
#define DIVISOR_MAX 254u

/* Polls without an octet after which the controller counts as dead. */
#define PATIENCE 100000u

static struct seal_ssi *
ssi_of(struct seal_spi *spi)
{
	return (struct seal_ssi *)(void *)spi;
}

static volatile uint32_t *
at(const struct seal_ssi *s, uintptr_t offset)
{
	return (volatile uint32_t *)(s->base + offset);
}

/* input_hz / divisor / (1 + rate), the divisor even. */
static void
ssi_clock(struct seal_spi *spi, uint32_t hz)
{
	const struct seal_ssi *s = ssi_of(spi);
	uint32_t divisor = DIVISOR_MIN;
	uint32_t rate = s->input_hz / divisor / hz;

	while (rate > 255u && divisor < DIVISOR_MAX) {
		divisor += 2u;
		rate = s->input_hz / divisor / hz;
	}
	if (rate > 0 && s->input_hz / divisor / rate <= hz)
		rate--;
	*at(s, CR1) = 0;
	*at(s, CPSR) = divisor;
	*at(s, CR0) = (rate > 255u ? 255u : rate) << 8 | CR0_8_BITS;
	*at(s, CR1) = CR1_SSE;
}

static void
ssi_select(struct seal_spi *spi, bool on)
{
	const struct seal_ssi *s = ssi_of(spi);

	*(volatile uint32_t *)s->select = on ? s->select_on : s->select_off;
}

/* Never more octets in transfer than one FIFO holds, so neither FIFO can overflow. */
static void
ssi_transfer(struct seal_spi *spi, const uint8_t *out, uint8_t *in, size_t len)
{
	const struct seal_ssi *s = ssi_of(spi);
	uint32_t polls = 0;
	size_t sent = 0;
	size_t got = 0;

	while (got < len) {
		while (sent < len && sent - got < FIFO) {
			*at(s, DR) = out != NULL ? out[sent] : 0xffu;
			sent++;
		}
		while (got < sent && (*at(s, SR) & SR_RNE) != 0) {
			const uint8_t octet = (uint8_t)*at(s, DR);

			if (in != NULL)
				in[got] = octet;
			got++;
			polls = 0;
		}
		if (++polls > PATIENCE) {
			for (; got < len && in != NULL; got++)
				in[got] = 0xff;
			return;
		}
	}
}

static const struct seal_spi_ops OPS = {
	.clock = ssi_clock,
	.select = ssi_select,
	.transfer = ssi_transfer,
};

void
seal_ssi_init(struct seal_ssi *s, uintptr_t base, uint32_t input_hz, uintptr_t select,
              uint32_t select_on, uint32_t select_off)
{
	*s = (struct seal_ssi){ { &OPS }, base, input_hz, select, select_on, select_off };
	ssi_select(&s->spi, false);
}
