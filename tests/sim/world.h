/* SPDX-License-Identifier: Apache-2.0
 *
 * world.h - one world: a gateway (port/gateway/app.h), with everything below and around it simulated.
 *
 *	world_run(seed): setting -> { things happen, in any order -> seal_app_run -> time }... -> laws
 */
#ifndef TESTS_SIM_WORLD_H
#define TESTS_SIM_WORLD_H

#include <stdio.h>

#include "port/gateway/app.h"
#include "tests/fake_key.h"
#include "tests/sim/dice.h"
#include "tests/sim/setting.h"
#include "tests/sim/values.h"
#include "tests/sim/wire.h"

#define SIM_TLS_MAX      8u
#define SIM_SESSIONS_MAX 4u

/* What may go wrong in a world; at most a few of these, because otherwise no message would get far. */
enum trouble {
	TROUBLE_LETTERS, TROUBLE_OPENING, TROUBLE_SECURITY, TROUBLE_ENVELOPE, TROUBLE_DATA, TROUBLE_DOT, TROUBLE_CLIENT,
	TROUBLE_HOP, TROUBLE_SLOW, TROUBLE_NAME, TROUBLE_SPOOL, TROUBLE_KEY, TROUBLE_DRAIN, NUM_TROUBLES
};

struct world {
	unsigned troubles;          /* a bit each                                                 */
	uint64_t seed;
	uint64_t round;             /* from 1                                                     */
	uint64_t now_ms;
	uint64_t clock_s;           /* at now_ms = 0; 0: none                                     */
	uint64_t drain_ms;          /* when it will be drained; UINT64_MAX: never                 */
	uint64_t drained_ms;        /* when it was drained; UINT64_MAX: not yet                   */
	bool is_quiet;              /* no trouble except letters that must be refused             */
	bool listens;
	unsigned pieces, pace;
	size_t window;
	struct setting setting;
	struct seal_app app;
};

extern struct world world;

/* When a drain ends the remaining connections; UINT64_MAX: never. */
static inline uint64_t
world_cut_off_ms(void)
{
	return world.drained_ms == UINT64_MAX ? UINT64_MAX : world.drained_ms + SEAL_APP_DRAIN_MS;
}

static inline bool
world_has(enum trouble trouble)
{
	return (world.troubles >> trouble & 1u) != 0;
}

/* A value of `dim`, the first one without the trouble. */
static inline unsigned
world_roll(enum trouble trouble, enum dim dim)
{
	return world_has(trouble) ? dice_roll(dim) : 0;
}

static inline unsigned
world_draw(enum trouble trouble, enum dim dim)
{
	const unsigned value = world_roll(trouble, dim);

	dice_note(dim, value);
	return value;
}

/* Run one world. Returns false if a law was broken, which is printed. */
bool world_run(uint64_t seed, bool is_traced);
unsigned long world_transactions(void);
unsigned long world_checks(void);

/* A law: something that must be true. */
void world_expect(bool ok, const char *what);
#define EXPECT(ok, ...) do { \
	if (!(ok)) world_broken(__VA_ARGS__); \
	else world_count_check(); } while (0)
void world_broken(const char *format, ...) __attribute__((format(printf, 1, 2)));
void world_count_check(void);

/* All links and transactions of the gateway were given back. */
void world_check_end(void);

/* One line of the dialogue; printed when the world is traced. */
void world_trace(const char *format, ...) __attribute__((format(printf, 1, 2)));
void world_trace_octets(const char *who, const uint8_t *data, size_t len);

/* What wire.c and tls.c need to know. */
size_t world_window(void);
struct seal_tls *world_tls_at(const uint8_t *data);
unsigned world_tls_index(const struct seal_tls *t);
void world_hop_wanted(struct wire *w, uint32_t address, uint16_t port);

/* The machine: port.h, keys and spool (machine.c). */
void machine_start(void);
bool machine_has_work(void);
void machine_work(void);                /* the worker does its next job                       */
uint64_t machine_due_ms(void);          /* when it continues; UINT64_MAX: it is not paused    */
struct seal_spool *machine_spool(void);
struct seal_key_source machine_keys(void);
struct seal_tls *machine_tls(void);
void machine_check_end(void);
unsigned machine_spool_alarms(void);    /* spool faults that the gateway could see            */
unsigned machine_spool_refusals(void);  /* failed spool operations, including lack of room    */
uint64_t machine_max_size(void);

/* Names (names.c). */
void names_start(void);
bool names_can_progress(void);          /* an answer is due                                   */
void names_progress(void);
uint64_t names_due_ms(void);

#endif
