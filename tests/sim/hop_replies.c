/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/sim/hop_replies.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/sim/client.h"
#include "tests/sim/envelope.h"
#include "tests/sim/world.h"

static uint64_t login_refused_ms;   /* when the gateway read a refusal; UINT64_MAX: never    */
static bool was_idle;               /* a connection is lost between envelope and content     */

void
hop_replies_clear(void)
{
	login_refused_ms = UINT64_MAX;
	was_idle = false;
}

/* --- losses ------------------------------------------------------------------------------------ */

static void
lose_hop(struct hop *h, unsigned how)
{
	h->is_gone = true;
	h->reply_ms = UINT64_MAX;
	if (how == LOSS_FIN)
		wire_fin(h->wire, true);
	if (how == LOSS_RST)
		wire_rst(h->wire);
	if (how == LOSS_STALL)
		wire_stall(h->wire);
}

void
hop_lose_at(struct hop *h, unsigned where)
{
	if (h->loss == LOSS_NEVER || h->lost_at != where || h->is_gone)
		return;
	world_trace("next hop %u is lost: %s at %s", h->number, dice_name(DIM_HOP_LOSS, h->loss),
	            dice_name(DIM_HOP_LOST_AT, h->lost_at));
	dice_note(DIM_HOP_LOSS, h->loss);
	dice_note(DIM_HOP_LOST_AT, h->lost_at);
	lose_hop(h, h->loss);
}

static enum trouble
trouble_of(enum dim dim)
{
	switch ((unsigned)dim) {
	case DIM_AT_STARTTLS:
	case DIM_AT_AUTH:
	case DIM_HANDSHAKE:
		return TROUBLE_SECURITY;
	case DIM_AT_MAIL:
	case DIM_AT_RCPT:
		return TROUBLE_ENVELOPE;
	case DIM_AT_DATA:
	case DIM_AT_CONTENT:
		return TROUBLE_DATA;
	case DIM_AT_DOT:
		return TROUBLE_DOT;
	case DIM_AT_RSET: /* abandoned letters cause it */
		return world.is_quiet ? TROUBLE_DOT : TROUBLE_LETTERS;
	default:
		return TROUBLE_OPENING;
	}
}

static unsigned
roll(enum dim dim)
{
	return world_draw(trouble_of(dim), dim);
}

enum wire_handshake
hop_handshake(struct hop *h)
{
	(void)h;
	return (enum wire_handshake)roll(DIM_HANDSHAKE);
}

void
hop_replies_begin(struct hop *h)
{
	h->offers = h->number == 0 ? world.setting.offers : world.setting.later_offers;
	h->wanted_ms = world.now_ms;
	h->connect = roll(DIM_CONNECT);
	h->connect_ms = h->connect == CONNECT_SILENCE ? UINT64_MAX : world.now_ms + dice_below(world.pace * 20u + 1u);
	h->reply_ms = UINT64_MAX;
	h->loss = world_roll(TROUBLE_HOP, DIM_HOP_LOSS);
	h->lost_at = dice_roll(DIM_HOP_LOST_AT);
	h->lost_octets = h->loss == LOSS_NEVER ? SIZE_MAX : 1 + dice_below(h->lost_at == HOP_LOST_ITS_OCTET ? 300
	       : 1500);
	h->lost_ms = h->loss != LOSS_NEVER &&
	       h->lost_at == HOP_LOST_TIME ? world.now_ms + dice_below(3000) : UINT64_MAX;
	if (h->loss == LOSS_NEVER)
		dice_note(DIM_HOP_LOSS, LOSS_NEVER);
}

/* --- replies ------------------------------------------------------------------------------------- */

/* An envelope that is sent again may take longer than the client's patience. */
static uint64_t
thinking_ms(const struct hop *h)
{
	const bool is_again = was_idle && (h->topic == TOPIC_MAIL || h->topic == TOPIC_RCPT);
	static const unsigned MS[] = { 0, 40, 8000, 30000 };
	const unsigned takes = dice_draw_up_to(DIM_HOP_TAKES, world_has(TROUBLE_SLOW) || is_again ? 3 : 1);

	return MS[takes] == 0 ? 0 : 1 + dice_below(MS[takes]);
}

static void
set_reply(struct hop *h, unsigned code, const char *text)
{
	h->reply_code = code;
	h->reply_len = (size_t)snprintf(h->reply, sizeof h->reply, "%s", text);
	h->reply_ms = world.now_ms + thinking_ms(h);
	h->reply_mark = 0;
	h->then = LOSS_NEVER;
}

