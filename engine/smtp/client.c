/* SPDX-License-Identifier: Apache-2.0
 *
 * Every state change of the client is in this file.
 */
#include "engine/smtp/client.h"

#include <string.h>

#include "engine/base/ascii.h"
#include "engine/base/base64.h"
#include "engine/base/ct.h"
#include "engine/base/num.h"

/* Which reply is awaited, or what the caller must do next. */
enum state {
	ST_CONNECTING,
	ST_GREETING,
	ST_EHLO,
	ST_HELO,
	ST_STARTTLS,
	ST_TLS,     /* 220 came, the connection is not yet private           */
	ST_AUTH,    /* AUTH, or a response                                   */
	ST_IDLE,    /* no command outstanding                                */
	ST_MAIL,
	ST_RCPT,
	ST_RSET,
	ST_DATA,
	ST_CONTENT, /* 354 came, seal_smtpc_end was not called               */
	ST_END,     /* it was                                                */
	ST_QUIT,
	ST_UNASKED, /* an unsolicited reply began: read it, then fail        */
	ST_BYE,     /* the reply to QUIT came                                */
	ST_FAILED
};

/* How long each state may last, in milliseconds; 0: without limit, it is the caller's turn. */
static const uint32_t PATIENCE_MS[] = {
	[ST_CONNECTING] = SEAL_CLIENT_CONNECT_MS,
	[ST_GREETING]   = SEAL_CLIENT_GREETING_MS,
	[ST_EHLO]       = SEAL_CLIENT_MAIL_MS,
	[ST_HELO]       = SEAL_CLIENT_MAIL_MS,
	[ST_STARTTLS]   = SEAL_CLIENT_MAIL_MS,
	[ST_TLS]        = 0,
	[ST_AUTH]       = SEAL_CLIENT_MAIL_MS,
	[ST_IDLE]       = 0,
	[ST_MAIL]       = SEAL_CLIENT_MAIL_MS,
	[ST_RCPT]       = SEAL_CLIENT_RCPT_MS,
	[ST_RSET]       = SEAL_CLIENT_MAIL_MS,
	[ST_DATA]       = SEAL_CLIENT_DATA_MS,
	[ST_CONTENT]    = SEAL_CLIENT_BLOCK_MS,
	[ST_END]        = SEAL_CLIENT_DOT_MS,
	[ST_QUIT]       = SEAL_CLIENT_QUIT_MS,
	[ST_UNASKED]    = SEAL_CLIENT_QUIT_MS,
	[ST_BYE]        = 0,
	[ST_FAILED]     = 0
};

/* The messages of AUTH, which are sent as base64 (RFC 4954 4). */
enum message {
	MESSAGE_NONE,
	MESSAGE_PLAIN,   /* RFC 4616 2                                           */
	MESSAGE_USER,
	MESSAGE_SECRET,
	MESSAGE_XOAUTH2,
	MESSAGE_EMPTY    /* acknowledges the error of XOAUTH2; its refusal follows */
};

/* The message that a 334 asks for after each message. */
static const uint8_t NEXT_MESSAGE[] = {
	[MESSAGE_NONE]    = MESSAGE_NONE,
	[MESSAGE_PLAIN]   = MESSAGE_NONE,
	[MESSAGE_USER]    = MESSAGE_SECRET,
	[MESSAGE_SECRET]  = MESSAGE_NONE,
	[MESSAGE_XOAUTH2] = MESSAGE_EMPTY,
	[MESSAGE_EMPTY]   = MESSAGE_NONE
};

static const struct {
	char name[8];
	uint8_t message; /* the first one                           */
	bool is_initial; /* it may go with the command (RFC 4954 4) */
} MECHANISMS[] = {
	[SEAL_SMTPC_AUTH_NONE]    = { "", MESSAGE_NONE, false },
	[SEAL_SMTPC_AUTH_PLAIN]   = { "PLAIN", MESSAGE_PLAIN, true },
	[SEAL_SMTPC_AUTH_LOGIN]   = { "LOGIN", MESSAGE_USER, false },
	[SEAL_SMTPC_AUTH_XOAUTH2] = { "XOAUTH2", MESSAGE_XOAUTH2, true }
};
#define NUM_MECHANISMS (sizeof MECHANISMS / sizeof MECHANISMS[0])

