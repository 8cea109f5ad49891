/* SPDX-License-Identifier: Apache-2.0 */
#include "port/mbedtls/tls.h"

#include <string.h>

#include "mbedtls/platform_util.h"
#include "port/contract/port.h"
#include "port/mbedtls/arena.h"
#include "port/mbedtls/tls_internal.h"

#define SESSION_S 3600u /* a certificate is checked again after this */

/* The last session of a peer, as mbedtls_ssl_session_save writes it. */
struct session {
	size_t len;
	uint8_t octets[];
};

static struct seal_tls_work *
work_of(const struct seal_tls *t)
{
	return (struct seal_tls_work *)(void *)t->ssl;
}

/* --- the network context -------------------------------------------------------------- */

void
seal_tls_begin(struct seal_tls *t, struct seal_tls_peer *peer)
{
	memset(t, 0, offsetof(struct seal_tls, out));
	t->peer = peer;
	t->state = SEAL_TLS_HANDSHAKE;
}

bool
seal_tls_is_busy(const struct seal_tls *t)
{
	return !seal_job_is_done(&t->job);
}

enum seal_tls_state
seal_tls_state(const struct seal_tls *t)
{
	return (enum seal_tls_state)t->state;
}

enum seal_tls_fault
seal_tls_fault(const struct seal_tls *t)
{
	return (enum seal_tls_fault)t->fault;
}

uint8_t
seal_tls_alert(const struct seal_tls *t)
{
	return t->alert;
}

void
seal_tls_feed(struct seal_tls *t, struct seal_span records, bool ended)
{
	t->fed = records;
	t->fed_taken = 0;
	t->fed_end = ended;
}

size_t
seal_tls_fed(const struct seal_tls *t)
{
	return t->fed_taken;
}

struct seal_span
seal_tls_out(const struct seal_tls *t)
{
	return seal_span(t->out + t->out_sent, t->out_len - t->out_sent);
}

void
seal_tls_out_sent(struct seal_tls *t, size_t len)
{
	t->out_sent += len;
	if (t->out_sent == t->out_len)
		t->out_sent = t->out_len = 0;
}

struct seal_span
seal_tls_plain(const struct seal_tls *t)
{
	return seal_span(t->plain_in + t->plain_in_taken, t->plain_in_len - t->plain_in_taken);
}

void
seal_tls_plain_taken(struct seal_tls *t, size_t len)
{
	t->plain_in_taken += len;
	if (t->plain_in_taken == t->plain_in_len)
		t->plain_in_taken = t->plain_in_len = 0;
}

/* Move what is left in `buffer` to its start. */
static void
settle(uint8_t *buffer, size_t *len, size_t *gone)
{
	*len -= *gone;
	memmove(buffer, buffer + *gone, *len);
	*gone = 0;
}

size_t
seal_tls_write(struct seal_tls *t, const uint8_t *data, size_t len)
{
	if ((t->state != SEAL_TLS_OPEN && t->state != SEAL_TLS_ENDED_BY_PEER) || t->closing)
		return 0;
	if (t->plain_out_done > 0)
		settle(t->plain_out, &t->plain_out_len, &t->plain_out_done);
	if (len > sizeof t->plain_out - t->plain_out_len)
		len = sizeof t->plain_out - t->plain_out_len;
	if (len > 0)
		memcpy(t->plain_out + t->plain_out_len, data, len);
	t->plain_out_len += len;
	return len;
}

void
seal_tls_close(struct seal_tls *t)
{
	t->closing = true;
}

void
seal_tls_release(struct seal_tls *t)
{
	if (t->state != SEAL_TLS_FREE)
		t->state = SEAL_TLS_RELEASING;
}

/* Octets to read, or their end. */
static bool
has_input(const struct seal_tls *t)
{
	return t->fed_taken < t->fed.len || t->fed_end;
}

/* A job for a few octets of room would cost more than it moves. */
static bool
has_room_out(const struct seal_tls *t)
{
	return t->out_len - t->out_sent <= sizeof t->out / 2u;
}

/* Out was full: Mbed TLS keeps the rest of a record until it is called again. */
static bool
holds_record(const struct seal_tls_work *w)
{
	return w->ssl.MBEDTLS_PRIVATE(out_left) > 0;
}

