/* SPDX-License-Identifier: Apache-2.0 */
#include "port/gateway/app.h"

#include <string.h>

#include "port/contract/port.h"

/* While a spool or key is pending, it is asked again at least this often; the end of a key's job
 * wakes us anyway. */
#define PENDING_MS 10u
#define IDLE_MS    1000u
#define REPORT_MS  3600000u
#define DAY_S      86400u

#define LOOPBACK 0x7f000001u

/* Transactions per second of uptime must not use up more than this many ids, so that ids of two
 * starts at different seconds differ. */
#define IDS_PER_SECOND_BITS 24u

static void
count_keys(struct seal_app *app, const struct seal_record *record)
{
	for (size_t i = 0; i < record->num_signers; i++) {
		struct seal_key_use *use = &app->setup.key_uses[record->signers[i] - app->setup.config->domains];

		use->count++;
		use->last_s = seal_port_now_s();
	}
}

static void
write_log(void *ctx, const struct seal_record *record)
{
	struct seal_app *app = ctx;
	struct seal_out line = seal_out(app->line, sizeof app->line);

	if (record->from_next_hop && record->reply.code == 250)
		count_keys(app, record);
	seal_log_record(&line, record,
	                app->setup.config->gateway.mask_addresses ? SEAL_LOG_MASKED : SEAL_LOG_FULL);
	seal_port_log((const char *)line.ptr, line.len);
}

/* Without a clock the start is random instead, with the top bit set, which no time has. */
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

static struct seal_tls *lend_tls(void *ctx);

void
seal_app_init(struct seal_app *app, const struct seal_app_setup *setup)
{
	const struct seal_config *config = setup->config;

	memset(app, 0, sizeof *app);
	app->setup = *setup;
	app->gateway = (struct seal_gateway){
		.config = config,
		.spool = setup->spool,
		.buckets = setup->buckets,
		.links = setup->links,
		.num_links = setup->num_sessions,
		.transactions = setup->transactions,
		.num_transactions = setup->num_sessions,
		.next_hop = { .hostname = config->gateway.hostname, .needs = setup->needs },
		.keys = setup->keys,
		.keyring = setup->keyring,
		.learn = setup->learn,
		.login_rounds = setup->login_rounds,
		.log = write_log,
		.log_ctx = app
	};
	app->uplinks = (struct seal_uplinks){
		.host = config->gateway.next_hop,
		.ask = setup->ask,
		.name.question.urgent = true,
		.loopback = setup->loopback,
		.tls = setup->needs.tls,
		.peer = setup->next_hop_tls,
		.lend = lend_tls,
		.ctx = app
	};
	app->next_id = first_id();
	app->report_ms = seal_port_now_ms() + REPORT_MS;
	for (size_t i = 0; i < setup->num_sessions; i++) {
		setup->sessions[i].used = false;
		setup->links[i].is_taken = false;
		setup->transactions[i].is_taken = false;
	}
}

/* --- clients -------------------------------------------------------------------------- */

/* The network sends the client the same text (seal_app_listen). */
static void
log_turned_away(struct seal_app *app, const struct seal_ip *peer)
{
	const struct seal_record record = {
		.client_address = *peer,
		.client = seal_policy_client(app->setup.config, peer),
		.reply = SEAL_REPLY(421, "4.3.2 Too many connections, try again later")
	};

	seal_record_count(&record, &app->gateway.stats);
	write_log(app, &record);
}

static struct seal_session *
free_session(struct seal_app *app)
{
	struct seal_session *s = app->setup.sessions;
	const struct seal_session *end = s + app->setup.num_sessions;

	while (s != end && s->used)
		s++;
	return s == end || app->draining ? NULL : s;
}

/* Found by its users, because its own state may belong to the worker now. */
static bool
is_lent(const struct seal_app *app, const struct seal_tls *tls)
{
	bool lent = false;

	for (size_t i = 0; i < app->setup.num_sessions; i++) {
		const struct seal_session *s = &app->setup.sessions[i];

		lent |= s->used && (s->down.tls == tls || seal_uplink_holds(&s->up, tls));
	}
	return lent;
}

static struct seal_tls *
free_tls(const struct seal_app *app)
{
	for (size_t i = 0; i < app->setup.num_tls; i++) {
		if (!is_lent(app, &app->setup.tls[i]))
			return &app->setup.tls[i];
	}
	return NULL;
}

