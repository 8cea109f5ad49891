/* SPDX-License-Identifier: Apache-2.0 */
#include "port/gateway/uplink.h"

static struct seal_secrecy
secrecy_of(const struct seal_uplink *u)
{
	return (struct seal_secrecy){ u->stream.secured, u->stream.secured };
}

/* The link no longer needs the connection, or it was never made. */
static void
over(struct seal_uplink *u)
{
	u->state = SEAL_UPLINK_NONE;
	u->tls = NULL;
}

static void
failed(struct seal_uplink *u, struct seal_link *link)
{
	over(u);
	if (link != NULL)
		seal_link_closed(link);
}

/* --- what the link wants ------------------------------------------------------------------- */

static bool
obey(struct seal_uplink *u, const struct seal_uplinks *shared, struct seal_link *link, uint64_t now_ms)
{
	switch (link == NULL ? SEAL_UP_NONE : seal_link_wanted(link)) {
	case SEAL_UP_NONE:
		return false;
	case SEAL_UP_OPEN:
		seal_stream_abort(&u->stream);
		over(u);
		u->state = SEAL_UPLINK_TURN;
		return true;
	case SEAL_UP_SECURE:
		seal_stream_secure(&u->stream, u->tls, shared->peer, now_ms);
		return true;
	case SEAL_UP_CLOSE:
		if (u->state == SEAL_UPLINK_OPEN) {
			u->state = SEAL_UPLINK_CLOSING;
			return true;
		}
		break;
	case SEAL_UP_ABORT:
		break;
	}
	seal_stream_abort(&u->stream);
	over(u);
	return true;
}

/* --- from the turn to the greeting --------------------------------------------------------- */

static void
connect_to(struct seal_uplink *u, const struct seal_uplinks *shared, struct seal_link *link,
           const struct seal_ip *address)
{
	seal_link_connecting(link, address);
	if (!seal_ip_is_none(&shared->loopback) && seal_ip_is_loopback(address))
		address = &shared->loopback;
	if (!seal_ip_is_none(address) && seal_net_connect(&u->stream.net, address, shared->host.port))
		u->state = SEAL_UPLINK_CONNECTING;
	else
		failed(u, link);
}

static bool
find_name(struct seal_uplink *u, struct seal_uplinks *shared, struct seal_link *link)
{
	struct seal_ip address;

	if (seal_lookup(&shared->name, shared->ask, shared->host.host, &address) == SEAL_LOOKUP_ASKING)
		return false;
	connect_to(u, shared, link, &address);
	return true;
}

/* The old connection is gone, and TLS is free for the new one. */
static bool
take_turn(struct seal_uplink *u, struct seal_uplinks *shared)
{
	if (!seal_stream_is_free(&u->stream))
		return false;
	if (shared->tls != SEAL_SMTPC_TLS_NONE) {
		u->tls = shared->lend(shared->ctx);
		if (u->tls == NULL)
			return false;
	}
	u->state = SEAL_UPLINK_NAMING;
	return true;
}

static void
on_connected(struct seal_uplink *u, const struct seal_uplinks *shared, struct seal_link *link, uint64_t now_ms)
{
	if (shared->tls == SEAL_SMTPC_TLS_IMPLICIT) {
		u->state = SEAL_UPLINK_SECURING;
		seal_stream_secure(&u->stream, u->tls, shared->peer, now_ms);
		return;
	}
	u->state = SEAL_UPLINK_OPEN;
	seal_link_connected(link, secrecy_of(u), now_ms);
}

static bool
progress(struct seal_uplink *u, struct seal_uplinks *shared, struct seal_link *link, uint64_t now_ms)
{
	switch (u->state) {
	case SEAL_UPLINK_TURN:
		return take_turn(u, shared);
	case SEAL_UPLINK_NAMING:
		return find_name(u, shared, link);
	case SEAL_UPLINK_CONNECTING:
		if (!u->stream.net.connected)
			return false;
		on_connected(u, shared, link, now_ms);
		return true;
	case SEAL_UPLINK_NONE:
	case SEAL_UPLINK_SECURING:
	case SEAL_UPLINK_OPEN:
	case SEAL_UPLINK_CLOSING:
		break;
	}
	return false;
}

