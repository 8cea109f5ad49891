/* SPDX-License-Identifier: Apache-2.0
 *
 * Every state change of the server is in this file.
 */
#include "engine/smtp/server.h"

#include <string.h>

#include "engine/base/ascii.h"
#include "engine/base/base64.h"
#include "engine/base/ct.h"

/* The state of the connection: bits, so that a set of states is a mask. */
enum state {
	ST_SILENT  = 0,  /* not greeted yet                        */
	ST_NEW     = 1,  /* greeted, no EHLO or HELO accepted      */
	ST_READY   = 2,  /* no transaction                         */
	ST_MAIL    = 4,  /* MAIL accepted, no recipient so far     */
	ST_RCPT    = 8,  /* at least one recipient accepted        */
	ST_CONTENT = 16, /* 354 sent, END not answered             */
	ST_TLS     = 32, /* 220 sent to STARTTLS, not yet private  */
	ST_CLOSED  = 64
};
#define ST_ANY         (ST_NEW | ST_READY | ST_MAIL | ST_RCPT)
#define ST_TRANSACTION (ST_MAIL | ST_RCPT | ST_CONTENT)

/* What the next line is: a command, or the response to a 334. */
enum awaits {
	COMMAND,
	PLAIN_MESSAGE,
	LOGIN_USER,
	LOGIN_SECRET
};

enum argument { NONE, SOME, EITHER };

/* What a command needs if it is SEAL_SMTPD_REQUIRED (RFC 3207 4, RFC 4954 6). */
enum need { NOTHING = 0, TLS = 1, LOGIN = 2 };

/* Order of commands: RFC 5321 4.1.4; arguments: 4.1.1. */
static const struct {
	uint8_t allowed_in; /* ST_* bits; otherwise 503             */
	uint8_t needs;      /* enum need bits; otherwise 530        */
	uint8_t argument;   /* otherwise 501                        */
	uint8_t is_idle;    /* counts towards SEAL_IDLE_COMMANDS_MAX */
} RULES[] = {
	[SEAL_VERB_UNKNOWN]        = { ST_ANY, NOTHING, EITHER, 0 },
	[SEAL_VERB_HELO]           = { ST_ANY, NOTHING, SOME, 1 },
	[SEAL_VERB_EHLO]           = { ST_ANY, NOTHING, SOME, 1 },
	[SEAL_VERB_MAIL]           = { ST_READY, TLS | LOGIN, SOME, 0 },
	[SEAL_VERB_RCPT]           = { ST_MAIL | ST_RCPT, TLS, SOME, 0 },
	[SEAL_VERB_DATA]           = { ST_RCPT, TLS, NONE, 0 },
	[SEAL_VERB_RSET]           = { ST_ANY, NOTHING, NONE, 1 },
	[SEAL_VERB_NOOP]           = { ST_ANY, NOTHING, EITHER, 1 },
	[SEAL_VERB_QUIT]           = { ST_ANY, NOTHING, NONE, 0 },
	[SEAL_VERB_VRFY]           = { ST_ANY, TLS | LOGIN, SOME, 1 },
	[SEAL_VERB_HELP]           = { ST_ANY, NOTHING, EITHER, 1 },
	[SEAL_VERB_STARTTLS]       = { ST_READY, NOTHING, NONE, 1 },
	[SEAL_VERB_AUTH]           = { ST_READY, TLS, SOME, 1 },
	[SEAL_VERB_KNOWN_NOT_DONE] = { ST_ANY, NOTHING, EITHER, 0 },
	[SEAL_VERB_BDAT]           = { ST_ANY, NOTHING, EITHER, 0 },
	[SEAL_VERB_NOT_SMTP]       = { ST_ANY, NOTHING, EITHER, 0 }
};

/* A command is read only if its reply has this much room: enough for any reply of one line,
 * and for the start of a longer one. */
#define REPLY_ROOM (SEAL_REPLY_TEXT_MAX + 64u)

