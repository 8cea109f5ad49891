/* SPDX-License-Identifier: Apache-2.0
 *
 * board_bench.c - how many instructions a signature and an octet of a message take on a
 * board: an image for QEMU with -icount, where every instruction takes the same time of
 * the board's own counter. Prints "NAME TAB INSTRUCTIONS" lines; NAME/octet lines are in
 * hundredths. A loop of a known length says how long an instruction is.
 *
 * TLS needs a peer, which is tests/bench/tls_peer.py, and semihosting is the wire: two pipes
 * and a frame there for each frame back.
 */
#include <string.h>

#include "port/cortexm/board.h"
#include "engine/gateway/intake.h"
#include "port/contract/port.h"
#include "port/cortexm/clock.h"
#include "port/cortexm/entropy.h"
#include "port/cortexm/fault.h"
#include "port/cortexm/halt.h"
#include "port/cortexm/registers.h"
#include "port/cortexm/signing.h"
#include "port/cortexm/start.h"
#include "port/mbedtls/arena.h"
#include "port/mbedtls/tls.h"

#define LOOPS     10000000u /* of two instructions                                      */
#define BODY      8192u     /* octets, given again and again                            */
#define BODIES    32u
#define CHUNK     536u      /* a segment of the boards' TCP_MSS                         */
#define KEY_BITS  2048u
#define GENERATOR 384u      /* what the worker's generator takes of the arena           */
#define RECORDS   64u       /* each as full as we make them                             */
#define NOW       1800000000u

/* Made for this file and used nowhere else:
 *	openssl genpkey -algorithm RSA -pkeyopt rsa_keygen_bits:2048 */
static const char key_text[] =
	"-----BEGIN PRIVATE KEY-----\n"
	"MIIEvQIBADANBgkqhkiG9w0BAQEFAASCBKcwggSjAgEAAoIBAQDQ34kCEfcoSayB\n"
	"BbKHiDaEKudwPdtP5LmbQ+LBbWaq7nS/VWhRSGlf4y2WbsJeSrc6n92fYzL4JnT7\n"
	"3Un8EaZSyL1Q6s7H80GYvcXF7deuljs5ii7JTwFdDcfvPcHjki9KwiKvIAenHBxK\n"
	"bucKQEdwCqLXwJp3heJZaW5k5gaJsXzKLw+1HdHqF7QBOdd7pMsJ6e6dv1XfUkHO\n"
	"WR5gXberlE5BGicyIDH1iyjUgKOaLormtUeomJIAlg4S1S/+U25knOat4hhK6SHl\n"
	"89byOCnsOo8vQr/yGFHejYroynylw34iZZKNlR0AboVxXd/6kE2uw+1z4LnpUmtp\n"
	"UAC5SY8dAgMBAAECggEAA6tNlZT5tcI3jsuqE3Hr3T4As0rO4bQno4fZgaLZmRqX\n"
	"v+2w566hNT9BI4GeFfhziArbYoukT1Ijn3IHdO9db9pZYwTA7afDCPsacIvpTEaU\n"
	"00GvaTdjU35kuvnngEcm4AYRhGiIYeHfSFpy4g33g0sYibg3Lm7SZ1YwC4Mz7bLB\n"
	"mcxJ5c30usCShoKwuSEui4i139BLYJjDoiPY8QmeXbXsSvP3LIhY/NXwrAnfW7AY\n"
	"ZqZtQiy0i3bcPIXVa37KIqmRM26QeyZd7vzXRhQAS2WfPtCaxjZ8w7OJJZM51ayC\n"
	"mLgQGIBmCw9h05sSkVn4VdVrg8LyswGVH6msndLkCQKBgQDpXN/5rPesVGFOzzFj\n"
	"hWItQ02oUekEVvlvgUqRV0Sl9TIINqPP30dZlyp9kpaCYi2vR2ljJjj/hAljNvFD\n"
	"y9P1N9Od32vgY3/mmn8Io3fARXKmd5V1qiHP9w9E2IYZQhemwBIF8XujmHzJG/K3\n"
	"ur1lp5EzC0MAfFRpm8mieszbNQKBgQDlIoHMPakrQ7P/qp5/rR9jTQeywBj8ciJm\n"
	"zs/vvIjiuEPrdDIoSx1w3yTn9+l8UfmceJZZrJNVvhz+myp7N58Tc+YORMH0JUNM\n"
	"q/VGoEyWeyjwytV2kp67rX/5p+Tm1JzTuDxaZWYDncYQ1fgZbFgsgVUBow0jj4Hz\n"
	"9iba4Zd5SQKBgA4NA4da/Maphfpiy0x8uX6UMNbTp74VJouqMz0xDfcYHl0UPSTF\n"
	"AtzIF0zcSKetFacaG6RWptPrtUz9/+TfHvIC3IEC9NHb69WMs91nSkyPYenYBW3C\n"
	"Qqrs60Rv7RMUQaxOoEcvVQxyoADT5/dcDQ9T2ZBDO1OKKOL6+FcKIc+JAoGBAIuM\n"
	"ypSDcUZiQ3wQg9uqqpUl0uxwxkbplD4c8tNFdfDu3J7H88xKgzG9FZMZj+AhZO6B\n"
	"GsCetFTiJnKCOgs1QvLsAU7rXVy+XRCTIhzTgBGeDL8qKXu/rGENOAXq1SQolSL0\n"
	"7/z2CH1nV7vlNOb273SbiBQpI9Vmj3Tvk5Z3EnPRAoGALBpEaJhB3blfJqC3QVGV\n"
	"mexZztai9fJcuRl/TeUzhGOEOPeQ0YO15L2Ru+lxhi4yRNbu7S5n3D4V7599xhlv\n"
	"9Yh4HASLpYIMNGHVKnrbFe8gc9Jp2Am7iCN3FOYPKbvPtBfrxlOah0aujaynnMPq\n"
	"F7cKzCQ0iahhtsn/CcysZDY=\n"
	"-----END PRIVATE KEY-----\n";

