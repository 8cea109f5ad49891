/* SPDX-License-Identifier: Apache-2.0
 *
 * tls.c - port/mbedtls/tls.h without cryptography: handshakes of one record each way, jobs that
 * end when the world decides, and all failures that the streams can see.
 */
#include "port/mbedtls/tls.h"

#include <string.h>

#include "port/contract/port.h"
#include "tests/sim/wire.h"
#include "tests/sim/world.h"

/* State that struct seal_tls has no member for, by the place of the connection in the world's array. */
static struct {
	struct record_reader reader;
	bool greeted;       /* our hello was sent */
} more[SIM_TLS_MAX];

#define MORE(t) more[world_tls_index(t)]

const char *
seal_tls_fault_text(enum seal_tls_fault fault)
{
	return fault == SEAL_TLS_EXPIRED ? "its certificate has expired" : "the handshake failed";
}

void
seal_tls_begin(struct seal_tls *t, struct seal_tls_peer *peer)
{
	world_expect(t->state == SEAL_TLS_FREE && !seal_tls_is_busy(t), "a TLS connection is begun twice");
	memset(t, 0, offsetof(struct seal_tls, out));
	memset(&MORE(t), 0, sizeof MORE(t));
	t->peer = peer;
	t->state = SEAL_TLS_HANDSHAKE;
}

bool
seal_tls_is_busy(const struct seal_tls *t)
{
	return !seal_job_is_done(&t->job);
}

static void
expect_ours(const struct seal_tls *t)
{
	world_expect(!seal_tls_is_busy(t), "a TLS connection is touched while the worker has it");
}

enum seal_tls_state
seal_tls_state(const struct seal_tls *t)
{
	expect_ours(t);
	return (enum seal_tls_state)t->state;
}

enum seal_tls_fault
seal_tls_fault(const struct seal_tls *t)
{
	return (enum seal_tls_fault)t->fault;
}

void
seal_tls_feed(struct seal_tls *t, struct seal_span records, bool ended)
{
	expect_ours(t);
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
	expect_ours(t);
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
	expect_ours(t);
	return seal_span(t->plain_in + t->plain_in_taken, t->plain_in_len - t->plain_in_taken);
}

void
seal_tls_plain_taken(struct seal_tls *t, size_t len)
{
	t->plain_in_taken += len;
	if (t->plain_in_taken == t->plain_in_len)
		t->plain_in_taken = t->plain_in_len = 0;
	wire_tls_taken(t, len);
}

size_t
seal_tls_write(struct seal_tls *t, const uint8_t *data, size_t len)
{
	expect_ours(t);
	if ((t->state != SEAL_TLS_OPEN && t->state != SEAL_TLS_ENDED_BY_PEER) || t->closing || t->plain_out_done > 0)
		return 0;
	if (len > sizeof t->plain_out - t->plain_out_len)
		len = sizeof t->plain_out - t->plain_out_len;
	if (len > 0)
		memcpy(t->plain_out + t->plain_out_len, data, len);
	t->plain_out_len += len;
	wire_of_tls(t, data, len);
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
	expect_ours(t);
	if (t->state != SEAL_TLS_FREE)
		t->state = SEAL_TLS_RELEASING;
}

/* --- the worker ------------------------------------------------------------------------------ */

static size_t
room_out(const struct seal_tls *t)
{
	return sizeof t->out - t->out_len;
}

static void
put_tls_record(struct seal_tls *t, uint8_t type, const uint8_t *data, size_t len)
{
	t->out_len += record_write(t->out + t->out_len, type, data, len);
}

static void
fail(struct seal_tls *t, enum seal_tls_fault fault)
{
	static const uint8_t ALERT = 42;

	t->fault = (uint8_t)fault;
	t->state = SEAL_TLS_FAILED;
	if (fault != SEAL_TLS_ENDED && room_out(t) > RECORD_HEAD)
		put_tls_record(t, RECORD_ALERT, &ALERT, 1);
}

static void
send_tls_hello(struct seal_tls *t, uint8_t hello)
{
	put_tls_record(t, RECORD_HELLO, &hello, 1);
	MORE(t).greeted = true;
}

static bool
is_server(const struct seal_tls *t)
{
	return t->peer->own != NULL;
}

static void
on_hello(struct seal_tls *t, uint8_t hello)
{
	if (t->state != SEAL_TLS_HANDSHAKE)
		return;
	if (hello == HELLO_EXPIRED) {
		fail(t, SEAL_TLS_EXPIRED);
		return;
	}
	if (is_server(t))
		send_tls_hello(t, HELLO_SERVER);
	t->state = SEAL_TLS_OPEN;
}

