/* SPDX-License-Identifier: Apache-2.0
 *
 * test_tls.c - TLS of port/mbedtls: a client against a server, in memory.
 */
#include <mbedtls/ssl.h>

#include "engine/base/out.h"
#include "port/mbedtls/arena.h"
#include "port/mbedtls/tls.h"
#include "tests/unit/fake_port.h"
#include "tests/unit/test.h"
#include "tests/vectors/tls.h"

#define NOW  UINT64_C(1767225600) /* 2026-01-01 */
#define DATA 20000u
#define WIRE 24000u
#define ALL  SIZE_MAX

struct side {
	struct seal_tls tls;
	uint8_t wire[WIRE];  /* records on their way to it */
	size_t wire_len;
	bool wire_end;
	uint8_t got[DATA];
	size_t got_len;
	size_t to_write;     /* octets of pattern() that it must send, and has sent */
	size_t written;
};

static uint8_t memory[256u * 1024u];
static struct side client, server;
static struct seal_tls_peer to_server, to_clients;
static uint8_t roots[8192];
static struct seal_out root_ders;

/* --- the machine underneath ----------------------------------------------------------- */

static struct {
	uint64_t now_s;
	uint32_t random;
	size_t draws_left;
	size_t locks_left;   /* until memory runs out for good */
	bool hogging;
	void *hogged;        /* taken blocks: each begins with the address of the one before */
} machine;

static uint64_t
tls_now_s(void)
{
	return machine.now_s;
}

static bool
tls_draw(void *ctx, uint8_t *out, size_t len)
{
	(void)ctx;
	if (machine.draws_left == 0)
		return false;
	machine.draws_left--;
	for (size_t i = 0; i < len; i++) {
		machine.random ^= machine.random << 13;
		machine.random ^= machine.random >> 17;
		machine.random ^= machine.random << 5;
		out[i] = (uint8_t)(machine.random >> 11);
	}
	return true;
}

/* Called before each use of the arena: when the time has come, all that is free is taken. */
static void
hog(void *ctx)
{
	(void)ctx;
	if (machine.hogging || machine.locks_left == ALL || machine.locks_left-- > 0)
		return;
	machine.hogging = true;
	for (size_t size = sizeof memory; size >= sizeof(void *); size /= 2)
		for (void **block = seal_arena_calloc(1, size); block != NULL; block = seal_arena_calloc(1, size)) {
			*block = machine.hogged;
			machine.hogged = block;
		}
}

static void
give_back(void)
{
	machine.locks_left = ALL;
	while (machine.hogged != NULL) {
		void *block = machine.hogged;

		memcpy(&machine.hogged, block, sizeof machine.hogged);
		seal_arena_free(block);
	}
}

static void
unlock(void *ctx)
{
	(void)ctx;
}

/* --- a world with a client and a server ------------------------------------------------ */

static void
start_machine(void)
{
	memset(&machine, 0, sizeof machine);
	memset(&fake_port, 0, sizeof fake_port);
	machine.now_s = NOW;
	machine.random = 2463534242u;
	machine.draws_left = ALL;
	machine.locks_left = ALL;
	seal_arena_init(memory, sizeof memory, (struct seal_arena_lock){ hog, unlock, NULL });
}

static struct seal_span
ders(const char *pem)
{
	root_ders = seal_out(roots, sizeof roots);
	CHECK(seal_tls_bundle_der(seal_span_text(pem), &root_ders) > 0);
	return seal_out_span(&root_ders);
}

static struct seal_tls_client_setup
setup_client(const char *authorities, const char *name)
{
	return (struct seal_tls_client_setup){
		.name = name,
		.authorities = ders(authorities),
		.random = { tls_draw, NULL },
		.now_s = tls_now_s,
	};
}

static struct seal_tls_server_setup
setup_server(const char *chain, const char *key)
{
	return (struct seal_tls_server_setup){
		.chain = seal_span_text(chain),
		.key = seal_span_text(key),
		.random = { tls_draw, NULL },
		.now_s = tls_now_s,
	};
}

enum version {
	TLS12,
	TLS13
};

static void
limit(enum version version)
{
	mbedtls_ssl_conf_max_tls_version(to_server.config, version == TLS12 ? MBEDTLS_SSL_VERSION_TLS1_2
	                                                                    : MBEDTLS_SSL_VERSION_TLS1_3);
}

static bool
start_peers(const char *chain, const char *key, const char *authorities, const char *name)
{
	const struct seal_tls_client_setup c = setup_client(authorities, name);
	const struct seal_tls_server_setup s = setup_server(chain, key);

	return CHECK_EQ(seal_tls_server(&to_clients, &s), SEAL_TLS_FINE) &&
	       CHECK_EQ(seal_tls_client(&to_server, &c), SEAL_TLS_FINE);
}

static void
start_world(enum version version)
{
	start_machine();
	start_peers(tls_leaf_ec, tls_key_ec, tls_root, "mail.example.com");
	limit(version);
}

/* A connection in which each side sends `to_write` octets. */
static void
tls_connect(size_t to_write)
{
	memset(&client, 0, sizeof client);
	memset(&server, 0, sizeof server);
	client.to_write = server.to_write = to_write;
	seal_tls_begin(&client.tls, &to_server);
	seal_tls_begin(&server.tls, &to_clients);
}

