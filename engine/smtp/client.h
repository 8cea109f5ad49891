/* SPDX-License-Identifier: Apache-2.0
 *
 * client.h - the client's side of an SMTP connection (RFC 5321, 3207, 4954), without I/O.
 *
 *	init -> (connected) -> READY -> mail -> rcpt... -> data -> content... -> end -> REPLY
 *
 * One command at a time; its reply comes as an event. Greeting, EHLO (HELO where it is
 * refused), STARTTLS and AUTH are done here. Content is lent piece by piece and goes out
 * with dots stuffed, without a copy. Nothing points into the structure itself.
 *
 * A reply answers a command only if it arrives after the command's last octet was sent.
 * Whatever comes earlier ends the connection: it is never taken for an answer.
 */
#ifndef SEAL_SMTP_CLIENT_H
#define SEAL_SMTP_CLIENT_H

#include "engine/mail/dots.h"
#include "engine/smtp/command.h"
#include "engine/smtp/reply.h"

enum seal_smtpc_event {
	SEAL_SMTPC_NONE,
	SEAL_SMTPC_READY,    /* greeted, private and logged in where that is asked for;
	                      * extensions are known; commands may be given              */
	SEAL_SMTPC_STARTTLS, /* 220 was given: begin TLS, then seal_smtpc_secured or
	                      * seal_smtpc_closed. Octets that came behind the 220 were
	                      * injected (RFC 3207 5): then it is FAILED instead         */
	SEAL_SMTPC_REPLY,    /* the reply to the last command: seal_smtpc_reply. 2yz, 4yz
	                      * or 5yz, and to DATA never 2yz (RFC 5321 4.3.2): what is
	                      * positive here is a success                               */
	SEAL_SMTPC_WANTS,    /* 354 was given and the content lent so far is sent:
	                      * seal_smtpc_content or seal_smtpc_end (given again until
	                      * one of them is called)                                   */
	SEAL_SMTPC_FAILED    /* refused, closed, timed out or spoke nonsense: the
	                      * connection is of no more use; seal_smtpc_failure. Given
	                      * once, and after a REPLY that waits                       */
};

enum seal_smtpc_failure {
	SEAL_SMTPC_FINE,
	SEAL_SMTPC_REFUSED,      /* greeting or EHLO/HELO refused, or the message while its
	                          * content was still going out: seal_smtpc_reply has it   */
	SEAL_SMTPC_LOST,         /* closed or reset, or an unasked 421 (RFC 5321 3.8),
	                          * which seal_smtpc_reply then has                        */
	SEAL_SMTPC_TIMEOUT,
	SEAL_SMTPC_NO_TLS,       /* STARTTLS is not offered, or the connection is not private,
	                          * or not to whom it should be: no secret was said        */
	SEAL_SMTPC_TLS_REFUSED,  /* STARTTLS was refused: seal_smtpc_reply                 */
	SEAL_SMTPC_NO_LOGIN,     /* the configured way of AUTH is not offered              */
	SEAL_SMTPC_LOGIN_REFUSED, /* seal_smtpc_reply                                      */
	SEAL_SMTPC_NONSENSE      /* not SMTP, a reply nobody asked for, or one that cannot
	                          * answer the command: 2yz to DATA, 3yz to others         */
};

/* What is asked of the connection: never less, and nothing by chance. */
enum seal_smtpc_tls {
	SEAL_SMTPC_TLS_NONE,
	SEAL_SMTPC_TLS_STARTTLS,
	SEAL_SMTPC_TLS_IMPLICIT  /* from the first octet (RFC 8314 3.3)                    */
};
#define SEAL_SMTPC_TLS_WORDS "none|starttls|implicit"

enum seal_smtpc_auth {
	SEAL_SMTPC_AUTH_NONE,
	SEAL_SMTPC_AUTH_PLAIN,   /* RFC 4616                                               */
	SEAL_SMTPC_AUTH_LOGIN,
	SEAL_SMTPC_AUTH_XOAUTH2  /* the secret is a bearer token                           */
};
#define SEAL_SMTPC_AUTH_WORDS "none|plain|login|xoauth2"

struct seal_smtpc_needs {
	enum seal_smtpc_tls tls;
	enum seal_smtpc_auth auth;
	bool clear_auth;         /* log in over a connection that is not private           */
	struct seal_span user;   /* lent until READY or FAILED; no NUL in either           */
	struct seal_span secret;
};

/* What the port knows of a connection. */
struct seal_secrecy {
	bool is_private;         /* TLS                                                    */
	bool is_peer_known;      /* its certificate is the next hop's                      */
};

