/* SPDX-License-Identifier: Apache-2.0
 *
 * stream.h - a connection of contract/net.h, in the clear or through TLS.
 *
 *	(net.h makes s->net) -> [secure] -> { run, work on it }... -> close or abort -> run
 *	... until free
 *
 * In the clear it is the connection itself. Through TLS, run moves octets between it and
 * mbedtls/tls.h, whose worker computes while the network goes on. All in the network context.
 */
#ifndef PORT_GATEWAY_STREAM_H
#define PORT_GATEWAY_STREAM_H

#include "port/contract/net.h"
#include "port/mbedtls/tls.h"

/* Limits of a handshake, from its first octet, and of sending what is left when a connection closes. */
#define SEAL_STREAM_HANDSHAKE_MS 30000u
#define SEAL_STREAM_FAREWELL_MS  10000u

/* What run reports, once each. */
enum seal_stream_news {
	SEAL_STREAM_NONE,
	SEAL_STREAM_SECURED,  /* the handshake is over, the peer is who it should be           */
	SEAL_STREAM_INSECURE  /* TLS failed, see seal_stream_why: only close or abort are left */
};

/* Opaque except for net, which is passed to net.h to accept or connect. Zeroed: free. */
struct seal_stream {
	struct seal_net_conn net;
	struct seal_tls *tls;       /* NULL: in the clear                   */
	uint64_t until_ms;          /* of the handshake, or of the farewell */
	bool waiting;               /* for a job                            */
	bool secured;               /* reported                             */
	bool failed;                /* reported                             */
	bool late;                  /* the handshake took too long          */
	bool moved;                 /* something was written or taken       */
	bool closing;
	bool aborting;
};

/* From now on the octets of `s` are TLS. `tls` is free, and lent until seal_stream_is_free. */
void seal_stream_secure(struct seal_stream *s, struct seal_tls *tls, struct seal_tls_peer *peer,
                        uint64_t now_ms);

/* Move what can be moved. *moved is set if anything was. */
enum seal_stream_news seal_stream_run(struct seal_stream *s, uint64_t now_ms, bool *moved);

/* Why TLS failed, NUL-ended and constant: "its certificate has expired". */
const char *seal_stream_why(const struct seal_stream *s);

/* Run has something to do now. */
bool seal_stream_has_moved(const struct seal_stream *s);

/* When it must run at the latest; UINT64_MAX: only when it has moved. */
uint64_t seal_stream_deadline_ms(const struct seal_stream *s);

/* As in net.h. Until the handshake is over, nothing is in view and there is no room. */
struct seal_span seal_stream_view(const struct seal_stream *s);
void seal_stream_take(struct seal_stream *s, size_t len);
size_t seal_stream_send(struct seal_stream *s, const uint8_t *data, size_t len);
void seal_stream_push(struct seal_stream *s);

/* _ended: the peer sends nothing after what is in view. _lost: the connection is lost. */
bool seal_stream_ended(const struct seal_stream *s);
bool seal_stream_lost(const struct seal_stream *s);

/* As in net.h, but they take until seal_stream_is_free. Harmless when repeated. */
void seal_stream_close(struct seal_stream *s, uint64_t now_ms);
void seal_stream_abort(struct seal_stream *s);
bool seal_stream_is_free(const struct seal_stream *s); /* or in the clear: it has no TLS */

#endif
