/* SPDX-License-Identifier: Apache-2.0
 *
 * server_dialogues.h - what the server answers, as text. See dialogue.h for the marks.
 * In AUTH, c2Nhbg== is "scan", c2VjcmV0 is "secret", AHNjYW4Ac2VjcmV0
 * is NUL "scan" NUL "secret".
 *
 * Each dialogue gives the same answers however the client's octets are cut; those in
 * WHOLE depend on what arrives together.
 */
#ifndef TESTS_UNIT_SERVER_DIALOGUES_H
#define TESTS_UNIT_SERVER_DIALOGUES_H

#include "tests/unit/dialogue.h"

#define GREETING "S: 220 gw.example ESMTP mailseal"
#define HELLO_SENT \
	"C: EHLO client.example", \
	"S: 250-gw.example", "S: 250-PIPELINING", "S: 250-SIZE 1000000", "S: 250-8BITMIME", \
	"S: 250-SMTPUTF8", "S: 250-DSN", "S: 250 ENHANCEDSTATUSCODES"
#define MAIL_SENT "C: MAIL FROM:<a@b.example>", "S: 250 2.1.0 OK"
#define RCPT_SENT "C: RCPT TO:<c@d.example>", "S: 250 2.1.0 OK"
#define DATA_SENT "C: DATA", "S: 354 Go"

