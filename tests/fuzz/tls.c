/* SPDX-License-Identifier: Apache-2.0
 *
 * tls.c - TLS of port/mbedtls: records from the input against one end, or an attacker between both ends.
 * Promised: received octets are the beginning of the sent ones, and nothing stays in the arena.
 */
#include "engine/base/out.h"
#include "port/contract/port.h"
#include "port/mbedtls/arena.h"
#include "port/mbedtls/tls.h"
#include "tests/fuzz/fuzz.h"
#include "tests/vectors/tls.h"

#define WIRE 24000u
#define SENT 600u

struct side {
	struct seal_tls tls;
	uint8_t wire[WIRE];  /* in transit to it */
	size_t wire_len;
	bool wire_end, opened;
	size_t written, received;
};

static uint8_t memory[256u * 1024u];
static uint8_t roots[8192];
static struct side client, server;
static struct seal_tls_peer to_server, to_clients;
static uint32_t random_state;

void
seal_port_submit(struct seal_job *job)
{
	seal_job_do(job);
}

static uint64_t
now_s(void)
{
	return UINT64_C(1767225600); /* 2026-01-01 */
}

static bool
draw(void *ctx, uint8_t *out, size_t len)
{
	(void)ctx;
	for (size_t i = 0; i < len; i++) {
		random_state = random_state * 1664525u + 1013904223u;
		out[i] = (uint8_t)(random_state >> 24);
	}
	return true;
}

static uint8_t
pattern(size_t i)
{
	return (uint8_t)(i * 7u + i / 251u);
}

/* Only the ends that are needed, because a server takes long to check its key. */
static void
start(bool is_pinned, bool with_client, bool with_server)
{
	struct seal_out ders = seal_out(roots, sizeof roots);

	random_state = 1;
	seal_arena_init(memory, sizeof memory, (struct seal_arena_lock){ NULL, NULL, NULL });
	REQUIRE(seal_tls_bundle_der(seal_span_text(tls_root), &ders) > 0);

	const struct seal_tls_client_setup c = {
		.name = "mail.example.com", .authorities = seal_out_span(&ders), .random = { draw, NULL },
		.now_s = now_s,
		.pins = is_pinned ? seal_span(tls_pin_ec, sizeof tls_pin_ec) : seal_span(NULL, 0),
	};
	const struct seal_tls_server_setup s = {
		.chain = seal_span_text(tls_leaf_ec), .key = seal_span_text(tls_key_ec), .random = { draw, NULL },
		.now_s = now_s,
	};

	memset(&client, 0, sizeof client);
	memset(&server, 0, sizeof server);
	memset(&to_server, 0, sizeof to_server);
	memset(&to_clients, 0, sizeof to_clients);
	if (with_client) {
		REQUIRE(seal_tls_client(&to_server, &c) == SEAL_TLS_FINE);
		seal_tls_begin(&client.tls, &to_server);
	}
	if (with_server) {
		REQUIRE(seal_tls_server(&to_clients, &s) == SEAL_TLS_FINE);
		seal_tls_begin(&server.tls, &to_clients);
	}
}

static void
release(struct side *a)
{
	seal_tls_release(&a->tls);
	if (seal_tls_state(&a->tls) != SEAL_TLS_FREE)
		REQUIRE(seal_tls_run(&a->tls));
	REQUIRE(seal_tls_state(&a->tls) == SEAL_TLS_FREE && !seal_tls_run(&a->tls));
}

static void
finish(void)
{
	release(&client);
	release(&server);
	seal_tls_peer_release(&to_server);
	seal_tls_peer_release(&to_clients);
	REQUIRE(seal_arena_use().used == 0);
}

static void
speak(struct side *a)
{
	uint8_t data[100];
	const size_t len = SENT - a->written < sizeof data ? SENT - a->written : sizeof data;

	for (size_t i = 0; i < len; i++)
		data[i] = pattern(a->written + i);
	a->written += seal_tls_write(&a->tls, data, len);
}