#define DOT_CRLF_LEN   3u /* every end of data ends with it */
#define HELLO_VERB_LEN 5u /* "EHLO ", "HELO " */

_Static_assert(HELLO_VERB_LEN + SEAL_DOMAIN_MAX + 2u <= SEAL_CLIENT_OUT_MAX, "EHLO must fit");

/* --- States ----------------------------------------------------------------- */

static void
enter(struct seal_smtpc *c, enum state state, uint64_t now_ms)
{
	c->state = (uint8_t)state;
	c->deadline_ms = now_ms + PATIENCE_MS[state];
}

static void
forget_login(struct seal_smtpc *c)
{
	const struct seal_span nothing = { NULL, 0 };

	seal_wipe(c->out, sizeof c->out);
	c->out_len = c->out_sent = 0;
	c->message = c->next_message = MESSAGE_NONE;
	c->needs.user = c->needs.secret = nothing;
}

static void
fail(struct seal_smtpc *c, enum seal_smtpc_failure why)
{
	if (c->state == ST_FAILED || c->state == ST_BYE)
		return;
	c->state = ST_FAILED;
	c->failure = (uint8_t)why;
	forget_login(c);
	if (c->event != SEAL_SMTPC_REPLY) /* keep a reply that came before the failure */
		c->event = SEAL_SMTPC_NONE;
}

/* True if octets of the command, or of the lent content, are still to be sent. */
static bool
is_sending(const struct seal_smtpc *c)
{
	return c->out_sent < c->out_len || c->run_len > 0 || c->content_len > 0;
}

/* True if a reply that begins now would answer a command. */
static bool
is_awaiting(const struct seal_smtpc *c)
{
	switch ((enum state)c->state) {
	case ST_GREETING:
	case ST_EHLO:
	case ST_HELO:
	case ST_STARTTLS:
	case ST_AUTH:
	case ST_MAIL:
	case ST_RCPT:
	case ST_RSET:
	case ST_DATA:
	case ST_END:
	case ST_QUIT:
		return !is_sending(c);
	case ST_CONNECTING:
	case ST_TLS:
	case ST_IDLE:
	case ST_CONTENT:
	case ST_UNASKED:
	case ST_BYE:
	case ST_FAILED:
		break;
	}
	return false;
}

/* Send the command in `out`, which lies in c->out, and wait in `state`. */
static void
begin_command(struct seal_smtpc *c, const struct seal_out *out, enum state state, uint64_t now_ms)
{
	c->out_len = out->len;
	c->out_sent = 0;
	seal_reply_reader_init(&c->reader);
	enter(c, state, now_ms);
}

/* Send EHLO or HELO; the offers of an earlier EHLO are forgotten. */
static void
begin_hello(struct seal_smtpc *c, enum state state, uint64_t now_ms)
{
	const struct seal_extensions none = { .size_max = 0 };
	struct seal_out out = seal_out(c->out, sizeof c->out);

	c->extensions = none;
	c->mechanisms = 0;
	c->offers_tls = false;
	c->extended = state == ST_EHLO;
	seal_out_span_put(&out, c->extended ? SEAL_SPAN("EHLO ") : SEAL_SPAN("HELO "));
	seal_out_span_put(&out, c->hostname);
	seal_out_text(&out, "\r\n");
	begin_command(c, &out, state, now_ms);
}

void
seal_smtpc_init(struct seal_smtpc *c, struct seal_span hostname,
                const struct seal_smtpc_needs *needs, uint64_t now_ms)
{
	*c = (struct seal_smtpc){ .event = SEAL_SMTPC_NONE, .failure = SEAL_SMTPC_FINE };
	c->hostname = seal_span_first(hostname, SEAL_DOMAIN_MAX);
	c->needs = *needs;
	seal_reply_reader_init(&c->reader);
	enter(c, ST_CONNECTING, now_ms);
}

/* Encryption is worthless without an authenticated peer. */
static bool
is_private(struct seal_secrecy secrecy)
{
	return secrecy.is_private && secrecy.is_peer_known;
}