static const char *const one_message[] = {
	GREETING, HELLO_SENT, MAIL_SENT, RCPT_SENT, DATA_SENT,
	"C: Subject: x", "C: ", "C: body", "N.", "C: .", "S: 250 2.0.0 Taken",
	"M: Subject: x\r\n\r\nbody\r\n",
	"C: QUIT", "S: 221 2.0.0 Bye", "S.", NULL
};
static const char *const two_messages[] = {
	GREETING, HELLO_SENT, MAIL_SENT, RCPT_SENT, DATA_SENT, "C! 1\r\n.\r\n", "S: 250 2.0.0 Taken", "M: 1\r\n",
	MAIL_SENT, RCPT_SENT, DATA_SENT, "C! 2\r\n.\r\n", "S: 250 2.0.0 Taken", "M: 2\r\n", NULL
};
static const char *const helo_has_one_line_and_no_parameters[] = {
	GREETING, "C: HELO printer", "S: 250 gw.example",
	"C: MAIL FROM:<a@b.example> SIZE=10", "S: 555 5.5.4 Parameter not recognized or not offered",
	MAIL_SENT, NULL
};
static const char *const ehlo_twice[] = { GREETING, HELLO_SENT, HELLO_SENT, NULL };
static const char *const ehlo_in_a_transaction_aborts_it[] = {
	GREETING, HELLO_SENT, MAIL_SENT, RCPT_SENT, HELLO_SENT, "A.",
	"C: DATA", "S: 503 5.5.1 Need MAIL command first", NULL
};
static const char *const a_bad_ehlo_leaves_the_transaction_alone[] = {
	GREETING, HELLO_SENT, MAIL_SENT,
	"C: EHLO", "S: 501 5.5.4 Missing argument",
	"C: EHLO foo!", "S: 501 5.5.4 Invalid host name or address literal",
	"C: EHLO two words", "S: 501 5.5.4 Invalid host name or address literal",
	RCPT_SENT, "C: RSET", "S: 250 2.0.0 Flushed", "A.", NULL
};
static const char *const names_of_devices_are_accepted[] = {
	GREETING, "C: HELO [127.0.0.1]", "S: 250 gw.example", "C: HELO HP_1234", "S: 250 gw.example",
	"C: HELO [IPv6:::1]", "S: 250 gw.example", NULL
};
static const char *const order_of_commands[] = {
	GREETING,
	"C: MAIL FROM:<a@b.example>", "S: 503 5.5.1 Send EHLO or HELO first",
	"C: RCPT TO:<a@b.example>", "S: 503 5.5.1 Send EHLO or HELO first",
	"C: DATA", "S: 503 5.5.1 Send EHLO or HELO first",
	"C: NOOP", "S: 250 2.0.0 OK", "C: RSET", "S: 250 2.0.0 Flushed",
	HELLO_SENT,
	"C: RCPT TO:<a@b.example>", "S: 503 5.5.1 Need MAIL command first",
	"C: DATA", "S: 503 5.5.1 Need MAIL command first",
	MAIL_SENT,
	"C: MAIL FROM:<x@y.example>", "S: 503 5.5.1 Sender already specified",
	"C: DATA", "S: 503 5.5.1 No valid recipients",
	"C: RCPT TO:<550-no@d.example>", "S: 550 5.1.1 As you asked",
	"C: DATA", "S: 503 5.5.1 No valid recipients",
	RCPT_SENT,
	"C: MAIL FROM:<x@y.example>", "S: 503 5.5.1 Sender already specified",
	"C: RCPT TO:<550-no@d.example>", "S: 550 5.1.1 As you asked",
	DATA_SENT, "C! .\r\n", "S: 250 2.0.0 Taken", "M: ",
	"C: RCPT TO:<c@d.example>", "S: 503 5.5.1 Need MAIL command first", NULL
};
static const char *const a_refused_mail_opens_nothing[] = {
	GREETING, HELLO_SENT, "C: MAIL FROM:<550-no@b.example>", "S: 550 5.1.1 As you asked",
	"C: RCPT TO:<c@d.example>", "S: 503 5.5.1 Need MAIL command first",
	"C: RSET", "S: 250 2.0.0 Flushed", MAIL_SENT, NULL
};
static const char *const arguments[] = {
	GREETING, HELLO_SENT,
	"C: RSET x", "S: 501 5.5.4 No argument allowed", "C: QUIT x", "S: 501 5.5.4 No argument allowed",
	"C: VRFY", "S: 501 5.5.4 Missing argument", "C: NoOp x y", "S: 250 2.0.0 OK",
	"C: MAIL", "S: 501 5.5.4 Missing argument", "C: MAIL <a@b>", "S: 501 5.5.4 Missing argument",
	"C: MAIL TO:<a@b>", "S: 501 5.5.4 Missing argument",
	MAIL_SENT, RCPT_SENT, "C: DATA x", "S: 501 5.5.4 No argument allowed",
	"C: RSET \t ", "S: 250 2.0.0 Flushed", "A.", NULL
};
static const char *const other_commands[] = {
	GREETING,
	"C: noop", "S: 250 2.0.0 OK", "C: vrfy bo@dest.example", "S: 252 2.5.2 Cannot VRFY user, try RCPT",
	"C: HELP", "S: 214 2.0.0 EHLO HELO MAIL RCPT DATA RSET NOOP QUIT VRFY HELP",
	"C: EXPN x", "S: 502 5.5.1 Command not implemented", "C: TURN", "S: 502 5.5.1 Command not implemented",
	"C: ETRN x", "S: 502 5.5.1 Command not implemented",
	"C: AUTH PLAIN AGEAYg==", "S: 502 5.5.1 Command not implemented",
	"C: STARTTLS", "S: 502 5.5.1 Command not implemented",
	"C: XCLIENT NAME=x", "S: 502 5.5.1 Command not implemented",
	"C: SEND FROM:<a@b.c>", "S: 502 5.5.1 Command not implemented",
	"C: WHAT", "S: 500 5.5.1 Command not recognized", "C: ", "S: 500 5.5.1 Command not recognized",
	"C:  NOOP", "S: 500 5.5.1 Command not recognized", "C: NOOPX", "S: 500 5.5.1 Command not recognized", NULL
};
static const char *const bdat_closes_before_its_chunk[] = {
	GREETING, HELLO_SENT, MAIL_SENT, RCPT_SENT,
	"C! BDAT 28 LAST\r\nMAIL FROM:<evil@b.example>\r\n", "S: 502 5.5.1 Command not implemented",
	"A.", "S.", NULL
};
static const char *const http_gets_a_reply_and_is_dropped[] = {
	GREETING, "C! GET / HTTP/1.1\r\nHost: x\r\n\r\n", "S: 421 4.7.0 This is an SMTP server", "S.", NULL
};
static const char *const post_gets_a_reply_and_is_dropped[] = {
	GREETING, "C! POST / HTTP/1.1\r\n\r\nMAIL FROM:<a@b.example>\r\n",
	"S: 421 4.7.0 This is an SMTP server", "S.", NULL
};
static const char *const tls_gets_a_reply_and_is_dropped[] = {
	GREETING, "C! \x16\x03\x01\x02", "S: 421 4.7.0 This is an SMTP server", "S.", NULL
};
static const char *const telnet_noise_is_an_error[] = {
	GREETING, "C: \xff\xfb\x01", "S: 500 5.5.2 Control character in command",
	"C: \xff\xf4\xff\xfd", "S: 500 5.5.1 Command not recognized", "C: NOOP", "S: 250 2.0.0 OK", NULL
};
static const char *const bare_lf_in_a_command_closes[] = {
	GREETING, "C! EHLO x\nMAIL FROM:<a@b.example>\n", "S: 500 5.5.2 Bare CR or LF in command", "S.", NULL
};
static const char *const bare_cr_in_a_command_closes[] = {
	GREETING, HELLO_SENT, MAIL_SENT, "C! RCPT TO:<\"a\rb\"@c.example>\r\n",
	"S: 500 5.5.2 Bare CR or LF in command", "A.", "S.", NULL
};
static const char *const cr_cr_lf_in_a_command_closes[] = {
	GREETING, "C! NOOP\r\r\n", "S: 500 5.5.2 Bare CR or LF in command", "S.", NULL
};
static const char *const control_characters_are_errors[] = {
	GREETING, HELLO_SENT, "C: NOOP \x01", "S: 500 5.5.2 Control character in command",
	"C: MAIL FROM:<a\x01@b.example>", "S: 500 5.5.2 Control character in command",
	"C: NOOP \x7f", "S: 500 5.5.2 Control character in command",
	"C: NOOP\tx", "S: 250 2.0.0 OK", NULL
};
static const char *const eight_bit_in_commands[] = {
	GREETING, "C: EHLO m\xc3\xbcller", "S: 501 5.5.2 Command is not ASCII", HELLO_SENT,
	"C: NOOP \xc3\xbc", "S: 501 5.5.2 Command is not ASCII",
	"C: MAIL FROM:<m\xc3\xbc@b.example>",
	"S: 553 5.6.7 Non-ASCII address requires SMTPUTF8",
	"C: MAIL FROM:<m\xc3@b.example> SMTPUTF8", "S: 501 5.1.7 Bad sender address syntax",
	MAIL_SENT, "C: RCPT TO:<m\xc3\xbc@b.example>",
	"S: 553 5.6.7 Non-ASCII address requires SMTPUTF8",
	"C: RSET", "S: 250 2.0.0 Flushed", "A.",
	"C: MAIL FROM:<m\xc3\xbc@b.example> SMTPUTF8", "S: 250 2.1.0 OK",
	"C: RCPT TO:<m\xc3\xbc@b.example>", "S: 250 2.1.0 OK",
	"C: RSET", "S: 250 2.0.0 Flushed", "A.",
	MAIL_SENT, "C: RCPT TO:<m\xc3\xbc@b.example>",
	"S: 553 5.6.7 Non-ASCII address requires SMTPUTF8", NULL
};
static const char *const faults_have_their_codes[] = {
	GREETING, HELLO_SENT,
	"C: MAIL FROM:<a@@b>", "S: 501 5.1.7 Bad sender address syntax",
	"C: MAIL FROM:<a@b> SIZE=-1", "S: 501 5.5.4 Invalid or repeated parameter",
	"C: MAIL FROM:<a@b> SIZE=18446744073709551616", "S: 552 5.3.4 Message size exceeds the limit",
	"C: MAIL FROM:<a@b> SIZE=1000001", "S: 552 5.3.4 Message size exceeds the limit",
	"C: MAIL FROM:<a@b> FOO=BAR", "S: 555 5.5.4 Parameter not recognized or not offered",
	"C: MAIL FROM:<a@b> SIZE=1000000 BODY=8BITMIME SMTPUTF8 RET=HDRS ENVID=x", "S: 250 2.1.0 OK",
	"C: RCPT TO:<>", "S: 501 5.1.3 Bad recipient address syntax",
	"C: RCPT TO:<postmaster> NOTIFY=NEVER ORCPT=rfc822;x", "S: 250 2.1.0 OK", NULL
};
static const char *const quit_ends_everything[] = {
	GREETING, HELLO_SENT, MAIL_SENT, "C! QUIT\r\nMAIL FROM:<a@b.example>\r\n", "S: 221 2.0.0 Bye", "A.", "S.", NULL
};
static const char *const quit_before_ehlo[] = { GREETING, "C: QUIT", "S: 221 2.0.0 Bye", "S.", NULL };
static const char *const commands_inside_content_are_content[] = {
	GREETING, HELLO_SENT, MAIL_SENT, RCPT_SENT, DATA_SENT, "C: QUIT", "C: RSET", "C: NOOP", "N.",
	"C! .\r\n", "S: 250 2.0.0 Taken", "M: QUIT\r\nRSET\r\nNOOP\r\n", NULL
};
static const char *const dots_are_undone[] = {
	GREETING, HELLO_SENT, MAIL_SENT, RCPT_SENT, DATA_SENT,
	"C! ..\r\n...\r\n. \r\n..x\r\n.y\r\n.\r\n", "S: 250 2.0.0 Taken", "M: .\r\n..\r\n \r\n.x\r\ny\r\n", NULL
};
static const char *const peer_closes_in_mid_content[] = {
	GREETING, HELLO_SENT, MAIL_SENT, RCPT_SENT, DATA_SENT, "C! half a li", "Z.",
	"S: 421 4.4.2 Connection closed before the end of data", "A.", "S.", "M: half a li", NULL
};
static const char *const peer_closes_in_mid_dot[] = {
	GREETING, HELLO_SENT, MAIL_SENT, RCPT_SENT, DATA_SENT, "C! x\r\n.\r", "Z.",
	"S: 421 4.4.2 Connection closed before the end of data", "A.", "S.", "M: x\r\n", NULL
};
static const char *const peer_closes_in_a_transaction[] = {
	GREETING, HELLO_SENT, MAIL_SENT, "Z.", "A.", "S.", NULL
};
static const char *const peer_closes_when_ready[] = { GREETING, HELLO_SENT, "C! MAIL FR", "Z.", "S.", NULL };
static const char *const a_421_of_the_relay_closes[] = {
	GREETING, HELLO_SENT, MAIL_SENT, "C: RCPT TO:<421-x@d.example>", "S: 421 5.1.1 As you asked", "A.", "S.", NULL
};
static const char *const a_421_to_mail_aborts_nothing[] = {
	GREETING, HELLO_SENT, "C: MAIL FROM:<421-x@d.example>", "S: 421 5.1.1 As you asked", "S.", NULL
};
static const char *const a_silly_code_becomes_451[] = {
	GREETING, HELLO_SENT, "C: MAIL FROM:<354-x@d.example>", "S: 451 4.5.0 Protocol error at the next hop",
	"C: MAIL FROM:<999-x@d.example>", "S: 451 4.5.0 Protocol error at the next hop",
	"C: MAIL FROM:<000-x@d.example>", "S: 451 4.5.0 Protocol error at the next hop",
	"C: MAIL FROM:<600-x@d.example>", "S: 451 4.5.0 Protocol error at the next hop",
	"C: MAIL FROM:<300-x@d.example>", "S: 451 4.5.0 Protocol error at the next hop",
	"C: MAIL FROM:<400-x@d.example>", "S: 400 5.1.1 As you asked",
	"C: MAIL FROM:<200-x@d.example>", "S: 200 5.1.1 As you asked", NULL
};
static const char *const silence_for_a_command[] = {
	GREETING, HELLO_SENT, "T: 299999", "N.", "T: 1", "S: 421 4.4.2 Timeout", "S.", NULL
};
static const char *const a_command_that_trickles[] = {
	GREETING, HELLO_SENT, "C! N", "T: 200000", "C! OO", "T: 99999", "N.", "T: 1", "S: 421 4.4.2 Timeout", "S.", NULL
};
static const char *const a_slow_command_is_fine[] = {
	GREETING, HELLO_SENT, "C! N", "T: 299999", "C! OOP\r\n", "S: 250 2.0.0 OK", "T: 299999", "N.", NULL
};
static const char *const silence_in_content[] = {
	GREETING, HELLO_SENT, MAIL_SENT, RCPT_SENT, DATA_SENT,
	"T: 179999", "N.", "T: 1", "S: 421 4.4.2 Timeout", "A.", "S.", NULL
};
static const char *const content_below_the_minimum_rate[] = {
	GREETING, HELLO_SENT, MAIL_SENT, RCPT_SENT, DATA_SENT,
	"C! x", "T: 100000", "C! x", "T: 79999", "N.", "T: 1", "S: 421 4.4.2 Timeout", "A.", "S.", "M: xx", NULL
};
static const char *const silence_in_a_transaction[] = {
	GREETING, HELLO_SENT, MAIL_SENT, "T: 300000", "S: 421 4.4.2 Timeout", "A.", "S.", NULL
};
static const char *const silence_after_the_greeting[] = {
	GREETING, "T: 299999", "N.", "T: 1", "S: 421 4.4.2 Timeout", "S.", NULL
};