static const char config_text[] =
	"[gateway]\n"
	"hostname = gateway.example\n"
	"next-hop = hop.example\n"
	"[domain relaxed.example]\n"
	"selector = s\n"
	"key = k\n"
	"[domain simple.example]\n"
	"selector = s\n"
	"key = k\n"
	"canonicalization = simple/simple\n";

static struct seal_entropy_pool pool;
static uint8_t octets[BODY]; /* of a body, or from the peer */

/* --- time ----------------------------------------------------------------------------- */

static struct {
	uint64_t passed;    /* of the board's counter                               */
	uint32_t last;
	uint64_t loops;     /* what LOOPS took                                      */
} counter;

static void
count(void)
{
	const uint32_t now = seal_clock_counter();

	counter.passed += (seal_board.counter.down ? counter.last - now : now - counter.last) & seal_board.counter.mask;
	counter.last = now;
}

static uint64_t
counted(void)
{
	const uint32_t before = seal_mask_interrupts();

	count();
	seal_restore_interrupts(before);
	return counter.passed;
}

static void
loop(void)
{
	uint32_t left = LOOPS;

	__asm__ volatile (
		".balign 4\n"
		"1:	subs %0, %0, #1\n\t"
		"bne 1b\n\t"
		: "+r" (left) :: "cc");
}

/* Not longer apart than the counter takes to come round. */
static void
start_tick(void)
{
	if (seal_board.tick.systick) {
		*seal_register(SYST_CSR) = SYST_CSR_CLKSOURCE;
		*seal_register(SYST_RVR) = seal_board.cpu_hz / 1000u * SEAL_BOARD_TICK_MS - 1u;
		*seal_register(SYST_CVR) = 0;
		*seal_register(SYST_CSR) = SYST_CSR_CLKSOURCE | SYST_CSR_TICKINT | SYST_CSR_ENABLE;
	} else {
		seal_irq_enable(seal_board.tick.irq);
	}
}

