/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/gateway/link.h"

/* --- opening, resetting, leaving ---------------------------------------------------------- */

void
seal_link_allow(struct seal_link *l)
{
	l->may_open = true;
}

static void
open_link(struct seal_link *l, const struct seal_next_hop *hop, uint64_t now_ms)
{
	l->state = SEAL_LINK_OPENING;
	l->wanted = SEAL_UP_OPEN;
	l->address = (struct seal_ip){ { 0 } };
	l->insecure = NULL;
	l->accepted = 0;
	l->busy = false;
	l->broken = false;
	l->may_open = false;
	seal_smtpc_init(&l->smtpc, hop->hostname, &hop->needs, now_ms);
}

/* A command was sent; if it could not be, the link is no longer usable. */
static void
expect_reply(struct seal_link *l, enum seal_status given)
{
	l->busy = given == SEAL_OK;
	l->broken = given != SEAL_OK;
}

enum seal_link_turn
seal_link_turn(struct seal_link *l, const struct seal_next_hop *hop, bool needed, uint64_t now_ms)
{
	if (l->busy || l->broken)
		return SEAL_LINK_WAITS;
	switch ((enum seal_link_state)l->state) {
	case SEAL_LINK_NONE:
		if (!needed || !l->may_open)
			return SEAL_LINK_WAITS;
		if (seal_next_hop_is_locked(hop, now_ms)) {
			l->may_open = false;
			return SEAL_LINK_LOCKED;
		}
		open_link(l, hop, now_ms);
		return SEAL_LINK_MOVED;
	case SEAL_LINK_STALE:
		l->state = SEAL_LINK_RESETTING;
		expect_reply(l, seal_smtpc_rset(&l->smtpc, now_ms));
		return SEAL_LINK_MOVED;
	case SEAL_LINK_READY:
	case SEAL_LINK_OPEN:
		return needed ? SEAL_LINK_YOURS : SEAL_LINK_WAITS;
	case SEAL_LINK_OPENING:
	case SEAL_LINK_RESETTING:
	case SEAL_LINK_CONTENT:
	case SEAL_LINK_ENDED:
	case SEAL_LINK_QUITTING:
		break;
	}
	return SEAL_LINK_WAITS;
}

/* A command that was sent keeps the link busy until its reply, which is then ignored. RSET follows
 * it: MAIL may have been accepted in the meantime. */
void
seal_link_forget(struct seal_link *l)
{
	l->accepted = 0;
	if (l->state == SEAL_LINK_OPEN || (l->state == SEAL_LINK_READY && l->busy))
		l->state = SEAL_LINK_STALE;
}

void
seal_link_abort(struct seal_link *l)
{
	if (l->state != SEAL_LINK_NONE)
		l->wanted = SEAL_UP_ABORT;
	l->state = SEAL_LINK_NONE;
	l->accepted = 0;
	l->busy = false;
	l->broken = false;
}

void
seal_link_leave(struct seal_link *l, uint64_t now_ms)
{
	if (l->state == SEAL_LINK_NONE || l->state == SEAL_LINK_QUITTING)
		return;
	if (l->state == SEAL_LINK_OPENING || l->busy) {
		seal_link_abort(l);
		return;
	}
	l->state = SEAL_LINK_QUITTING;
	expect_reply(l, seal_smtpc_quit(&l->smtpc, now_ms));
}

/* --- commands ---------------------------------------------------------------------------- */

void
seal_link_mail(struct seal_link *l, const struct seal_path_command *mail, uint64_t now_ms)
{
	expect_reply(l, seal_smtpc_mail(&l->smtpc, mail, now_ms));
}

void
seal_link_rcpt(struct seal_link *l, const struct seal_path_command *rcpt, uint64_t now_ms)
{
	expect_reply(l, seal_smtpc_rcpt(&l->smtpc, rcpt, now_ms));
}

void
seal_link_data(struct seal_link *l, uint64_t now_ms)
{
	expect_reply(l, seal_smtpc_data(&l->smtpc, now_ms));
	if (l->busy)
		l->state = SEAL_LINK_CONTENT;
}

void
seal_link_content(struct seal_link *l, struct seal_span piece)
{
	(void)seal_smtpc_content(&l->smtpc, piece);
}

void
seal_link_end(struct seal_link *l, uint64_t now_ms)
{
	l->state = SEAL_LINK_ENDED;
	(void)seal_smtpc_end(&l->smtpc, now_ms);
}

/* --- events ------------------------------------------------------------------------------- */

