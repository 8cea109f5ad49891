/* SPDX-License-Identifier: Apache-2.0
 *
 * mbedtls_config.h - the Mbed TLS 3.6 that mailseal needs: RSA signatures over SHA-256, and what
 * tls.h offers. The linker drops what an image does not call (on boards, making and writing
 * keys). SEAL_TLS_SMALL is for a machine with 64 KB of memory.
 */
#ifndef SEAL_MBEDTLS_CONFIG_H
#define SEAL_MBEDTLS_CONFIG_H

#include <stdint.h>

#include "port/mbedtls/arena.h"

#define MBEDTLS_HAVE_ASM
#define MBEDTLS_DEPRECATED_REMOVED

/* Every allocation comes from the arena; the C library's heap is never linked. */
#define MBEDTLS_PLATFORM_C
#define MBEDTLS_PLATFORM_MEMORY
#define MBEDTLS_PLATFORM_CALLOC_MACRO seal_arena_calloc
#define MBEDTLS_PLATFORM_FREE_MACRO   seal_arena_free

#define MBEDTLS_BIGNUM_C
#define MBEDTLS_RSA_C
#define MBEDTLS_PKCS1_V15
#define MBEDTLS_OID_C
#define MBEDTLS_ASN1_PARSE_C
#define MBEDTLS_ASN1_WRITE_C
#define MBEDTLS_BASE64_C
#define MBEDTLS_PK_C
#define MBEDTLS_PK_PARSE_C

/* HMAC_DRBG over the engine's SHA-256, which Mbed TLS uses for everything (sha256_alt.h). */
#define MBEDTLS_MD_C
#define MBEDTLS_SHA256_C
#define MBEDTLS_SHA256_ALT
#define MBEDTLS_HMAC_DRBG_C
#define MBEDTLS_HMAC_DRBG_MAX_SEED_INPUT 64 /* it requests 32 octets, then 16 */

/* Also for boards whose spool is on a card; small, with tables in flash. Counter modes only
 * encrypt. A processor's own AES is faster, and its timing reveals nothing. */
#define MBEDTLS_AES_C
#define MBEDTLS_AES_ROM_TABLES
#define MBEDTLS_AES_FEWER_TABLES
#define MBEDTLS_AES_ONLY_128_BIT_KEY_LENGTH
#define MBEDTLS_BLOCK_CIPHER_NO_DECRYPT
#if defined(__x86_64__)
#define MBEDTLS_AESNI_C
#endif

/* Host only. */
#define MBEDTLS_GENPRIME
#define MBEDTLS_PK_WRITE_C
#define MBEDTLS_PEM_WRITE_C

/* A wider window costs arena and gains little: above 4 it is slower, because the table of powers
 * is scanned in constant time. */
#define MBEDTLS_MPI_WINDOW_SIZE 3
#define MBEDTLS_MPI_MAX_SIZE    512 /* octets: SEAL_KEY_BITS_MAX */

/* --- TLS ------------------------------------------------------------------------------ */

#define MBEDTLS_CIPHER_C
#define MBEDTLS_GCM_C
#define MBEDTLS_CHACHA20_C
#define MBEDTLS_POLY1305_C
#define MBEDTLS_CHACHAPOLY_C

#define MBEDTLS_ECP_C
#define MBEDTLS_ECDH_C
#define MBEDTLS_ECDSA_C
#define MBEDTLS_ECP_NIST_OPTIM
#define MBEDTLS_ECP_DP_SECP256R1_ENABLED

/* For certificates: authorities sign with these. */
#define MBEDTLS_ECP_DP_SECP384R1_ENABLED
#define MBEDTLS_SHA384_C
#define MBEDTLS_SHA512_C

/* A board's flash is scarcer than its time: this makes only handshakes slower. SHA-1 is present
 * only so that its signatures are refused with their own message. */
#if defined(__linux__)
#define MBEDTLS_SHA1_C
#else
#define MBEDTLS_SHA512_SMALLER
#define MBEDTLS_ECP_WINDOW_SIZE       2
#define MBEDTLS_ECP_FIXED_POINT_OPTIM 0
#endif

#define MBEDTLS_X509_USE_C
#define MBEDTLS_X509_CRT_PARSE_C
#define MBEDTLS_X509_TRUSTED_CERTIFICATE_CALLBACK
#define MBEDTLS_X509_REMOVE_INFO

#define MBEDTLS_SSL_TLS_C
#define MBEDTLS_SSL_CLI_C
#define MBEDTLS_SSL_PROTO_TLS1_2
#define MBEDTLS_KEY_EXCHANGE_ECDHE_RSA_ENABLED
#define MBEDTLS_KEY_EXCHANGE_ECDHE_ECDSA_ENABLED
#define MBEDTLS_SSL_ALL_ALERT_MESSAGES
#define MBEDTLS_SSL_EXTENDED_MASTER_SECRET
#define MBEDTLS_SSL_SERVER_NAME_INDICATION
#define MBEDTLS_SSL_SESSION_TICKETS

