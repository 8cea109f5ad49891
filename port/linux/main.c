/* SPDX-License-Identifier: Apache-2.0
 *
 * main.c - mailseald: the gateway as a program on Linux.
 *
 * The main thread is the network context: lwIP, the engine and the log; it blocks only in
 * poll(2). Signatures are computed by other threads.
 */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/random.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "engine/base/ip.h"
#include "port/contract/port.h"
#include "port/gateway/app.h"
#include "port/gateway/observer.h"
#include "port/gateway/spool_ram.h"
#include "port/linux/ethernet.h"
#include "port/linux/host.h"
#include "port/linux/load.h"
#include "port/linux/options.h"
#include "port/linux/secret.h"
#include "port/linux/signers.h"
#include "port/linux/spool_file.h"
#include "port/linux/worker.h"

#define FDS_MAX 1024u

/* Of one session: all fields that h= may name, and a thousand recipients. */
#define WORK_LEN     65536u
#define ENVELOPE_LEN 131072u

#define SPOOL_MESSAGES 4u
#define SPOOL_BLOCK    4096u

/* How long last words may take to reach clients after all transactions have ended. */
#define FAREWELL_MS 3000u

/* Arena for each connection with TLS, and for our own certificate. */
#define TLS_ARENA ((size_t)64 << 10)

/* Rounds of PBKDF2 between two looks at the network: some tenths of a millisecond. */
#define LOGIN_ROUNDS 1000u

/* Pairs of an unknown From domain and a client that are remembered for the report. */
#define LEARNED 64u

/* A client that sends while the network does not rest: signals have their turn too. */
#define ROUNDS_MAX 64u

struct gateway {
	struct seal_options options;
	struct seal_loaded loaded;
	struct seal_ethernet ethernet;
	struct seal_app app;
	struct seal_session *sessions;
	uint8_t *session_memory;
	struct seal_tls *tls;
	size_t num_tls;
	struct seal_tls_peer next_hop_tls, client_tls;
	char next_hop_name[SEAL_DOMAIN_MAX + 1];
	struct seal_bucket *buckets;
	struct seal_key_use *key_uses;
	struct seal_keyring keyring;
	struct seal_ask ask;
	struct seal_observer observer;
	uint8_t observer_memory[SEAL_OBSERVER_MEMORY];
	bool observes;              /* some key has activation = dns */
	bool listening;
	struct seal_learn learn;
	struct seal_learn_entry learned[LEARNED];
	struct seal_spool_file_slot *file_slots;
	struct seal_spool_ram_slot *ram_slots;
	union {
		struct seal_spool any;
		struct seal_spool_ram ram;
		struct seal_spool_file file;
	} spool;
	int signal_fd;
	unsigned num_stops;         /* SIGTERM or SIGINT so far */
};

static struct gateway gateway;

/* --- start -------------------------------------------------------------------------------- */

static int
fail_errno(const char *what, int error)
{
	fprintf(stderr, "mailseald: %s: %s\n", what, strerror(error));
	return EXIT_IO;
}

static struct seal_span
without_localhost(struct seal_span host)
{
	return seal_span_equal_nocase(host, SEAL_SPAN("localhost")) ? SEAL_SPAN("127.0.0.1") : host;
}

/* An address is no name that a certificate could be for, nor a server_name (RFC 6066 3). */
static struct seal_span
without_address(struct seal_span host)
{
	struct seal_ip address;

	return seal_ip_read(host, &address) ? seal_span_first(host, 0) : host;
}

static void
apply_options(struct gateway *g)
{
	struct seal_config_gateway *config = &g->loaded.config.gateway;

	if (g->options.listen.host.len > 0)
		config->listen = g->options.listen;
	if (g->options.listen_tls.host.len > 0 && config->listen_tls.host.len > 0)
		config->listen_tls = g->options.listen_tls;
	if (g->options.next_hop.host.len > 0)
		config->next_hop = g->options.next_hop;
	if (g->loaded.config.next_hop.name.len == 0)
		g->loaded.config.next_hop.name = without_address(config->next_hop.host);
	if (g->options.dns_server.host.len > 0)
		config->dns_server = g->options.dns_server;
	config->next_hop.host = without_localhost(config->next_hop.host);
}

static int
start_spool_file(struct gateway *g)
{
	int error = ENOMEM;

	g->file_slots = calloc(g->options.sessions, sizeof *g->file_slots);
	if (g->file_slots != NULL)
		error = seal_spool_file_init(&g->spool.file, g->options.spool, g->file_slots, g->options.sessions);
	return error == 0 ? EXIT_DONE : fail_errno(g->options.spool, error);
}

