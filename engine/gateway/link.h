/* SPDX-License-Identifier: Apache-2.0
 *
 * link.h - the connection to the next hop, as transactions need it.
 *
 *	(all zero) -> { allow -> turn -> mail, rcpt, data, content, end -> next }... -> leave or abort
 *
 * It is opened at most once for each need, returns one event after the other, is reset
 * (RSET) after an abandoned transaction, and is kept from one transaction to the next.
 * The port does what `wanted` returns. Nothing points into the structure itself.
 *
 *	NONE ─open─▶ OPENING ─greeted─▶ READY ─MAIL 250─▶ OPEN ─DATA─▶ CONTENT ─dot─▶ ENDED ─reply─▶ READY
 *	READY, OPEN ─forget─▶ STALE ─RSET─▶ RESETTING ─reply─▶ READY      CONTENT ─refused─▶ STALE
 *	any ─failed, abort─▶ NONE      READY, OPEN, STALE ─leave─▶ QUITTING ─reply─▶ NONE
 */
#ifndef SEAL_GATEWAY_LINK_H
#define SEAL_GATEWAY_LINK_H

#include "engine/gateway/next_hop.h"

/* What the port must do with the connection to the next hop. */
enum seal_up {
	SEAL_UP_NONE,     /* nothing                                                      */
	SEAL_UP_OPEN,     /* drop any old connection and connect, then call
	                   * seal_link_connected or seal_link_closed                      */
	SEAL_UP_SECURE,   /* begin TLS, then call seal_link_secured or _insecure          */
	SEAL_UP_CLOSE,    /* send the rest of the view, then close                        */
	SEAL_UP_ABORT     /* reset: the next hop must not mistake a partial message for a
	                   * complete one                                                 */
};

enum seal_link_state {
	SEAL_LINK_NONE,
	SEAL_LINK_OPENING,   /* connecting, greeting, EHLO, TLS, login                     */
	SEAL_LINK_READY,     /* no transaction                                             */
	SEAL_LINK_STALE,     /* an abandoned transaction: RSET is due                      */
	SEAL_LINK_RESETTING, /* RSET was sent                                              */
	SEAL_LINK_OPEN,      /* the next hop has accepted MAIL                             */
	SEAL_LINK_CONTENT,   /* DATA was sent                                              */
	SEAL_LINK_ENDED,     /* seal_link_end was called                                   */
	SEAL_LINK_QUITTING
};

enum seal_link_event {
	SEAL_LINK_NOTHING,
	SEAL_LINK_GREETED,        /* ready; extensions are known                           */
	SEAL_LINK_ENVELOPE_REPLY, /* to MAIL or RCPT: seal_link_reply                      */
	SEAL_LINK_MESSAGE_REPLY,  /* to DATA or the final dot: seal_link_reply             */
	SEAL_LINK_WANTS,          /* give content or the end; returned again until then    */
	SEAL_LINK_FAILED          /* no longer usable; abort it after reading the failure  */
};

/* What the link can do now. */
enum seal_link_turn {
	SEAL_LINK_WAITS,   /* nothing: it waits, is not needed, or must not be opened        */
	SEAL_LINK_MOVED,   /* it opened itself or sent RSET                                  */
	SEAL_LINK_YOURS,   /* give the next command                                          */
	SEAL_LINK_LOCKED   /* the next hop refused our login less than a minute ago          */
};

/* Opaque except for `accepted`, which belongs to the owner. */
struct seal_link {
	struct seal_smtpc smtpc;
	struct seal_ip address;     /* of the next hop; none: not known                      */
	const char *insecure;       /* why TLS failed; constant, or NULL                     */
	size_t accepted;            /* octets of the envelope that the next hop has accepted */
	uint8_t state;              /* enum seal_link_state                                  */
	uint8_t wanted;             /* enum seal_up                                          */
	bool busy;                  /* a command waits for its reply                         */
	bool broken;                /* a command could not be sent: FAILED is due            */
	bool may_open;              /* the current need may still open it                    */
	bool is_taken;              /* by a relay                                            */
};

