/* SPDX-License-Identifier: Apache-2.0
 *
 * server.c - the server side of SMTP: octets in any cut, answers of any kind. Promised: replies are lines,
 * without a bare CR or LF; events keep their order; commands that are passed on have no control
 * characters; MAIL comes only after everything that this client must do first.
 */
#include "engine/smtp/server.h"
#include "tests/fuzz/fuzz.h"

static struct {
	struct seal_smtpd s;
	struct seal_smtpd_access access;
	struct seal_span in;
	uint64_t now_ms;
	size_t line_len;
	bool cr, hello, mail, content, secured, logged_in, closed;
} f;

static void
server_check_out(struct seal_span out)
{
	for (size_t i = 0; i < out.len; i++) {
		const uint8_t c = out.ptr[i];

		REQUIRE(f.cr == (c == '\n'));
		f.cr = c == '\r';
		REQUIRE(f.line_len >= 3 || (c >= '0' && c <= '9'));
		REQUIRE(f.line_len != 3 || c == ' ' || c == '-' || c == '\r');
		f.line_len = c == '\n' ? 0 : f.line_len + 1;
		REQUIRE(f.line_len < 512);
	}
}

static void
server_send_some(size_t max)
{
	const struct seal_span out = seal_span_first(seal_smtpd_send_view(&f.s), max);

	server_check_out(out);
	seal_smtpd_sent(&f.s, out.len, f.now_ms);
}

/* An answer that the event needs, or any other. */
static struct seal_reply
reply_for(uint16_t good)
{
	static const struct seal_reply odd[] = {
		SEAL_REPLY(250, "2.0.0 Ok"), SEAL_REPLY(354, "Go"), SEAL_REPLY(450, "4.2.0 Later\nmuch later\n"),
		SEAL_REPLY(550, "5.7.1 No"), SEAL_REPLY(535, ""), SEAL_REPLY(421, "4.3.2 Bye"), { 0, { NULL, 0 } },
		SEAL_REPLY(220, "\n\n"),
	};
	const unsigned choice = fuzz_choice(&f.in);

	return choice < 200 ? (struct seal_reply){ good, SEAL_SPAN("2.0.0 Fine") }
	                    : odd[choice % (sizeof odd / sizeof odd[0])];
}

static enum seal_status
answer(uint16_t good, bool *accepted)
{
	const struct seal_reply reply = reply_for(good);
	const bool closes = fuzz_choice(&f.in) == 255;

	*accepted = reply.code / 100 == good / 100 && !closes;
	return closes ? seal_smtpd_answer_close(&f.s, reply, f.now_ms) : seal_smtpd_answer(&f.s, reply, f.now_ms);
}

static void
on_mail(const struct seal_path_command *c)
{
	REQUIRE(f.hello);
	REQUIRE(!f.mail);
	REQUIRE(f.access.tls != SEAL_SMTPD_REQUIRED || f.secured);
	REQUIRE(f.access.login != SEAL_SMTPD_REQUIRED || f.logged_in);
	REQUIRE(!fuzz_has_control(c->path) && !fuzz_has_control(c->domain));
	REQUIRE(!fuzz_has_control(c->ret) && !fuzz_has_control(c->envid));
	answer(250, &f.mail);
}

static void
on_auth(const struct seal_smtpd_login *login)
{
	bool accepted;

	REQUIRE(f.access.login != SEAL_SMTPD_HIDDEN && (f.secured || f.access.clear_login));
	REQUIRE(login->user.len > 0 && !fuzz_has_control(login->user));
	REQUIRE(seal_span_find(login->secret, 0) == login->secret.len);
	answer(235, &accepted);
	f.logged_in = f.logged_in || accepted;
}