static int
start_spool_ram(struct gateway *g)
{
	const uint64_t message = g->loaded.config.gateway.max_size + SPOOL_BLOCK;
	const uint64_t content = SPOOL_MESSAGES * (message > 1u << 20 ? message : 1u << 20);
	const uint64_t len = content + content / SPOOL_BLOCK * 4u;
	uint8_t *memory;

	g->ram_slots = calloc(g->options.sessions, sizeof *g->ram_slots);
	if (g->ram_slots == NULL || len > SIZE_MAX)
		return fail_errno("spool", ENOMEM);
	memory = mmap(NULL, (size_t)len, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE,
	              -1, 0);
	if (memory == MAP_FAILED)
		return fail_errno("spool", errno);
	(void)seal_spool_ram_init(&g->spool.ram, memory, (size_t)len, SPOOL_BLOCK, g->ram_slots,
	                          g->options.sessions);
	return EXIT_DONE;
}

static int
start_sessions(struct gateway *g)
{
	const size_t each = WORK_LEN + ENVELOPE_LEN + SEAL_ADDED_MAX;
	uint8_t *memory;

	g->session_memory = calloc(g->options.sessions, each);
	g->sessions = calloc(g->options.sessions, sizeof *g->sessions);
	g->buckets = calloc(g->loaded.config.num_clients + 1, sizeof *g->buckets);
	g->key_uses = calloc(g->loaded.config.num_domains + 1, sizeof *g->key_uses);
	if (g->session_memory == NULL || g->sessions == NULL || g->buckets == NULL || g->key_uses == NULL)
		return fail_errno("sessions", ENOMEM);
	memory = g->session_memory;
	for (unsigned i = 0; i < g->options.sessions; i++, memory += each) {
		g->sessions[i].memory = (struct seal_relay_memory){
			.work = memory, .work_cap = WORK_LEN,
			.envelope = memory + WORK_LEN, .envelope_cap = ENVELOPE_LEN,
			.added = memory + WORK_LEN + ENVELOPE_LEN, .added_cap = SEAL_ADDED_MAX,
		};
	}
	return EXIT_DONE;
}

/* Threads inherit the mask, so it is set before any is made. A file that may not grow is
 * an error of write(2), and keys stay out of core files. */
static int
start_signals(struct gateway *g)
{
	const struct rlimit no_core = { 0, 0 };
	sigset_t set;

	(void)signal(SIGPIPE, SIG_IGN);
	(void)signal(SIGXFSZ, SIG_IGN);
	(void)setrlimit(RLIMIT_CORE, &no_core);
	sigemptyset(&set);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGUSR1);
	sigprocmask(SIG_BLOCK, &set, NULL);
	g->signal_fd = signalfd(-1, &set, SFD_NONBLOCK | SFD_CLOEXEC);
	return g->signal_fd >= 0 && seal_host_init() ? EXIT_DONE : fail_errno("signals", errno);
}

static int
start_keys(struct gateway *g)
{
	const struct seal_config *config = &g->loaded.config;
	int error;

	if (config->next_hop.tls != SEAL_SMTPC_TLS_NONE)
		g->num_tls += g->options.sessions;
	if (config->gateway.certificate.len > 0)
		g->num_tls += g->options.sessions;
	error = seal_signers_start(g->options.signers, (g->num_tls + 1u) * TLS_ARENA);
	if (error != 0)
		return fail_errno("signer threads", error);
	return seal_load_keys(&g->loaded, seal_signers_runner());
}

/* --- activation = dns --------------------------------------------------------------------- */

static int
start_keyring(struct gateway *g)
{
	const struct seal_config *config = &g->loaded.config;
	struct seal_keyring_entry *entries;

	seal_learn_init(&g->learn, g->learned, LEARNED);
	g->observes = seal_observer_wanted(config);
	if (!g->observes)
		return EXIT_DONE;
	entries = calloc(config->num_domains, sizeof *entries);
	if (entries == NULL)
		return fail_errno("keyring", ENOMEM);
	seal_keyring_init(&g->keyring, config, entries, seal_port_now_ms());
	for (size_t i = 0; i < config->num_domains; i++) {
		uint8_t public_key[SEAL_RSA_PUBLIC_MAX];
		struct seal_out out = seal_out(public_key, sizeof public_key);

		if (!seal_config_is_watched(&config->domains[i]))
			continue;
		if (seal_rsa_key_public(&g->loaded.keys[i], &out) != SEAL_OK)
			return fail_errno("public key", ENOMEM);
		seal_keyring_set_key(&g->keyring, i, seal_out_span(&out));
	}
	return EXIT_DONE;
}

