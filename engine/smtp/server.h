/* SPDX-License-Identifier: Apache-2.0
 *
 * server.h - the server side of an SMTP connection (RFC 5321, 3207, 4954), without I/O.
 *
 *	init -> (set_access) -> greet -> { recv -> next -> answer }...,
 *	send_view/sent and tick at any time
 *
 * The machine speaks the protocol and enforces its order; its owner decides about
 * commands. Octets that recv took may hold several commands. Each command that needs
 * a decision becomes one event, and recv takes no more until the event is answered:
 * that is the back-pressure. The machine itself replies to commands without a decision
 * (NOOP, RSET, syntax errors...). Nothing points into the structure itself.
 */
#ifndef SEAL_SMTP_SERVER_H
#define SEAL_SMTP_SERVER_H

#include "engine/mail/dots.h"
#include "engine/smtp/command.h"
#include "engine/smtp/reply.h"

enum seal_smtpd_event {
	SEAL_SMTPD_NONE,     /* nothing to decide: give more octets                       */
	SEAL_SMTPD_HELLO,    /* EHLO or HELO; answer with seal_smtpd_answer_hello         */
	SEAL_SMTPD_MAIL,     /* info.command; answer                                      */
	SEAL_SMTPD_RCPT,     /* info.command; answer                                      */
	SEAL_SMTPD_DATA,     /* answer 354, or refuse                                     */
	SEAL_SMTPD_STARTTLS, /* answer 220, or 454; then see seal_smtpd_wants_tls          */
	SEAL_SMTPD_AUTH,     /* info.login; answer 235, 535 or 454                        */
	SEAL_SMTPD_CONTENT,  /* info.content: message octets, unstuffed; no answer        */
	SEAL_SMTPD_END,      /* the final dot; a 250 takes responsibility for the message */
	SEAL_SMTPD_ABORT,    /* RSET, new EHLO, QUIT or lost peer: forget the transaction;
	                      * only raised inside one (after an accepted MAIL, before the
	                      * answer to END); no answer                                 */
	SEAL_SMTPD_CLOSE     /* send the remaining octets, then close; no event follows.
	                      * It may come while an event waits for its answer, because
	                      * the peer is gone                                          */
};

/* The login of an AUTH (RFC 4616, and the LOGIN of old devices); wiped when it is answered.
 * The user is not empty and has no control characters, the secret has no NUL. */
struct seal_smtpd_login {
	struct seal_span user;
	struct seal_span secret;
};

struct seal_smtpd_info {
	struct seal_path_command command; /* spans valid until the event is answered */
	struct seal_smtpd_login login;    /* likewise                                */
	struct seal_span content;         /* lies in the octets given to recv, or is
	                                   * constant; valid until the next recv      */
};

/* Whether this client is offered something, and whether it must use it before MAIL. */
enum seal_smtpd_offer {
	SEAL_SMTPD_HIDDEN,    /* not in the reply to EHLO; the command is 502              */
	SEAL_SMTPD_OFFERED,
	SEAL_SMTPD_REQUIRED   /* MAIL without it is 530 (RFC 3207 4, RFC 4954 6)           */
};
#define SEAL_SMTPD_TLS_WORDS  "hidden|offered|required"
#define SEAL_SMTPD_AUTH_WORDS "none|offered|required"

struct seal_smtpd_access {
	enum seal_smtpd_offer tls;    /* STARTTLS                                          */
	enum seal_smtpd_offer login;  /* AUTH PLAIN LOGIN; 538 while the connection is not
	                               * private, unless clear_login is set                */
	bool clear_login;
};

/* Opaque; the order of its members keeps it small. */
struct seal_smtpd {
	struct seal_extensions offered;
	struct seal_undot undot;
	struct seal_reply closing_reply; /* constant text                                */
	uint64_t now_ms;              /* of the last call                             */
	uint64_t deadline_ms;         /* for the current command line or content      */
	uint64_t data_start_ms, data_octets;
	uint64_t reply_since_ms;      /* while out_len > 0: when the peer last read   */
	struct seal_smtpd_access access;
	size_t line_len;              /* from the start of `line`, including the user */
	size_t user_len;              /* of the user name that LOGIN keeps at the start
	                               * of `line`, before the password               */
	size_t out_len;
	uint16_t num_errors;          /* 5yz replies of ours                          */
	uint16_t num_idle;            /* commands since the last message              */
	uint16_t num_rcpt;            /* accepted in this transaction                 */
	uint8_t num_login_failures;
	uint8_t state;
	uint8_t event;                /* that waits for its answer                    */
	uint8_t awaits;               /* enum awaits: what the next line is           */
	uint8_t hello_len;
	bool is_private;
	bool authenticated;
	bool extended;                /* EHLO, not HELO                               */
	bool utf8;                    /* the last MAIL had SMTPUTF8                   */
	bool line_bad;                /* the current line has control characters      */
	bool saw_cr;                  /* a CR that may be part of CRLF                */
	bool after_data;              /* the last line was DATA, refused or not       */
	bool early;                   /* octets came after DATA or STARTTLS, before
	                               * the reply                                    */
	bool distrusted;              /* ... and the reply was a refusal: octets may now
	                               * be content, the first error closes           */
	bool abort_due;               /* ABORT comes next, before `event`             */
	bool closing;
	bool close_reported;          /* CLOSE was given                              */
	bool peer_gone;               /* no more octets will come                     */
	uint8_t line[SEAL_COMMAND_EXT_MAX];
	uint8_t out[SEAL_SERVER_OUT_MAX];
	uint8_t hello[SEAL_DOMAIN_MAX];
};