void
seal_smtpc_connected(struct seal_smtpc *c, struct seal_secrecy secrecy, uint64_t now_ms)
{
	if (c->state != ST_CONNECTING)
		return;
	c->is_private = is_private(secrecy);
	if (c->needs.tls == SEAL_SMTPC_TLS_IMPLICIT && !c->is_private)
		fail(c, SEAL_SMTPC_NO_TLS);
	else
		enter(c, ST_GREETING, now_ms);
}

void
seal_smtpc_secured(struct seal_smtpc *c, struct seal_secrecy secrecy, uint64_t now_ms)
{
	if (c->state != ST_TLS)
		return;
	c->event = SEAL_SMTPC_NONE;
	c->is_private = is_private(secrecy);
	if (c->is_private)
		begin_hello(c, ST_EHLO, now_ms);
	else
		fail(c, SEAL_SMTPC_NO_TLS);
}

void
seal_smtpc_closed(struct seal_smtpc *c)
{
	fail(c, SEAL_SMTPC_LOST);
}

/* --- Login (RFC 4954) ---------------------------------------------------------- */

#define PARTS_MAX 5u

/* Set `parts`, which make up the message one after the other. Returns their total length. */
static size_t
parts_of(const struct seal_smtpc *c, enum message message, struct seal_span parts[PARTS_MAX])
{
	const struct seal_span none = { NULL, 0 };
	const bool is_plain = message == MESSAGE_PLAIN;
	const bool is_xoauth2 = message == MESSAGE_XOAUTH2;
	size_t len = 0;

	parts[0] = is_plain ? SEAL_SPAN("\0") : is_xoauth2 ? SEAL_SPAN("user=") : none;
	parts[1] = is_plain || is_xoauth2 || message == MESSAGE_USER ? c->needs.user : none;
	parts[2] = is_plain ? SEAL_SPAN("\0") : is_xoauth2 ? SEAL_SPAN("\1" "auth=Bearer ") : none;
	parts[3] = is_plain || is_xoauth2 || message == MESSAGE_SECRET ? c->needs.secret : none;
	parts[4] = is_xoauth2 ? SEAL_SPAN("\1\1") : none;
	for (size_t i = 0; i < PARTS_MAX; i++)
		len += parts[i].len;
	return len;
}

static uint8_t
octet_at(const struct seal_span parts[PARTS_MAX], size_t at)
{
	size_t i = 0;

	while (at >= parts[i].len)
		at -= parts[i++].len;
	return parts[i].ptr[at];
}

/* Append as much of the message as fits, and CRLF after its end: a token may be longer
 * than any buffer here. */
static void
put_message(struct seal_smtpc *c, struct seal_out *out)
{
	struct seal_span parts[PARTS_MAX];
	const size_t len = parts_of(c, (enum message)c->message, parts);
	uint8_t quantum[3] = { 0, 0, 0 };

	while (c->message_at < len && out->cap - out->len >= SEAL_BASE64_LEN(sizeof quantum) + 2u) {
		size_t n = 0;

		while (n < sizeof quantum && c->message_at < len)
			quantum[n++] = octet_at(parts, c->message_at++);
		seal_base64_put(out, seal_span(quantum, n));
	}
	seal_wipe(quantum, sizeof quantum);
	if (c->message_at < len)
		return;
	seal_out_text(out, "\r\n");
	c->message = MESSAGE_NONE;
}

/* Send the text in `out`, which lies in c->out, and the message after it. */
static void
begin_message(struct seal_smtpc *c, struct seal_out *out, enum message message, uint64_t now_ms)
{
	c->message = (uint8_t)message;
	c->message_at = 0;
	c->next_message = NEXT_MESSAGE[message];
	put_message(c, out);
	begin_command(c, out, ST_AUTH, now_ms);
}

