/* SPDX-License-Identifier: Apache-2.0
 *
 * link.h - the connection to the next hop, as transactions need it.
 *
 *	(all zero) -> { allow -> turn -> mail, rcpt, data, content, end -> next }... -> leave or abort
 *
 * It is opened once for each need, gives one event after the other, is reset after a
 * transaction that was given up, and survives from one transaction to the next. The port
 * does what `wanted` says. Nothing points into the structure itself.
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
	SEAL_UP_OPEN,     /* drop what may still exist and connect, then
	                   * seal_link_connected or seal_link_closed                      */
	SEAL_UP_SECURE,   /* begin TLS, then seal_link_secured or _insecure               */
	SEAL_UP_CLOSE,    /* send what the view still has, then close                     */
	SEAL_UP_ABORT     /* reset: the next hop must not take a partial message for whole */
};

enum seal_link_state {
	SEAL_LINK_NONE,
	SEAL_LINK_OPENING,   /* connecting, greeting, EHLO, TLS, login                     */
	SEAL_LINK_READY,     /* no transaction                                             */
	SEAL_LINK_STALE,     /* a transaction that is no longer wanted: RSET is due        */
	SEAL_LINK_RESETTING, /* RSET was sent                                              */
	SEAL_LINK_OPEN,      /* the next hop has accepted MAIL                             */
	SEAL_LINK_CONTENT,   /* DATA was sent                                              */
	SEAL_LINK_ENDED,     /* the final dot was given                                    */
	SEAL_LINK_QUITTING
};

enum seal_link_event {
	SEAL_LINK_NOTHING,
	SEAL_LINK_GREETED,        /* ready; extensions are known                           */
	SEAL_LINK_ENVELOPE_REPLY, /* to MAIL or RCPT: seal_link_reply                      */
	SEAL_LINK_MESSAGE_REPLY,  /* to DATA or the final dot: seal_link_reply             */
	SEAL_LINK_WANTS,          /* give content or the end; given again until then       */
	SEAL_LINK_FAILED          /* it can carry no more; abort it when its words are read */
};

/* What the link can do now. */
enum seal_link_turn {
	SEAL_LINK_WAITS,   /* nothing: it waits, or no one needs it, or it may not be opened */
	SEAL_LINK_MOVED,   /* it did something of its own                                    */
	SEAL_LINK_YOURS,   /* give the next command                                          */
	SEAL_LINK_LOCKED   /* the next hop refused our login a short while ago               */
};

/* Opaque but for `accepted`, which is the owner's. */
struct seal_link {
	struct seal_smtpc smtpc;
	const char *insecure;       /* why TLS failed; constant, or NULL                     */
	size_t accepted;            /* octets of the envelope that the next hop has accepted */
	uint8_t state;              /* enum seal_link_state                                  */
	uint8_t wanted;             /* enum seal_up                                          */
	bool busy;                  /* a command waits for its reply                         */
	bool broken;                /* a command could not be given: FAILED is due           */
	bool may_open;              /* the need at hand may open it once                     */
	bool is_taken;              /* by a relay                                            */
};

/* A need begins: the link may be opened for it, once. */
void seal_link_allow(struct seal_link *l);

/* Open it, or say RSET, when that is due; `needed`: by a transaction, now. */
enum seal_link_turn seal_link_turn(struct seal_link *l, const struct seal_next_hop *hop, bool needed,
                                   uint64_t now_ms);

/* Give a command; YOURS was answered before. One that cannot be given is FAILED, by next. */
void seal_link_mail(struct seal_link *l, const struct seal_path_command *mail, uint64_t now_ms);
void seal_link_rcpt(struct seal_link *l, const struct seal_path_command *rcpt, uint64_t now_ms);
void seal_link_data(struct seal_link *l, uint64_t now_ms);

/* When WANTS: a piece, lent until the next event; or the end of the message. */
void seal_link_content(struct seal_link *l, struct seal_span piece);
void seal_link_end(struct seal_link *l, uint64_t now_ms);

enum seal_link_event seal_link_next(struct seal_link *l);

/* The last reply; its text lies in `l`, until the next command or the next octets. */
struct seal_reply seal_link_reply(const struct seal_link *l);

/* After FAILED: 451 with the reason. The text lies in `l`, until it is opened again. */
struct seal_reply seal_link_failure(struct seal_link *l);

/* After FAILED: the configuration or the next hop needs attention (TLS, login). */
bool seal_link_needs_attention(const struct seal_link *l);
bool seal_link_login_refused(const struct seal_link *l);

/* After FAILED: the next hop refused the message in mid-content; that is its verdict. */
bool seal_link_refused_content(const struct seal_link *l);

/* The final dot went out and no reply has come (RFC 1047). */
bool seal_link_in_doubt(const struct seal_link *l);

/* The transaction is over: the link forgets it. Content that is under way must be aborted. */
void seal_link_forget(struct seal_link *l);

/* Reset at once. The next hop sees no final dot that it has not seen: nothing partial counts. */
void seal_link_abort(struct seal_link *l);

/* No transaction will come: QUIT, or abort where a reply is awaited. Harmless when done twice. */
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

enum seal_up seal_link_wanted(struct seal_link *l); /* fetch and clear                     */
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