/* The longest reply to EHLO: nine lines, each with 6 octets around its text. */
#define HELLO_REPLY_MAX \
	(9u * 6u + SEAL_DOMAIN_MAX + \
	 sizeof "PIPELINING" "SIZE 18446744073709551615" "8BITMIME" "SMTPUTF8" "DSN" \
	        "STARTTLS" "AUTH PLAIN LOGIN" "ENHANCEDSTATUSCODES")

_Static_assert(REPLY_ROOM <= SEAL_SERVER_OUT_MAX, "a reply must fit");
_Static_assert(HELLO_REPLY_MAX <= REPLY_ROOM, "the reply to EHLO must fit whole");
_Static_assert(SEAL_DOMAIN_MAX <= UINT8_MAX, "hello_len");

#define INJECTED SEAL_REPLY(554, "5.5.1 Pipelining after STARTTLS is not allowed")

#define BUSY "421 4.3.2 Too many connections, try again later\r\n"

const struct seal_span seal_smtpd_busy = { (const uint8_t *)BUSY, sizeof BUSY - 1u };

/* --- Sending replies -------------------------------------------------------- */

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
queue_reply(struct seal_smtpd *s, struct seal_reply reply)
{
	struct seal_out out = begin_reply(s);

	seal_reply_put(&out, reply);
	s->out_len = out.len;
}

static bool
has_reply_room(const struct seal_smtpd *s)
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
	seal_wipe(s->line, sizeof s->line);
	s->event = SEAL_SMTPD_NONE;
	s->state = ST_CLOSED;
	s->closing = true;
}

/* After 220 to STARTTLS the client would read a reply as a TLS record. */
static void
reply_and_close(struct seal_smtpd *s, struct seal_reply reply)
{
	s->closing_reply = reply;
	if (s->state != ST_TLS)
		queue_reply(s, reply);
	close_now(s);
}

/* Send a 5yz of our own; after too many of them, close. */
static void
refuse(struct seal_smtpd *s, struct seal_reply reply)
{
	if (s->num_errors == SEAL_ERRORS_MAX) {
		reply_and_close(s, SEAL_REPLY(421, "4.7.0 Too many errors"));
		return;
	}
	s->num_errors++;
	queue_reply(s, reply);
	if (s->distrusted)
		close_now(s);
}

/* --- Login (RFC 4954) ---------------------------------------------------------- */

/* If TLS is required, an offer before it would only invite passwords in clear text. */
static bool
is_login_offered(const struct seal_smtpd *s)
{
	const bool in_clear = s->access.clear_login && s->access.tls != SEAL_SMTPD_REQUIRED;

	return s->access.login != SEAL_SMTPD_HIDDEN && (s->is_private || in_clear);
}

static void
ask(struct seal_smtpd *s, enum awaits what, struct seal_reply reply)
{
	s->awaits = (uint8_t)what;
	queue_reply(s, reply);
}

static void
ask_secret(struct seal_smtpd *s)
{
	ask(s, LOGIN_SECRET, SEAL_REPLY(334, "UGFzc3dvcmQ6")); /* Password: */
}

static void
refuse_encoding(struct seal_smtpd *s)
{
	refuse(s, SEAL_REPLY(501, "5.5.2 Cannot decode AUTH response"));
}

static void
refuse_login(struct seal_smtpd *s, struct seal_reply reply)
{
	s->num_login_failures++;
	refuse(s, reply);
}

/* Decode `text`, which lies in s->line, in place. */
static bool
decode(struct seal_smtpd *s, struct seal_span text, struct seal_span *value)
{
	struct seal_out out = seal_out(s->line + (text.ptr - s->line), text.len);
	const bool ok = seal_base64_get(&out, text);

	*value = seal_out_span(&out);
	return ok;
}

/* A user name is written into the log and into a field: no control characters. */
static bool
is_user(struct seal_span s)
{
	for (size_t i = 0; i < s.len; i++) {
		if (seal_is_ctl(s.ptr[i]))
			return false;
	}
	return s.len > 0;
}

