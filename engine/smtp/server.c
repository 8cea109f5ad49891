/* SPDX-License-Identifier: Apache-2.0
 *
 * Every state change of the server is in this file.
 */
#include "engine/smtp/server.h"

#include <string.h>

#include "engine/base/ascii.h"

/* What is known of the connection: bits, so that a set of them is a mask. */
enum state {
	ST_SILENT  = 0,  /* not greeted yet                        */
	ST_NEW     = 1,  /* greeted, no EHLO or HELO accepted      */
	ST_READY   = 2,  /* no transaction                         */
	ST_MAIL    = 4,  /* MAIL accepted, no recipient so far     */
	ST_RCPT    = 8,  /* at least one recipient accepted        */
	ST_CONTENT = 16, /* 354 said, END not answered             */
	ST_CLOSED  = 32
};
#define ST_ANY         (ST_NEW | ST_READY | ST_MAIL | ST_RCPT)
#define ST_TRANSACTION (ST_MAIL | ST_RCPT | ST_CONTENT)

enum argument { NONE, SOME, EITHER };

/* Order of commands: RFC 5321 4.1.4; arguments: 4.1.1. */
static const struct {
	uint8_t allowed_in; /* ST_* bits; otherwise 503             */
	uint8_t argument;   /* otherwise 501                        */
	uint8_t is_idle;    /* counts towards SEAL_IDLE_COMMANDS_MAX */
} RULES[] = {
	[SEAL_VERB_UNKNOWN]        = { ST_ANY, EITHER, 0 },
	[SEAL_VERB_HELO]           = { ST_ANY, SOME, 1 },
	[SEAL_VERB_EHLO]           = { ST_ANY, SOME, 1 },
	[SEAL_VERB_MAIL]           = { ST_READY, SOME, 0 },
	[SEAL_VERB_RCPT]           = { ST_MAIL | ST_RCPT, SOME, 0 },
	[SEAL_VERB_DATA]           = { ST_RCPT, NONE, 0 },
	[SEAL_VERB_RSET]           = { ST_ANY, NONE, 1 },
	[SEAL_VERB_NOOP]           = { ST_ANY, EITHER, 1 },
	[SEAL_VERB_QUIT]           = { ST_ANY, NONE, 0 },
	[SEAL_VERB_VRFY]           = { ST_ANY, SOME, 1 },
	[SEAL_VERB_HELP]           = { ST_ANY, EITHER, 1 },
	[SEAL_VERB_KNOWN_NOT_DONE] = { ST_ANY, EITHER, 0 },
	[SEAL_VERB_BDAT]           = { ST_ANY, EITHER, 0 },
	[SEAL_VERB_NOT_SMTP]       = { ST_ANY, EITHER, 0 }
};

/* A command is looked at only when its reply has this much room: any reply of one line
 * whole, one of many lines at least cut. */
#define REPLY_ROOM (SEAL_REPLY_TEXT_MAX + 64u)

/* The longest answer to EHLO: seven lines of 6 octets around their text. */
#define HELLO_REPLY_MAX \
	(7u * 6u + SEAL_DOMAIN_MAX + \
	 sizeof "PIPELINING" "SIZE 18446744073709551615" "8BITMIME" "SMTPUTF8" "DSN" \
	        "ENHANCEDSTATUSCODES")

_Static_assert(REPLY_ROOM <= SEAL_SERVER_OUT_MAX, "a reply must fit");
_Static_assert(HELLO_REPLY_MAX <= REPLY_ROOM, "EHLO must be answered whole");
_Static_assert(SEAL_DOMAIN_MAX <= UINT8_MAX, "hello_len");

#define BUSY "421 4.3.2 Too many connections, try again later\r\n"

const struct seal_span seal_smtpd_busy = { (const uint8_t *)BUSY, sizeof BUSY - 1u };

/* --- Saying ---------------------------------------------------------------- */

