/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/sim/client.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/sim/script.h"
#include "tests/sim/world.h"

static struct client clients[CLIENTS_MAX];
static unsigned num_clients;

unsigned
clients_count(void)
{
	return num_clients;
}

struct client *
clients_at(unsigned i)
{
	return &clients[i];
}

struct letter *
clients_letter(const char *id, size_t len)
{
	for (unsigned i = 0; i < num_clients; i++) {
		for (unsigned n = 0; n < clients[i].num_letters; n++) {
			if (strlen(clients[i].letters[n].id) == len && memcmp(clients[i].letters[n].id, id, len) == 0)
				return &clients[i].letters[n];
		}
	}
	return NULL;
}

/* --- losses ------------------------------------------------------------------------------------ */

static void
lose_client(struct client *c)
{
	if (c->wire == NULL || c->is_gone)
		return;
	world_trace("client %u is lost: %s at %s", c->number, dice_name(DIM_CLIENT_LOSS, c->loss),
	            dice_name(DIM_CLIENT_LOST_AT, c->lost_at));
	dice_note(DIM_CLIENT_LOSS, c->loss);
	dice_note(DIM_CLIENT_LOST_AT, c->lost_at);
	c->is_gone = true;
	if (c->loss == LOSS_FIN) {
		wire_fin(c->wire, dice_one_in(2));
		c->rst_ms = dice_one_in(2) ? world.now_ms + dice_below(dice_one_in(4) ? 3000 : 12) : UINT64_MAX;
	}
	if (c->loss == LOSS_STALL)
		wire_stall(c->wire);
	if (c->loss != LOSS_RST)
		return;
	wire_rst(c->wire);
	if (dice_one_in(2) && wire_can_move_to_gateway(c->wire))
		wire_to_gateway(c->wire, 0);
}

static void
lose_client_at(struct client *c, unsigned where)
{
	if (c->loss != LOSS_NEVER && c->lost_at == where)
		lose_client(c);
}

void
client_dot_given(const struct letter *l)
{
	const struct client *c = &clients[l->client];

	/* a single look at the network may both bring the reset and send the dot */
	EXPECT(c->wire->lost_round == 0 || c->wire->tls != NULL || world.round <= c->wire->lost_round + 1,
	       "%s: its client is gone, and it is delivered", l->id);
	lose_client_at(&clients[l->client], LOST_OUR_DOT);
}

void
client_reply_comes(const struct letter *l)
{
	lose_client_at(&clients[l->client], LOST_REPLY);
}

/* --- observations ----------------------------------------------------------------------------------- */

static void
client_on_given(void *peer, const uint8_t *data, size_t len)
{
	struct client *c = peer;

	(void)data;
	(void)len;
	if (c->hello_taken_ms != 0 && c->hello_given_ms == 0)
		c->hello_given_ms = world.now_ms;
	for (unsigned i = 0; i < c->num_letters; i++) {
		if (c->letters[i].dot_taken_ms != 0 && c->letters[i].dot_given_ms == 0)
			c->letters[i].dot_given_ms = world.now_ms;
	}
}

static void
client_on_octets(void *peer, const uint8_t *data, size_t len)
{
	struct client *c = peer;

	for (size_t i = 0; i < len && !c->is_gone; i++) {
		c->num_read++;
		if (c->line_len < sizeof c->line - 1u)
			c->line[c->line_len++] = (char)data[i];
		if (data[i] == '\n') {
			c->line[c->line_len] = '\0';
			world_trace("  to client %u: %.*s", c->number, (int)(c->line_len - 2u), c->line);
			script_line(c);
			c->line_len = 0;
		}
		if (c->num_read >= c->lost_octets)
			lose_client_at(c, LOST_OUR_OCTET);
	}
}

static void
client_on_taken(void *peer)
{
	struct client *c = peer;

	if (c->hello_mark > 0 && c->hello_taken_ms == 0 && c->wire->plain_taken >= c->hello_mark)
		c->hello_taken_ms = world.now_ms;
	for (unsigned i = 0; i < c->num_letters; i++) {
		struct letter *l = &c->letters[i];

		if (!l->dot_sent || l->dot_taken_ms != 0 || c->wire->plain_taken < l->dot_mark)
			continue;
		l->dot_taken_ms = world.now_ms;
		world_trace("client %u: the gateway has read the final dot of %s", c->number, l->id);
		if (c->loss != LOSS_NEVER && c->lost_at == LOST_ITS_DOT)
			c->lost_ms = world.now_ms + dice_below(4);
	}
}

static void
client_on_secured(void *peer)
{
	struct client *c = peer;

	world_trace("client %u is private", c->number);
	c->was_secured = true;
}

static void
finish(struct client *c)
{
	c->is_done = true;
	c->ended_ms = world.now_ms;
}

static void
client_on_ended(void *peer)
{
	struct client *c = peer;

	world_trace("  to client %u: FIN", c->number);
	c->was_ended = true;
	finish(c);
	if (!c->is_gone)
		wire_fin(c->wire, true);
}

static void
client_on_reset(void *peer)
{
	struct client *c = peer;

	world_trace("  to client %u: RST", c->number);
	c->was_reset = true;
	finish(c);
}

static void
client_let_go(void *peer)
{
	(void)peer;
}

/* --- acting ------------------------------------------------------------------------------------------- */

