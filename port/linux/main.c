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
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "port/app.h"
#include "port/linux/ethernet.h"
#include "port/linux/host.h"
#include "port/linux/load.h"
#include "port/linux/options.h"
#include "port/linux/signers.h"
#include "port/linux/spool_file.h"
#include "port/port.h"
#include "port/spool_ram.h"

#define FDS_MAX 1024u

/* Of one session: all fields that h= may name, and a thousand recipients. */
#define WORK_LEN     65536u
#define ENVELOPE_LEN 131072u

#define SPOOL_MESSAGES 4u
#define SPOOL_BLOCK    4096u

/* How long last words may take to reach clients after all transactions have ended. */
#define FAREWELL_MS 3000u

/* A client that sends while the network does not rest: signals have their turn too. */
#define ROUNDS_MAX 64u

struct gateway {
	struct seal_options options;
	struct seal_loaded loaded;
	struct seal_ethernet ethernet;
	struct seal_app app;
	struct seal_session *sessions;
	uint8_t *session_memory;
	struct seal_bucket *buckets;
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

static void
apply_options(struct gateway *g)
{
	struct seal_config_gateway *config = &g->loaded.config.gateway;

	if (g->options.listen.host.len > 0)
		config->listen = g->options.listen;
	if (g->options.next_hop.host.len > 0)
		config->next_hop = g->options.next_hop;
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
	if (g->session_memory == NULL || g->sessions == NULL || g->buckets == NULL)
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
	const int error = seal_signers_start(g->options.signers);

	if (error != 0)
		return fail_errno("signer threads", error);
	return seal_load_keys(&g->loaded, seal_signers_runner());
}

static int
start_app(struct gateway *g)
{
	const struct seal_app_setup setup = {
		.config = &g->loaded.config,
		.spool = &g->spool.any,
		.buckets = g->buckets,
		.sessions = g->sessions,
		.num_sessions = g->options.sessions,
		.keys = seal_load_key_source(&g->loaded),
		.loopback = g->ethernet.loopback,
	};

	seal_app_init(&g->app, &setup);
	return seal_app_listen(&g->app, g->ethernet.port) ? EXIT_DONE : fail_errno("lwIP", ENOMEM);
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
			seal_app_log_stats(&g->app);
		} else {
			g->num_stops++;
			seal_app_drain(&g->app);
		}
	}
}

/* Work until nothing moves any more; answers for how many milliseconds that will be so. */
static uint32_t
work(struct gateway *g)
{
	uint32_t timers_ms, app_ms;
	unsigned rounds = 0;

	do {
		timers_ms = seal_net_timers();
		app_ms = seal_app_run(&g->app);
	} while (g->ethernet.deliver() && ++rounds < ROUNDS_MAX);
	return timers_ms < app_ms ? timers_ms : app_ms;
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
	fprintf(stderr, "mailseald: listening on %s\n", g->ethernet.listening);
	result = run(g);
	seal_signers_stop();
	seal_app_log_stats(&g->app);
	seal_ethernet_stop();
	return result;
}