static void
begin_auth(struct seal_smtpc *c, uint64_t now_ms)
{
	const enum message message = (enum message)MECHANISMS[c->needs.auth].message;
	struct seal_span parts[PARTS_MAX];
	const size_t message_len = SEAL_BASE64_LEN(parts_of(c, message, parts));
	struct seal_out out = seal_out(c->out, sizeof c->out);

	seal_out_text(&out, "AUTH ");
	seal_out_span_put(&out, seal_span_text(MECHANISMS[c->needs.auth].name));
	/* 4: an initial response only if the command stays within its 512 octets */
	if (MECHANISMS[c->needs.auth].is_initial &&
	    out.len + sizeof " \r\n" - 1u + message_len <= SEAL_COMMAND_MAX) {
		seal_out_text(&out, " ");
		begin_message(c, &out, message, now_ms);
	} else {
		seal_out_text(&out, "\r\n");
		c->next_message = (uint8_t)message;
		begin_command(c, &out, ST_AUTH, now_ms);
	}
}

/* --- Replies ------------------------------------------------------------------ */

static void
read_mechanism(struct seal_smtpc *c, struct seal_span word)
{
	for (size_t i = 1; i < NUM_MECHANISMS; i++) {
		if (seal_span_equal_nocase(word, seal_span_text(MECHANISMS[i].name)))
			c->mechanisms = (uint8_t)(c->mechanisms | 1u << i);
	}
}

static void
read_mechanisms(struct seal_smtpc *c, struct seal_span list)
{
	struct seal_span word;

	while (seal_span_split(&list, ' ', &word))
		read_mechanism(c, word);
}

/* One line of the reply to EHLO after the first: a keyword, then parameters
 * (RFC 5321 4.1.1.1). */
static void
read_capability(struct seal_smtpc *c, struct seal_span line)
{
	const struct seal_span old_auth = SEAL_SPAN("AUTH="); /* from before RFC 2554 */
	struct seal_extensions *e = &c->extensions;
	struct seal_span word;

	if (seal_span_starts_nocase(line, old_auth))
		read_mechanisms(c, seal_span_from(line, old_auth.len));
	if (!seal_span_split(&line, ' ', &word))
		return;
	if (seal_span_equal_nocase(word, SEAL_SPAN("AUTH")))
		read_mechanisms(c, line);
	else if (seal_span_equal_nocase(word, SEAL_SPAN("STARTTLS")))
		c->offers_tls = true;
	else if (seal_span_equal_nocase(word, SEAL_SPAN("8BITMIME")))
		e->eight_bit_mime = true;
	else if (seal_span_equal_nocase(word, SEAL_SPAN("SMTPUTF8")))
		e->smtputf8 = true;
	else if (seal_span_equal_nocase(word, SEAL_SPAN("DSN")))
		e->dsn = true;
	else if (seal_span_equal_nocase(word, SEAL_SPAN("SIZE")) &&
	         !seal_num_u64(seal_span_trim(line), &e->size_max))
		e->size_max = 0; /* RFC 1870 4: the limit is not known */
}

static void
ready(struct seal_smtpc *c, uint64_t now_ms)
{
	forget_login(c);
	c->event = SEAL_SMTPC_READY;
	enter(c, ST_IDLE, now_ms);
}

static void
begin_starttls(struct seal_smtpc *c, uint64_t now_ms)
{
	struct seal_out out = seal_out(c->out, sizeof c->out);

	if (!c->offers_tls) {
		fail(c, SEAL_SMTPC_NO_TLS);
		return;
	}
	seal_out_text(&out, "STARTTLS\r\n");
	begin_command(c, &out, ST_STARTTLS, now_ms);
}

/* EHLO or HELO was accepted: begin the next thing that the connection needs. STARTTLS comes
 * before AUTH, so that no secret is sent in the clear. */
static void
prepare(struct seal_smtpc *c, uint64_t now_ms)
{
	if (c->needs.tls == SEAL_SMTPC_TLS_STARTTLS && !c->is_private)
		begin_starttls(c, now_ms);
	else if (c->needs.auth == SEAL_SMTPC_AUTH_NONE)
		ready(c, now_ms);
	else if (!c->is_private && !c->needs.clear_auth)
		fail(c, SEAL_SMTPC_NO_TLS);
	else if (((unsigned)c->mechanisms >> c->needs.auth & 1u) == 0)
		fail(c, SEAL_SMTPC_NO_LOGIN);
	else
		begin_auth(c, now_ms);
}