static uint8_t
pattern(size_t i)
{
	return (uint8_t)(i * 7u + i / 251u);
}

static size_t
at_most(size_t len, size_t chunk)
{
	return len < chunk ? len : chunk;
}

static void
speak(struct side *a)
{
	uint8_t data[1000];
	const size_t len = at_most(a->to_write - a->written, sizeof data);

	for (size_t i = 0; i < len; i++)
		data[i] = pattern(a->written + i);
	a->written += seal_tls_write(&a->tls, data, len);
}

static bool
listen(struct side *a)
{
	const struct seal_span plain = seal_tls_plain(&a->tls);
	const size_t len = at_most(plain.len, sizeof a->got - a->got_len);

	if (len > 0)
		memcpy(a->got + a->got_len, plain.ptr, len);
	a->got_len += len;
	seal_tls_plain_taken(&a->tls, len);
	return len > 0;
}

/* Run `a` on at most `chunk` octets, and carry as many of its records over to `b`. Answers
 * whether anything moved. */
static bool
step(struct side *a, struct side *b, size_t chunk)
{
	const size_t offered = at_most(a->wire_len, chunk);
	struct seal_span out;
	size_t len;
	bool moved;

	speak(a);
	seal_tls_feed(&a->tls, seal_span(a->wire, offered), a->wire_end && offered == a->wire_len);
	moved = seal_tls_run(&a->tls);
	len = seal_tls_fed(&a->tls);
	a->wire_len -= len;
	memmove(a->wire, a->wire + len, a->wire_len);
	moved = listen(a) || moved;
	out = seal_tls_out(&a->tls);
	CHECK(out.len <= SEAL_TLS_OUT);
	len = at_most(at_most(out.len, chunk), sizeof b->wire - b->wire_len);
	if (len > 0)
		memcpy(b->wire + b->wire_len, out.ptr, len);
	b->wire_len += len;
	seal_tls_out_sent(&a->tls, len);
	return moved || len > 0;
}

static void
converse(size_t chunk)
{
	bool moved = true;

	for (unsigned i = 0; moved && i < 1000000; i++) {
		moved = step(&client, &server, chunk);
		moved = step(&server, &client, chunk) || moved;
	}
	CHECK(!moved);
}

static void
release(struct side *a)
{
	seal_tls_release(&a->tls);
	if (seal_tls_state(&a->tls) != SEAL_TLS_FREE)
		CHECK(seal_tls_run(&a->tls));
	CHECK_EQ(seal_tls_state(&a->tls), SEAL_TLS_FREE);
	CHECK(!seal_tls_run(&a->tls));
}

/* Both ends go, then both peers: nothing may be left, or what Mbed TLS is known to lose. */
static void
end_world_but(size_t lost)
{
	release(&client);
	release(&server);
	seal_tls_peer_release(&to_server);
	seal_tls_peer_release(&to_clients);
	give_back();
	CHECK(seal_arena_use().used <= lost);
}

static void
end_world(void)
{
	end_world_but(0);
}

static bool
both_are(enum seal_tls_state state)
{
	return seal_tls_state(&client.tls) == state && seal_tls_state(&server.tls) == state;
}

static bool
received_all(const struct side *a, size_t len)
{
	if (a->got_len != len)
		return false;
	for (size_t i = 0; i < len; i++)
		if (a->got[i] != pattern(i))
			return false;
	return true;
}

static void
check_talk(size_t len, size_t chunk)
{
	tls_connect(len);
	converse(chunk);
	CHECK(both_are(SEAL_TLS_OPEN));
	CHECK(received_all(&client, len));
	CHECK(received_all(&server, len));
}

/* --- what works ------------------------------------------------------------------------ */

static void
check_kind(enum version version, const char *chain, const char *key)
{
	start_machine();
	start_peers(chain, key, tls_root, "mail.example.com");
	limit(version);
	check_talk(DATA, ALL);
	CHECK_SPANS(seal_tls_version(&client.tls),
	            version == TLS12 ? SEAL_SPAN("TLSv1.2") : SEAL_SPAN("TLSv1.3"));
	CHECK_SPANS(seal_tls_version(&server.tls), seal_tls_version(&client.tls));
	CHECK(seal_tls_suite(&client.tls).len > 0);
	CHECK(!client.tls.resumed);
	end_world();
}

TEST(both_versions_and_both_kinds_of_keys)
{
	check_kind(TLS12, tls_leaf_ec, tls_key_ec);
	check_kind(TLS13, tls_leaf_ec, tls_key_ec);
	check_kind(TLS12, tls_leaf_rsa, tls_key_rsa);
	check_kind(TLS13, tls_leaf_rsa, tls_key_rsa);
	check_kind(TLS13, tls_leaf_pss, tls_key_rsa);
}

TEST(any_number_of_octets_at_a_time)
{
	static const size_t some[] = { 1, 2, 3, 4, 5, 6, 7, 11, 16, 29, 64, 255, 1000, 4097 };

	for (enum version version = TLS12; version <= TLS13; version++) {
		start_world(version);
		for (size_t i = 0; i < sizeof some / sizeof some[0]; i++) {
			check_talk(5000, some[i]);
			release(&client);
			release(&server);
		}
		end_world();
	}
}