static void
take_login(struct seal_smtpd *s, struct seal_span user, struct seal_span secret,
           struct seal_smtpd_info *info)
{
	if (!is_user(user) || seal_span_find(secret, 0) < secret.len) {
		refuse_encoding(s);
		return;
	}
	info->login = (struct seal_smtpd_login){ .user = user, .secret = secret };
	s->event = SEAL_SMTPD_AUTH;
}

/* RFC 4616 2: authzid NUL authcid NUL passwd. */
static void
take_plain(struct seal_smtpd *s, struct seal_span text, struct seal_smtpd_info *info)
{
	struct seal_span message, authzid, user;

	if (!decode(s, text, &message)) {
		refuse_encoding(s);
		return;
	}
	authzid = seal_span_first(message, seal_span_find(message, 0));
	message = seal_span_from(message, authzid.len + 1);
	user = seal_span_first(message, seal_span_find(message, 0));
	if (user.len == message.len) /* a NUL is missing */
		refuse_encoding(s);
	else if (authzid.len > 0 && !seal_span_equal(authzid, user))
		refuse_login(s, SEAL_REPLY(535, "5.7.8 Authorization identity must match the user name"));
	else
		take_login(s, user, seal_span_from(message, user.len + 1), info);
}

/* Move the user name to the start of the line, where the line of the password does not overwrite it. */
static void
take_user(struct seal_smtpd *s, struct seal_span text)
{
	struct seal_span user;

	if (!decode(s, text, &user) || !is_user(user)) {
		refuse_encoding(s);
		return;
	}
	memmove(s->line, user.ptr, user.len);
	s->user_len = user.len;
	ask_secret(s);
}

static void
take_secret(struct seal_smtpd *s, struct seal_span text, struct seal_smtpd_info *info)
{
	struct seal_span secret;

	if (decode(s, text, &secret))
		take_login(s, seal_span(s->line, s->user_len), secret, info);
	else
		refuse_encoding(s);
}

static void
take_response(struct seal_smtpd *s, enum awaits what, struct seal_span text, struct seal_smtpd_info *info)
{
	switch (what) {
	case PLAIN_MESSAGE:
		take_plain(s, text, info);
		break;
	case LOGIN_USER:
		take_user(s, text);
		break;
	case LOGIN_SECRET:
		take_secret(s, text, info);
		break;
	case COMMAND:
		break;
	}
}

/* `argument` is a mechanism and perhaps an initial response. "=" (4), an empty response, is neither
 * base64 nor a login. */
static void
begin_login(struct seal_smtpd *s, struct seal_span argument, struct seal_smtpd_info *info)
{
	const struct seal_span name = seal_span_first(argument, seal_span_find(argument, ' '));
	const struct seal_span initial = seal_span_trim(seal_span_from(argument, name.len));
	const bool is_plain = seal_span_equal_nocase(name, SEAL_SPAN("PLAIN"));

	if (!is_plain && !seal_span_equal_nocase(name, SEAL_SPAN("LOGIN")))
		refuse(s, SEAL_REPLY(504, "5.5.4 Authentication mechanism not supported"));
	else if (initial.len > 0)
		take_response(s, is_plain ? PLAIN_MESSAGE : LOGIN_USER, initial, info);
	else if (is_plain)
		ask(s, PLAIN_MESSAGE, SEAL_REPLY(334, ""));
	else
		ask(s, LOGIN_USER, SEAL_REPLY(334, "VXNlcm5hbWU6")); /* Username: */
}

static void
do_auth(struct seal_smtpd *s, struct seal_span argument, struct seal_smtpd_info *info)
{
	if (!is_login_offered(s))
		refuse(s, SEAL_REPLY(538, "5.7.11 Encryption required for requested authentication mechanism"));
	else if (s->authenticated)
		refuse(s, SEAL_REPLY(503, "5.5.1 Already authenticated"));
	else if (s->num_login_failures >= SEAL_LOGIN_FAILURES_MAX)
		reply_and_close(s, SEAL_REPLY(421, "4.7.0 Too many failed logins"));
	else
		begin_login(s, argument, info);
}