/* --- TLS and login ------------------------------------------------------------------------ */

static bool
get_random(void *ctx, uint8_t *out, size_t len)
{
	(void)ctx;
	while (len > 0) {
		const ssize_t n = getrandom(out, len, 0);

		if (n < 0)
			return false;
		out += n;
		len -= (size_t)n;
	}
	return true;
}

static const struct seal_tls_random tls_random = { get_random, NULL };

static int
fail_tls(const char *what, enum seal_tls_fault fault)
{
	fprintf(stderr, "mailseald: %s: %s\n", what, seal_tls_fault_text(fault));
	return fault == SEAL_TLS_NO_MEMORY ? EXIT_IO : EXIT_KEY;
}

/* Whom we expect at the next hop. */
static int
start_next_hop_tls(struct gateway *g)
{
	const struct seal_config *config = &g->loaded.config;
	const struct seal_span name = config->next_hop.name;
	const struct seal_tls_client_setup setup = {
		.name = g->next_hop_name,
		.authorities = g->loaded.authorities,
		.pins = g->loaded.pins,
		.random = tls_random,
		.now_s = seal_port_now_s,
	};
	enum seal_tls_fault fault;

	memcpy(g->next_hop_name, name.ptr, name.len);
	fault = seal_tls_client(&g->next_hop_tls, &setup);
	return fault == SEAL_TLS_FINE ? EXIT_DONE : fail_tls("next-hop", fault);
}

static int
start_client_tls(struct gateway *g)
{
	const struct seal_tls_server_setup setup = {
		.chain = g->loaded.certificate,
		.key = g->loaded.certificate_key,
		.random = tls_random,
		.now_s = seal_port_now_s,
	};
	const enum seal_tls_fault fault = seal_tls_server(&g->client_tls, &setup);

	return fault == SEAL_TLS_FINE ? EXIT_DONE : fail_tls("certificate", fault);
}

static int
start_tls(struct gateway *g)
{
	const struct seal_config *config = &g->loaded.config;
	int result = seal_load_tls(&g->loaded);

	if (result == EXIT_DONE && config->next_hop.tls != SEAL_SMTPC_TLS_NONE)
		result = start_next_hop_tls(g);
	if (result == EXIT_DONE && config->gateway.certificate.len > 0)
		result = start_client_tls(g);
	if (result == EXIT_DONE && config->next_hop.secret_helper.len > 0 &&
	    !seal_secret_start(config->next_hop.secret_helper))
		result = EXIT_KEY;
	if (result != EXIT_DONE || g->num_tls == 0)
		return result;
	g->tls = calloc(g->num_tls, sizeof *g->tls);
	if (g->tls == NULL)
		return fail_errno("TLS", ENOMEM);
	return EXIT_DONE;
}

static struct seal_smtpc_needs
needs(struct gateway *g)
{
	const struct seal_config_next_hop *hop = &g->loaded.config.next_hop;
	struct seal_smtpc_needs needs = {
		.tls = hop->tls,
		.auth = hop->auth,
		.clear_auth = hop->clear_auth,
		.user = hop->user,
		.secret = g->loaded.secret,
	};

	if (hop->secret_helper.len > 0)
		(void)seal_secret_take(&needs.secret);
	return needs;
}

static int
start_app(struct gateway *g)
{
	const struct seal_app_setup setup = {
		.config = &g->loaded.config,
		.ask = &g->ask,
		.spool = &g->spool.any,
		.buckets = g->buckets,
		.sessions = g->sessions,
		.num_sessions = g->options.sessions,
		.keys = seal_load_key_source(&g->loaded),
		.keyring = g->observes ? &g->keyring : NULL,
		.key_uses = g->key_uses,
		.learn = &g->learn,
		.needs = needs(g),
		.login_rounds = LOGIN_ROUNDS,
		.tls = g->tls,
		.num_tls = g->num_tls,
		.next_hop_tls = &g->next_hop_tls,
		.client_tls = &g->client_tls,
		.loopback = g->ethernet.loopback,
	};

	const int error = seal_worker_start();

	if (error != 0)
		return fail_errno("worker", error);
	seal_app_init(&g->app, &setup);
	seal_ask_init(&g->ask);
	seal_observer_start(&g->observer, &g->keyring, &g->ask, g->observer_memory, sizeof g->observer_memory);
	return EXIT_DONE;
}

