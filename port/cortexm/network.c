/* SPDX-License-Identifier: Apache-2.0 */
#include "port/cortexm/network.h"

#include <string.h>

#include "port/cortexm/board.h"
#include "engine/base/ip.h"
#include "engine/gateway/trace.h"
#include "port/contract/port.h"
#include "port/cortexm/clock.h"
#include "port/cortexm/console.h"
#include "port/cortexm/fault.h"
#include "port/cortexm/files.h"
#include "port/cortexm/halt.h"
#include "port/cortexm/registers.h"
#include "port/cortexm/signing.h"
#include "port/cortexm/sizes.h"
#include "port/cortexm/start.h"
#include "port/cortexm/storage.h"
#include "port/cortexm/watchdog.h"
#include "port/gateway/sntp.h"
#include "port/gateway/syslog.h"
#include "port/lwip/stack.h"
#include "port/mbedtls/arena.h"

#define SECOND_MS 1000u

#define SPARE_MAX_MS 10

static struct seal_app app;
static struct seal_sntp sntp;
static struct seal_syslog syslog;
static uint8_t syslog_memory[SEAL_SYSLOG_MEMORY];

static struct {
	struct seal_eth *eth;
	struct seal_random random;
	char hostname[SEAL_LABEL_MAX + 1];
	volatile bool running;
	volatile bool ticked;
	volatile bool more;         /* frames wait that no interrupt will announce */
	unsigned budget;            /* frames until the next tick, while signing   */
	int32_t spare_ms;           /* for frames, while signing                   */
	uint64_t shared_ms;
	bool yields;                /* to thread mode, which did not run in a tick */
	volatile uint32_t thread_turns;
	uint32_t thread_turns_seen;
	uint64_t thread_ms;         /* when thread mode was last seen to progress  */
	uint64_t second_ms;         /* when to look for changes next               */
	uint32_t stack_logged;
	size_t arena_logged;
	uint32_t lost_logged;       /* lines of the log                            */
	uint32_t address_logged;
	bool link_logged;
	bool medium_missing;        /* and that was logged                         */
	struct seal_assembly *assembly;
} network;

/* --- what port.h asks for ------------------------------------------------------------- */

uint64_t
seal_port_now_ms(void)
{
	return seal_clock_ms();
}

uint64_t
seal_port_now_s(void)
{
	return seal_sntp_now_s(&sntp);
}

void
seal_port_random(uint8_t *out, size_t len)
{
	if (seal_random_bytes(&network.random, out, len) != SEAL_OK)
		seal_port_panic("no random octets");
}

/* "SECONDS.MILLISECONDS line" */
void
seal_port_log(const char *line, size_t len)
{
	uint8_t text[28];
	struct seal_out mark = seal_out(text, sizeof text);
	const uint64_t now_ms = seal_clock_ms();

	seal_out_u64(&mark, now_ms / 1000u);
	seal_out_text(&mark, ".");
	seal_out_u64_padded(&mark, now_ms % 1000u, 3);
	seal_out_text(&mark, " ");
	seal_console_line(seal_out_span(&mark), seal_span((const uint8_t *)line, len));
	seal_syslog_put(&syslog, line, len);
}

void
seal_port_wake(void)
{
	seal_pend_network();
}

void
seal_port_panic(const char *what)
{
	seal_console_urgent("\r\nPANIC: ");
	seal_console_urgent(what);
	seal_console_urgent("\r\n");
	seal_halt(SEAL_HALT_PANIC);
}

/* --- reports -------------------------------------------------------------------------- */

static void
log_out(const struct seal_out *out)
{
	seal_port_log((const char *)out->ptr, out->len);
}

static void
log_text(const char *text)
{
	seal_port_log(text, strlen(text));
}

static void
network_put_number(struct seal_out *out, struct seal_span key, uint64_t value)
{
	seal_out_span_put(out, key);
	seal_out_u64(out, value);
}

/* noinline: its locals must not be on the stack while the engine runs. */
__attribute__((noinline))
static void
log_memory(void)
{
	const struct seal_arena_use arena = seal_arena_use();
	uint8_t text[128];
	struct seal_out out = seal_out(text, sizeof text);

	network_put_number(&out, SEAL_SPAN("memory stack="), network.stack_logged);
	network_put_number(&out, SEAL_SPAN(" stack-size="), seal_stack_size());
	network_put_number(&out, SEAL_SPAN(" arena="), arena.extent);
	network_put_number(&out, SEAL_SPAN(" arena-size="), arena.len);
	network_put_number(&out, SEAL_SPAN(" free="), seal_ram_free());
	network_put_number(&out, SEAL_SPAN(" lost-lines="), seal_console_lost());
	log_out(&out);
}