/* --- Commands ---------------------------------------------------------------- */

static void
refuse_fault(struct seal_smtpd *s, enum seal_command_fault fault)
{
	switch (fault) {
	case SEAL_COMMAND_FINE:
		break;
	case SEAL_COMMAND_NO_ARGUMENT:
		refuse(s, SEAL_REPLY(501, "5.5.4 Missing argument"));
		break;
	case SEAL_COMMAND_ARGUMENT:
		refuse(s, SEAL_REPLY(501, "5.5.4 No argument allowed"));
		break;
	case SEAL_COMMAND_BAD_NAME:
		refuse(s, SEAL_REPLY(501, "5.5.4 Invalid host name or address literal"));
		break;
	case SEAL_COMMAND_BAD_SENDER:
		refuse(s, SEAL_REPLY(501, "5.1.7 Bad sender address syntax"));
		break;
	case SEAL_COMMAND_BAD_RECIPIENT:
		refuse(s, SEAL_REPLY(501, "5.1.3 Bad recipient address syntax"));
		break;
	case SEAL_COMMAND_UTF8: /* RFC 6531 3.5 */
		refuse(s, SEAL_REPLY(553, "5.6.7 Non-ASCII address requires SMTPUTF8"));
		break;
	case SEAL_COMMAND_BAD_PARAMETER:
		refuse(s, SEAL_REPLY(501, "5.5.4 Invalid or repeated parameter"));
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
		refuse(s, SEAL_REPLY(503, "5.5.1 Send EHLO or HELO first"));
	else if (verb == SEAL_VERB_STARTTLS || verb == SEAL_VERB_AUTH)
		refuse(s, SEAL_REPLY(503, "5.5.1 Not allowed during a mail transaction"));
	else if (verb == SEAL_VERB_MAIL)
		refuse(s, SEAL_REPLY(503, "5.5.1 Sender already specified"));
	else if (s->state == ST_READY)
		refuse(s, SEAL_REPLY(503, "5.5.1 Need MAIL command first"));
	else /* RFC 5321 3.3: DATA after every recipient was refused */
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
		queue_reply(s, SEAL_REPLY(452, "4.5.3 Too many recipients, send the rest separately"));
	} else {
		if (is_mail)
			s->utf8 = info->command.smtputf8;
		s->event = is_mail ? SEAL_SMTPD_MAIL : SEAL_SMTPD_RCPT;
	}
}

static void
do_starttls(struct seal_smtpd *s)
{
	if (s->is_private) {
		refuse(s, SEAL_REPLY(503, "5.5.1 TLS is already active"));
		return;
	}
	s->early = false;
	s->event = SEAL_SMTPD_STARTTLS;
}

/* The order is right, and the argument is present or absent as it must be. */
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
		s->early = false;
		s->event = SEAL_SMTPD_DATA;
		break;
	case SEAL_VERB_STARTTLS:
		do_starttls(s);
		break;
	case SEAL_VERB_AUTH:
		do_auth(s, argument, info);
		break;
	case SEAL_VERB_RSET:
		end_transaction(s);
		queue_reply(s, SEAL_REPLY(250, "2.0.0 Flushed"));
		break;
	case SEAL_VERB_NOOP:
		queue_reply(s, SEAL_REPLY(250, "2.0.0 OK"));
		break;
	case SEAL_VERB_QUIT:
		reply_and_close(s, SEAL_REPLY(221, "2.0.0 Bye"));
		break;
	case SEAL_VERB_VRFY: /* 3.5.3 */
		queue_reply(s, SEAL_REPLY(252, "2.5.2 Cannot VRFY user, try RCPT"));
		break;
	case SEAL_VERB_HELP:
		queue_reply(s, SEAL_REPLY(214, "2.0.0 EHLO HELO MAIL RCPT DATA RSET NOOP QUIT VRFY HELP"));
		break;
	case SEAL_VERB_KNOWN_NOT_DONE:
		refuse(s, SEAL_REPLY(502, "5.5.1 Command not implemented"));
		break;
	case SEAL_VERB_BDAT: /* RFC 3030 2: a chunk follows at once, which is not a command */
		reply_and_close(s, SEAL_REPLY(502, "5.5.1 Command not implemented"));
		break;
	case SEAL_VERB_NOT_SMTP:
		reply_and_close(s, SEAL_REPLY(421, "4.7.0 This is an SMTP server"));
		break;
	case SEAL_VERB_UNKNOWN:
		refuse(s, SEAL_REPLY(500, "5.5.1 Command not recognized"));
		break;
	}
}