/* --- STARTTLS (RFC 3207) --------------------------------------------------------------- */

#define STARTTLS_SENT "C: STARTTLS", "S: 220 2.0.0 Ready to start TLS", "H."
#define HELLO_BEGUN \
	"C: EHLO client.example", \
	"S: 250-gw.example", "S: 250-PIPELINING", "S: 250-SIZE 1000000", "S: 250-8BITMIME", \
	"S: 250-SMTPUTF8", "S: 250-DSN"
#define HELLO_TLS_SENT HELLO_BEGUN, "S: 250-STARTTLS", "S: 250 ENHANCEDSTATUSCODES"
#define HELLO_AUTH_SENT HELLO_BEGUN, "S: 250-AUTH PLAIN LOGIN", "S: 250 ENHANCEDSTATUSCODES"

static const char *const starttls_then_one_message[] = {
	"O: tls", GREETING, HELLO_TLS_SENT, STARTTLS_SENT, HELLO_SENT, MAIL_SENT, RCPT_SENT, DATA_SENT,
	"C: x", "C: .", "S: 250 2.0.0 Taken", "M: x\r\n", "C: QUIT", "S: 221 2.0.0 Bye", "S.", NULL
};
static const char *const tls_forgets_ehlo[] = {
	"O: tls", GREETING, HELLO_TLS_SENT, STARTTLS_SENT,
	"C: MAIL FROM:<a@b.example>", "S: 503 5.5.1 Send EHLO or HELO first",
	"C: STARTTLS", "S: 503 5.5.1 Send EHLO or HELO first", HELLO_SENT, MAIL_SENT, NULL
};
static const char *const tls_forgets_what_was_offered[] = {
	"O: tls", GREETING, HELLO_TLS_SENT, STARTTLS_SENT, "C: HELO x", "S: 250 gw.example",
	"C: MAIL FROM:<a@b.example> SIZE=1", "S: 555 5.5.4 Parameter not recognized or not offered", NULL
};
static const char *const starttls_in_its_place[] = {
	"O: tls", GREETING,
	"C: STARTTLS", "S: 503 5.5.1 Send EHLO or HELO first", HELLO_TLS_SENT,
	"C: STARTTLS now", "S: 501 5.5.4 No argument allowed",
	MAIL_SENT, "C: STARTTLS", "S: 503 5.5.1 Not allowed during a mail transaction",
	RCPT_SENT, "C: STARTTLS", "S: 503 5.5.1 Not allowed during a mail transaction",
	"C: RSET", "S: 250 2.0.0 Flushed", "A.", "C: starttls", "S: 220 2.0.0 Ready to start TLS", "H.",
	HELLO_SENT, "C: STARTTLS", "S: 503 5.5.1 TLS is already active", NULL
};
static const char *const helo_offers_nothing[] = {
	"O: tls login clear", GREETING, "C: HELO x", "S: 250 gw.example",
	"C: MAIL FROM:<a@b.example> AUTH=<>", "S: 555 5.5.4 Parameter not recognized or not offered", NULL
};
static const char *const starttls_waits_in_silence[] = {
	"O: tls", GREETING, HELLO_TLS_SENT, "C: STARTTLS", "S: 220 2.0.0 Ready to start TLS",
	"T: 10000000", "N.", "H.", "T: 299999", "N.", "T: 1", "S: 421 4.4.2 Timeout", "S.", NULL
};
static const char *const peer_closes_instead_of_a_handshake[] = {
	"O: tls", GREETING, HELLO_TLS_SENT, "C: STARTTLS", "S: 220 2.0.0 Ready to start TLS", "Z.", "S.", NULL
};
static const char *const tls_from_the_first_octet[] = {
	"O: tls login private", GREETING, HELLO_AUTH_SENT, "C: STARTTLS", "S: 503 5.5.1 TLS is already active",
	MAIL_SENT, NULL
};
#define TLS_FIRST "S: 530 5.7.0 Must issue a STARTTLS command first"
static const char *const required_tls_comes_first[] = {
	"O: TLS login clear", GREETING,
	"C: MAIL FROM:<a@b.example>", TLS_FIRST, HELLO_TLS_SENT,
	"C: MAIL FROM:<a@b.example>", TLS_FIRST, "C: RCPT TO:<c@d.example>", TLS_FIRST, "C: DATA", TLS_FIRST,
	"C: VRFY x", TLS_FIRST, "C: AUTH PLAIN AHNjYW4Ac2VjcmV0", TLS_FIRST, "C: AUTH LOGIN", TLS_FIRST,
	"C: NOOP", "S: 250 2.0.0 OK", "C: RSET", "S: 250 2.0.0 Flushed", "C: HELO x", "S: 250 gw.example",
	"C: HELP", "S: 214 2.0.0 EHLO HELO MAIL RCPT DATA RSET NOOP QUIT VRFY HELP",
	"C: EXPN x", "S: 502 5.5.1 Command not implemented",
	STARTTLS_SENT, HELLO_AUTH_SENT, "C: VRFY x", "S: 252 2.5.2 Cannot VRFY user, try RCPT",
	MAIL_SENT, RCPT_SENT, DATA_SENT, "C! .\r\n", "S: 250 2.0.0 Taken", NULL
};
static const char *const quit_needs_no_tls[] = {
	"O: TLS", GREETING, "C: QUIT", "S: 221 2.0.0 Bye", "S.", NULL
};

