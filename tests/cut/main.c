/* SPDX-License-Identifier: Apache-2.0
 *
 * main.c - after any failure at any time: the client's 250 is the next hop's 250, nothing
 * unsigned or partial arrives, and no resource is leaked (SECURITY.md, I1 to I3, I7).
 */
#include <stdio.h>
#include <string.h>

#include "tests/cut/world.h"

#define HOP "Next hop 192.0.2.25:25: "

static unsigned num_passed, num_failed;

static void
check(bool ok, const char *what, const char *where, size_t n)
{
	if (ok) {
		num_passed++;
		return;
	}
	num_failed++;
	printf("FAILED %s at %zu: %s\n", where, n, what);
}

/* One DKIM-Signature and one Received of ours, then the message, octet for octet. */
static bool
is_whole_and_signed(const struct result *r)
{
	const size_t len = strlen(world_message);
	const char *const message = r->hop_message;

	return r->hop_message_len > len && strncmp(message, "DKIM-Signature: v=1; ", 21) == 0 &&
	       memcmp(message + r->hop_message_len - len, world_message, len) == 0 &&
	       strstr(message, "\r\nReceived: from client ") != NULL;
}

/* Promises that hold in every world. */
static void
check_promises(const struct result *r, const char *where, size_t n)
{
	check(r->dot_code < 200 || r->dot_code >= 300 || r->dot_replies_read == 1,
	      "the client's 250 before the next hop's was read", where, n);
	check(r->hop_messages == 0 || is_whole_and_signed(r), "not whole or not signed", where, n);
	check(r->hop_messages <= 1, "delivered twice", where, n);
	check(r->stats.delivered == r->hop_replies_read, "delivered differs from the replies read", where, n);
	check(r->num_verdicts <= 1, "two verdicts on one message", where, n);
	check(r->finished, "the relay never lets go", where, n);
	check(r->spool_open == 0, "a spool slot is left", where, n);
	check(!r->hop_leak, "something private was sent in the clear", where, n);
}

static void
run_checked(const struct plan *plan, struct result *result, const char *where, size_t n)
{
	world_run(plan, result);
	check_promises(result, where, n);
}

static void
nothing_fails(void)
{
	static const size_t CHUNKS[] = { 1, 2, 3, 7, 64, 4096 };
	struct plan plan;
	struct result r;

	for (size_t i = 0; i < sizeof CHUNKS / sizeof CHUNKS[0]; i++) {
		for (int pipelining = 0; pipelining <= 1; pipelining++) {
			plan_default(&plan);
			plan.chunk = CHUNKS[i];
			plan.pipelining = pipelining != 0;
			plan.key_pending = (unsigned)i;
			plan.spool_pending = (unsigned)i;
			run_checked(&plan, &r, "nothing fails", CHUNKS[i]);
			check(r.dot_code == 250, "250 for the message", "nothing fails", CHUNKS[i]);
			check(r.hop_messages == 1, "one message delivered", "nothing fails", CHUNKS[i]);
			check(strstr(r.client_text, "250 2.0.0 Queued as 1\r\n") != NULL,
			      "the next hop's own text", "nothing fails", CHUNKS[i]);
			check(r.stats.delivered == 1 && r.stats.signatures == 1 && r.num_records == 1,
			      "counted and logged once", "nothing fails", CHUNKS[i]);
		}
	}
}

/* Cut after every octet of a direction, in every way, with a next hop that comes back or
 * not. `cut_of` finds the cut in the plan, `total_of` returns the number of octets. */
static void
cut_everywhere(const char *where, struct cut *(*cut_of)(struct plan *),
               size_t (*total_of)(const struct result *))
{
	struct plan plan;
	struct result r;
	size_t total;

	plan_default(&plan);
	world_run(&plan, &r);
	total = total_of(&r);
	for (size_t n = 0; n <= total; n++) {
		for (int variant = 0; variant < 12; variant++) {
			plan_default(&plan);
			*cut_of(&plan) = (struct cut){ n, (enum cut_kind)(variant % 3) };
			plan.hop_returns = variant / 3 % 2 == 0;
			plan.chunk = variant < 6 ? 4096 : 5;
			plan.key_pending = variant < 6 ? 0 : 2;
			run_checked(&plan, &r, where, n);
		}
	}
	check(total > 100, "something can be cut", where, total);
}

