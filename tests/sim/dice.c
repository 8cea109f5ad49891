/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/sim/dice.h"

#include <stdio.h>

#include "tests/sim/values.h"

/* The weight of a value follows the star; default 1. */
struct dimension {
	const char *name;
	struct {
		const char *name;
		unsigned weight;
	} values[DICE_VALUES_MAX];
};

#define V(name, weight) { name, weight }
#define REPLIES(good) V("good", good), V("multi-line", 2), V("4yz", 1), V("5yz", 1), V("421", 1), \
	V("garbage", 1), V("silence", 1), V("FIN", 1), V("RST", 1)

static const struct dimension DIMENSIONS[NUM_DIMS] = {
	[DIM_SESSIONS] = { "sessions", { V("1", 1), V("2", 3), V("4", 4) } },
	[DIM_TLS_SLOTS] = { "TLS connections", { V("1", 1), V("2", 1), V("8", 3) } },
	[DIM_CLOCK] = { "clock", { V("none", 1), V("set", 3) } },
	[DIM_LOG] = { "log-addresses", { V("full", 3), V("masked", 1) } },
	[DIM_MAX_SIZE] = { "max-size", { V("1K", 1), V("usual", 5) } },
	[DIM_SPOOL_SIZE] = { "spool", { V("2 KB", 1), V("32 KB", 5) } },
	[DIM_HOP_TLS] = { "next-hop tls", { V("none", 3), V("starttls", 3), V("implicit", 2) } },
	[DIM_HOP_AUTH] = { "next-hop auth", { V("none", 2), V("plain", 1), V("login", 1), V("xoauth2", 1) } },
	[DIM_HOP_NAME] = { "next hop's name", { V("address", 3), V("at once", 2), V("later", 2), V("none", 3) } },
	[DIM_HOP_OFFERS] = { "next hop offers", { V("nothing", 1), V("some", 2), V("all", 4) } },
	[DIM_HOP_SIZE] = { "next hop's SIZE", { V("none", 2), V("6000", 1), V("100000", 3) } },
	[DIM_HOP_FORGETS] = { "later connections offer", { V("the same", 3), V("less", 1) } },
	[DIM_SECTION_TLS] = { "client tls", { V("hidden", 2), V("offered", 2), V("required", 1) } },
	[DIM_SECTION_AUTH] = { "client auth", { V("none", 5), V("any", 1), V("offered", 1), V("required", 1) } },
	[DIM_PATIENCE] = { "patience", { V("10s", 3), V("60s", 1), V("20m", 1) } },
	[DIM_RATE] = { "rate", { V("2/min", 1), V("60/min", 3), V("1000/s", 3) } },
	[DIM_BARE_LF] = { "bare-newline", { V("refuse", 1), V("normalize", 1) } },
	[DIM_LONG_LINES] = { "long-lines", { V("sign", 1), V("refuse", 1) } },
	[DIM_8BIT_HEADER] = { "8bit-header", { V("refuse", 1), V("pass", 1) } },
	[DIM_ADD] = { "add", { V("nothing", 1), V("date", 1), V("date, message-id", 1) } },
	[DIM_CANON] = { "canonicalization", { V("relaxed/relaxed", 1), V("relaxed/simple", 1),
	                V("simple/relaxed", 1), V("simple/simple", 1) } },
	[DIM_SIGN_WITH] = { "sign-with", { V("newest", 1), V("all", 1) } },
	[DIM_ACTIVATION] = { "activation", { V("immediate", 1), V("dns", 1) } },
	[DIM_RECORD] = { "key record", { V("ours", 4), V("absent", 1), V("other", 1), V("several", 1),
	                 V("SERVFAIL", 1), V("silence", 1) } },

	[DIM_CLIENT] = { "client", { V("known", 12), V("unknown", 1) } },
	[DIM_PORT] = { "port", { V("25", 4), V("465", 1) } },
	[DIM_HELLO] = { "hello", { V("EHLO", 7), V("HELO", 1) } },
	[DIM_PIPELINING] = { "client", { V("waits", 2), V("pipelines", 1) } },
	[DIM_LOGIN] = { "login", { V("none", 2), V("PLAIN", 3), V("LOGIN", 3), V("wrong", 2) } },
	[DIM_MESSAGES] = { "messages", { V("1", 1), V("2", 1), V("3", 1) } },
	[DIM_SENDER] = { "sender", { V("own", 6), V("null", 1), V("elsewhere", 1), V("another's", 1) } },
	[DIM_AUTHOR] = { "author domain", { V("signed", 6), V("below", 1), V("two keys", 1), V("cosigned", 1),
	                 V("watched", 2), V("unsigned = pass", 2), V("sign = off", 1), V("no key", 1), V("another's",
	                 1),
	                 V("stranger's", 1) } },
	[DIM_SIZE_PARAM] = { "SIZE", { V("none", 4), V("right", 3), V("too large", 1) } },
	[DIM_BODY_PARAM] = { "parameters", { V("none", 4), V("BODY=8BITMIME", 2), V("SMTPUTF8", 1),
	                     V("RET=HDRS", 1) } },
	[DIM_RCPTS] = { "recipients", { V("1", 4), V("2", 2), V("5", 1) } },
	[DIM_SHAPE] = { "message", { V("plain", 6), V("dots", 2), V("empty body", 1), V("no body", 1), V("blank lines",
	                1),
	                V("white space", 1), V("repeated fields", 1), V("8-bit body", 1), V("large", 1),
	                V("8-bit header", 1), V("long line", 1), V("no From", 1), V("two From", 1), V("bare LF", 1),
	                V("bare CR", 1), V("NUL", 1) } },
	[DIM_MIND] = { "client's mind", { V("sends it", 7), V("RSET after MAIL", 1), V("RSET after RCPT", 1),
	               V("QUIT after RCPT", 1), V("EHLO after RCPT", 1), V("NOOP between", 1) } },

	[DIM_PIECES] = { "pieces", { V("octets", 1), V("some", 3), V("all", 3) } },
	[DIM_WINDOW] = { "window", { V("64", 1), V("2048", 3) } },
	[DIM_PACE] = { "pace", { V("0 ms", 2), V("ms", 2), V("100 ms", 1) } },
	[DIM_CLIENT_LOSS] = { "client lost", { V("never", 1), V("FIN", 1), V("RST", 3), V("stall", 1) } },
	[DIM_CLIENT_LOST_AT] = { "client lost at", { V("its octet", 2), V("our octet", 2), V("its final dot", 3),
	                         V("our final dot", 3), V("next hop's reply", 3), V("a time", 1) } },
	[DIM_HOP_LOSS] = { "next hop lost", { V("never", 1), V("FIN", 1), V("RST", 1), V("stall", 1) } },
	[DIM_HOP_LOST_AT] = { "next hop lost at", { V("its octet", 1), V("our octet", 2), V("our final dot", 2),
	                      V("its reply", 2), V("a time", 1), V("idle", 3) } },
	[DIM_CONNECT] = { "next hop connects", { V("yes", 8), V("refused", 1), V("silence", 1) } },
	[DIM_HANDSHAKE] = { "handshake", { V("good", 5), V("expired", 1), V("alert", 1), V("no TLS", 1), V("stall", 1),
	                    V("FIN", 1) } },
	[DIM_DRAIN] = { "drain", { V("never", 1), V("at once", 1), V("soon", 1), V("in a transaction", 3) } },

	[DIM_AT_GREETING] = { "at greeting", { REPLIES(6) } },
	[DIM_AT_EHLO] = { "at EHLO", { REPLIES(6) } },
	[DIM_AT_STARTTLS] = { "at STARTTLS", { REPLIES(2) } },
	[DIM_AT_AUTH] = { "at AUTH", { REPLIES(1) } },
	[DIM_AT_MAIL] = { "at MAIL", { REPLIES(8) } },
	[DIM_AT_RCPT] = { "at RCPT", { REPLIES(10) } },
	[DIM_AT_DATA] = { "at DATA", { REPLIES(3) } },
	[DIM_AT_CONTENT] = { "in content", { V("nothing", 2), V("5yz", 1), V("421", 1), V("2yz", 1) } },
	[DIM_AT_DOT] = { "at the final dot", { REPLIES(1), V("250 and FIN", 2),
	                 V("250 and RST", 2), V("half a 250", 1) } },
	[DIM_AT_RSET] = { "at RSET", { REPLIES(4) } },
	[DIM_HOP_TAKES] = { "next hop takes", { V("no time", 8), V("ms", 4), V("8 s", 5), V("30 s", 3) } },

	[DIM_SPOOL_FAULT] = { "spool", { V("good", 6), V("waits", 2), V("little room", 1), V("fails", 3),
	                      V("is full", 2), V("forgets", 3) } },
	[DIM_KEY_FAULT] = { "key", { V("good", 3), V("waits", 3), V("fails", 2), V("signs wrongly", 2),
	                    V("missing", 2) } },
	[DIM_VERDICT] = { "verdict", { V("delivered", 1), V("refused by next hop", 1), V("refused", 1), V("deferred",
	                  1),
	                  V("in doubt", 1), V("aborted", 1) } },
};