static void
set_bad(struct hop *h, unsigned how)
{
	static const struct {
		unsigned code;
		const char *text;
		unsigned then;
	} ROWS[] = {
		[REPLY_4YZ] = { 450, "450-4.2.0 not\r\n450 4.2.0 now\r\n", LOSS_NEVER },
		[REPLY_5YZ] = { 554, "554 5.7.1 never\r\n", LOSS_NEVER },
		[REPLY_421] = { 421, "421 4.3.2 closing\r\n", LOSS_FIN },
		[REPLY_GARBAGE] = { 0, "what is this\r\n", LOSS_NEVER },
		[REPLY_SILENCE] = { 0, "", LOSS_NEVER },
		[REPLY_FIN] = { 0, "", LOSS_FIN },
		[REPLY_RST] = { 0, "", LOSS_RST },
		[REPLY_HALF] = { 0, "250 2.0", LOSS_FIN },
	};

	set_reply(h, ROWS[how].code, ROWS[how].text);
	h->then = ROWS[how].then;
}

/* Set the reply that `dim` makes of the `good` one. */
static void
reply(struct hop *h, enum hop_topic topic, enum dim dim, const char *good)
{
	const unsigned code = (unsigned)strtoul(good, NULL, 10);
	const unsigned how = dim == NUM_DIMS ? REPLY_GOOD : roll(dim);
	char several[300];

	h->topic = topic;
	if (how == REPLY_MULTI) {
		(void)snprintf(several, sizeof several, "%u-first line\r\n%s", code, good);
		set_reply(h, code, several);
	} else if (how == REPLY_GOOD || how == REPLY_GOOD_FIN || how == REPLY_GOOD_RST) {
		set_reply(h, code, good);
		h->then = how == REPLY_GOOD_FIN ? LOSS_FIN : how == REPLY_GOOD_RST ? LOSS_RST : LOSS_NEVER;
	} else {
		set_bad(h, how);
	}
}

void
hop_reply_greeting(struct hop *h)
{
	reply(h, TOPIC_GREETING, DIM_AT_GREETING, "220 hop.example ESMTP\r\n");
}

static void
reply_to_hello(struct hop *h)
{
	char text[300];
	size_t len = (size_t)snprintf(text, sizeof text, "250-hop.example\r\n");

	if (world.setting.hop_size > 0)
		len += (size_t)snprintf(text + len, sizeof text - len, "250-SIZE %llu\r\n",
		                        (unsigned long long)world.setting.hop_size);
	len += (size_t)snprintf(text + len, sizeof text - len, "%s%s%s",
	                        (h->offers & OFFER_8BITMIME) != 0 ? "250-8BITMIME\r\n" : "",
	                        (h->offers & OFFER_SMTPUTF8) != 0 ? "250-SMTPUTF8\r\n" : "",
	                        (h->offers & OFFER_DSN) != 0 ? "250-DSN\r\n" : "");
	if (world.setting.hop_tls == SEAL_SMTPC_TLS_STARTTLS && !h->is_private)
		(void)snprintf(text + len, sizeof text - len, "250 STARTTLS\r\n");
	else
		(void)snprintf(text + len, sizeof text - len, "250 AUTH PLAIN LOGIN XOAUTH2\r\n");
	reply(h, TOPIC_EHLO, DIM_AT_EHLO, text);
}

static void
reply_to_auth(struct hop *h, const char *line)
{
	static const char *const LINES[][3] = {
		[SEAL_SMTPC_AUTH_PLAIN] = { "AUTH PLAIN AHVzAG9wZW5zZXNhbWU=\r\n" },
		[SEAL_SMTPC_AUTH_LOGIN] = { "AUTH LOGIN\r\n", "dXM=\r\n", "b3BlbnNlc2FtZQ==\r\n" },
		[SEAL_SMTPC_AUTH_XOAUTH2] = { "AUTH XOAUTH2 dXNlcj11cwFhdXRoPUJlYXJlciBvcGVuc2VzYW1lAQE=\r\n" }
	};
	const bool is_login = world.setting.hop_auth == SEAL_SMTPC_AUTH_LOGIN;

	EXPECT(strcmp(line, LINES[world.setting.hop_auth][h->auth_stage]) == 0, "next hop %u: unexpected login: %s",
	       h->number, line);
	h->topic = TOPIC_AUTH;
	if (is_login && h->auth_stage < 2) {
		set_reply(h, 334, h->auth_stage == 0 ? "334 VXNlcm5hbWU6\r\n" : "334 UGFzc3dvcmQ6\r\n");
		h->auth_stage++;
		return;
	}
	h->auth_stage = 0;
	reply(h, TOPIC_AUTH, DIM_AT_AUTH, "235 2.7.0 welcome\r\n");
}

static void
reply_to_data(struct hop *h)
{
	h->visit = hop_begin_visit(h);
	envelope_data(h);
	reply(h, TOPIC_DATA, DIM_AT_DATA, "354 go ahead\r\n");
}

