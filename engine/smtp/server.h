/* SPDX-License-Identifier: Apache-2.0
 *
 * server.h - the server's side of an SMTP connection (RFC 5321, 3207, 4954), without I/O.
 *
 *	init -> (set_access) -> greet -> { recv -> next -> answer }...,
 *	send_view/sent and tick beside it
 *
 * The machine speaks the protocol and keeps its order; whoever drives it decides
 * what a command is worth. Octets that recv took may hold several commands; each
 * that needs a decision becomes one event, and recv takes no more until it is
 * answered: that is the back-pressure. Commands without a decision (NOOP, RSET,
 * syntax errors...) are answered here. Nothing points into the structure itself.
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
	SEAL_SMTPD_CONTENT,  /* info.content: message octets, dots undone; no answer      */
	SEAL_SMTPD_END,      /* the final dot; the answer moves the mail's owner          */
	SEAL_SMTPD_ABORT,    /* RSET, new EHLO, QUIT or lost peer: forget the transaction;
	                      * only raised inside one (after a MAIL that was accepted,
	                      * before the answer to END); no answer                      */
	SEAL_SMTPD_CLOSE     /* send what is left, then close; every further call is none.
	                      * It may come while an event waits for its answer: nobody is
	                      * left to hear it                                           */
};

/* What AUTH told (RFC 4616, and the LOGIN of old devices); wiped when it is answered. The
 * user is not empty and has no control characters, the secret has no NUL. */
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

/* What this client is offered, and what it must use before MAIL. */
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
	                               * private, unless clear_login                       */
	bool clear_login;
};

/* Opaque, laid out for its size. */
struct seal_smtpd {
	struct seal_extensions offered;
	struct seal_undot undot;
	struct seal_reply closing_reply; /* constant text                                */
	uint64_t now_ms;              /* the last time that was told                  */
	uint64_t deadline_ms;         /* for the command line or the content in hand  */
	uint64_t data_start_ms, data_octets;
	uint64_t reply_since_ms;      /* while out_len > 0: when the peer last read   */
	struct seal_smtpd_access access;
	size_t line_len;              /* from the start of `line`, user included      */
	size_t user_len;              /* of the user name that LOGIN keeps in front of
	                               * the line in hand, which holds the password   */
	size_t out_len;
	uint16_t num_errors;          /* 5yz replies of ours                          */
	uint16_t num_idle;            /* commands since the last message              */
	uint16_t num_rcpt;            /* accepted in this transaction                 */
	uint8_t num_login_failures;
	uint8_t state;
	uint8_t event;                /* the one waiting                              */
	uint8_t awaits;               /* what the next line is, if no command         */
	uint8_t hello_len;
	bool is_private;
	bool authenticated;
	bool extended;                /* EHLO, not HELO                               */
	bool utf8;                    /* the last MAIL had SMTPUTF8                   */
	bool line_bad;                /* the line in hand holds control characters    */
	bool saw_cr;                  /* not yet known to be part of CRLF             */
	bool after_data;              /* the last line was DATA, refused or not       */
	bool early;                   /* octets followed DATA or STARTTLS before the
	                               * reply                                        */
	bool distrusted;              /* ... and it was a refusal: what comes now may
	                               * be content, its first error closes           */
	bool abort_due;               /* ABORT waits, before `event`                  */
	bool closing;
	bool close_reported;
	bool peer_gone;               /* no more octets will come                     */
	uint8_t line[SEAL_COMMAND_EXT_MAX];
	uint8_t out[SEAL_SERVER_OUT_MAX];
	uint8_t hello[SEAL_DOMAIN_MAX];
};

/* `now_ms` is monotonic time, here and below. */
void seal_smtpd_init(struct seal_smtpd *s, uint64_t now_ms);

/* Queue the greeting "220 HOSTNAME ESMTP mailseal". Before it recv takes nothing: an
 * early talker waits (RFC 5321 4.3.1). */
void seal_smtpd_greet(struct seal_smtpd *s, struct seal_span hostname);

/* Queue a reply and close: 554 in place of the greeting (3.1), or 421 at any time (3.8).
 * An event that waits for an answer is gone with it; in a transaction ABORT comes. */
void seal_smtpd_refuse(struct seal_smtpd *s, struct seal_reply reply);

/* Before the greeting; without it STARTTLS and AUTH are hidden. */
void seal_smtpd_set_access(struct seal_smtpd *s, struct seal_smtpd_access access);

