/* SPDX-License-Identifier: Apache-2.0
 *
 * machine.c - port/contract/port.h, the keys and the spool of a world, with their faults.
 */
#include <stdlib.h>
#include <string.h>

#include "port/contract/port.h"
#include "port/gateway/spool_ram.h"
#include "tests/sim/journal.h"
#include "tests/sim/world.h"

#define BLOCK       64u
#define SPOOL_SIZE  32768u

static struct seal_job *jobs;
static struct seal_tls tls[SIM_TLS_MAX];
static struct fake_key keys[KEYS_MAX];
static unsigned key_fault;
static unsigned rest_before_ms, rest_after_ms;  /* the end of a drain: the worker rests around it */

/* --- port.h -------------------------------------------------------------------------------- */

uint64_t
seal_port_now_ms(void)
{
	return world.now_ms;
}

uint64_t
seal_port_now_s(void)
{
	return world.clock_s == 0 ? 0 : world.clock_s + world.now_ms / 1000u;
}

void
seal_port_random(uint8_t *out, size_t len)
{
	for (size_t i = 0; i < len; i++)
		out[i] = (uint8_t)dice_u64();
}

void
seal_port_log(const char *line, size_t len)
{
	world_trace("log: %.*s", (int)len, line);
	journal_line(line, len);
}

void
seal_port_wake(void)
{
}

void
seal_port_submit(struct seal_job *job)
{
	struct seal_job **end = &jobs;

	while (*end != NULL)
		end = &(*end)->next;
	job->next = NULL;
	*end = job;
}

void
seal_port_panic(const char *what)
{
	world_broken("panic: %s", what);
	abort();
}

static bool
rests(void)
{
	const uint64_t cut_off_ms = world_cut_off_ms();

	return cut_off_ms != UINT64_MAX && world.now_ms >= cut_off_ms - rest_before_ms &&
	       world.now_ms < cut_off_ms + rest_after_ms;
}

bool
machine_has_work(void)
{
	return jobs != NULL && !rests();
}

uint64_t
machine_due_ms(void)
{
	return jobs != NULL && rests() ? world_cut_off_ms() + rest_after_ms : UINT64_MAX;
}

void
machine_work(void)
{
	struct seal_job *job = jobs;

	jobs = job->next;
	seal_job_do(job);
}

/* --- TLS connections --------------------------------------------------------------------------- */

struct seal_tls *
machine_tls(void)
{
	return tls;
}

struct seal_tls *
world_tls_at(const uint8_t *data)
{
	const uintptr_t at = (uintptr_t)data;

	return at >= (uintptr_t)tls && at < (uintptr_t)(tls + SIM_TLS_MAX) ? &tls[(at - (uintptr_t)tls) / sizeof tls[0]]
	                                                                   : NULL;
}

unsigned
world_tls_index(const struct seal_tls *t)
{
	return (unsigned)(t - tls);
}

/* --- keys ----------------------------------------------------------------------------------------- */

static struct seal_key *
find_key(void *ctx, const struct seal_config_domain *domain)
{
	const unsigned number = setting_key_number(domain->selector);

	(void)ctx;
	return key_fault == KEY_MISSING && number == 0 ? NULL : &keys[number].key;
}

struct seal_key_source
machine_keys(void)
{
	return (struct seal_key_source){ find_key, NULL };
}

static void
start_keys(void)
{
	key_fault = dice_draw_up_to(DIM_KEY_FAULT, world_has(TROUBLE_KEY) ? KEY_MISSING : KEY_WAITS);
	for (unsigned i = 0; i < KEYS_MAX; i++) {
		fake_key_init(&keys[i], 64);
		keys[i].mark = (uint8_t)i;
		if (key_fault == KEY_WAITS)
			keys[i].pending = 1 + dice_below(4);
		if (key_fault == KEY_FAILS)
			keys[i].fail_at = 1 + dice_below(4);
		if (key_fault == KEY_WRONG)
			keys[i].wrong_at = 1 + dice_below(2) * 2u;
	}
}

/* --- the spool -------------------------------------------------------------------------------------- */

static struct {
	struct seal_spool spool;
	struct seal_spool_ram ram;
	struct seal_spool_ram_slot slots[SIM_SESSIONS_MAX];
	uint8_t memory[SPOOL_SIZE];
	uint64_t capacity;
	unsigned fault, fail_at, num_ops, pending, num_open, alarms, refusals;
} spool;

static struct seal_spool *
ram(void)
{
	return &spool.ram.spool;
}

static bool
fails(void)
{
	return ++spool.num_ops == spool.fail_at && (spool.fault == SPOOL_FAILS || spool.fault == SPOOL_FULL);
}

static enum seal_status
fault(void)
{
	spool.alarms += spool.fault == SPOOL_FAILS;
	spool.refusals++;
	world_trace("the spool %s", spool.fault == SPOOL_FAILS ? "fails" : "is full");
	return spool.fault == SPOOL_FAILS ? SEAL_E_SPOOL : SEAL_E_LIMIT;
}

