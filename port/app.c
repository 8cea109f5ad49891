/* SPDX-License-Identifier: Apache-2.0 */
#include "port/app.h"

#include <string.h>

#include "port/port.h"

/* A spool or key that is being waited for is asked again at least so often; a key's end
 * wakes us anyway. */
#define PENDING_MS 10u
#define IDLE_MS    1000u

#define LOOPBACK      0x7f000001u
#define LOOPBACK_NET  0x7f000000u
#define LOOPBACK_MASK 0xff000000u

/* Transactions of one second of uptime must not use up more than this many ids: then ids
 * of two boots at different seconds differ. */
#define IDS_PER_SECOND_BITS 24u

static void
write_log(void *ctx, const struct seal_record *record)
{
	struct seal_app *app = ctx;
	struct seal_out line = seal_out(app->line, sizeof app->line);

	seal_log_record(&line, record,
	                app->setup.config->gateway.mask_addresses ? SEAL_LOG_MASKED : SEAL_LOG_FULL);
	seal_port_log((const char *)line.ptr, line.len);
}

/* Without a clock the start is a secret instead, with the top bit set: a time never has. */
static uint64_t
first_id(void)
{
	uint64_t start = seal_port_now_s();

	if (start == 0) {
		seal_port_random((uint8_t *)&start, sizeof start);
		start |= UINT64_C(1) << 63;
		return start;
	}
	return start << IDS_PER_SECOND_BITS;
}

void
seal_app_init(struct seal_app *app, const struct seal_app_setup *setup)
{
	const struct seal_span host = setup->config->gateway.next_hop.host;
	const size_t len = host.len < sizeof app->next_hop ? host.len : sizeof app->next_hop - 1u;

	memset(app, 0, sizeof *app);
	app->setup = *setup;
	app->gateway.config = setup->config;
	app->gateway.spool = setup->spool;
	app->gateway.buckets = setup->buckets;
	app->gateway.keys = setup->keys;
	app->gateway.log = write_log;
	app->gateway.log_ctx = app;
	app->next_id = first_id();
	memcpy(app->next_hop, host.ptr, len);
	for (size_t i = 0; i < setup->num_sessions; i++)
		setup->sessions[i].used = false;
}

/* --- clients -------------------------------------------------------------------------- */

/* net.c tells the client the same. */
static void
log_turned_away(struct seal_app *app, uint32_t peer)
{
	const struct seal_record record = {
		.client_address = peer,
		.client = seal_policy_client(app->setup.config, peer),
		.reply = SEAL_REPLY(421, "4.3.2 Too many connections, try again later")
	};

	app->gateway.stats.deferred++;
	write_log(app, &record);
}

static struct seal_net_conn *
accept_client(void *ctx, uint32_t peer)
{
	struct seal_app *app = ctx;
	struct seal_session *s = app->setup.sessions;
	const struct seal_session *end = s + app->setup.num_sessions;

	if (app->setup.loopback != 0 && peer == app->setup.loopback)
		peer = LOOPBACK;
	while (s != end && s->used)
		s++;
	if (s == end || app->draining) {
		log_turned_away(app, peer);
		return NULL;
	}
	s->used = true;
	s->down_over = false;
	s->down_ended = false;
	s->up_state = SEAL_SESSION_UP_NONE;
	s->up = (struct seal_net_conn){ 0 };
	seal_relay_init(&s->relay, &app->gateway, &s->memory, peer, app->next_id++, seal_port_now_ms());
	return &s->down;
}

bool
seal_app_listen(struct seal_app *app, uint16_t port)
{
	return seal_net_listen(port, accept_client, app, seal_smtpd_busy);
}

/* --- the client's connection ---------------------------------------------------------- */

/* Each of these answers whether anything moved. */

static bool
down_in(struct seal_session *s, uint64_t now_ms, uint64_t now_s)
{
	const struct seal_span held = seal_net_view(&s->down);
	size_t taken;

	if (s->down_over || s->down_ended)
		return false;
	if (held.len > 0) {
		taken = seal_relay_down_recv(&s->relay, held.ptr, held.len, now_ms, now_s);
		seal_net_take(&s->down, taken);
		if (taken > 0 || !s->down.lost)
			return taken > 0;
	}
	if (s->down.lost) {
		seal_relay_down_lost(&s->relay);
		seal_net_abort(&s->down);
		s->down_over = true;
		return true;
	}
	if (s->down.ended) {
		seal_relay_down_closed(&s->relay);
		s->down_ended = true;
		return true;
	}
	return false;
}