static struct cut *
client_sends(struct plan *plan)
{
	return &plan->client_sends;
}

static struct cut *
client_reads(struct plan *plan)
{
	return &plan->client_reads;
}

static struct cut *
hop_reads(struct plan *plan)
{
	return &plan->hop_reads;
}

static struct cut *
hop_sends(struct plan *plan)
{
	return &plan->hop_sends;
}

static size_t
client_sent_total(const struct result *r)
{
	return r->client_sent;
}

static size_t
client_read_total(const struct result *r)
{
	return r->client_read;
}

static size_t
hop_read_total(const struct result *r)
{
	return r->hop_read;
}

static size_t
hop_sent_total(const struct result *r)
{
	return r->hop_sent;
}

/* Cut both connections: one after every third octet, the other after every fifth. */
static void
cut_twice(void)
{
	struct plan plan;
	struct result r;
	size_t client_total;
	size_t hop_total;

	plan_default(&plan);
	world_run(&plan, &r);
	client_total = r.client_sent;
	hop_total = r.hop_read;
	for (size_t i = 0; i <= client_total; i += 3) {
		for (size_t j = 0; j <= hop_total; j += 5) {
			plan_default(&plan);
			plan.client_sends = (struct cut){ i, CUT_RESET };
			plan.hop_reads = (struct cut){ j, CUT_CLOSE };
			run_checked(&plan, &r, "cut twice", i * 10000u + j);
		}
	}
}

/* Lose one end at every moment of a world, in every way. Time passes while the next hop thinks
 * about the message, so this includes the milliseconds around the final dot. */
static void
lose_at_every_moment(const char *where, struct loss *(*loss_of)(struct plan *), void (*make)(struct plan *))
{
	struct plan plan;
	struct result r;
	unsigned total;

	make(&plan);
	plan.hop_thinks_ms = 5;
	plan.key_pending = 2;
	world_run(&plan, &r);
	total = r.moments;
	for (unsigned n = 0; n <= total; n++) {
		for (int variant = 0; variant < 12; variant++) {
			make(&plan);
			plan.hop_thinks_ms = 5;
			plan.key_pending = 2;
			*loss_of(&plan) = (struct loss){ n, (enum cut_kind)(variant % 3) };
			plan.hop_returns = variant / 3 % 2 == 0;
			plan.pipelining = variant >= 6;
			run_checked(&plan, &r, where, n);
		}
	}
	check(total > 100, "it can be lost at many moments", where, total);
}

static struct loss *
client_lost(struct plan *plan)
{
	return &plan->client_lost;
}

static struct loss *
hop_lost(struct plan *plan)
{
	return &plan->hop_lost;
}

/* Lose the client at one moment, and the next hop some moments before or after it. */
static void
lose_both(void)
{
	struct plan plan;
	struct result r;
	unsigned total;

	plan_default(&plan);
	plan.hop_thinks_ms = 2;
	world_run(&plan, &r);
	total = r.moments;
	for (unsigned n = 0; n <= total; n++) {
		for (unsigned m = n > 8 ? n - 8 : 0; m <= n + 8; m++) {
			plan_default(&plan);
			plan.hop_thinks_ms = 2;
			plan.client_lost = (struct loss){ n, CUT_RESET };
			plan.hop_lost = (struct loss){ m, CUT_RESET };
			run_checked(&plan, &r, "both lost", n * 10000u + m);
		}
	}
}