TEST(writing_stops_when_nothing_is_sent)
{
	start_world(TLS13);
	check_talk(0, ALL);
	server.to_write = DATA;
	for (unsigned i = 0; i < 100; i++) {
		speak(&server);
		seal_tls_run(&server.tls);
	}
	CHECK(!seal_tls_run(&server.tls));
	CHECK(server.written < DATA);
	CHECK(seal_tls_out(&server.tls).len <= SEAL_TLS_OUT);
	converse(100);
	CHECK(received_all(&client, DATA));
	end_world();
}

TEST(reading_stops_when_nothing_is_taken)
{
	size_t before;

	start_world(TLS12);
	check_talk(0, ALL);
	server.to_write = DATA;
	client.got_len = sizeof client.got; /* listen takes nothing */
	converse(ALL);
	before = seal_tls_plain(&client.tls).len;
	CHECK_EQ(before, SEAL_TLS_PLAIN_IN);
	CHECK(!seal_tls_run(&client.tls));
	client.got_len = 0;
	converse(ALL);
	CHECK(received_all(&client, DATA));
	end_world();
}

TEST(a_job_belongs_to_the_worker_until_it_is_done)
{
	start_world(TLS13);
	tls_connect(0);
	fake_port.hold_jobs = true;
	CHECK(!seal_tls_is_busy(&client.tls));
	CHECK(seal_tls_run(&client.tls));
	CHECK(seal_tls_is_busy(&client.tls));
	CHECK(!seal_tls_run(&client.tls));
	CHECK_EQ(fake_port.held == &client.tls.job, true);
	seal_job_do(fake_port.held);
	CHECK(!seal_tls_is_busy(&client.tls));
	CHECK(seal_tls_out(&client.tls).len > 0);
	CHECK(!seal_tls_run(&client.tls));
	fake_port.hold_jobs = false;
	converse(ALL);
	CHECK(both_are(SEAL_TLS_OPEN));
	end_world();
}

TEST(nothing_is_written_before_it_is_open)
{
	start_world(TLS13);
	tls_connect(0);
	CHECK_EQ(seal_tls_write(&client.tls, (const uint8_t *)"x", 1), 0);
	CHECK_EQ(seal_tls_version(&client.tls).len, 0);
	converse(ALL);
	CHECK_EQ(seal_tls_write(&client.tls, (const uint8_t *)"x", 1), 1);
	end_world();
}

/* --- ends ------------------------------------------------------------------------------ */

static void
check_close(struct side *first, struct side *second)
{
	tls_connect(3000);
	converse(ALL);
	first->to_write += 2000;
	speak(first);
	seal_tls_close(&first->tls);
	CHECK_EQ(seal_tls_write(&first->tls, (const uint8_t *)"x", 1), 0);
	converse(7);
	CHECK_EQ(seal_tls_state(&second->tls), SEAL_TLS_ENDED_BY_PEER);
	CHECK_EQ(seal_tls_state(&first->tls), SEAL_TLS_OPEN);
	CHECK_EQ(second->got_len, first->written);
	seal_tls_close(&second->tls);
	converse(ALL);
	CHECK_EQ(seal_tls_state(&first->tls), SEAL_TLS_ENDED_BY_PEER);
	release(first);
	release(second);
}

TEST(either_side_may_close)
{
	for (enum version version = TLS12; version <= TLS13; version++) {
		start_world(version);
		check_close(&client, &server);
		check_close(&server, &client);
		end_world();
	}
}

TEST(an_end_without_close_notify_is_an_end)
{
	start_world(TLS13);
	check_talk(100, ALL);
	client.wire_end = true;
	converse(ALL);
	CHECK_EQ(seal_tls_state(&client.tls), SEAL_TLS_ENDED_BY_PEER);
	CHECK_EQ(seal_tls_fault(&client.tls), SEAL_TLS_FINE);
	end_world();
}

/* Go through a handshake in `steps` pieces of `chunk` octets. Answers false when it is over. */
static bool
begin_handshake(unsigned steps, size_t chunk)
{
	bool moved = true;

	tls_connect(0);
	for (unsigned i = 0; moved && i < steps; i++) {
		moved = step(&client, &server, chunk);
		moved = step(&server, &client, chunk) || moved;
	}
	return moved;
}

TEST(an_end_within_the_handshake_is_a_fault)
{
	start_world(TLS13);
	for (unsigned steps = 1; begin_handshake(steps, 300); steps++) {
		if (seal_tls_state(&client.tls) == SEAL_TLS_HANDSHAKE) {
			client.wire_end = true;
			client.wire_len = 0;
			(void)step(&client, &server, ALL);
			CHECK_EQ(seal_tls_state(&client.tls), SEAL_TLS_FAILED);
			CHECK_EQ(seal_tls_fault(&client.tls), SEAL_TLS_ENDED);
		}
		release(&client);
		release(&server);
	}
	end_world();
}

TEST(release_at_every_step)
{
	size_t used;

	for (enum version version = TLS12; version <= TLS13; version++) {
		start_world(version);
		used = seal_arena_use().used;
		for (unsigned steps = 0; begin_handshake(steps, 200); steps += TEST_EVERY) {
			release(&client);
			release(&server);
			seal_arena_free(to_server.session);
			to_server.session = NULL;
			CHECK_EQ(seal_arena_use().used, used);
		}
		end_world();
	}
}

