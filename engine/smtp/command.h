/* SPDX-License-Identifier: Apache-2.0
 *
 * command.h - read one command line (RFC 5321 4.1.1, 4.1.2; 1870, 6152, 6531, 3461, 4954).
 *
 * It is lenient where real devices err and no meaning is lost: a path without brackets,
 * a space after the colon, a source route (ignored, 4.1.1.3), a HELO name without dots,
 * trailing white space. It is strict about what is passed on: an accepted command is
 * written again from its parts.
 */
#ifndef SEAL_SMTP_COMMAND_H
#define SEAL_SMTP_COMMAND_H

#include "engine/base/bounds.h"
#include "engine/base/span.h"

enum seal_verb {
	SEAL_VERB_UNKNOWN,
	SEAL_VERB_HELO, SEAL_VERB_EHLO, SEAL_VERB_MAIL, SEAL_VERB_RCPT, SEAL_VERB_DATA,
	SEAL_VERB_RSET, SEAL_VERB_NOOP, SEAL_VERB_QUIT, SEAL_VERB_VRFY, SEAL_VERB_HELP,
	SEAL_VERB_STARTTLS, SEAL_VERB_AUTH,
	SEAL_VERB_KNOWN_NOT_DONE, /* EXPN TURN ETRN SEND SOML SAML XCLIENT...: 502                 */
	SEAL_VERB_BDAT,           /* 502, close: a chunk follows, which is not a command, RFC 3030 2 */
	SEAL_VERB_NOT_SMTP        /* GET, POST, a TLS ClientHello...: 421, close                   */
};

enum seal_body_type {
	SEAL_BODY_NONE, SEAL_BODY_7BIT, SEAL_BODY_8BITMIME
};

/* What is wrong with a command: the server has one reply text per fault. */
enum seal_command_fault {
	SEAL_COMMAND_FINE,
	SEAL_COMMAND_NO_ARGUMENT,    /* 501 5.5.4 an argument is missing             */
	SEAL_COMMAND_ARGUMENT,       /* 501 5.5.4 an argument where none is allowed  */
	SEAL_COMMAND_BAD_NAME,       /* 501 5.5.4 EHLO/HELO name                     */
	SEAL_COMMAND_BAD_SENDER,     /* 501 5.1.7                                    */
	SEAL_COMMAND_BAD_RECIPIENT,  /* 501 5.1.3                                    */
	SEAL_COMMAND_UTF8,           /* 553 5.6.7 8-bit address without SMTPUTF8     */
	SEAL_COMMAND_BAD_PARAMETER,  /* 501 5.5.4 a known parameter with a bad value */
	SEAL_COMMAND_UNKNOWN_PARAMETER, /* 555 5.5.4                                 */
	SEAL_COMMAND_TOO_LARGE       /* 552 5.3.4 SIZE over size_max, or over 64 bits */
};

/* The offered extensions: parameters of all others are unknown. To parse RCPT, set
 * smtputf8 if its MAIL had SMTPUTF8 (RFC 6531 3.1 (8)). */
struct seal_extensions {
	uint64_t size_max;   /* SIZE; 0: none given     */
	bool eight_bit_mime; /* RFC 6152                */
	bool smtputf8;       /* RFC 6531                */
	bool dsn;            /* RFC 3461                */
	bool auth;           /* RFC 4954: MAIL may have AUTH=, which is not passed on */
};

/* A parsed MAIL or RCPT; its spans lie in the line. Everything in it can be written into
 * a command again unchanged: no control characters, no unquoted blanks. */
struct seal_path_command {
	struct seal_span path;     /* local-part@domain, unchanged, without brackets and source
	                            * route; empty for <>; "postmaster" (4.5.1) has no domain  */
	struct seal_span domain;   /* its domain or literal; may be empty                      */
	uint64_t size;             /* SIZE=, 0 when not given                                  */
	enum seal_body_type body;
	bool smtputf8;
	struct seal_span ret, envid;      /* MAIL, RFC 3461 4.3, 4.4; values, empty if none  */
	struct seal_span notify, orcpt;   /* RCPT, RFC 3461 4.1, 4.2                         */
};

/* Returns the verb of `line` (without CRLF); *argument is the rest, without the white space
 * around it. "MAIL FROM:" and "RCPT TO:" count as verbs: *argument begins after the colon. If
 * "FROM:" or "TO:" is missing, *argument is empty, so that seal_command_path finds a fault. */
enum seal_verb seal_command_verb(struct seal_span line, struct seal_span *argument);

/* Parse the argument of MAIL (`is_mail`) or RCPT. *command is undefined after a fault.
 * Mailboxes are those of RFC 5321 4.1.2, with "_" tolerated in domains, and with valid
 * UTF-8 in both parts under SMTPUTF8 (RFC 6531 3.3). */
enum seal_command_fault seal_command_path(bool is_mail, struct seal_span argument,
                                          const struct seal_extensions *offered,
                                          struct seal_path_command *command);

/* True if `name` is valid in EHLO or HELO: letters, digits, ".-_:[]", 1 to SEAL_DOMAIN_MAX octets. */
bool seal_command_name_ok(struct seal_span name);

#endif
