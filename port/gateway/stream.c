/* SPDX-License-Identifier: Apache-2.0 */
#include "port/gateway/stream.h"

#include <string.h>

static bool
is_busy(const struct seal_stream *s)
{
	return s->tls != NULL && seal_tls_is_busy(s->tls);
}

static bool
is_open(const struct seal_stream *s)
{
	return s->secured && !s->failed && !s->closing && !s->aborting;
}

void
seal_stream_secure(struct seal_stream *s, struct seal_tls *tls, struct seal_tls_peer *peer, uint64_t now_ms)
{
	s->tls = tls;
	s->until_ms = now_ms + SEAL_STREAM_HANDSHAKE_MS;
	s->moved = true;
	seal_tls_begin(tls, peer);
}

/* --- records ------------------------------------------------------------------------------ */

static bool
send_records(struct seal_stream *s)
{
	const struct seal_span records = seal_tls_out(s->tls);
	const size_t len = seal_net_send(&s->net, records.ptr, records.len);

	seal_tls_out_sent(s->tls, len);
	seal_net_push(&s->net);
	return len > 0;
}

/* Take from TCP what the last job used of the records; then lend it all that has come. */
static bool
feed_records(struct seal_stream *s)
{
	const size_t taken = seal_tls_fed(s->tls);
	struct seal_span held;

	seal_net_take(&s->net, taken);
	held = seal_net_view(&s->net);
	seal_tls_feed(s->tls, held, (s->net.ended || s->net.lost) && s->net.num_held <= 1);
	return taken > 0;
}

/* --- the end ------------------------------------------------------------------------------ */

static void
drop_tls(struct seal_stream *s)
{
	seal_tls_release(s->tls);
	s->waiting = seal_tls_run(s->tls);
}

/* The worker has returned everything. */
static void
forget(struct seal_stream *s)
{
	*s = (struct seal_stream){ .moved = false };
}

static bool
is_alive(const struct seal_stream *s)
{
	return seal_tls_state(s->tls) != SEAL_TLS_FREE && seal_tls_state(s->tls) != SEAL_TLS_RELEASING;
}

/* All that was written was sent, or can no longer be sent. */
static bool
is_farewell_over(const struct seal_stream *s, uint64_t now_ms)
{
	return s->net.pcb == NULL || now_ms >= s->until_ms || seal_tls_out(s->tls).len == 0;
}

static void
run_end(struct seal_stream *s, uint64_t now_ms)
{
	if (seal_tls_state(s->tls) == SEAL_TLS_FREE) {
		forget(s);
		return;
	}
	if (!is_alive(s) || (!s->aborting && !is_farewell_over(s, now_ms)))
		return;
	if (s->aborting || now_ms >= s->until_ms)
		seal_net_abort(&s->net);
	else
		seal_net_close(&s->net);
	drop_tls(s);
}

/* --- running ------------------------------------------------------------------------------ */

static enum seal_stream_news
news(struct seal_stream *s, uint64_t now_ms)
{
	const enum seal_tls_state state = seal_tls_state(s->tls);

	s->late = state == SEAL_TLS_HANDSHAKE && now_ms >= s->until_ms;
	if (!s->failed && (state == SEAL_TLS_FAILED || s->late)) {
		s->failed = true;
		return SEAL_STREAM_INSECURE;
	}
	if (!s->secured && (state == SEAL_TLS_OPEN || state == SEAL_TLS_ENDED_BY_PEER)) {
		s->secured = true;
		return SEAL_STREAM_SECURED;
	}
	return SEAL_STREAM_NONE;
}

enum seal_stream_news
seal_stream_run(struct seal_stream *s, uint64_t now_ms, bool *moved)
{
	enum seal_stream_news result = SEAL_STREAM_NONE;

	s->net.moved = false;
	if (s->tls == NULL || is_busy(s))
		return SEAL_STREAM_NONE;
	s->moved = false;
	*moved |= s->waiting;
	s->waiting = false;
	if (is_alive(s) && !s->aborting) {
		if (s->closing)
			seal_tls_close(s->tls);
		*moved |= send_records(s);
		*moved |= feed_records(s);
		s->waiting = seal_tls_run(s->tls);
	}
	if (s->waiting)
		return SEAL_STREAM_NONE;
	if (s->closing || s->aborting) {
		run_end(s, now_ms);
		return SEAL_STREAM_NONE;
	}
	result = news(s, now_ms);
	*moved |= result != SEAL_STREAM_NONE;
	return result;
}

const char *
seal_stream_why(const struct seal_stream *s)
{
	return s->late ? "the handshake takes too long" : seal_tls_fault_text(seal_tls_fault(s->tls));
}

bool
seal_stream_has_moved(const struct seal_stream *s)
{
	if (s->tls == NULL)
		return s->net.moved;
	return !is_busy(s) && (s->net.moved || s->moved || s->waiting);
}

uint64_t
seal_stream_deadline_ms(const struct seal_stream *s)
{
	const bool ending = s->closing || s->aborting;

	if (s->tls == NULL || is_busy(s) || (s->secured && !ending) || (s->failed && !ending))
		return UINT64_MAX;
	return s->until_ms;
}

/* --- octets ------------------------------------------------------------------------------- */

struct seal_span
seal_stream_view(const struct seal_stream *s)
{
	if (s->tls == NULL)
		return seal_net_view(&s->net);
	return is_open(s) && !is_busy(s) ? seal_tls_plain(s->tls) : seal_span(NULL, 0);
}

void
seal_stream_take(struct seal_stream *s, size_t len)
{
	if (s->tls == NULL) {
		seal_net_take(&s->net, len);
	} else if (len > 0) {
		seal_tls_plain_taken(s->tls, len);
		s->moved = true;
	}
}

size_t
seal_stream_send(struct seal_stream *s, const uint8_t *data, size_t len)
{
	size_t part;

	if (s->tls == NULL)
		return seal_net_send(&s->net, data, len);
	if (!is_open(s) || is_busy(s) || s->net.lost)
		return 0;
	part = seal_tls_write(s->tls, data, len);
	s->moved |= part > 0;
	return part;
}

void
seal_stream_push(struct seal_stream *s)
{
	seal_net_push(&s->net);
}

bool
seal_stream_ended(const struct seal_stream *s)
{
	if (s->tls == NULL)
		return s->net.ended;
	return !is_busy(s) && s->secured && seal_tls_state(s->tls) == SEAL_TLS_ENDED_BY_PEER;
}

/* What came before the loss can still be read; with TLS this is true only once all of it was decrypted. */
bool
seal_stream_lost(const struct seal_stream *s)
{
	if (s->tls == NULL || is_busy(s))
		return s->tls == NULL && s->net.lost;
	return s->net.lost && !s->waiting &&
	       (seal_tls_state(s->tls) == SEAL_TLS_ENDED_BY_PEER || seal_tls_state(s->tls) == SEAL_TLS_FAILED);
}

void
seal_stream_close(struct seal_stream *s, uint64_t now_ms)
{
	if (s->tls == NULL) {
		seal_net_close(&s->net);
		return;
	}
	if (s->closing || s->aborting)
		return;
	s->closing = true;
	s->until_ms = now_ms + SEAL_STREAM_FAREWELL_MS;
	s->moved = true;
}

void
seal_stream_abort(struct seal_stream *s)
{
	if (s->tls == NULL) {
		seal_net_abort(&s->net);
		return;
	}
	s->aborting = true;
	s->moved = true;
}

bool
seal_stream_is_free(const struct seal_stream *s)
{
	return s->tls == NULL;
}
