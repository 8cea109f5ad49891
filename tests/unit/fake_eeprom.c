/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/fake_eeprom.h"

#include <string.h>

#define NEVER UINT32_MAX

static struct fake_eeprom *
fake_eeprom_of(struct seal_i2c *bus)
{
	return (struct fake_eeprom *)(void *)bus;
}

static bool
level(const struct fake_eeprom *f)
{
	return f->sda && !f->stuck && (f->gone || !f->holds);
}

/* Begin to write the octets taken, at their place in the page; surplus octets wrap to its start. */
static void
write_page(struct fake_eeprom *f)
{
	const uint32_t base = f->at / FAKE_EEPROM_PAGE * FAKE_EEPROM_PAGE;
	const bool cut = f->cut_at != NEVER && f->cut_at-- == 0;

	for (uint32_t i = 0; i < f->page_len && i < FAKE_EEPROM_PAGE; i++) {
		const uint32_t where = base + (f->at + i) % FAKE_EEPROM_PAGE;

		f->memory[where % f->size] = !cut || i < f->cut_len ? f->page[i] : 0xff;
	}
	f->num_pages++;
	f->silent = f->silence;
	f->gone = f->gone || cut;
}

static void
on_start(struct fake_eeprom *f)
{
	f->state = FAKE_EEPROM_CALLED;
	f->num_bits = 0;
	f->holds = f->acknowledges = false;
	f->page_len = 0;
}

static void
on_stop(struct fake_eeprom *f)
{
	/* the rise of SCL before it counts as a bit */
	if (f->state == FAKE_EEPROM_TAKES && f->page_len > 0 && f->num_bits == 1u)
		write_page(f);
	f->state = FAKE_EEPROM_STOPPED;
	f->holds = false;
}

/* Whether it acknowledges. */
static bool
take_address(struct fake_eeprom *f)
{
	if (f->octet >> 1 != FAKE_EEPROM_ADDRESS || f->silent > 0) {
		f->silent -= f->silent > 0;
		f->state = FAKE_EEPROM_STOPPED;
		return false;
	}
	f->state = (f->octet & 1u) != 0 ? FAKE_EEPROM_GIVES : FAKE_EEPROM_TAKES;
	f->num_octets = 0;
	return true;
}

static bool
fake_eeprom_take(struct fake_eeprom *f)
{
	if (f->refuse_at != NEVER && f->refuse_at-- == 0) {
		f->state = FAKE_EEPROM_STOPPED;
		return false;
	}
	if (f->num_octets++ < 2u)
		f->at = (f->at << 8 | f->octet) % f->size;
	else
		f->page[f->page_len++ % FAKE_EEPROM_PAGE] = f->octet;
	return true;
}

/* SCL rises: eight bits, then the acknowledge, which the chip sends or expects. */
static void
on_rise(struct fake_eeprom *f)
{
	if (f->state == FAKE_EEPROM_STOPPED)
		return;
	f->num_bits++;
	if (f->num_bits <= 8u && f->state != FAKE_EEPROM_GIVES)
		f->octet = (uint8_t)((unsigned)f->octet << 1 | (f->sda ? 1u : 0));
	else if (f->num_bits == 9u && !f->acknowledges && level(f))
		f->state = FAKE_EEPROM_STOPPED;
}

/* SCL falls: the chip changes the level that it holds. */
static void
on_fall(struct fake_eeprom *f)
{
	f->holds = false;
	if (f->state == FAKE_EEPROM_STOPPED)
		return;
	if (f->num_bits == 8u && f->state != FAKE_EEPROM_GIVES) {
		f->acknowledges = f->state == FAKE_EEPROM_CALLED ? take_address(f) : fake_eeprom_take(f);
		f->holds = f->acknowledges;
		return;
	}
	if (f->num_bits == 9u) {
		f->num_bits = 0;
		f->acknowledges = false;
		if (f->state == FAKE_EEPROM_GIVES)
			f->octet = f->memory[f->at++ % f->size];
	}
	if (f->state == FAKE_EEPROM_GIVES && f->num_bits < 8u)
		f->holds = ((unsigned)f->octet >> (7u - f->num_bits) & 1u) == 0;
}

static void
fake_set(struct seal_i2c *bus, bool scl, bool sda)
{
	struct fake_eeprom *f = fake_eeprom_of(bus);
	const bool falls = f->scl && !scl;
	const bool rises = !f->scl && scl;
	const bool changes = f->sda != sda;

	f->num_clocks += rises;
	if (rises && f->gone_at > 0 && --f->gone_at == 0)
		f->gone = true;
	if (falls && !f->gone)
		on_fall(f);
	f->scl = scl;
	f->sda = sda;
	if (f->gone)
		return;
	if (rises)
		on_rise(f);
	else if (scl && changes && !f->holds && !f->stuck)
		(sda ? on_stop : on_start)(f);
}

static bool
fake_sda(struct seal_i2c *bus)
{
	return level(fake_eeprom_of(bus));
}

static const struct seal_i2c_ops OPS = {
	.set = fake_set,
	.sda = fake_sda,
};

void
fake_eeprom_init(struct fake_eeprom *f, uint8_t *memory, uint32_t size)
{
	*f = (struct fake_eeprom){ .bus = { &OPS }, .memory = memory, .size = size, .scl = true, .sda = true };
	fake_eeprom_power(f);
}

void
fake_eeprom_power(struct fake_eeprom *f)
{
	f->state = FAKE_EEPROM_STOPPED;
	f->holds = f->gone = f->stuck = false;
	f->silent = 0;
	f->refuse_at = f->cut_at = NEVER;
	f->gone_at = 0;
}
