/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "engine/base/out.h"
#include "engine/mail/date.h"
#include "mbedtls/oid.h"
#include "mbedtls/pk.h"
#include "mbedtls/platform_util.h"
#include "mbedtls/sha256.h"
#include "port/mbedtls/arena.h"
#include "port/mbedtls/internal.h"
#include "port/mbedtls/tls_internal.h"

#if defined(MBEDTLS_SSL_SRV_C)
#include "mbedtls/ssl_ticket.h"
#endif
#if defined(MBEDTLS_PSA_CRYPTO_C)
#include "psa/crypto.h"
#endif

#define NAME_MAX   MBEDTLS_SSL_MAX_HOST_NAME_LEN
#define PIN        32u
#define RSA_BITS   2048u
#define TICKET_S   3600u

/* --- what is offered ----------------------------------------------------------------- */

/* P-384 comes last. In TLS 1.2 these are also the curves that a certificate may have. */
static const uint16_t groups[] = {
#if defined(MBEDTLS_ECP_DP_CURVE25519_ENABLED)
	MBEDTLS_SSL_IANA_TLS_GROUP_X25519,
#endif
	MBEDTLS_SSL_IANA_TLS_GROUP_SECP256R1,
	MBEDTLS_SSL_IANA_TLS_GROUP_SECP384R1,
	MBEDTLS_SSL_IANA_TLS_GROUP_NONE
};

/* PSS comes after PKCS #1, with which TLS 1.3 does not sign. Most servers of TLS 1.2 follow this
 * order; see seal_tls_learn. */
static const uint16_t signatures[] = {
	MBEDTLS_TLS1_3_SIG_ECDSA_SECP256R1_SHA256,
	MBEDTLS_TLS1_3_SIG_ECDSA_SECP384R1_SHA384,
	MBEDTLS_TLS1_3_SIG_RSA_PKCS1_SHA256,
	MBEDTLS_TLS1_3_SIG_RSA_PKCS1_SHA384,
	MBEDTLS_TLS1_3_SIG_RSA_PKCS1_SHA512,
#if defined(MBEDTLS_PKCS1_V21)
	MBEDTLS_TLS1_3_SIG_RSA_PSS_RSAE_SHA256,
	MBEDTLS_TLS1_3_SIG_RSA_PSS_RSAE_SHA384,
	MBEDTLS_TLS1_3_SIG_RSA_PSS_RSAE_SHA512,
#endif
	MBEDTLS_TLS1_3_SIG_NONE
};

static const mbedtls_x509_crt_profile profile = {
	MBEDTLS_X509_ID_FLAG(MBEDTLS_MD_SHA256) | MBEDTLS_X509_ID_FLAG(MBEDTLS_MD_SHA384) |
		MBEDTLS_X509_ID_FLAG(MBEDTLS_MD_SHA512),
	MBEDTLS_X509_ID_FLAG(MBEDTLS_PK_RSA) | MBEDTLS_X509_ID_FLAG(MBEDTLS_PK_RSASSA_PSS) |
		MBEDTLS_X509_ID_FLAG(MBEDTLS_PK_ECKEY) | MBEDTLS_X509_ID_FLAG(MBEDTLS_PK_ECDSA),
	MBEDTLS_X509_ID_FLAG(MBEDTLS_ECP_DP_SECP256R1) | MBEDTLS_X509_ID_FLAG(MBEDTLS_ECP_DP_SECP384R1),
	RSA_BITS
};

/* --- time and randomness -------------------------------------------------------------- */

static struct {
	const struct seal_tls_peer *peer;
	bool random_failed;
} in_work;

void
seal_tls_work_for(const struct seal_tls_peer *peer)
{
	in_work.peer = peer;
	in_work.random_failed = false;
}

bool
seal_tls_random_failed(void)
{
	return in_work.random_failed;
}

int64_t
seal_tls_time(int64_t *out)
{
	const int64_t now = in_work.peer == NULL ? 0 : (int64_t)in_work.peer->now_s();

	if (out != NULL)
		*out = now;
	return now;
}

/* It measures the age of tickets; seconds are enough. */
mbedtls_ms_time_t
mbedtls_ms_time(void)
{
	return seal_tls_time(NULL) * 1000;
}