static bool
can_write(const struct seal_tls *t)
{
	const struct seal_tls_work *w = work_of(t);

	if (holds_record(w))
		return has_room_out(t);
	return t->plain_out_done < t->plain_out_len || (t->closing && !t->close_sent);
}

static bool
can_read(const struct seal_tls *t)
{
	const struct seal_tls_work *w = work_of(t);

	return t->plain_in_len - t->plain_in_taken < sizeof t->plain_in && (w->more_in || has_input(t)) &&
	       (!w->blocked_read || has_room_out(t));
}

static bool
is_due(const struct seal_tls *t)
{
	switch (seal_tls_state(t)) {
	case SEAL_TLS_RELEASING:
		return true;
	case SEAL_TLS_HANDSHAKE:
		return t->ssl == NULL || (holds_record(work_of(t)) ? has_room_out(t) : has_input(t));
	case SEAL_TLS_OPEN:
		return can_write(t) || can_read(t);
	case SEAL_TLS_ENDED_BY_PEER:
		return can_write(t);
	case SEAL_TLS_FREE:
	case SEAL_TLS_FAILED:
		break;
	}
	return false;
}

/* --- the worker ----------------------------------------------------------------------- */

static int
send_records(void *tls, const unsigned char *data, size_t len)
{
	struct seal_tls *t = tls;

	if (t->out_sent > 0)
		settle(t->out, &t->out_len, &t->out_sent);
	if (len > sizeof t->out - t->out_len)
		len = sizeof t->out - t->out_len;
	if (len == 0)
		return MBEDTLS_ERR_SSL_WANT_WRITE;
	memcpy(t->out + t->out_len, data, len);
	t->out_len += len;
	return (int)len;
}

/* Keep the header of the incoming record, because an error does not show what it was about. Mbed TLS
 * reads no more at once than the rest of a header, or of the body after it. */
static void
watch(struct seal_tls_work *w, const uint8_t *data, size_t len)
{
	if (w->body_left > 0) {
		w->body_left -= len;
		w->last = data[len - 1];
		return;
	}
	if (w->header_len == SEAL_TLS_HEADER) {
		w->header_len = 0;
		w->has_header = true;
	}
	memcpy(w->header + w->header_len, data, len);
	w->header_len += len;
	if (w->header_len == SEAL_TLS_HEADER)
		w->body_left = (size_t)w->header[3] << 8 | w->header[4];
}

static int
receive_records(void *tls, unsigned char *out, size_t len)
{
	struct seal_tls *t = tls;
	const struct seal_span rest = seal_span_from(t->fed, t->fed_taken);

	work_of(t)->starved = rest.len == 0;
	if (rest.len == 0)
		return t->fed_end ? 0 : MBEDTLS_ERR_SSL_WANT_READ;
	if (len > rest.len)
		len = rest.len;
	memcpy(out, rest.ptr, len);
	t->fed_taken += len;
	watch(work_of(t), out, len);
	return (int)len;
}

static void
forget_session(struct seal_tls_peer *peer)
{
	seal_arena_free(peer->session);
	peer->session = NULL;
}

/* Send an alert for faults of our own; Mbed TLS has sent those about the peer's handshake. */
static void
send_alert(struct seal_tls_work *w, enum seal_tls_fault fault)
{
	uint8_t alert = 0;

	if (fault == SEAL_TLS_RECORD)
		alert = MBEDTLS_SSL_ALERT_MSG_RECORD_OVERFLOW;
	else if (fault == SEAL_TLS_NO_MEMORY || fault == SEAL_TLS_NO_RANDOM)
		alert = MBEDTLS_SSL_ALERT_MSG_INTERNAL_ERROR;
	if (alert != 0 && w != NULL && w->set_up)
		(void)mbedtls_ssl_send_alert_message(&w->ssl, MBEDTLS_SSL_ALERT_LEVEL_FATAL, alert);
}

static void
fail(struct seal_tls *t, enum seal_tls_fault fault)
{
	struct seal_tls_work *w = work_of(t);

	if (w != NULL) {
		w->resumable = false;
		if (w->offered && t->state == SEAL_TLS_HANDSHAKE)
			forget_session(t->peer);
	}
	t->fault = (uint8_t)fault;
	t->state = SEAL_TLS_FAILED;
	send_alert(w, fault);
}

/* If the arena refused memory, now or in an earlier job of this connection, that is the reason,
 * whatever error Mbed TLS turned it into. */
