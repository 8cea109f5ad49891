/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/cut/world.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define TOO_LONG_MS (100u * 60u * 1000u)

#define HEADER  "From: a@example.com\r\nTo: b@dest.example\r\nSubject: x\r\nMessage-ID: <1@example.com>\r\n\r\n"
#define STUFFED "one\r\n..two\r\n\r\n"
#define PLAIN   "one\r\n.two\r\n\r\n"

const char world_message[] = HEADER PLAIN;

static const char *const USUAL_CLIENT[] = {
	"EHLO client\r\n", "MAIL FROM:<a@example.com>\r\n", "RCPT TO:<b@dest.example>\r\n",
	"RCPT TO:<c@dest.example>\r\n", "DATA\r\n", HEADER STUFFED ".\r\n", "QUIT\r\n", NULL
};

static const char *const PRIVATE_CLIENT[] = {
	"EHLO client\r\n", "STARTTLS\r\n", "EHLO client\r\n", "AUTH PLAIN AGFsaQBvcGVuc2VzYW1l\r\n",
	"MAIL FROM:<a@example.com>\r\n", "RCPT TO:<b@dest.example>\r\n", "DATA\r\n", HEADER STUFFED ".\r\n",
	"QUIT\r\n", NULL
};

static const char PRIVATE_CONFIG[] =
	"[gateway]\nhostname = gw.example.com\nnext-hop = 192.0.2.25:25\n"
	"certificate = c.pem\ncertificate-key = c.key\n"
	"[next-hop]\ntls = starttls\nname = hop.example\nauth = plain\nuser = us\nsecret = s.txt\n"
	"[domain example.com]\nselector = s1\nkey = s1.pem\n"
	"[client lan]\nnetwork = 192.0.2.0/24\nfrom = example.com\nadd = date, message-id\n"
	"tls = required\nauth = required\n"
	"login = ali:pbkdf2-sha256:1000:MDEyMzQ1Njc4OWFiY2RlZg==:G/KrtQBwUelKajvI4KfYvtMovTUai6EhRKHwhbEk0ps=\n";

static const char CONFIG[] =
	"[gateway]\nhostname = gw.example.com\nnext-hop = 192.0.2.25:25\n"
	"[domain example.com]\nselector = s1\nkey = s1.pem\n"
	"[client lan]\nnetwork = 192.0.2.0/24\nfrom = example.com\nadd = date, message-id\n";

enum hop_state { HOP_COMMANDS, HOP_DATA };

struct hop {
	enum hop_state state;
	bool open;
	bool is_private, logged_in;
	bool has_sender;             /* MAIL came, and no RSET or message after it    */
	size_t read, sent;           /* octets over the connection                    */
	struct cut reads, sends;
	char line[8192];
	size_t line_len;
	char out[4096];              /* replies in transit                            */
	size_t out_len;
	size_t verdict_at;           /* value of `sent` after its 250 to a message; NEVER: none */
	uint64_t silent_until_ms;
};

struct world {
	const struct plan *plan;
	struct result *result;
	struct seal_relay relay;
	struct seal_gateway gateway;
	struct seal_config config;
	struct seal_config_client clients[2];
	struct seal_config_domain domains[2];
	struct seal_bucket buckets[2];
	struct fake_key key;
	struct fake_spool spool;
	uint8_t work[1024], envelope[1024], added[SEAL_ADDED_MAX];
	struct seal_transaction transaction;
	struct seal_link link;
	uint64_t now_ms;
	struct hop hop;
	size_t step;                 /* of the client                                 */
	size_t step_sent;            /* octets of it                                  */
	unsigned replies_due;        /* to be read before the next step may be sent   */
	bool client_gone;
	char reply_line[1024];
	size_t reply_line_len;
	unsigned last_code;
	bool dot_sent, dot_due;
	unsigned codes_before_dot;
};

/* --- the gateway's surroundings ---------------------------------------------------- */