static struct seal_out
begin_reply(struct seal_smtpd *s)
{
	struct seal_out out = seal_out(s->out, sizeof s->out);

	if (s->out_len == 0)
		s->reply_since_ms = s->now_ms;
	out.len = s->out_len;
	return out;
}

static void
say(struct seal_smtpd *s, struct seal_reply reply)
{
	struct seal_out out = begin_reply(s);

	seal_reply_put(&out, reply);
	s->out_len = out.len;
}

static bool
has_room(const struct seal_smtpd *s)
{
	return sizeof s->out - s->out_len >= REPLY_ROOM;
}

/* --- Ending ---------------------------------------------------------------- */

static void
end_transaction(struct seal_smtpd *s)
{
	if ((s->state & ST_TRANSACTION) == 0)
		return;
	s->abort_due = true;
	s->state = ST_READY;
}

static void
close_now(struct seal_smtpd *s)
{
	end_transaction(s);
	s->event = SEAL_SMTPD_NONE;
	s->state = ST_CLOSED;
	s->closing = true;
}

static void
say_and_close(struct seal_smtpd *s, struct seal_reply reply)
{
	s->last_words = reply;
	say(s, reply);
	close_now(s);
}

/* A 5yz of our own. */
static void
refuse(struct seal_smtpd *s, struct seal_reply reply)
{
	if (s->num_errors == SEAL_ERRORS_MAX) {
		say_and_close(s, SEAL_REPLY(421, "4.7.0 Too many errors"));
		return;
	}
	s->num_errors++;
	say(s, reply);
	if (s->distrusted)
		close_now(s);
}

/* --- Commands ---------------------------------------------------------------- */

static void
refuse_fault(struct seal_smtpd *s, enum seal_command_fault fault)
{
	switch (fault) {
	case SEAL_COMMAND_FINE:
		break;
	case SEAL_COMMAND_NO_ARGUMENT:
		refuse(s, SEAL_REPLY(501, "5.5.4 Argument missing"));
		break;
	case SEAL_COMMAND_ARGUMENT:
		refuse(s, SEAL_REPLY(501, "5.5.4 No argument allowed"));
		break;
	case SEAL_COMMAND_BAD_NAME:
		refuse(s, SEAL_REPLY(501, "5.5.4 Not a host name or address literal"));
		break;
	case SEAL_COMMAND_BAD_SENDER:
		refuse(s, SEAL_REPLY(501, "5.1.7 Bad sender address syntax"));
		break;
	case SEAL_COMMAND_BAD_RECIPIENT:
		refuse(s, SEAL_REPLY(501, "5.1.3 Bad recipient address syntax"));
		break;
	case SEAL_COMMAND_UTF8: /* RFC 6531 3.5 */
		refuse(s, SEAL_REPLY(553, "5.6.7 Address is not ASCII and SMTPUTF8 was not asked for"));
		break;
	case SEAL_COMMAND_BAD_PARAMETER:
		refuse(s, SEAL_REPLY(501, "5.5.4 Bad or repeated parameter"));
		break;
	case SEAL_COMMAND_UNKNOWN_PARAMETER: /* RFC 5321 4.1.1.11 */
		refuse(s, SEAL_REPLY(555, "5.5.4 Parameter not recognized or not offered"));
		break;
	case SEAL_COMMAND_TOO_LARGE: /* RFC 1870 6.1 */
		refuse(s, SEAL_REPLY(552, "5.3.4 Message size exceeds the limit"));
		break;
	}
}

static void
refuse_order(struct seal_smtpd *s, enum seal_verb verb)
{
	if (s->state == ST_NEW)
		refuse(s, SEAL_REPLY(503, "5.5.1 Say EHLO or HELO first"));
	else if (verb == SEAL_VERB_MAIL)
		refuse(s, SEAL_REPLY(503, "5.5.1 Sender already given"));
	else if (s->state == ST_READY)
		refuse(s, SEAL_REPLY(503, "5.5.1 MAIL first"));
	else /* RFC 5321 3.3: DATA, and every recipient was refused */
		refuse(s, SEAL_REPLY(503, "5.5.1 No valid recipients"));
}

