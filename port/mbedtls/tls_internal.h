/* SPDX-License-Identifier: Apache-2.0
 *
 * tls_internal.h - what the files of TLS share and no other file needs.
 */
#ifndef PORT_MBEDTLS_TLS_INTERNAL_H
#define PORT_MBEDTLS_TLS_INTERNAL_H

#include "mbedtls/ssl.h"
#include "mbedtls/x509_crt.h"
#include "port/mbedtls/tls.h"

/* --- a connection in the arena (tls.c) ------------------------------------------------ */

#define SEAL_TLS_HEADER 5u /* type, version, length: RFC 8446 5.1 */

struct seal_tls_work {
	mbedtls_ssl_context ssl;    /* first: seal_tls.ssl is this                  */
	uint8_t header[SEAL_TLS_HEADER];
	size_t header_len;          /* of the incoming record                       */
	size_t body_left;
	uint8_t last;               /* octet of it that came                        */
	uint64_t verified_s;        /* when the certificate was checked             */
	bool set_up;
	bool has_header;                 /* the peer has sent a whole record header */
	bool starved;               /* it needs octets that have not come           */
	bool blocked_read;          /* reading must wait until out has room         */
	bool more_in;               /* stopped because plain_in was full            */
	bool offered, verified;     /* a session; a certificate                     */
	bool resumable;
	bool refused;               /* by the arena, in a job that continued        */
};

/* --- peers (tls_peer.c) --------------------------------------------------------------- */

/* Use the clock and randomness of `peer` where Mbed TLS names no connection. */
void seal_tls_work_for(const struct seal_tls_peer *peer);

/* Randomness has failed since then. */
bool seal_tls_random_failed(void);

/* For mbedtls_ssl_set_verify; `tls` is the connection. */
int seal_tls_judge(void *tls, mbedtls_x509_crt *crt, int depth, uint32_t *flags);

/* A client's handshake has failed. If another offer would work better, the next connection makes
 * that one. */
void seal_tls_learn(struct seal_tls_peer *peer, const mbedtls_ssl_context *ssl, int error);

/* --- certificates without Mbed TLS (tls_bundle.c) ------------------------------------- */

struct seal_tls_certificate {
	struct seal_span der;
	struct seal_span subject; /* with its header */
};

/* Take the next one off the start of *rest. False: no more, or it is damaged. */
bool seal_tls_certificate_next(struct seal_span *rest, struct seal_tls_certificate *c);

/* --- faults (tls_fault.c) ------------------------------------------------------------- */

/* What an error of Mbed TLS means in this connection; sets t->alert. */
enum seal_tls_fault seal_tls_fault_of(struct seal_tls *t, const struct seal_tls_work *w, int error);

#endif