/* --- what the parts ask for ----------------------------------------------------------- */

uint64_t
seal_port_now_ms(void)
{
	return seal_clock_ms();
}

void
seal_port_wake(void)
{
}

void
seal_port_random(uint8_t *out, size_t len)
{
	const struct seal_entropy source = seal_entropy_source(&pool);

	(void)source.get(source.ctx, out, len);
}

static _Noreturn void
fail(const char *what)
{
	seal_halt_write(what, strlen(what));
	seal_halt_write(" failed\n", 8);
	seal_halt(SEAL_HALT_FAILED);
}

void
seal_port_panic(const char *what)
{
	fail(what);
}

void
seal_systick(void)
{
	count();
}

void
seal_interrupt(void)
{
	*seal_register(seal_board.tick.clear_address) = seal_board.tick.clear_value;
	count();
}

/* --- reports -------------------------------------------------------------------------- */

static void
say_number(const char *name, uint64_t number)
{
	uint8_t text[80];
	struct seal_out line = seal_out(text, sizeof text);

	seal_out_span_put(&line, seal_span_text(name));
	seal_out_text(&line, "\t");
	seal_out_u64(&line, number);
	seal_out_text(&line, "\n");
	seal_halt_write((const char *)line.ptr, line.len);
}

/* `parts` to the counts that something took. */
static void
say(const char *name, uint64_t counts, uint64_t parts, uint64_t whole)
{
	/* Twice LOOPS instructions took counter.loops. */
	say_number(name, counts * parts * (2u * LOOPS) / (whole * counter.loops));
}

/* --- signatures ----------------------------------------------------------------------- */

static struct seal_key_worker keeping;
static uint8_t arena[SEAL_KEY_ARENA(KEY_BITS) + GENERATOR];

static bool
submit_to_keeping(void *ctx, struct seal_key_job *job)
{
	(void)ctx;
	seal_key_worker_do(&keeping, job);
	return true;
}

/* As network and thread mode do it on a board, without the network. */
static void
measure_job(const char *name, struct seal_key_private *key, enum seal_key_op op)
{
	static struct seal_key_job job;
	const uint64_t start = counted();
	enum seal_status status;

	job.op = op;
	job.progress = 0;
	(void)key->key.ops->run(&key->key, &job);
	(void)seal_signing_do();
	status = key->key.ops->run(&key->key, &job);
	if (status != SEAL_OK)
		fail(name);
	if (name[0] != '\0')
		say(name, counted() - start, 1, 1);
}

static void
measure_signatures(void)
{
	const struct seal_span text = seal_span((const uint8_t *)key_text, sizeof key_text - 1u);
	static struct seal_key_private key;

	if (seal_key_open(&key, text, seal_signing_runner()) != SEAL_KEY_FINE)
		fail("key");
	measure_job("", &key, SEAL_KEY_SIGN);
	measure_job("sign", &key, SEAL_KEY_SIGN);
	measure_job("verify", &key, SEAL_KEY_VERIFY);

	/* What keeping the parsed key would save. */
	seal_arena_init(arena, sizeof arena, (struct seal_arena_lock){ 0 });
	if (seal_key_worker_init(&keeping, seal_entropy_source(&pool), SEAL_KEY_KEEP) != SEAL_KEY_FINE ||
	    seal_key_open(&key, text, (struct seal_key_runner){ submit_to_keeping, NULL }) != SEAL_KEY_FINE)
		fail("kept key");
	measure_job("sign-first", &key, SEAL_KEY_SIGN);
	measure_job("sign-kept", &key, SEAL_KEY_SIGN);
	measure_job("verify-kept", &key, SEAL_KEY_VERIFY);
}

/* --- TLS ------------------------------------------------------------------------------ */

