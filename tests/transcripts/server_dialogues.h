/* SPDX-License-Identifier: Apache-2.0
 *
 * server_dialogues.h - what the server answers, as text. See dialogue.h for the marks.
 *
 * Each dialogue gives the same answers however the client's octets are cut; those in
 * WHOLE depend on what arrives together.
 */
#ifndef TESTS_TRANSCRIPTS_SERVER_DIALOGUES_H
#define TESTS_TRANSCRIPTS_SERVER_DIALOGUES_H

#include "tests/transcripts/dialogue.h"

#define GREETING "S: 220 gw.example ESMTP mailseal"
#define HELLO_SAID \
	"C: EHLO client.example", \
	"S: 250-gw.example", "S: 250-PIPELINING", "S: 250-SIZE 1000000", "S: 250-8BITMIME", \
	"S: 250-SMTPUTF8", "S: 250-DSN", "S: 250 ENHANCEDSTATUSCODES"
#define MAIL_SAID "C: MAIL FROM:<a@b.example>", "S: 250 2.1.0 OK"
#define RCPT_SAID "C: RCPT TO:<c@d.example>", "S: 250 2.1.0 OK"
#define DATA_SAID "C: DATA", "S: 354 Go"

static const char *const one_message[] = {
	GREETING, HELLO_SAID, MAIL_SAID, RCPT_SAID, DATA_SAID,
	"C: Subject: x", "C: ", "C: body", "N.", "C: .", "S: 250 2.0.0 Taken",
	"M: Subject: x\r\n\r\nbody\r\n",
	"C: QUIT", "S: 221 2.0.0 Bye", "S.", NULL
};
static const char *const two_messages[] = {
	GREETING, HELLO_SAID, MAIL_SAID, RCPT_SAID, DATA_SAID, "C! 1\r\n.\r\n", "S: 250 2.0.0 Taken", "M: 1\r\n",
	MAIL_SAID, RCPT_SAID, DATA_SAID, "C! 2\r\n.\r\n", "S: 250 2.0.0 Taken", "M: 2\r\n", NULL
};
static const char *const helo_has_one_line_and_no_parameters[] = {
	GREETING, "C: HELO printer", "S: 250 gw.example",
	"C: MAIL FROM:<a@b.example> SIZE=10", "S: 555 5.5.4 Parameter not recognized or not offered",
	MAIL_SAID, NULL
};
static const char *const ehlo_twice[] = { GREETING, HELLO_SAID, HELLO_SAID, NULL };
static const char *const ehlo_in_a_transaction_aborts_it[] = {
	GREETING, HELLO_SAID, MAIL_SAID, RCPT_SAID, HELLO_SAID, "A.",
	"C: DATA", "S: 503 5.5.1 MAIL first", NULL
};
static const char *const a_bad_ehlo_leaves_the_transaction_alone[] = {
	GREETING, HELLO_SAID, MAIL_SAID,
	"C: EHLO", "S: 501 5.5.4 Argument missing",
	"C: EHLO foo!", "S: 501 5.5.4 Not a host name or address literal",
	"C: EHLO two words", "S: 501 5.5.4 Not a host name or address literal",
	RCPT_SAID, "C: RSET", "S: 250 2.0.0 Flushed", "A.", NULL
};
static const char *const names_of_devices_are_accepted[] = {
	GREETING, "C: HELO [127.0.0.1]", "S: 250 gw.example", "C: HELO HP_1234", "S: 250 gw.example",
	"C: HELO [IPv6:::1]", "S: 250 gw.example", NULL
};
static const char *const order_of_commands[] = {
	GREETING,
	"C: MAIL FROM:<a@b.example>", "S: 503 5.5.1 Say EHLO or HELO first",
	"C: RCPT TO:<a@b.example>", "S: 503 5.5.1 Say EHLO or HELO first",
	"C: DATA", "S: 503 5.5.1 Say EHLO or HELO first",
	"C: NOOP", "S: 250 2.0.0 OK", "C: RSET", "S: 250 2.0.0 Flushed",
	HELLO_SAID,
	"C: RCPT TO:<a@b.example>", "S: 503 5.5.1 MAIL first", "C: DATA", "S: 503 5.5.1 MAIL first",
	MAIL_SAID,
	"C: MAIL FROM:<x@y.example>", "S: 503 5.5.1 Sender already given",
	"C: DATA", "S: 503 5.5.1 No valid recipients",
	"C: RCPT TO:<550-no@d.example>", "S: 550 5.1.1 As you asked",
	"C: DATA", "S: 503 5.5.1 No valid recipients",
	RCPT_SAID,
	"C: MAIL FROM:<x@y.example>", "S: 503 5.5.1 Sender already given",
	"C: RCPT TO:<550-no@d.example>", "S: 550 5.1.1 As you asked",
	DATA_SAID, "C! .\r\n", "S: 250 2.0.0 Taken", "M: ",
	"C: RCPT TO:<c@d.example>", "S: 503 5.5.1 MAIL first", NULL
};
static const char *const a_refused_mail_opens_nothing[] = {
	GREETING, HELLO_SAID, "C: MAIL FROM:<550-no@b.example>", "S: 550 5.1.1 As you asked",
	"C: RCPT TO:<c@d.example>", "S: 503 5.5.1 MAIL first",
	"C: RSET", "S: 250 2.0.0 Flushed", MAIL_SAID, NULL
};
static const char *const arguments[] = {
	GREETING, HELLO_SAID,
	"C: RSET x", "S: 501 5.5.4 No argument allowed", "C: QUIT x", "S: 501 5.5.4 No argument allowed",
	"C: VRFY", "S: 501 5.5.4 Argument missing", "C: NoOp x y", "S: 250 2.0.0 OK",
	"C: MAIL", "S: 501 5.5.4 Argument missing", "C: MAIL <a@b>", "S: 501 5.5.4 Argument missing",
	"C: MAIL TO:<a@b>", "S: 501 5.5.4 Argument missing",
	MAIL_SAID, RCPT_SAID, "C: DATA x", "S: 501 5.5.4 No argument allowed",
	"C: RSET \t ", "S: 250 2.0.0 Flushed", "A.", NULL
};
static const char *const other_commands[] = {
	GREETING,
	"C: noop", "S: 250 2.0.0 OK", "C: vrfy bo@dest.example", "S: 252 2.5.2 Not verified here, try RCPT",
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
	GREETING, HELLO_SAID, MAIL_SAID, RCPT_SAID,
	"C! BDAT 28 LAST\r\nMAIL FROM:<evil@b.example>\r\n", "S: 502 5.5.1 Command not implemented",
	"A.", "S.", NULL
};
static const char *const http_is_told_and_dropped[] = {
	GREETING, "C! GET / HTTP/1.1\r\nHost: x\r\n\r\n", "S: 421 4.7.0 This is an SMTP server", "S.", NULL
};
static const char *const post_is_told_and_dropped[] = {
	GREETING, "C! POST / HTTP/1.1\r\n\r\nMAIL FROM:<a@b.example>\r\n",
	"S: 421 4.7.0 This is an SMTP server", "S.", NULL
};
static const char *const tls_is_told_and_dropped[] = {
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
	GREETING, HELLO_SAID, MAIL_SAID, "C! RCPT TO:<\"a\rb\"@c.example>\r\n",
	"S: 500 5.5.2 Bare CR or LF in command", "A.", "S.", NULL
};
static const char *const cr_cr_lf_in_a_command_closes[] = {
	GREETING, "C! NOOP\r\r\n", "S: 500 5.5.2 Bare CR or LF in command", "S.", NULL
};
static const char *const control_characters_are_errors[] = {
	GREETING, HELLO_SAID, "C: NOOP \x01", "S: 500 5.5.2 Control character in command",
	"C: MAIL FROM:<a\x01@b.example>", "S: 500 5.5.2 Control character in command",
	"C: NOOP \x7f", "S: 500 5.5.2 Control character in command",
	"C: NOOP\tx", "S: 250 2.0.0 OK", NULL
};
static const char *const eight_bit_in_commands[] = {
	GREETING, "C: EHLO m\xc3\xbcller", "S: 501 5.5.2 Command is not ASCII", HELLO_SAID,
	"C: NOOP \xc3\xbc", "S: 501 5.5.2 Command is not ASCII",
	"C: MAIL FROM:<m\xc3\xbc@b.example>",
	"S: 553 5.6.7 Address is not ASCII and SMTPUTF8 was not asked for",
	"C: MAIL FROM:<m\xc3@b.example> SMTPUTF8", "S: 501 5.1.7 Bad sender address syntax",
	MAIL_SAID, "C: RCPT TO:<m\xc3\xbc@b.example>",
	"S: 553 5.6.7 Address is not ASCII and SMTPUTF8 was not asked for",
	"C: RSET", "S: 250 2.0.0 Flushed", "A.",
	"C: MAIL FROM:<m\xc3\xbc@b.example> SMTPUTF8", "S: 250 2.1.0 OK",
	"C: RCPT TO:<m\xc3\xbc@b.example>", "S: 250 2.1.0 OK",
	"C: RSET", "S: 250 2.0.0 Flushed", "A.",
	MAIL_SAID, "C: RCPT TO:<m\xc3\xbc@b.example>",
	"S: 553 5.6.7 Address is not ASCII and SMTPUTF8 was not asked for", NULL
};
static const char *const faults_have_their_codes[] = {
	GREETING, HELLO_SAID,
	"C: MAIL FROM:<a@@b>", "S: 501 5.1.7 Bad sender address syntax",
	"C: MAIL FROM:<a@b> SIZE=-1", "S: 501 5.5.4 Bad or repeated parameter",
	"C: MAIL FROM:<a@b> SIZE=18446744073709551616", "S: 552 5.3.4 Message size exceeds the limit",
	"C: MAIL FROM:<a@b> SIZE=1000001", "S: 552 5.3.4 Message size exceeds the limit",
	"C: MAIL FROM:<a@b> FOO=BAR", "S: 555 5.5.4 Parameter not recognized or not offered",
	"C: MAIL FROM:<a@b> SIZE=1000000 BODY=8BITMIME SMTPUTF8 RET=HDRS ENVID=x", "S: 250 2.1.0 OK",
	"C: RCPT TO:<>", "S: 501 5.1.3 Bad recipient address syntax",
	"C: RCPT TO:<postmaster> NOTIFY=NEVER ORCPT=rfc822;x", "S: 250 2.1.0 OK", NULL
};
static const char *const quit_ends_everything[] = {
	GREETING, HELLO_SAID, MAIL_SAID, "C! QUIT\r\nMAIL FROM:<a@b.example>\r\n", "S: 221 2.0.0 Bye", "A.", "S.", NULL
};
static const char *const quit_before_ehlo[] = { GREETING, "C: QUIT", "S: 221 2.0.0 Bye", "S.", NULL };
static const char *const commands_inside_content_are_content[] = {
	GREETING, HELLO_SAID, MAIL_SAID, RCPT_SAID, DATA_SAID, "C: QUIT", "C: RSET", "C: NOOP", "N.",
	"C! .\r\n", "S: 250 2.0.0 Taken", "M: QUIT\r\nRSET\r\nNOOP\r\n", NULL
};
static const char *const dots_are_undone[] = {
	GREETING, HELLO_SAID, MAIL_SAID, RCPT_SAID, DATA_SAID,
	"C! ..\r\n...\r\n. \r\n..x\r\n.y\r\n.\r\n", "S: 250 2.0.0 Taken", "M: .\r\n..\r\n \r\n.x\r\ny\r\n", NULL
};
static const char *const peer_closes_in_mid_content[] = {
	GREETING, HELLO_SAID, MAIL_SAID, RCPT_SAID, DATA_SAID, "C! half a li", "Z.",
	"S: 421 4.4.2 Connection closed before the end of data", "A.", "S.", "M: half a li", NULL
};
static const char *const peer_closes_in_mid_dot[] = {
	GREETING, HELLO_SAID, MAIL_SAID, RCPT_SAID, DATA_SAID, "C! x\r\n.\r", "Z.",
	"S: 421 4.4.2 Connection closed before the end of data", "A.", "S.", "M: x\r\n", NULL
};
static const char *const peer_closes_in_a_transaction[] = {
	GREETING, HELLO_SAID, MAIL_SAID, "Z.", "A.", "S.", NULL
};
static const char *const peer_closes_when_ready[] = { GREETING, HELLO_SAID, "C! MAIL FR", "Z.", "S.", NULL };
static const char *const a_421_of_the_relay_closes[] = {
	GREETING, HELLO_SAID, MAIL_SAID, "C: RCPT TO:<421-x@d.example>", "S: 421 5.1.1 As you asked", "A.", "S.", NULL
};
static const char *const a_421_to_mail_aborts_nothing[] = {
	GREETING, HELLO_SAID, "C: MAIL FROM:<421-x@d.example>", "S: 421 5.1.1 As you asked", "S.", NULL
};
static const char *const a_silly_code_becomes_451[] = {
	GREETING, HELLO_SAID, "C: MAIL FROM:<354-x@d.example>", "S: 451 4.5.0 The next hop broke the protocol",
	"C: MAIL FROM:<999-x@d.example>", "S: 451 4.5.0 The next hop broke the protocol",
	"C: MAIL FROM:<000-x@d.example>", "S: 451 4.5.0 The next hop broke the protocol",
	"C: MAIL FROM:<600-x@d.example>", "S: 451 4.5.0 The next hop broke the protocol",
	"C: MAIL FROM:<300-x@d.example>", "S: 451 4.5.0 The next hop broke the protocol",
	"C: MAIL FROM:<400-x@d.example>", "S: 400 5.1.1 As you asked",
	"C: MAIL FROM:<200-x@d.example>", "S: 200 5.1.1 As you asked", NULL
};
static const char *const silence_for_a_command[] = {
	GREETING, HELLO_SAID, "T: 299999", "N.", "T: 1", "S: 421 4.4.2 Timeout", "S.", NULL
};
static const char *const a_command_that_trickles[] = {
	GREETING, HELLO_SAID, "C! N", "T: 200000", "C! OO", "T: 99999", "N.", "T: 1", "S: 421 4.4.2 Timeout", "S.", NULL
};
static const char *const a_slow_command_is_fine[] = {
	GREETING, HELLO_SAID, "C! N", "T: 299999", "C! OOP\r\n", "S: 250 2.0.0 OK", "T: 299999", "N.", NULL
};
static const char *const silence_in_content[] = {
	GREETING, HELLO_SAID, MAIL_SAID, RCPT_SAID, DATA_SAID,
	"T: 179999", "N.", "T: 1", "S: 421 4.4.2 Timeout", "A.", "S.", NULL
};
static const char *const content_below_the_minimum_rate[] = {
	GREETING, HELLO_SAID, MAIL_SAID, RCPT_SAID, DATA_SAID,
	"C! x", "T: 100000", "C! x", "T: 79999", "N.", "T: 1", "S: 421 4.4.2 Timeout", "A.", "S.", "M: xx", NULL
};
static const char *const silence_in_a_transaction[] = {
	GREETING, HELLO_SAID, MAIL_SAID, "T: 300000", "S: 421 4.4.2 Timeout", "A.", "S.", NULL
};
static const char *const silence_after_the_greeting[] = {
	GREETING, "T: 299999", "N.", "T: 1", "S: 421 4.4.2 Timeout", "S.", NULL
};