/* --- AUTH (RFC 4954) ------------------------------------------------------------------- */

#define USERNAME "S: 334 VXNlcm5hbWU6"
#define PASSWORD "S: 334 UGFzc3dvcmQ6"
#define WELCOME "S: 235 2.7.0 Authentication successful"
#define WRONG "S: 535 5.7.8 Authentication credentials invalid"
#define NOT_BASE64 "S: 501 5.5.2 Cannot decode AUTH response"

static const char *const plain_with_initial_response[] = {
	"O: login clear", GREETING, HELLO_AUTH_SENT, "C: AUTH PLAIN AHNjYW4Ac2VjcmV0", WELCOME, "U: scan secret",
	"C: AUTH PLAIN AHNjYW4Ac2VjcmV0", "S: 503 5.5.1 Already authenticated", HELLO_AUTH_SENT, MAIL_SENT, NULL
};
static const char *const plain_after_334[] = {
	"O: login clear", GREETING, HELLO_AUTH_SENT, "C: auth plain", "S: 334 ", "C: AHNjYW4Ac2VjcmV0", WELCOME,
	"U: scan secret", NULL
};
static const char *const plain_for_the_same_user[] = {
	"O: login clear", GREETING, HELLO_AUTH_SENT, "C: AUTH PLAIN c2NhbgBzY2FuAHNlY3JldA==", WELCOME,
	"U: scan secret", NULL
};
static const char *const plain_for_another_user[] = {
	"O: login clear", GREETING, HELLO_AUTH_SENT, "C: AUTH PLAIN YWRtaW4Ac2NhbgBzZWNyZXQ=",
	"S: 535 5.7.8 Authorization identity must match the user name",
	"C: AUTH PLAIN U2NhbgBzY2FuAHNlY3JldA==", "S: 535 5.7.8 Authorization identity must match the user name", NULL
};
static const char *const plain_of_an_odd_form[] = {
	"O: login clear", GREETING, HELLO_AUTH_SENT,
	"C: AUTH PLAIN =", NOT_BASE64, "C: AUTH PLAIN c2NhbiBzZWNyZXQ=", NOT_BASE64,
	"C: AUTH PLAIN c2NhbgBzZWNyZXQ=", NOT_BASE64, "C: AUTH PLAIN AABzZWNyZXQ=", NOT_BASE64,
	"C: AUTH PLAIN AHNjYW4Ac2VjAHJldA==", NOT_BASE64, "C: AUTH PLAIN AHNjCmFuAHNlY3JldA==", NOT_BASE64,
	"C: AUTH PLAIN AHNjYW4Ac2VjcmV0A", NOT_BASE64, "C: AUTH PLAIN !AHNjYW4Ac2VjcmV0", NOT_BASE64,
	"C: AUTH PLAIN AHNjYW4Ac2VjcmV0 AHNjYW4Ac2VjcmV0", NOT_BASE64,
	"C: AUTH PLAIN", "S: 334 ", "C: ", NOT_BASE64, "C: AUTH PLAIN", "S: 334 ", "C: =", NOT_BASE64,
	"C: AUTH PLAIN AHNjYW4A", WRONG, "C: NOOP", "S: 250 2.0.0 OK", NULL
};
static const char *const login_with_both_prompts[] = {
	"O: login clear", GREETING, HELLO_AUTH_SENT, "C: AUTH LOGIN", USERNAME, "C: c2Nhbg==", PASSWORD,
	"C: c2VjcmV0 ", WELCOME, "U: scan secret", NULL
};
static const char *const login_of_an_odd_form[] = {
	"O: login clear", GREETING, HELLO_AUTH_SENT,
	"C: AUTH LOGIN =", NOT_BASE64, "C: AUTH LOGIN", USERNAME, "C: ", NOT_BASE64,
	"C: AUTH LOGIN", USERNAME, "C: ====", NOT_BASE64, "C: AUTH LOGIN", USERNAME, "C: scan@x", NOT_BASE64,
	"C: AUTH LOGIN c2MKYW4=", NOT_BASE64,
	"C: AUTH LOGIN c2Nhbg==", PASSWORD, "C: secre", NOT_BASE64,
	"C: AUTH LOGIN c2Nhbg==", PASSWORD, "C: c2VjAHJldA==", NOT_BASE64,
	"C: AUTH LOGIN c2Nhbg==", PASSWORD, "C: ", WRONG, "C: NOOP", "S: 250 2.0.0 OK", NULL
};
static const char *const responses_are_not_commands[] = {
	"O: login clear", GREETING, HELLO_AUTH_SENT,
	"C: AUTH LOGIN", USERNAME, "C: NOOP", PASSWORD, "C: RSET", WRONG,
	"C: AUTH PLAIN", "S: 334 ", "C: QUIT now", NOT_BASE64,
	"C: AUTH PLAIN", "S: 334 ", "C: GET / HTTP/1.1", NOT_BASE64,
	"C: AUTH PLAIN", "S: 334 ", "C: BDAT 5 LAST", NOT_BASE64,
	"C: AUTH PLAIN", "S: 334 ", "C: DATA", NOT_BASE64, "C: NOOP", "S: 250 2.0.0 OK", NULL
};
static const char *const a_login_can_be_cancelled[] = {
	"O: login clear", GREETING, HELLO_AUTH_SENT,
	"C: AUTH PLAIN", "S: 334 ", "C: *", "S: 501 5.7.0 Authentication cancelled",
	"C: AUTH LOGIN", USERNAME, "C: *", "S: 501 5.7.0 Authentication cancelled",
	"C: AUTH LOGIN c2Nhbg==", PASSWORD, "C: *", "S: 501 5.7.0 Authentication cancelled",
	"C: *", "S: 500 5.5.1 Command not recognized", MAIL_SENT, NULL
};
static const char *const responses_are_lines_like_others[] = {
	"O: login clear", GREETING, HELLO_AUTH_SENT,
	"C: AUTH PLAIN", "S: 334 ", "C: \x16\x03\x01", "S: 500 5.5.2 Control character in response",
	"C: AUTH PLAIN", "S: 334 ", "C: \xc3\xbc", "S: 501 5.5.2 Response is not ASCII",
	"C: AUTH PLAIN \xc3\xbc", "S: 501 5.5.2 Command is not ASCII",
	"C: AUTH LOGIN", USERNAME, "C! c2Nhbg==\n", "S: 500 5.5.2 Bare CR or LF in command", "S.", NULL
};
static const char *const silence_in_a_login[] = {
	"O: login clear", GREETING, HELLO_AUTH_SENT, "C: AUTH LOGIN", USERNAME, "T: 299999", "N.",
	"C: c2Nhbg==", PASSWORD, "T: 299999", "N.", "T: 1", "S: 421 4.4.2 Timeout", "S.", NULL
};
static const char *const peer_closes_in_a_login[] = {
	"O: login clear", GREETING, HELLO_AUTH_SENT, "C: AUTH LOGIN c2Nhbg==", PASSWORD, "Z.", "S.", NULL
};
static const char *const auth_in_its_place[] = {
	"O: login clear", GREETING,
	"C: AUTH PLAIN AHNjYW4Ac2VjcmV0", "S: 503 5.5.1 Send EHLO or HELO first", HELLO_AUTH_SENT,
	"C: AUTH", "S: 501 5.5.4 Missing argument",
	"C: AUTH CRAM-MD5", "S: 504 5.5.4 Authentication mechanism not supported",
	"C: AUTH PLAINS AHNjYW4Ac2VjcmV0", "S: 504 5.5.4 Authentication mechanism not supported",
	MAIL_SENT, "C: AUTH PLAIN AHNjYW4Ac2VjcmV0", "S: 503 5.5.1 Not allowed during a mail transaction",
	RCPT_SENT, "C: AUTH LOGIN", "S: 503 5.5.1 Not allowed during a mail transaction", NULL
};
#define NOT_CLEAR "S: 538 5.7.11 Encryption required for requested authentication mechanism"
static const char *const no_login_in_clear_text[] = {
	"O: tls login", GREETING, HELLO_TLS_SENT,
	"C: AUTH PLAIN AHNjYW4Ac2VjcmV0", NOT_CLEAR, "C: AUTH PLAIN", NOT_CLEAR, "C: AUTH LOGIN", NOT_CLEAR,
	"C: AUTH LOGIN c2Nhbg==", NOT_CLEAR, "C: AUTH XOAUTH2 x", NOT_CLEAR,
	"C: MAIL FROM:<a@b.example> AUTH=<>", "S: 555 5.5.4 Parameter not recognized or not offered",
	STARTTLS_SENT, HELLO_AUTH_SENT, "C: AUTH PLAIN AHNjYW4Ac2VjcmV0", WELCOME, "U: scan secret", NULL
};
#define LOGIN_FIRST "S: 530 5.7.0 Authentication required"
static const char *const required_login_comes_before_mail[] = {
	"O: LOGIN clear", GREETING, HELLO_AUTH_SENT,
	"C: MAIL FROM:<a@b.example>", LOGIN_FIRST, "C: VRFY x", LOGIN_FIRST,
	"C: RCPT TO:<c@d.example>", "S: 503 5.5.1 Need MAIL command first", "C: NOOP", "S: 250 2.0.0 OK",
	"C: AUTH PLAIN AHNjYW4Ad3Jvbmc=", WRONG, "C: MAIL FROM:<a@b.example>", LOGIN_FIRST,
	"C: AUTH PLAIN AHNjYW4Ac2VjcmV0", WELCOME, "C: VRFY x", "S: 252 2.5.2 Cannot VRFY user, try RCPT",
	MAIL_SENT, RCPT_SENT, DATA_SENT, "C! .\r\n", "S: 250 2.0.0 Taken", MAIL_SENT, NULL
};
static const char *const tls_forgets_a_login[] = {
	"O: tls LOGIN clear", GREETING,
	HELLO_BEGUN, "S: 250-STARTTLS", "S: 250-AUTH PLAIN LOGIN", "S: 250 ENHANCEDSTATUSCODES",
	"C: AUTH PLAIN AHNjYW4Ac2VjcmV0", WELCOME, STARTTLS_SENT, HELLO_AUTH_SENT,
	"C: MAIL FROM:<a@b.example>", LOGIN_FIRST, "C: AUTH PLAIN AHNjYW4Ac2VjcmV0", WELCOME, MAIL_SENT, NULL
};
static const char *const three_wrong_logins[] = {
	"O: login clear", GREETING, HELLO_AUTH_SENT,
	"C: AUTH PLAIN AHNjYW4AMQ==", WRONG, "C: AUTH PLAIN eABzY2FuADI=",
	"S: 535 5.7.8 Authorization identity must match the user name",
	"C: AUTH LOGIN c2Nhbg==", PASSWORD, "C: MzMzMw==", WRONG, "C: NOOP", "S: 250 2.0.0 OK",
	"C: AUTH PLAIN AHNjYW4Ac2VjcmV0", "S: 421 4.7.0 Too many failed logins", "S.", NULL
};
static const char *const tls_forgives_no_wrong_login[] = {
	"O: tls login clear", GREETING,
	HELLO_BEGUN, "S: 250-STARTTLS", "S: 250-AUTH PLAIN LOGIN", "S: 250 ENHANCEDSTATUSCODES",
	"C: AUTH PLAIN AHNjYW4AMQ==", WRONG, "C: AUTH PLAIN AHNjYW4AMg==", WRONG, "C: AUTH PLAIN AHNjYW4AMw==", WRONG,
	STARTTLS_SENT, HELLO_AUTH_SENT,
	"C: AUTH PLAIN AHNjYW4Ac2VjcmV0", "S: 421 4.7.0 Too many failed logins", "S.", NULL
};
static const char *const a_login_that_cannot_be_judged_is_no_wrong_one[] = {
	"O: login clear", GREETING, HELLO_AUTH_SENT,
	"C: AUTH PLAIN ADQ1NC14ADE=", "S: 454 5.1.1 As you asked",
	"C: AUTH PLAIN ADQ1NC14ADE=", "S: 454 5.1.1 As you asked",
	"C: AUTH PLAIN ADQ1NC14ADE=", "S: 454 5.1.1 As you asked", "C: AUTH PLAIN ADMzNC14ADE=",
	"S: 451 4.5.0 Protocol error at the next hop", "C: AUTH PLAIN ADI1MC14ADE=", WRONG,
	"C: AUTH PLAIN AHNjYW4Ac2VjcmV0", WELCOME, NULL
};
static const char *const a_421_to_auth_closes[] = {
	"O: login clear", GREETING, HELLO_AUTH_SENT, "C: AUTH PLAIN ADQyMS14ADE=",
	"S: 421 5.1.1 As you asked", "S.", NULL
};
static const char *const auth_of_mail_is_dropped[] = {
	"O: login clear", GREETING, HELLO_AUTH_SENT, "C: MAIL FROM:<a@b.example> AUTH=<>", "S: 250 2.1.0 OK",
	"C: RSET", "S: 250 2.0.0 Flushed", "A.",
	"C: MAIL FROM:<a@b.example> SIZE=1 AUTH=e+3Dmc2@example.com", "S: 250 2.1.0 OK",
	"C: RCPT TO:<c@d.example> AUTH=<>", "S: 555 5.5.4 Parameter not recognized or not offered", NULL
};