static void
spool_fails(void)
{
	static const enum seal_status HOW[] = { SEAL_E_SPOOL, SEAL_E_LIMIT };
	struct plan plan;
	struct result r;
	unsigned num_ops = 1;

	for (unsigned n = 1; n <= num_ops; n++) {
		for (int variant = 0; variant < 3; variant++) {
			plan_default(&plan);
			plan.chunk = 16;
			plan.spool_fail_at = n;
			plan.spool_flip = variant == 2;
			plan.spool_how = HOW[variant % 2];
			run_checked(&plan, &r, "spool fails", n);
			num_ops = r.spool_ops > num_ops ? r.spool_ops : num_ops;
			check(r.dot_code == 0 || r.dot_code == 250 || r.dot_code / 100 == 4,
			      "local trouble is 4yz", "spool fails", n);
		}
	}
	check(num_ops > 10, "operations to fail", "spool fails", num_ops);
	for (size_t room = 1; room < 40; room++) {
		plan_default(&plan);
		plan.spool_room = room;
		run_checked(&plan, &r, "spool has little room", room);
		check(r.dot_code == 250, "still delivered", "spool has little room", room);
	}
	for (unsigned n = 2; n < 9; n++) {
		plan_default(&plan);
		plan.spool_no_room_each = n;
		plan.chunk = 7;
		run_checked(&plan, &r, "spool has room again at once", n);
		check(r.dot_code == 250, "delivered nevertheless", "spool has room again at once", n);
	}
}

/* A flipped octet that the spool returns must be found before the final dot. */
static void
spool_decays(void)
{
	struct plan plan;
	struct result r;
	unsigned found = 0;

	for (unsigned n = 1; n < 60; n++) {
		plan_default(&plan);
		plan.chunk = 16;
		plan.spool_fail_at = n;
		plan.spool_flip = true;
		run_checked(&plan, &r, "spool decays", n);
		found += r.dot_code == 451 && r.stats.spool_alarms == 1;
	}
	check(found >= 7, "decay was found", "spool decays", found);
}

static void
key_fails(void)
{
	struct plan plan;
	struct result r;

	for (unsigned n = 1; n <= 2; n++) {
		plan_default(&plan);
		plan.key_fail_at = n;
		plan.key_pending = 1;
		run_checked(&plan, &r, "key fails", n);
		check(r.dot_code == 451 && r.hop_messages == 0 && r.stats.key_alarms == 1,
		      "451 and an alarm", "key fails", n);
	}
	plan_default(&plan);
	plan.key_wrong_at = 1;
	run_checked(&plan, &r, "key signs wrongly", 1);
	check(r.dot_code == 451 && r.hop_messages == 0 && r.stats.key_alarms == 1,
	      "451 and an alarm", "key signs wrongly", 1);
}

/* Refuse each verb with each kind of reply: the client gets the same text. */
static void
hop_refuses(void)
{
	static const char *const VERBS[] = { "MAIL", "RCPT", "DATA", "." };
	static const char *const REPLIES[] = {
		"450 4.2.0 Later\r\n", "451 4.3.0 Error\r\n", "452 4.2.2 Full\r\n", "500 5.5.1 What\r\n",
		"503 5.5.1 Order\r\n", "550 5.1.1 No such user\r\n", "552 5.2.3 Too big\r\n",
		"554 5.7.1 No\r\n", "554-5.7.1 No\r\n554 5.7.1 and no again\r\n", "421 4.3.2 Closing\r\n"
	};
	struct plan plan;
	struct result r;

	for (size_t v = 0; v < sizeof VERBS / sizeof VERBS[0]; v++) {
		for (size_t i = 0; i < sizeof REPLIES / sizeof REPLIES[0]; i++) {
			plan_default(&plan);
			plan.hop_verb = VERBS[v];
			plan.hop_reply = REPLIES[i];
			run_checked(&plan, &r, VERBS[v], i);
			check(r.hop_messages == 0 || strcmp(VERBS[v], "RCPT") == 0, "not delivered", VERBS[v], i);
			check(strstr(r.client_text, REPLIES[i]) != NULL, "the next hop's own text", VERBS[v], i);
		}
	}
}

static void
hop_is_unavailable(void)
{
	static const char *const GREETINGS[] = {
		"421 4.3.2 Busy\r\n", "554 5.7.1 Go away\r\n", "HTTP/1.1 400 Bad Request\r\n", "450 x\r\n", ""
	};
	struct plan plan;
	struct result r;

	for (size_t i = 0; i < sizeof GREETINGS / sizeof GREETINGS[0]; i++) {
		plan_default(&plan);
		plan.hop_verb = "";
		plan.hop_reply = GREETINGS[i];
		run_checked(&plan, &r, "greeting refused", i);
		check(r.client_code[1] == 250, "EHLO is answered", "greeting refused", i);
		check(r.client_code[2] == 451, "451 at MAIL", "greeting refused", i);
	}
}