static void
do_hello(struct seal_smtpd *s, enum seal_verb verb, struct seal_span name)
{
	if (!seal_command_name_ok(name)) {
		refuse_fault(s, SEAL_COMMAND_BAD_NAME);
		return;
	}
	memcpy(s->hello, name.ptr, name.len);
	s->hello_len = (uint8_t)name.len;
	s->extended = verb == SEAL_VERB_EHLO;
	end_transaction(s); /* 4.1.4: as if RSET */
	s->event = SEAL_SMTPD_HELLO;
}

static void
do_path(struct seal_smtpd *s, bool is_mail, struct seal_span argument, struct seal_smtpd_info *info)
{
	struct seal_extensions offered = s->offered;
	enum seal_command_fault fault;

	if (!is_mail)
		offered.smtputf8 = s->utf8;
	fault = seal_command_path(is_mail, argument, &offered, &info->command);
	if (fault != SEAL_COMMAND_FINE) {
		refuse_fault(s, fault);
	} else if (!is_mail && s->num_rcpt == SEAL_RCPT_MAX) { /* 4.5.3.1.10 */
		say(s, SEAL_REPLY(452, "4.5.3 Too many recipients, send the rest separately"));
	} else {
		if (is_mail)
			s->utf8 = info->command.smtputf8;
		s->event = is_mail ? SEAL_SMTPD_MAIL : SEAL_SMTPD_RCPT;
	}
}

/* The order is right and an argument is there where one must be. */
static void
do_command(struct seal_smtpd *s, enum seal_verb verb, struct seal_span argument,
           struct seal_smtpd_info *info)
{
	switch (verb) {
	case SEAL_VERB_HELO:
	case SEAL_VERB_EHLO:
		do_hello(s, verb, argument);
		break;
	case SEAL_VERB_MAIL:
	case SEAL_VERB_RCPT:
		do_path(s, verb == SEAL_VERB_MAIL, argument, info);
		break;
	case SEAL_VERB_DATA:
		s->data_early = false;
		s->event = SEAL_SMTPD_DATA;
		break;
	case SEAL_VERB_RSET:
		end_transaction(s);
		say(s, SEAL_REPLY(250, "2.0.0 Flushed"));
		break;
	case SEAL_VERB_NOOP:
		say(s, SEAL_REPLY(250, "2.0.0 OK"));
		break;
	case SEAL_VERB_QUIT:
		say_and_close(s, SEAL_REPLY(221, "2.0.0 Bye"));
		break;
	case SEAL_VERB_VRFY: /* 3.5.3 */
		say(s, SEAL_REPLY(252, "2.5.2 Not verified here, try RCPT"));
		break;
	case SEAL_VERB_HELP:
		say(s, SEAL_REPLY(214, "2.0.0 EHLO HELO MAIL RCPT DATA RSET NOOP QUIT VRFY HELP"));
		break;
	case SEAL_VERB_KNOWN_NOT_DONE:
		refuse(s, SEAL_REPLY(502, "5.5.1 Command not implemented"));
		break;
	case SEAL_VERB_BDAT: /* RFC 3030 2: a chunk follows at once, and is no command */
		say_and_close(s, SEAL_REPLY(502, "5.5.1 Command not implemented"));
		break;
	case SEAL_VERB_NOT_SMTP:
		say_and_close(s, SEAL_REPLY(421, "4.7.0 This is an SMTP server"));
		break;
	case SEAL_VERB_UNKNOWN:
		refuse(s, SEAL_REPLY(500, "5.5.1 Command not recognized"));
		break;
	}
}

static bool
is_idle_once_too_often(struct seal_smtpd *s, enum seal_verb verb)
{
	if (RULES[verb].is_idle == 0)
		return false;
	if (s->num_idle == SEAL_IDLE_COMMANDS_MAX)
		return true;
	s->num_idle++;
	return false;
}

