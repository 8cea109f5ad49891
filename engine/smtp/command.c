/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/smtp/command.h"

#include "engine/base/ascii.h"
#include "engine/base/ip.h"
#include "engine/base/num.h"
#include "engine/base/utf8.h"

/* --- Verbs --------------------------------------------------------------- */

#define VERB_LEN_MAX 10u

static const struct {
	char name[VERB_LEN_MAX]; /* upper case, filled with NUL */
	uint8_t verb;
} VERBS[] = {
	{ "HELO", SEAL_VERB_HELO }, { "EHLO", SEAL_VERB_EHLO }, { "MAIL", SEAL_VERB_MAIL },
	{ "RCPT", SEAL_VERB_RCPT }, { "DATA", SEAL_VERB_DATA }, { "RSET", SEAL_VERB_RSET },
	{ "NOOP", SEAL_VERB_NOOP }, { "QUIT", SEAL_VERB_QUIT }, { "VRFY", SEAL_VERB_VRFY },
	{ "HELP", SEAL_VERB_HELP }, { "BDAT", SEAL_VERB_BDAT }, { "AUTH", SEAL_VERB_AUTH },
	{ "STARTTLS", SEAL_VERB_STARTTLS },

	{ "EXPN", SEAL_VERB_KNOWN_NOT_DONE },     { "TURN", SEAL_VERB_KNOWN_NOT_DONE },
	{ "ETRN", SEAL_VERB_KNOWN_NOT_DONE },     { "ATRN", SEAL_VERB_KNOWN_NOT_DONE },
	{ "SEND", SEAL_VERB_KNOWN_NOT_DONE },     { "SOML", SEAL_VERB_KNOWN_NOT_DONE },
	{ "SAML", SEAL_VERB_KNOWN_NOT_DONE },     { "LHLO", SEAL_VERB_KNOWN_NOT_DONE },
	{ "XCLIENT", SEAL_VERB_KNOWN_NOT_DONE },  { "XFORWARD", SEAL_VERB_KNOWN_NOT_DONE },
	{ "BURL", SEAL_VERB_KNOWN_NOT_DONE },

	{ "GET", SEAL_VERB_NOT_SMTP },     { "POST", SEAL_VERB_NOT_SMTP },
	{ "PUT", SEAL_VERB_NOT_SMTP },     { "HEAD", SEAL_VERB_NOT_SMTP },
	{ "OPTIONS", SEAL_VERB_NOT_SMTP }, { "CONNECT", SEAL_VERB_NOT_SMTP },
	{ "DELETE", SEAL_VERB_NOT_SMTP },  { "PATCH", SEAL_VERB_NOT_SMTP },
	{ "TRACE", SEAL_VERB_NOT_SMTP },   { "PRI", SEAL_VERB_NOT_SMTP },
};

/* First octet of a TLS handshake record (RFC 8446 5.1). */
#define TLS_HANDSHAKE 0x16u

static struct seal_span
verb_name(size_t at)
{
	const uint8_t *name = (const uint8_t *)VERBS[at].name;

	return seal_span_first(seal_span(name, VERB_LEN_MAX),
	                       seal_span_find(seal_span(name, VERB_LEN_MAX), 0));
}

/* The octets before the first WSP. */
static struct seal_span
first_word(struct seal_span s)
{
	size_t len = 0;

	while (len < s.len && !seal_is_wsp(s.ptr[len]))
		len++;
	return seal_span_first(s, len);
}

static struct seal_span
after_keyword(struct seal_span argument, struct seal_span keyword)
{
	if (!seal_span_starts_nocase(argument, keyword))
		return seal_span(argument.ptr, 0);
	/* "FROM: <a@b>" violates RFC 5321 3.3, but devices send it. */
	return seal_span_trim(seal_span_from(argument, keyword.len));
}