static bool
exceeds_idle_limit(struct seal_smtpd *s, enum seal_verb verb)
{
	if (RULES[verb].is_idle == 0)
		return false;
	if (s->num_idle == SEAL_IDLE_COMMANDS_MAX)
		return true;
	s->num_idle++;
	return false;
}

/* 8-bit octets are allowed only in paths, where seal_command_path judges them. */
static bool
has_misplaced_8bit(enum seal_verb verb, struct seal_span line)
{
	return verb != SEAL_VERB_UNKNOWN && verb != SEAL_VERB_MAIL && verb != SEAL_VERB_RCPT &&
	       seal_span_has_8bit(line);
}

static bool
is_line_too_long(const struct seal_smtpd *s, enum seal_verb verb)
{
	const bool is_long = verb == SEAL_VERB_MAIL || verb == SEAL_VERB_RCPT || verb == SEAL_VERB_AUTH;

	/* 4.5.3.1.4 counts the CRLF */
	return s->line_len + 2 > (is_long ? SEAL_COMMAND_EXT_MAX : SEAL_COMMAND_MAX);
}

static void
refuse_length(struct seal_smtpd *s, bool is_auth)
{
	if (is_auth)
		refuse(s, SEAL_REPLY(500, "5.5.6 Authentication exchange line is too long"));
	else
		refuse(s, SEAL_REPLY(500, "5.5.2 Line too long"));
}

static bool
is_hidden(const struct seal_smtpd *s, enum seal_verb verb)
{
	return (verb == SEAL_VERB_STARTTLS && s->access.tls == SEAL_SMTPD_HIDDEN) ||
	       (verb == SEAL_VERB_AUTH && s->access.login == SEAL_SMTPD_HIDDEN);
}

/* The first thing that `verb` needs and the connection does not have. */
static enum need
missing_need(const struct seal_smtpd *s, enum seal_verb verb)
{
	if ((RULES[verb].needs & TLS) != 0 && s->access.tls == SEAL_SMTPD_REQUIRED && !s->is_private)
		return TLS;
	if ((RULES[verb].needs & LOGIN) != 0 && s->access.login == SEAL_SMTPD_REQUIRED && !s->authenticated)
		return LOGIN;
	return NOTHING;
}

static void
refuse_missing(struct seal_smtpd *s, enum need missing)
{
	if (missing == TLS)
		refuse(s, SEAL_REPLY(530, "5.7.0 Must issue a STARTTLS command first"));
	else
		refuse(s, SEAL_REPLY(530, "5.7.0 Authentication required"));
}

static void
run_line(struct seal_smtpd *s, enum seal_verb verb, struct seal_span argument,
         struct seal_smtpd_info *info)
{
	const struct seal_span line = seal_span(s->line, s->line_len);

