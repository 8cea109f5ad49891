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

#include "port/contract/port.h"
#include "port/gateway/assemble.h"
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

#define SPOOL_MESSAGES 4u
#define SPOOL_BLOCK    4096u

/* How long the last replies may take to reach clients after all transactions have ended. */
#define FAREWELL_MS 3000u

/* Arena for each connection with TLS, and for our own certificate. */
#define TLS_ARENA ((size_t)64 << 10)

/* Rounds of PBKDF2 between two looks at the network: some tenths of a millisecond. */
#define LOGIN_ROUNDS 1000u

/* Rounds before signals are checked, because a client may send without a pause. */
#define ROUNDS_MAX 64u

/* Exit codes of mailseald, the same as mailseal's. */
enum {
	EXIT_DONE,
	EXIT_CUT_OFF,   /* transactions were cut off at the end */
	EXIT_USAGE,
	EXIT_CONFIG,
	EXIT_KEY,
	EXIT_IO
};

static struct gateway {
	struct seal_options options;
	struct seal_assembly assembly;
	struct seal_ethernet ethernet;
	bool has_ethernet, has_worker;
	struct seal_app app;
	union {
		struct seal_spool_file_slot *file;
		struct seal_spool_ram_slot *ram;
	} slots;
	void *spool_memory;
	size_t spool_len;
	union {
		struct seal_spool any;
		struct seal_spool_ram ram;
		struct seal_spool_file file;
	} spool;
	int signal_fd;
	unsigned num_stops;         /* SIGTERM, SIGINT or SIGHUP so far */
} gateway;

/* --- start -------------------------------------------------------------------------------- */

static enum seal_assemble_fault
fail_errno(const char *what, int error, struct seal_out *why)
{
	seal_load_printf(why, "%s: %s", what, strerror(error));
	return SEAL_ASSEMBLE_MACHINE;
}

/* Without a reload, SIGHUP must not end it faster than SIGTERM does; nohup(1) keeps it ignored. */
static void
add_hangup(sigset_t *set)
{
	struct sigaction inherited;

	if (sigaction(SIGHUP, NULL, &inherited) == 0 && inherited.sa_handler != SIG_IGN)
		sigaddset(set, SIGHUP);
}

/* Threads inherit the mask, so it is set before any is made. Exceeding a file size limit is an
 * error of write(2) instead of a signal, and keys stay out of core files. */
static bool
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
	add_hangup(&set);
	sigprocmask(SIG_BLOCK, &set, NULL);
	g->signal_fd = signalfd(-1, &set, SFD_NONBLOCK | SFD_CLOEXEC);
	if (g->signal_fd >= 0 && seal_host_init())
		return true;
	fprintf(stderr, "mailseald: signals: %s\n", strerror(errno));
	return false;
}

/* A next hop on this host keeps the name in its certificate. */
static void
apply_options(const struct seal_options *options, struct seal_config *c)
{
	struct seal_config_gateway *config = &c->gateway;

	if (options->listen.host.len > 0)
		config->listen = options->listen;
	if (options->listen_tls.host.len > 0 && config->listen_tls.host.len > 0)
		config->listen_tls = options->listen_tls;
	if (options->next_hop.host.len > 0)
		config->next_hop = options->next_hop;
	if (c->next_hop.name.len == 0)
		c->next_hop.name = config->next_hop.host;
	if (options->dns_server.host.len > 0)
		config->dns_server = options->dns_server;
	if (seal_span_equal_nocase(config->next_hop.host, SEAL_SPAN("localhost")))
		config->next_hop.host = SEAL_SPAN("127.0.0.1");
}

static enum seal_assemble_fault
start_spool_file(struct gateway *g, struct seal_out *why)
{
	int error = ENOMEM;

	g->slots.file = calloc(g->options.sessions, sizeof *g->slots.file);
	if (g->slots.file != NULL)
		error = seal_spool_file_init(&g->spool.file, g->options.spool, g->slots.file, g->options.sessions);
	return error == 0 ? SEAL_ASSEMBLE_FINE : fail_errno(g->options.spool, error, why);
}