/* --- sessions -------------------------------------------------------------------------- */

static bool
talk_again(void)
{
	bool resumed;

	check_talk(100, ALL);
	resumed = client.tls.resumed;
	release(&client);
	release(&server);
	return resumed;
}

TEST(a_session_is_resumed_within_an_hour)
{
	for (enum version version = TLS12; version <= TLS13; version++) {
		start_world(version);
		CHECK(!talk_again());
		CHECK(talk_again());
		machine.now_s += 3500;
		CHECK(talk_again());
		machine.now_s += 200; /* an hour since the certificate was looked at */
		CHECK(!talk_again());
		CHECK(talk_again());
		machine.now_s -= 1000;
		CHECK(!talk_again());
		end_world();
	}
}

TEST(a_session_that_failed_is_not_offered_again)
{
	start_world(TLS13);
	CHECK(!talk_again());
	CHECK(to_server.session != NULL);
	tls_connect(0);
	client.wire_end = true;
	(void)step(&client, &server, ALL);
	(void)step(&client, &server, ALL);
	CHECK_EQ(seal_tls_state(&client.tls), SEAL_TLS_FAILED);
	CHECK(to_server.session == NULL);
	release(&client);
	release(&server);
	CHECK(!talk_again());
	end_world();
}

TEST(a_session_of_a_server_with_other_keys_is_not_resumed)
{
	const struct seal_tls_server_setup again = setup_server(tls_leaf_ec, tls_key_ec);

	for (enum version version = TLS12; version <= TLS13; version++) {
		start_world(version);
		CHECK(!talk_again());
		seal_tls_peer_release(&to_clients);
		CHECK_EQ(seal_tls_server(&to_clients, &again), SEAL_TLS_FINE);
		CHECK(!talk_again());
		CHECK(talk_again());
		end_world();
	}
}

/* --- certificates ---------------------------------------------------------------------- */

struct verdict {
	const char *chain;
	const char *authorities;
	const char *name;
	uint64_t now_s;
	enum seal_tls_fault fault;
};

static void
check_verdict(const struct verdict *v, enum version version)
{
	start_machine();
	if (v->chain == tls_leaf_rsa)
		start_peers(v->chain, tls_key_rsa, v->authorities, v->name);
	else
		start_peers(v->chain, tls_key_ec, v->authorities, v->name);
	limit(version);
	machine.now_s = v->now_s;
	tls_connect(10);
	converse(ALL);
	if (!CHECK_EQ(seal_tls_fault(&client.tls), v->fault) && v->name != NULL)
		test_write(v->name, strlen(v->name));
	CHECK_EQ(seal_tls_state(&client.tls), v->fault == SEAL_TLS_FINE ? SEAL_TLS_OPEN : SEAL_TLS_FAILED);
	if (v->fault != SEAL_TLS_FINE) {
		CHECK_EQ(seal_tls_fault(&server.tls), SEAL_TLS_ALERT);
		CHECK(seal_tls_alert(&server.tls) != 0);
		CHECK(client.tls.verify_flags != 0);
	}
	end_world();
}

TEST(certificates_are_judged)
{
	static const struct verdict verdicts[] = {
		{ tls_leaf_ec, tls_root, "mail.example.com", NOW, SEAL_TLS_FINE },
		{ tls_leaf_ec, tls_root, "MAIL.Example.com", NOW, SEAL_TLS_FINE },
		{ tls_leaf_ec, tls_root, "a.wild.example.com", NOW, SEAL_TLS_FINE },
		{ tls_leaf_ec, tls_root, "192.0.2.1", NOW, SEAL_TLS_FINE },
		{ tls_self, tls_self, "mail.example.com", NOW, SEAL_TLS_FINE },
		{ tls_leaf_ec, tls_root, "a.b.wild.example.com", NOW, SEAL_TLS_NAME },
		{ tls_leaf_ec, tls_root, "wild.example.com", NOW, SEAL_TLS_NAME },
		{ tls_leaf_ec, tls_root, "other.example.com", NOW, SEAL_TLS_NAME },
		{ tls_leaf_ec, tls_root, "192.0.2.2", NOW, SEAL_TLS_NAME },
		{ tls_leaf_ec, tls_other, "mail.example.com", NOW, SEAL_TLS_ISSUER },
		{ tls_leaf_rsa, tls_other, "mail.example.com", NOW, SEAL_TLS_ISSUER },
		{ tls_leaf_rsa, tls_self, "mail.example.com", NOW, SEAL_TLS_ISSUER },
		{ tls_self, tls_root, "mail.example.com", NOW, SEAL_TLS_ISSUER },
		{ tls_self, tls_root, "other.example.com", 0, SEAL_TLS_ISSUER },
		{ tls_expired, tls_root, "mail.example.com", NOW, SEAL_TLS_EXPIRED },
		{ tls_expired, tls_root, "other.example.com", NOW, SEAL_TLS_NAME },
		{ tls_future, tls_root, "mail.example.com", NOW, SEAL_TLS_NOT_YET },
		{ tls_future, tls_root, "mail.example.com", UINT64_C(2698000000), SEAL_TLS_FINE },
		{ tls_leaf_ec, tls_root, "mail.example.com", 0, SEAL_TLS_NO_CLOCK },
		{ tls_leaf_ec, tls_root, "other.example.com", 0, SEAL_TLS_NAME },
		{ tls_leaf_ec, tls_root, "mail.example.com", UINT64_C(1577836799), SEAL_TLS_NOT_YET },
		{ tls_leaf_ec, tls_root, "mail.example.com", UINT64_C(1577836800), SEAL_TLS_FINE },
		{ tls_leaf_ec, tls_root, "mail.example.com", UINT64_C(2840140800), SEAL_TLS_FINE },
		{ tls_leaf_ec, tls_root, "mail.example.com", UINT64_C(2840140801), SEAL_TLS_EXPIRED },
#if defined(MBEDTLS_SHA1_C)
		{ tls_sha1, tls_root, "mail.example.com", NOW, SEAL_TLS_WEAK },
#endif
		{ tls_under_small, tls_root, "mail.example.com", NOW, SEAL_TLS_WEAK },
	};

	for (size_t i = 0; i < sizeof verdicts / sizeof verdicts[0]; i++)
		check_verdict(&verdicts[i], i % 2 == 0 ? TLS12 : TLS13);
}