#define SYS_OPEN  0x01u
#define SYS_WRITE 0x05u
#define SYS_READ  0x06u
#define MODE_RB   1u
#define MODE_WB   5u

#if defined(SEAL_TLS_SMALL)
static const char kind[] = "small";
#else
static const char kind[] = "full";
#endif

static uint8_t task[32], trust[3072], secret[1800];
static uint32_t from_peer, to_peer;
static struct seal_tls_peer peer;
static struct seal_tls tls;
static size_t most_open, most_shaking;  /* octets of arena for a connection */

static uint32_t
ask_host(uint32_t operation, uint32_t a, const void *b, uint32_t c)
{
	const uint32_t block[3] = { a, (uint32_t)b, c };
	register uint32_t r0 __asm__("r0") = operation;
	register const void *r1 __asm__("r1") = block;

	__asm__ volatile ("bkpt 0xab" : "+r" (r0) : "r" (r1) : "memory");
	return r0;
}

static uint32_t
open_pipe(const char *name, uint32_t mode)
{
	const uint32_t block[3] = { (uint32_t)name, mode, (uint32_t)strlen(name) };
	register uint32_t r0 __asm__("r0") = SYS_OPEN;
	register const void *r1 __asm__("r1") = block;

	__asm__ volatile ("bkpt 0xab" : "+r" (r0) : "r" (r1) : "memory");
	if (r0 == UINT32_MAX)
		fail(name);
	return r0;
}

static void
read_pipe(uint8_t *out, uint32_t len)
{
	while (len > 0) {
		const uint32_t left = ask_host(SYS_READ, from_peer, out, len);

		if (left >= len)
			fail("pipe");
		out += len - left;
		len = left;
	}
}

/* A frame is its length in four octets, little endian, and as many octets. */
static struct seal_span
receive_frame(uint8_t *out, size_t cap)
{
	uint32_t len;

	read_pipe((uint8_t *)&len, sizeof len);
	if (len > cap)
		fail("frame");
	read_pipe(out, len);
	return seal_span(out, len);
}

static void
send_frame(struct seal_span frame)
{
	const uint32_t len = (uint32_t)frame.len;

	if (ask_host(SYS_WRITE, to_peer, &len, sizeof len) != 0 || ask_host(SYS_WRITE, to_peer, frame.ptr, len) != 0)
		fail("pipe");
}

static bool
get_random(void *ctx, uint8_t *out, size_t len)
{
	const struct seal_tls_random random = seal_signing_random();

	(void)ctx;
	return random.get(random.ctx, out, len);
}

static uint64_t
now_s(void)
{
	return NOW;
}

/* `a` are the authorities of a client, or the chain of a server, whose key is `b`. */
static void
make_peer(bool is_server, struct seal_span a, struct seal_span b)
{
	enum seal_tls_fault fault = SEAL_TLS_FINE;

	seal_tls_peer_release(&peer);
	if (!is_server)
		fault = seal_tls_client(&peer, &(struct seal_tls_client_setup){
			.name = "hop.example", .authorities = a, .random = { get_random, NULL }, .now_s = now_s,
		});
#if !defined(SEAL_TLS_SMALL)
	else
		fault = seal_tls_server(&peer, &(struct seal_tls_server_setup){
			.chain = a, .key = b, .random = { get_random, NULL }, .now_s = now_s,
		});
#endif
	(void)b;
	if (fault != SEAL_TLS_FINE)
		fail("setup");
}

/* All that can be done now; answers what it took. */
static uint64_t
run_tls(void)
{
	const uint64_t start = counted();

	while (seal_tls_run(&tls))
		(void)seal_signing_do();
	return counted() - start;
}