static void
come(struct client *c)
{
	static const struct wire_peer OPS = {
		NULL, client_on_secured, client_on_given, client_on_octets, client_on_taken, client_on_ended,
		client_on_reset, client_let_go
	};

	c->wire = wire_open(c->is_private ? 465 : 25, c->address, &OPS, c);
	world_trace("client %u comes from 10.%u.0.%u%s", c->number, c->address >> 16 & 255u, c->address & 255u,
	            c->is_private ? ", with TLS" : "");
	if (c->wire == NULL) {
		finish(c);
		return;
	}
	c->was_turned_away = c->wire->conn == NULL;
	if (c->is_private && !c->was_turned_away) {
		c->tried_tls = true;
		wire_secure(c->wire, true, (enum wire_handshake)c->handshake);
	}
}

static bool
has_come(const struct client *c)
{
	return c->wire != NULL || c->is_done;
}

bool
client_can_act(const struct client *c)
{
	if (c->is_done || !world.listens)
		return false;
	if (!has_come(c))
		return world.now_ms >= c->comes_ms;
	if (c->is_gone)
		return world.now_ms >= c->rst_ms;
	if (c->loss != LOSS_NEVER && world.now_ms >= c->lost_ms)
		return true;
	if (world.now_ms < c->act_ms)
		return false;
	return wire_has_room(c->wire) && (c->out_at < c->out_len || script_may_go_on(c));
}

uint64_t
client_due_ms(const struct client *c)
{
	const uint64_t lost_ms = c->loss != LOSS_NEVER && c->wire != NULL && !c->is_gone ? c->lost_ms : UINT64_MAX;

	if (c->is_done || c->is_gone)
		return c->is_done ? UINT64_MAX : c->rst_ms;
	if (!has_come(c))
		return c->comes_ms;
	return c->act_ms > world.now_ms && c->act_ms < lost_ms ? c->act_ms : lost_ms;
}

static void
send_some(struct client *c)
{
	size_t len = c->out_len - c->out_at;

	if (world.pieces == 0)
		len = len < 3 ? len : 1 + dice_below(3);
	else if (world.pieces == 1 && len > 1)
		len = 1 + dice_below((unsigned)len);
	if (c->loss != LOSS_NEVER && c->lost_at == LOST_ITS_OCTET && len > c->lost_octets - c->wire->plain_sent)
		len = c->lost_octets - c->wire->plain_sent;
	c->out_at += wire_send(c->wire, c->out + c->out_at, len);
	if (c->out_at == c->out_len)
		script_sent(c);
	if (c->wire->plain_sent >= c->lost_octets)
		lose_client_at(c, LOST_ITS_OCTET);
}

void
client_act(struct client *c)
{
	if (!has_come(c)) {
		come(c);
		return;
	}
	if (c->is_gone) {
		world_trace("client %u resets its connection", c->number);
		c->rst_ms = UINT64_MAX;
		wire_rst(c->wire);
		return;
	}
	if (c->loss != LOSS_NEVER && world.now_ms >= c->lost_ms) {
		lose_client(c);
		return;
	}
	if (c->out_at == c->out_len)
		script_go_on(c);
	if (c->out_at < c->out_len)
		send_some(c);
}

bool
clients_are_done(void)
{
	for (unsigned i = 0; i < num_clients; i++) {
		if (!clients[i].is_done && !clients[i].is_gone)
			return false;
	}
	return true;
}

/* --- making them ------------------------------------------------------------------------------------------ */

static void
choose_loss(struct client *c)
{
	c->loss = world_roll(TROUBLE_CLIENT, DIM_CLIENT_LOSS);
	c->lost_at = dice_roll(DIM_CLIENT_LOST_AT);
	c->rst_ms = UINT64_MAX;
	c->lost_octets = 1 + dice_below(c->lost_at == LOST_ITS_OCTET ? 900 : 600);
	c->lost_ms = c->lost_at == LOST_TIME ? c->comes_ms + dice_below(dice_one_in(2) ? 60 : 30000) : UINT64_MAX;
	if (c->loss == LOSS_NEVER) {
		dice_note(DIM_CLIENT_LOSS, LOSS_NEVER);
		c->lost_ms = UINT64_MAX;
		c->lost_octets = SIZE_MAX;
	}
}

static void
make(struct client *c, unsigned number)
{
	const bool is_known = dice_draw(DIM_CLIENT) == 0;

	memset(c, 0, offsetof(struct client, letters));
	c->number = number;
	c->section = is_known ? dice_below(SECTIONS) : SECTION_NONE;
	c->address = 10u << 24 | (is_known ? c->section : 9u) << 16 | (number + 1u);
	c->comes_ms = world.now_ms + (dice_one_in(2) ? dice_below(20) : dice_below(5000));
	c->is_private = dice_draw(DIM_PORT) != 0;
	c->extended = dice_draw(DIM_HELLO) == 0;
	c->pipelines = dice_draw(DIM_PIPELINING) != 0;
	c->login = dice_draw(DIM_LOGIN);
	c->wants_tls = dice_one_in(2);
	c->handshake = world_roll(TROUBLE_CLIENT, DIM_HANDSHAKE);
	if (c->handshake == SHAKE_EXPIRED) /* the certificate is the gateway's */
		c->handshake = SHAKE_GOOD;
	memset(&c->num_letters, 0, sizeof *c - offsetof(struct client, num_letters));
	c->num_letters = 1 + dice_draw(DIM_MESSAGES);
	for (unsigned i = 0; i < c->num_letters; i++)
		letter_make(&c->letters[i], number, c->section, i);
	choose_loss(c);
	script_make(c);
}

void
clients_make(void)
{
	num_clients = 1 + dice_below(CLIENTS_MAX);
	for (unsigned i = 0; i < num_clients; i++)
		make(&clients[i], i);
}