enum seal_verb
seal_command_verb(struct seal_span line, struct seal_span *argument)
{
	const struct seal_span word = first_word(line);
	enum seal_verb verb = SEAL_VERB_UNKNOWN;

	*argument = seal_span_trim(seal_span_from(line, word.len));
	if (line.len > 0 && line.ptr[0] == TLS_HANDSHAKE)
		return SEAL_VERB_NOT_SMTP;
	for (size_t i = 0; i < sizeof VERBS / sizeof VERBS[0]; i++) {
		if (seal_span_equal_nocase(word, verb_name(i)))
			verb = (enum seal_verb)VERBS[i].verb;
	}
	if (verb == SEAL_VERB_MAIL)
		*argument = after_keyword(*argument, SEAL_SPAN("FROM:"));
	if (verb == SEAL_VERB_RCPT)
		*argument = after_keyword(*argument, SEAL_SPAN("TO:"));
	return verb;
}

bool
seal_command_name_ok(struct seal_span name)
{
	for (size_t i = 0; i < name.len; i++) {
		const uint8_t c = name.ptr[i];

		if (!seal_is_let_dig(c) && c != '.' && c != '-' && c != '_' && c != ':' &&
		    c != '[' && c != ']')
			return false;
	}
	return name.len > 0 && name.len <= SEAL_DOMAIN_MAX;
}

/* --- Address literals (RFC 5321 4.1.3) ----------------------------------- */

#define GAP_MIN 2u /* groups that "::" must replace */

static bool
is_literal(struct seal_span s)
{
	const struct seal_span tag = SEAL_SPAN("IPv6:");
	struct seal_ip address;

	if (s.len < 2 || s.ptr[0] != '[' || s.ptr[s.len - 1] != ']')
		return false;
	s = seal_span(s.ptr + 1, s.len - 2);
	if (seal_span_starts_nocase(s, tag))
		return seal_ip_read_v6(seal_span_from(s, tag.len), GAP_MIN, &address);
	return seal_ip_read_v4(s, &address);
}

/* --- Mailbox (RFC 5321 4.1.2) --------------------------------------------- */

/* 8-bit octets in `s` are valid UTF-8: parse_path has checked that. */
static bool
is_label(struct seal_span s)
{
	if (s.len == 0 || s.len > SEAL_LABEL_MAX || s.ptr[0] == '-' || s.ptr[s.len - 1] == '-')
		return false;
	for (size_t i = 0; i < s.len; i++) {
		const uint8_t c = s.ptr[i];

		if (!seal_is_let_dig(c) && c != '-' && c != '_' && !seal_is_8bit(c))
			return false;
	}
	return true;
}

static bool
is_domain(struct seal_span s)
{
	if (s.len > SEAL_DOMAIN_MAX)
		return false;
	if (s.len > 0 && s.ptr[0] == '[')
		return is_literal(s);
	for (;;) {
		const struct seal_span label = seal_span_first(s, seal_span_find(s, '.'));

		if (!is_label(label))
			return false;
		if (label.len == s.len)
			return true;
		s = seal_span_from(s, label.len + 1);
	}
}

static bool
is_dot_string(struct seal_span s)
{
	bool after_dot = true;

	for (size_t i = 0; i < s.len; i++) {
		const uint8_t c = s.ptr[i];

		if (c == '.' ? after_dot : !seal_is_atext(c) && !seal_is_8bit(c))
			return false;
		after_dot = c == '.';
	}
	return !after_dot;
}

/* The length of the quoted string at the start of `s`, including its quotes; 0 if `s` does not
 * begin with one, or it does not end. */
static size_t
quoted_len(struct seal_span s)
{
	bool escaped = false;

	if (s.len == 0 || s.ptr[0] != '"')
		return 0;
	for (size_t i = 1; i < s.len; i++) {
		if (s.ptr[i] == '"' && !escaped)
			return i + 1;
		escaped = s.ptr[i] == '\\' && !escaped;
	}
	return 0;
}

static bool
is_quoted_string(struct seal_span s)
{
	if (s.len <= 2 || quoted_len(s) != s.len)
		return false;
	for (size_t i = 0; i < s.len; i++) {
		if (seal_is_ctl(s.ptr[i])) /* qtextSMTP and quoted-pairSMTP begin at SP */
			return false;
	}
	return true;
}

