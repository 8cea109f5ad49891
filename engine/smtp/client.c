/* SPDX-License-Identifier: Apache-2.0
 *
 * Every state change of the client is in this file.
 */
#include "engine/smtp/client.h"

#include <string.h>

#include "engine/base/ascii.h"
#include "engine/base/num.h"

/* Whose turn it is: the reply to what is awaited, or the caller's. */
enum state {
	ST_CONNECTING,
	ST_GREETING,
	ST_EHLO,
	ST_HELO,
	ST_IDLE,    /* no command outstanding                                */
	ST_MAIL,
	ST_RCPT,
	ST_RSET,
	ST_DATA,
	ST_CONTENT, /* 354 came, seal_smtpc_end was not called               */
	ST_END,     /* it was                                                */
	ST_QUIT,
	ST_UNASKED, /* octets came that answer nothing: read on, then fail   */
	ST_BYE,     /* QUIT was answered                                     */
	ST_FAILED
};

/* How long each state may last; 0: as long as the caller likes. */
static const uint32_t PATIENCE_MS[] = {
	[ST_CONNECTING] = SEAL_CLIENT_CONNECT_MS,
	[ST_GREETING]   = SEAL_CLIENT_GREETING_MS,
	[ST_EHLO]       = SEAL_CLIENT_MAIL_MS,
	[ST_HELO]       = SEAL_CLIENT_MAIL_MS,
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

#define HELLO_VERB_LEN 5u /* "EHLO ", "HELO " */
#define DOT_CRLF_LEN   3u /* what every end of data ends with */

_Static_assert(SEAL_DOMAIN_MAX <= UINT8_MAX, "hello_len");
_Static_assert(HELLO_VERB_LEN + SEAL_DOMAIN_MAX + 2u <= SEAL_CLIENT_OUT_MAX, "EHLO must fit");

/* --- States ----------------------------------------------------------------- */

static void
enter(struct seal_smtpc *c, enum state state, uint64_t now_ms)
{
	c->state = (uint8_t)state;
	c->deadline_ms = now_ms + PATIENCE_MS[state];
}

static void
fail(struct seal_smtpc *c, enum seal_smtpc_failure why)
{
	if (c->state == ST_FAILED || c->state == ST_BYE)
		return;
	c->state = ST_FAILED;
	c->failure = (uint8_t)why;
	if (c->event != SEAL_SMTPC_REPLY) /* a reply that came is not lost */
		c->event = SEAL_SMTPC_NONE;
}

/* Is there something of the command, or of the content lent, still to send? */
static bool
is_sending(const struct seal_smtpc *c)
{
	return c->out_sent < c->out_len || c->run_len > 0 || c->content_len > 0;
}

/* Would a reply that begins now answer something? */
static bool
is_awaiting(const struct seal_smtpc *c)
{
	switch ((enum state)c->state) {
	case ST_GREETING:
	case ST_EHLO:
	case ST_HELO:
	case ST_MAIL:
	case ST_RCPT:
	case ST_RSET:
	case ST_DATA:
	case ST_END:
	case ST_QUIT:
		return !is_sending(c);
	case ST_CONNECTING:
	case ST_IDLE:
	case ST_CONTENT:
	case ST_UNASKED:
	case ST_BYE:
	case ST_FAILED:
		break;
	}
	return false;
}

static void
begin_hello(struct seal_smtpc *c, enum state state, uint64_t now_ms)
{
	/* EHLO and HELO differ in their first two letters, and the name lies in place. */
	c->out[0] = state == ST_EHLO ? 'E' : 'H';
	c->out[1] = state == ST_EHLO ? 'H' : 'E';
	c->out_len = HELLO_VERB_LEN + c->hello_len + 2u;
	c->out_sent = 0;
	c->extended = state == ST_EHLO;
	seal_reply_reader_init(&c->reader);
	enter(c, state, now_ms);
}

void
seal_smtpc_init(struct seal_smtpc *c, struct seal_span hostname, uint64_t now_ms)
{
	struct seal_out out;

	*c = (struct seal_smtpc){ .event = SEAL_SMTPC_NONE, .failure = SEAL_SMTPC_FINE };
	hostname = seal_span_first(hostname, SEAL_DOMAIN_MAX);
	out = seal_out(c->out, sizeof c->out);
	seal_out_text(&out, "EHLO ");
	seal_out_span_put(&out, hostname);
	seal_out_text(&out, "\r\n");
	c->hello_len = (uint8_t)hostname.len;
	seal_reply_reader_init(&c->reader);
	enter(c, ST_CONNECTING, now_ms);
}

void
seal_smtpc_connected(struct seal_smtpc *c, uint64_t now_ms)
{
	if (c->state == ST_CONNECTING)
		enter(c, ST_GREETING, now_ms);
}

void
seal_smtpc_closed(struct seal_smtpc *c)
{
	fail(c, SEAL_SMTPC_LOST);
}

/* --- Replies ------------------------------------------------------------------ */

/* One line of the reply to EHLO after the first: a keyword, then parameters
 * (RFC 5321 4.1.1.1). */
static void
read_capability(struct seal_extensions *e, struct seal_span line)
{
	struct seal_span word;

	if (!seal_span_split(&line, ' ', &word))
		return;
	if (seal_span_equal_nocase(word, SEAL_SPAN("8BITMIME")))
		e->eight_bit_mime = true;
	else if (seal_span_equal_nocase(word, SEAL_SPAN("SMTPUTF8")))
		e->smtputf8 = true;
	else if (seal_span_equal_nocase(word, SEAL_SPAN("DSN")))
		e->dsn = true;
	else if (seal_span_equal_nocase(word, SEAL_SPAN("SIZE")) &&
	         !seal_num_u64(seal_span_trim(line), &e->size_max))
		e->size_max = 0; /* RFC 1870 4: no fixed limit is known */
}

static void
ready(struct seal_smtpc *c, uint64_t now_ms)
{
	c->event = SEAL_SMTPC_READY;
	enter(c, ST_IDLE, now_ms);
}

/* The reply to EHLO or HELO. */
static void
on_hello_reply(struct seal_smtpc *c, uint16_t code, uint64_t now_ms)
{
	const struct seal_extensions none = { .size_max = 0 };

	if (code < 400) {
		ready(c, now_ms);
		return;
	}
	c->extensions = none;
	if (c->state == ST_EHLO && code >= 500)
		begin_hello(c, ST_HELO, now_ms); /* 3.2: a server of before RFC 1425 */
	else
		fail(c, SEAL_SMTPC_REFUSED);
}

/* Can `code` answer what was asked? RFC 5321 4.3.2: DATA has no 2yz, and only DATA has
 * a 3yz. Whoever takes the former for success has lost a message. */
static bool
is_answer(const struct seal_smtpc *c, uint16_t code)
{
	if (code >= 400 || c->state == ST_UNASKED)
		return true;
	return c->state == ST_DATA ? code == 354 : code < 300;
}

/* A reply that answers nothing. */
static void
on_unasked_reply(struct seal_smtpc *c, uint16_t code)
{
	if (!c->in_content || code < 400) {
		fail(c, code == 421 ? SEAL_SMTPC_LOST : SEAL_SMTPC_NONSENSE);
		return;
	}
	c->in_doubt = false; /* the end was not sent whole, and never will be */
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

	if (!is_answer(c, code)) {
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
	c->out_sent = c->out_len;
	c->run_len = 0;
	c->content_len = 0;
	seal_reply_reader_init(&c->reader);
	enter(c, ST_UNASKED, now_ms);
}

/* Take one line. */
static size_t
recv_line(struct seal_smtpc *c, const uint8_t *data, size_t len, uint64_t now_ms)
{
	struct seal_span line;
	size_t taken;

	if (!is_awaiting(c) && c->state != ST_UNASKED)
		begin_unasked(c, now_ms);
	taken = seal_reply_reader_recv(&c->reader, data, len, &line);
	if (c->state == ST_EHLO && c->reader.code == 250) {
		if (c->reader.num_lines > 1)
			read_capability(&c->extensions, line);
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
	       c->state != ST_BYE)
		taken += recv_line(c, data + taken, len - taken, now_ms);
	if (c->event == SEAL_SMTPC_NONE)
		return len; /* nothing said after the end matters */
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
	if (c->state == ST_FAILED && !c->failed_told) {
		c->failed_told = true;
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

/* --- Commands ------------------------------------------------------------------- */

/* May a command be given now? Octets behind the last reply would be taken for the
 * answer, so with them the connection is over. */
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

/* Send what was written to `out`, which lies in c->out, and wait in `state`. */
static enum seal_status
command(struct seal_smtpc *c, struct seal_out *out, enum state state, uint64_t now_ms)
{
	if (has_ctl(seal_out_span(out))) /* no line end but ours */
		return SEAL_E_CALLER;
	seal_out_text(out, "\r\n");
	if (out->overflow)
		return SEAL_E_LIMIT;
	c->out_len = out->len;
	c->out_sent = 0;
	seal_reply_reader_init(&c->reader);
	enter(c, state, now_ms);
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
	/* The reader still holds the 354: what comes from now on is the answer. */
	seal_reply_reader_init(&c->reader);
	end = seal_dot_end(&c->dot);
	c->run = end.ptr;
	c->run_len = end.len;
	enter(c, ST_END, now_ms);
	c->deadline_ms = now_ms + SEAL_CLIENT_BLOCK_MS; /* until it is sent */
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

	c->out_sent += len < left ? len : left;
	if (c->out_sent == c->out_len)
		enter(c, (enum state)c->state, now_ms);
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
	if (c->state == ST_CONTENT && !is_sending(c)) /* WANTS: the delay is ours */
		return UINT64_MAX;
	return c->deadline_ms;
}

void
seal_smtpc_tick(struct seal_smtpc *c, uint64_t now_ms)
{
	if (now_ms >= seal_smtpc_deadline_ms(c))
		fail(c, SEAL_SMTPC_TIMEOUT);
}