/* The next hop drops the idle connection while the client uploads: the client does not notice. */
static void
hop_drops_idle(void)
{
	struct plan plan;
	struct result r;
	size_t envelope_octets;

	plan_default(&plan);
	plan.hop_verb = "DATA";
	plan.hop_reply = "";
	world_run(&plan, &r);
	envelope_octets = strlen("EHLO gw.example.com\r\nMAIL FROM:<a@example.com>\r\n"
	                         "RCPT TO:<b@dest.example>\r\nRCPT TO:<c@dest.example>\r\n");
	plan_default(&plan);
	plan.hop_reads = (struct cut){ envelope_octets, CUT_CLOSE };
	run_checked(&plan, &r, "idle drop", envelope_octets);
	check(r.dot_code == 250, "delivered over a second connection", "idle drop", r.hop_connections);
	check(r.hop_connections == 2, "two connections", "idle drop", r.hop_connections);
}

/* Patience ends while the envelope is sent again: the next message begins with a clean next hop. */
static void
slow_when_sent_again(void)
{
	static const char *const STEPS[] = {
		"EHLO client\r\n", "MAIL FROM:<a@example.com>\r\n", "RCPT TO:<b@dest.example>\r\n", "DATA\r\n",
		"From: a@example.com\r\n\r\nx\r\n.\r\n", "MAIL FROM:<a@example.com>\r\n", "QUIT\r\n", NULL
	};
	const size_t replies = strlen("220 hop.example ESMTP\r\n250-hop.example\r\n250-SIZE 100000\r\n250-8BITMIME\r\n"
	                              "250 DSN\r\n250 2.1.0 Sender ok\r\n250 2.1.5 Recipient ok\r\n");
	struct plan plan;
	struct result r;

	for (unsigned ms = 1000; ms < 20000; ms += 500) {
		plan_default(&plan);
		plan.client = STEPS;
		plan.patience_s = 10;
		plan.hop_slow_rcpt_ms = ms;
		plan.hop_sends = (struct cut){ replies, CUT_CLOSE };
		world_run(&plan, &r);
		check(r.client_code[5] == (ms < 9000 ? 250u : 451u), "in time or too late", "sent again", ms);
		check(!r.hop_nested && r.finished && r.spool_open == 0, "no MAIL within a transaction", "sent again",
		       ms);
	}
}

/* The usual message has a Message-ID and no Date. */
static void
missing_fields_are_added(void)
{
	static const char *const BARE[] = {
		"EHLO client\r\n", "MAIL FROM:<a@example.com>\r\n", "RCPT TO:<b@dest.example>\r\n", "DATA\r\n",
		"From: a@example.com\r\n\r\nx\r\n.\r\n", "QUIT\r\n", NULL
	};
	struct plan plan;
	struct result r;

	plan_default(&plan);
	run_checked(&plan, &r, "no Date", 0);
	check(strstr(r.hop_message, "\r\nDate: Sat, 22 Nov 2025 01:00:00 +0000\r\nFrom: ") != NULL,
	      "Date is added before the others", "no Date", 0);
	check(strstr(r.hop_message, ":Date:Date:") != NULL, "and signed", "no Date", 0);
	check(strstr(r.hop_message, " t=1763773200;") != NULL, "t= is the time", "no Date", 0);
	check(strstr(r.hop_message, "Message-ID: ") == strstr(r.hop_message, "Message-ID: <1@example.com>"),
	      "an existing Message-ID stays alone", "no Date", 0);
	plan.client = BARE;
	world_run(&plan, &r);
	check(r.dot_code == 250 && strstr(r.hop_message, "\r\nMessage-ID: <") != NULL, "Message-ID is added",
	      "neither", 0);
	plan.clock_s = 0;
	world_run(&plan, &r);
	check(r.dot_code == 250 && strstr(r.hop_message, "Date: ") == NULL &&
	      strstr(r.hop_message, "Message-ID: <") == NULL && strstr(r.hop_message, " t=") == NULL,
	      "neither is added without a clock", "no clock", 0);
}

