/* SPDX-License-Identifier: Apache-2.0
 *
 * client.c - the client side of SMTP: replies in any cut. Promised: only lines are sent, without a bare CR
 * or LF; no mail before the connection is as private as configured, and no login in the clear; a positive
 * reply never answers DATA.
 */
#include "engine/smtp/client.h"
#include "tests/fuzz/fuzz.h"

static struct {
	struct seal_smtpc c;
	struct seal_smtpc_needs needs;
	struct seal_span in;
	uint64_t now_ms;
	uint8_t line[16];
	size_t line_len;
	unsigned command;    /* given last: 1 MAIL, 2 RCPT, 3 DATA, 4 RSET, 5 QUIT */
	bool cr, is_private, is_known, ready, ended, failed, contents;
} f;

static void
check_line(void)
{
	const struct seal_span line = seal_span(f.line, f.line_len < sizeof f.line ? f.line_len : sizeof f.line);
	const bool safe = f.is_private && f.is_known;

	if (f.contents)
		return;
	if (seal_span_starts_nocase(line, SEAL_SPAN("MAIL ")))
		REQUIRE(f.ready && (f.needs.tls == SEAL_SMTPC_TLS_NONE || safe));
	if (seal_span_starts_nocase(line, SEAL_SPAN("AUTH ")))
		REQUIRE(f.needs.auth != SEAL_SMTPC_AUTH_NONE && (safe || f.needs.clear_auth));
}

static void
client_check_out(struct seal_span out)
{
	for (size_t i = 0; i < out.len; i++) {
		const uint8_t c = out.ptr[i];

		REQUIRE(f.cr == (c == '\n'));
		f.cr = c == '\r';
		if (f.line_len < sizeof f.line)
			f.line[f.line_len] = c;
		f.line_len++;
		if (c != '\n')
			continue;
		check_line();
		REQUIRE(f.line_len != 3 || f.line[0] != '.' || f.ended);
		f.line_len = 0;
	}
}

static void
client_send_some(size_t max)
{
	const struct seal_span out = seal_span_first(seal_smtpc_send_view(&f.c), max);

	client_check_out(out);
	seal_smtpc_sent(&f.c, out.len, f.now_ms);
}

static struct seal_secrecy
secrecy(void)
{
	const unsigned choice = fuzz_choice(&f.in);

	f.is_private = choice < 240;
	f.is_known = f.is_private && choice < 220;
	return (struct seal_secrecy){ f.is_private, f.is_known };
}

static void
give_command(void)
{
	const struct seal_path_command mail = {
		.path = SEAL_SPAN("a@example.com"), .domain = SEAL_SPAN("example.com"), .size = 100,
		.body = SEAL_BODY_8BITMIME, .ret = SEAL_SPAN("HDRS"), .envid = SEAL_SPAN("x+2B"),
	};
	const struct seal_path_command rcpt = {
		.path = SEAL_SPAN("b@example.net"), .domain = SEAL_SPAN("example.net"), .notify = SEAL_SPAN("NEVER"),
	};
	const unsigned choice = fuzz_choice(&f.in);

	f.command = choice < 200 ? f.command % 3 + 1 : choice % 5 + 1;
	switch (f.command) {
	case 1:
		seal_smtpc_mail(&f.c, &mail, f.now_ms);
		break;
	case 2:
		seal_smtpc_rcpt(&f.c, &rcpt, f.now_ms);
		break;
	case 3:
		seal_smtpc_data(&f.c, f.now_ms);
		break;
	case 4:
		seal_smtpc_rset(&f.c, f.now_ms);
		break;
	default:
		seal_smtpc_quit(&f.c, f.now_ms);
		break;
	}
}

static void
give_content(void)
{
	f.contents = true;
	if (fuzz_choice(&f.in) % 3 == 1) {
		f.ended = seal_smtpc_end(&f.c, f.now_ms) == SEAL_OK || f.ended;
	} else {
		seal_smtpc_content(&f.c, SEAL_SPAN(".From: a@example.com\r\n\r\n.\r\n..\r\n"));
	}
}

