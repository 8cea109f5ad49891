/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/sim/world.h"

#include <ctype.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "port/gateway/observer.h"
#include "tests/sim/client.h"
#include "tests/sim/hop_replies.h"
#include "tests/sim/journal.h"
#include "tests/sim/judge.h"
#include "tests/sim/laws.h"
#include "tests/sim/names.h"

#define TOO_LONG_MS   (3u * 3600u * 1000u)
#define ROUNDS_MAX    200000u
#define THINGS_MAX    (2u * WIRES_MAX + CLIENTS_MAX + WIRES_MAX + 4u)
#define BROKEN_SHOWN  5u

struct world world;

static struct seal_session sessions[SIM_SESSIONS_MAX];
static uint8_t work[SIM_SESSIONS_MAX][4096], envelopes[SIM_SESSIONS_MAX][1024], added[SIM_SESSIONS_MAX][SEAL_ADDED_MAX];
static struct seal_link links[SIM_SESSIONS_MAX];
static struct seal_transaction transactions[SIM_SESSIONS_MAX];
static struct seal_bucket buckets[SECTIONS];
static struct seal_key_use key_uses[KEYS_MAX + 4u];
static struct seal_learn learn;
static struct seal_learn_entry learned[4];
static struct seal_tls_peer next_hop_tls, client_tls;
static struct seal_ask ask;
static struct seal_observer observer;
static struct seal_keyring keyring;
static struct seal_keyring_entry keyring_entries[KEYS_MAX + 4u];
static uint8_t observer_memory[SEAL_OBSERVER_MEMORY];
static bool is_observed;

static bool is_traced;
static unsigned num_broken;
static unsigned long num_checks, num_transactions;

/* --- reporting ----------------------------------------------------------------------------------- */

void
world_trace(const char *format, ...)
{
	va_list args;

	if (!is_traced)
		return;
	printf("%9llu ms  ", (unsigned long long)world.now_ms);
	va_start(args, format);
	(void)vprintf(format, args);
	va_end(args);
	printf("\n");
}

void
world_broken(const char *format, ...)
{
	va_list args;

	if (num_broken++ >= BROKEN_SHOWN)
		return;
	printf("FAILED seed %llu at %llu ms: ", (unsigned long long)world.seed, (unsigned long long)world.now_ms);
	va_start(args, format);
	(void)vprintf(format, args);
	va_end(args);
	printf("\n");
}

void
world_count_check(void)
{
	num_checks++;
}

void
world_expect(bool ok, const char *what)
{
	EXPECT(ok, "%s", what);
}

unsigned long
world_checks(void)
{
	return num_checks;
}

unsigned long
world_transactions(void)
{
	return num_transactions;
}

size_t
world_window(void)
{
	return world.window;
}

void
world_hop_wanted(struct wire *w, uint32_t address, uint16_t port)
{
	EXPECT(address == 0xc0000219u && port == 25, "the gateway connects to another next hop");
	hop_connect(w);
}

/* --- setting up --------------------------------------------------------------------------------- */

static void
choose_network(void)
{
	world.pieces = dice_draw(DIM_PIECES);
	world.window = dice_draw(DIM_WINDOW) == 0 ? 64 : 2048;
	/* single octets and a slow pace together would be below the rate that a client must reach */
	world.pace = dice_draw_up_to(DIM_PACE, world.is_quiet && world.pieces == 0 ? 1 : 2);
	world.clock_s = dice_draw(DIM_CLOCK) == 0 ? 0 : 1763773199;
}

static void
choose_troubles(void)
{
	static const enum trouble OFTEN[] = {
		TROUBLE_DOT, TROUBLE_DOT, TROUBLE_SECURITY, TROUBLE_DATA, TROUBLE_CLIENT, TROUBLE_HOP, TROUBLE_KEY,
		       TROUBLE_DRAIN,
		TROUBLE_OPENING, TROUBLE_ENVELOPE
	};
	const unsigned num = dice_one_in(6) ? 0 : 1 + dice_below(4);

	world.troubles = dice_below(2) << TROUBLE_LETTERS;
	world.is_quiet = num == 0;
	world.troubles |= num > 0 ? 1u << OFTEN[dice_below(sizeof OFTEN / sizeof OFTEN[0])] : 0;
	for (unsigned i = 1; i < num; i++)
		world.troubles |= 1u << (1 + dice_below(NUM_TROUBLES - 1));
}

static void
choose_drain(void)
{
	const unsigned drain = world_draw(TROUBLE_DRAIN, DIM_DRAIN);

	world.drained_ms = UINT64_MAX;
	world.drain_ms = drain == DRAIN_NEVER ? UINT64_MAX
	                 : world.now_ms + (drain == DRAIN_AT_ONCE ? 0 : dice_below(drain == DRAIN_SOON ? 100 : 6000));
}