static struct seal_key *
find_key(void *ctx, const struct seal_config_domain *domain)
{
	struct world *w = ctx;

	(void)domain;
	return &w->key.key;
}

/* The client stays silent after the verdict: the record is about a connection, not a message. */
static bool
is_timeout(const struct seal_record *record)
{
	return seal_span_equal(record->reply.text, SEAL_SPAN("4.4.2 Timeout"));
}

static void
log_record(void *ctx, const struct seal_record *record)
{
	struct world *w = ctx;

	w->result->num_records++;
	w->result->num_verdicts += w->dot_sent && !is_timeout(record);
	w->result->num_alarms += record->alarm;
}

static void
set_up(struct world *w, const struct plan *plan, struct result *result)
{
	const struct seal_span text = seal_span_text(plan->is_private ? PRIVATE_CONFIG : CONFIG);
	const struct seal_transaction_memory memory = {
		w->work, sizeof w->work, w->envelope, sizeof w->envelope, w->added, sizeof w->added
	};
	const struct seal_ip client = seal_ip_v4(0xc0000207u);
	struct seal_config_error error;

	memset(w, 0, sizeof *w);
	memset(result, 0, sizeof *result);
	w->plan = plan;
	w->result = result;
	w->config.clients = w->clients;
	w->config.clients_cap = 2;
	w->config.domains = w->domains;
	w->config.domains_cap = 2;
	if (seal_config_parse(&w->config, text, &error) != SEAL_OK) {
		fprintf(stderr, "cut: configuration line %u: %s expected\n", error.line, error.expected);
		abort();
	}
	if (plan->patience_s > 0)
		w->clients[0].patience_s = plan->patience_s;
	fake_key_init(&w->key, 64);
	w->key.pending = plan->key_pending;
	w->key.fail_at = plan->key_fail_at;
	w->key.wrong_at = plan->key_wrong_at;
	fake_spool_init(&w->spool);
	w->spool.pending = plan->spool_pending;
	w->spool.fail_at = plan->spool_fail_at;
	w->spool.how = plan->spool_how;
	w->spool.flip = plan->spool_flip;
	w->spool.piece = plan->chunk;
	w->spool.no_room_each = plan->spool_no_room_each;
	if (plan->spool_room > 0)
		w->spool.room = plan->spool_room;
	w->gateway = (struct seal_gateway){
		.config = &w->config, .spool = &w->spool.spool, .buckets = w->buckets,
		.keys = { find_key, w }, .log = log_record, .log_ctx = w, .login_rounds = 300,
		.links = &w->link, .num_links = 1, .transactions = &w->transaction, .num_transactions = 1,
		.next_hop = { .hostname = w->config.gateway.hostname }
	};
	seal_transaction_init(&w->transaction, &memory);
	w->gateway.next_hop.needs.tls = w->config.next_hop.tls;
	w->gateway.next_hop.needs.auth = w->config.next_hop.auth;
	w->gateway.next_hop.needs.user = w->config.next_hop.user;
	w->gateway.next_hop.needs.secret = SEAL_SPAN("opensesame");
	w->now_ms = 1000;
	w->replies_due = 1; /* the greeting */
	seal_relay_init(&w->relay, &w->gateway, &client, 1, false, w->now_ms);
}

static uint64_t
clock_s(const struct world *w)
{
	return w->plan->clock_s == 0 ? 0 : w->plan->clock_s + w->now_ms / 1000u;
}

/* --- the next hop ---------------------------------------------------------------------- */

static void
hop_send(struct hop *h, const char *text)
{
	const size_t len = strlen(text);

	memcpy(h->out + h->out_len, text, len);
	h->out_len += len;
}

static bool
hop_verb_is(const struct world *w, const char *verb)
{
	const size_t len = strlen(verb);

	return w->hop.line_len >= len && memcmp(w->hop.line, verb, len) == 0;
}