/* 8-bit octets belong into paths alone, where seal_command_path judges them. */
static bool
is_8bit_amiss(enum seal_verb verb, struct seal_span line)
{
	return verb != SEAL_VERB_UNKNOWN && verb != SEAL_VERB_MAIL && verb != SEAL_VERB_RCPT &&
	       seal_span_has_8bit(line);
}

static bool
is_line_too_long(const struct seal_smtpd *s, enum seal_verb verb)
{
	const bool has_parameters = verb == SEAL_VERB_MAIL || verb == SEAL_VERB_RCPT;

	/* 4.5.3.1.4 counts the CRLF */
	return s->line_len + 2 > (has_parameters ? SEAL_COMMAND_EXT_MAX : SEAL_COMMAND_MAX);
}

static void
run_line(struct seal_smtpd *s, enum seal_verb verb, struct seal_span argument,
         struct seal_smtpd_info *info)
{
	const struct seal_span line = seal_span(s->line, s->line_len);

	if (verb == SEAL_VERB_BDAT || verb == SEAL_VERB_NOT_SMTP)
		do_command(s, verb, argument, info);
	else if (is_line_too_long(s, verb))
		refuse(s, SEAL_REPLY(500, "5.5.2 Line too long"));
	else if (s->line_bad)
		refuse(s, SEAL_REPLY(500, "5.5.2 Control character in command"));
	else if (is_8bit_amiss(verb, line))
		refuse(s, SEAL_REPLY(501, "5.5.2 Command is not ASCII"));
	else if ((RULES[verb].allowed_in & s->state) == 0)
		refuse_order(s, verb);
	else if (RULES[verb].argument == SOME && argument.len == 0)
		refuse_fault(s, SEAL_COMMAND_NO_ARGUMENT);
	else if (RULES[verb].argument == NONE && argument.len > 0)
		refuse_fault(s, SEAL_COMMAND_ARGUMENT);
	else if (is_idle_once_too_often(s, verb))
		say_and_close(s, SEAL_REPLY(421, "4.7.0 Too many commands without a message"));
	else
		do_command(s, verb, argument, info);
}

/* --- Command lines ------------------------------------------------------------ */

/* A whole line is due SEAL_SERVER_COMMAND_MS from here (4.5.3.2.7), however many
 * octets of it trickle in. */
static void
begin_line(struct seal_smtpd *s)
{
	s->line_len = 0;
	s->line_bad = false;
	s->saw_cr = false;
	s->after_data = false;
	s->deadline_ms = s->now_ms + SEAL_SERVER_COMMAND_MS;
}

static void
keep_octet(struct seal_smtpd *s, uint8_t c)
{
	if (seal_is_ctl(c) && c != '\t')
		s->line_bad = true;
	if (s->line_len < sizeof s->line) /* full, it is too long already */
		s->line[s->line_len++] = c;
}

/* Answers whether the line is complete. */
static bool
take_octet(struct seal_smtpd *s, uint8_t c)
{
	struct seal_span ignored;

	if (s->saw_cr != (c == '\n')) { /* 2.3.8: neither stands alone */
		say_and_close(s, SEAL_REPLY(500, "5.5.2 Bare CR or LF in command"));
		return false;
	}
	if (c == '\n')
		return true;
	s->saw_cr = c == '\r';
	if (s->saw_cr)
		return false;
	keep_octet(s, c);
	/* A TLS ClientHello need not hold a CRLF to wait for. */
	if (s->line_len == 1 && seal_command_verb(seal_span(&c, 1), &ignored) == SEAL_VERB_NOT_SMTP)
		do_command(s, SEAL_VERB_NOT_SMTP, ignored, NULL);
	return false;
}

static void
end_line(struct seal_smtpd *s, struct seal_smtpd_info *info)
{
	struct seal_span argument;
	const enum seal_verb verb = seal_command_verb(seal_span(s->line, s->line_len), &argument);

	run_line(s, verb, argument, info);
	begin_line(s);
	s->after_data = verb == SEAL_VERB_DATA;
}