/* The reply to EHLO or HELO. */
static void
on_hello_reply(struct seal_smtpc *c, uint16_t code, uint64_t now_ms)
{
	const bool is_old = c->state == ST_EHLO && code >= 500; /* 3.2: a server from before RFC 1425 */

	if (code < 400)
		prepare(c, now_ms);
	else if (is_old && c->needs.tls != SEAL_SMTPC_TLS_STARTTLS)
		begin_hello(c, ST_HELO, now_ms);
	else
		fail(c, is_old && !c->is_private ? SEAL_SMTPC_NO_TLS : SEAL_SMTPC_REFUSED);
}

static void
on_starttls_reply(struct seal_smtpc *c, uint16_t code, uint64_t now_ms)
{
	if (code != 220) {
		fail(c, SEAL_SMTPC_TLS_REFUSED);
		return;
	}
	c->event = SEAL_SMTPC_STARTTLS;
	enter(c, ST_TLS, now_ms);
}

static void
on_auth_reply(struct seal_smtpc *c, uint16_t code, uint64_t now_ms)
{
	const bool is_complete = c->next_message == MESSAGE_NONE || c->next_message == MESSAGE_EMPTY;

	struct seal_out out = seal_out(c->out, sizeof c->out);

	if (code == 334 && c->next_message != MESSAGE_NONE)
		begin_message(c, &out, (enum message)c->next_message, now_ms);
	else if (code == 235 && is_complete)
		ready(c, now_ms);
	else
		fail(c, code < 400 ? SEAL_SMTPC_NONSENSE : SEAL_SMTPC_LOGIN_REFUSED);
}

/* True if `code` can answer the command. RFC 5321 4.3.2: DATA has no 2yz, and only DATA has
 * a 3yz. A client that takes a 2yz to DATA for a success loses the message. AUTH has its own
 * check. */
static bool
fits_command(const struct seal_smtpc *c, uint16_t code)
{
	if (code >= 400 || c->state == ST_UNASKED || c->state == ST_AUTH)
		return true;
	return c->state == ST_DATA ? code == 354 : code < 300;
}

/* A reply without a command. */
static void
on_unasked_reply(struct seal_smtpc *c, uint16_t code)
{
	if (!c->in_content || code < 400) {
		fail(c, code == 421 ? SEAL_SMTPC_LOST : SEAL_SMTPC_NONSENSE);
		return;
	}
	c->in_doubt = false; /* the end was not sent completely, and never will be */
	fail(c, SEAL_SMTPC_REFUSED);
}

static void
deliver_reply(struct seal_smtpc *c, enum state state, uint64_t now_ms)
{
	c->event = SEAL_SMTPC_REPLY;
	enter(c, state, now_ms);
}

static void
begin_content(struct seal_smtpc *c, uint64_t now_ms)
{
	seal_dot_init(&c->dot);
	enter(c, ST_CONTENT, now_ms);
}

static void
on_reply(struct seal_smtpc *c, uint64_t now_ms)
{
	const uint16_t code = seal_reply_reader_reply(&c->reader).code;

	if (!fits_command(c, code)) {
		fail(c, SEAL_SMTPC_NONSENSE);
		return;
	}
	switch ((enum state)c->state) {
	case ST_GREETING:
		if (code < 400)
			begin_hello(c, ST_EHLO, now_ms);
		else
			fail(c, SEAL_SMTPC_REFUSED);
		break;
	case ST_EHLO:
	case ST_HELO:
		on_hello_reply(c, code, now_ms);
		break;
	case ST_STARTTLS:
		on_starttls_reply(c, code, now_ms);
		break;
	case ST_AUTH:
		on_auth_reply(c, code, now_ms);
		break;
	case ST_DATA:
		if (code == 354)
			begin_content(c, now_ms);
		else
			deliver_reply(c, ST_IDLE, now_ms);
		break;
	case ST_MAIL:
	case ST_RCPT:
	case ST_RSET:
		deliver_reply(c, ST_IDLE, now_ms);
		break;
	case ST_END:
		c->in_doubt = false;
		deliver_reply(c, ST_IDLE, now_ms);
		break;
	case ST_QUIT:
		deliver_reply(c, ST_BYE, now_ms);
		break;
	case ST_UNASKED:
		on_unasked_reply(c, code);
		break;
	case ST_CONNECTING:
	case ST_TLS:
	case ST_IDLE:
	case ST_CONTENT:
	case ST_BYE:
	case ST_FAILED:
		break;
	}
}