static void
hop_reply_with(struct world *w, const char *verb, const char *usual)
{
	const char *const at = w->plan->hop_verb;

	hop_send(&w->hop, at != NULL && strcmp(at, verb) == 0 ? w->plan->hop_reply : usual);
}

static const char *
usual_ehlo(const struct world *w)
{
	if (w->plan->hop_ehlo != NULL)
		return w->plan->hop_ehlo;
	if (!w->plan->is_private)
		return "250-hop.example\r\n250-SIZE 100000\r\n250-8BITMIME\r\n250 DSN\r\n";
	return w->hop.is_private ? "250-hop.example\r\n250-SIZE 100000\r\n250 AUTH LOGIN PLAIN\r\n"
	                         : "250-hop.example\r\n250 STARTTLS\r\n";
}

static void
hop_command(struct world *w)
{
	struct hop *h = &w->hop;

	w->result->hop_leak |= w->plan->is_private && !h->is_private && !hop_verb_is(w, "EHLO") &&
	                       !hop_verb_is(w, "STARTTLS") && !hop_verb_is(w, "QUIT");
	w->result->hop_nested |= hop_verb_is(w, "MAIL") && h->has_sender;
	h->has_sender = hop_verb_is(w, "MAIL") || (h->has_sender && !hop_verb_is(w, "RSET"));
	if (hop_verb_is(w, "RCPT") && w->result->hop_connections > 1)
		h->silent_until_ms = w->now_ms + w->plan->hop_slow_rcpt_ms;
	if (hop_verb_is(w, "EHLO"))
		hop_reply_with(w, "EHLO", usual_ehlo(w));
	else if (hop_verb_is(w, "STARTTLS"))
		hop_reply_with(w, "STARTTLS", "220 2.0.0 Go ahead\r\n");
	else if (hop_verb_is(w, "AUTH PLAIN"))
		hop_reply_with(w, "AUTH", strstr(h->line, "AHVzAG9wZW5zZXNhbWU=") != NULL ? "235 2.7.0 Welcome\r\n"
		                                                                     : "535 5.7.8 No\r\n");
	else if (hop_verb_is(w, "MAIL"))
		hop_reply_with(w, "MAIL", "250 2.1.0 Sender ok\r\n");
	else if (hop_verb_is(w, "RCPT TO:<b"))
		hop_reply_with(w, "RCPT", "250 2.1.5 Recipient ok\r\n");
	else if (hop_verb_is(w, "DATA"))
		hop_reply_with(w, "DATA", "354 Go ahead\r\n");
	else if (hop_verb_is(w, "QUIT"))
		hop_reply_with(w, "QUIT", "221 2.0.0 Bye\r\n");
	else
		hop_reply_with(w, "other", "250 2.0.0 Ok\r\n");
	if (hop_verb_is(w, "DATA") && h->out_len >= 3 && strstr(h->out, "354") != NULL)
		h->state = HOP_DATA;
	h->line_len = 0;
}

/* Stuffed dots are removed by hand here on purpose: this end must not depend on the engine. */
static void
hop_take_message(struct world *w)
{
	struct hop *h = &w->hop;
	struct result *r = w->result;
	bool line_start = true;

	hop_reply_with(w, ".", "250 2.0.0 Queued as 1\r\n");
	h->has_sender = false;
	h->state = HOP_COMMANDS;
	h->silent_until_ms = w->now_ms + w->plan->hop_thinks_ms;
	if (strstr(h->out, "250 2.0.0 Queued") == NULL) {
		h->line_len = 0;
		return;
	}
	r->hop_messages++;
	h->verdict_at = h->sent + h->out_len;
	r->hop_message_len = 0;
	for (size_t i = 0; i + 3 < h->line_len; i++) {
		if (!(line_start && h->line[i] == '.'))
			r->hop_message[r->hop_message_len++] = h->line[i];
		line_start = h->line[i] == '\n';
	}
	h->line_len = 0;
}