static size_t
recv_line(struct seal_smtpd *s, const uint8_t *data, size_t len, struct seal_smtpd_info *info)
{
	size_t taken = 0;
	bool complete = false;

	while (taken < len && !s->closing && !complete)
		complete = take_octet(s, data[taken++]);
	if (complete)
		end_line(s, info);
	return taken;
}

/* RFC 2920 3.1: nothing may follow DATA before its reply. Where something does, it was
 * written as content, or to be taken for it: never give 354 then, and where DATA is
 * refused, let it run as commands only as long as it looks like commands. */
static void
note_early_octets(struct seal_smtpd *s)
{
	if (s->event == SEAL_SMTPD_DATA)
		s->data_early = true;
	else if (s->after_data)
		s->distrusted = true;
}

/* --- Content ------------------------------------------------------------------- */

/* 4.5.3.2.5, and a total that grows with what came, against one octet a minute. */
static void
set_data_deadline(struct seal_smtpd *s)
{
	const uint64_t idle_ms = s->now_ms + SEAL_SERVER_DATA_MS;
	const uint64_t rate_ms = s->data_start_ms + SEAL_SERVER_DATA_MS +
	                         s->data_octets / SEAL_SERVER_DATA_MIN_BPS * 1000u;

	s->deadline_ms = idle_ms < rate_ms ? idle_ms : rate_ms;
}

static void
begin_content(struct seal_smtpd *s)
{
	s->state = ST_CONTENT;
	s->data_start_ms = s->now_ms;
	s->data_octets = 0;
	seal_undot_init(&s->undot);
	set_data_deadline(s);
}

static size_t
recv_content(struct seal_smtpd *s, const uint8_t *data, size_t len, struct seal_smtpd_info *info)
{
	const size_t taken = seal_undot_recv(&s->undot, data, len, &info->content);

	s->data_octets += taken;
	set_data_deadline(s);
	if (info->content.len > 0)
		s->event = SEAL_SMTPD_CONTENT; /* next raises END after it */
	else if (seal_undot_ended(&s->undot))
		s->event = SEAL_SMTPD_END;
	return taken;
}

/* --- Answers --------------------------------------------------------------------- */

static bool
needs_answer(const struct seal_smtpd *s)
{
	return s->event != SEAL_SMTPD_NONE && s->event != SEAL_SMTPD_CONTENT;
}

/* Can `code` answer the event that waits? (4.2.1, 4.3.2) */
static bool
is_answer(const struct seal_smtpd *s, uint16_t code)
{
	if (code >= 400 && code < 600)
		return true;
	if (s->event == SEAL_SMTPD_DATA)
		return code == 354;
	return s->event != SEAL_SMTPD_HELLO && code >= 200 && code < 300;
}

static void
answer_data(struct seal_smtpd *s, struct seal_reply reply)
{
	if (reply.code == 354 && s->data_early) {
		say_and_close(s, SEAL_REPLY(554, "5.5.0 Data sent before the 354 reply"));
		return;
	}
	say(s, reply);
	if (reply.code == 354)
		begin_content(s);
	else
		s->distrusted = s->distrusted || s->data_early;
}

static void
answer_event(struct seal_smtpd *s, enum seal_smtpd_event event, struct seal_reply reply)
{
	const bool positive = seal_reply_is_positive(reply);

	if (event == SEAL_SMTPD_DATA) {
		answer_data(s, reply);
		return;
	}
	say(s, reply);
	if (event == SEAL_SMTPD_MAIL && positive) {
		s->state = ST_MAIL;
		s->num_rcpt = 0;
	} else if (event == SEAL_SMTPD_RCPT && positive) {
		s->state = ST_RCPT;
		s->num_rcpt++;
	} else if (event == SEAL_SMTPD_END) { /* 4.1.1.4: over, whatever the answer */
		s->state = ST_READY;
		s->num_idle = 0;
	}
}