static void
start_observer(void)
{
	seal_ask_init(&ask);
	is_observed = seal_config_has_watched(&world.setting.config);
	if (!is_observed)
		return;
	seal_keyring_init(&keyring, &world.setting.config, keyring_entries, world.now_ms);
	for (size_t i = 0; i < world.setting.config.num_domains; i++) {
		if (seal_config_is_watched(&world.setting.config.domains[i]))
			seal_keyring_set_key(&keyring, i, seal_span(names_public_key, sizeof names_public_key));
	}
	seal_observer_start(&observer, &keyring, &ask, observer_memory, sizeof observer_memory);
}

static void
start_sessions(unsigned num)
{
	for (unsigned i = 0; i < num; i++) {
		const struct seal_transaction_memory memory = {
			work[i], sizeof work[i], envelopes[i], sizeof envelopes[i], added[i], sizeof added[i]
		};

		seal_transaction_init(&transactions[i], &memory);
	}
	memset(links, 0, sizeof links);
	memset(buckets, 0, sizeof buckets);
	memset(key_uses, 0, sizeof key_uses);
	seal_learn_init(&learn, learned, sizeof learned / sizeof learned[0]);
}

static void
start_app(void)
{
	static const unsigned SESSIONS[] = { 1, 2, 4 };
	static const unsigned SLOTS[] = { 1, 2, SIM_TLS_MAX };
	const struct seal_config *config = &world.setting.config;
	const struct seal_app_setup setup = {
		.config = config, .spool = machine_spool(), .buckets = buckets, .sessions = sessions,
		.ask = &ask, .links = links, .transactions = transactions,
		.num_sessions = SESSIONS[dice_draw(DIM_SESSIONS)], .keys = machine_keys(),
		.keyring = is_observed ? &keyring : NULL, .key_uses = key_uses, .learn = &learn,
		.needs = {
			.tls = (enum seal_smtpc_tls)config->next_hop.tls,
			       .auth = (enum seal_smtpc_auth)config->next_hop.auth,
			.clear_auth = config->next_hop.clear_auth, .user = config->next_hop.user,
			       .secret = SEAL_SPAN("opensesame")
		},
		.login_rounds = 300, .tls = machine_tls(),
		.num_tls = world.is_quiet ? SIM_TLS_MAX : SLOTS[dice_draw(DIM_TLS_SLOTS)],
		.next_hop_tls = &next_hop_tls, .client_tls = &client_tls
	};

	client_tls.own = &client_tls;
	start_sessions((unsigned)setup.num_sessions);
	seal_app_init(&world.app, &setup);
}

static void
start(uint64_t seed)
{
	dice_seed(seed);
	num_broken = 0;
	world.seed = seed;
	world.now_ms = 1000;
	world.round = 0;
	world.listens = false;
	choose_troubles();
	journal_clear();
	judge_clear();
	wires_clear();
	hops_clear();
	choose_network();
	setting_make(&world.setting, !world_has(TROUBLE_NAME));
	names_start();
	machine_start();
	start_observer();
	start_app();
	choose_drain();
	clients_make();
	if (is_traced)
		printf("%s", world.setting.text);
}

void
world_check_end(void)
{
	for (unsigned i = 0; i < SIM_SESSIONS_MAX; i++) {
		EXPECT(!links[i].is_taken, "link %u was not given back", i);
		EXPECT(!transactions[i].is_taken, "transaction %u was not given back", i);
	}
}

/* --- what may happen now -------------------------------------------------------------------------- */

enum thing_kind {
	THING_TO_PEER, THING_TO_GATEWAY, THING_CLIENT, THING_HOP, THING_JOB, THING_NAME, THING_DRAIN
};

struct thing {
	enum thing_kind kind;
	unsigned index;
};

static struct thing things[THINGS_MAX];
static unsigned num_things;

static void
add_thing(enum thing_kind kind, unsigned index)
{
	things[num_things].kind = kind;
	things[num_things++].index = index;
}

static void
find_things(void)
{
	num_things = 0;
	for (unsigned i = 0; i < wires_count(); i++) {
		if (wire_can_move_to_peer(wires_at(i)))
			add_thing(THING_TO_PEER, i);
		if (wire_can_move_to_gateway(wires_at(i)))
			add_thing(THING_TO_GATEWAY, i);
	}
	for (unsigned i = 0; i < clients_count(); i++) {
		if (client_can_act(clients_at(i)))
			add_thing(THING_CLIENT, i);
	}
	for (unsigned i = 0; i < hops_count(); i++) {
		if (hop_can_act(hops_at(i)))
			add_thing(THING_HOP, i);
	}
	if (machine_has_work())
		add_thing(THING_JOB, 0);
	if (names_can_progress())
		add_thing(THING_NAME, 0);
	if (world.now_ms >= world.drain_ms)
		add_thing(THING_DRAIN, 0);
}