static void
exchange(void)
{
	const struct seal_span out = seal_tls_out(&tls);
	const size_t taken = seal_tls_fed(&tls);
	size_t len = tls.fed.len - taken;

	if (seal_tls_state(&tls) == SEAL_TLS_FAILED)
		fail(seal_tls_fault_text(seal_tls_fault(&tls)));
	send_frame(out);
	seal_tls_out_sent(&tls, out.len);
	memmove(octets, octets + taken, len);
	len += receive_frame(octets + len, sizeof octets - len).len;
	seal_tls_feed(&tls, seal_span(octets, len), false);
}

static void
note(size_t *most, size_t now)
{
	if (now > *most)
		*most = now;
}

static uint64_t
shake_hands(void)
{
	const size_t before = seal_arena_use().used;
	uint64_t passed;

	seal_tls_begin(&tls, &peer);
	seal_tls_feed(&tls, seal_span(NULL, 0), false);
	passed = run_tls();
	while (seal_tls_state(&tls) != SEAL_TLS_OPEN) {
		exchange();
		passed += run_tls();
	}
	exchange();             /* a ticket may come, which is looked at later */
	(void)run_tls();
	note(&most_open, seal_arena_use().used - before);
	note(&most_shaking, seal_arena_use().peak - before);
	return passed;
}

static void
hang_up(void)
{
	seal_tls_close(&tls);
	(void)run_tls();
	exchange();
	seal_tls_release(&tls);
	(void)run_tls();
}

/* What it takes to make records, of whatever octets. */
static uint64_t
write_records(void)
{
	uint64_t passed = 0;

	for (unsigned i = 0; i < RECORDS; i++) {
		if (seal_tls_write(&tls, octets, SEAL_TLS_PLAIN_OUT) != SEAL_TLS_PLAIN_OUT)
			fail("write");
		passed += run_tls();
		seal_tls_out_sent(&tls, seal_tls_out(&tls).len);
	}
	return passed;
}

/* The peer says what is to be done: "c", to be its client, or "s", its server; "C" and "S"
 * the same with what is known of it already; "o", to write to it; and how that is called. */
static void
measure_tls(void)
{
	from_peer = open_pipe("to-board", MODE_RB);
	to_peer = open_pipe("from-board", MODE_WB);
	send_frame(seal_span((const uint8_t *)kind, sizeof kind - 1u));
	for (;;) {
		const struct seal_span what = receive_frame(task, sizeof task - 1u);
		const struct seal_span a = receive_frame(trust, sizeof trust);
		const struct seal_span b = receive_frame(secret, sizeof secret);
		uint64_t passed;

		if (what.len == 0)
			break;
		task[what.len] = '\0';
		if (a.len > 0)
			make_peer(task[0] == 's', a, b);
		passed = shake_hands();
		if (task[0] != 'o')
			say((const char *)task + 1, passed, 1, 1);
		else
			say((const char *)task + 1, write_records(), 100, (uint64_t)RECORDS * SEAL_TLS_PLAIN_OUT);
		hang_up();
	}
	seal_tls_peer_release(&peer);
	say_number("tls-glue", sizeof tls);
	say_number("tls-open", most_open);
	say_number("tls-peak", most_shaking);
}

/* --- octets --------------------------------------------------------------------------- */

static uint32_t chance = 1;

static uint32_t
roll(uint32_t sides)
{
	chance = chance * 1664525u + 1013904223u;
	return (chance >> 16) % sides;
}

static void
put_coded_line(struct seal_out *out)
{
	static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

	for (unsigned i = 0; i < 76; i++)
		seal_out_octet(out, (uint8_t)alphabet[roll(64)]);
	seal_out_text(out, "\r\n");
}

/* Words of one space each to column 72 or less; each twelfth line is empty. */
static void
put_prose_line(struct seal_out *out)
{
	static const char *const words[] = {
		"the", "message", "was", "signed", "and", "sent", "before", "anyone", "asked", "for", "a", "receipt",
		"of", "it",
	};
	const size_t start = out->len;

	while (roll(12) != 0 && out->len - start < 64) {
		seal_out_span_put(out, seal_span_text(words[roll(sizeof words / sizeof words[0])]));
		if (out->len - start < 64)
			seal_out_octet(out, ' ');
	}
	while (out->len > start && out->ptr[out->len - 1u] == ' ')
		out->len--;
	seal_out_text(out, "\r\n");
}