__attribute__((noinline))
static void
log_address(uint32_t address)
{
	uint8_t text[64];
	struct seal_out out = seal_out(text, sizeof text);
	const struct seal_ip ip = seal_ip_v4(address);

	seal_out_text(&out, "network address=");
	seal_ip_put(&out, &ip);
	log_out(&out);
}

/* Log what has changed since the last call. */
static void
report(void)
{
	const bool link = network.eth->ops->link(network.eth);
	const bool medium = seal_storage_ready();
	const uint32_t stack = seal_stack_used();
	const size_t arena = seal_arena_use().extent;
	const uint32_t lost = seal_console_lost();

	if (link != network.link_logged) {
		network.link_logged = link;
		log_text(link ? "network link=up" : "network link=down");
	}
	if (medium == network.medium_missing) {
		network.medium_missing = !medium;
		log_text(medium ? "storage medium=ready" : "storage medium=missing");
	}
	if (seal_net_address() != network.address_logged) {
		network.address_logged = seal_net_address();
		log_address(network.address_logged);
	}
	if (stack > network.stack_logged || arena > network.arena_logged || lost != network.lost_logged) {
		network.stack_logged = stack;
		network.arena_logged = arena;
		network.lost_logged = lost;
		log_memory();
	}
}

/* --- PendSV ---------------------------------------------------------------------------- */

void
seal_systick(void)
{
	network.ticked = true;
	seal_pend_network();
}

void
seal_interrupt(void)
{
	uint32_t exception;

	__asm__ volatile ("mrs %0, ipsr" : "=r" (exception));
	if (exception == 16u + seal_board.eth_irq) {
		network.eth->ops->quiet(network.eth);
		seal_entropy_stir();
		seal_pend_network();
	} else if (!seal_board.tick.systick && exception == 16u + seal_board.tick.irq) {
		*seal_register(seal_board.tick.clear_address) = seal_board.tick.clear_value;
		seal_systick();
	} else {
		seal_fault();
	}
}

/* Half of the time is for signing. Otherwise a client that sends without a pause, and whose frames
 * each take long, could take all of it. */
static void
share_time(uint64_t now_ms)
{
	network.spare_ms += (int32_t)((now_ms - network.shared_ms) / 2u);
	network.shared_ms = now_ms;
	if (network.spare_ms > SPARE_MAX_MS)
		network.spare_ms = SPARE_MAX_MS;
	if (network.spare_ms < -SPARE_MAX_MS)
		network.spare_ms = -SPARE_MAX_MS;
}

static unsigned
frames_allowed(void)
{
	if (!seal_signing_busy())
		return network.yields ? 0 : SEAL_NETWORK_FRAMES;
	if (network.spare_ms <= 0)
		return 0;
	return network.budget < SEAL_NETWORK_FRAMES ? network.budget : SEAL_NETWORK_FRAMES;
}

/* Frames beyond the budget stay in the controller, which raises no interrupt: thread mode, when
 * it is idle, or the next tick comes back to them. */
static void
receive(void)
{
	unsigned allowed = frames_allowed();

	network.more = false;
	for (;;) {
		struct seal_span frame = seal_span(NULL, 0);

		if (allowed > 0)
			frame = network.eth->ops->receive(network.eth);
		if (frame.len == 0)
			break;
		seal_net_input(frame.ptr, frame.len);
		allowed--;
		if (network.budget > 0)
			network.budget--;
	}
	if (allowed == 0 || !network.eth->ops->arm(network.eth))
		network.more = true;
}

/* The network context feeds it as long as thread mode progresses too. Thread mode gets a turn even
 * when frames or ticks always arrive before the last ones are processed. */
static void
watch(uint64_t now_ms)
{
	const uint32_t turns = network.thread_turns;

	network.yields = turns == network.thread_turns_seen && !seal_signing_busy();
	if (turns != network.thread_turns_seen) {
		network.thread_turns_seen = turns;
		network.thread_ms = now_ms;
	}
	if (now_ms - network.thread_ms < SEAL_NETWORK_JOB_MS)
		seal_watchdog_feed();
}

static void
on_tick(uint64_t now_ms)
{
	network.budget = SEAL_NETWORK_SIGNING_FRAMES;
	share_time(now_ms);
	seal_storage_poll(now_ms);
	watch(now_ms);
	if (now_ms >= network.second_ms) {
		network.second_ms = now_ms + SECOND_MS;
		report();
	}
}

static void
listen_when_settled(void)
{
	const struct seal_config_gateway *config = &network.assembly->config.gateway;

	(void)seal_assembly_listen(network.assembly, &app, config->listen.port,
	                           config->listen_tls.host.len != 0 ? config->listen_tls.port : 0);
}