static void
hop_octet(struct world *w, char c)
{
	struct hop *h = &w->hop;
	const bool whole_line = c == '\n' && h->line_len > 0 && h->line[h->line_len - 1] == '\r';

	if (h->line_len == sizeof h->line)
		abort();
	h->line[h->line_len++] = c;
	if (h->state == HOP_COMMANDS && whole_line)
		hop_command(w);
	else if (h->state == HOP_DATA && h->line_len >= 3 && memcmp(h->line + h->line_len - 3, ".\r\n", 3) == 0 &&
	         (h->line_len == 3 || h->line[h->line_len - 4] == '\n'))
		hop_take_message(w);
}

static void
hop_connect(struct world *w)
{
	static const struct cut NO_CUT = { NEVER, CUT_CLOSE };
	const bool first = w->result->hop_connections++ == 0;

	memset(&w->hop, 0, sizeof w->hop);
	w->hop.verdict_at = NEVER;
	w->hop.reads = first ? w->plan->hop_reads : NO_CUT;
	w->hop.sends = first ? w->plan->hop_sends : NO_CUT;
	if (!first && !w->plan->hop_returns) {
		seal_link_closed(&w->link);
		return;
	}
	w->hop.open = true;
	seal_link_connected(&w->link, (struct seal_secrecy){ false, false }, w->now_ms);
	hop_reply_with(w, "", "220 hop.example ESMTP\r\n");
}

static void
hop_secure(struct world *w)
{
	const struct seal_secrecy secrecy = { true, true };

	if (!w->hop.open)
		return;
	if (w->plan->hop_insecure != NULL) {
		w->hop.open = false;
		seal_link_insecure(&w->link, w->plan->hop_insecure);
		return;
	}
	w->hop.is_private = true;
	seal_link_secured(&w->link, secrecy, w->now_ms);
}

static void
hop_drop(struct world *w)
{
	w->hop.open = false;
	seal_link_closed(&w->link);
}

/* Apply the cut. Returns true if the connection still carries octets. */
static bool
hop_survives(struct world *w, struct cut cut, size_t carried)
{
	if (carried < cut.after)
		return true;
	if (cut.kind != CUT_STALL && w->hop.open)
		hop_drop(w);
	return false;
}

static bool
move_up(struct world *w)
{
	struct hop *h = &w->hop;
	struct seal_span view = seal_link_view(&w->link);
	bool moved = false;

	if (!h->open)
		return false;
	for (size_t i = 0; i < view.len && i < w->plan->chunk; i++) {
		if (!hop_survives(w, h->reads, h->read))
			return moved;
		hop_octet(w, (char)view.ptr[i]);
		h->read++;
		w->result->hop_read++;
		moved = true;
		if (i + 1 == view.len || i + 1 == w->plan->chunk)
			seal_link_sent(&w->link, i + 1, w->now_ms);
	}
	(void)hop_survives(w, h->reads, h->read);
	return moved;
}

static bool
move_up_back(struct world *w)
{
	struct hop *h = &w->hop;
	size_t n = h->out_len < w->plan->chunk ? h->out_len : w->plan->chunk;

	if (!h->open || w->now_ms < h->silent_until_ms || !hop_survives(w, h->sends, h->sent))
		return false;
	if (h->sends.after != NEVER && n > h->sends.after - h->sent)
		n = h->sends.after - h->sent;
	n = seal_link_recv(&w->link, (const uint8_t *)h->out, n, w->now_ms);
	h->sent += n;
	w->result->hop_sent += n;
	if (h->sent >= h->verdict_at) {
		w->result->hop_replies_read++;
		h->verdict_at = NEVER;
	}
	memmove(h->out, h->out + n, h->out_len - n);
	h->out_len -= n;
	h->out[h->out_len] = '\0';
	return n > 0;
}

/* --- the client -------------------------------------------------------------------------- */