static struct seal_net_conn *
accept_client(struct seal_app *app, const struct seal_ip *peer, bool is_private)
{
	struct seal_session *s = free_session(app);
	struct seal_tls *tls = is_private ? free_tls(app) : NULL;
	const struct seal_ip loopback = seal_ip_v4(LOOPBACK);
	const uint64_t now_ms = seal_port_now_ms();

	if (!seal_ip_is_none(&app->setup.loopback) && seal_ip_equal(peer, &app->setup.loopback))
		peer = &loopback;
	if (s == NULL || (is_private && tls == NULL)) {
		log_turned_away(app, peer);
		return NULL;
	}
	s->used = true;
	s->down_over = false;
	s->down_ended = false;
	s->down = (struct seal_stream){ .moved = false };
	s->up = (struct seal_uplink){ .state = SEAL_UPLINK_NONE };
	if (is_private)
		seal_stream_secure(&s->down, tls, app->setup.client_tls, now_ms);
	seal_relay_init(&s->relay, &app->gateway, peer, app->next_id++, is_private, now_ms);
	return &s->down.net;
}

static struct seal_net_conn *
accept_plain(void *ctx, const struct seal_ip *peer)
{
	return accept_client(ctx, peer, false);
}

static struct seal_net_conn *
accept_private(void *ctx, const struct seal_ip *peer)
{
	return accept_client(ctx, peer, true);
}

bool
seal_app_may_listen(const struct seal_app *app)
{
	return app->setup.keyring == NULL || seal_keyring_is_settled(app->setup.keyring);
}

bool
seal_app_listen(struct seal_app *app, uint16_t port)
{
	const struct seal_net_listener listener = { accept_plain, app, seal_smtpd_busy };

	return seal_net_listen(port, &listener);
}

bool
seal_app_listen_tls(struct seal_app *app, uint16_t port)
{
	const struct seal_net_listener listener = { accept_private, app, { NULL, 0 } };

	return seal_net_listen(port, &listener);
}

/* --- the client's connection ---------------------------------------------------------- */

/* Each of these returns whether anything moved. */

static void
down_lost(struct seal_session *s, uint64_t now_ms)
{
	seal_relay_down_lost(&s->relay, now_ms);
	seal_stream_abort(&s->down);
	s->down_over = true;
}

static bool
down_news(struct seal_session *s, uint64_t now_ms)
{
	bool moved = false;

	switch (seal_stream_run(&s->down, now_ms, &moved)) {
	case SEAL_STREAM_NONE:
		break;
	case SEAL_STREAM_SECURED:
		if (seal_relay_down_wants_tls(&s->relay))
			seal_relay_down_secured(&s->relay, now_ms);
		break;
	case SEAL_STREAM_INSECURE:
		if (s->down_over)
			break;
		seal_relay_down_insecure(&s->relay, seal_stream_why(&s->down), now_ms);
		seal_stream_close(&s->down, now_ms);
		s->down_over = true;
		break;
	}
	return moved;
}

static bool
down_in(struct seal_session *s, uint64_t now_ms, uint64_t now_s)
{
	const struct seal_span held = seal_stream_view(&s->down);
	size_t taken;

	if (s->down_over || s->down_ended)
		return false;
	if (held.len > 0) {
		taken = seal_relay_down_recv(&s->relay, held.ptr, held.len, now_ms, now_s);
		seal_stream_take(&s->down, taken);
		if (taken > 0 || !seal_stream_lost(&s->down))
			return taken > 0;
	}
	if (seal_stream_lost(&s->down)) {
		down_lost(s, now_ms);
		return true;
	}
	if (seal_stream_ended(&s->down)) {
		seal_relay_down_closed(&s->relay);
		s->down_ended = true;
		return true;
	}
	return false;
}

/* All replies were sent: TLS begins, or the connection ends. */
static bool
down_replies_sent(struct seal_app *app, struct seal_session *s, uint64_t now_ms)
{
	struct seal_tls *tls;

	if (seal_relay_down_closing(&s->relay)) {
		seal_stream_close(&s->down, now_ms);
		seal_relay_down_lost(&s->relay, now_ms);
		s->down_over = true;
		return true;
	}
	if (!seal_relay_down_wants_tls(&s->relay) || !seal_stream_is_free(&s->down))
		return false;
	tls = free_tls(app);
	if (tls != NULL)
		seal_stream_secure(&s->down, tls, app->setup.client_tls, now_ms);
	else
		down_lost(s, now_ms);
	return true;
}

static bool
down_out(struct seal_app *app, struct seal_session *s, uint64_t now_ms)
{
	struct seal_span view = seal_relay_down_view(&s->relay);
	size_t len;

	if (s->down_over)
		return false;
	len = seal_stream_send(&s->down, view.ptr, view.len);
	if (len > 0) {
		seal_relay_down_sent(&s->relay, len, now_ms);
		return true;
	}
	return view.len == 0 && down_replies_sent(app, s, now_ms);
}

/* A client that is gone after its FIN is noticed here: it is no longer read from. */
static bool
down_gone(struct seal_session *s, uint64_t now_ms)
{
	if (s->down_over || !s->down_ended || !seal_stream_lost(&s->down))
		return false;
	down_lost(s, now_ms);
	return true;
}

