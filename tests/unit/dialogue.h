/* SPDX-License-Identifier: Apache-2.0
 *
 * dialogue.h - run SMTP dialogues written as text against engine/smtp/server.c.
 *
 * A dialogue is a NULL-terminated list of lines:
 *
 *	"C: text"   the client sends text CRLF          "C! octets"  ... exactly these octets
 *	"S: text"   the server has sent this line       "S."         ... and closes now
 *	"M: octets" the content since the last M: was   "N."         the server has sent nothing
 *	"A."        ABORT was raised, once              "Z."         the client closes its side
 *	"T: ms"     this time passes, tick by tick
 *	"O: words"  the offers, as the first line: tls or TLS (required), login or LOGIN,
 *	            clear (login without TLS), any (every login is right), private (TLS from
 *	            the first octet)
 *	"H."        the server waits for the handshake, which happens now
 *	"U: text"   the user and the secret of the last accepted login
 *
 * The relay of the server accepts everything except addresses and users that begin with
 * a reply code: <550-x@y> is refused with 550, <421-x@y> with 421. The only valid secret is
 * "secret". It has no I/O, so the same dialogues run on a board.
 */
#ifndef TESTS_UNIT_DIALOGUE_H
#define TESTS_UNIT_DIALOGUE_H

#include "engine/base/num.h"
#include "engine/smtp/server.h"
#include "tests/unit/test.h"

struct dialogue {
	const char *name;
	const char *const *lines;
};

struct wire {
	struct seal_smtpd s;
	uint64_t now_ms;
	size_t piece;           /* octets given to recv at a time; 0: all */
	uint16_t data_code;     /* what DATA and END are answered with    */
	uint16_t end_code;
	uint16_t tls_code;      /* and STARTTLS                           */
	bool any_login;
	unsigned num_aborts, num_closes, num_mails, num_rcpts, num_ends, num_logins;
	size_t out_len, content_len, login_len;
	bool overflow;          /* the test's own buffers ran over        */
	uint8_t out[6144];
	uint8_t content[4096];
	uint8_t login[256];
};

static inline void
wire_keep(struct wire *w, uint8_t *buffer, size_t cap, size_t *used, struct seal_span s)
{
	if (s.len > cap - *used) {
		w->overflow = true;
		return;
	}
	if (s.len > 0)
		memcpy(buffer + *used, s.ptr, s.len);
	*used += s.len;
}

static inline void
wire_pull(struct wire *w)
{
	const struct seal_span view = seal_smtpd_send_view(&w->s);

	wire_keep(w, w->out, sizeof w->out, &w->out_len, view);
	seal_smtpd_sent(&w->s, view.len, w->now_ms);
}

/* Begin with the offers in `words`. */
static inline void
wire_begin_with(struct wire *w, size_t piece, struct seal_span words)
{
	struct seal_smtpd_access access = { .tls = SEAL_SMTPD_HIDDEN, .login = SEAL_SMTPD_HIDDEN };
	struct seal_span word;
	bool is_private = false;

	memset(w, 0, sizeof *w);
	w->piece = piece;
	w->data_code = 354;
	w->end_code = 250;
	w->tls_code = 220;
	w->now_ms = 1000;
	while (seal_span_split(&words, ' ', &word)) {
		if (seal_span_equal_nocase(word, SEAL_SPAN("tls")))
			access.tls = word.ptr[0] == 'T' ? SEAL_SMTPD_REQUIRED : SEAL_SMTPD_OFFERED;
		if (seal_span_equal_nocase(word, SEAL_SPAN("login")))
			access.login = word.ptr[0] == 'L' ? SEAL_SMTPD_REQUIRED : SEAL_SMTPD_OFFERED;
		access.clear_login = access.clear_login || seal_span_equal(word, SEAL_SPAN("clear"));
		w->any_login = w->any_login || seal_span_equal(word, SEAL_SPAN("any"));
		is_private = is_private || seal_span_equal(word, SEAL_SPAN("private"));
	}
	seal_smtpd_init(&w->s, w->now_ms);
	seal_smtpd_set_access(&w->s, access);
	if (is_private)
		seal_smtpd_secured(&w->s, w->now_ms);
	seal_smtpd_greet(&w->s, SEAL_SPAN("gw.example"));
	wire_pull(w);
}