struct tm *
mbedtls_platform_gmtime_r(const mbedtls_time_t *time, struct tm *tm)
{
	const struct seal_date date = seal_date_of((uint64_t)*time);

	memset(tm, 0, sizeof *tm);
	tm->tm_sec = (int)date.second;
	tm->tm_min = (int)date.minute;
	tm->tm_hour = (int)date.hour;
	tm->tm_mday = (int)date.day;
	tm->tm_mon = (int)date.month - 1;
	tm->tm_year = (int)date.year - 1900;
	return tm;
}

static int
draw(void *peer, unsigned char *out, size_t len)
{
	const struct seal_tls_random *random = &((const struct seal_tls_peer *)peer)->random;

	if (random->get(random->ctx, out, len))
		return 0;
	in_work.random_failed = true;
	return MBEDTLS_ERR_SSL_INTERNAL_ERROR;
}

#if defined(MBEDTLS_PSA_CRYPTO_C)
psa_status_t
mbedtls_psa_external_get_random(mbedtls_psa_external_random_context_t *context, uint8_t *out, size_t size,
                                size_t *len)
{
	const struct seal_tls_random *random = &in_work.peer->random;

	(void)context;
	*len = size;
	if (random->get(random->ctx, out, size))
		return PSA_SUCCESS;
	in_work.random_failed = true;
	return PSA_ERROR_INSUFFICIENT_ENTROPY;
}
#endif

/* --- which certificates are good -------------------------------------------------------- */

/* Some roots are self-signed with SHA-1, which no one checks, and Mbed TLS may be built without it.
 * In a copy, make it SHA-256 (RFC 8017 A.2.4). */
static uint8_t *
copy_without_sha1(struct seal_span der)
{
	static const uint8_t sha1_rsa[] = { 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 1, 5 };
	const size_t len = sizeof sha1_rsa;
	uint8_t *copy = seal_arena_calloc(1, der.len);

	if (copy == NULL)
		return NULL;
	memcpy(copy, der.ptr, der.len);
	for (size_t i = 0; i + len <= der.len; i++)
		if (memcmp(copy + i, sha1_rsa, len) == 0)
			copy[i + len - 1] = 11;
	return copy;
}

static int
parse_authority(mbedtls_x509_crt *crt, struct seal_span der)
{
	int error = mbedtls_x509_crt_parse_der_nocopy(crt, der.ptr, der.len);
	uint8_t *copy;

	if (error != MBEDTLS_ERR_X509_UNKNOWN_SIG_ALG + MBEDTLS_ERR_OID_NOT_FOUND)
		return error;
	copy = copy_without_sha1(der);
	if (copy == NULL)
		return MBEDTLS_ERR_X509_ALLOC_FAILED;
	error = mbedtls_x509_crt_parse_der_nocopy(crt, copy, der.len);
	if (error == 0)
		crt->MBEDTLS_PRIVATE(own_buffer) = 1; /* freed with it */
	else
		seal_arena_free(copy);
	return error;
}

/* A certificate that we cannot use is no issuer. */
static bool
add_issuer(mbedtls_x509_crt **list, struct seal_span der)
{
	mbedtls_x509_crt *crt = seal_arena_calloc(1, sizeof *crt);

	if (crt == NULL)
		return false;
	mbedtls_x509_crt_init(crt);
	if (parse_authority(crt, der) != 0) {
		mbedtls_x509_crt_free(crt);
		seal_arena_free(crt);
		return true;
	}
	crt->next = *list;
	*list = crt;
	return true;
}

#if defined(SEAL_TLS_SMALL)

static mbedtls_rsa_context *
rsa_of(const mbedtls_x509_crt *crt)
{
	return mbedtls_pk_get_type(&crt->pk) == MBEDTLS_PK_RSA ? mbedtls_pk_rsa(crt->pk) : NULL;
}

/* R^2 modulo N, for Montgomery multiplication with R = 2^(the bits of N's limbs): doubled as often
 * as needed, in the memory of one number. */