static enum seal_assemble_fault
start_spool_ram(struct gateway *g, struct seal_out *why)
{
	const uint64_t message = g->assembly.config.gateway.max_size + SPOOL_BLOCK;
	const uint64_t content = SPOOL_MESSAGES * (message > 1u << 20 ? message : 1u << 20);
	const uint64_t len = content + content / SPOOL_BLOCK * 4u;
	void *memory;

	g->slots.ram = calloc(g->options.sessions, sizeof *g->slots.ram);
	if (g->slots.ram == NULL || len > SIZE_MAX)
		return fail_errno("spool", ENOMEM, why);
	memory = mmap(NULL, (size_t)len, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	if (memory == MAP_FAILED)
		return fail_errno("spool", errno, why);
	g->spool_memory = memory;
	g->spool_len = (size_t)len;
	(void)seal_spool_ram_init(&g->spool.ram, memory, g->spool_len, SPOOL_BLOCK, g->slots.ram,
	                          g->options.sessions);
	return SEAL_ASSEMBLE_FINE;
}

static bool
has_device_key(const struct seal_config *config)
{
	for (size_t i = 0; i < config->num_domains; i++)
		if (seal_config_key_is_on_device(&config->domains[i]))
			return true;
	return false;
}

static enum seal_assemble_fault
prepare(void *ctx, struct seal_assembly *a, struct seal_out *why)
{
	struct gateway *g = &gateway;
	int error;

	apply_options(ctx, &a->config);
	if (has_device_key(&a->config)) {
		seal_load_printf(why, "key = device: works on boards only; name a key file");
		return SEAL_ASSEMBLE_CONFIG;
	}
	a->spool = &g->spool.any;
	error = seal_signers_start(g->options.signers, (seal_assembly_num_tls(a) + 1u) * TLS_ARENA);
	if (error != 0)
		return fail_errno("signer threads", error, why);
	return g->options.spool == NULL ? start_spool_ram(g, why) : start_spool_file(g, why);
}

static void
warn_of_weak(void *ctx, struct seal_span name, const struct seal_key_private *key)
{
	uint8_t text[SEAL_LOAD_WHY];
	struct seal_out path = seal_out(text, sizeof text);

	if (!seal_key_is_weak(key))
		return;
	seal_load_put_name(ctx, SEAL_FILE_KEY, name, &path);
	fprintf(stderr, "mailseald: %.*s: warning: key has only %u bits; use 2048 (RFC 8301)\n", (int)path.len,
	        (const char *)path.ptr, (unsigned)key->bits);
}

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

static struct seal_tls_random
tls_random(void)
{
	return (struct seal_tls_random){ get_random, NULL };
}

static enum seal_assemble_fault
start_helper(void *ctx, struct seal_span command, struct seal_span *secret, struct seal_out *why)
{
	const char *wrong = seal_secret_start(command);

	(void)ctx;
	if (wrong == NULL) {
		(void)seal_secret_take(secret);
		return SEAL_ASSEMBLE_FINE;
	}
	seal_load_printf(why, "secret-helper: %.*s: %s", (int)command.len, (const char *)command.ptr, wrong);
	return SEAL_ASSEMBLE_KEY;
}

/* A fault of the network is reported to stderr, not in *why. */
static enum seal_assemble_fault
start_network(void *ctx, struct seal_assembly *a, struct seal_out *why)
{
	struct gateway *g = &gateway;
	struct seal_app_setup setup = seal_assembly_app(a);
	int error;

	g->has_ethernet = seal_ethernet_start(&g->ethernet, ctx, &a->config.gateway);
	if (!g->has_ethernet)
		return SEAL_ASSEMBLE_MACHINE;
	error = seal_worker_start();
	g->has_worker = error == 0;
	if (error != 0)
		return fail_errno("worker", error, why);
	setup.loopback = g->ethernet.loopback;
	seal_assembly_start(a, &g->app, &setup);
	return SEAL_ASSEMBLE_FINE;
}

static void
end(void *ctx)
{
	struct gateway *g = &gateway;

	(void)ctx;
	if (g->has_worker)
		seal_worker_stop();
	seal_signers_stop();
	if (g->has_ethernet)
		seal_ethernet_stop();
	if (g->spool_memory != NULL)
		(void)munmap(g->spool_memory, g->spool_len);
	free(g->slots.ram);
	seal_load_end();
}

static int
start(struct gateway *g)
{
	static const int codes[] = {
		[SEAL_ASSEMBLE_FINE] = EXIT_DONE, [SEAL_ASSEMBLE_TEXT] = EXIT_CONFIG,
		[SEAL_ASSEMBLE_CONFIG] = EXIT_CONFIG, [SEAL_ASSEMBLE_KEY] = EXIT_KEY,
		[SEAL_ASSEMBLE_MACHINE] = EXIT_IO,
	};
	static const struct seal_machine machine = {
		.ctx = &gateway.options,
		.find = seal_load_find, .close = seal_load_close, .put_name = seal_load_put_name,
		.memory = seal_load_memory, .allocate = calloc, .release = free,
		.prepare = prepare, .runner = seal_signers_runner, .random = tls_random, .now_s = seal_port_now_s,
		.server = seal_tls_server, .helper = start_helper, .network = start_network,
		.undo = seal_assemble_undo, .end = end, .opened = warn_of_weak,
		.login_rounds = LOGIN_ROUNDS,
	};
	uint8_t text[SEAL_LOAD_WHY];
	struct seal_out why = seal_out(text, sizeof text);
	enum seal_assemble_fault fault;

	if (!start_signals(g))
		return EXIT_IO;
	fault = seal_assemble(&g->assembly, &machine, &why);
	if (fault == SEAL_ASSEMBLE_FINE)
		return EXIT_DONE;
	if (why.len > 0)
		fprintf(stderr, "%s%.*s\n", fault == SEAL_ASSEMBLE_TEXT ? "" : "mailseald: ", (int)why.len,
		        (const char *)why.ptr);
	if (fault == SEAL_ASSEMBLE_TEXT)
		fprintf(stderr, "mailseald: to show all errors: mailseal check %s\n", g->options.config);
	return codes[fault];
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
			if (info.ssi_signo == SIGHUP)
				fputs("mailseald: SIGHUP: no reload exists; ending as on SIGTERM, restart the "
				      "gateway\n", stderr);
			g->num_stops++;
			seal_app_drain(&g->app);
		}
	}
}