/* What is offered, the best first. Without this, the library keeps a list of all suites and a filtered copy.
 * Without AES instructions, ChaCha20 is several times faster. */
#if defined(MBEDTLS_AESNI_C)
#define SEAL_IN_ORDER(aes, chacha) aes, chacha
#else
#define SEAL_IN_ORDER(aes, chacha) chacha, aes
#endif
#define MBEDTLS_SSL_CIPHERSUITES SEAL_SUITES_TLS1_3 \
	SEAL_IN_ORDER(MBEDTLS_TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256, \
	              MBEDTLS_TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256), \
	SEAL_IN_ORDER(MBEDTLS_TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256, \
	              MBEDTLS_TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256)

/* The time is that of the current peer (tls_peer.c). */
#define MBEDTLS_HAVE_TIME
#define MBEDTLS_HAVE_TIME_DATE
#define MBEDTLS_PLATFORM_TIME_TYPE_MACRO int64_t
#define MBEDTLS_PLATFORM_TIME_MACRO      seal_tls_time
#define MBEDTLS_PLATFORM_MS_TIME_ALT
#define MBEDTLS_PLATFORM_GMTIME_R_ALT
int64_t seal_tls_time(int64_t *out);

#if defined(SEAL_TLS_SMALL)

/* The chain of a peer is parsed where it arrived, in one record. After that the buffer shrinks to
 * the fragment length that tls_peer.c requests. Whether the peer agrees or not, SMTP replies are
 * shorter. */
#define MBEDTLS_SSL_IN_CONTENT_LEN  5120
#define MBEDTLS_SSL_OUT_CONTENT_LEN 640 /* a ClientHello with the longest ticket that we keep */
#define MBEDTLS_SSL_VARIABLE_BUFFER_LENGTH
#define MBEDTLS_SSL_MAX_FRAGMENT_LENGTH
#define SEAL_SUITES_TLS1_3

#else

#define MBEDTLS_SSL_IN_CONTENT_LEN  16384
#define MBEDTLS_SSL_OUT_CONTENT_LEN 8192 /* the chain of a server is one record */
#define MBEDTLS_ECP_DP_CURVE25519_ENABLED
#define MBEDTLS_PKCS1_V21
#define MBEDTLS_X509_RSASSA_PSS_SUPPORT /* also for RSA in TLS 1.3 */
#define MBEDTLS_SSL_SRV_C
#define MBEDTLS_SSL_TICKET_C
#define MBEDTLS_SSL_PROTO_TLS1_3
#define SEAL_SUITES_TLS1_3 \
	SEAL_IN_ORDER(MBEDTLS_TLS1_3_AES_128_GCM_SHA256, MBEDTLS_TLS1_3_CHACHA20_POLY1305_SHA256),
#define MBEDTLS_SSL_TLS1_3_COMPATIBILITY_MODE
#define MBEDTLS_SSL_TLS1_3_KEY_EXCHANGE_MODE_EPHEMERAL_ENABLED
#define MBEDTLS_SSL_TLS1_3_KEY_EXCHANGE_MODE_PSK_EPHEMERAL_ENABLED
#define MBEDTLS_SSL_KEEP_PEER_CERTIFICATE
#define MBEDTLS_HKDF_C

/* Only TLS 1.3 uses PSA, for keys, and PSA can do nothing else here. A handshake holds one key
 * until ServerHello, a job some more. */
#define MBEDTLS_PSA_CRYPTO_C
#define MBEDTLS_PSA_CRYPTO_EXTERNAL_RNG
#define MBEDTLS_PSA_CRYPTO_CONFIG
#define MBEDTLS_PSA_CRYPTO_CONFIG_FILE "port/mbedtls/mbedtls_config.h"
#define PSA_WANT_ALG_ECDH                     1
#define PSA_WANT_ALG_HKDF_EXPAND              1
#define PSA_WANT_ALG_HKDF_EXTRACT             1
#define PSA_WANT_ALG_HMAC                     1
#define PSA_WANT_ALG_SHA_256                  1
#define PSA_WANT_ECC_MONTGOMERY_255           1
#define PSA_WANT_ECC_SECP_R1_256              1
#define PSA_WANT_ECC_SECP_R1_384              1
#define PSA_WANT_KEY_TYPE_DERIVE              1
#define PSA_WANT_KEY_TYPE_HMAC                1
#define PSA_WANT_KEY_TYPE_ECC_KEY_PAIR_BASIC  1
#define PSA_WANT_KEY_TYPE_ECC_KEY_PAIR_EXPORT 1
#define PSA_WANT_KEY_TYPE_ECC_KEY_PAIR_GENERATE 1
#define PSA_WANT_KEY_TYPE_ECC_KEY_PAIR_IMPORT 1
#define PSA_WANT_KEY_TYPE_ECC_PUBLIC_KEY      1
#if defined(__linux__)
#define MBEDTLS_PSA_KEY_SLOT_COUNT 80
#else
#define MBEDTLS_PSA_KEY_SLOT_COUNT 24
#endif

#endif

#endif