static int
square_r(mbedtls_mpi *rr, const mbedtls_mpi *n)
{
	const size_t limbs = n->MBEDTLS_PRIVATE(n);
	const size_t bits = mbedtls_mpi_bitlen(n);
	int error = mbedtls_mpi_grow(rr, limbs + 1u);

	if (error == 0)
		error = mbedtls_mpi_set_bit(rr, bits - 1u, 1);
	for (size_t i = bits - 1u; error == 0 && i < 2u * limbs * sizeof(mbedtls_mpi_uint) * 8u; i++) {
		error = mbedtls_mpi_shift_l(rr, 1);
		if (error == 0 && mbedtls_mpi_cmp_mpi(rr, n) >= 0)
			error = mbedtls_mpi_sub_abs(rr, rr, n);
	}
	return error;
}

/* Compute what Mbed TLS keeps with a key before it does so itself with five times the memory: for
 * RSA of 4096 bits, that would be all that exists. */
static void
prepare(const mbedtls_x509_crt *crt)
{
	mbedtls_rsa_context *rsa = rsa_of(crt);

	if (rsa != NULL && rsa->MBEDTLS_PRIVATE(RN).MBEDTLS_PRIVATE(p) == NULL &&
	    square_r(&rsa->MBEDTLS_PRIVATE(RN), &rsa->MBEDTLS_PRIVATE(N)) != 0)
		mbedtls_mpi_free(&rsa->MBEDTLS_PRIVATE(RN));
}

/* Prepare the issuers that will be asked whether they signed `child`, whose own key is no longer
 * needed. If one of ours is asked, the rest of the peer's chain is not needed. */
static void
prepare_issuers(const mbedtls_x509_crt *child, const mbedtls_x509_crt *found)
{
	mbedtls_rsa_context *rsa = rsa_of(child);

	if (rsa != NULL)
		mbedtls_mpi_free(&rsa->MBEDTLS_PRIVATE(RN));
	if (found != NULL && child->next != NULL)
		mbedtls_x509_crt_free(child->next);
	for (const mbedtls_x509_crt *crt = found != NULL ? found : child->next; crt != NULL; crt = crt->next)
		if (crt->subject_raw.len == child->issuer_raw.len &&
		    memcmp(crt->subject_raw.p, child->issuer_raw.p, child->issuer_raw.len) == 0)
			prepare(crt);
}

#endif

/* Only certificates with the issuer's name are parsed, so that a bundle of all the world's
 * authorities costs no memory. */
static int
find_issuers(void *peer_, const mbedtls_x509_crt *child, mbedtls_x509_crt **found)
{
	const struct seal_tls_peer *peer = peer_;
	const struct seal_span issuer = seal_span(child->issuer_raw.p, child->issuer_raw.len);
	struct seal_span rest = peer->authorities;
	struct seal_tls_certificate c;

	*found = NULL;
	while (seal_tls_certificate_next(&rest, &c)) {
		if (!seal_span_equal(c.subject, issuer) || add_issuer(found, c.der))
			continue;
		mbedtls_x509_crt_free(*found);
		seal_arena_free(*found);
		*found = NULL;
		return MBEDTLS_ERR_X509_ALLOC_FAILED;
	}
#if defined(SEAL_TLS_SMALL)
	prepare_issuers(child, *found);
#endif
	return 0;
}

static bool
is_authority(const struct seal_tls_peer *peer, struct seal_span der)
{
	struct seal_span rest = peer->authorities;
	struct seal_tls_certificate c;

	while (seal_tls_certificate_next(&rest, &c))
		if (seal_span_equal(c.der, der))
			return true;
	return false;
}

static bool
is_pinned(const struct seal_tls_peer *peer, const mbedtls_x509_crt *crt)
{
	uint8_t digest[PIN];

	if (mbedtls_sha256(crt->pk_raw.p, crt->pk_raw.len, digest, 0) != 0)
		return false;
	for (struct seal_span rest = peer->pins; rest.len >= PIN; rest = seal_span_from(rest, PIN))
		if (memcmp(rest.ptr, digest, PIN) == 0)
			return true;
	return false;
}

/* A pinned key needs no issuer to vouch for it. */
static uint32_t
judge_pin(const struct seal_tls_peer *peer, const mbedtls_x509_crt *crt)
{
	if (!is_pinned(peer, crt))
		return MBEDTLS_X509_BADCERT_OTHER;
	if (mbedtls_pk_get_type(&crt->pk) == MBEDTLS_PK_RSA && mbedtls_pk_get_bitlen(&crt->pk) < RSA_BITS)
		return MBEDTLS_X509_BADCERT_BAD_KEY;
	return 0;
}