/* Returns false if the event was the last one for now. */
static bool
server_on_event(const struct seal_smtpd_info *info)
{
	static const struct seal_extensions offered = {
		.size_max = 1000000, .eight_bit_mime = true, .smtputf8 = true, .dsn = true, .auth = true
	};
	const enum seal_smtpd_event event = seal_smtpd_next(&f.s);
	bool accepted;

	REQUIRE(!f.closed || event == SEAL_SMTPD_NONE);
	switch (event) {
	case SEAL_SMTPD_NONE:
		return false;
	case SEAL_SMTPD_HELLO:
		if (fuzz_choice(&f.in) < 250) {
			f.hello = true;
			seal_smtpd_answer_hello(&f.s, SEAL_SPAN("gw.example.com"), &offered, f.now_ms);
		} else {
			answer(550, &accepted); /* an earlier one still counts */
		}
		break;
	case SEAL_SMTPD_MAIL:
		on_mail(&info->command);
		break;
	case SEAL_SMTPD_RCPT:
		REQUIRE(f.mail && !f.content);
		REQUIRE(info->command.path.len > 0 && !fuzz_has_control(info->command.path));
		REQUIRE(!fuzz_has_control(info->command.notify) && !fuzz_has_control(info->command.orcpt));
		answer(250, &accepted);
		break;
	case SEAL_SMTPD_DATA:
		REQUIRE(f.mail && !f.content);
		answer(354, &f.content);
		break;
	case SEAL_SMTPD_STARTTLS:
		REQUIRE(!f.secured && f.access.tls != SEAL_SMTPD_HIDDEN);
		answer(220, &accepted);
		break;
	case SEAL_SMTPD_AUTH:
		on_auth(&info->login);
		break;
	case SEAL_SMTPD_CONTENT:
		REQUIRE(f.content && info->content.len > 0);
		break;
	case SEAL_SMTPD_END:
		REQUIRE(f.content);
		answer(250, &accepted);
		f.mail = f.content = false;
		break;
	case SEAL_SMTPD_ABORT:
		f.mail = f.content = false;
		break;
	case SEAL_SMTPD_CLOSE:
		f.closed = true;
		break;
	}
	return true;
}

static void
server_recv_piece(void)
{
	const struct seal_span piece = fuzz_piece(&f.in, fuzz_cut(&f.in));
	struct seal_span rest = piece;
	struct seal_smtpd_info info;
	size_t idle = 0;

	while (rest.len > 0 && idle < 3) {
		const size_t taken = seal_smtpd_recv(&f.s, rest.ptr, rest.len, f.now_ms, &info);

		REQUIRE(taken <= rest.len);
		rest = seal_span_from(rest, taken);
		idle = taken > 0 ? 0 : idle + 1;
		while (server_on_event(&info))
			idle = 0;
		if (fuzz_choice(&f.in) < 250)
			server_send_some(SIZE_MAX);
	}
	/* It takes everything, unless a handshake is due. */
	REQUIRE(rest.len == 0 || seal_smtpd_wants_tls(&f.s) || seal_smtpd_send_view(&f.s).len > 0);
	fuzz_free(piece);
}

static void
act(void)
{
	const unsigned what = fuzz_choice(&f.in);

	if (what >= 250) {
		f.now_ms = seal_smtpd_deadline_ms(&f.s) == UINT64_MAX ? f.now_ms : seal_smtpd_deadline_ms(&f.s);
		seal_smtpd_tick(&f.s, f.now_ms);
	} else if (what >= 248) {
		seal_smtpd_peer_closed(&f.s);
	} else if (what >= 240) {
		server_send_some(what - 239);
	} else if (seal_smtpd_wants_tls(&f.s) && seal_smtpd_send_view(&f.s).len == 0 && what < 230) {
		seal_smtpd_secured(&f.s, f.now_ms);
		REQUIRE(seal_smtpd_is_private(&f.s));
		f.secured = true;
		f.hello = f.mail = f.content = f.logged_in = false;
	} else {
		server_recv_piece();
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	const struct seal_smtpd_info none = { 0 };
	unsigned access;

	memset(&f, 0, sizeof f);
	f.in = seal_span(data, len);
	f.now_ms = 1000;
	access = fuzz_choice(&f.in);
	f.access = (struct seal_smtpd_access){
		(enum seal_smtpd_offer)(access % 3), (enum seal_smtpd_offer)(access / 3 % 3), access >= 128,
	};
	seal_smtpd_init(&f.s, f.now_ms);
	seal_smtpd_set_access(&f.s, f.access);
	seal_smtpd_greet(&f.s, SEAL_SPAN("gw.example.com"));
	server_send_some(SIZE_MAX);
	while (f.in.len > 0 && !f.closed)
		act();
	seal_smtpd_peer_closed(&f.s);
	while (server_on_event(&none) && !f.closed)
		continue;
	server_send_some(SIZE_MAX);
	REQUIRE(seal_smtpd_closing(&f.s));
	return 0;
}