static void
listen_when_settled(struct gateway *g)
{
	const struct seal_ethernet *e = &g->ethernet;

	if (g->num_stops > 0 || !seal_assembly_listen(&g->assembly, &g->app, e->port, e->port_tls))
		return;
	if (e->port_tls != 0)
		fprintf(stderr, "mailseald: listening for TLS on %s\n", e->listening_tls);
	fprintf(stderr, "mailseald: listening on %s\n", e->listening);
}

static uint32_t
least(uint32_t a, uint32_t b)
{
	return a < b ? a : b;
}

/* Work until nothing moves; returns after how many milliseconds to look again. */
static uint32_t
work_until_idle(struct gateway *g)
{
	uint32_t wait_ms;
	unsigned rounds = 0;

	do {
		wait_ms = least(g->ethernet.timers(), seal_assembly_run(&g->assembly));
		listen_when_settled(g);
		wait_ms = least(wait_ms, seal_app_run(&g->app));
		wait_ms = least(wait_ms, seal_assembly_ask(&g->assembly));
	} while (g->ethernet.deliver() && ++rounds < ROUNDS_MAX);
	return wait_ms;
}

static void
turn(struct gateway *g)
{
	static struct pollfd fds[FDS_MAX];
	uint32_t timeout_ms = work_until_idle(g);
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
	if (g->assembly.config.next_hop.secret_helper.len > 0)
		(void)seal_secret_take(&g->app.gateway.next_hop.needs.secret);
}

static int
run_gateway(struct gateway *g)
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
		fputs("mailseald: warning: the clock is before 2025; signatures carry no time\n", stderr);
	result = run_gateway(g);
	seal_worker_stop();
	seal_signers_stop();
	seal_app_report(&g->app);
	seal_ethernet_stop();
	return result;
}