int
seal_tls_judge(void *tls, mbedtls_x509_crt *crt, int depth, uint32_t *flags)
{
	struct seal_tls *t = tls;
	struct seal_tls_work *w = (struct seal_tls_work *)(void *)t->ssl;

	w->verified = true;
	if (t->peer->pins.len > 0)
		*flags = depth == 0 ? judge_pin(t->peer, crt) : 0;
	/* A certificate that is itself configured is good, even if it is not a CA's. */
	else if (depth == 0 && (*flags & MBEDTLS_X509_BADCERT_NOT_TRUSTED) != 0 &&
	         is_authority(t->peer, seal_span(crt->raw.p, crt->raw.len)))
		*flags &= ~(uint32_t)MBEDTLS_X509_BADCERT_NOT_TRUSTED;
	return 0;
}

/* --- peers ---------------------------------------------------------------------------- */

static enum seal_tls_fault
configure(struct seal_tls_peer *peer, int endpoint)
{
	peer->config = seal_arena_calloc(1, sizeof *peer->config);
	if (peer->config == NULL)
		return SEAL_TLS_NO_MEMORY;
	mbedtls_ssl_config_init(peer->config);
#if defined(MBEDTLS_PSA_CRYPTO_C)
	if (psa_crypto_init() != PSA_SUCCESS)
		return SEAL_TLS_NO_MEMORY;
#endif
	if (mbedtls_ssl_config_defaults(peer->config, endpoint, MBEDTLS_SSL_TRANSPORT_STREAM,
	                                MBEDTLS_SSL_PRESET_DEFAULT) != 0)
		return SEAL_TLS_NO_MEMORY;
	mbedtls_ssl_conf_rng(peer->config, draw, peer);
	mbedtls_ssl_conf_groups(peer->config, groups);
	mbedtls_ssl_conf_sig_algs(peer->config, signatures);
	mbedtls_ssl_conf_cert_profile(peer->config, &profile);
	mbedtls_ssl_conf_min_tls_version(peer->config, MBEDTLS_SSL_VERSION_TLS1_2);
	return SEAL_TLS_FINE;
}

static bool
are_certificates(struct seal_span der)
{
	struct seal_tls_certificate c;

	while (der.len > 0)
		if (!seal_tls_certificate_next(&der, &c))
			return false;
	return true;
}

static bool
is_client_setup(const struct seal_tls_client_setup *setup)
{
	const size_t name_len = setup->name == NULL ? 0 : strlen(setup->name);

	if (setup->pins.len % PIN != 0 || name_len > NAME_MAX || !are_certificates(setup->authorities))
		return false;
	return setup->pins.len > 0 || (name_len > 0 && setup->authorities.len > 0);
}

enum seal_tls_fault
seal_tls_client(struct seal_tls_peer *peer, const struct seal_tls_client_setup *setup)
{
	enum seal_tls_fault fault;

	*peer = (struct seal_tls_peer){
		.name = setup->name == NULL ? seal_span(NULL, 0) : seal_span_text(setup->name),
		.authorities = setup->authorities,
		.pins = setup->pins,
		.random = setup->random,
		.now_s = setup->now_s,
	};
	if (!is_client_setup(setup))
		return SEAL_TLS_CERTIFICATE;
	seal_tls_work_for(peer);
	fault = configure(peer, MBEDTLS_SSL_IS_CLIENT);
	if (fault != SEAL_TLS_FINE) {
		seal_tls_peer_release(peer);
		return fault;
	}
	mbedtls_ssl_conf_authmode(peer->config, MBEDTLS_SSL_VERIFY_REQUIRED);
	mbedtls_ssl_conf_ca_cb(peer->config, find_issuers, peer);
#if defined(MBEDTLS_SSL_PROTO_TLS1_3)
	mbedtls_ssl_conf_tls13_enable_signal_new_session_tickets(
		peer->config, MBEDTLS_SSL_TLS1_3_SIGNAL_NEW_SESSION_TICKETS_ENABLED);
#endif
#if defined(SEAL_TLS_SMALL)
	(void)mbedtls_ssl_conf_max_frag_len(peer->config, MBEDTLS_SSL_MAX_FRAG_LEN_2048);
#endif
	return SEAL_TLS_FINE;
}