/* A client that has not finished a handshake from the first octet on cannot be sent 421, and has
 * nothing to lose. */
static void
down_drain(struct seal_session *s, uint64_t now_ms)
{
	seal_relay_drain(&s->relay);
	if (s->down_over || s->down.tls == NULL || s->down.secured)
		return;
	seal_relay_down_lost(&s->relay, now_ms);
	seal_stream_close(&s->down, now_ms);
	s->down_over = true;
}

/* --- TLS for the next hop --------------------------------------------------------------- */

/* If all TLS connections are in use, drop one that no transaction needs. */
static void
make_room(struct seal_app *app)
{
	for (size_t i = 0; i < app->setup.num_sessions; i++) {
		struct seal_session *s = &app->setup.sessions[i];

		if (!s->used || s->up.tls == NULL || !seal_relay_up_is_idle(&s->relay))
			continue;
		seal_uplink_drop(&s->up, seal_relay_link(&s->relay));
		return;
	}
}

static struct seal_tls *
lend_tls(void *ctx)
{
	struct seal_app *app = ctx;
	struct seal_tls *tls = free_tls(app);

	if (tls == NULL)
		make_room(app);
	return tls;
}

/* --- sessions --------------------------------------------------------------------------- */

/* Each round moves octets or a state, and both are bounded: windows, buffers, replies.
 *
 * The order is a rule. A reply that has been read reaches the relay before the client's loss does,
 * because the reply is the verdict: so the next hop comes before the client. News of TLS comes
 * before octets, because the relay must know whether they came privately. A client's loss is seen
 * after its octets were taken. Replies go last, so that all that was just decided is sent now. */
static void
session_run(struct seal_app *app, struct seal_session *s, uint64_t now_ms, uint64_t now_s)
{
	bool moved;

	if (app->draining)
		down_drain(s, now_ms);
	do {
		seal_relay_step(&s->relay, now_ms, now_s);
		moved = seal_uplink_run(&s->up, &app->uplinks, seal_relay_link(&s->relay), now_ms);
		moved |= down_news(s, now_ms);
		moved |= down_in(s, now_ms, now_s);
		moved |= down_gone(s, now_ms);
		moved |= down_out(app, s, now_ms);
	} while (moved);
	seal_stream_push(&s->up.stream);
	seal_stream_push(&s->down);
	if (!seal_relay_done(&s->relay))
		return;
	seal_stream_close(&s->up.stream, now_ms);
	seal_stream_close(&s->down, now_ms);
	s->used = !seal_stream_is_free(&s->up.stream) || !seal_stream_is_free(&s->down);
}

static bool
has_work(const struct seal_app *app, const struct seal_session *s)
{
	return seal_stream_has_moved(&s->down) || seal_uplink_has_work(&s->up, &app->uplinks) ||
	       seal_relay_pending(&s->relay) || seal_relay_working(&s->relay);
}

static uint64_t
session_deadline_ms(const struct seal_session *s)
{
	const uint64_t relay = seal_relay_deadline_ms(&s->relay);
	const uint64_t down = seal_stream_deadline_ms(&s->down);
	const uint64_t up = seal_stream_deadline_ms(&s->up.stream);
	const uint64_t streams = down < up ? down : up;

	return relay < streams ? relay : streams;
}

/* Milliseconds until the session must be looked at again. */
static uint64_t
session_wait(const struct seal_app *app, const struct seal_session *s, uint64_t now_ms)
{
	const uint64_t deadline = session_deadline_ms(s);
	uint64_t wait = deadline > now_ms ? deadline - now_ms : 0;

	if (has_work(app, s) && wait > PENDING_MS)
		wait = PENDING_MS;
	return seal_relay_working(&s->relay) ? 0 : wait;
}

/* The reset was sent; a job of its TLS ends before that. */
static bool
is_reset(struct seal_stream *s, uint64_t now_ms)
{
	bool moved = false;

	(void)seal_stream_run(s, now_ms, &moved);
	return s->net.pcb == NULL;
}

static void
cut(struct seal_session *s, uint64_t now_ms)
{
	seal_stream_abort(&s->down);
	seal_uplink_drop(&s->up, seal_relay_link(&s->relay));
	seal_relay_down_lost(&s->relay, now_ms);
	seal_relay_step(&s->relay, now_ms, seal_port_now_s());
}

/* Time is up: what still runs is cut off and logged, so that no peer takes it for delivered. Do not
 * reuse the memory of the sessions. */