static void
begin_unasked(struct seal_smtpc *c, uint64_t now_ms)
{
	c->in_content = c->state == ST_CONTENT || c->state == ST_END;
	forget_login(c);
	c->run_len = 0;
	c->content_len = 0;
	seal_reply_reader_init(&c->reader);
	enter(c, ST_UNASKED, now_ms);
}

/* Take one line. */
static size_t
recv_reply_line(struct seal_smtpc *c, const uint8_t *data, size_t len, uint64_t now_ms)
{
	struct seal_span line;
	size_t taken;

	if (!is_awaiting(c) && c->state != ST_UNASKED)
		begin_unasked(c, now_ms);
	taken = seal_reply_reader_recv(&c->reader, data, len, &line);
	if (c->state == ST_EHLO && c->reader.code == 250) {
		if (c->reader.num_lines > 1)
			read_capability(c, line);
		seal_reply_reader_forget(&c->reader);
	}
	if (seal_reply_reader_status(&c->reader) == SEAL_OK)
		on_reply(c, now_ms);
	else if (seal_reply_reader_status(&c->reader) != SEAL_PENDING)
		fail(c, SEAL_SMTPC_NONSENSE);
	return taken;
}

size_t
seal_smtpc_recv(struct seal_smtpc *c, const uint8_t *data, size_t len, uint64_t now_ms)
{
	size_t taken = 0;

	while (taken < len && c->event == SEAL_SMTPC_NONE && c->state != ST_FAILED &&
	       c->state != ST_BYE && c->state != ST_TLS)
		taken += recv_reply_line(c, data + taken, len - taken, now_ms);
	if (taken < len && c->state == ST_TLS) /* injected, to be mistaken for octets through TLS */
		fail(c, SEAL_SMTPC_NONSENSE);
	if (c->event == SEAL_SMTPC_NONE)
		return len; /* octets after the end do not matter */
	if (taken < len)
		c->surplus = true;
	return taken;
}

enum seal_smtpc_event
seal_smtpc_next(struct seal_smtpc *c)
{
	const enum seal_smtpc_event event = (enum seal_smtpc_event)c->event;

	c->event = SEAL_SMTPC_NONE;
	if (event != SEAL_SMTPC_NONE)
		return event;
	if (c->state == ST_CONTENT && !is_sending(c))
		return SEAL_SMTPC_WANTS;
	if (c->state == ST_FAILED && !c->failure_reported) {
		c->failure_reported = true;
		return SEAL_SMTPC_FAILED;
	}
	return SEAL_SMTPC_NONE;
}

struct seal_reply
seal_smtpc_reply(const struct seal_smtpc *c)
{
	return seal_reply_reader_reply(&c->reader);
}

enum seal_smtpc_failure
seal_smtpc_failure(const struct seal_smtpc *c)
{
	return (enum seal_smtpc_failure)c->failure;
}

struct seal_out
seal_smtpc_failure_room(struct seal_smtpc *c)
{
	c->out_len = c->out_sent = 0;
	return seal_out(c->out, SEAL_REPLY_TEXT_MAX);
}

/* --- Commands ------------------------------------------------------------------- */

/* Check whether a command may be sent now. Octets after the last reply would be mistaken
 * for the next reply, so they end the connection. */
static enum seal_status
check_turn(struct seal_smtpc *c)
{
	if (c->state == ST_UNASKED || (c->state == ST_IDLE && c->surplus))
		fail(c, SEAL_SMTPC_NONSENSE);
	if (c->state == ST_FAILED)
		return SEAL_E_PEER;
	if (c->state != ST_IDLE || c->event != SEAL_SMTPC_NONE)
		return SEAL_E_CALLER;
	return SEAL_OK;
}