void
hop_reply_to(struct hop *h, const char *line)
{
	if (h->auth_stage > 0 || strncmp(line, "AUTH ", 5) == 0) {
		reply_to_auth(h, line);
	} else if (strncmp(line, "EHLO gw.example\r\n", 17) == 0) {
		reply_to_hello(h);
	} else if (strncmp(line, "HELO gw.example\r\n", 17) == 0) {
		h->offers = 0;
		h->is_old = true;
		reply(h, TOPIC_EHLO, NUM_DIMS, "250 hop.example\r\n");
	} else if (strcmp(line, "STARTTLS\r\n") == 0) {
		reply(h, TOPIC_STARTTLS, DIM_AT_STARTTLS, "220 2.0.0 go ahead\r\n");
		h->starts_tls = h->reply_code == 220;
	} else if (strncmp(line, "MAIL FROM:<", 11) == 0) {
		envelope_mail(h, line);
		reply(h, TOPIC_MAIL, DIM_AT_MAIL, "250 2.1.0 sender ok\r\n");
	} else if (strncmp(line, "RCPT TO:<", 9) == 0) {
		envelope_rcpt(h, line);
		reply(h, TOPIC_RCPT, DIM_AT_RCPT, "250 2.1.5 recipient ok\r\n");
		envelope_rcpt_reply(h, line, h->reply_code);
	} else if (strcmp(line, "DATA\r\n") == 0) {
		reply_to_data(h);
	} else if (strcmp(line, "RSET\r\n") == 0) {
		h->letter = NULL;
		reply(h, TOPIC_RSET, DIM_AT_RSET, "250 2.0.0 flushed\r\n");
	} else if (strcmp(line, "QUIT\r\n") == 0) {
		reply(h, TOPIC_QUIT, NUM_DIMS, "221 2.0.0 bye\r\n");
	} else {
		world_broken("next hop %u: does not know %s", h->number, line);
	}
}

void
hop_reply_verdict(struct hop *h)
{
	if (h->visit->sent_code == 0)
		reply(h, TOPIC_DOT, DIM_AT_DOT, "250 2.0.0 queued\r\n");
}

/* Sometimes a reply is sent in the middle of the content. */
void
hop_reply_in_content(struct hop *h)
{
	static const char *const TEXTS[] = {
		[CONTENT_5YZ] = "554 5.7.1 enough\r\n", [CONTENT_421] = "421 4.3.2 closing\r\n",
		       [CONTENT_2YZ] = "250 early\r\n"
	};
	unsigned how;

	if (h->visit->arrived_len != 100)
		return;
	how = roll(DIM_AT_CONTENT);
	if (how == CONTENT_NOTHING)
		return;
	h->topic = TOPIC_CONTENT;
	set_reply(h, (unsigned)strtoul(TEXTS[how], NULL, 10), TEXTS[how]);
	h->reply_ms = world.now_ms;
	h->visit->is_early = true;
}

/* --- replies that the gateway has read ------------------------------------------------------------------ */

void
hop_reply_was_read(struct hop *h)
{
	struct visit *v = h->visit;

	if (h->topic == TOPIC_RCPT && h->loss != LOSS_NEVER && h->lost_at == HOP_LOST_IDLE &&
	    h->lost_ms == UINT64_MAX) {
		h->lost_ms = world.now_ms + dice_below(40);
		was_idle = true;
	}
	if (h->topic == TOPIC_AUTH && h->reply_code >= 400)
		login_refused_ms = world.now_ms;
	if (h->topic != TOPIC_DOT && h->topic != TOPIC_CONTENT && (h->topic != TOPIC_DATA || h->reply_code == 354))
		return;
	if (h->reply_code == 0 || (h->topic == TOPIC_CONTENT && h->reply_code < 400 && !visit_all_given(v)))
		return; /* nonsense, not a verdict; after the whole content it would look like one */
	world_trace("the gateway has read %u of next hop %u to %s", h->reply_code, h->number,
	            v->letter != NULL ? v->letter->id : "?");
	v->read_code = h->reply_code;
	v->read_ms = world.now_ms;
	v->is_open = false;
}

/* --- commands that the gateway is sending ------------------------------------------------------------- */