static void
on_reply(void)
{
	const struct seal_reply reply = seal_smtpc_reply(&f.c);

	REQUIRE(reply.code >= 200 && reply.code < 600 && reply.code / 100 != 3);
	REQUIRE(f.command != 3 || f.ended || !seal_reply_is_positive(reply));
	for (size_t i = 0; i < reply.text.len; i++)
		REQUIRE(reply.text.ptr[i] == '\n' || !fuzz_has_control(seal_span(reply.text.ptr + i, 1)) ||
		        reply.text.ptr[i] == '\t');
	f.contents = f.ended = false;
	give_command();
}

static bool
client_on_event(void)
{
	switch (seal_smtpc_next(&f.c)) {
	case SEAL_SMTPC_NONE:
		return false;
	case SEAL_SMTPC_READY:
		REQUIRE(!f.ready);
		f.ready = true;
		give_command();
		break;
	case SEAL_SMTPC_STARTTLS:
		REQUIRE(f.needs.tls == SEAL_SMTPC_TLS_STARTTLS && !f.is_private);
		client_send_some(SIZE_MAX);
		seal_smtpc_secured(&f.c, secrecy(), f.now_ms);
		break;
	case SEAL_SMTPC_REPLY:
		on_reply();
		break;
	case SEAL_SMTPC_WANTS:
		REQUIRE(f.command == 3);
		give_content();
		break;
	case SEAL_SMTPC_FAILED:
		REQUIRE(!f.failed && seal_smtpc_failure(&f.c) != SEAL_SMTPC_FINE);
		f.failed = true;
		return false;
	}
	REQUIRE(!seal_smtpc_in_doubt(&f.c) || f.ended);
	return true;
}

static void
client_recv_piece(void)
{
	const struct seal_span piece = fuzz_piece(&f.in, fuzz_cut(&f.in));
	struct seal_span rest = piece;
	size_t idle = 0;

	while (rest.len > 0 && idle < 3) {
		const size_t taken = seal_smtpc_recv(&f.c, rest.ptr, rest.len, f.now_ms);

		REQUIRE(taken <= rest.len);
		rest = seal_span_from(rest, taken);
		idle = taken > 0 ? 0 : idle + 1;
		for (unsigned i = 0; i < 20 && client_on_event(); i++)
			if (fuzz_choice(&f.in) < 250)
				client_send_some(SIZE_MAX);
	}
	fuzz_free(piece);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	unsigned choice;

	memset(&f, 0, sizeof f);
	f.in = seal_span(data, len);
	f.now_ms = 1000;
	choice = fuzz_choice(&f.in);
	f.needs = (struct seal_smtpc_needs){
		.tls = (enum seal_smtpc_tls)(choice % 3), .auth = (enum seal_smtpc_auth)(choice / 3 % 4),
		.clear_auth = choice >= 192, .user = SEAL_SPAN("user@example.com"), .secret = SEAL_SPAN("secret"),
	};
	seal_smtpc_init(&f.c, SEAL_SPAN("gw.example.com"), &f.needs, f.now_ms);
	seal_smtpc_connected(&f.c, f.needs.tls == SEAL_SMTPC_TLS_IMPLICIT ? secrecy() : (struct seal_secrecy){ 0 },
	                     f.now_ms);
	while (f.in.len > 0 && !f.failed) {
		const unsigned what = fuzz_choice(&f.in);

		if (what >= 252) {
			f.now_ms = seal_smtpc_deadline_ms(&f.c) == UINT64_MAX ? f.now_ms : seal_smtpc_deadline_ms(&f.c);
			seal_smtpc_tick(&f.c, f.now_ms);
		} else if (what >= 250) {
			seal_smtpc_closed(&f.c);
		} else if (what >= 200) {
			client_send_some(what - 199);
		} else {
			client_send_some(SIZE_MAX);
			client_recv_piece();
		}
		client_on_event();
	}
	seal_smtpc_closed(&f.c);
	for (unsigned i = 0; i < 4 && !f.failed; i++)
		client_on_event();
	return 0;
}