static unsigned long counts[NUM_DIMS][DICE_VALUES_MAX];
static uint64_t state;

/* splitmix64 */
uint64_t
dice_u64(void)
{
	uint64_t z = state += UINT64_C(0x9e3779b97f4a7c15);

	z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
	z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
	return z ^ z >> 31;
}

void
dice_seed(uint64_t seed)
{
	state = seed;
	(void)dice_u64();
}

unsigned
dice_below(unsigned n)
{
	return n == 0 ? 0 : (unsigned)((dice_u64() >> 32) * n >> 32);
}

bool
dice_one_in(unsigned n)
{
	return dice_below(n) == 0;
}

unsigned
dice_roll(enum dim dim)
{
	const struct dimension *d = &DIMENSIONS[dim];
	unsigned total = 0;
	unsigned value = 0;
	unsigned at;

	for (unsigned i = 0; i < DICE_VALUES_MAX; i++)
		total += d->values[i].weight;
	at = dice_below(total);
	while (at >= d->values[value].weight)
		at -= d->values[value++].weight;
	return value;
}

void
dice_note(enum dim dim, unsigned value)
{
	counts[dim][value]++;
}

unsigned
dice_draw(enum dim dim)
{
	const unsigned value = dice_roll(dim);

	dice_note(dim, value);
	return value;
}

unsigned
dice_draw_up_to(enum dim dim, unsigned most)
{
	const unsigned rolled = dice_roll(dim);
	const unsigned value = rolled <= most ? rolled : 0;

	dice_note(dim, value);
	return value;
}

const char *
dice_name(enum dim dim, unsigned value)
{
	return DIMENSIONS[dim].values[value].name;
}

unsigned
dice_report(unsigned long least)
{
	unsigned rare = 0;

	for (unsigned d = 0; d < NUM_DIMS; d++) {
		printf("%s:", DIMENSIONS[d].name);
		for (unsigned i = 0; i < DICE_VALUES_MAX && DIMENSIONS[d].values[i].weight > 0; i++) {
			printf("%s %s %lu", i > 0 ? "," : "", dice_name((enum dim)d, i), counts[d][i]);
			if (counts[d][i] >= least)
				continue;
			rare++;
			printf(" (FAILED: fewer than %lu times)", least);
		}
		printf("\n");
	}
	return rare;
}