static void
judge_given(const struct hop *h)
{
	const bool may_be_clear = strncmp(h->given, "EHLO ", 5) == 0 || strncmp(h->given, "STARTTLS", 8) == 0 ||
	                          strncmp(h->given, "QUIT", 4) == 0 || world.setting.hop_tls == SEAL_SMTPC_TLS_NONE;

	/* looking up a name, or waiting for TLS, begins before the connection */
	const bool is_sure = world.setting.hop_name <= NAME_AT_ONCE && world.setting.hop_tls == SEAL_SMTPC_TLS_NONE;

	EXPECT(h->wire->tls != NULL || may_be_clear, "next hop %u: sent in the clear: %s", h->number, h->given);
	EXPECT(strncmp(h->given, "MAIL", 4) != 0 || world.setting.hop_auth == 0 || h->is_in,
	       "next hop %u: MAIL without the login", h->number);
	if (strncmp(h->given, "DATA", 4) == 0 && h->letter != NULL)
		h->letter->was_given_data = true;
	if (strncmp(h->given, "AUTH ", 5) == 0)
		EXPECT(!is_sure || login_refused_ms == UINT64_MAX || h->wanted_ms <= login_refused_ms ||
		       h->wanted_ms >= login_refused_ms + SEAL_LOGIN_AGAIN_MS,
		       "next hop %u: another login %llu ms after a refusal", h->number,
		       (unsigned long long)(world.now_ms - login_refused_ms));
}

void
hop_command_given(struct hop *h, uint8_t octet)
{
	if (h->given_len < sizeof h->given - 1u)
		h->given[h->given_len++] = (char)octet;
	if (octet != '\n')
		return;
	h->given[h->given_len] = '\0';
	judge_given(h);
	h->given_len = 0;
}

/* --- acting --------------------------------------------------------------------------------------------- */

static void
connect_now(struct hop *h)
{
	h->connect_ms = UINT64_MAX;
	if (h->connect == CONNECT_YES) {
		wire_connected(h->wire);
		return;
	}
	world_trace("next hop %u refuses the connection", h->number);
	h->is_gone = true;
	wire_rst(h->wire);
	h->wire->connecting = false;
}

static void
note_sent(struct hop *h)
{
	struct visit *v = h->visit;

	if (h->topic == TOPIC_DATA && h->reply_code == 354)
		v->is_open = h->is_content = true;
	if (h->topic == TOPIC_DOT || h->topic == TOPIC_CONTENT || (h->topic == TOPIC_DATA && h->reply_code >= 400))
		v->sent_code = h->reply_code;
	if (h->topic == TOPIC_MAIL)
		h->has_sender = h->reply_code == 250;
	if (h->topic == TOPIC_RSET || h->topic == TOPIC_DOT || h->topic == TOPIC_EHLO ||
	    h->topic == TOPIC_CONTENT)
		h->has_sender = false;
	h->is_in |= h->topic == TOPIC_AUTH && h->reply_code == 235;
	h->reply_mark = h->reply_len > 0 ? h->wire->plain_sent : 0;
}

static void
send_now(struct hop *h)
{
	const bool is_verdict = h->topic == TOPIC_DOT && h->visit->letter != NULL;
	const bool is_cut = h->lost_at == HOP_LOST_ITS_OCTET && h->wire->plain_sent + h->reply_len > h->lost_octets;
	const size_t len = is_cut ? h->lost_octets - h->wire->plain_sent : h->reply_len;
	size_t at = 0;

	world_trace("next hop %u: %.*s", h->number, (int)len > 2 ? (int)len - 2 : 0, h->reply);
	h->reply_ms = UINT64_MAX;
	while (at < len)
		at += wire_send(h->wire, h->reply + at, len - at);
	if (is_cut) {
		hop_lose_at(h, HOP_LOST_ITS_OCTET);
		return;
	}
	note_sent(h);
	if (is_verdict && dice_one_in(2) && wire_can_move_to_gateway(h->wire))
		wire_to_gateway(h->wire, len);
	if (is_verdict)
		client_reply_comes(h->visit->letter);
	if (h->starts_tls) {
		h->starts_tls = false;
		wire_secure(h->wire, false, hop_handshake(h));
	}
	if (h->then != LOSS_NEVER)
		lose_hop(h, h->then);
	if (is_verdict)
		hop_lose_at(h, HOP_LOST_REPLY);
}

bool
hop_can_act(const struct hop *h)
{
	if (h->is_gone || h->is_over)
		return false;
	if (h->wire->connecting)
		return world.now_ms >= h->connect_ms;
	return world.now_ms >= h->lost_ms || (world.now_ms >= h->reply_ms && wire_has_room(h->wire));
}

void
hop_act(struct hop *h)
{
	if (h->wire->connecting)
		connect_now(h);
	else if (world.now_ms >= h->lost_ms)
		hop_lose_at(h, h->lost_at);
	else
		send_now(h);
}

uint64_t
hop_due_ms(const struct hop *h)
{
	if (h->is_gone || h->is_over)
		return UINT64_MAX;
	if (h->wire->connecting)
		return h->connect_ms;
	return h->reply_ms < h->lost_ms ? h->reply_ms : h->lost_ms;
}