static size_t
make_body(void (*put_line)(struct seal_out *out))
{
	struct seal_out out = seal_out(octets, sizeof octets - 80u);

	while (out.len < sizeof octets - 160u)
		put_line(&out);
	return out.len;
}

static void
give(struct seal_intake *in, const uint8_t *data, size_t len)
{
	while (len > 0) {
		struct seal_span run;
		const size_t taken = seal_intake_recv(in, data, len, &run);

		data += taken;
		len -= taken;
	}
}

/* A message whose header the domain in it decides; what it takes is not counted. */
static void
measure_intake(const char *name, const struct seal_config *config, const char *header, size_t len)
{
	static struct seal_intake in;
	static uint8_t work[1024];
	const struct seal_intake_rules rules = { .config = config, .size_max = UINT64_MAX };
	uint64_t start;

	seal_intake_init(&in, &rules, work, sizeof work);
	give(&in, (const uint8_t *)header, strlen(header));
	start = counted();
	for (unsigned i = 0; i < BODIES; i++)
		for (size_t at = 0; at < len; at += CHUNK)
			give(&in, octets + at, len - at < CHUNK ? len - at : CHUNK);
	say(name, counted() - start, 100, (uint64_t)len * BODIES);
	if (seal_intake_finish(&in) != SEAL_OK || in.verdict.num_signers != 1)
		fail(name);
}

static void
measure_hash(const char *name, size_t len)
{
	static struct seal_sha256 hash;
	uint8_t digest[SEAL_SHA256_LEN];
	const uint64_t start = counted();

	seal_sha256_init(&hash);
	for (unsigned i = 0; i < BODIES; i++)
		for (size_t at = 0; at < len; at += CHUNK)
			seal_sha256_update(&hash, octets + at, len - at < CHUNK ? len - at : CHUNK);
	seal_sha256_final(&hash, digest);
	say(name, counted() - start, 100, (uint64_t)len * BODIES);
}

static void
measure_octets(void)
{
	static struct seal_config_domain domains[2];
	static struct seal_config_client clients[1];
	static struct seal_config config = {
		.domains = domains, .domains_cap = 2, .clients = clients, .clients_cap = 1,
	};
	static const char relaxed[] = "From: a@relaxed.example\r\nSubject: s\r\n\r\n";
	static const char simple[] = "From: a@simple.example\r\nSubject: s\r\n\r\n";
	const struct seal_span text = seal_span((const uint8_t *)config_text, sizeof config_text - 1u);
	struct seal_config_error error;
	size_t len;

	if (seal_config_parse(&config, text, &error) != SEAL_OK)
		fail("configuration");
	len = make_body(put_prose_line);
	measure_intake("prose-relaxed", &config, relaxed, len);
	measure_intake("prose-simple", &config, simple, len);
	len = make_body(put_coded_line);
	measure_intake("base64-relaxed", &config, relaxed, len);
	measure_intake("base64-simple", &config, simple, len);
	measure_hash("sha256", len);
}

int
main(void)
{
	static const uint8_t seed[] = "of this measurement, never the same twice but here";
	uint64_t start;

	seal_clock_start();
	counter.last = seal_clock_counter();
	start_tick();
	seal_entropy_start(&pool, seal_span(seed, sizeof seed), 1, 'B');
	start = counted();
	loop();
	counter.loops = counted() - start;
	say("loop", counter.loops, 1, 1);
	if (seal_signing_start(seal_entropy_source(&pool), true) != SEAL_KEY_FINE)
		fail("arena");
	measure_octets();
	measure_tls();
	measure_signatures();
	return 0;
}