/* Two authorities of one name, of which the second is the right one; and not at the first
 * place, between others. */
TEST(the_right_one_of_many_authorities_is_found)
{
	static char bundle[8192];
	const char *const pems[] = { tls_self, tls_other, tls_leaf_rsa, tls_root, tls_other };
	size_t len = 0;

	for (size_t i = 0; i < sizeof pems / sizeof pems[0]; i++) {
		memcpy(bundle + len, pems[i], strlen(pems[i]));
		len += strlen(pems[i]);
	}
	bundle[len] = '\0';
	start_machine();
	start_peers(tls_leaf_ec, tls_key_ec, bundle, "mail.example.com");
	check_talk(10, ALL);
	end_world();
}

static enum seal_tls_fault
connect_with_pins(struct seal_span pins, const char *chain, uint64_t at)
{
	struct seal_tls_client_setup setup = setup_client(tls_other, "no.example.net");
	const struct seal_tls_server_setup own = setup_server(chain, tls_key_ec);
	enum seal_tls_fault fault;

	start_machine();
	setup.pins = pins;
	setup.authorities = seal_span(NULL, 0);
	CHECK_EQ(seal_tls_server(&to_clients, &own), SEAL_TLS_FINE);
	CHECK_EQ(seal_tls_client(&to_server, &setup), SEAL_TLS_FINE);
	machine.now_s = at;
	tls_connect(10);
	converse(ALL);
	fault = seal_tls_fault(&client.tls);
	if (fault == SEAL_TLS_FINE)
		CHECK(received_all(&client, 10));
	end_world();
	return fault;
}

TEST(a_pinned_key_needs_no_issuer_name_or_time)
{
	uint8_t pins[3 * sizeof tls_pin_ec] = { 0 };

	memcpy(pins + sizeof tls_pin_ec, tls_pin_ec, sizeof tls_pin_ec);
	CHECK_EQ(connect_with_pins(seal_span(tls_pin_ec, sizeof tls_pin_ec), tls_leaf_ec, NOW), SEAL_TLS_FINE);
	CHECK_EQ(connect_with_pins(seal_span(pins, sizeof pins), tls_leaf_ec, 0), SEAL_TLS_FINE);
	CHECK_EQ(connect_with_pins(seal_span(pins, sizeof pins), tls_self, 0), SEAL_TLS_FINE);
	CHECK_EQ(connect_with_pins(seal_span(pins, sizeof pins), tls_expired, NOW), SEAL_TLS_FINE);
	pins[sizeof tls_pin_ec + 31] ^= 1;
	CHECK_EQ(connect_with_pins(seal_span(pins, sizeof pins), tls_leaf_ec, NOW), SEAL_TLS_PIN);
}

/* --- what a peer may do ---------------------------------------------------------------- */

/* The first octets that a client or a server receives. */
static void
check_first_words(struct side *a, struct seal_span words, size_t chunk, enum seal_tls_fault fault, uint8_t alert)
{
	static struct side nowhere;

	start_world(TLS13);
	tls_connect(0);
	memset(&nowhere, 0, sizeof nowhere);
	memcpy(a->wire, words.ptr, words.len);
	a->wire_len = words.len;
	while (step(a, &nowhere, chunk))
		;
	CHECK_EQ(seal_tls_state(&a->tls), SEAL_TLS_FAILED);
	CHECK_EQ(seal_tls_fault(&a->tls), fault);
	CHECK_EQ(seal_tls_alert(&a->tls), alert);
	end_world();
}

#define OCTETS(...) seal_span((const uint8_t[]){ __VA_ARGS__ }, sizeof(const uint8_t[]){ __VA_ARGS__ })