static bool
has_ctl(struct seal_span s)
{
	for (size_t i = 0; i < s.len; i++) {
		if (seal_is_ctl(s.ptr[i]))
			return true;
	}
	return false;
}

/* As begin_command, for a line with arguments of the caller. */
static enum seal_status
command(struct seal_smtpc *c, struct seal_out *out, enum state state, uint64_t now_ms)
{
	if (has_ctl(seal_out_span(out))) /* no line end except ours */
		return SEAL_E_CALLER;
	seal_out_text(out, "\r\n");
	if (out->overflow)
		return SEAL_E_LIMIT;
	begin_command(c, out, state, now_ms);
	return SEAL_OK;
}

static void
put_parameter(struct seal_out *out, struct seal_span name, struct seal_span value)
{
	if (value.len == 0)
		return;
	seal_out_span_put(out, name);
	seal_out_span_put(out, value);
}

static void
put_body(struct seal_out *out, enum seal_body_type body)
{
	if (body == SEAL_BODY_7BIT)
		seal_out_text(out, " BODY=7BIT");
	if (body == SEAL_BODY_8BITMIME)
		seal_out_text(out, " BODY=8BITMIME");
}

enum seal_status
seal_smtpc_mail(struct seal_smtpc *c, const struct seal_path_command *mail, uint64_t now_ms)
{
	const enum seal_status turn = check_turn(c);
	struct seal_out out = seal_out(c->out, sizeof c->out);

	if (turn != SEAL_OK)
		return turn;
	seal_out_text(&out, "MAIL FROM:<");
	seal_out_span_put(&out, mail->path);
	seal_out_text(&out, ">");
	if (c->extensions.size_max > 0 && mail->size > 0) { /* RFC 1870 6 */
		seal_out_text(&out, " SIZE=");
		seal_out_u64(&out, mail->size);
	}
	if (c->extensions.eight_bit_mime)
		put_body(&out, mail->body);
	if (c->extensions.smtputf8 && mail->smtputf8)
		seal_out_text(&out, " SMTPUTF8");
	if (c->extensions.dsn) {
		put_parameter(&out, SEAL_SPAN(" RET="), mail->ret);
		put_parameter(&out, SEAL_SPAN(" ENVID="), mail->envid);
	}
	return command(c, &out, ST_MAIL, now_ms);
}

enum seal_status
seal_smtpc_rcpt(struct seal_smtpc *c, const struct seal_path_command *rcpt, uint64_t now_ms)
{
	const enum seal_status turn = check_turn(c);
	struct seal_out out = seal_out(c->out, sizeof c->out);

	if (turn != SEAL_OK)
		return turn;
	seal_out_text(&out, "RCPT TO:<");
	seal_out_span_put(&out, rcpt->path);
	seal_out_text(&out, ">");
	if (c->extensions.dsn) {
		put_parameter(&out, SEAL_SPAN(" NOTIFY="), rcpt->notify);
		put_parameter(&out, SEAL_SPAN(" ORCPT="), rcpt->orcpt);
	}
	return command(c, &out, ST_RCPT, now_ms);
}

static enum seal_status
simple_command(struct seal_smtpc *c, struct seal_span verb, enum state state, uint64_t now_ms)
{
	const enum seal_status turn = check_turn(c);
	struct seal_out out = seal_out(c->out, sizeof c->out);

	if (turn != SEAL_OK)
		return turn;
	seal_out_span_put(&out, verb);
	return command(c, &out, state, now_ms);
}

enum seal_status
seal_smtpc_data(struct seal_smtpc *c, uint64_t now_ms)
{
	return simple_command(c, SEAL_SPAN("DATA"), ST_DATA, now_ms);
}

enum seal_status
seal_smtpc_rset(struct seal_smtpc *c, uint64_t now_ms)
{
	return simple_command(c, SEAL_SPAN("RSET"), ST_RSET, now_ms);
}

enum seal_status
seal_smtpc_quit(struct seal_smtpc *c, uint64_t now_ms)
{
	return simple_command(c, SEAL_SPAN("QUIT"), ST_QUIT, now_ms);
}

/* --- Content ----------------------------------------------------------------------- */