/* --- As devices send it ---------------------------------------------------------------- */

static const char *const xerox_logs_in_by_both_prompts[] = {
	"O: LOGIN clear", GREETING, "C: EHLO XRX9C934E0A1B2C",
	"S: 250-gw.example", "S: 250-PIPELINING", "S: 250-SIZE 1000000", "S: 250-8BITMIME",
	"S: 250-SMTPUTF8", "S: 250-DSN", "S: 250-AUTH PLAIN LOGIN", "S: 250 ENHANCEDSTATUSCODES",
	"C: AUTH LOGIN", "S: 334 VXNlcm5hbWU6", "C: c2Nhbm5lcg==", "S: 334 UGFzc3dvcmQ6", "C: c2VjcmV0",
	"S: 235 2.7.0 Authentication successful", "U: scanner secret",
	"C: MAIL FROM:<workcentre@b.example>", "S: 250 2.1.0 OK", RCPT_SENT, DATA_SENT,
	"C: Subject: Scan from a Xerox", "C: ", "C: .", "S: 250 2.0.0 Taken",
	"M: Subject: Scan from a Xerox\r\n\r\n", "C: QUIT", "S: 221 2.0.0 Bye", "S.", NULL
};
static const char *const ricoh_logs_in_by_plain_and_334[] = {
	"O: LOGIN clear", GREETING, "C: EHLO RNP002673A1B2C3",
	"S: 250-gw.example", "S: 250-PIPELINING", "S: 250-SIZE 1000000", "S: 250-8BITMIME",
	"S: 250-SMTPUTF8", "S: 250-DSN", "S: 250-AUTH PLAIN LOGIN", "S: 250 ENHANCEDSTATUSCODES",
	"C: AUTH PLAIN", "S: 334 ", "C: AHJpY29oAHNlY3JldA==", "S: 235 2.7.0 Authentication successful",
	"U: ricoh secret", "C: MAIL FROM:<mfp@b.example> SIZE=20480", "S: 250 2.1.0 OK", RCPT_SENT, DATA_SENT,
	"C! x\r\n.\r\n", "S: 250 2.0.0 Taken", "M: x\r\n", "C: QUIT", "S: 221 2.0.0 Bye", "S.", NULL
};
static const char *const konica_minolta_gives_the_user_with_auth[] = {
	"O: LOGIN clear", GREETING, "C: EHLO [192.168.1.50]",
	"S: 250-gw.example", "S: 250-PIPELINING", "S: 250-SIZE 1000000", "S: 250-8BITMIME",
	"S: 250-SMTPUTF8", "S: 250-DSN", "S: 250-AUTH PLAIN LOGIN", "S: 250 ENHANCEDSTATUSCODES",
	"C: AUTH LOGIN Yml6aHVi", "S: 334 UGFzc3dvcmQ6", "C: c2VjcmV0",
	"S: 235 2.7.0 Authentication successful", "U: bizhub secret",
	"C: MAIL FROM:<bizhub@b.example>", "S: 250 2.1.0 OK", "C: RSET", "S: 250 2.0.0 Flushed", "A.",
	"C: QUIT", "S: 221 2.0.0 Bye", "S.", NULL
};
static const char *const veeam_gives_the_user_with_auth[] = {
	"O: TLS LOGIN", GREETING, "C: EHLO VBR01",
	"S: 250-gw.example", "S: 250-PIPELINING", "S: 250-SIZE 1000000", "S: 250-8BITMIME",
	"S: 250-SMTPUTF8", "S: 250-DSN", "S: 250-STARTTLS", "S: 250 ENHANCEDSTATUSCODES",
	"C: STARTTLS", "S: 220 2.0.0 Ready to start TLS", "H.", "C: EHLO VBR01",
	"S: 250-gw.example", "S: 250-PIPELINING", "S: 250-SIZE 1000000", "S: 250-8BITMIME",
	"S: 250-SMTPUTF8", "S: 250-DSN", "S: 250-AUTH PLAIN LOGIN", "S: 250 ENHANCEDSTATUSCODES",
	"C: AUTH login dmVlYW1AYi5leGFtcGxl", "S: 334 UGFzc3dvcmQ6", "C: c2VjcmV0",
	"S: 235 2.7.0 Authentication successful", "U: veeam@b.example secret",
	"C: MAIL FROM:<veeam@b.example>", "S: 250 2.1.0 OK", RCPT_SENT, DATA_SENT,
	"C! x\r\n.\r\n", "S: 250 2.0.0 Taken", "M: x\r\n", "C: QUIT", "S: 221 2.0.0 Bye", "S.", NULL
};
static const char *const hp_sends_helo_with_a_bare_name[] = {
	"O: tls login", GREETING, "C: HELO HP8F3A2C", "S: 250 gw.example",
	"C: MAIL FROM: <hp@b.example>", "S: 250 2.1.0 OK", "C: RCPT TO: <c@d.example>", "S: 250 2.1.0 OK", DATA_SENT,
	"C! x\r\n.\r\n", "S: 250 2.0.0 Taken", "M: x\r\n", "C: QUIT", "S: 221 2.0.0 Bye", "S.", NULL
};
static const char *const an_old_device_logs_in_with_anything[] = {
	"O: login clear any", GREETING, "C: EHLO scanner",
	"S: 250-gw.example", "S: 250-PIPELINING", "S: 250-SIZE 1000000", "S: 250-8BITMIME",
	"S: 250-SMTPUTF8", "S: 250-DSN", "S: 250-AUTH PLAIN LOGIN", "S: 250 ENHANCEDSTATUSCODES",
	"C: AUTH LOGIN", "S: 334 VXNlcm5hbWU6", "C: YW55b25l", "S: 334 UGFzc3dvcmQ6", "C: ",
	"S: 235 2.7.0 Authentication successful", "U: anyone ", MAIL_SENT, RCPT_SENT, DATA_SENT,
	"C! x\r\n.\r\n", "S: 250 2.0.0 Taken", "M: x\r\n", NULL
};
static const char *const a_device_with_starttls_then_auth[] = {
	"O: tls LOGIN", GREETING, "C: EHLO scanner.b.example",
	"S: 250-gw.example", "S: 250-PIPELINING", "S: 250-SIZE 1000000", "S: 250-8BITMIME",
	"S: 250-SMTPUTF8", "S: 250-DSN", "S: 250-STARTTLS", "S: 250 ENHANCEDSTATUSCODES",
	"C: STARTTLS", "S: 220 2.0.0 Ready to start TLS", "H.", "C: EHLO scanner.b.example",
	"S: 250-gw.example", "S: 250-PIPELINING", "S: 250-SIZE 1000000", "S: 250-8BITMIME",
	"S: 250-SMTPUTF8", "S: 250-DSN", "S: 250-AUTH PLAIN LOGIN", "S: 250 ENHANCEDSTATUSCODES",
	"C: AUTH PLAIN AHNjYW4Ac2VjcmV0", "S: 235 2.7.0 Authentication successful", "U: scan secret",
	MAIL_SENT, RCPT_SENT, DATA_SENT, "C! x\r\n.\r\n", "S: 250 2.0.0 Taken", "M: x\r\n",
	"C: QUIT", "S: 221 2.0.0 Bye", "S.", NULL
};