static void
client_reply(struct world *w)
{
	struct result *r = w->result;
	const unsigned code = (unsigned)atoi(w->reply_line);

	if (w->reply_line[3] == '-')
		return;
	w->last_code = code;
	if (w->dot_sent && w->dot_due && r->num_codes == w->codes_before_dot) {
		r->dot_code = code;
		r->dot_replies_read = r->hop_replies_read;
		w->dot_due = false;
	}
	if (r->num_codes < 16)
		r->client_code[r->num_codes] = code;
	r->num_codes++;
	if (w->replies_due > 0)
		w->replies_due--;
}

static void
client_octet(struct world *w, char c)
{
	struct result *r = w->result;

	if (r->client_text_len < sizeof r->client_text - 1u)
		r->client_text[r->client_text_len++] = c;
	if (w->reply_line_len < sizeof w->reply_line - 1u)
		w->reply_line[w->reply_line_len++] = c;
	if (c == '\n') {
		w->reply_line[w->reply_line_len] = '\0';
		client_reply(w);
		w->reply_line_len = 0;
	}
}

static void
client_leave(struct world *w, enum cut_kind kind)
{
	if (kind == CUT_CLOSE)
		seal_relay_down_closed(&w->relay);
	else if (kind == CUT_RESET)
		seal_relay_down_lost(&w->relay, w->now_ms);
	w->client_gone = true;
}

static bool
move_down_back(struct world *w)
{
	const struct seal_span view = seal_relay_down_view(&w->relay);
	const struct cut cut = w->plan->client_reads;
	size_t n = view.len < w->plan->chunk ? view.len : w->plan->chunk;

	if (cut.after != NEVER && n > cut.after - w->result->client_read)
		n = cut.after - w->result->client_read;
	for (size_t i = 0; i < n; i++)
		client_octet(w, (char)view.ptr[i]);
	w->result->client_read += n;
	if (n > 0)
		seal_relay_down_sent(&w->relay, n, w->now_ms);
	if (cut.after == w->result->client_read && !w->client_gone && cut.kind == CUT_RESET)
		client_leave(w, cut.kind);
	return n > 0;
}

static bool
is_message(const struct world *w)
{
	return w->step > 0 && strncmp(w->plan->client[w->step - 1], "DATA", 4) == 0;
}

/* True if the client may send its next step now. The message waits for 354 even with pipelining. */
static bool
client_may_send(const struct world *w)
{
	const char *step = w->plan->client[w->step];

	if (step == NULL)
		return false;
	if (w->plan->pipelining && w->step > 1 && !is_message(w))
		return true;
	return w->replies_due == 0;
}

static bool
move_down(struct world *w)
{
	const char *step = w->plan->client[w->step];
	const struct cut cut = w->plan->client_sends;
	size_t n;

	if (w->client_gone)
		return false;
	if (w->result->client_sent == cut.after) {
		client_leave(w, cut.kind);
		return true;
	}
	if (step == NULL || (w->step_sent == 0 && !client_may_send(w)))
		return false;
	if (is_message(w) && w->step_sent == 0 && w->last_code != 354) {
		w->step++;
		return true;
	}
	n = strlen(step) - w->step_sent;
	n = n < w->plan->chunk ? n : w->plan->chunk;
	if (cut.after != NEVER && n > cut.after - w->result->client_sent)
		n = cut.after - w->result->client_sent;
	w->dot_sent |= is_message(w) && step[w->step_sent + n] == '\0';
	n = seal_relay_down_recv(&w->relay, (const uint8_t *)step + w->step_sent, n, w->now_ms, clock_s(w));
	w->result->client_sent += n;
	w->step_sent += n;
	if (step[w->step_sent] == '\0') {
		w->replies_due++;
		if (is_message(w)) {
			w->dot_due = true;
			w->codes_before_dot = w->result->num_codes + (w->replies_due - 1u);
		}
		w->step++;
		w->step_sent = 0;
	}
	return n > 0;
}

/* --- losses at a moment ------------------------------------------------------------------ */

static void
hop_leave(struct world *w, enum cut_kind kind)
{
	if (kind == CUT_STALL)
		w->hop.reads = w->hop.sends = (struct cut){ 0, CUT_STALL };
	else
		hop_drop(w);
}