	if (verb == SEAL_VERB_BDAT || verb == SEAL_VERB_NOT_SMTP)
		do_command(s, verb, argument, info);
	else if (is_line_too_long(s, verb))
		refuse_length(s, verb == SEAL_VERB_AUTH);
	else if (s->line_bad)
		refuse(s, SEAL_REPLY(500, "5.5.2 Control character in command"));
	else if (has_misplaced_8bit(verb, line))
		refuse(s, SEAL_REPLY(501, "5.5.2 Command is not ASCII"));
	else if (missing_need(s, verb) != NOTHING)
		refuse_missing(s, missing_need(s, verb));
	else if ((RULES[verb].allowed_in & s->state) == 0)
		refuse_order(s, verb);
	else if (RULES[verb].argument == SOME && argument.len == 0)
		refuse_fault(s, SEAL_COMMAND_NO_ARGUMENT);
	else if (RULES[verb].argument == NONE && argument.len > 0)
		refuse_fault(s, SEAL_COMMAND_ARGUMENT);
	else if (exceeds_idle_limit(s, verb))
		reply_and_close(s, SEAL_REPLY(421, "4.7.0 Too many commands without a message"));
	else
		do_command(s, verb, argument, info);
}

/* A response to 334 is never a command, even if it looks like one (RFC 4954 4). */
static void
run_response(struct seal_smtpd *s, struct seal_smtpd_info *info)
{
	const struct seal_span line = seal_span_from(seal_span(s->line, s->line_len), s->user_len);
	const enum awaits what = (enum awaits)s->awaits;

	s->awaits = COMMAND;
	if (is_line_too_long(s, SEAL_VERB_AUTH))
		refuse_length(s, true);
	else if (s->line_bad)
		refuse(s, SEAL_REPLY(500, "5.5.2 Control character in response"));
	else if (seal_span_has_8bit(line))
		refuse(s, SEAL_REPLY(501, "5.5.2 Response is not ASCII"));
	else if (seal_span_equal(line, SEAL_SPAN("*")))
		refuse(s, SEAL_REPLY(501, "5.7.0 Authentication cancelled"));
	else
		take_response(s, what, seal_span_trim(line), info);
}

/* --- Command lines ------------------------------------------------------------ */

/* The whole line is due SEAL_SERVER_COMMAND_MS from now (4.5.3.2.7), even if it trickles
 * in. The line before is wiped because it may have held a password. */
static void
begin_command_line(struct seal_smtpd *s)
{
	if (s->awaits != LOGIN_SECRET)
		s->user_len = 0;
	seal_wipe(s->line + s->user_len, s->line_len - s->user_len);
	s->line_len = s->user_len;
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
	if (s->line_len < sizeof s->line) /* a full line is already too long */
		s->line[s->line_len++] = c;
}

/* Returns true if the line is complete. */
static bool
take_command_octet(struct seal_smtpd *s, uint8_t c)
{
	struct seal_span ignored;

	if (s->saw_cr != (c == '\n')) { /* 2.3.8: neither stands alone */
		reply_and_close(s, SEAL_REPLY(500, "5.5.2 Bare CR or LF in command"));
		return false;
	}
	if (c == '\n')
		return true;
	s->saw_cr = c == '\r';
	if (s->saw_cr)
		return false;
	keep_octet(s, c);
	/* Do not wait for a CRLF: a TLS ClientHello may have none. */
	if (s->line_len == 1 && s->awaits == COMMAND &&
	    seal_command_verb(seal_span(&c, 1), &ignored) == SEAL_VERB_NOT_SMTP)
		do_command(s, SEAL_VERB_NOT_SMTP, ignored, NULL);
	return false;
}

static bool
needs_answer(const struct seal_smtpd *s)
{
	return s->event != SEAL_SMTPD_NONE && s->event != SEAL_SMTPD_CONTENT;
}

static enum seal_verb
run_command(struct seal_smtpd *s, struct seal_smtpd_info *info)
{
	struct seal_span argument;
	enum seal_verb verb = seal_command_verb(seal_span(s->line, s->line_len), &argument);

	if (is_hidden(s, verb))
		verb = SEAL_VERB_KNOWN_NOT_DONE;
	run_line(s, verb, argument, info);
	return verb;
}

/* An event may have spans in the line; then its answer begins the next line. */
static void
end_command_line(struct seal_smtpd *s, struct seal_smtpd_info *info)
{
	enum seal_verb verb = SEAL_VERB_UNKNOWN;

	if (s->awaits == COMMAND)
		verb = run_command(s, info);
	else
		run_response(s, info);
	if (!needs_answer(s))
		begin_command_line(s);
	s->after_data = verb == SEAL_VERB_DATA;
}