static void
cut_off(struct seal_app *app, uint64_t now_ms)
{
	const bool is_first = !app->cut_off;
	const bool is_late = now_ms >= app->drain_until_ms + SEAL_STREAM_FAREWELL_MS;

	for (size_t i = 0; i < app->setup.num_sessions; i++) {
		struct seal_session *s = &app->setup.sessions[i];

		if (!s->used)
			continue;
		if (is_first)
			cut(s, now_ms);
		app->cut_off = true;
		s->used = !is_reset(&s->down, now_ms);
		s->used |= !is_reset(&s->up.stream, now_ms);
		s->used &= !is_late;
	}
}

/* --- the report ------------------------------------------------------------------------- */

static void
log_line(const struct seal_out *line)
{
	seal_port_log((const char *)line->ptr, line->len);
}

/* The section's key signs mail of its name now; *author: whether any key does. */
static bool
signs(const struct seal_app *app, const struct seal_config_domain *section, enum seal_policy_author *author)
{
	const struct seal_config_domain *signers[SEAL_SIGNATURES_MAX];
	uint8_t buf[SEAL_DOMAIN_MAX + 1];
	const struct seal_span name = seal_config_name(section->name, buf);
	size_t num = seal_policy_signers(app->setup.config, app->setup.keyring, name, signers, author);

	while (num > 0 && signers[num - 1] != section)
		num--;
	return num > 0;
}

static void
report_key(struct seal_app *app, size_t index)
{
	const struct seal_config_domain *d = &app->setup.config->domains[index];
	struct seal_out line = seal_out(app->line, sizeof app->line);
	enum seal_policy_author author;
	struct seal_log_key key = {
		.entry = seal_config_is_watched(d) ? &app->setup.keyring->entries[index] : NULL,
		.signs = signs(app, d, &author),
		.use = &app->setup.key_uses[index],
	};

	key.alarm = key.entry != NULL && (seal_keyring_is_wrong(key.entry) || author == SEAL_POLICY_UNPUBLISHED ||
	                                  author == SEAL_POLICY_PASS_UNPUBLISHED);
	seal_log_key(&line, d, &key);
	log_line(&line);
}

static void
report_keys(struct seal_app *app)
{
	const struct seal_config *config = app->setup.config;

	for (size_t i = 0; i < config->num_domains; i++) {
		if (config->domains[i].key.len > 0)
			report_key(app, i);
	}
}

static void
report_learned(struct seal_app *app)
{
	const struct seal_learn_entry *e = NULL;

	while (app->setup.learn != NULL && (e = seal_learn_next(app->setup.learn, e)) != NULL) {
		struct seal_out line = seal_out(app->line, sizeof app->line);

		seal_log_learned(&line, e);
		log_line(&line);
	}
}

void
seal_app_report(struct seal_app *app)
{
	struct seal_out line = seal_out(app->line, sizeof app->line);

	seal_out_text(&line, "stats");
	seal_log_stats(&line, &app->gateway.stats);
	log_line(&line);
	report_keys(app);
	report_learned(app);
}

static void
log_if_old(struct seal_app *app, const struct seal_config_domain *d)
{
	const uint64_t age_days = app->day - d->made_day;
	struct seal_out line = seal_out(app->line, sizeof app->line);
	enum seal_policy_author author;

	if (d->made_day == 0 || app->day <= d->made_day || age_days * DAY_S < d->rotate_after_s ||
	    !signs(app, d, &author))
		return;
	seal_log_old(&line, d, age_days);
	log_line(&line);
}

/* Once a day, if the date is known. */
static void
log_old_keys(struct seal_app *app, uint64_t now_s)
{
	if (now_s / DAY_S == app->day || now_s == 0)
		return;
	app->day = now_s / DAY_S;
	for (size_t i = 0; i < app->setup.config->num_domains; i++)
		log_if_old(app, &app->setup.config->domains[i]);
}

static void
log_periodically(struct seal_app *app, uint64_t now_ms, uint64_t now_s)
{
	log_old_keys(app, now_s);
	if (now_ms < app->report_ms)
		return;
	app->report_ms = now_ms + REPORT_MS;
	seal_app_report(app);
}

/* --- all of it -------------------------------------------------------------------------- */

uint32_t
seal_app_run(struct seal_app *app)
{
	const uint64_t now_ms = seal_port_now_ms();
	const uint64_t now_s = seal_port_now_s();
	uint64_t wait = IDLE_MS;

	log_periodically(app, now_ms, now_s);
	if (app->draining && now_ms >= app->drain_until_ms) {
		cut_off(app, now_ms);
		return PENDING_MS;
	}
	for (size_t i = 0; i < app->setup.num_sessions; i++) {
		struct seal_session *s = &app->setup.sessions[i];
		const bool late = s->used && now_ms >= session_deadline_ms(s);
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
		app->setup.sessions[i].down.net.moved = true;
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
