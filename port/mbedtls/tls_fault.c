/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "mbedtls/asn1.h"
#include "mbedtls/error.h"
#include "mbedtls/pk.h"
#include "port/mbedtls/tls_internal.h"

#define TIME (MBEDTLS_X509_BADCERT_EXPIRED | MBEDTLS_X509_BADCERT_FUTURE)
#define WEAK (MBEDTLS_X509_BADCERT_BAD_MD | MBEDTLS_X509_BADCERT_BAD_PK | MBEDTLS_X509_BADCERT_BAD_KEY)

const char *
seal_tls_fault_text(enum seal_tls_fault fault)
{
	static const char *const texts[] = {
		[SEAL_TLS_FINE] = "nothing is wrong",
		[SEAL_TLS_NO_MEMORY] = "no memory left for TLS",
		[SEAL_TLS_NO_RANDOM] = "no randomness available",
		[SEAL_TLS_NOT_TLS] = "it did not send TLS",
		[SEAL_TLS_OLD] = "no TLS version in common",
		[SEAL_TLS_NO_COMMON] = "no cipher suite, group or signature in common",
		[SEAL_TLS_RECORD] = "it sent a record or message too large for this machine",
		[SEAL_TLS_EXPIRED] = "its certificate, or one above it, has expired",
		[SEAL_TLS_NOT_YET] = "its certificate, or one above it, is not valid yet",
		[SEAL_TLS_NO_CLOCK] = "the time is unknown, so its certificate cannot be checked",
		[SEAL_TLS_NAME] = "its certificate is for other names",
		[SEAL_TLS_ISSUER] = "no configured CA issued its certificate",
		[SEAL_TLS_PIN] = "its key matches no pin",
		[SEAL_TLS_WEAK] = "its certificate is weak: SHA-1, RSA under 2048 bits, or an unknown curve",
		[SEAL_TLS_REVOKED] = "its certificate was revoked",
		[SEAL_TLS_CERTIFICATE] = "its certificate is missing, damaged, or not for this use",
		[SEAL_TLS_ALERT] = "it ended the connection with an alert",
		[SEAL_TLS_ENDED] = "it closed the connection in the middle of the handshake",
		[SEAL_TLS_DAMAGED] = "a record was changed in transit",
		[SEAL_TLS_PROTOCOL] = "it violated the TLS protocol",
	};

	return texts[fault];
}

/* The first of several reasons: whose certificate it is comes before what is wrong with it, and
 * what a new certificate fixes comes last. */
static enum seal_tls_fault
judge_flags(uint32_t flags, bool clock)
{
	if (flags == UINT32_MAX) /* no verdict was reached */
		return SEAL_TLS_CERTIFICATE;
	if (flags & MBEDTLS_X509_BADCERT_OTHER)
		return SEAL_TLS_PIN;
	if (flags & MBEDTLS_X509_BADCERT_REVOKED)
		return SEAL_TLS_REVOKED;
	if (flags & MBEDTLS_X509_BADCERT_NOT_TRUSTED)
		return SEAL_TLS_ISSUER;
	if (flags & MBEDTLS_X509_BADCERT_CN_MISMATCH)
		return SEAL_TLS_NAME;
	if (flags & WEAK)
		return SEAL_TLS_WEAK;
	if (flags & ~(uint32_t)TIME || flags == 0)
		return SEAL_TLS_CERTIFICATE;
	if (!clock)
		return SEAL_TLS_NO_CLOCK;
	return flags & MBEDTLS_X509_BADCERT_EXPIRED ? SEAL_TLS_EXPIRED : SEAL_TLS_NOT_YET;
}

/* Before the peer's first reply, handshake_failure can mean nothing else. */
static enum seal_tls_fault
judge_alert(const struct seal_tls_work *w, uint8_t alert)
{
	const bool early = w->ssl.MBEDTLS_PRIVATE(state) <= MBEDTLS_SSL_SERVER_HELLO;

	if (alert == MBEDTLS_SSL_ALERT_MSG_PROTOCOL_VERSION)
		return SEAL_TLS_OLD;
	if (alert == MBEDTLS_SSL_ALERT_MSG_INSUFFICIENT_SECURITY ||
	    (alert == MBEDTLS_SSL_ALERT_MSG_HANDSHAKE_FAILURE && early))
		return SEAL_TLS_NO_COMMON;
	return SEAL_TLS_ALERT;
}