static int
start(struct gateway *g)
{
	int result = start_signals(g);

	if (result == EXIT_DONE)
		result = seal_load_config(&g->loaded, g->options.config);
	if (result != EXIT_DONE)
		return result;
	apply_options(g);
	result = start_keys(g);
	if (result == EXIT_DONE)
		result = start_keyring(g);
	if (result == EXIT_DONE)
		result = start_tls(g);
	if (result == EXIT_DONE)
		result = g->options.spool == NULL ? start_spool_ram(g) : start_spool_file(g);
	if (result == EXIT_DONE)
		result = start_sessions(g);
	if (result == EXIT_DONE && !seal_ethernet_start(&g->ethernet, &g->options, &g->loaded.config.gateway))
		result = EXIT_IO;
	return result == EXIT_DONE ? start_app(g) : result;
}

/* --- running -------------------------------------------------------------------------------- */

static void
take_signals(struct gateway *g)
{
	struct signalfd_siginfo info;

	while (read(g->signal_fd, &info, sizeof info) == sizeof info) {
		if (info.ssi_signo == SIGUSR1) {
			seal_app_report(&g->app);
		} else {
			g->num_stops++;
			seal_app_drain(&g->app);
		}
	}
}

/* lwIP has all of its memory then. */
static void
listen_when_settled(struct gateway *g)
{
	const struct seal_ethernet *e = &g->ethernet;

	if (g->listening || g->num_stops > 0 || !seal_app_may_listen(&g->app))
		return;
	g->listening = true;
	if (!seal_app_listen(&g->app, e->port) || (e->port_tls != 0 && !seal_app_listen_tls(&g->app, e->port_tls)))
		seal_port_panic("no memory to listen");
	if (e->port_tls != 0)
		fprintf(stderr, "mailseald: listening for TLS on %s\n", e->listening_tls);
	fprintf(stderr, "mailseald: listening on %s\n", e->listening);
}

static uint32_t
least(uint32_t a, uint32_t b)
{
	return a < b ? a : b;
}

/* Work until nothing moves any more; answers for how many milliseconds that will be so. */
static uint32_t
work(struct gateway *g)
{
	uint32_t wait_ms;
	unsigned rounds = 0;

	do {
		wait_ms = g->ethernet.timers();
		if (g->observes)
			wait_ms = least(wait_ms, seal_observer_run(&g->observer));
		listen_when_settled(g);
		wait_ms = least(wait_ms, seal_app_run(&g->app));
		wait_ms = least(wait_ms, seal_ask_run(&g->ask));
	} while (g->ethernet.deliver() && ++rounds < ROUNDS_MAX);
	return wait_ms;
}

static void
turn(struct gateway *g)
{
	static struct pollfd fds[FDS_MAX];
	uint32_t timeout_ms = work(g);
	size_t num;

	fds[0] = (struct pollfd){ .fd = seal_host_wake_fd(), .events = POLLIN };
	fds[1] = (struct pollfd){ .fd = g->signal_fd, .events = POLLIN };
	num = g->ethernet.fill(fds + 2, FDS_MAX - 2u, &timeout_ms);
	if (poll(fds, num + 2u, (int)timeout_ms) < 0)
		return;
	if (fds[0].revents != 0)
		seal_host_woken();
	g->ethernet.ready(fds + 2, num);
	take_signals(g);
	if (g->loaded.config.next_hop.secret_helper.len > 0)
		(void)seal_secret_take(&g->app.gateway.needs.secret);
}

static int
run(struct gateway *g)
{
	uint64_t until_ms;

	while (g->num_stops == 0 || (g->num_stops == 1 && !seal_app_idle(&g->app)))
		turn(g);
	until_ms = seal_port_now_ms() + FAREWELL_MS;
	do
		turn(g);
	while (g->num_stops == 1 && seal_port_now_ms() < until_ms && !(seal_net_quiet() && g->ethernet.quiet()));
	return seal_app_idle(&g->app) && !g->app.cut_off ? EXIT_DONE : EXIT_CUT_OFF;
}

int
main(int argc, char **argv)
{
	struct gateway *g = &gateway;
	int result;

	switch (seal_options_parse(&g->options, argc, argv)) {
	case SEAL_OPTIONS_HELP:
		return EXIT_DONE;
	case SEAL_OPTIONS_WRONG:
		return EXIT_USAGE;
	case SEAL_OPTIONS_FINE:
		break;
	}
	result = start(g);
	if (result != EXIT_DONE)
		return result;
	if (!seal_host_clock_is_sane())
		fputs("mailseald: warning: the clock is wrong; signatures carry no time\n", stderr);
	result = run(g);
	seal_worker_stop();
	seal_signers_stop();
	seal_app_report(&g->app);
	seal_ethernet_stop();
	return result;
}