static size_t
recv_command_line(struct seal_smtpd *s, const uint8_t *data, size_t len, struct seal_smtpd_info *info)
{
	size_t taken = 0;
	bool complete = false;

	while (taken < len && !s->closing && !complete)
		complete = take_command_octet(s, data[taken++]);
	if (complete)
		end_command_line(s, info);
	return taken;
}

/* True if the client must be silent until this event is answered (RFC 2920 3.1, RFC 3207 4.2). */
static bool
wants_silence(const struct seal_smtpd *s)
{
	return s->event == SEAL_SMTPD_DATA || s->event == SEAL_SMTPD_STARTTLS;
}

/* Octets between DATA and its reply were written as content, or to be mistaken for it. Octets
 * between STARTTLS and its reply were injected, to be mistaken for octets that came through TLS
 * (CVE-2011-0411). So 354 and 220 are never sent after them. If DATA or STARTTLS is refused, they
 * run as commands only as long as they look like commands. */
static void
note_early_octets(struct seal_smtpd *s)
{
	if (wants_silence(s))
		s->early = true;
	else if (s->after_data)
		s->distrusted = true;
}

/* --- Content ------------------------------------------------------------------- */

/* 4.5.3.2.5, and a total time that grows with the octets received: a sender of one octet a minute
 * must not hold the connection forever. */
static void
set_data_deadline(struct seal_smtpd *s)
{
	const uint64_t idle_ms = s->now_ms + SEAL_SERVER_DATA_MS;
	const uint64_t rate_ms = s->data_start_ms + SEAL_SERVER_DATA_MS +
	                         s->data_octets / SEAL_SERVER_DATA_MIN_BPS * 1000u;

	s->deadline_ms = idle_ms < rate_ms ? idle_ms : rate_ms;
}

static void
begin_data(struct seal_smtpd *s)
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

/* True if `code` can answer the waiting event (4.2.1, 4.3.2). */
static bool
fits_event(const struct seal_smtpd *s, uint16_t code)
{
	if (code >= 400 && code < 600)
		return true;
	if (s->event == SEAL_SMTPD_DATA)
		return code == 354;
	if (s->event == SEAL_SMTPD_STARTTLS)
		return code == 220;
	if (s->event == SEAL_SMTPD_AUTH)
		return code == 235;
	return s->event != SEAL_SMTPD_HELLO && code >= 200 && code < 300;
}

static void
answer_data(struct seal_smtpd *s, struct seal_reply reply)
{
	if (reply.code == 354 && s->early) {
		reply_and_close(s, SEAL_REPLY(554, "5.5.0 Data sent before the 354 reply"));
		return;
	}
	queue_reply(s, reply);
	if (reply.code == 354)
		begin_data(s);
	else
		s->distrusted = s->distrusted || s->early;
}

static void
answer_starttls(struct seal_smtpd *s, struct seal_reply reply)
{
	if (reply.code == 220 && s->early) {
		reply_and_close(s, INJECTED);
		return;
	}
	queue_reply(s, reply);
	if (reply.code == 220)
		s->state = ST_TLS;
	else
		s->distrusted = s->distrusted || s->early;
}

static void
answer_auth(struct seal_smtpd *s, struct seal_reply reply)
{
	s->authenticated = reply.code == 235;
	if (reply.code == 535)
		refuse_login(s, reply);
	else
		queue_reply(s, reply);
}