/* A need begins: the link may be opened for it once. */
void seal_link_allow(struct seal_link *l);

/* Open the link or send RSET if that is due. `needed`: something waits for the next hop now. */
enum seal_link_turn seal_link_turn(struct seal_link *l, const struct seal_next_hop *hop, bool needed,
                                   uint64_t now_ms);

/* Send a command, after turn returned YOURS. If it cannot be sent, next returns FAILED. */
void seal_link_mail(struct seal_link *l, const struct seal_path_command *mail, uint64_t now_ms);
void seal_link_rcpt(struct seal_link *l, const struct seal_path_command *rcpt, uint64_t now_ms);
void seal_link_data(struct seal_link *l, uint64_t now_ms);

/* After WANTS: send a piece, which is lent until the next event; or end the message. */
void seal_link_content(struct seal_link *l, struct seal_span piece);
void seal_link_end(struct seal_link *l, uint64_t now_ms);

/* Return the next event and clear it. */
enum seal_link_event seal_link_next(struct seal_link *l);

/* The last reply; its text lies in `l` and is valid until the next command or the next octets. */
struct seal_reply seal_link_reply(const struct seal_link *l);

/* After FAILED: 451 with the name, address and port of the next hop (`hop` as configured) and the
 * reason. The text lies in `l` and is valid until the link is opened again. */
struct seal_reply seal_link_failure(struct seal_link *l, const struct seal_endpoint *hop);

/* After FAILED: true if the configuration or the next hop needs attention (TLS, login); true if the
 * next hop refused our login. */
bool seal_link_needs_attention(const struct seal_link *l);
bool seal_link_login_refused(const struct seal_link *l);

/* After FAILED: true if the next hop refused the message in mid-content, which is its verdict. */
bool seal_link_refused_content(const struct seal_link *l);

/* True if the final dot was sent and no reply has come (RFC 1047). */
bool seal_link_in_doubt(const struct seal_link *l);

/* The transaction is over: forget it. Content that is being sent must be aborted instead. */
void seal_link_forget(struct seal_link *l);

/* Reset the connection at once, without a final dot: the next hop drops a partial message. */
void seal_link_abort(struct seal_link *l);

/* No transaction will come: send QUIT, or abort if a reply is awaited. A second call is harmless. */
void seal_link_leave(struct seal_link *l, uint64_t now_ms);

static inline bool
seal_link_exists(const struct seal_link *l)
{
	return l->state != SEAL_LINK_NONE;
}

/* The extensions of the next hop are known. */
static inline bool
seal_link_is_greeted(const struct seal_link *l)
{
	return l->state > SEAL_LINK_OPENING;
}

static inline bool
seal_link_has_content(const struct seal_link *l)
{
	return l->state == SEAL_LINK_CONTENT || l->state == SEAL_LINK_ENDED;
}

/* --- for the port ---------------------------------------------------------------------- */

enum seal_up seal_link_wanted(struct seal_link *l); /* return it and clear it              */
void seal_link_connecting(struct seal_link *l, const struct seal_ip *address); /* for messages */
void seal_link_connected(struct seal_link *l, struct seal_secrecy secrecy, uint64_t now_ms);
void seal_link_secured(struct seal_link *l, struct seal_secrecy secrecy, uint64_t now_ms);
void seal_link_insecure(struct seal_link *l, const char *why); /* instead of _closed       */
void seal_link_closed(struct seal_link *l);         /* by the next hop, or not reached     */
size_t seal_link_recv(struct seal_link *l, const uint8_t *data, size_t len, uint64_t now_ms);
struct seal_span seal_link_view(struct seal_link *l);
void seal_link_sent(struct seal_link *l, size_t len, uint64_t now_ms);
uint64_t seal_link_deadline_ms(const struct seal_link *l);
void seal_link_tick(struct seal_link *l, uint64_t now_ms);

#endif