static enum seal_status
answer(struct seal_smtpd *s, struct seal_reply reply, bool close, uint64_t now_ms)
{
	const enum seal_smtpd_event event = (enum seal_smtpd_event)s->event;

	if (!needs_answer(s))
		return SEAL_E_CALLER;
	if (!is_answer(s, reply.code))
		reply = SEAL_REPLY(451, "4.5.0 The next hop broke the protocol");
	s->now_ms = now_ms;
	s->event = SEAL_SMTPD_NONE;
	begin_line(s);
	answer_event(s, event, reply);
	if (!s->closing && (close || reply.code == 421 || s->peer_gone))
		close_now(s);
	return SEAL_OK;
}

enum seal_status
seal_smtpd_answer(struct seal_smtpd *s, struct seal_reply reply, uint64_t now_ms)
{
	return answer(s, reply, false, now_ms);
}

enum seal_status
seal_smtpd_answer_close(struct seal_smtpd *s, struct seal_reply reply, uint64_t now_ms)
{
	return answer(s, reply, true, now_ms);
}

static void
put_hello(const struct seal_smtpd *s, struct seal_out *out, struct seal_span hostname)
{
	seal_out_text(out, "250");
	seal_out_octet(out, s->extended ? '-' : ' ');
	seal_out_span_put(out, seal_span_first(hostname, SEAL_DOMAIN_MAX));
	seal_out_text(out, "\r\n");
	if (!s->extended)
		return;
	seal_out_text(out, "250-PIPELINING\r\n");
	if (s->offered.size_max > 0) {
		seal_out_text(out, "250-SIZE ");
		seal_out_u64(out, s->offered.size_max);
		seal_out_text(out, "\r\n");
	}
	if (s->offered.eight_bit_mime)
		seal_out_text(out, "250-8BITMIME\r\n");
	if (s->offered.smtputf8)
		seal_out_text(out, "250-SMTPUTF8\r\n");
	if (s->offered.dsn)
		seal_out_text(out, "250-DSN\r\n");
	seal_out_text(out, "250 ENHANCEDSTATUSCODES\r\n");
}

enum seal_status
seal_smtpd_answer_hello(struct seal_smtpd *s, struct seal_span hostname,
                        const struct seal_extensions *offered, uint64_t now_ms)
{
	const struct seal_extensions nothing = { .size_max = 0 };
	struct seal_out out;

	if (s->event != SEAL_SMTPD_HELLO)
		return SEAL_E_CALLER;
	s->now_ms = now_ms;
	s->event = SEAL_SMTPD_NONE;
	s->state = ST_READY;
	s->offered = s->extended ? *offered : nothing; /* 2.2.1: not without EHLO */
	begin_line(s);
	out = begin_reply(s);
	put_hello(s, &out, hostname);
	s->out_len = out.len;
	return SEAL_OK;
}

/* --- Beginning, receiving, ending --------------------------------------------------- */

void
seal_smtpd_init(struct seal_smtpd *s, uint64_t now_ms)
{
	*s = (struct seal_smtpd){ .now_ms = now_ms, .state = ST_SILENT, .event = SEAL_SMTPD_NONE };
	begin_line(s);
}

void
seal_smtpd_greet(struct seal_smtpd *s, struct seal_span hostname)
{
	struct seal_out out = begin_reply(s);

	if (s->state != ST_SILENT)
		return;
	seal_out_text(&out, "220 ");
	seal_out_span_put(&out, seal_span_first(hostname, SEAL_DOMAIN_MAX));
	seal_out_text(&out, " ESMTP mailseal\r\n");
	s->out_len = out.len;
	s->state = ST_NEW;
}

void
seal_smtpd_refuse(struct seal_smtpd *s, struct seal_reply reply)
{
	if (!s->closing)
		say_and_close(s, reply);
	s->last_words.code = 0;
}

static bool
can_take(const struct seal_smtpd *s)
{
	return s->event == SEAL_SMTPD_NONE && !s->abort_due && !s->closing &&
	       s->state != ST_SILENT && has_room(s);
}

size_t
seal_smtpd_recv(struct seal_smtpd *s, const uint8_t *data, size_t len, uint64_t now_ms,
                struct seal_smtpd_info *info)
{
	size_t taken = 0;