TEST(a_peer_that_does_not_speak_tls_is_reported)
{
	for (size_t chunk = 1; chunk < 8; chunk += 3) {
		check_first_words(&client, SEAL_SPAN("220 mail.example.com ESMTP\r\n"), chunk, SEAL_TLS_NOT_TLS, 0);
		check_first_words(&server, SEAL_SPAN("EHLO mail.example.com\r\n"), chunk, SEAL_TLS_NOT_TLS, 0);
		check_first_words(&server, OCTETS(0, 0, 0, 0, 0, 0), chunk, SEAL_TLS_NOT_TLS, 0);
		check_first_words(&client, OCTETS(0x16, 9, 9, 0, 4, 0), chunk, SEAL_TLS_NOT_TLS, 0);
	}
}

TEST(old_peers_are_reported)
{
	static const uint8_t hello10[] = {
		0x16, 3, 1, 0, 45, 1, 0, 0, 41, 3, 1,
		1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16,
		1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16,
		0, 0, 2, 0, 0x2f, 1, 0
	};
	static const uint8_t answer10[] = {
		0x16, 3, 1, 0, 42, 2, 0, 0, 38, 3, 1,
		1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16,
		1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16,
		0, 0, 0x2f, 0
	};

	check_first_words(&server, seal_span(hello10, sizeof hello10), 1, SEAL_TLS_OLD, 0);
	check_first_words(&client, seal_span(answer10, sizeof answer10), 1, SEAL_TLS_OLD, 0);
	check_first_words(&server, OCTETS(0x80, 0x2e, 1, 3, 1, 0, 0x15, 0, 0, 0, 0x10), 1, SEAL_TLS_OLD, 0);
}

TEST(alerts_are_reported)
{
	check_first_words(&client, OCTETS(0x15, 3, 3, 0, 2, 2, 70), ALL, SEAL_TLS_OLD, 70);
	check_first_words(&client, OCTETS(0x15, 3, 3, 0, 2, 2, 40), 1, SEAL_TLS_NO_COMMON, 40);
	check_first_words(&client, OCTETS(0x15, 3, 3, 0, 2, 2, 71), ALL, SEAL_TLS_NO_COMMON, 71);
	check_first_words(&client, OCTETS(0x15, 3, 3, 0, 2, 2, 80), ALL, SEAL_TLS_ALERT, 80);
	check_first_words(&server, OCTETS(0x15, 3, 3, 0, 2, 2, 48), ALL, SEAL_TLS_ALERT, 48);
}

TEST(records_larger_than_the_buffer_are_reported)
{
	check_first_words(&client, OCTETS(0x16, 3, 3, 0x7f, 0xff, 2, 0, 0, 9), ALL, SEAL_TLS_RECORD, 0);
	check_first_words(&server, OCTETS(0x16, 3, 1, 0xff, 0xff, 1, 0, 0, 9), 1, SEAL_TLS_RECORD, 0);
	start_world(TLS12);
	check_talk(10, ALL);
	memcpy(client.wire, "\x17\x03\x03\xff\xff" "12345678", 13);
	client.wire_len = 13;
	converse(ALL);
	CHECK_EQ(seal_tls_fault(&client.tls), SEAL_TLS_RECORD);
	CHECK_EQ(seal_tls_fault(&server.tls), SEAL_TLS_ALERT);
	CHECK_EQ(seal_tls_alert(&server.tls), 22); /* record_overflow */
	end_world();
}

static void
check_flip(enum version version, size_t at)
{
	start_world(version);
	check_talk(10, ALL);
	server.to_write = 100;
	(void)step(&server, &client, ALL);
	if (CHECK(client.wire_len > at))
		client.wire[at] ^= 0x10;
	converse(ALL);
	CHECK_EQ(seal_tls_state(&client.tls), SEAL_TLS_FAILED);
	CHECK_EQ(client.got_len, 10);
	if (at >= 5)
		CHECK_EQ(seal_tls_fault(&client.tls), SEAL_TLS_DAMAGED);
	if (at >= 5) {
		CHECK_EQ(seal_tls_fault(&server.tls), SEAL_TLS_ALERT);
		CHECK_EQ(seal_tls_alert(&server.tls), 20); /* bad_record_mac */
	}
	end_world();
}

TEST(a_changed_record_is_found)
{
	static const size_t some[] = { 0, 5, 6, 12, 13, 30, 64, 65, 80 };

	for (size_t i = 0; i < sizeof some / sizeof some[0]; i++) {
		check_flip(TLS12, some[i]);
		check_flip(TLS13, some[i]);
	}
}

/* What exactly is found depends on the octet; that the sides agree does not. */
TEST(a_changed_handshake_ends_nowhere)
{
	for (size_t at = 0; at < 2600; at += 61u * TEST_EVERY) {
		start_world(at % 2 == 0 ? TLS12 : TLS13);
		tls_connect(10);
		for (size_t passed = 0; passed <= at && step(&client, &server, ALL); ) {
			const size_t before = client.wire_len;

			(void)step(&server, &client, ALL);
			if (passed + client.wire_len > at && at >= passed)
				client.wire[at - passed] ^= 0x04;
			passed += client.wire_len - before;
		}
		converse(ALL);
		CHECK((both_are(SEAL_TLS_OPEN) && received_all(&client, 10)) ||
		      (seal_tls_state(&client.tls) == SEAL_TLS_FAILED && client.got_len == 0));
		end_world();
	}
}

/* --- what may run out ------------------------------------------------------------------ */

/* Returns true if memory ran out in a connection that begins with `locks` uses of the arena
 * left. */