static void
answer_event(struct seal_smtpd *s, enum seal_smtpd_event event, struct seal_reply reply)
{
	const bool positive = seal_reply_is_positive(reply);

	if (event == SEAL_SMTPD_DATA) {
		answer_data(s, reply);
		return;
	}
	if (event == SEAL_SMTPD_STARTTLS) {
		answer_starttls(s, reply);
		return;
	}
	if (event == SEAL_SMTPD_AUTH) {
		answer_auth(s, reply);
		return;
	}
	queue_reply(s, reply);
	if (event == SEAL_SMTPD_MAIL && positive) {
		s->state = ST_MAIL;
		s->num_rcpt = 0;
	} else if (event == SEAL_SMTPD_RCPT && positive) {
		s->state = ST_RCPT;
		s->num_rcpt++;
	} else if (event == SEAL_SMTPD_END) { /* 4.1.1.4: any answer ends the transaction */
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
	if (!fits_event(s, reply.code))
		reply = SEAL_REPLY(451, "4.5.0 Protocol error at the next hop");
	s->now_ms = now_ms;
	s->event = SEAL_SMTPD_NONE;
	begin_command_line(s);
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
	if (s->access.tls != SEAL_SMTPD_HIDDEN && !s->is_private)
		seal_out_text(out, "250-STARTTLS\r\n");
	if (s->offered.auth)
		seal_out_text(out, "250-AUTH PLAIN LOGIN\r\n");
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
	s->offered = s->extended ? *offered : nothing; /* 2.2.1: extensions only after EHLO */
	s->offered.auth = s->extended && is_login_offered(s);
	begin_command_line(s);
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
	begin_command_line(s);
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
seal_smtpd_set_access(struct seal_smtpd *s, struct seal_smtpd_access access)
{
	s->access = access;
}

bool
seal_smtpd_wants_tls(const struct seal_smtpd *s)
{
	return s->state == ST_TLS;
}

void
seal_smtpd_secured(struct seal_smtpd *s, uint64_t now_ms)
{
	const struct seal_extensions nothing = { .size_max = 0 };

	if (s->state != ST_TLS && s->state != ST_SILENT)
		return;
	s->now_ms = now_ms;
	s->is_private = true;
	s->authenticated = false;
	s->extended = false;
	s->hello_len = 0;
	s->offered = nothing;
	if (s->state == ST_TLS)
		s->state = ST_NEW;
	begin_command_line(s);
}

void
seal_smtpd_refuse(struct seal_smtpd *s, struct seal_reply reply)
{
	if (!s->closing)
		reply_and_close(s, reply);
	s->closing_reply.code = 0; /* the owner's reply, whose text need not stay valid */
}

static bool
can_take(const struct seal_smtpd *s)
{
	return s->event == SEAL_SMTPD_NONE && !s->abort_due && !s->closing &&
	       s->state != ST_SILENT && has_reply_room(s);
}

size_t
seal_smtpd_recv(struct seal_smtpd *s, const uint8_t *data, size_t len, uint64_t now_ms,
                struct seal_smtpd_info *info)
{
	size_t taken = 0;

	s->now_ms = now_ms;
	if (len > 0 && wants_silence(s))
		s->early = true;
	if (len > 0 && s->state == ST_TLS)
		reply_and_close(s, INJECTED);
	if (can_take(s))
		*info = (struct seal_smtpd_info){ .content = { NULL, 0 } };
	while (taken < len && can_take(s)) {
		if (s->state == ST_CONTENT)
			taken += recv_content(s, data + taken, len - taken, info);
		else
			taken += recv_command_line(s, data + taken, len - taken, info);
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
	if (s->state == ST_CONTENT) /* 3.8: the peer may have closed only one half */
		queue_reply(s, SEAL_REPLY(421, "4.4.2 Connection closed before the end of data"));
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
	if (event == SEAL_SMTPD_NONE && s->closing && !s->close_reported) {
		s->close_reported = true;
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
	if (!s->closing && s->state != ST_TLS)
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
		reply_and_close(s, SEAL_REPLY(421, "4.4.2 Timeout"));
	}
}

/* --- Queries ---------------------------------------------------------------------------- */

struct seal_reply
seal_smtpd_closing_reply(const struct seal_smtpd *s)
{
	return s->closing_reply;
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

bool
seal_smtpd_is_private(const struct seal_smtpd *s)
{
	return s->is_private;
}

bool
seal_smtpd_is_authenticated(const struct seal_smtpd *s)
{
	return s->authenticated;
}