#define DIALOGUE(name_) { #name_, name_ }
static const struct dialogue ANY_CUT[] = {
	DIALOGUE(one_message), DIALOGUE(two_messages), DIALOGUE(helo_has_one_line_and_no_parameters),
	DIALOGUE(ehlo_twice), DIALOGUE(ehlo_in_a_transaction_aborts_it),
	DIALOGUE(a_bad_ehlo_leaves_the_transaction_alone), DIALOGUE(names_of_devices_are_accepted),
	DIALOGUE(order_of_commands), DIALOGUE(a_refused_mail_opens_nothing), DIALOGUE(arguments),
	DIALOGUE(other_commands), DIALOGUE(bdat_closes_before_its_chunk), DIALOGUE(http_is_told_and_dropped),
	DIALOGUE(post_is_told_and_dropped), DIALOGUE(tls_is_told_and_dropped),
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
};

/* --- What depends on arriving together (RFC 2920) ------------------------------------ */

static const char *const pipelined_commands[] = {
	GREETING, HELLO_SAID,
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
	GREETING, HELLO_SAID, MAIL_SAID, RCPT_SAID,
	"C! DATA\r\nSubject: x\r\n\r\nx\r\n.\r\nMAIL FROM:<evil@b.example>\r\n",
	"S: 554 5.5.0 Data sent before the 354 reply", "A.", "S.", "M: ", NULL
};
static const char *const data_without_recipients_then_quit[] = {
	GREETING, HELLO_SAID,
	"C! MAIL FROM:<a@b.example>\r\nRCPT TO:<>\r\nDATA\r\nQUIT\r\n",
	"S: 250 2.1.0 OK", "S: 501 5.1.3 Bad recipient address syntax", "S: 503 5.5.1 No valid recipients",
	"S: 221 2.0.0 Bye", "A.", "S.", NULL
};
static const char *const content_after_a_refused_data_never_runs[] = {
	GREETING, HELLO_SAID,
	"C! MAIL FROM:<a@b.example>\r\nRCPT TO:<>\r\nDATA\r\nSubject: x\r\nRSET\r\nMAIL FROM:<evil@b.example>\r\n",
	"S: 250 2.1.0 OK", "S: 501 5.1.3 Bad recipient address syntax", "S: 503 5.5.1 No valid recipients",
	"S: 500 5.5.1 Command not recognized", "A.", "S.", NULL
};

static const struct dialogue WHOLE[] = {
	DIALOGUE(pipelined_commands), DIALOGUE(pipelined_before_it_is_offered),
	DIALOGUE(content_before_354_never_runs), DIALOGUE(data_without_recipients_then_quit),
	DIALOGUE(content_after_a_refused_data_never_runs),
};

#endif