void
seal_pendsv(void)
{
	uint64_t began_ms;

	if (!network.running)
		return;
	began_ms = seal_clock_ms();
	if (network.ticked) {
		network.ticked = false;
		on_tick(began_ms);
	}
	receive();
	(void)seal_net_timers();
	(void)seal_assembly_run(network.assembly);
	listen_when_settled();
	/* A deadline that has passed meanwhile, or a medium that is busy for less than a tick. A
	 * key is no reason to come back, because thread mode computes it. */
	if (seal_app_run(&app) < SEAL_BOARD_TICK_MS + 1u && !seal_signing_busy())
		network.more = true;
	(void)seal_sntp_run(&sntp);
	(void)seal_syslog_run(&syslog);
	if (seal_assembly_ask(network.assembly) == 0)
		network.more = true;
	if (seal_console_run())
		network.more = true;
	network.spare_ms -= (int32_t)(seal_clock_ms() - began_ms);
}

/* --- start ------------------------------------------------------------------------------ */

/* The first label of our name, for DHCP. */
static void
make_hostname(struct seal_span name)
{
	name = seal_span_first(name, seal_span_find(name, '.'));
	name = seal_span_first(name, sizeof network.hostname - 1u);
	memcpy(network.hostname, name.ptr, name.len);
}

static void
start_net(const struct seal_config_gateway *config)
{
	struct seal_net_setup setup = { .hostname = network.hostname, .send = seal_eth_send, .ctx = network.eth };

	seal_net_read_config(&setup, config);
	memcpy(setup.mac, network.eth->mac, sizeof setup.mac);
	seal_net_start(&setup);
}

static void
start_services(const struct seal_config_gateway *config)
{
	const struct seal_sntp_setup time = {
		.server = config->time_server, .port = SEAL_NTP_PORT, .ask = &network.assembly->ask,
	};
	const struct seal_syslog_setup log = {
		.hostname = config->hostname, .server = config->log_server.host, .port = config->log_server.port,
		.ask = &network.assembly->ask, .memory = syslog_memory, .memory_cap = sizeof syslog_memory,
	};

	seal_sntp_start(&sntp, &time);
	seal_syslog_start(&syslog, &log);
}

static void
start_app(struct seal_assembly *assembly)
{
	const struct seal_app_setup setup = seal_assembly_app(assembly);

	seal_assembly_start(assembly, &app, &setup);
}

/* PendSV below everything else. */
static void
start_interrupts(void)
{
	*seal_register(SCB_SHPR3) = 0x00ff0000u;
	if (seal_board.tick.systick) {
		*seal_register(SYST_CSR) = SYST_CSR_CLKSOURCE;
		*seal_register(SYST_RVR) = seal_board.cpu_hz / 1000u * SEAL_BOARD_TICK_MS - 1u;
		*seal_register(SYST_CVR) = 0;
		*seal_register(SYST_CSR) = SYST_CSR_CLKSOURCE | SYST_CSR_TICKINT | SYST_CSR_ENABLE;
	} else {
		seal_irq_forget(seal_board.tick.irq);
		seal_irq_enable(seal_board.tick.irq);
	}
	seal_irq_forget(seal_board.eth_irq);
	seal_irq_enable(seal_board.eth_irq);
}

bool
seal_network_start(struct seal_assembly *assembly, struct seal_entropy entropy, struct seal_out *why)
{
	const struct seal_config_gateway *config = &assembly->config.gateway;
	static const uint8_t label[] = { 'm', 'a', 'c', 0 };
	uint8_t mac[6];

	network.assembly = assembly;
	seal_net_make_mac(mac, seal_files_seed(), seal_span(label, sizeof label));
	make_hostname(config->hostname);
	if (seal_random_init(&network.random, entropy) != SEAL_OK) {
		seal_out_text(why, "no random octets");
		return false;
	}
	network.eth = seal_board.eth == NULL ? NULL : seal_board.eth(mac);
	if (network.eth == NULL || !network.eth->ops->start(network.eth)) {
		seal_out_text(why, "no Ethernet controller answers");
		return false;
	}
	seal_storage_key();
	start_net(config);
	start_services(config);
	start_app(assembly);
	seal_watchdog_start();
	network.running = true;
	start_interrupts();
	return true;
}

uint64_t
seal_network_now_s(void)
{
	const uint32_t before = seal_mask_interrupts();
	const uint64_t now_s = seal_port_now_s();

	seal_restore_interrupts(before);
	return now_s;
}

void
seal_network_thread_turn(void)
{
	network.thread_turns++;
}

bool
seal_network_waits(void)
{
	return network.more;
}