static enum seal_status
check_wants(const struct seal_smtpc *c)
{
	if (c->state == ST_UNASKED || c->state == ST_FAILED)
		return SEAL_E_PEER;
	return c->state == ST_CONTENT && !is_sending(c) ? SEAL_OK : SEAL_E_CALLER;
}

enum seal_status
seal_smtpc_content(struct seal_smtpc *c, struct seal_span piece)
{
	const enum seal_status wants = check_wants(c);

	if (wants != SEAL_OK)
		return wants;
	c->content = piece.ptr;
	c->content_len = piece.len;
	return SEAL_OK;
}

enum seal_status
seal_smtpc_end(struct seal_smtpc *c, uint64_t now_ms)
{
	const enum seal_status wants = check_wants(c);
	struct seal_span end;

	if (wants != SEAL_OK)
		return wants;
	/* The reader still holds the 354; octets from now on are the reply to the end. */
	seal_reply_reader_init(&c->reader);
	end = seal_dot_end(&c->dot);
	c->run = end.ptr;
	c->run_len = end.len;
	enter(c, ST_END, now_ms);
	c->deadline_ms = now_ms + SEAL_CLIENT_BLOCK_MS; /* while it is being sent */
	return SEAL_OK;
}

bool
seal_smtpc_in_doubt(const struct seal_smtpc *c)
{
	return c->in_doubt;
}

/* --- Sending ------------------------------------------------------------------------- */

struct seal_span
seal_smtpc_send_view(struct seal_smtpc *c)
{
	struct seal_span run;
	size_t used;

	if (c->state == ST_FAILED || c->state == ST_BYE)
		return seal_span(c->out, 0);
	if (c->out_sent < c->out_len)
		return seal_span(c->out + c->out_sent, c->out_len - c->out_sent);
	if (c->run_len == 0 && c->content_len > 0) {
		used = seal_dot_send(&c->dot, c->content, c->content_len, &run);
		c->content = c->content + used;
		c->content_len -= used;
		c->run = run.ptr;
		c->run_len = run.len;
	}
	return seal_span(c->run, c->run_len);
}

static void
sent_command(struct seal_smtpc *c, size_t len, uint64_t now_ms)
{
	const size_t left = c->out_len - c->out_sent;
	struct seal_out out = seal_out(c->out, sizeof c->out);

	c->out_sent += len < left ? len : left;
	if (c->out_sent < c->out_len)
		return;
	seal_wipe(c->out, c->out_len);
	c->out_len = c->out_sent = 0;
	if (c->message == MESSAGE_NONE) {
		enter(c, (enum state)c->state, now_ms);
		return;
	}
	put_message(c, &out);
	c->out_len = out.len;
}

static void
sent_run(struct seal_smtpc *c, size_t len, uint64_t now_ms)
{
	if (len > c->run_len)
		len = c->run_len;
	c->run += len;
	c->run_len -= len;
	c->deadline_ms = now_ms + SEAL_CLIENT_BLOCK_MS;
	if (c->state != ST_END)
		return;
	if (c->run_len < DOT_CRLF_LEN)
		c->in_doubt = true;
	if (c->run_len == 0)
		enter(c, ST_END, now_ms);
}

void
seal_smtpc_sent(struct seal_smtpc *c, size_t len, uint64_t now_ms)
{
	if (len == 0)
		return;
	if (c->out_sent < c->out_len)
		sent_command(c, len, now_ms);
	else if (c->run_len > 0)
		sent_run(c, len, now_ms);
}

/* --- Time ------------------------------------------------------------------------------ */

uint64_t
seal_smtpc_deadline_ms(const struct seal_smtpc *c)
{
	if (PATIENCE_MS[c->state] == 0)
		return UINT64_MAX;
	if (c->state == ST_CONTENT && !is_sending(c)) /* WANTS: the delay is our own */
		return UINT64_MAX;
	return c->deadline_ms;
}

void
seal_smtpc_tick(struct seal_smtpc *c, uint64_t now_ms)
{
	if (now_ms >= seal_smtpc_deadline_ms(c))
		fail(c, SEAL_SMTPC_TIMEOUT);
}
