/* SPDX-License-Identifier: Apache-2.0
 *
 * main.c - the gateway as firmware. Thread mode starts everything, then signs or sleeps; the
 * network is in network.c.
 */
#include <stdbool.h>

#include "port/cortexm/board.h"
#include "port/cortexm/clock.h"
#include "port/cortexm/console.h"
#include "port/cortexm/device_keys.h"
#include "port/cortexm/entropy.h"
#include "port/cortexm/files.h"
#include "port/cortexm/halt.h"
#include "port/cortexm/network.h"
#include "port/cortexm/registers.h"
#include "port/cortexm/signing.h"
#include "port/cortexm/sizes.h"
#include "port/cortexm/start.h"
#include "port/cortexm/storage.h"
#include "port/mbedtls/arena.h"

#define LINE_MAX 192u

/* Some milliseconds on a slow processor; the network runs in between. */
#define LOGIN_ROUNDS 50u

/* What each pool is for. */
enum label {
	FOR_SIGNING = 'S',
	FOR_NETWORK = 'N'
};

static struct seal_assembly assembly;
static struct seal_entropy_pool pools[2];
static uint32_t boots; /* 0: starts are not counted */

/* --- memory ------------------------------------------------------------------------------- */

#define TRANSACTION_LEN (SEAL_SESSION_WORK + SEAL_SESSION_ENVELOPE + SEAL_SESSION_ADDED)

/* On a board with a second memory, these are in it. */
__attribute__((section(".bulk.sessions")))
static struct seal_session sessions[SEAL_SESSIONS];
__attribute__((section(".bulk.sessions")))
static struct seal_link links[SEAL_SESSIONS];
__attribute__((section(".bulk.sessions")))
static struct seal_transaction transactions[SEAL_SESSIONS];
__attribute__((section(".bulk.sessions")))
static uint8_t transaction_octets[SEAL_SESSIONS * TRANSACTION_LEN];
static struct {
	struct seal_config_client clients[SEAL_CLIENTS];
	struct seal_bucket buckets[SEAL_CLIENTS];
	struct seal_config_domain domains[SEAL_DOMAINS];
	struct seal_key_private keys[SEAL_DOMAINS];
	struct seal_key_use key_uses[SEAL_DOMAINS];
} sections;

#if SEAL_LEARN > 0
__attribute__((section(".bulk.learned")))
static struct seal_learn_entry learned[SEAL_LEARN];
static struct seal_learn learn;
#endif

static const struct seal_assemble_memory *
give_memory(void *ctx, struct seal_span text)
{
	static const struct seal_assemble_memory memory = {
		.clients = sections.clients, .buckets = sections.buckets, .num_clients = SEAL_CLIENTS,
		.domains = sections.domains, .keys = sections.keys, .key_uses = sections.key_uses,
		.num_domains = SEAL_DOMAINS,
		.sessions = sessions, .links = links, .transactions = transactions,
		.transaction_octets = transaction_octets, .num_sessions = SEAL_SESSIONS,
		.work_len = SEAL_SESSION_WORK, .envelope_len = SEAL_SESSION_ENVELOPE, .added_len = SEAL_SESSION_ADDED,
		.tls_max = SEAL_TLS_CONNECTIONS,
		.observer_len = SEAL_KEY_BITS > 2048 ? SEAL_OBSERVER_MEMORY : SEAL_OBSERVER_MEMORY_SMALL,
#if SEAL_LEARN > 0
		.learn = &learn, .learned = learned, .num_learned = SEAL_LEARN,
#endif
	};

	(void)ctx;
	(void)text;
	return &memory;
}

/* --- start -------------------------------------------------------------------------------- */

static void
log_start_line(struct seal_span line)
{
	seal_console_line(seal_span(NULL, 0), line);
	seal_console_flush();
}

static void
log_start(struct seal_out *line)
{
	if (boots != 0) {
		seal_out_text(line, "start number ");
		seal_out_u64(line, boots);
	} else {
		seal_out_text(line, "no store counts starts: random numbers may repeat after a reset");
	}
	log_start_line(seal_out_span(line));
	line->len = 0;
}