/* Two messages on one connection; between them one is abandoned and one is refused. */
static void
one_after_the_other(void)
{
	static const char MESSAGE[] = "From: a@example.com\r\n\r\nx\r\n.\r\n";
	static const char REFUSED[] = "From: a@other.example\r\n\r\nx\r\n.\r\n";
	static const char *const STEPS[] = {
		"EHLO client\r\n",
		"MAIL FROM:<a@example.com>\r\n", "RCPT TO:<b@dest.example>\r\n", "RSET\r\n",
		"MAIL FROM:<>\r\n", "RCPT TO:<b@dest.example>\r\n", "DATA\r\n", REFUSED,
		"MAIL FROM:<>\r\n", "RCPT TO:<b@dest.example>\r\n", "DATA\r\n", MESSAGE, "QUIT\r\n", NULL
	};
	static const unsigned CODES[] = { 220, 250, 250, 250, 250, 250, 250, 354, 550, 250, 250, 354, 250, 221 };
	struct plan plan;
	struct result r;

	for (size_t chunk = 1; chunk <= 4096; chunk *= 8) {
		plan_default(&plan);
		plan.client = STEPS;
		plan.chunk = chunk;
		plan.key_pending = 3;
		world_run(&plan, &r);
		check(r.num_codes == sizeof CODES / sizeof CODES[0] && memcmp(r.client_code, CODES, sizeof CODES) == 0,
		      "every expected reply", "one after the other", chunk);
		check(r.hop_messages == 1 && r.hop_connections == 1 && r.finished && r.spool_open == 0,
		      "one message over one connection", "one after the other", chunk);
		check(r.stats.refused == 1 && r.stats.aborted == 1 && r.stats.delivered == 1,
		      "each counted", "one after the other", chunk);
	}
}

/* --- STARTTLS and AUTH at both ends ----------------------------------------------- */

static void
private_both_ways(void)
{
	static const unsigned CODES[] = { 220, 250, 220, 250, 235, 250, 250, 354, 250, 221 };
	struct plan plan;
	struct result r;

	for (size_t chunk = 1; chunk <= 4096; chunk *= 8) {
		plan_private(&plan);
		plan.chunk = chunk;
		run_checked(&plan, &r, "private", chunk);
		check(r.num_codes == sizeof CODES / sizeof CODES[0] &&
		      memcmp(r.client_code, CODES, sizeof CODES) == 0, "every expected reply", "private", chunk);
		check(r.hop_messages == 1 && strstr(r.hop_message, " with ESMTPSA") != NULL,
		      "delivered, with its protocol in Received", "private", chunk);
		check(r.num_alarms == 0 && r.stats.link_alarms == 0, "no alarm", "private", chunk);
	}
}

static void
private_cut_everywhere(const char *where, struct cut *(*cut_of)(struct plan *),
                       size_t (*total_of)(const struct result *))
{
	struct plan plan;
	struct result r;
	size_t total;

	plan_private(&plan);
	world_run(&plan, &r);
	total = total_of(&r);
	for (size_t n = 0; n <= total; n++) {
		for (int variant = 0; variant < 6; variant++) {
			plan_private(&plan);
			*cut_of(&plan) = (struct cut){ n, (enum cut_kind)(variant % 3) };
			plan.hop_returns = variant / 3 == 0;
			run_checked(&plan, &r, where, n);
		}
	}
	check(total > 100, "something can be cut", where, total);
}