static inline void
wire_begin(struct wire *w, size_t piece)
{
	wire_begin_with(w, piece, SEAL_SPAN(""));
}

static inline struct seal_reply
wire_verdict(struct seal_span path)
{
	uint64_t code;

	if (path.len > 3 && path.ptr[3] == '-' && seal_num_u64(seal_span_first(path, 3), &code))
		return (struct seal_reply){ (uint16_t)code, SEAL_SPAN("5.1.1 As you asked") };
	return SEAL_REPLY(250, "2.1.0 OK");
}

static inline void
wire_answer(struct wire *w, struct seal_reply reply)
{
	CHECK_EQ(seal_smtpd_answer(&w->s, reply, w->now_ms), SEAL_OK);
}

static inline void
wire_login(struct wire *w, const struct seal_smtpd_login *login)
{
	struct seal_reply verdict = wire_verdict(login->user);

	w->num_logins++;
	if (verdict.code == 250)
		verdict = w->any_login || seal_span_equal(login->secret, SEAL_SPAN("secret"))
		          ? SEAL_REPLY(235, "2.7.0 Authentication successful")
		          : SEAL_REPLY(535, "5.7.8 Authentication credentials invalid");
	if (verdict.code == 235) {
		w->login_len = 0;
		wire_keep(w, w->login, sizeof w->login, &w->login_len, login->user);
		wire_keep(w, w->login, sizeof w->login, &w->login_len, SEAL_SPAN(" "));
		wire_keep(w, w->login, sizeof w->login, &w->login_len, login->secret);
	}
	wire_answer(w, verdict);
}

/* Answer one event. False: none was waiting. */
static inline bool
wire_step(struct wire *w, const struct seal_smtpd_info *info)
{
	const struct seal_extensions all = {
		.size_max = 1000000, .eight_bit_mime = true, .smtputf8 = true, .dsn = true
	};

	switch (seal_smtpd_next(&w->s)) {
	case SEAL_SMTPD_NONE:
		return false;
	case SEAL_SMTPD_HELLO:
		CHECK_EQ(seal_smtpd_answer_hello(&w->s, SEAL_SPAN("gw.example"), &all, w->now_ms), SEAL_OK);
		break;
	case SEAL_SMTPD_MAIL:
		w->num_mails++;
		wire_answer(w, wire_verdict(info->command.path));
		break;
	case SEAL_SMTPD_RCPT:
		w->num_rcpts++;
		wire_answer(w, wire_verdict(info->command.path));
		break;
	case SEAL_SMTPD_DATA:
		wire_answer(w, (struct seal_reply){ w->data_code, SEAL_SPAN("Go") });
		break;
	case SEAL_SMTPD_STARTTLS:
		wire_answer(w, (struct seal_reply){ w->tls_code, SEAL_SPAN("2.0.0 Ready to start TLS") });
		break;
	case SEAL_SMTPD_AUTH:
		wire_login(w, &info->login);
		break;
	case SEAL_SMTPD_CONTENT:
		wire_keep(w, w->content, sizeof w->content, &w->content_len, info->content);
		break;
	case SEAL_SMTPD_END:
		w->num_ends++;
		wire_answer(w, (struct seal_reply){ w->end_code, SEAL_SPAN("2.0.0 Taken") });
		break;
	case SEAL_SMTPD_ABORT:
		w->num_aborts++;
		break;
	case SEAL_SMTPD_CLOSE:
		w->num_closes++;
		break;
	}
	return true;
}

static inline void
wire_settle(struct wire *w, const struct seal_smtpd_info *info)
{
	while (wire_step(w, info))
		;
	wire_pull(w);
}

static inline void
wire_send(struct wire *w, struct seal_span s)
{
	struct seal_smtpd_info info = { .content = { NULL, 0 } };
	unsigned stuck = 0;

	while (s.len > 0 && stuck < 3) {
		const size_t len = w->piece > 0 && w->piece < s.len ? w->piece : s.len;
		const size_t taken = seal_smtpd_recv(&w->s, s.ptr, len, w->now_ms, &info);

		wire_settle(w, &info);
		stuck = taken == 0 ? stuck + 1 : 0;
		s = seal_span_from(s, taken);
	}
	CHECK_EQ(s.len, 0);
}