static void
fail_by(struct seal_tls *t, int error, size_t refusals)
{
	struct seal_tls_work *w = work_of(t);

	t->verify_flags = mbedtls_ssl_get_verify_result(&w->ssl);
	seal_tls_learn(t->peer, &w->ssl, error);
	if (w->refused || seal_arena_use().refusals != refusals)
		fail(t, SEAL_TLS_NO_MEMORY);
	else if (seal_tls_random_failed())
		fail(t, SEAL_TLS_NO_RANDOM);
	else
		fail(t, seal_tls_fault_of(t, w, error));
}

/* A session is offered for an hour after its certificate was checked; without a clock, for as long
 * as there is no clock. */
__attribute__((noinline)) /* sessions are large: not on the stack during the handshake */
static int
offer_session(struct seal_tls *t, struct seal_tls_work *w)
{
	const struct session *kept = t->peer->session;
	const uint64_t now_s = t->peer->now_s();
	mbedtls_ssl_session session;
	int error;

	w->verified_s = now_s;
	if (kept != NULL && (now_s < t->peer->session_s || now_s - t->peer->session_s >= SESSION_S)) {
		forget_session(t->peer);
		kept = NULL;
	}
	if (kept == NULL)
		return 0;
	mbedtls_ssl_session_init(&session);
	error = mbedtls_ssl_session_load(&session, kept->octets, kept->len);
	if (error == 0)
		error = mbedtls_ssl_set_session(&w->ssl, &session);
	mbedtls_ssl_session_free(&session);
	w->offered = true;
	w->verified_s = t->peer->session_s;
#if defined(SEAL_TLS_SMALL)
	forget_session(t->peer); /* the connection has it: a second copy would take the room of a certificate chain */
#endif
	return error;
}

static int
set_up(struct seal_tls *t, struct seal_tls_work *w)
{
	const struct seal_tls_peer *peer = t->peer;
	int error = mbedtls_ssl_setup(&w->ssl, peer->config);

	if (error != 0)
		return error;
	w->set_up = true;
	mbedtls_ssl_set_bio(&w->ssl, t, send_records, receive_records, NULL);
	if (peer->own != NULL)
		return 0;
	mbedtls_ssl_set_verify(&w->ssl, seal_tls_judge, t);
	error = mbedtls_ssl_set_hostname(&w->ssl, peer->name.len > 0 ? (const char *)peer->name.ptr : NULL);
	return error == 0 ? offer_session(t, w) : error;
}

static bool
start(struct seal_tls *t, size_t refusals)
{
	struct seal_tls_work *w = seal_arena_calloc(1, sizeof *w);
	int error;

	if (w == NULL) {
		fail(t, SEAL_TLS_NO_MEMORY);
		return false;
	}
	t->ssl = &w->ssl;
	mbedtls_ssl_init(&w->ssl);
	error = set_up(t, w);
	if (error != 0)
		fail_by(t, error, refusals);
	return error == 0;
}

/* The chain was checked and is no longer needed. */
static void
drop_chain(struct seal_tls_work *w)
{
#if defined(MBEDTLS_SSL_KEEP_PEER_CERTIFICATE)
	mbedtls_ssl_session *session = w->ssl.MBEDTLS_PRIVATE(session);

	if (session == NULL || session->MBEDTLS_PRIVATE(peer_cert) == NULL)
		return;
	mbedtls_x509_crt_free(session->MBEDTLS_PRIVATE(peer_cert));
	seal_arena_free(session->MBEDTLS_PRIVATE(peer_cert));
	session->MBEDTLS_PRIVATE(peer_cert) = NULL;
#else
	(void)w;
#endif
}

static bool
is_tls12(const struct seal_tls_work *w)
{
	return mbedtls_ssl_get_version_number(&w->ssl) == MBEDTLS_SSL_VERSION_TLS1_2;
}

static void
open_up(struct seal_tls *t)
{
	struct seal_tls_work *w = work_of(t);

	t->state = SEAL_TLS_OPEN;
	t->verify_flags = 0;
	if (t->peer->own == NULL) {
		t->resumed = w->offered && !w->verified;
		w->resumable = is_tls12(w);
		if (!t->resumed)
			w->verified_s = t->peer->now_s();
	}
	drop_chain(w);
}

/* Mbed TLS also returns WANT_READ when it has seen something that its next call handles, such as a
 * ticket; then it need not wait for more to read. */