static size_t
piece(size_t len)
{
	if (world.pieces == 2 || len == 0)
		return len;
	return 1 + dice_below(world.pieces == 0 ? 4 : (unsigned)len);
}

static void
drain(void)
{
	world_trace("drain");
	world.drain_ms = UINT64_MAX;
	world.drained_ms = world.now_ms;
	seal_app_drain(&world.app);
}

static void
happen(const struct thing *thing)
{
	struct wire *w = wires_at(thing->index);

	switch (thing->kind) {
	case THING_TO_PEER:
		if (wire_can_move_to_peer(w))
			wire_to_peer(w, piece(w->out_len));
		break;
	case THING_TO_GATEWAY:
		if (wire_can_move_to_gateway(w))
			wire_to_gateway(w, piece(w->in_len));
		break;
	case THING_CLIENT:
		if (client_can_act(clients_at(thing->index)))
			client_act(clients_at(thing->index));
		break;
	case THING_HOP:
		if (hop_can_act(hops_at(thing->index)))
			hop_act(hops_at(thing->index));
		break;
	case THING_JOB:
		machine_work();
		break;
	case THING_NAME:
		names_progress();
		break;
	case THING_DRAIN:
		drain();
		break;
	}
}

/* Let some of the possible things happen, in any order. */
static void
round_of_things(void)
{
	find_things();
	for (unsigned i = 0; i < num_things; i++) {
		const unsigned other = i + dice_below(num_things - i);
		const struct thing thing = things[other];

		things[other] = things[i];
		if (!dice_one_in(4))
			happen(&thing);
	}
}

/* --- time -------------------------------------------------------------------------------------------- */

static uint64_t
earlier(uint64_t a, uint64_t b)
{
	return a < b ? a : b;
}

/* The next moment at which anything outside the gateway may happen. */
static uint64_t
next_thing_ms(void)
{
	uint64_t due_ms = earlier(earlier(names_due_ms(), world.drain_ms), machine_due_ms());

	for (unsigned i = 0; i < clients_count() && world.listens; i++)
		due_ms = earlier(due_ms, client_due_ms(clients_at(i)));
	for (unsigned i = 0; i < hops_count(); i++)
		due_ms = earlier(due_ms, hop_due_ms(hops_at(i)));
	return due_ms;
}

static void
pass_time(uint64_t gateway_ms)
{
	const uint64_t due_ms = earlier(next_thing_ms(), gateway_ms);

	if (num_things == 0)
		world.now_ms = due_ms > world.now_ms ? due_ms : world.now_ms;
	else if (world.pace > 0)
		world.now_ms += dice_below(world.pace == 1 ? 3 : 100);
}

static void
listen(void)
{
	if (world.listens || !seal_app_may_listen(&world.app))
		return;
	world.listens = seal_app_listen(&world.app, 25) && seal_app_listen_tls(&world.app, 465);
	world_trace("the gateway listens");
}

static uint64_t
run_gateway(void)
{
	uint64_t wait_ms = seal_app_run(&world.app);

	if (is_observed) {
		const uint64_t observer_ms = seal_observer_run(&observer);

		wait_ms = earlier(wait_ms, observer_ms);
	}
	wait_ms = earlier(wait_ms, seal_ask_run(&ask));
	listen();
	return world.now_ms + wait_ms;
}

static bool
is_over(void)
{
	if (num_things > 0 || !seal_app_idle(&world.app))
		return false;
	return world.now_ms >= world_cut_off_ms() || (clients_are_done() && !machine_has_work());
}

static void
count_transactions(void)
{
	for (unsigned i = 0; i < clients_count(); i++) {
		for (unsigned n = 0; n < clients_at(i)->num_letters; n++)
			num_transactions += clients_at(i)->letters[n].mail_code == 250;
	}
}

bool
world_run(uint64_t seed, bool traced)
{
	uint64_t gateway_ms;

	is_traced = traced;
	start(seed);
	do {
		world.round++;
		gateway_ms = run_gateway();
		round_of_things();
		pass_time(gateway_ms);
	} while (!is_over() && world.now_ms < TOO_LONG_MS && world.round < ROUNDS_MAX);
	EXPECT(is_over(), "the world does not end");
	if (!is_over()) {
		find_things();
		for (unsigned i = 0; i < num_things; i++)
			world_trace("may happen: kind %d, number %u", (int)things[i].kind, things[i].index);
		return false;
	}
	seal_app_report(&world.app);
	laws_check();
	count_transactions();
	return num_broken == 0;
}