/* `text` is what was sent next. */
static inline bool
wire_heard(struct wire *w, const char *text)
{
	const struct seal_span got = seal_span(w->out, w->out_len);
	const struct seal_span want = seal_span_text(text);
	size_t len = seal_span_find(got, '\n');

	if (!CHECK(len < got.len && len > 0 && got.ptr[len - 1] == '\r') ||
	    !CHECK_SPANS(seal_span_first(got, len - 1), want))
		return false;
	len++;
	memmove(w->out, w->out + len, w->out_len - len);
	w->out_len -= len;
	return true;
}

static inline void
wire_wait(struct wire *w, uint64_t ms)
{
	const uint64_t until_ms = w->now_ms + ms;
	const struct seal_smtpd_info info = { .content = { NULL, 0 } };
	uint64_t due_ms = seal_smtpd_deadline_ms(&w->s);

	while (due_ms <= until_ms) {
		w->now_ms = due_ms > w->now_ms ? due_ms : w->now_ms;
		seal_smtpd_tick(&w->s, w->now_ms);
		wire_settle(w, &info);
		if (seal_smtpd_closing(&w->s))
			break;
		due_ms = seal_smtpd_deadline_ms(&w->s);
	}
	w->now_ms = until_ms;
}

static inline bool
wire_line(struct wire *w, const char *line)
{
	const struct seal_smtpd_info info = { .content = { NULL, 0 } };
	uint64_t ms = 0;

	switch (line[0]) {
	case 'C':
		wire_send(w, seal_span_text(line + 3));
		if (line[1] == ':')
			wire_send(w, SEAL_SPAN("\r\n"));
		return true;
	case 'S':
		if (line[1] == ':')
			return wire_heard(w, line + 3);
		return CHECK_EQ(w->num_closes, 1) && CHECK_EQ(w->out_len, 0) &&
		       CHECK(seal_smtpd_closing(&w->s));
	case 'M':
		if (!CHECK_SPANS(seal_span(w->content, w->content_len), seal_span_text(line + 3)))
			return false;
		w->content_len = 0;
		return true;
	case 'A':
		return CHECK_EQ(w->num_aborts--, 1);
	case 'N':
		return CHECK_SPAN(seal_span(w->out, w->out_len), "") && CHECK(!seal_smtpd_closing(&w->s));
	case 'O':
		wire_begin_with(w, w->piece, seal_span_text(line + 3));
		return true;
	case 'H':
		if (!CHECK(seal_smtpd_wants_tls(&w->s)) || !CHECK_SPAN(seal_span(w->out, w->out_len), ""))
			return false;
		seal_smtpd_secured(&w->s, w->now_ms);
		return CHECK(!seal_smtpd_wants_tls(&w->s));
	case 'U':
		return CHECK_SPANS(seal_span(w->login, w->login_len), seal_span_text(line + 3));
	case 'Z':
		seal_smtpd_peer_closed(&w->s);
		wire_settle(w, &info);
		return true;
	case 'T':
		CHECK(seal_num_u64(seal_span_text(line + 3), &ms));
		wire_wait(w, ms);
		return true;
	default:
		return CHECK(!"a line of a dialogue begins with C S M A N Z T O H U");
	}
}

static inline void
dialogue_say(const char *text)
{
	test_write(text, strlen(text));
}

/* Run it; every octet sent and every ABORT must have been expected. */
static inline void
dialogue_run(const struct dialogue *d, size_t piece)
{
	struct wire w;
	size_t i = 0;

	wire_begin(&w, piece);
	while (d->lines[i] != NULL && wire_line(&w, d->lines[i]))
		i++;
	if (d->lines[i] != NULL) {
		dialogue_say("  in dialogue ");
		dialogue_say(d->name);
		dialogue_say(" at ");
		dialogue_say(d->lines[i]);
		dialogue_say("\n");
		return;
	}
	CHECK_SPAN(seal_span(w.out, w.out_len), "");
	CHECK_EQ(w.num_aborts, 0);
	CHECK(!w.overflow);
}

#endif