static bool
run_out(size_t locks)
{
	const struct seal_tls *failed;

	machine.locks_left = locks;
	tls_connect(100);
	converse(ALL);
	if (!machine.hogging)
		return false;
	if (!both_are(SEAL_TLS_OPEN)) {
		failed = seal_tls_state(&client.tls) == SEAL_TLS_FAILED &&
		         seal_tls_fault(&client.tls) == SEAL_TLS_NO_MEMORY ? &client.tls : &server.tls;
		CHECK_EQ(seal_tls_state(failed), SEAL_TLS_FAILED);
		CHECK_EQ(seal_tls_fault(failed), SEAL_TLS_NO_MEMORY);
	}
	return true;
}

/* The first uses of the arena are each tried, then fewer and fewer: most of them are big
 * numbers, all alike. When the ciphers of a TLS 1.3 transform do not all fit, Mbed TLS 3.6
 * frees the transform and not the others (mbedtls_ssl_tls13_compute_handshake_transform). */
TEST(memory_may_run_out_at_any_time)
{
	const size_t lost = 1000;
	bool more = true;

	for (size_t n = 0; more; n += TEST_EVERY * (1u + n / 24u)) {
		start_world(n % 2 == 0 ? TLS12 : TLS13);
		if (n % 3 == 0)
			(void)talk_again();
		more = run_out(n);
		end_world_but(n % 2 == 0 ? 0 : lost);
	}
}

TEST(memory_may_run_out_while_setting_up)
{
	const struct seal_tls_server_setup s = setup_server(tls_leaf_ec, tls_key_ec);
	enum seal_tls_fault fault = SEAL_TLS_NO_MEMORY;

	for (size_t n = 0; fault != SEAL_TLS_FINE; n += 1 + n / 24) {
		start_machine();
		machine.locks_left = n;
		fault = seal_tls_server(&to_clients, &s);
		if (fault != SEAL_TLS_FINE)
			CHECK_EQ(fault, SEAL_TLS_NO_MEMORY);
		seal_tls_peer_release(&to_clients);
		give_back();
		CHECK_EQ(seal_arena_use().used, 0);
	}
}

/* An arena that is only a little too small: freed memory can be used again. */
TEST(every_size_of_arena_is_safe)
{
	const struct seal_tls_server_setup s = setup_server(tls_leaf_ec, tls_key_ec);
	const struct seal_tls_client_setup c = setup_client(tls_root, "mail.example.com");
	bool open = false;

	for (size_t len = 1000; !open && len < sizeof memory; len += 1501) {
		start_machine();
		seal_arena_init(memory, len, (struct seal_arena_lock){ 0 });
		if (seal_tls_server(&to_clients, &s) == SEAL_TLS_FINE &&
		    seal_tls_client(&to_server, &c) == SEAL_TLS_FINE) {
			limit(TLS12);
			tls_connect(100);
			converse(ALL);
			open = both_are(SEAL_TLS_OPEN);
			end_world();
		} else {
			seal_tls_peer_release(&to_clients);
			CHECK_EQ(seal_arena_use().used, 0);
		}
	}
	CHECK(open);
}

TEST(randomness_may_run_out_at_any_time)
{
	bool open = false;

	for (size_t n = 0; !open; n++) {
		start_world(n % 2 == 0 ? TLS12 : TLS13);
		machine.draws_left = n;
		tls_connect(10);
		converse(ALL);
		open = both_are(SEAL_TLS_OPEN);
		if (!open)
			CHECK(seal_tls_fault(&client.tls) == SEAL_TLS_NO_RANDOM ||
			      seal_tls_fault(&server.tls) == SEAL_TLS_NO_RANDOM);
		end_world();
	}
}

/* --- setups ---------------------------------------------------------------------------- */

static enum seal_tls_fault
try_server(struct seal_span chain, struct seal_span key)
{
	const struct seal_tls_server_setup s = { chain, key, { tls_draw, NULL }, tls_now_s };
	enum seal_tls_fault fault;

	start_machine();
	fault = seal_tls_server(&to_clients, &s);
	if (fault != SEAL_TLS_FINE)
		CHECK_EQ(seal_arena_use().used, 0);
	seal_tls_peer_release(&to_clients);
	CHECK_EQ(seal_arena_use().used, 0);
	return fault;
}

TEST(a_server_needs_a_chain_and_its_key)
{
	const struct seal_span chain = SEAL_SPAN(tls_leaf_ec);
	const struct seal_span key = SEAL_SPAN(tls_key_ec);

	CHECK_EQ(try_server(chain, key), SEAL_TLS_FINE);
	CHECK_EQ(try_server(ders(tls_leaf_ec), key), SEAL_TLS_FINE);
	CHECK_EQ(try_server(chain, SEAL_SPAN(tls_key_other)), SEAL_TLS_CERTIFICATE);
	CHECK_EQ(try_server(chain, SEAL_SPAN(tls_key_rsa)), SEAL_TLS_CERTIFICATE);
	CHECK_EQ(try_server(SEAL_SPAN(tls_leaf_rsa), SEAL_SPAN(tls_key_rsa)), SEAL_TLS_FINE);
	CHECK_EQ(try_server(SEAL_SPAN(tls_other_use), key), SEAL_TLS_CERTIFICATE);
#if !defined(MBEDTLS_SHA1_C)
	CHECK_EQ(try_server(SEAL_SPAN(tls_sha1), key), SEAL_TLS_CERTIFICATE);
#endif
	CHECK_EQ(try_server(key, chain), SEAL_TLS_CERTIFICATE);
	CHECK_EQ(try_server(seal_span_first(chain, 500), key), SEAL_TLS_CERTIFICATE);
	CHECK_EQ(try_server(seal_span_first(ders(tls_leaf_ec), 500), key), SEAL_TLS_CERTIFICATE);
	CHECK_EQ(try_server(seal_span(NULL, 0), key), SEAL_TLS_CERTIFICATE);
	CHECK_EQ(try_server(chain, seal_span(NULL, 0)), SEAL_TLS_CERTIFICATE);
}