static bool
down_out(struct seal_session *s, uint64_t now_ms)
{
	struct seal_span view = seal_relay_down_view(&s->relay);
	size_t len;

	if (s->down_over)
		return false;
	len = seal_net_send(&s->down, view.ptr, view.len);
	if (len > 0) {
		seal_relay_down_sent(&s->relay, len, now_ms);
		return true;
	}
	if (view.len > 0 || !seal_relay_down_closing(&s->relay))
		return false;
	seal_net_close(&s->down);
	seal_relay_down_lost(&s->relay);
	s->down_over = true;
	return true;
}

/* A client that is gone after its FIN is noticed here: nothing is read from it any more. */
static bool
down_gone(struct seal_session *s)
{
	if (s->down_over || !s->down_ended || !s->down.lost)
		return false;
	seal_relay_down_lost(&s->relay);
	s->down_over = true;
	return true;
}

/* --- the connection to the next hop --------------------------------------------------- */

static void
up_failed(struct seal_session *s)
{
	s->up_state = SEAL_SESSION_UP_NONE;
	seal_relay_up_closed(&s->relay);
}

static void
up_connect(struct seal_app *app, struct seal_session *s, uint32_t address)
{
	if (app->setup.loopback != 0 && (address & LOOPBACK_MASK) == LOOPBACK_NET)
		address = app->setup.loopback;
	if (address != 0 && seal_net_connect(&s->up, address, app->setup.config->gateway.next_hop.port))
		s->up_state = SEAL_SESSION_UP_CONNECTING;
	else
		up_failed(s);
}

static void
note_found(void *ctx, uint32_t address)
{
	struct seal_app *app = ctx;

	app->found = address;
	app->asking = false;
}

/* All sessions wait for one question. */
static void
up_open(struct seal_app *app, struct seal_session *s)
{
	uint32_t address = 0;

	s->up_state = SEAL_SESSION_UP_NAMING;
	if (app->asking)
		return;
	app->asking = true;     /* before asking: the answer may come within */
	switch (seal_net_resolve(app->next_hop, &address, note_found, app)) {
	case SEAL_NET_FOUND:
	case SEAL_NET_NOT_FOUND:
		note_found(app, address);
		break;
	case SEAL_NET_ASKING:
		break;
	}
}

static bool
up_wanted(struct seal_app *app, struct seal_session *s)
{
	switch (seal_relay_up_wanted(&s->relay)) {
	case SEAL_UP_NONE:
		return false;
	case SEAL_UP_OPEN:
		seal_net_abort(&s->up);
		up_open(app, s);
		return true;
	case SEAL_UP_CLOSE:
		if (s->up_state == SEAL_SESSION_UP_OPEN) {
			s->up_state = SEAL_SESSION_UP_CLOSING;
			return true;
		}
		break;
	case SEAL_UP_ABORT:
		break;
	}
	seal_net_abort(&s->up);
	s->up_state = SEAL_SESSION_UP_NONE;
	return true;
}

static bool
up_progress(struct seal_app *app, struct seal_session *s, uint64_t now_ms)
{
	if (s->up_state == SEAL_SESSION_UP_NAMING && !app->asking) {
		up_connect(app, s, app->found);
		return true;
	}
	if (s->up_state == SEAL_SESSION_UP_CONNECTING && s->up.connected) {
		s->up_state = SEAL_SESSION_UP_OPEN;
		seal_relay_up_connected(&s->relay, now_ms);
		return true;
	}
	return false;
}

/* What came before the end of the connection counts: it may be the reply to the dot. */
static bool
up_in(struct seal_session *s, uint64_t now_ms)
{
	const struct seal_span held = seal_net_view(&s->up);
	size_t taken;

	if (s->up_state == SEAL_SESSION_UP_NONE || s->up_state == SEAL_SESSION_UP_NAMING)
		return false;
	if (held.len > 0 && s->up_state == SEAL_SESSION_UP_OPEN) {
		taken = seal_relay_up_recv(&s->relay, held.ptr, held.len, now_ms);
		seal_net_take(&s->up, taken);
		if (taken > 0)
			return true;
	}
	if (!s->up.lost && (!s->up.ended || held.len > 0))
		return false;
	if (s->up.lost)
		seal_net_abort(&s->up);
	else
		seal_net_close(&s->up);
	if (s->up_state == SEAL_SESSION_UP_CLOSING)
		s->up_state = SEAL_SESSION_UP_NONE;     /* the relay has done with it */
	else
		up_failed(s);
	return true;
}