/* Opaque, laid out for its size. */
struct seal_smtpc {
	struct seal_reply_reader reader;
	struct seal_extensions extensions;  /* of the next hop                          */
	struct seal_dot dot;
	struct seal_span hostname;          /* lent                                     */
	struct seal_smtpc_needs needs;
	uint64_t deadline_ms;
	const uint8_t *content;             /* lent, not yet given to `dot`             */
	size_t content_len;
	const uint8_t *run;                 /* what `dot` made of it, not yet sent      */
	size_t run_len;
	size_t out_len, out_sent;           /* the command in `out`                     */
	size_t message_at;                  /* octets of `message` that were written    */
	uint8_t state;
	uint8_t message, next_message;      /* of AUTH: in hand, and after a 334        */
	uint8_t mechanisms;                 /* offered, a bit per enum seal_smtpc_auth  */
	uint8_t event;                      /* READY, STARTTLS or REPLY; the others
	                                     * follow from the state                    */
	uint8_t failure;
	bool extended;                      /* EHLO was accepted                        */
	bool offers_tls;
	bool is_private;                    /* and the peer is known                    */
	bool in_doubt;                      /* the "." of the end went out unanswered   */
	bool surplus;                       /* octets lie behind the last reply         */
	bool in_content;                    /* the unasked reply came in mid-content    */
	bool failure_reported;
	uint8_t out[SEAL_CLIENT_OUT_MAX];
};

/* `hostname` is what EHLO says; lent for as long as the client lives, at most
 * SEAL_DOMAIN_MAX octets; `needs` is copied. Starts SEAL_CLIENT_CONNECT_MS: call
 * seal_smtpc_connected when TCP is, and TLS where it is implicit. */
void seal_smtpc_init(struct seal_smtpc *c, struct seal_span hostname,
                     const struct seal_smtpc_needs *needs, uint64_t now_ms);
void seal_smtpc_connected(struct seal_smtpc *c, struct seal_secrecy secrecy, uint64_t now_ms);

/* After STARTTLS: EHLO is said again, what was offered before is forgotten (RFC 3207 4.2). */
void seal_smtpc_secured(struct seal_smtpc *c, struct seal_secrecy secrecy, uint64_t now_ms);

/* The next hop closed its sending side, or the connection is lost. Call it when recv
 * took what came before, or when it takes no more. */
void seal_smtpc_closed(struct seal_smtpc *c);

/* Octets from the next hop; answers how many were taken: fewer than `len` exactly when
 * an event waits. Offer octets as they arrive, even then: that they came is noticed. */
size_t seal_smtpc_recv(struct seal_smtpc *c, const uint8_t *data, size_t len, uint64_t now_ms);

/* Fetch and clear the waiting event (WANTS stays, see above). */
enum seal_smtpc_event seal_smtpc_next(struct seal_smtpc *c);

/* The last reply; code 0 when there is none. Its text lies in `c`, until the next
 * command or the next octets. */
struct seal_reply seal_smtpc_reply(const struct seal_smtpc *c);
enum seal_smtpc_failure seal_smtpc_failure(const struct seal_smtpc *c);

/* After FAILED: SEAL_REPLY_TEXT_MAX octets for a text about it. They lie where commands lay and
 * are free until the next init. */
struct seal_out seal_smtpc_failure_room(struct seal_smtpc *c);

/* Give a command, when READY or after a REPLY. Parameters go out only where the next
 * hop offers the extension. SEAL_E_CALLER: not now, or an argument with control
 * characters; SEAL_E_LIMIT: the line is too long; nothing is sent in either case.
 * SEAL_E_PEER: the connection has failed, FAILED is the next event (at the latest when
 * seal_smtpc_closed or tick is called). */
enum seal_status seal_smtpc_mail(struct seal_smtpc *c, const struct seal_path_command *mail, uint64_t now_ms);
enum seal_status seal_smtpc_rcpt(struct seal_smtpc *c, const struct seal_path_command *rcpt, uint64_t now_ms);
enum seal_status seal_smtpc_data(struct seal_smtpc *c, uint64_t now_ms);
enum seal_status seal_smtpc_rset(struct seal_smtpc *c, uint64_t now_ms);
/* After QUIT's reply, or its loss, the connection only waits to be closed. */
enum seal_status seal_smtpc_quit(struct seal_smtpc *c, uint64_t now_ms);

/* Lend a piece of content: it must stay unchanged until the next WANTS or FAILED. A 354
 * gives WANTS, a refusal of DATA gives REPLY. Statuses as above. A next hop that
 * refuses in mid-content gives FAILED, and the final dot is never sent. */
enum seal_status seal_smtpc_content(struct seal_smtpc *c, struct seal_span piece);
enum seal_status seal_smtpc_end(struct seal_smtpc *c, uint64_t now_ms);

/* True from the moment the final "." was sent until its reply: what became of the
 * message is not known (RFC 1047). It stays true when the connection fails first. The
 * CRLF in front of the dot does not count: without the dot nothing has ended. */
bool seal_smtpc_in_doubt(const struct seal_smtpc *c);

/* As in server.h. The view may change at any other call. */
struct seal_span seal_smtpc_send_view(struct seal_smtpc *c);
void seal_smtpc_sent(struct seal_smtpc *c, size_t len, uint64_t now_ms);

/* As in server.h: UINT64_MAX while it is the caller's turn. Past it: FAILED, TIMEOUT.
 * A command's time begins anew when its last octet is sent, that of content whenever
 * some of it is. */
uint64_t seal_smtpc_deadline_ms(const struct seal_smtpc *c);
void seal_smtpc_tick(struct seal_smtpc *c, uint64_t now_ms);

#endif