/* --- TLS and octets ------------------------------------------------------------------------ */

static void
on_secured(struct seal_uplink *u, struct seal_link *link, uint64_t now_ms)
{
	if (u->state == SEAL_UPLINK_SECURING)
		seal_link_connected(link, secrecy_of(u), now_ms);
	else
		seal_link_secured(link, secrecy_of(u), now_ms);
	u->state = SEAL_UPLINK_OPEN;
}

static bool
run_stream(struct seal_uplink *u, struct seal_link *link, uint64_t now_ms)
{
	bool moved = false;
	const enum seal_stream_news news = seal_stream_run(&u->stream, now_ms, &moved);

	if (link == NULL || u->state == SEAL_UPLINK_NONE)
		return moved; /* octets of a connection that is no longer wanted */
	if (news == SEAL_STREAM_SECURED)
		on_secured(u, link, now_ms);
	if (news == SEAL_STREAM_INSECURE) {
		seal_stream_close(&u->stream, now_ms);
		over(u);
		seal_link_insecure(link, seal_stream_why(&u->stream));
	}
	return moved;
}

/* Octets that came before the connection ended count: they may be the reply to the dot. */
static bool
take_in(struct seal_uplink *u, struct seal_link *link, uint64_t now_ms)
{
	const struct seal_span held = seal_stream_view(&u->stream);
	const bool was_closing = u->state == SEAL_UPLINK_CLOSING;

	if (u->state < SEAL_UPLINK_CONNECTING || u->state == SEAL_UPLINK_SECURING)
		return false;
	if (held.len > 0 && u->state == SEAL_UPLINK_OPEN && link != NULL) {
		const size_t taken = seal_link_recv(link, held.ptr, held.len, now_ms);

		seal_stream_take(&u->stream, taken);
		if (taken > 0)
			return true;
	}
	if (seal_stream_lost(&u->stream))
		seal_stream_abort(&u->stream);
	else if (seal_stream_ended(&u->stream) && held.len == 0)
		seal_stream_close(&u->stream, now_ms);
	else
		return false;
	if (was_closing)
		over(u);
	else
		failed(u, link);
	return true;
}

static bool
send_out(struct seal_uplink *u, struct seal_link *link, uint64_t now_ms)
{
	struct seal_span view = { NULL, 0 };
	size_t len;

	if (u->state != SEAL_UPLINK_OPEN && u->state != SEAL_UPLINK_CLOSING)
		return false;
	if (link != NULL)
		view = seal_link_view(link);
	len = seal_stream_send(&u->stream, view.ptr, view.len);
	if (len > 0 && link != NULL) {
		seal_link_sent(link, len, now_ms);
		return true;
	}
	if (u->state == SEAL_UPLINK_CLOSING && view.len == 0) {
		seal_stream_close(&u->stream, now_ms);
		over(u);
		return true;
	}
	return false;
}

/* --- all of it ------------------------------------------------------------------------------ */

bool
seal_uplink_run(struct seal_uplink *u, struct seal_uplinks *shared, struct seal_link *link, uint64_t now_ms)
{
	bool moved = obey(u, shared, link, now_ms);

	moved |= run_stream(u, link, now_ms);
	moved |= progress(u, shared, link, now_ms);
	moved |= take_in(u, link, now_ms);
	moved |= send_out(u, link, now_ms);
	return moved;
}

bool
seal_uplink_has_work(const struct seal_uplink *u, const struct seal_uplinks *shared)
{
	return seal_stream_has_moved(&u->stream) || u->state == SEAL_UPLINK_TURN ||
	       (u->state == SEAL_UPLINK_NAMING && !shared->name.asking);
}

void
seal_uplink_drop(struct seal_uplink *u, struct seal_link *link)
{
	seal_stream_abort(&u->stream);
	failed(u, link);
	u->stream.net.moved = true;
}

bool
seal_uplink_holds(const struct seal_uplink *u, const struct seal_tls *tls)
{
	return tls != NULL && (u->tls == tls || u->stream.tls == tls);
}