/* Start, before the greeting. `now_ms` is monotonic time, here and below. */
void seal_smtpd_init(struct seal_smtpd *s, uint64_t now_ms);

/* Queue the greeting "220 HOSTNAME ESMTP mailseal". recv takes nothing before it: an
 * early talker waits (RFC 5321 4.3.1). */
void seal_smtpd_greet(struct seal_smtpd *s, struct seal_span hostname);

/* Queue a reply and close: 554 instead of the greeting (3.1), or 421 at any time (3.8).
 * A waiting event is dropped; inside a transaction ABORT follows. `reply` is read before
 * return. */
void seal_smtpd_refuse(struct seal_smtpd *s, struct seal_reply reply);

/* Call it before the greeting; otherwise STARTTLS and AUTH stay hidden. */
void seal_smtpd_set_access(struct seal_smtpd *s, struct seal_smtpd_access access);

/* True after the 220 to STARTTLS: once the octets of send_view are sent, a handshake follows.
 * Octets that come earlier were injected (RFC 3207 5): pass them to recv, which closes. After
 * the handshake call seal_smtpd_secured, or peer_closed if it failed. */
bool seal_smtpd_wants_tls(const struct seal_smtpd *s);

/* From now on the octets of recv and send_view are private. After STARTTLS everything that
 * the client sent before is forgotten (RFC 3207 4.2). Before the greeting it means TLS from
 * the first octet (RFC 8314 3.3). */
void seal_smtpd_secured(struct seal_smtpd *s, uint64_t now_ms);

/* Take octets from the peer. Returns how many were taken: fewer than `len` while an event
 * waits or the peer does not read replies. Call again with the rest after next, an answer
 * or sent. A closing connection takes and ignores everything, so that the port can close
 * without a reset.
 *
 * Pass octets as they arrive, even while DATA waits for its answer: none is taken then,
 * but it is noticed that they came before the 354 (RFC 2920 3.1), and the 354 becomes 554,
 * ABORT and CLOSE. If DATA is refused, octets that followed it early are read as commands
 * (they may be QUIT), but the first error closes, because they may be content. */
size_t seal_smtpd_recv(struct seal_smtpd *s, const uint8_t *data, size_t len, uint64_t now_ms,
                       struct seal_smtpd_info *info);

/* The peer closed its sending side, or the connection is lost. Call it after recv has
 * taken the octets before. A waiting END stays, because the peer may have closed only one
 * half; its answer is sent before CLOSE. */
void seal_smtpd_peer_closed(struct seal_smtpd *s);

/* Returns the waiting event. This call clears CONTENT, ABORT and CLOSE; all others are
 * returned again until they are answered. Call it until it returns NONE or an event needs
 * time. `info` of recv belongs to the event. */
enum seal_smtpd_event seal_smtpd_next(struct seal_smtpd *s);

/* Answer MAIL, RCPT, DATA, STARTTLS, AUTH or END, or refuse HELLO. A 421 also closes the
 * connection, and so does seal_smtpd_answer_close. A code that does not fit the event
 * (3yz to MAIL, 2yz to DATA, a positive one to HELLO, 0) becomes 451 4.5.0. Each 535 is
 * counted: after SEAL_LOGIN_FAILURES_MAX the next AUTH closes. SEAL_E_CALLER: no event waits. */
enum seal_status seal_smtpd_answer(struct seal_smtpd *s, struct seal_reply reply, uint64_t now_ms);
enum seal_status seal_smtpd_answer_close(struct seal_smtpd *s, struct seal_reply reply, uint64_t now_ms);

/* Answer HELLO: 250 with the offered extensions, which are kept to judge MAIL and RCPT
 * parameters; none after HELO. PIPELINING and ENHANCEDSTATUSCODES are our own and always
 * offered (RFC 2920, 2034). SEAL_E_CALLER: HELLO does not wait. */
enum seal_status seal_smtpd_answer_hello(struct seal_smtpd *s, struct seal_span hostname,
                                         const struct seal_extensions *offered, uint64_t now_ms);

/* Octets for the peer, valid until the next call: send some of them, then report how many with
 * seal_smtpd_sent. */
struct seal_span seal_smtpd_send_view(const struct seal_smtpd *s);
void seal_smtpd_sent(struct seal_smtpd *s, size_t len, uint64_t now_ms);

/* Call tick at or after deadline_ms (UINT64_MAX: none); earlier is harmless. After the
 * deadline it queues 421 4.4.2 and closes, or only closes if replies were not read. No
 * deadline runs while an event waits for its answer, because that delay is our own. */
uint64_t seal_smtpd_deadline_ms(const struct seal_smtpd *s);
void seal_smtpd_tick(struct seal_smtpd *s, uint64_t now_ms);

/* True if the port may close, once the octets of send_view are sent. */
bool seal_smtpd_closing(const struct seal_smtpd *s);

/* The reply with which the machine itself closed the connection (421, 500, 554; or 221 after
 * QUIT); code 0: it did not. The text is constant; the log has it. After a 220 to STARTTLS the
 * reply is not sent, because only a handshake may follow there. */
struct seal_reply seal_smtpd_closing_reply(const struct seal_smtpd *s);

/* For the Received field. */
struct seal_span seal_smtpd_hello(const struct seal_smtpd *s);
bool seal_smtpd_extended(const struct seal_smtpd *s);
bool seal_smtpd_is_private(const struct seal_smtpd *s);
bool seal_smtpd_is_authenticated(const struct seal_smtpd *s);

/* For a port without a free session: send this constant reply, then close. */
extern const struct seal_span seal_smtpd_busy;

#endif