/* Returns true if anything moved. */
static bool
run(struct side *a, size_t chunk)
{
	const size_t offered = a->wire_len < chunk ? a->wire_len : chunk;
	struct seal_span rest = seal_span(a->wire, offered), plain;
	const struct seal_span piece = fuzz_piece(&rest, offered);
	bool moved;
	size_t fed;

	seal_tls_feed(&a->tls, piece, a->wire_end && offered == a->wire_len);
	moved = seal_tls_run(&a->tls);
	fed = seal_tls_fed(&a->tls);
	REQUIRE(fed <= offered && !seal_tls_is_busy(&a->tls));
	seal_tls_feed(&a->tls, seal_span(NULL, 0), false);
	fuzz_free(piece);
	a->wire_len -= fed;
	memmove(a->wire, a->wire + fed, a->wire_len);
	a->opened = a->opened || seal_tls_state(&a->tls) == SEAL_TLS_OPEN;
	REQUIRE((seal_tls_state(&a->tls) == SEAL_TLS_FAILED) == (seal_tls_fault(&a->tls) != SEAL_TLS_FINE));
	plain = seal_tls_plain(&a->tls);
	REQUIRE(plain.len == 0 || a->opened);
	for (size_t i = 0; i < plain.len; i++)
		REQUIRE(plain.ptr[i] == pattern(a->received + i));
	a->received += plain.len;
	REQUIRE(a->received <= SENT);
	seal_tls_plain_taken(&a->tls, plain.len);
	return moved || plain.len > 0;
}

/* One end, and the octets of the input for it. */
static void
fuzz_end(struct side *a, struct seal_span in)
{
	while (in.len > 0) {
		const size_t cut = fuzz_cut(&in) * 4u;
		const struct seal_span piece = fuzz_piece(&in, cut < WIRE - a->wire_len ? cut : WIRE - a->wire_len);

		memcpy(a->wire + a->wire_len, piece.ptr, piece.len);
		a->wire_len += piece.len;
		fuzz_free(piece);
		speak(a);
		run(a, SIZE_MAX);
		REQUIRE(seal_tls_out(&a->tls).len <= SEAL_TLS_OUT);
		seal_tls_out_sent(&a->tls, seal_tls_out(&a->tls).len);
		if (seal_tls_state(&a->tls) == SEAL_TLS_FAILED)
			break;
	}
	a->wire_end = true;
	run(a, SIZE_MAX);
	REQUIRE(!a->opened);
}

/* Move octets from `a` to `b`; now and then change them. */
static void
carry(struct side *a, struct side *b, struct seal_span *in)
{
	const struct seal_span out = seal_tls_out(&a->tls);
	const size_t room = WIRE - b->wire_len;
	const size_t len = out.len < room ? out.len : room;
	const unsigned what = in->len == 0 ? 0 : fuzz_choice(in);
	uint8_t *at = b->wire + b->wire_len;

	REQUIRE(out.len <= SEAL_TLS_OUT);
	if (len > 0)
		memcpy(at, out.ptr, len);
	b->wire_len += len;
	seal_tls_out_sent(&a->tls, len);
	if (what < 192 || len == 0)
		return;
	if (what < 224) {
		at[(fuzz_choice(in) * 256u + fuzz_choice(in)) % len] ^= (uint8_t)(1u << what % 8u);
	} else if (what < 240) {
		b->wire_len -= (fuzz_choice(in) * 256u + fuzz_choice(in)) % len;
	} else if (what < 248 && len <= WIRE - b->wire_len) {
		memcpy(b->wire + b->wire_len, at, len);
		b->wire_len += len;
	} else if (what < 254) {
		const struct seal_span piece = fuzz_piece(in, what);

		if (piece.len <= WIRE - b->wire_len)
			memcpy(b->wire + b->wire_len, piece.ptr, piece.len);
		b->wire_len += piece.len <= WIRE - b->wire_len ? piece.len : 0;
		fuzz_free(piece);
	} else {
		b->wire_end = true;
	}
}

static void
fuzz_between(struct seal_span in)
{
	bool moved = true;

	for (unsigned i = 0; moved && i < 400; i++) {
		const size_t cut = in.len == 0 ? SIZE_MAX : fuzz_cut(&in) * 8u;

		speak(&client);
		speak(&server);
		moved = run(&client, cut);
		carry(&client, &server, &in);
		moved = run(&server, cut) || moved;
		carry(&server, &client, &in);
		moved = moved || in.len > 0;
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct seal_span in = seal_span(data, len);
	const unsigned what = fuzz_choice(&in);

	start(what >= 128, what % 4 != 0, what % 4 != 1);
	if (what % 4 == 0)
		fuzz_end(&server, in);
	else if (what % 4 == 1)
		fuzz_end(&client, in);
	else
		fuzz_between(in);
	finish();
	return 0;
}