static bool
waits(void)
{
	return spool.fault == SPOOL_WAITS && dice_one_in(2);
}

static enum seal_status
open_slot(struct seal_spool *s, uint64_t size, uint32_t *slot)
{
	enum seal_status status;

	(void)s;
	if (fails())
		return fault();
	status = ram()->ops->open(ram(), size, slot);
	spool.num_open += status == SEAL_OK;
	return status;
}

static size_t
room(struct seal_spool *s, uint32_t slot)
{
	const size_t len = ram()->ops->room(ram(), slot);

	(void)s;
	return spool.fault == SPOOL_LITTLE_ROOM && len > 2 ? dice_below(3) : len;
}

static enum seal_status
append(struct seal_spool *s, uint32_t slot, const uint8_t *data, size_t len)
{
	enum seal_status status;

	(void)s;
	if (fails())
		return fault();
	status = ram()->ops->append(ram(), slot, data, len);
	spool.refusals += status != SEAL_OK;
	return status;
}

static enum seal_status
rewind_slot(struct seal_spool *s, uint32_t slot)
{
	(void)s;
	if (waits())
		return SEAL_PENDING;
	if (spool.fault == SPOOL_FAILS && fails())
		return fault();
	return ram()->ops->rewind(ram(), slot);
}

static enum seal_status
read_piece(struct seal_spool *s, uint32_t slot, struct seal_span *piece)
{
	enum seal_status status;

	(void)s;
	if (waits())
		return SEAL_PENDING;
	if (spool.fault == SPOOL_FAILS && fails())
		return fault();
	status = ram()->ops->read(ram(), slot, piece);
	if (spool.fault == SPOOL_FORGETS && piece->len > 0 && ++spool.num_ops >= spool.fail_at) {
		world_trace("the spool forgets an octet");
		spool.memory[piece->ptr - spool.memory + (ptrdiff_t)dice_below((unsigned)piece->len)] ^= 1u;
		spool.fault = SPOOL_GOOD;
		spool.alarms++;
		spool.refusals++;
	}
	return status;
}

static void
close_slot(struct seal_spool *s, uint32_t slot)
{
	(void)s;
	spool.num_open--;
	ram()->ops->close(ram(), slot);
}

static uint64_t
capacity(struct seal_spool *s)
{
	(void)s;
	return spool.capacity;
}

struct seal_spool *
machine_spool(void)
{
	return &spool.spool;
}

unsigned
machine_spool_alarms(void)
{
	return spool.alarms;
}

unsigned
machine_spool_refusals(void)
{
	return spool.refusals;
}

uint64_t
machine_max_size(void)
{
	return spool.capacity < world.setting.max_size ? spool.capacity : world.setting.max_size;
}

static void
start_spool(void)
{
	static const struct seal_spool_ops OPS = {
		open_slot, room, append, rewind_slot, read_piece, close_slot, capacity
	};
	const size_t size = dice_draw(DIM_SPOOL_SIZE) == 0 ? 2048u : SPOOL_SIZE;

	spool.spool.ops = &OPS;
	spool.capacity = seal_spool_ram_init(&spool.ram, spool.memory, size, BLOCK, spool.slots, SIM_SESSIONS_MAX);
	spool.fault = dice_draw_up_to(DIM_SPOOL_FAULT, world_has(TROUBLE_SPOOL) ? SPOOL_FORGETS : SPOOL_LITTLE_ROOM);
	spool.fail_at = 1 + dice_below(spool.fault == SPOOL_FORGETS ? 12 : 40);
	spool.num_ops = spool.num_open = spool.alarms = spool.refusals = 0;
}

/* --- all of it --------------------------------------------------------------------------------------- */

void
machine_start(void)
{
	jobs = NULL;
	rest_before_ms = dice_below(2500);
	rest_after_ms = dice_below(3000);
	for (unsigned i = 0; i < SIM_TLS_MAX; i++)
		memset(&tls[i], 0, offsetof(struct seal_tls, out));
	start_keys();
	start_spool();
}

void
machine_check_end(void)
{
	EXPECT(jobs == NULL, "a job is not finished");
	for (unsigned i = 0; i < KEYS_MAX; i++)
		EXPECT(keys[i].num_held == 0, "%u jobs of key %u are not finished", keys[i].num_held, i);
	EXPECT(spool.num_open == 0, "%u spool slots are still open", spool.num_open);
	EXPECT(spool.ram.num_free == spool.ram.num_blocks && spool.ram.num_promised == 0,
	       "blocks of the spool are still in use");
	for (unsigned i = 0; i < SIM_TLS_MAX; i++)
		EXPECT(tls[i].state == SEAL_TLS_FREE, "TLS connection %u is still in state %u", i, tls[i].state);
}
