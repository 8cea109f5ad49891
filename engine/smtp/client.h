/* SPDX-License-Identifier: Apache-2.0
 *
 * client.h - the client side of an SMTP connection (RFC 5321, 3207, 4954), without I/O.
 *
 *	init -> (connected) -> READY -> mail -> rcpt... -> data -> content... -> end -> REPLY
 *
 * One command at a time; its reply comes as an event. The machine itself handles the
 * greeting, EHLO (HELO if EHLO is refused), STARTTLS and AUTH. Content is lent piece by
 * piece and sent with dots stuffed, without a copy. Nothing points into the structure itself.
 *
 * A reply answers a command only if it arrives after the command's last octet was sent.
 * Anything earlier ends the connection: it is never mistaken for the reply.
 */
#ifndef SEAL_SMTP_CLIENT_H
#define SEAL_SMTP_CLIENT_H

#include "engine/mail/dots.h"
#include "engine/smtp/command.h"
#include "engine/smtp/reply.h"

enum seal_smtpc_event {
	SEAL_SMTPC_NONE,
	SEAL_SMTPC_READY,    /* greeted, and private and logged in if needed; extensions
	                      * are known; commands may be given                         */
	SEAL_SMTPC_STARTTLS, /* 220 came: begin TLS, then call seal_smtpc_secured or
	                      * seal_smtpc_closed. Octets after the 220 were injected
	                      * (RFC 3207 5): they make it FAILED instead                */
	SEAL_SMTPC_REPLY,    /* the reply to the last command: seal_smtpc_reply. 2yz, 4yz
	                      * or 5yz; never 2yz to DATA (RFC 5321 4.3.2), so a positive
	                      * reply is a success                                       */
	SEAL_SMTPC_WANTS,    /* 354 came and the content lent so far is sent: call
	                      * seal_smtpc_content or seal_smtpc_end (returned again
	                      * until one of them is called)                             */
	SEAL_SMTPC_FAILED    /* refused, closed, timed out or nonsense: the connection is
	                      * no longer usable; seal_smtpc_failure. Returned once, after
	                      * any REPLY that waits                                     */
};

enum seal_smtpc_failure {
	SEAL_SMTPC_FINE,
	SEAL_SMTPC_REFUSED,      /* greeting or EHLO/HELO refused, or the message while its
	                          * content was still being sent: seal_smtpc_reply has it  */
	SEAL_SMTPC_LOST,         /* closed or reset, or an unsolicited 421 (RFC 5321 3.8),
	                          * which seal_smtpc_reply has                             */
	SEAL_SMTPC_TIMEOUT,
	SEAL_SMTPC_NO_TLS,       /* STARTTLS is not offered, or the connection is not private,
	                          * or to the wrong peer: no secret was sent               */
	SEAL_SMTPC_TLS_REFUSED,  /* STARTTLS was refused: seal_smtpc_reply                 */
	SEAL_SMTPC_NO_LOGIN,     /* the configured AUTH mechanism is not offered           */
	SEAL_SMTPC_LOGIN_REFUSED, /* seal_smtpc_reply                                      */
	SEAL_SMTPC_NONSENSE      /* not SMTP, an unsolicited reply, or one that cannot
	                          * answer the command: 2yz to DATA, 3yz to others         */
};

/* What the connection must have: never less, and nothing opportunistic. */
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
	bool clear_auth;         /* log in even if the connection is not private           */
	struct seal_span user;   /* lent until READY or FAILED; no NUL in either           */
	struct seal_span secret;
};

/* What the port knows about a connection. */
struct seal_secrecy {
	bool is_private;         /* TLS                                                    */
	bool is_peer_known;      /* its certificate is that of the next hop                */
};

/* Opaque; the order of its members keeps it small. */
struct seal_smtpc {
	struct seal_reply_reader reader;
	struct seal_extensions extensions;  /* of the next hop                          */
	struct seal_dot dot;
	struct seal_span hostname;          /* lent                                     */
	struct seal_smtpc_needs needs;
	uint64_t deadline_ms;
	const uint8_t *content;             /* lent, not yet passed to `dot`            */
	size_t content_len;
	const uint8_t *run;                 /* the output of `dot`, not yet sent        */
	size_t run_len;
	size_t out_len, out_sent;           /* the command in `out`                     */
	size_t message_at;                  /* octets of `message` that were written    */
	uint8_t state;
	uint8_t message, next_message;      /* of AUTH: the current one, and the one
	                                     * after a 334                              */
	uint8_t mechanisms;                 /* offered, a bit per enum seal_smtpc_auth  */
	uint8_t event;                      /* READY, STARTTLS or REPLY; the others
	                                     * follow from the state                    */
	uint8_t failure;
	bool extended;                      /* EHLO was accepted                        */
	bool offers_tls;
	bool is_private;                    /* and the peer is known                    */
	bool in_doubt;                      /* the final "." was sent, no reply yet     */
	bool surplus;                       /* octets came after the last reply         */
	bool in_content;                    /* the unsolicited reply came in mid-content */
	bool failure_reported;              /* FAILED was given                         */
	uint8_t out[SEAL_CLIENT_OUT_MAX];
};