/* In TLS 1.3 a client may have to refuse our certificate before it has keys to encrypt the alert.
 * A record that cannot be decrypted is then a plain alert. */
static enum seal_tls_fault
judge_undecrypted(struct seal_tls *t, const struct seal_tls_work *w)
{
	static const uint8_t plain_alert[] = { MBEDTLS_SSL_MSG_ALERT, 3, 3, 0, 2 };

	if (t->state != SEAL_TLS_HANDSHAKE || memcmp(w->header, plain_alert, sizeof plain_alert) != 0)
		return SEAL_TLS_DAMAGED;
	t->alert = w->last;
	return SEAL_TLS_ALERT;
}

/* A ClientHello in the form of SSL 2 (RFC 5246 E.2). */
static bool
is_sslv2(const uint8_t *header)
{
	return (header[0] & 0x80u) != 0 && header[2] == 1 && header[3] <= 3;
}

static enum seal_tls_fault
judge_record(const struct seal_tls_work *w)
{
	const uint8_t *header = w->header;
	const size_t len = (size_t)header[3] << 8 | header[4];
	const bool tls = header[0] >= MBEDTLS_SSL_MSG_CHANGE_CIPHER_SPEC &&
	                 header[0] <= MBEDTLS_SSL_MSG_APPLICATION_DATA && header[1] == 3;

	if (tls)
		return len > MBEDTLS_SSL_IN_CONTENT_LEN ? SEAL_TLS_RECORD : SEAL_TLS_PROTOCOL;
	if (w->has_header)
		return SEAL_TLS_PROTOCOL;
	return is_sslv2(header) ? SEAL_TLS_OLD : SEAL_TLS_NOT_TLS;
}

/* The fault of a certificate that cannot be read. */
static enum seal_tls_fault
judge_parsing(int error)
{
	const int low = error % 0x80;
	const int high = error - low;

	if (high == MBEDTLS_ERR_PK_UNKNOWN_NAMED_CURVE || high == MBEDTLS_ERR_PK_UNKNOWN_PK_ALG ||
	    high == MBEDTLS_ERR_X509_UNKNOWN_SIG_ALG || high == MBEDTLS_ERR_PK_FEATURE_UNAVAILABLE)
		return SEAL_TLS_WEAK;
	if ((high <= MBEDTLS_ERR_X509_FEATURE_UNAVAILABLE && high >= MBEDTLS_ERR_X509_FATAL_ERROR) ||
	    (high <= MBEDTLS_ERR_PK_SIG_LEN_MISMATCH && high >= MBEDTLS_ERR_PK_ALLOC_FAILED))
		return SEAL_TLS_CERTIFICATE;
	return SEAL_TLS_PROTOCOL;
}

enum seal_tls_fault
seal_tls_fault_of(struct seal_tls *t, const struct seal_tls_work *w, int error)
{
	switch (error) {
	case MBEDTLS_ERR_SSL_CONN_EOF:
		return SEAL_TLS_ENDED;
	case MBEDTLS_ERR_SSL_FATAL_ALERT_MESSAGE:
		t->alert = w->ssl.MBEDTLS_PRIVATE(in_msg)[1];
		return judge_alert(w, t->alert);
	case MBEDTLS_ERR_SSL_INVALID_MAC:
		return judge_undecrypted(t, w);
	case MBEDTLS_ERR_SSL_BAD_PROTOCOL_VERSION:
		return SEAL_TLS_OLD;
	case MBEDTLS_ERR_SSL_HANDSHAKE_FAILURE:
		return SEAL_TLS_NO_COMMON;
	case MBEDTLS_ERR_X509_CERT_VERIFY_FAILED:
	case MBEDTLS_ERR_SSL_BAD_CERTIFICATE:
		return judge_flags(t->verify_flags, t->peer->now_s() != 0);
	case MBEDTLS_ERR_SSL_INVALID_RECORD:
		return judge_record(w);
	/* Errors about Mbed TLS's own buffers. */
	case MBEDTLS_ERR_SSL_BAD_INPUT_DATA:
	case MBEDTLS_ERR_SSL_BUFFER_TOO_SMALL:
	case MBEDTLS_ERR_ERROR_CORRUPTION_DETECTED:
		return SEAL_TLS_RECORD;
	default:
		return judge_parsing(error);
	}
}