/* Called between any two actions. Returns true if an end was lost. */
static bool
moment(struct world *w)
{
	const unsigned now = w->result->moments++;
	const bool client = now == w->plan->client_lost.at && !w->client_gone;
	const bool hop = now == w->plan->hop_lost.at && w->hop.open;

	if (client)
		client_leave(w, w->plan->client_lost.kind);
	if (hop)
		hop_leave(w, w->plan->hop_lost.kind);
	return client || hop;
}

/* --- time --------------------------------------------------------------------------------- */

static bool
serve_wishes(struct world *w)
{
	switch (seal_link_wanted(&w->link)) {
	case SEAL_UP_OPEN:
		hop_connect(w);
		return true;
	case SEAL_UP_SECURE:
		hop_secure(w);
		return true;
	case SEAL_UP_CLOSE:
	case SEAL_UP_ABORT:
		w->hop.open = false;
		return true;
	case SEAL_UP_NONE:
		break;
	}
	if (seal_relay_down_wants_tls(&w->relay) && seal_relay_down_view(&w->relay).len == 0) {
		seal_relay_down_secured(&w->relay, w->now_ms);
		return true;
	}
	if (seal_relay_down_closing(&w->relay) && seal_relay_down_view(&w->relay).len == 0 &&
	    !w->relay.down_gone) {
		w->client_gone = true;
		seal_relay_down_lost(&w->relay, w->now_ms);
		return true;
	}
	return false;
}

static bool
move_everything(struct world *w)
{
	const bool hop_was_open = w->hop.open;
	bool moved = serve_wishes(w);

	moved |= moment(w);
	seal_relay_step(&w->relay, w->now_ms, clock_s(w));
	moved |= moment(w);
	moved |= serve_wishes(w);
	moved |= moment(w);
	moved |= move_down(w);
	moved |= moment(w);
	moved |= move_up(w);
	moved |= moment(w);
	moved |= move_up_back(w);
	moved |= moment(w);
	moved |= move_down_back(w);
	return moved || hop_was_open != w->hop.open || seal_relay_pending(&w->relay) ||
	       seal_relay_working(&w->relay);
}

void
world_run(const struct plan *plan, struct result *result)
{
	static struct world w;

	set_up(&w, plan, result);
	while (!seal_relay_done(&w.relay) && w.now_ms < TOO_LONG_MS) {
		uint64_t deadline;

		if (move_everything(&w))
			continue;
		deadline = seal_relay_deadline_ms(&w.relay);
		if (w.hop.open && w.now_ms < w.hop.silent_until_ms)
			deadline = w.now_ms + 1u;
		if (deadline == UINT64_MAX)
			break;
		w.now_ms = deadline > w.now_ms ? deadline : w.now_ms + 1u;
		seal_relay_tick(&w.relay, w.now_ms);
	}
	result->finished = seal_relay_done(&w.relay);
	result->spool_open = w.spool.num_open;
	result->spool_ops = w.spool.num_ops;
	result->key_ops = w.key.num_runs;
	result->stats = w.gateway.stats;
}

void
plan_default(struct plan *plan)
{
	static const struct cut NO_CUT = { NEVER, CUT_CLOSE };
	static const struct loss NO_LOSS = { NO_MOMENT, CUT_CLOSE };

	*plan = (struct plan){
		.client = USUAL_CLIENT, .chunk = 4096, .hop_returns = true, .spool_how = SEAL_E_SPOOL,
		.clock_s = 1763773199,
		.client_sends = NO_CUT, .client_reads = NO_CUT, .hop_reads = NO_CUT, .hop_sends = NO_CUT,
		.client_lost = NO_LOSS, .hop_lost = NO_LOSS
	};
}

void
plan_private(struct plan *plan)
{
	plan_default(plan);
	plan->client = PRIVATE_CLIENT;
	plan->is_private = true;
}
