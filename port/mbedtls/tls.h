/* SPDX-License-Identifier: Apache-2.0
 *
 * tls.h - TLS 1.3 and 1.2 for one connection (RFC 8446, 5246), without sockets.
 *
 *	peer init -> { begin -> { feed, run, out, plain, write }... -> release -> run }...
 *
 * Two contexts share a connection: the network context, which moves octets, and the worker
 * (port/contract/job.h), which computes. While a job runs (seal_tls_is_busy), the connection
 * belongs to the worker, with the octets lent by feed: only is_busy may be called. All other
 * calls come from the network context, and none of them computes or allocates: run submits
 * a job for that. Everything that Mbed TLS allocates lies in the arena.
 *
 * The choice is small: TLS 1.3 with AES-128-GCM or ChaCha20-Poly1305, TLS 1.2 with the same and
 * ECDHE, certificates with RSA or ECDSA, X25519, P-256, P-384. No renegotiation, no compression,
 * nothing older. A machine with SEAL_TLS_SMALL is only a client, and of TLS 1.2.
 */
#ifndef PORT_MBEDTLS_TLS_H
#define PORT_MBEDTLS_TLS_H

#include "engine/base/span.h"
#include "port/contract/job.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Octets that no one can guess, in the worker's context; false: none are available. */
struct seal_tls_random {
	bool (*get)(void *ctx, uint8_t *out, size_t len);
	void *ctx;
};

/* Why a connection failed or ended. seal_tls_fault_text has the words. */
enum seal_tls_fault {
	SEAL_TLS_FINE,
	SEAL_TLS_NO_MEMORY,        /* the arena is full                                */
	SEAL_TLS_NO_RANDOM,
	SEAL_TLS_NOT_TLS,          /* the peer did not send TLS                        */
	SEAL_TLS_OLD,              /* no TLS version in common with the peer            */
	SEAL_TLS_NO_COMMON,        /* no cipher suite, group or signature in common    */
	SEAL_TLS_RECORD,           /* a record or message that does not fit our buffer */
	SEAL_TLS_EXPIRED,          /* the certificate, or one above it                 */
	SEAL_TLS_NOT_YET,          /* valid only in the future                         */
	SEAL_TLS_NO_CLOCK,         /* the time is unknown: validity cannot be checked  */
	SEAL_TLS_NAME,             /* the certificate is for other names               */
	SEAL_TLS_ISSUER,           /* no configured CA issued it, or it issued itself  */
	SEAL_TLS_PIN,              /* the key matches no pin                           */
	SEAL_TLS_WEAK,             /* SHA-1, RSA under 2048 bits, an unknown curve     */
	SEAL_TLS_REVOKED,
	SEAL_TLS_CERTIFICATE,      /* none, damaged, or not for this use               */
	SEAL_TLS_ALERT,            /* the peer ended it with an alert: seal_tls_alert  */
	SEAL_TLS_ENDED,            /* the peer closed in the middle of the handshake   */
	SEAL_TLS_DAMAGED,          /* a record was changed in transit                  */
	SEAL_TLS_PROTOCOL          /* any other fault of the peer                      */
};

/* What is wrong, NUL-ended, without the peer's name: "its certificate has expired". */
const char *seal_tls_fault_text(enum seal_tls_fault fault);

/* --- the peers that connections are made with ----------------------------------------- */

struct mbedtls_ssl_config;

/* Who we are, or whom we expect. Filled by _client or _server and lent to all connections of that
 * kind, which share it; it must not move. */
struct seal_tls_peer {
	struct mbedtls_ssl_config *config;  /* in the arena                      */
	struct seal_span name;
	struct seal_span authorities;
	struct seal_span pins;
	struct seal_tls_random random;
	uint64_t (*now_s)(void);
	void *own;                          /* certificate and key of a server   */
	void *session;                      /* of the last connection, to resume */
	uint64_t session_s;
};

struct seal_tls_client_setup {
	const char *name;             /* whose certificate is expected, and for SNI; NUL-ended,
	                               * lent for good                                        */
	struct seal_span authorities; /* DER certificates, one after the other; lent   */
	struct seal_span pins;        /* SHA-256 of SubjectPublicKeyInfo (RFC 7469 2.4), each
	                               * 32 octets; if there are any, a match with one is enough,
	                               * and neither name, issuer nor time count; lent */
	struct seal_tls_random random;
	uint64_t (*now_s)(void);      /* trusted seconds since 1970, else 0; in the worker's
	                               * context                                       */
};

struct seal_tls_server_setup {
	struct seal_span chain;       /* PEM or DER, the server's own first; lent      */
	struct seal_span key;         /* PEM or DER, RSA or P-256, not encrypted; lent */
	struct seal_tls_random random;
	uint64_t (*now_s)(void);
};

/* In the worker's context, or before it starts. Fails with SEAL_TLS_NO_MEMORY, or SEAL_TLS_CERTIFICATE:
 * the setup is wrong (of a server: chain, key, or they do not match). */