#define DIALOGUE(name_) { #name_, name_ }
static const struct dialogue ANY_CUT[] = {
	DIALOGUE(one_message), DIALOGUE(two_messages), DIALOGUE(helo_has_one_line_and_no_parameters),
	DIALOGUE(ehlo_twice), DIALOGUE(ehlo_in_a_transaction_aborts_it),
	DIALOGUE(a_bad_ehlo_leaves_the_transaction_alone), DIALOGUE(names_of_devices_are_accepted),
	DIALOGUE(order_of_commands), DIALOGUE(a_refused_mail_opens_nothing), DIALOGUE(arguments),
	DIALOGUE(other_commands), DIALOGUE(bdat_closes_before_its_chunk), DIALOGUE(http_gets_a_reply_and_is_dropped),
	DIALOGUE(post_gets_a_reply_and_is_dropped), DIALOGUE(tls_gets_a_reply_and_is_dropped),
	DIALOGUE(telnet_noise_is_an_error), DIALOGUE(bare_lf_in_a_command_closes),
	DIALOGUE(bare_cr_in_a_command_closes), DIALOGUE(cr_cr_lf_in_a_command_closes),
	DIALOGUE(control_characters_are_errors), DIALOGUE(eight_bit_in_commands),
	DIALOGUE(faults_have_their_codes), DIALOGUE(quit_ends_everything), DIALOGUE(quit_before_ehlo),
	DIALOGUE(commands_inside_content_are_content), DIALOGUE(dots_are_undone),
	DIALOGUE(peer_closes_in_mid_content), DIALOGUE(peer_closes_in_mid_dot),
	DIALOGUE(peer_closes_in_a_transaction), DIALOGUE(peer_closes_when_ready),
	DIALOGUE(a_421_of_the_relay_closes), DIALOGUE(a_421_to_mail_aborts_nothing),
	DIALOGUE(a_silly_code_becomes_451), DIALOGUE(silence_for_a_command), DIALOGUE(a_command_that_trickles),
	DIALOGUE(a_slow_command_is_fine), DIALOGUE(silence_in_content),
	DIALOGUE(content_below_the_minimum_rate), DIALOGUE(silence_in_a_transaction),
	DIALOGUE(silence_after_the_greeting),
	DIALOGUE(starttls_then_one_message), DIALOGUE(tls_forgets_ehlo), DIALOGUE(tls_forgets_what_was_offered),
	DIALOGUE(starttls_in_its_place), DIALOGUE(helo_offers_nothing), DIALOGUE(starttls_waits_in_silence),
	DIALOGUE(peer_closes_instead_of_a_handshake), DIALOGUE(tls_from_the_first_octet),
	DIALOGUE(required_tls_comes_first), DIALOGUE(quit_needs_no_tls), DIALOGUE(plain_with_initial_response),
	DIALOGUE(plain_after_334), DIALOGUE(plain_for_the_same_user), DIALOGUE(plain_for_another_user),
	DIALOGUE(plain_of_an_odd_form), DIALOGUE(login_with_both_prompts), DIALOGUE(login_of_an_odd_form),
	DIALOGUE(responses_are_not_commands), DIALOGUE(a_login_can_be_cancelled),
	DIALOGUE(responses_are_lines_like_others), DIALOGUE(silence_in_a_login), DIALOGUE(peer_closes_in_a_login),
	DIALOGUE(auth_in_its_place), DIALOGUE(no_login_in_clear_text), DIALOGUE(required_login_comes_before_mail),
	DIALOGUE(tls_forgets_a_login), DIALOGUE(three_wrong_logins), DIALOGUE(tls_forgives_no_wrong_login),
	DIALOGUE(a_login_that_cannot_be_judged_is_no_wrong_one), DIALOGUE(a_421_to_auth_closes),
	DIALOGUE(auth_of_mail_is_dropped), DIALOGUE(xerox_logs_in_by_both_prompts),
	DIALOGUE(ricoh_logs_in_by_plain_and_334), DIALOGUE(konica_minolta_gives_the_user_with_auth),
	DIALOGUE(veeam_gives_the_user_with_auth), DIALOGUE(hp_sends_helo_with_a_bare_name),
	DIALOGUE(an_old_device_logs_in_with_anything), DIALOGUE(a_device_with_starttls_then_auth),
};