	s->now_ms = now_ms;
	if (len > 0 && s->event == SEAL_SMTPD_DATA)
		s->data_early = true;
	if (can_take(s))
		*info = (struct seal_smtpd_info){ .content = { NULL, 0 } };
	while (taken < len && can_take(s)) {
		if (s->state == ST_CONTENT)
			taken += recv_content(s, data + taken, len - taken, info);
		else
			taken += recv_line(s, data + taken, len - taken, info);
		if (taken < len)
			note_early_octets(s);
	}
	return s->closing ? len : taken;
}

void
seal_smtpd_peer_closed(struct seal_smtpd *s)
{
	s->peer_gone = true;
	if (s->closing)
		return;
	if (s->state == ST_CONTENT && seal_undot_ended(&s->undot))
		return; /* END waits, or is about to be raised */
	if (s->state == ST_CONTENT) /* 3.8: for a peer that closed one half only */
		say(s, SEAL_REPLY(421, "4.4.2 Connection closed before the end of data"));
	close_now(s);
}

enum seal_smtpd_event
seal_smtpd_next(struct seal_smtpd *s)
{
	const enum seal_smtpd_event event = (enum seal_smtpd_event)s->event;

	if (s->abort_due) {
		s->abort_due = false;
		return SEAL_SMTPD_ABORT;
	}
	if (event == SEAL_SMTPD_CONTENT)
		s->event = seal_undot_ended(&s->undot) ? SEAL_SMTPD_END : SEAL_SMTPD_NONE;
	if (event == SEAL_SMTPD_NONE && s->closing && !s->close_told) {
		s->close_told = true;
		return SEAL_SMTPD_CLOSE;
	}
	return event;
}

struct seal_span
seal_smtpd_send_view(const struct seal_smtpd *s)
{
	return seal_span(s->out, s->out_len);
}

void
seal_smtpd_sent(struct seal_smtpd *s, size_t len, uint64_t now_ms)
{
	const size_t went = len < s->out_len ? len : s->out_len;

	s->now_ms = now_ms;
	if (went == 0)
		return;
	memmove(s->out, s->out + went, s->out_len - went);
	s->out_len -= went;
	s->reply_since_ms = now_ms;
}

/* --- Time ---------------------------------------------------------------------------- */

static bool
is_unread(const struct seal_smtpd *s, uint64_t now_ms)
{
	return s->out_len > 0 && now_ms >= s->reply_since_ms + SEAL_SERVER_REPLY_MS;
}

uint64_t
seal_smtpd_deadline_ms(const struct seal_smtpd *s)
{
	const uint64_t unread_ms = s->reply_since_ms + SEAL_SERVER_REPLY_MS;
	uint64_t deadline_ms = UINT64_MAX;

	if (needs_answer(s))
		return UINT64_MAX;
	if (!s->closing)
		deadline_ms = s->deadline_ms;
	if (s->out_len > 0 && unread_ms < deadline_ms)
		deadline_ms = unread_ms;
	return deadline_ms;
}

void
seal_smtpd_tick(struct seal_smtpd *s, uint64_t now_ms)
{
	s->now_ms = now_ms;
	if (now_ms < seal_smtpd_deadline_ms(s))
		return;
	if (is_unread(s, now_ms)) {
		s->out_len = 0;
		close_now(s);
	} else {
		say_and_close(s, SEAL_REPLY(421, "4.4.2 Timeout"));
	}
}

/* --- Asking ---------------------------------------------------------------------------- */

struct seal_reply
seal_smtpd_last_words(const struct seal_smtpd *s)
{
	return s->last_words;
}

bool
seal_smtpd_closing(const struct seal_smtpd *s)
{
	return s->closing;
}

struct seal_span
seal_smtpd_hello(const struct seal_smtpd *s)
{
	return seal_span(s->hello, s->hello_len);
}

bool
seal_smtpd_extended(const struct seal_smtpd *s)
{
	return s->extended;
}