static void
take_octet(struct seal_tls *t, uint8_t octet)
{
	uint8_t value = 0;

	switch (record_read(&MORE(t).reader, octet, &value)) {
	case RECORD_OCTET:
		t->plain_in[t->plain_in_len++] = value;
		break;
	case RECORD_GREETED:
		on_hello(t, value);
		break;
	case RECORD_CLOSED:
		t->state = SEAL_TLS_ENDED_BY_PEER;
		break;
	case RECORD_ALERTED:
		fail(t, SEAL_TLS_ALERT);
		break;
	case RECORD_GARBAGE:
		fail(t, SEAL_TLS_NOT_TLS);
		break;
	case RECORD_NOTHING:
		break;
	}
}

static bool
reads(const struct seal_tls *t)
{
	return (t->state == SEAL_TLS_HANDSHAKE || t->state == SEAL_TLS_OPEN) && t->plain_in_len < sizeof t->plain_in;
}

static void
read_all(struct seal_tls *t)
{
	memmove(t->plain_in, t->plain_in + t->plain_in_taken, t->plain_in_len - t->plain_in_taken);
	t->plain_in_len -= t->plain_in_taken;
	t->plain_in_taken = 0;
	while (reads(t) && t->fed_taken < t->fed.len)
		take_octet(t, t->fed.ptr[t->fed_taken++]);
	if (!reads(t) || !t->fed_end)
		return;
	if (t->state == SEAL_TLS_HANDSHAKE)
		fail(t, SEAL_TLS_ENDED);
	else
		t->state = SEAL_TLS_ENDED_BY_PEER;
}

static void
write_all(struct seal_tls *t)
{
	static const uint8_t CLOSE = 0;

	memmove(t->out, t->out + t->out_sent, t->out_len - t->out_sent);
	t->out_len -= t->out_sent;
	t->out_sent = 0;
	while (t->plain_out_done < t->plain_out_len && room_out(t) >= RECORD_HEAD + RECORD_MAX) {
		const size_t left = t->plain_out_len - t->plain_out_done;
		const size_t len = left < RECORD_MAX ? left : RECORD_MAX;

		put_tls_record(t, RECORD_DATA, t->plain_out + t->plain_out_done, len);
		t->plain_out_done += len;
	}
	if (t->plain_out_done < t->plain_out_len)
		return;
	t->plain_out_done = t->plain_out_len = 0;
	if (t->closing && !t->close_sent && room_out(t) > RECORD_HEAD) {
		put_tls_record(t, RECORD_ALERT, &CLOSE, 1);
		t->close_sent = true;
	}
}

static bool
is_alive(const struct seal_tls *t)
{
	return t->state == SEAL_TLS_OPEN || t->state == SEAL_TLS_ENDED_BY_PEER;
}

static void
work(struct seal_job *job)
{
	struct seal_tls *t = (struct seal_tls *)(void *)job;

	if (t->state == SEAL_TLS_RELEASING) {
		t->out_len = t->out_sent = t->plain_in_len = t->plain_in_taken = t->plain_out_len = t->plain_out_done =
		       0;
		t->state = SEAL_TLS_FREE;
		return;
	}
	if (t->state == SEAL_TLS_HANDSHAKE && !is_server(t) && !MORE(t).greeted)
		send_tls_hello(t, HELLO_CLIENT);
	if (is_alive(t))
		write_all(t);
	read_all(t);
}

static bool
has_input(const struct seal_tls *t)
{
	return t->fed_taken < t->fed.len || t->fed_end;
}

static bool
is_due(const struct seal_tls *t)
{
	const bool writes = t->plain_out_done < t->plain_out_len ? room_out(t) + t->out_sent >= RECORD_HEAD + RECORD_MAX
	                                                         : t->closing && !t->close_sent;

	switch ((enum seal_tls_state)t->state) {
	case SEAL_TLS_RELEASING:
		return true;
	case SEAL_TLS_HANDSHAKE:
		return has_input(t) || (!is_server(t) && !MORE(t).greeted);
	case SEAL_TLS_OPEN:
		return writes || (has_input(t) && t->plain_in_len - t->plain_in_taken < sizeof t->plain_in);
	case SEAL_TLS_ENDED_BY_PEER:
		return writes;
	case SEAL_TLS_FREE:
	case SEAL_TLS_FAILED:
		break;
	}
	return false;
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