/* --- What depends on arriving together (RFC 2920) ------------------------------------ */

static const char *const pipelined_commands[] = {
	GREETING, HELLO_SENT,
	"C! MAIL FROM:<a@b.example>\r\nRCPT TO:<c@d.example>\r\nRCPT TO:<550-x@d.example>\r\nDATA\r\n",
	"S: 250 2.1.0 OK", "S: 250 2.1.0 OK", "S: 550 5.1.1 As you asked", "S: 354 Go",
	"C! x\r\n.\r\nMAIL FROM:<a@b.example>\r\nQUIT\r\n",
	"S: 250 2.0.0 Taken", "S: 250 2.1.0 OK", "S: 221 2.0.0 Bye", "M: x\r\n", "A.", "S.", NULL
};
static const char *const pipelined_before_it_is_offered[] = {
	"C! EHLO x\r\nMAIL FROM:<a@b.example>\r\n",
	GREETING, "S: 250-gw.example", "S: 250-PIPELINING", "S: 250-SIZE 1000000", "S: 250-8BITMIME",
	"S: 250-SMTPUTF8", "S: 250-DSN", "S: 250 ENHANCEDSTATUSCODES", "S: 250 2.1.0 OK", NULL
};
static const char *const content_before_354_never_runs[] = {
	GREETING, HELLO_SENT, MAIL_SENT, RCPT_SENT,
	"C! DATA\r\nSubject: x\r\n\r\nx\r\n.\r\nMAIL FROM:<evil@b.example>\r\n",
	"S: 554 5.5.0 Data sent before the 354 reply", "A.", "S.", "M: ", NULL
};
static const char *const data_without_recipients_then_quit[] = {
	GREETING, HELLO_SENT,
	"C! MAIL FROM:<a@b.example>\r\nRCPT TO:<>\r\nDATA\r\nQUIT\r\n",
	"S: 250 2.1.0 OK", "S: 501 5.1.3 Bad recipient address syntax", "S: 503 5.5.1 No valid recipients",
	"S: 221 2.0.0 Bye", "A.", "S.", NULL
};
static const char *const content_after_a_refused_data_never_runs[] = {
	GREETING, HELLO_SENT,
	"C! MAIL FROM:<a@b.example>\r\nRCPT TO:<>\r\nDATA\r\nSubject: x\r\nRSET\r\nMAIL FROM:<evil@b.example>\r\n",
	"S: 250 2.1.0 OK", "S: 501 5.1.3 Bad recipient address syntax", "S: 503 5.5.1 No valid recipients",
	"S: 500 5.5.1 Command not recognized", "A.", "S.", NULL
};