/* Start; SEAL_CLIENT_CONNECT_MS begins. `hostname` is our name in EHLO: lent for the life of the
 * client, at most SEAL_DOMAIN_MAX octets. `needs` is copied. Call seal_smtpc_connected when TCP,
 * and implicit TLS, are established. */
void seal_smtpc_init(struct seal_smtpc *c, struct seal_span hostname,
                     const struct seal_smtpc_needs *needs, uint64_t now_ms);
void seal_smtpc_connected(struct seal_smtpc *c, struct seal_secrecy secrecy, uint64_t now_ms);

/* TLS is established after STARTTLS: earlier offers are forgotten and EHLO is sent again (RFC 3207
 * 4.2). */
void seal_smtpc_secured(struct seal_smtpc *c, struct seal_secrecy secrecy, uint64_t now_ms);

/* The next hop closed its sending side, or the connection is lost. Call it after recv has
 * taken the octets before, or takes no more. */
void seal_smtpc_closed(struct seal_smtpc *c);

/* Take octets from the next hop. Returns how many were taken: fewer than `len` exactly if
 * an event waits. Pass octets as they arrive, even then: it is noticed that they came. */
size_t seal_smtpc_recv(struct seal_smtpc *c, const uint8_t *data, size_t len, uint64_t now_ms);

/* Return and clear the waiting event (WANTS stays, see above). */
enum seal_smtpc_event seal_smtpc_next(struct seal_smtpc *c);

/* The last reply; code 0: none. Its text lies in `c` and is valid until the next command
 * or the next octets. */
struct seal_reply seal_smtpc_reply(const struct seal_smtpc *c);
enum seal_smtpc_failure seal_smtpc_failure(const struct seal_smtpc *c);

/* After FAILED: SEAL_REPLY_TEXT_MAX octets for a text about it. They are the memory of commands,
 * which is free until the next init. */
struct seal_out seal_smtpc_failure_room(struct seal_smtpc *c);

/* Send a command, when READY or after a REPLY. Parameters are sent only if the next hop
 * offers their extension. SEAL_E_CALLER: not allowed now, or an argument has control
 * characters. SEAL_E_LIMIT: the line is too long. Nothing is sent in either case.
 * SEAL_E_PEER: the connection has failed, and FAILED is the next event (at the latest
 * after seal_smtpc_closed or tick). */
enum seal_status seal_smtpc_mail(struct seal_smtpc *c, const struct seal_path_command *mail, uint64_t now_ms);
enum seal_status seal_smtpc_rcpt(struct seal_smtpc *c, const struct seal_path_command *rcpt, uint64_t now_ms);
enum seal_status seal_smtpc_data(struct seal_smtpc *c, uint64_t now_ms);
enum seal_status seal_smtpc_rset(struct seal_smtpc *c, uint64_t now_ms);
/* After the reply to QUIT the connection only waits to be closed. */
enum seal_status seal_smtpc_quit(struct seal_smtpc *c, uint64_t now_ms);

/* When WANTS: lend a piece of content, which must stay unchanged until the next WANTS or
 * FAILED; or end it. A 354 causes WANTS, a refusal of DATA causes REPLY. Statuses as above.
 * A refusal in mid-content causes FAILED, and the final dot is never sent. */
enum seal_status seal_smtpc_content(struct seal_smtpc *c, struct seal_span piece);
enum seal_status seal_smtpc_end(struct seal_smtpc *c, uint64_t now_ms);

/* True from the moment when the final "." is sent until its reply: the fate of the message
 * is not known (RFC 1047). It stays true if the connection fails first. The CRLF before
 * the dot does not count: without the dot the message has not ended. */
bool seal_smtpc_in_doubt(const struct seal_smtpc *c);

/* As in server.h. The view may change at any call. */
struct seal_span seal_smtpc_send_view(struct seal_smtpc *c);
void seal_smtpc_sent(struct seal_smtpc *c, size_t len, uint64_t now_ms);

/* As in server.h; UINT64_MAX while it is the caller's turn. After the deadline: FAILED,
 * TIMEOUT. A command's time restarts when its last octet is sent; that of content
 * restarts each time that some of it is sent. */
uint64_t seal_smtpc_deadline_ms(const struct seal_smtpc *c);
void seal_smtpc_tick(struct seal_smtpc *c, uint64_t now_ms);

#endif