static bool
is_to_be_repeated(const struct seal_tls_work *w, int error)
{
	return error == MBEDTLS_ERR_SSL_WANT_READ && !w->starved;
}

static void
shake_hands(struct seal_tls *t, size_t refusals)
{
	struct seal_tls_work *w = work_of(t);
	int error;

	do {
		w->starved = false;
		error = mbedtls_ssl_handshake(&w->ssl);
	} while (is_to_be_repeated(w, error));
	if (error == 0)
		open_up(t);
	else if (error != MBEDTLS_ERR_SSL_WANT_READ && error != MBEDTLS_ERR_SSL_WANT_WRITE)
		fail_by(t, error, refusals);
}

/* Whichever call comes next finds a ticket that came. */
static int
take_ticket(struct seal_tls_work *w, int error)
{
	if (error != MBEDTLS_ERR_SSL_RECEIVED_NEW_SESSION_TICKET)
		return error;
	w->resumable = true;
	return 0;
}

/* Send what Mbed TLS still holds of a record. This must come before its next write, which would
 * otherwise count that record as its own. */
static int
flush(struct seal_tls *t, struct seal_tls_work *w)
{
	int n = 0;

	if (holds_record(w))
		n = mbedtls_ssl_write(&w->ssl, t->plain_out, 0);
	return n < 0 ? take_ticket(w, n) : 0;
}

/* If `out` is full, Mbed TLS has still taken the octets, and holds their record. */
static int
write_plain(struct seal_tls *t, struct seal_tls_work *w)
{
	const size_t left = t->plain_out_len - t->plain_out_done;
	const int most = mbedtls_ssl_get_max_out_record_payload(&w->ssl);
	const size_t len = most < 0 || left < (size_t)most ? left : (size_t)most;
	int n = mbedtls_ssl_write(&w->ssl, t->plain_out + t->plain_out_done, len);

	if (n == MBEDTLS_ERR_SSL_WANT_WRITE && holds_record(w))
		n = (int)len;
	if (n < 0)
		return take_ticket(w, n);
	t->plain_out_done += (size_t)n;
	if (t->plain_out_done == t->plain_out_len)
		t->plain_out_done = t->plain_out_len = 0;
	return 0;
}

static int
send_close(struct seal_tls *t, struct seal_tls_work *w)
{
	const int error = mbedtls_ssl_close_notify(&w->ssl);

	t->close_sent = error == 0 || holds_record(w);
	return error;
}

static int
write_all(struct seal_tls *t, struct seal_tls_work *w)
{
	int error = flush(t, w);

	while (error == 0 && t->plain_out_done < t->plain_out_len) {
		error = write_plain(t, w);
		if (error == 0)
			error = flush(t, w);
	}
	if (error == 0 && t->closing && !t->close_sent)
		error = send_close(t, w);
	return error;
}

static int
read_plain(struct seal_tls *t, struct seal_tls_work *w)
{
	const size_t room = sizeof t->plain_in - t->plain_in_len;
	int n;

	w->starved = false;
	n = mbedtls_ssl_read(&w->ssl, t->plain_in + t->plain_in_len, room);
	if (n > 0) {
		t->plain_in_len += (size_t)n;
		return 0;
	}
	if (n == 0 || n == MBEDTLS_ERR_SSL_PEER_CLOSE_NOTIFY) {
		t->state = SEAL_TLS_ENDED_BY_PEER;
		return 0;
	}
	return is_to_be_repeated(w, n) ? 0 : take_ticket(w, n);
}

static int
read_all(struct seal_tls *t, struct seal_tls_work *w)
{
	int error = 0;

	if (t->plain_in_taken > 0)
		settle(t->plain_in, &t->plain_in_len, &t->plain_in_taken);
	while (error == 0 && t->state == SEAL_TLS_OPEN && t->plain_in_len < sizeof t->plain_in)
		error = read_plain(t, w);
	w->blocked_read = error == MBEDTLS_ERR_SSL_WANT_WRITE;
	w->more_in = w->blocked_read || (error == 0 && t->state == SEAL_TLS_OPEN);
	return error;
}

/* Writing comes first, so that earlier octets still go out if reading ends or fails. Reading goes on
 * while `out` is full, because a peer that is sending may not read until we do. */