/* 220 was said to STARTTLS: when the octets of send_view are gone, whatever comes next is
 * a handshake. Until then nothing may come (RFC 3207 5: it was injected); what does must
 * be offered to recv, which closes. Then call seal_smtpd_secured, or peer_closed. */
bool seal_smtpd_wants_tls(const struct seal_smtpd *s);

/* From now on the octets of recv and send_view are private. After STARTTLS all that the
 * client said before is forgotten (RFC 3207 4.2). Before the greeting: TLS from the first
 * octet (RFC 8314 3.3). */
void seal_smtpd_secured(struct seal_smtpd *s, uint64_t now_ms);

/* Octets from the peer. Answers how many were taken: fewer than `len` when an event
 * waits or replies are not read: call again, with what was not taken, after next, an
 * answer or sent. A closing connection takes and ignores everything, so that the port
 * can close without a reset.
 *
 * Offer octets as they arrive, even while DATA waits for its answer: none is taken
 * then, but that they came before the 354 is noticed (RFC 2920 3.1), and the 354
 * becomes 554, ABORT and CLOSE. Where DATA is refused, what follows it early is read as
 * commands (it may be QUIT), but its first error closes: it may be content. */
size_t seal_smtpd_recv(struct seal_smtpd *s, const uint8_t *data, size_t len, uint64_t now_ms,
                       struct seal_smtpd_info *info);

/* The peer closed its sending side, or the connection is lost. Call it when recv took
 * what came before. A waiting END stays: the peer may have closed one half only, and
 * its answer is sent before CLOSE. */
void seal_smtpd_peer_closed(struct seal_smtpd *s);

/* The waiting event. CONTENT, ABORT and CLOSE are cleared by this call, the others stay
 * until answered (the same event is given again). Call it until NONE or
 * until an event needs time. `info` of recv belongs to the event. */
enum seal_smtpd_event seal_smtpd_next(struct seal_smtpd *s);

/* Answer MAIL, RCPT, DATA, STARTTLS, AUTH or END, or refuse HELLO. A 421 also closes the
 * connection, and so does seal_smtpd_answer_close. A code that is no answer to the event
 * (3yz to MAIL, 2yz to DATA, a positive one to HELLO, 0) becomes 451 4.5.0. A 535 counts:
 * after SEAL_LOGIN_FAILURES_MAX the next AUTH closes. SEAL_E_CALLER: no such event waits. */
enum seal_status seal_smtpd_answer(struct seal_smtpd *s, struct seal_reply reply, uint64_t now_ms);
enum seal_status seal_smtpd_answer_close(struct seal_smtpd *s, struct seal_reply reply, uint64_t now_ms);

/* Answer HELLO: 250 with what is on offer (kept for MAIL and RCPT parameters; nothing
 * after HELO). PIPELINING and ENHANCEDSTATUSCODES are ours and always there (RFC 2920,
 * 2034). */
enum seal_status seal_smtpd_answer_hello(struct seal_smtpd *s, struct seal_span hostname,
                                         const struct seal_extensions *offered, uint64_t now_ms);

/* Octets for the peer: look, send some, say how many went. */
struct seal_span seal_smtpd_send_view(const struct seal_smtpd *s);
void seal_smtpd_sent(struct seal_smtpd *s, size_t len, uint64_t now_ms);

/* Call tick at or after deadline_ms (UINT64_MAX: none); earlier is harmless. Past it:
 * 421 4.4.2, close; or only close, where replies were not read. No deadline runs while
 * an event waits for its answer: the delay is ours. */
uint64_t seal_smtpd_deadline_ms(const struct seal_smtpd *s);
void seal_smtpd_tick(struct seal_smtpd *s, uint64_t now_ms);

/* All is said: the port may close (after the octets of send_view went). */
bool seal_smtpd_closing(const struct seal_smtpd *s);

/* With what the machine closed the connection of its own accord (421, 500, 554; or 221
 * after QUIT), for the log; code 0: it did not. The text is constant. Behind a 220 to
 * STARTTLS it is not said: only a handshake may follow there. */
struct seal_reply seal_smtpd_closing_reply(const struct seal_smtpd *s);

/* For the Received field. */
struct seal_span seal_smtpd_hello(const struct seal_smtpd *s);
bool seal_smtpd_extended(const struct seal_smtpd *s);
bool seal_smtpd_is_private(const struct seal_smtpd *s);
bool seal_smtpd_is_authenticated(const struct seal_smtpd *s);

/* For a port that has no session left: a constant reply, then close. */
extern const struct seal_span seal_smtpd_busy;

#endif
