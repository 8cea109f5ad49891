/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/sim/hop.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/sim/client.h"
#include "tests/sim/hop_replies.h"
#include "tests/sim/world.h"

static struct hop hops[WIRES_MAX];
static unsigned num_hops;
static struct visit visits[VISITS_MAX];
static unsigned num_visits;

void
hops_clear(void)
{
	num_hops = 0;
	num_visits = 0;
	hop_replies_clear();
}

unsigned
hops_count(void)
{
	return num_hops;
}

struct hop *
hops_at(unsigned i)
{
	return &hops[i];
}

bool
hops_wanted_since(uint64_t since_ms)
{
	return num_hops > 0 && hops[num_hops - 1u].wanted_ms >= since_ms;
}

unsigned
visits_count(void)
{
	return num_visits;
}

struct visit *
visits_at(unsigned i)
{
	return &visits[i];
}

static bool
ends_with_letter(const struct visit *v, size_t len)
{
	const struct seal_span stuffed = letter_stuffed(v->letter);

	return len >= stuffed.len && memcmp(v->content + len - stuffed.len, stuffed.ptr, stuffed.len) == 0;
}

bool
visit_dot_given(const struct visit *v)
{
	static const char END[] = ".\r\n";

	for (size_t n = 1; v->letter != NULL && n < sizeof END && n <= v->given_len; n++) {
		if (memcmp(v->content + v->given_len - n, END, n) == 0 && ends_with_letter(v, v->given_len - n))
			return true;
	}
	return false;
}

bool
visit_all_given(const struct visit *v)
{
	return visit_dot_given(v) && v->content[v->given_len - 1] == '\n';
}

struct visit *
visit_read(const struct letter *l)
{
	for (unsigned i = 0; i < num_visits; i++) {
		if (visits[i].letter == l && visits[i].read_code / 100 == 2)
			return &visits[i];
	}
	return NULL;
}

struct visit *
hop_begin_visit(struct hop *h)
{
	struct visit *v = &visits[num_visits];

	if (num_visits++ == VISITS_MAX)
		abort();
	memset(v, 0, offsetof(struct visit, content));
	v->letter = h->letter;
	v->offers = h->offers;
	return v;
}

/* --- what the gateway gives to the connection ------------------------------------------------ */

static void
hop_on_given(void *peer, const uint8_t *data, size_t len)
{
	struct hop *h = peer;
	struct visit *v = h->visit;
	bool before;

	if (v == NULL || !v->is_open) {
		for (size_t i = 0; i < len; i++)
			hop_command_given(h, data[i]);
		return;
	}
	if (len > VISIT_MAX - v->given_len)
		abort();
	before = visit_dot_given(v);
	memcpy(v->content + v->given_len, data, len);
	v->given_len += len;
	if (before || !visit_dot_given(v))
		return;
	world_trace("next hop %u: the final dot of %s is in transit", h->number, v->letter->id);
	hop_lose_at(h, HOP_LOST_DOT);
	client_dot_given(v->letter);
}

/* --- what arrives ---------------------------------------------------------------------------------- */

static void
hop_on_content(struct hop *h)
{
	struct visit *v = h->visit;
	const uint8_t *const end = v->content + v->arrived_len;

	if (v->arrived_len >= 5 && memcmp(end - 5, "\r\n.\r\n", 5) == 0) {
		v->dot_arrived = true;
		h->is_content = false;
		hop_reply_verdict(h);
	} else {
		hop_reply_in_content(h);
	}
}

static void
hop_on_octets(void *peer, const uint8_t *data, size_t len)
{
	struct hop *h = peer;

	for (size_t i = 0; i < len && !h->is_gone; i++) {
		h->num_read++;
		if (h->is_content) {
			h->visit->arrived_len++;
			hop_on_content(h);
		} else if (h->line_len < sizeof h->line - 1u) {
			h->line[h->line_len++] = (char)data[i];
			if (data[i] == '\n') {
				h->line[h->line_len] = '\0';
				world_trace("    to next hop %u: %.*s", h->number, (int)(h->line_len - 2u), h->line);
				hop_reply_to(h, h->line);
				h->line_len = 0;
			}
		}
		if (h->num_read >= h->lost_octets)
			hop_lose_at(h, HOP_LOST_OUR_OCTET);
	}
}

static void
hop_on_taken(void *peer)
{
	struct hop *h = peer;

	if (h->reply_mark > 0 && h->wire->plain_taken >= h->reply_mark) {
		h->reply_mark = 0;
		hop_reply_was_read(h);
	}
}

static void
hop_on_connected(void *peer)
{
	struct hop *h = peer;

	world_trace("next hop %u is connected", h->number);
	if (world.setting.hop_tls == SEAL_SMTPC_TLS_IMPLICIT)
		wire_secure(h->wire, false, hop_handshake(h));
	else
		hop_reply_greeting(h);
}

static void
hop_on_secured(void *peer)
{
	struct hop *h = peer;

	world_trace("next hop %u is private", h->number);
	h->is_private = true;
	if (world.setting.hop_tls == SEAL_SMTPC_TLS_IMPLICIT)
		hop_reply_greeting(h);
}

static void
hop_on_ended(void *peer)
{
	struct hop *h = peer;

	world_trace("    to next hop %u: FIN", h->number);
	EXPECT(!h->is_content || h->wire->in_fin, "next hop %u: a partial message is ended politely", h->number);
	h->is_over = true;
	if (!h->is_gone)
		wire_fin(h->wire, true);
}

static void
hop_on_reset(void *peer)
{
	struct hop *h = peer;
	const bool was_bid_farewell = h->topic == TOPIC_QUIT && h->reply_ms == UINT64_MAX && h->reply_mark == 0 &&
	                              !h->is_gone;

	EXPECT(!was_bid_farewell || world.now_ms >= world_cut_off_ms(), "next hop %u: is reset after QUIT", h->number);
	world_trace("    to next hop %u: RST", h->number);
	h->is_over = true;
}

/* The whole reply has arrived, and the gateway gives up the connection without reading it. Only time
 * may cause that: patience, or the end of a drain. */
static void
hop_let_go(void *peer)
{
	const struct hop *h = peer;
	const struct letter *l = h->visit != NULL ? h->visit->letter : NULL;
	const struct wire *w = h->wire;
	bool is_late;

	if (l == NULL || !visit_dot_given(h->visit) || h->visit->sent_code == 0 || h->visit->read_code != 0 ||
	    h->reply_mark == 0 || w->in_len > 0 ||
	    w->is_cut || w->plain_sent < h->reply_mark)
		return;
	is_late = world.now_ms >= l->dot_taken_ms + world.setting.sections[l->section].patience_s * 900u ||
	          world.now_ms >= world_cut_off_ms() || h->visit->is_early;
	EXPECT(is_late || l->dot_taken_ms == 0, "next hop %u: its reply to %s has arrived and is not read", h->number,
	       l->id);
}

void
hop_connect(struct wire *w)
{
	static const struct wire_peer OPS = {
		hop_on_connected, hop_on_secured, hop_on_given, hop_on_octets, hop_on_taken, hop_on_ended,
		hop_on_reset, hop_let_go
	};
	struct hop *h = &hops[num_hops];

	memset(h, 0, sizeof *h);
	h->number = num_hops++;
	h->wire = w;
	w->ops = &OPS;
	w->peer = h;
	hop_replies_begin(h);
}