static void
exchange(struct seal_tls *t, size_t refusals)
{
	struct seal_tls_work *w = work_of(t);
	int error = write_all(t, w);

	if ((error == 0 || error == MBEDTLS_ERR_SSL_WANT_WRITE) && t->state == SEAL_TLS_OPEN)
		error = read_all(t, w);
	if (error != 0 && error != MBEDTLS_ERR_SSL_WANT_WRITE && error != MBEDTLS_ERR_SSL_WANT_READ)
		fail_by(t, error, refusals);
}

/* Save the session to `octets`; 0: none to keep. */
__attribute__((noinline))
static size_t
save_session(struct seal_tls_work *w, uint8_t *octets, size_t cap)
{
	mbedtls_ssl_session session;
	size_t len = 0;

	mbedtls_ssl_session_init(&session);
	if (!w->resumable || mbedtls_ssl_get_session(&w->ssl, &session) != 0 ||
	    mbedtls_ssl_session_save(&session, octets, cap, &len) != 0)
		len = 0;
	mbedtls_ssl_session_free(&session);
	return len;
}

static void
keep_session(struct seal_tls_peer *peer, const uint8_t *octets, size_t len, uint64_t verified_s)
{
	struct session *kept;

	forget_session(peer);
	kept = seal_arena_calloc(1, sizeof *kept + len);
	if (kept == NULL)
		return;
	kept->len = len;
	memcpy(kept->octets, octets, len);
	peer->session = kept;
	peer->session_s = verified_s;
}

/* Mbed TLS's memory is freed first and the session allocated last, so that the session lies at the
 * start of the arena and not in the way of large blocks. Until then it is in the buffer of plain
 * octets, which is wiped after that. */
static void
release(struct seal_tls *t)
{
	struct seal_tls_work *w = work_of(t);
	uint64_t verified_s = 0;
	size_t len = 0;

	if (w != NULL) {
		len = save_session(w, t->plain_out, sizeof t->plain_out);
		verified_s = w->verified_s;
		mbedtls_ssl_free(&w->ssl);
		seal_arena_free(w);
	}
	t->ssl = NULL;
	if (len > 0)
		keep_session(t->peer, t->plain_out, len, verified_s);
	mbedtls_platform_zeroize(t->out, sizeof t->out);
	mbedtls_platform_zeroize(t->plain_in, sizeof t->plain_in);
	mbedtls_platform_zeroize(t->plain_out, sizeof t->plain_out);
	t->fed = seal_span(NULL, 0);
	t->out_len = t->out_sent = t->plain_in_len = t->plain_in_taken = t->plain_out_len = t->plain_out_done = 0;
	t->state = SEAL_TLS_FREE;
}

/* A handshake that completes goes on to exchange in the same job, because octets may have come with
 * its last record. Whatever the arena refused is noted last: a later job may fail because of it. */
static void
work(struct seal_job *job)
{
	struct seal_tls *t = (struct seal_tls *)(void *)job;
	const size_t refusals = seal_arena_use().refusals;

	seal_tls_work_for(t->peer);
	if (t->state == SEAL_TLS_RELEASING)
		release(t);
	if (t->state == SEAL_TLS_HANDSHAKE && (t->ssl != NULL || start(t, refusals)))
		shake_hands(t, refusals);
	if (t->state == SEAL_TLS_OPEN || t->state == SEAL_TLS_ENDED_BY_PEER)
		exchange(t, refusals);
	if (t->ssl != NULL && seal_arena_use().refusals != refusals)
		work_of(t)->refused = true;
}

bool
seal_tls_run(struct seal_tls *t)
{
	if (seal_tls_is_busy(t) || !is_due(t))
		return false;
	t->job.run = work;
	t->job.running = 1;
	seal_port_submit(&t->job);
	return true;
}

/* --- for the log ---------------------------------------------------------------------- */

static bool
was_open(const struct seal_tls *t)
{
	return t->ssl != NULL && (t->state == SEAL_TLS_OPEN || t->state == SEAL_TLS_ENDED_BY_PEER);
}

struct seal_span
seal_tls_version(const struct seal_tls *t)
{
	return was_open(t) ? seal_span_text(mbedtls_ssl_get_version(t->ssl)) : seal_span(NULL, 0);
}

struct seal_span
seal_tls_suite(const struct seal_tls *t)
{
	return was_open(t) ? seal_span_text(mbedtls_ssl_get_ciphersuite(t->ssl)) : seal_span(NULL, 0);
}
