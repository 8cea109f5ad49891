/* SPDX-License-Identifier: Apache-2.0
 *
 * mbedtls_config.h - the Mbed TLS 3.6 that mailseal needs: RSA signatures over SHA-256
 * and nothing else. The same on every machine; what an image does not call, the
 * linker drops (key generation and key writing on boards).
 */
#ifndef SEAL_MBEDTLS_CONFIG_H
#define SEAL_MBEDTLS_CONFIG_H

#include "port/mbedtls/arena.h"

#define MBEDTLS_HAVE_ASM
#define MBEDTLS_DEPRECATED_REMOVED

/* Every allocation comes out of the arena; the C library's heap is never linked. */
#define MBEDTLS_PLATFORM_C
#define MBEDTLS_PLATFORM_MEMORY
#define MBEDTLS_PLATFORM_CALLOC_MACRO seal_arena_calloc
#define MBEDTLS_PLATFORM_FREE_MACRO   seal_arena_free

#define MBEDTLS_BIGNUM_C
#define MBEDTLS_RSA_C
#define MBEDTLS_PKCS1_V15
#define MBEDTLS_OID_C
#define MBEDTLS_ASN1_PARSE_C
#define MBEDTLS_BASE64_C
#define MBEDTLS_PK_C
#define MBEDTLS_PK_PARSE_C

/* HMAC_DRBG over the SHA-256 that is here anyway. */
#define MBEDTLS_MD_C
#define MBEDTLS_SHA256_C
#define MBEDTLS_HMAC_DRBG_C

/* Of boards whose spool is on a card; small, tables in flash. */
#define MBEDTLS_AES_C
#define MBEDTLS_AES_ROM_TABLES
#define MBEDTLS_AES_FEWER_TABLES
#define MBEDTLS_AES_ONLY_128_BIT_KEY_LENGTH
#define MBEDTLS_BLOCK_CIPHER_NO_DECRYPT

/* Host only. */
#define MBEDTLS_GENPRIME
#define MBEDTLS_ASN1_WRITE_C
#define MBEDTLS_PK_WRITE_C
#define MBEDTLS_PEM_WRITE_C

/* A wider window costs arena and gains little: above 4 it is slower, for the table of
 * powers is scanned in constant time. */
#define MBEDTLS_MPI_WINDOW_SIZE 3
#define MBEDTLS_MPI_MAX_SIZE    512 /* octets: SEAL_KEY_BITS_MAX */

#endif