static enum seal_assemble_fault
prepare(void *ctx, struct seal_assembly *a, struct seal_out *why)
{
	const bool tls = seal_assembly_has_next_hop_tls(a) || seal_assembly_has_client_tls(a);
	enum seal_key_fault fault;

	(void)ctx;
	a->spool = seal_storage_start();
	boots = seal_storage_count();
	log_start(why);
	if (tls && boots == 0) {
		seal_out_text(why, "TLS: needs a store that counts starts; without it random numbers may repeat");
		return SEAL_ASSEMBLE_CONFIG;
	}
	seal_entropy_start(&pools[0], seal_files_seed(), boots, FOR_SIGNING);
	seal_entropy_start(&pools[1], seal_files_seed(), boots, FOR_NETWORK);
	fault = seal_signing_start(seal_entropy_source(&pools[0]), tls || seal_config_has_watched(&a->config));
	if (fault == SEAL_KEY_FINE)
		return SEAL_ASSEMBLE_FINE;
	seal_out_span_put(why, seal_span_text(seal_key_fault_text(fault)));
	return SEAL_ASSEMBLE_MACHINE;
}

static enum seal_assemble_fault
make_keys(void *ctx, struct seal_assembly *a, struct seal_out *why)
{
	(void)ctx;
	return seal_device_keys_start(a, boots, why) ? SEAL_ASSEMBLE_FINE : SEAL_ASSEMBLE_KEY;
}

static enum seal_assemble_fault
start_network(void *ctx, struct seal_assembly *a, struct seal_out *why)
{
	(void)ctx;
	if (SEAL_TLS_CONNECTIONS == 1)
		seal_signing_shares_with(a->tls);
	return seal_network_start(a, seal_entropy_source(&pools[1]), why) ? SEAL_ASSEMBLE_FINE : SEAL_ASSEMBLE_MACHINE;
}

/* Not inlined into main, so that its locals are not on the stack while signing. */
__attribute__((noinline))
static void
start(void)
{
	static const struct seal_machine machine = {
		.find = seal_files_find, .put_name = seal_files_put_name, .memory = give_memory,
		.allocate = seal_arena_calloc, .release = seal_arena_free,
		.prepare = prepare, .runner = seal_signing_runner, .random = seal_signing_random,
		.now_s = seal_network_now_s, .make_keys = make_keys,
		.server = SEAL_TLS_CONNECTIONS < 2 * SEAL_SESSIONS ? NULL : seal_tls_server,
		.network = start_network,
		.login_rounds = LOGIN_ROUNDS,
	};
	uint8_t text[LINE_MAX];
	struct seal_out line = seal_out(text, sizeof text);

	seal_clock_start();
	seal_console_start();
	seal_out_text(&line, "mailseal on ");
	seal_out_span_put(&line, seal_span_text(seal_board.name));
	log_start_line(seal_out_span(&line));
	line.len = 0;
	if (seal_assemble(&assembly, &machine, &line) == SEAL_ASSEMBLE_FINE)
		return;
	seal_console_urgent("refused: ");
	log_start_line(seal_out_span(&line));
	seal_halt(SEAL_HALT_REFUSED);
}

/* Sleep until an interrupt. Whatever one may have brought since the last check is checked with
 * interrupts masked; an interrupt after that ends WFI, masked or not. */
static void
rest(void)
{
	const uint32_t before = seal_mask_interrupts();

	if (!seal_signing_busy() && !seal_network_waits())
		__asm__ volatile ("dsb\n\twfi" ::: "memory");
	seal_restore_interrupts(before);
}

int
main(void)
{
	start();
	/* A job goes before waiting frames, or a flood would delay it forever. */
	for (;;) {
		seal_network_thread_turn();
		if (seal_signing_do())
			continue;
		if (seal_network_waits())
			seal_pend_network();
		else
			rest();
	}
}
