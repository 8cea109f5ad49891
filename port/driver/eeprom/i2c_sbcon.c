/* SPDX-License-Identifier: Apache-2.0 */
#include "port/driver/eeprom/i2c_sbcon.h"

#define LINES 0x00u /* read */
#define SET   0x00u
#define CLEAR 0x04u

#define SCL 1u
#define SDA 2u

#define HALF_PERIODS  200000u /* of a second */
#define CYCLES        4u      /* at least, for a read of a peripheral in a loop */

static struct seal_sbcon *
sbcon_of(struct seal_i2c *bus)
{
	return (struct seal_sbcon *)(void *)bus;
}

static volatile uint32_t *
at(const struct seal_sbcon *s, uintptr_t offset)
{
	return (volatile uint32_t *)(s->base + offset);
}

static void
sbcon_set(struct seal_i2c *bus, bool scl, bool sda)
{
	const struct seal_sbcon *s = sbcon_of(bus);

	if (!scl)
		*at(s, CLEAR) = SCL;
	*at(s, sda ? SET : CLEAR) = SDA;
	if (scl)
		*at(s, SET) = SCL;
	for (uint32_t i = 0; i < s->half_period; i++)
		(void)*at(s, LINES);
}

static bool
sbcon_sda(struct seal_i2c *bus)
{
	return (*at(sbcon_of(bus), LINES) & SDA) != 0;
}

static const struct seal_i2c_ops OPS = {
	.set = sbcon_set,
	.sda = sbcon_sda,
};

void
seal_sbcon_init(struct seal_sbcon *s, uintptr_t base, uint32_t cpu_hz)
{
	*s = (struct seal_sbcon){ { &OPS }, base, cpu_hz / HALF_PERIODS / CYCLES + 1u };
}