static const char *const octets_behind_starttls_never_run[] = {
	"O: tls login clear", GREETING,
	HELLO_BEGUN, "S: 250-STARTTLS", "S: 250-AUTH PLAIN LOGIN", "S: 250 ENHANCEDSTATUSCODES",
	"C! STARTTLS\r\nEHLO evil\r\nMAIL FROM:<evil@b.example>\r\n",
	"S: 554 5.5.1 Pipelining after STARTTLS is not allowed", "S.", NULL
};
static const char *const a_login_in_one_packet[] = {
	"O: login clear", GREETING, HELLO_AUTH_SENT,
	"C! AUTH LOGIN\r\nc2Nhbg==\r\nc2VjcmV0\r\nMAIL FROM:<a@b.example>\r\n",
	USERNAME, PASSWORD, WELCOME, "S: 250 2.1.0 OK", "U: scan secret", NULL
};

static const struct dialogue WHOLE[] = {
	DIALOGUE(pipelined_commands), DIALOGUE(pipelined_before_it_is_offered),
	DIALOGUE(content_before_354_never_runs), DIALOGUE(data_without_recipients_then_quit),
	DIALOGUE(content_after_a_refused_data_never_runs), DIALOGUE(octets_behind_starttls_never_run),
	DIALOGUE(a_login_in_one_packet),
};

#endif