/* Set the state after a reply. Returns what the reply means for the transaction. */
static enum seal_link_event
on_reply(struct seal_link *l)
{
	l->busy = false;
	switch ((enum seal_link_state)l->state) {
	case SEAL_LINK_READY:
		if (seal_reply_is_positive(seal_smtpc_reply(&l->smtpc)))
			l->state = SEAL_LINK_OPEN;
		return SEAL_LINK_ENVELOPE_REPLY;
	case SEAL_LINK_OPEN:
		return SEAL_LINK_ENVELOPE_REPLY;
	case SEAL_LINK_CONTENT:
		l->state = SEAL_LINK_STALE; /* a DATA that was refused leaves the transaction open */
		return SEAL_LINK_MESSAGE_REPLY;
	case SEAL_LINK_ENDED:
		l->state = SEAL_LINK_READY;
		return SEAL_LINK_MESSAGE_REPLY;
	case SEAL_LINK_RESETTING:
		l->state = SEAL_LINK_READY;
		break;
	case SEAL_LINK_QUITTING:
		l->state = SEAL_LINK_NONE;
		l->wanted = SEAL_UP_CLOSE;
		break;
	case SEAL_LINK_STALE: /* the verdict on a command of a transaction that is over */
	case SEAL_LINK_NONE:
	case SEAL_LINK_OPENING:
		break;
	}
	return SEAL_LINK_NOTHING;
}

static enum seal_link_event
on_event(struct seal_link *l, enum seal_smtpc_event event)
{
	switch (event) {
	case SEAL_SMTPC_READY:
		l->state = SEAL_LINK_READY;
		return SEAL_LINK_GREETED;
	case SEAL_SMTPC_STARTTLS:
		l->wanted = SEAL_UP_SECURE;
		break;
	case SEAL_SMTPC_REPLY:
		return on_reply(l);
	case SEAL_SMTPC_WANTS:
		return SEAL_LINK_WANTS;
	case SEAL_SMTPC_FAILED:
		return SEAL_LINK_FAILED;
	case SEAL_SMTPC_NONE:
		break;
	}
	return SEAL_LINK_NOTHING;
}

enum seal_link_event
seal_link_next(struct seal_link *l)
{
	enum seal_link_event event = l->broken ? SEAL_LINK_FAILED : SEAL_LINK_NOTHING;

	l->broken = false;
	while (event == SEAL_LINK_NOTHING && l->state != SEAL_LINK_NONE) {
		const enum seal_smtpc_event next = seal_smtpc_next(&l->smtpc);

		if (next == SEAL_SMTPC_NONE)
			break;
		event = on_event(l, next);
	}
	return event;
}

struct seal_reply
seal_link_reply(const struct seal_link *l)
{
	return seal_smtpc_reply(&l->smtpc);
}

/* --- failures ----------------------------------------------------------------------------- */

/* " Next hop smtp.example.net:587 (192.0.2.25): "; without the address if it is not known. */
static void
put_next_hop(const struct seal_link *l, const struct seal_endpoint *hop, struct seal_out *out)
{
	uint8_t text[SEAL_IP_TEXT_MAX];
	struct seal_out address = seal_out(text, sizeof text);

	seal_ip_put(&address, &l->address);
	seal_out_text(out, " Next hop ");
	seal_out_span_put(out, hop->host);
	seal_out_octet(out, ':');
	seal_out_u64(out, hop->port);
	if (!seal_ip_is_none(&l->address) && !seal_span_equal(hop->host, seal_out_span(&address))) {
		seal_out_text(out, " (");
		seal_out_span_put(out, seal_out_span(&address));
		seal_out_octet(out, ')');
	}
	seal_out_text(out, ": ");
}

/* Append the next hop's reply, in one line. */
static void
quote_reply(const struct seal_link *l, struct seal_out *out)
{
	const struct seal_reply reply = seal_smtpc_reply(&l->smtpc);

	seal_out_text(out, ": ");
	seal_out_u64(out, reply.code);
	seal_out_octet(out, ' ');
	seal_out_span_put(out, seal_span_first(reply.text, seal_span_find(reply.text, '\n')));
}

static const struct {
	char code[6];       /* enhanced status code */
	bool has_reply;     /* of the next hop      */
	const char *reason;
} FAILURES[] = {
	[SEAL_SMTPC_FINE] = { "4.4.1", false, "connection refused or lost" }, /* before the greeting */
	[SEAL_SMTPC_REFUSED] = { "4.4.1", true, "session refused" },
	[SEAL_SMTPC_LOST] = { "4.4.2", false, "connection lost" },
	[SEAL_SMTPC_TIMEOUT] = { "4.4.1", false, "connection timed out" },
	[SEAL_SMTPC_NO_TLS] = { "4.7.5", false, "TLS not offered" },
	[SEAL_SMTPC_TLS_REFUSED] = { "4.7.5", true, "STARTTLS refused" },
	[SEAL_SMTPC_NO_LOGIN] = { "4.7.0", false, "configured AUTH mechanism not offered" },
	[SEAL_SMTPC_LOGIN_REFUSED] = { "4.7.0", true, "authentication refused" },
	[SEAL_SMTPC_NONSENSE] = { "4.5.0", false, "does not speak SMTP" }
};