/* Never less than what is configured: 451 and an alarm, and nothing private was sent. */
static void
private_or_not_at_all(void)
{
	static const struct {
		const char *verb, *reply, *insecure, *text;
	} ROWS[] = {
		{ "EHLO", "250 hop.example\r\n", NULL, "451 4.7.5 " HOP "TLS not offered\r\n" },
		{ "EHLO", "502 what\r\n", NULL, "451 4.7.5 " HOP "TLS not offered\r\n" },
		{ "STARTTLS", "454 4.7.0 not now\r\n", NULL,
		  "451 4.7.5 " HOP "STARTTLS refused: 454 4.7.0 not now\r\n" },
		{ "STARTTLS", "554 5.7.0 never\r\n", NULL, "451 4.7.5 " HOP "STARTTLS refused: 554 5.7.0 never\r\n" },
		{ NULL, NULL, "its certificate has expired",
		  "451 4.7.5 " HOP "TLS failed: its certificate has expired\r\n" },
		{ "AUTH", "535 5.7.8 who\r\n", NULL, "451 4.7.0 " HOP "authentication refused: 535 5.7.8 who\r\n" },
		{ "AUTH", "454 4.7.0 later\r\n", NULL,
		  "451 4.7.0 " HOP "authentication refused: 454 4.7.0 later\r\n" },
	};
	/* EHLO has tried it before */
	static const char LATER[] = "451 4.7.0 Next hop: authentication refused, retry in a minute\r\n";
	struct plan plan;
	struct result r;

	for (size_t i = 0; i < sizeof ROWS / sizeof ROWS[0]; i++) {
		plan_private(&plan);
		plan.hop_verb = ROWS[i].verb;
		plan.hop_reply = ROWS[i].reply;
		plan.hop_insecure = ROWS[i].insecure;
		run_checked(&plan, &r, "not private", i);
		check(strstr(r.client_text, ROWS[i].text) != NULL || strstr(r.client_text, LATER) != NULL,
		      r.client_text, "not private", i);
		check(r.hop_messages == 0 && r.num_alarms > 0 && r.stats.link_alarms > 0, "an alarm, and nothing sent",
		      "not private", i);
	}
}

/* Octets in the clear after STARTTLS, or after its reply, were injected (RFC 3207 5). */
static void
injected_octets_are_ignored(void)
{
	static const char *const STEPS[] = {
		"EHLO client\r\n", "STARTTLS\r\nMAIL FROM:<a@example.com>\r\n", "EHLO client\r\n",
		"RCPT TO:<b@dest.example>\r\n", NULL
	};
	struct plan plan;
	struct result r;

	for (size_t chunk = 1; chunk <= 4096; chunk *= 2) {
		plan_private(&plan);
		plan.client = STEPS;
		plan.chunk = chunk;
		run_checked(&plan, &r, "injected by the client", chunk);
		check(strstr(r.client_text, "2.1.0") == NULL && r.num_codes <= 3, "ignored, and closed",
		      "injected by the client", chunk);
		plan_private(&plan);
		plan.chunk = chunk;
		plan.hop_verb = "STARTTLS";
		plan.hop_reply = "220 go\r\n250-hop.example\r\n250 AUTH PLAIN\r\n235 in\r\n";
		run_checked(&plan, &r, "injected by the next hop", chunk);
		check(r.hop_messages == 0 && r.dot_code == 0, "given up", "injected by the next hop", chunk);
	}
}

int
main(void)
{
	nothing_fails();
	private_both_ways();
	private_cut_everywhere("private: client sends", client_sends, client_sent_total);
	private_cut_everywhere("private: client reads", client_reads, client_read_total);
	private_cut_everywhere("private: next hop reads", hop_reads, hop_read_total);
	private_cut_everywhere("private: next hop sends", hop_sends, hop_sent_total);
	private_or_not_at_all();
	injected_octets_are_ignored();
	cut_everywhere("client sends", client_sends, client_sent_total);
	cut_everywhere("client reads", client_reads, client_read_total);
	cut_everywhere("next hop reads", hop_reads, hop_read_total);
	cut_everywhere("next hop sends", hop_sends, hop_sent_total);
	cut_twice();
	lose_at_every_moment("client lost", client_lost, plan_default);
	lose_at_every_moment("next hop lost", hop_lost, plan_default);
	lose_at_every_moment("private: client lost", client_lost, plan_private);
	lose_at_every_moment("private: next hop lost", hop_lost, plan_private);
	lose_both();
	spool_fails();
	spool_decays();
	key_fails();
	hop_refuses();
	hop_is_unavailable();
	hop_drops_idle();
	slow_when_sent_again();
	missing_fields_are_added();
	one_after_the_other();
	printf("%u passed, %u failed\n", num_passed, num_failed);
	return num_failed == 0 && num_passed > 0 ? 0 : 1;
}