static bool
is_local_part(struct seal_span s)
{
	return s.len <= SEAL_LOCAL_PART_MAX && (is_dot_string(s) || is_quoted_string(s));
}

/* --- Path ------------------------------------------------------------------ */

/* The end of the local part at the start of `s`: the "@" after it, or s.len. */
static size_t
local_part_len(struct seal_span s)
{
	const size_t quoted = quoted_len(s);

	return quoted + seal_span_find(seal_span_from(s, quoted), '@');
}

/* Take "@a,@b:" off the front of *path. Its hops must be domains, but are otherwise
 * ignored (4.1.1.3, F.2). Returns false if they are not. */
static bool
drop_source_route(struct seal_span *path)
{
	const size_t end = seal_span_find(*path, ':');
	struct seal_span route = seal_span_first(*path, end);

	if (path->len == 0 || path->ptr[0] != '@')
		return true;
	if (end == path->len)
		return false;
	*path = seal_span_from(*path, end + 1);
	while (route.len > 0) {
		const struct seal_span hop = seal_span_first(route, seal_span_find(route, ','));

		if (hop.len == 0 || hop.ptr[0] != '@' || !is_domain(seal_span_from(hop, 1)))
			return false;
		if (hop.len + 1 == route.len)
			return false;
		route = seal_span_from(route, hop.len + 1);
	}
	return true;
}

static bool
parse_mailbox(struct seal_span path, struct seal_path_command *command)
{
	const size_t at = local_part_len(path);

	command->path = path;
	command->domain = seal_span_from(path, at + 1);
	return path.len + 2 <= SEAL_PATH_MAX && /* 4.5.3.1.3, with < and > */
	       at < path.len && is_local_part(seal_span_first(path, at)) &&
	       is_domain(command->domain);
}

/* Parse the path between its brackets. */
static enum seal_command_fault
parse_path(bool is_mail, struct seal_span path, bool utf8, struct seal_path_command *command)
{
	const enum seal_command_fault bad = is_mail ? SEAL_COMMAND_BAD_SENDER
	                                            : SEAL_COMMAND_BAD_RECIPIENT;

	if (seal_span_has_8bit(path) && !utf8)
		return SEAL_COMMAND_UTF8;
	if (!seal_utf8_is(path))
		return bad;
	command->path = path;
	if (is_mail && path.len == 0) /* 4.5.5 */
		return SEAL_COMMAND_FINE;
	if (!is_mail && seal_span_equal_nocase(path, SEAL_SPAN("postmaster"))) /* 4.5.1 */
		return SEAL_COMMAND_FINE;
	if (!drop_source_route(&path) || !parse_mailbox(path, command))
		return bad;
	return SEAL_COMMAND_FINE;
}

/* Split *argument into *path, without brackets, and the parameters after it. Returns false if the
 * brackets are wrong. */
static bool
split_path(struct seal_span *argument, struct seal_span *path)
{
	struct seal_span s = *argument;
	const bool bracket = s.ptr[0] == '<';
	size_t end = bracket ? 1 : 0;

	end += quoted_len(seal_span_from(s, end));
	while (end < s.len && (bracket ? s.ptr[end] != '>' : !seal_is_wsp(s.ptr[end])))
		end++;
	*path = seal_span_from(seal_span_first(s, end), bracket ? 1 : 0);
	if (bracket && end++ == s.len)
		return false;
	*argument = seal_span_from(s, end);
	return argument->len == 0 || seal_is_wsp(argument->ptr[0]);
}

/* --- Parameters (RFC 5321 4.1.1.11) --------------------------------------- */

enum parameter {
	SIZE = 1, BODY = 2, SMTPUTF8 = 4, RET = 8, ENVID = 16, NOTIFY = 32, ORCPT = 64,
	AUTH = 128, UNKNOWN = 256
};