enum seal_tls_fault seal_tls_client(struct seal_tls_peer *peer, const struct seal_tls_client_setup *setup);
enum seal_tls_fault seal_tls_server(struct seal_tls_peer *peer, const struct seal_tls_server_setup *setup);

/* Free its memory in the arena; harmless when repeated. No connection may use it. */
void seal_tls_peer_release(struct seal_tls_peer *peer);

/* Append a PEM bundle to `out` as DER certificates, one after the other; text between them is
 * skipped. Returns how many; 0: `pem` is damaged or `out` overflowed. Needs no arena. For bundles
 * and chains. */
struct seal_out;
size_t seal_tls_bundle_der(struct seal_span pem, struct seal_out *out);

/* --- one connection ------------------------------------------------------------------- */

enum seal_tls_state {
	SEAL_TLS_FREE,          /* not begun, or released                                   */
	SEAL_TLS_HANDSHAKE,
	SEAL_TLS_OPEN,
	SEAL_TLS_ENDED_BY_PEER, /* close_notify, or the end of the octets: nothing more comes */
	SEAL_TLS_FAILED,        /* seal_tls_fault; only release is left. An alert may be in out */
	SEAL_TLS_RELEASING
};

/* Octets of records for the peer, and of plain text each way. A record that we write holds at most
 * SEAL_TLS_PLAIN_OUT octets. */
#if defined(SEAL_TLS_SMALL)
#define SEAL_TLS_PLAIN_OUT 384u
#define SEAL_TLS_PLAIN_IN  192u
#else
#define SEAL_TLS_PLAIN_OUT 4096u
#define SEAL_TLS_PLAIN_IN  4096u
#endif
#define SEAL_TLS_OUT (SEAL_TLS_PLAIN_OUT + 64u)

struct mbedtls_ssl_context;

/* Opaque. It must not move while it is in use. */
struct seal_tls {
	struct seal_job job;
	struct seal_tls_peer *peer;
	struct mbedtls_ssl_context *ssl;    /* in the arena                */
	struct seal_span fed;               /* lent: records from the peer */
	size_t fed_taken;
	size_t out_len, out_sent;
	size_t plain_in_len, plain_in_taken;
	size_t plain_out_len, plain_out_done;
	uint32_t verify_flags;
	uint8_t state, fault, alert;
	bool fed_end;                       /* no octet comes after them   */
	bool closing, close_sent;
	bool resumed;
	uint8_t out[SEAL_TLS_OUT];
	uint8_t plain_in[SEAL_TLS_PLAIN_IN];
	uint8_t plain_out[SEAL_TLS_PLAIN_OUT];
};

/* Begin a connection; `t` is zeroed or released. The handshake begins with the first run. */
void seal_tls_begin(struct seal_tls *t, struct seal_tls_peer *peer);

/* A job runs: no other function may be called. */
bool seal_tls_is_busy(const struct seal_tls *t);

enum seal_tls_state seal_tls_state(const struct seal_tls *t);
enum seal_tls_fault seal_tls_fault(const struct seal_tls *t);
uint8_t seal_tls_alert(const struct seal_tls *t);   /* its description, RFC 8446 6 */

/* Lend all records that have come, until the next feed or release, and whether the peer has ended
 * its side after them. fed returns how many octets the last run took: those need not be fed
 * again. */
void seal_tls_feed(struct seal_tls *t, struct seal_span records, bool ended);
size_t seal_tls_fed(const struct seal_tls *t);

/* Records for the peer: view them, send some, then report how many octets were sent. */
struct seal_span seal_tls_out(const struct seal_tls *t);
void seal_tls_out_sent(struct seal_tls *t, size_t len);

/* Plain octets from the peer: view them, take some. */
struct seal_span seal_tls_plain(const struct seal_tls *t);
void seal_tls_plain_taken(struct seal_tls *t, size_t len);

/* Pass plain octets for the peer, which may have ended its own side. Returns how many were copied;
 * 0: no room now, or not open. */
size_t seal_tls_write(struct seal_tls *t, const uint8_t *data, size_t len);

/* Send close_notify after what was written. */
void seal_tls_close(struct seal_tls *t);

/* Submit a job if there is something to do: a handshake that can continue, fed records and room for
 * their content, plain octets to send, a release. Returns whether one was submitted. */
bool seal_tls_run(struct seal_tls *t);

/* Free all memory in the arena, in the next run; then the state is SEAL_TLS_FREE. */
void seal_tls_release(struct seal_tls *t);

/* For the log: "TLSv1.3" and the cipher suite; empty before SEAL_TLS_OPEN. Constant. */
struct seal_span seal_tls_version(const struct seal_tls *t);
struct seal_span seal_tls_suite(const struct seal_tls *t);

#ifdef __cplusplus
}
#endif

#endif