static enum seal_tls_fault
try_client(struct seal_tls_client_setup setup)
{
	enum seal_tls_fault fault;

	start_machine();
	fault = seal_tls_client(&to_server, &setup);
	seal_tls_peer_release(&to_server);
	CHECK_EQ(seal_arena_use().used, 0);
	return fault;
}

TEST(a_client_needs_a_name_and_authorities_or_pins)
{
	struct seal_tls_client_setup setup = setup_client(tls_root, "mail.example.com");

	CHECK_EQ(try_client(setup), SEAL_TLS_FINE);
	setup.authorities.len -= 1;
	CHECK_EQ(try_client(setup), SEAL_TLS_CERTIFICATE);
	setup.authorities.len = 0;
	CHECK_EQ(try_client(setup), SEAL_TLS_CERTIFICATE);
	setup.pins = seal_span(tls_pin_ec, sizeof tls_pin_ec);
	CHECK_EQ(try_client(setup), SEAL_TLS_FINE);
	setup.name = NULL;
	CHECK_EQ(try_client(setup), SEAL_TLS_FINE);
	setup.pins.len -= 1;
	CHECK_EQ(try_client(setup), SEAL_TLS_CERTIFICATE);
	setup = setup_client(tls_root, "");
	CHECK_EQ(try_client(setup), SEAL_TLS_CERTIFICATE);
}

TEST(bundles_become_der)
{
	static uint8_t der[4096];
	struct seal_out out = seal_out(der, sizeof der);
	const size_t one = strlen(tls_self);

	CHECK_EQ(seal_tls_bundle_der(SEAL_SPAN(tls_leaf_ec), &out), 2);
	CHECK_EQ(out.ptr[0], 0x30);
	CHECK_EQ(seal_tls_bundle_der(SEAL_SPAN("# nothing\n"), &out), 0);
	CHECK_EQ(seal_tls_bundle_der(SEAL_SPAN(tls_key_ec), &out), 0);
	for (size_t len = 0; len < one - 30; len++) {
		out = seal_out(der, sizeof der);
		CHECK_EQ(seal_tls_bundle_der(seal_span_first(SEAL_SPAN(tls_self), len), &out), 0);
	}
	for (size_t cap = 0; cap < 300; cap++) {
		out = seal_out(der, cap);
		CHECK_EQ(seal_tls_bundle_der(SEAL_SPAN(tls_self), &out), 0);
		CHECK(out.overflow || cap == 0);
	}
}

TEST(every_fault_has_words)
{
	for (unsigned fault = SEAL_TLS_FINE; fault <= SEAL_TLS_PROTOCOL; fault++)
		CHECK(seal_tls_fault_text((enum seal_tls_fault)fault) != NULL);
}

const struct test_case test_tls_cases[];
const struct test_case test_tls_cases[] = {
	CASE(both_versions_and_both_kinds_of_keys),
	CASE(any_number_of_octets_at_a_time),
	CASE(writing_stops_when_nothing_is_sent),
	CASE(reading_stops_when_nothing_is_taken),
	CASE(a_job_belongs_to_the_worker_until_it_is_done),
	CASE(nothing_is_written_before_it_is_open),
	CASE(either_side_may_close),
	CASE(an_end_without_close_notify_is_an_end),
	CASE(an_end_within_the_handshake_is_a_fault),
	CASE(release_at_every_step),
	CASE(a_session_is_resumed_within_an_hour),
	CASE(a_session_that_failed_is_not_offered_again),
	CASE(a_session_of_a_server_with_other_keys_is_not_resumed),
	CASE(certificates_are_judged),
	CASE(the_right_one_of_many_authorities_is_found),
	CASE(a_pinned_key_needs_no_issuer_name_or_time),
	CASE(a_peer_that_does_not_speak_tls_is_reported),
	CASE(old_peers_are_reported),
	CASE(alerts_are_reported),
	CASE(records_larger_than_the_buffer_are_reported),
	CASE(a_changed_record_is_found),
	CASE(a_changed_handshake_ends_nowhere),
	CASE(memory_may_run_out_at_any_time),
	CASE(memory_may_run_out_while_setting_up),
	CASE(every_size_of_arena_is_safe),
	CASE(randomness_may_run_out_at_any_time),
	CASE(a_server_needs_a_chain_and_its_key),
	CASE(a_client_needs_a_name_and_authorities_or_pins),
	CASE(bundles_become_der),
	CASE(every_fault_has_words),
	CASE_END
};