static enum parameter
parameter_of(bool is_mail, struct seal_span name, const struct seal_extensions *offered)
{
	if (is_mail && offered->size_max > 0 && seal_span_equal_nocase(name, SEAL_SPAN("SIZE")))
		return SIZE;
	if (is_mail && offered->eight_bit_mime && seal_span_equal_nocase(name, SEAL_SPAN("BODY")))
		return BODY;
	if (is_mail && offered->smtputf8 && seal_span_equal_nocase(name, SEAL_SPAN("SMTPUTF8")))
		return SMTPUTF8;
	if (is_mail && offered->auth && seal_span_equal_nocase(name, SEAL_SPAN("AUTH")))
		return AUTH;
	if (!offered->dsn)
		return UNKNOWN;
	if (seal_span_equal_nocase(name, is_mail ? SEAL_SPAN("RET") : SEAL_SPAN("NOTIFY")))
		return is_mail ? RET : NOTIFY;
	if (seal_span_equal_nocase(name, is_mail ? SEAL_SPAN("ENVID") : SEAL_SPAN("ORCPT")))
		return is_mail ? ENVID : ORCPT;
	return UNKNOWN;
}

static bool
is_upper_hex(uint8_t c)
{
	return seal_is_digit(c) || (c >= 'A' && c <= 'F');
}

/* RFC 3461 4; here it must also decode to printable characters. */
static bool
is_xtext(struct seal_span s)
{
	for (size_t i = 0; i < s.len; i++) {
		if (!seal_is_vchar(s.ptr[i]) || s.ptr[i] == '=')
			return false;
		if (s.ptr[i] != '+')
			continue;
		if (s.len - i < 3 || s.ptr[i + 1] < '2' || s.ptr[i + 1] > '7' ||
		    !is_upper_hex(s.ptr[i + 2]) || (s.ptr[i + 1] == '7' && s.ptr[i + 2] == 'F'))
			return false;
		i += 2;
	}
	return s.len > 0;
}

/* RFC 3461 4.1: NEVER alone, or a list of the others, each once. */
static bool
is_notify(struct seal_span list)
{
	const struct seal_span words[] = {
		SEAL_SPAN("SUCCESS"), SEAL_SPAN("FAILURE"), SEAL_SPAN("DELAY")
	};
	bool seen[3] = { false, false, false };

	if (seal_span_equal_nocase(list, SEAL_SPAN("NEVER")))
		return true;
	for (;;) {
		const struct seal_span item = seal_span_first(list, seal_span_find(list, ','));
		size_t which = 0;

		while (which < 3 && !seal_span_equal_nocase(item, words[which]))
			which++;
		if (which == 3 || seen[which])
			return false;
		seen[which] = true;
		if (item.len == list.len)
			return true;
		list = seal_span_from(list, item.len + 1);
	}
}

/* RFC 3461 4.2: an atom, ";", xtext. */
static bool
is_orcpt(struct seal_span s)
{
	const size_t at = seal_span_find(s, ';');

	for (size_t i = 0; i < at; i++) {
		if (!seal_is_atext(s.ptr[i]) || s.ptr[i] == '=')
			return false;
	}
	return at > 0 && s.len <= SEAL_ORCPT_MAX && is_xtext(seal_span_from(s, at + 1));
}

static enum seal_command_fault
parse_size(struct seal_span value, const struct seal_extensions *offered, uint64_t *size)
{
	for (size_t i = 0; i < value.len; i++) {
		if (!seal_is_digit(value.ptr[i]))
			return SEAL_COMMAND_BAD_PARAMETER;
	}
	if (value.len == 0 || value.len > SEAL_SIZE_DIGITS_MAX) /* RFC 1870 3 */
		return SEAL_COMMAND_BAD_PARAMETER;
	if (!seal_num_u64(value, size) || *size > offered->size_max) /* RFC 1870 6.1 */
		return SEAL_COMMAND_TOO_LARGE;
	return SEAL_COMMAND_FINE;
}