#if defined(MBEDTLS_SSL_PROTO_TLS1_3)
#define NEWEST MBEDTLS_SSL_VERSION_TLS1_3
#else
#define NEWEST MBEDTLS_SSL_VERSION_TLS1_2
#endif

/* What Mbed TLS 3.6.6 offers because of TLS 1.3, it refuses when the reply is TLS 1.2 (its pull
 * request 10672). After any other failure it is offered again, because the next hop may be another
 * server now. */
void
seal_tls_learn(struct seal_tls_peer *peer, const mbedtls_ssl_context *ssl, int error)
{
	const bool refused = error == MBEDTLS_ERR_SSL_ILLEGAL_PARAMETER &&
	                     mbedtls_ssl_get_version_number(ssl) == MBEDTLS_SSL_VERSION_TLS1_2 &&
	                     ssl->MBEDTLS_PRIVATE(state) == MBEDTLS_SSL_SERVER_KEY_EXCHANGE;

	if (peer->own == NULL)
		mbedtls_ssl_conf_max_tls_version(peer->config, refused ? MBEDTLS_SSL_VERSION_TLS1_2 : NEWEST);
}

#if defined(MBEDTLS_SSL_SRV_C)

struct own {
	mbedtls_x509_crt chain;
	mbedtls_pk_context key;
	mbedtls_ssl_ticket_context tickets;
	uint8_t *der; /* the chain, when it came as PEM */
};

/* The Certificate message (RFC 8446 4.4.2) is written in one piece. */
#define CHAIN_MAX (MBEDTLS_SSL_OUT_CONTENT_LEN - 64u)

/* Set *der to `chain` as DER: itself, or decoded into the arena. */
static enum seal_tls_fault
read_chain(struct own *own, struct seal_span chain, struct seal_span *der)
{
	const uint8_t sequence = MBEDTLS_ASN1_CONSTRUCTED | MBEDTLS_ASN1_SEQUENCE;
	const size_t cap = chain.len / 4u * 3u; /* it is base64 with line ends */
	struct seal_out out;

	*der = chain;
	if (chain.len > 0 && chain.ptr[0] == sequence)
		return SEAL_TLS_FINE;
	own->der = seal_arena_calloc(1, cap < CHAIN_MAX ? cap : CHAIN_MAX);
	if (own->der == NULL)
		return SEAL_TLS_NO_MEMORY;
	out = seal_out(own->der, cap < CHAIN_MAX ? cap : CHAIN_MAX);
	if (seal_tls_bundle_der(chain, &out) == 0)
		return SEAL_TLS_CERTIFICATE;
	*der = seal_out_span(&out);
	return SEAL_TLS_FINE;
}

static enum seal_tls_fault
parse_chain(struct own *own, struct seal_span chain)
{
	struct seal_span der;
	struct seal_tls_certificate c;
	enum seal_tls_fault fault = read_chain(own, chain, &der);
	size_t len = 0;

	while (fault == SEAL_TLS_FINE && der.len > 0) {
		if (!seal_tls_certificate_next(&der, &c) ||
		    mbedtls_x509_crt_parse_der_nocopy(&own->chain, c.der.ptr, c.der.len) != 0)
			return SEAL_TLS_CERTIFICATE;
		len += c.der.len + 5u;
	}
	return fault != SEAL_TLS_FINE || (len > 0 && len <= CHAIN_MAX) ? fault : SEAL_TLS_CERTIFICATE;
}

static bool
is_good_key(const mbedtls_pk_context *key)
{
	const size_t bits = mbedtls_pk_get_bitlen(key);

	if (mbedtls_pk_get_type(key) == MBEDTLS_PK_RSA)
		return bits >= RSA_BITS && bits <= SEAL_KEY_BITS_MAX;
	return mbedtls_pk_get_type(key) == MBEDTLS_PK_ECKEY && bits == 256;
}