struct seal_reply
seal_link_failure(struct seal_link *l, const struct seal_endpoint *hop)
{
	struct seal_out out = seal_smtpc_failure_room(&l->smtpc);
	enum seal_smtpc_failure failure = seal_smtpc_failure(&l->smtpc);
	const char *reason;

	if (failure == SEAL_SMTPC_LOST && !seal_link_is_greeted(l))
		failure = SEAL_SMTPC_FINE;
	if (l->insecure != NULL)
		failure = SEAL_SMTPC_NO_TLS;
	reason = failure == SEAL_SMTPC_FINE && seal_ip_is_none(&l->address) ? "host not found"
	                                                                    : FAILURES[failure].reason;
	seal_out_span_put(&out, seal_span_text(FAILURES[failure].code));
	put_next_hop(l, hop, &out);
	if (l->insecure != NULL) {
		reason = l->insecure;
		seal_out_text(&out, "TLS failed: ");
	}
	seal_out_span_put(&out, seal_span_text(reason));
	if (FAILURES[failure].has_reply)
		quote_reply(l, &out);
	return (struct seal_reply){ 451, seal_out_span(&out) };
}

bool
seal_link_login_refused(const struct seal_link *l)
{
	return seal_smtpc_failure(&l->smtpc) == SEAL_SMTPC_LOGIN_REFUSED;
}

bool
seal_link_needs_attention(const struct seal_link *l)
{
	const enum seal_smtpc_failure failure = seal_smtpc_failure(&l->smtpc);

	return l->insecure != NULL || failure == SEAL_SMTPC_NO_TLS || failure == SEAL_SMTPC_TLS_REFUSED ||
	       failure == SEAL_SMTPC_NO_LOGIN || failure == SEAL_SMTPC_LOGIN_REFUSED;
}

bool
seal_link_refused_content(const struct seal_link *l)
{
	return seal_link_has_content(l) && seal_smtpc_failure(&l->smtpc) == SEAL_SMTPC_REFUSED;
}

bool
seal_link_in_doubt(const struct seal_link *l)
{
	return seal_link_has_content(l) && seal_smtpc_in_doubt(&l->smtpc);
}

/* --- for the port ---------------------------------------------------------------------- */

enum seal_up
seal_link_wanted(struct seal_link *l)
{
	const enum seal_up wanted = (enum seal_up)l->wanted;

	l->wanted = SEAL_UP_NONE;
	return wanted;
}

void
seal_link_connecting(struct seal_link *l, const struct seal_ip *address)
{
	l->address = *address;
}

void
seal_link_connected(struct seal_link *l, struct seal_secrecy secrecy, uint64_t now_ms)
{
	seal_smtpc_connected(&l->smtpc, secrecy, now_ms);
}

void
seal_link_secured(struct seal_link *l, struct seal_secrecy secrecy, uint64_t now_ms)
{
	seal_smtpc_secured(&l->smtpc, secrecy, now_ms);
}

void
seal_link_insecure(struct seal_link *l, const char *why)
{
	l->insecure = why;
	seal_link_closed(l);
}

void
seal_link_closed(struct seal_link *l)
{
	if (l->state != SEAL_LINK_NONE)
		seal_smtpc_closed(&l->smtpc);
}

size_t
seal_link_recv(struct seal_link *l, const uint8_t *data, size_t len, uint64_t now_ms)
{
	return l->state == SEAL_LINK_NONE ? len : seal_smtpc_recv(&l->smtpc, data, len, now_ms);
}

struct seal_span
seal_link_view(struct seal_link *l)
{
	return l->state == SEAL_LINK_NONE ? (struct seal_span){ NULL, 0 } : seal_smtpc_send_view(&l->smtpc);
}

void
seal_link_sent(struct seal_link *l, size_t len, uint64_t now_ms)
{
	seal_smtpc_sent(&l->smtpc, len, now_ms);
}

uint64_t
seal_link_deadline_ms(const struct seal_link *l)
{
	return l->state == SEAL_LINK_NONE ? UINT64_MAX : seal_smtpc_deadline_ms(&l->smtpc);
}

void
seal_link_tick(struct seal_link *l, uint64_t now_ms)
{
	if (l->state != SEAL_LINK_NONE)
		seal_smtpc_tick(&l->smtpc, now_ms);
}