static enum seal_command_fault
parse_body(struct seal_span value, enum seal_body_type *body)
{
	if (seal_span_equal_nocase(value, SEAL_SPAN("7BIT")))
		*body = SEAL_BODY_7BIT;
	else if (seal_span_equal_nocase(value, SEAL_SPAN("8BITMIME")))
		*body = SEAL_BODY_8BITMIME;
	else /* BINARYMIME belongs to an extension that is not offered (RFC 3030) */
		return SEAL_COMMAND_UNKNOWN_PARAMETER;
	return SEAL_COMMAND_FINE;
}

/* RFC 4954 5: xtext or "<>", the submitter as the client claims. It is not passed on, so any ASCII
 * text is accepted. */
static enum seal_command_fault
check_auth(struct seal_span value)
{
	return value.len > 0 && !seal_span_has_8bit(value) ? SEAL_COMMAND_FINE : SEAL_COMMAND_BAD_PARAMETER;
}

static enum seal_command_fault
keep_if(bool ok, struct seal_span value, struct seal_span *field)
{
	*field = value;
	return ok ? SEAL_COMMAND_FINE : SEAL_COMMAND_BAD_PARAMETER;
}

/* Parse "NAME" or "NAME=value"; *seen has a bit for each name so far. */
static enum seal_command_fault
parse_parameter(bool is_mail, struct seal_span word, const struct seal_extensions *offered,
                unsigned *seen, struct seal_path_command *c)
{
	const size_t at = seal_span_find(word, '=');
	const struct seal_span value = seal_span_from(word, at + 1);
	const enum parameter which = parameter_of(is_mail, seal_span_first(word, at), offered);

	if (which == UNKNOWN)
		return SEAL_COMMAND_UNKNOWN_PARAMETER;
	if ((*seen & (unsigned)which) != 0)
		return SEAL_COMMAND_BAD_PARAMETER;
	*seen |= (unsigned)which;
	switch (which) {
	case SIZE:
		return parse_size(value, offered, &c->size);
	case BODY:
		return parse_body(value, &c->body);
	case SMTPUTF8: /* RFC 6531 3.4: no value */
		c->smtputf8 = true;
		return at == word.len ? SEAL_COMMAND_FINE : SEAL_COMMAND_BAD_PARAMETER;
	case RET:
		return keep_if(seal_span_equal_nocase(value, SEAL_SPAN("FULL")) ||
		               seal_span_equal_nocase(value, SEAL_SPAN("HDRS")), value, &c->ret);
	case ENVID:
		return keep_if(value.len <= SEAL_ENVID_MAX && is_xtext(value), value, &c->envid);
	case NOTIFY:
		return keep_if(is_notify(value), value, &c->notify);
	case ORCPT:
		return keep_if(is_orcpt(value), value, &c->orcpt);
	case AUTH:
		return check_auth(value);
	case UNKNOWN:
		break;
	}
	return SEAL_COMMAND_UNKNOWN_PARAMETER;
}

enum seal_command_fault
seal_command_path(bool is_mail, struct seal_span argument, const struct seal_extensions *offered,
                  struct seal_path_command *command)
{
	struct seal_span path;
	enum seal_command_fault fault = SEAL_COMMAND_FINE;
	unsigned seen = 0;

	*command = (struct seal_path_command){ .body = SEAL_BODY_NONE };
	if (argument.len == 0)
		return SEAL_COMMAND_NO_ARGUMENT;
	if (!split_path(&argument, &path))
		return is_mail ? SEAL_COMMAND_BAD_SENDER : SEAL_COMMAND_BAD_RECIPIENT;
	argument = seal_span_trim(argument);
	while (argument.len > 0 && fault == SEAL_COMMAND_FINE) {
		const struct seal_span word = first_word(argument);

		fault = parse_parameter(is_mail, word, offered, &seen, command);
		argument = seal_span_trim(seal_span_from(argument, word.len));
	}
	if (fault != SEAL_COMMAND_FINE)
		return fault;
	return parse_path(is_mail, path, is_mail ? command->smtputf8 : offered->smtputf8, command);
}