static bool
is_for_servers(const mbedtls_x509_crt *crt)
{
	return mbedtls_x509_crt_check_key_usage(crt, MBEDTLS_X509_KU_DIGITAL_SIGNATURE) == 0 &&
	       mbedtls_x509_crt_check_extended_key_usage(crt, MBEDTLS_OID_SERVER_AUTH,
	                                                 MBEDTLS_OID_SIZE(MBEDTLS_OID_SERVER_AUTH)) == 0;
}

static enum seal_tls_fault
parse_key(struct seal_tls_peer *peer, struct own *own, struct seal_span text)
{
	struct seal_key_der d;
	bool ok = seal_key_der_read(&d, text) == SEAL_KEY_FINE &&
	          mbedtls_pk_parse_key(&own->key, d.der, d.len, NULL, 0, draw, peer) == 0;

	seal_key_der_release(&d);
	ok = ok && is_good_key(&own->key) && is_for_servers(&own->chain) &&
	     mbedtls_pk_check_pair(&own->chain.pk, &own->key, draw, peer) == 0;
	return ok ? SEAL_TLS_FINE : SEAL_TLS_CERTIFICATE;
}

/* A client that comes again within the hour needs no signature from us, which is the costly part. */
static enum seal_tls_fault
give_tickets(struct seal_tls_peer *peer, struct own *own)
{
	if (mbedtls_ssl_ticket_setup(&own->tickets, draw, peer, MBEDTLS_CIPHER_AES_128_GCM, TICKET_S) != 0)
		return SEAL_TLS_NO_MEMORY;
	mbedtls_ssl_conf_session_tickets_cb(peer->config, mbedtls_ssl_ticket_write, mbedtls_ssl_ticket_parse,
	                                    &own->tickets);
	return SEAL_TLS_FINE;
}

static enum seal_tls_fault
set_up_server(struct seal_tls_peer *peer, const struct seal_tls_server_setup *setup)
{
	enum seal_tls_fault fault = configure(peer, MBEDTLS_SSL_IS_SERVER);
	struct own *own = fault == SEAL_TLS_FINE ? seal_arena_calloc(1, sizeof *own) : NULL;

	if (own == NULL)
		return SEAL_TLS_NO_MEMORY;
	peer->own = own;
	mbedtls_x509_crt_init(&own->chain);
	mbedtls_pk_init(&own->key);
	mbedtls_ssl_ticket_init(&own->tickets);
	fault = parse_chain(own, setup->chain);
	if (fault == SEAL_TLS_FINE)
		fault = parse_key(peer, own, setup->key);
	if (fault == SEAL_TLS_FINE && mbedtls_ssl_conf_own_cert(peer->config, &own->chain, &own->key) != 0)
		fault = SEAL_TLS_NO_MEMORY;
	return fault == SEAL_TLS_FINE ? give_tickets(peer, own) : fault;
}

enum seal_tls_fault
seal_tls_server(struct seal_tls_peer *peer, const struct seal_tls_server_setup *setup)
{
	const size_t refusals = seal_arena_use().refusals;
	enum seal_tls_fault fault;

	*peer = (struct seal_tls_peer){ .random = setup->random, .now_s = setup->now_s };
	seal_tls_work_for(peer);
	fault = set_up_server(peer, setup);
	if (fault == SEAL_TLS_FINE)
		return fault;
	seal_tls_peer_release(peer);
	if (seal_arena_use().refusals != refusals)
		return SEAL_TLS_NO_MEMORY;
	return in_work.random_failed ? SEAL_TLS_NO_RANDOM : fault;
}

static void
release_own(struct own *own)
{
	if (own == NULL)
		return;
	mbedtls_ssl_ticket_free(&own->tickets);
	mbedtls_pk_free(&own->key);
	mbedtls_x509_crt_free(&own->chain);
	seal_arena_free(own->der);
	seal_arena_free(own);
}

#endif

void
seal_tls_peer_release(struct seal_tls_peer *peer)
{
	if (peer->config != NULL)
		mbedtls_ssl_config_free(peer->config);
	seal_arena_free(peer->config);
#if defined(MBEDTLS_SSL_SRV_C)
	release_own(peer->own);
#endif
	seal_arena_free(peer->session);
	peer->config = NULL;
	peer->own = NULL;
	peer->session = NULL;
	seal_tls_work_for(NULL);
}