static bool
up_out(struct seal_session *s, uint64_t now_ms)
{
	struct seal_span view;
	size_t len;

	if (s->up_state != SEAL_SESSION_UP_OPEN && s->up_state != SEAL_SESSION_UP_CLOSING)
		return false;
	view = seal_relay_up_view(&s->relay);
	len = seal_net_send(&s->up, view.ptr, view.len);
	if (len > 0) {
		seal_relay_up_sent(&s->relay, len, now_ms);
		return true;
	}
	if (s->up_state == SEAL_SESSION_UP_CLOSING && view.len == 0) {
		seal_net_close(&s->up);
		s->up_state = SEAL_SESSION_UP_NONE;
		return true;
	}
	return false;
}

/* --- sessions --------------------------------------------------------------------------- */

/* Each round moves octets or a state, and both are bounded: windows, buffers, replies. */
static void
session_run(struct seal_app *app, struct seal_session *s, uint64_t now_ms, uint64_t now_s)
{
	bool moved;

	s->down.moved = false;
	s->up.moved = false;
	if (app->draining)
		seal_relay_drain(&s->relay);
	do {
		seal_relay_step(&s->relay, now_ms, now_s);
		moved = up_wanted(app, s);
		moved |= up_progress(app, s, now_ms);
		moved |= up_in(s, now_ms);
		moved |= up_out(s, now_ms);
		moved |= down_in(s, now_ms, now_s);
		moved |= down_gone(s);
		moved |= down_out(s, now_ms);
	} while (moved);
	seal_net_push(&s->up);
	seal_net_push(&s->down);
	if (!seal_relay_done(&s->relay))
		return;
	seal_net_close(&s->up);
	seal_net_close(&s->down);
	s->used = false;
}

static bool
has_work(const struct seal_app *app, const struct seal_session *s)
{
	return s->down.moved || s->up.moved || seal_relay_pending(&s->relay) ||
	       (s->up_state == SEAL_SESSION_UP_NAMING && !app->asking);
}

/* Milliseconds until the session must be looked at again. */
static uint64_t
session_wait(const struct seal_app *app, const struct seal_session *s, uint64_t now_ms)
{
	const uint64_t deadline = seal_relay_deadline_ms(&s->relay);
	uint64_t wait = deadline > now_ms ? deadline - now_ms : 0;

	if (has_work(app, s) && wait > PENDING_MS)
		wait = PENDING_MS;
	return wait;
}

/* Time is up: what still runs is cut off, in a way that nobody takes it for delivered, and
 * logged. The memory of the sessions is not to be used again. */
static void
cut_off(struct seal_app *app)
{
	for (size_t i = 0; i < app->setup.num_sessions; i++) {
		struct seal_session *s = &app->setup.sessions[i];

		if (!s->used)
			continue;
		seal_net_abort(&s->up);
		seal_net_abort(&s->down);
		seal_relay_up_closed(&s->relay);
		seal_relay_down_lost(&s->relay);
		seal_relay_step(&s->relay, seal_port_now_ms(), seal_port_now_s());
		s->used = false;
		app->cut_off = true;
	}
}

uint32_t
seal_app_run(struct seal_app *app)
{
	const uint64_t now_ms = seal_port_now_ms();
	const uint64_t now_s = seal_port_now_s();
	uint64_t wait = IDLE_MS;

	if (app->draining && now_ms >= app->drain_until_ms)
		cut_off(app);
	for (size_t i = 0; i < app->setup.num_sessions; i++) {
		struct seal_session *s = &app->setup.sessions[i];
		const bool late = s->used && now_ms >= seal_relay_deadline_ms(&s->relay);
		uint64_t session;

		if (!s->used)
			continue;
		if (late)
			seal_relay_tick(&s->relay, now_ms);
		if (late || has_work(app, s))
			session_run(app, s, now_ms, now_s);
		session = s->used ? session_wait(app, s, now_ms) : wait;
		if (session < wait)
			wait = session;
	}
	return (uint32_t)wait;
}

void
seal_app_drain(struct seal_app *app)
{
	if (app->draining)
		return;
	app->draining = true;
	app->drain_until_ms = seal_port_now_ms() + SEAL_APP_DRAIN_MS;
	for (size_t i = 0; i < app->setup.num_sessions; i++)
		app->setup.sessions[i].down.moved = true;
}

bool
seal_app_idle(const struct seal_app *app)
{
	for (size_t i = 0; i < app->setup.num_sessions; i++) {
		if (app->setup.sessions[i].used)
			return false;
	}
	return true;
}

void
seal_app_log_stats(struct seal_app *app)
{
	struct seal_out line = seal_out(app->line, sizeof app->line);

	seal_out_text(&line, "stats");
	seal_log_stats(&line, &app->gateway.stats);
	seal_port_log((const char *)line.ptr, line.len);
}
