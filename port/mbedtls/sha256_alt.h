/* SPDX-License-Identifier: Apache-2.0
 *
 * sha256_alt.h - the engine's SHA-256 as that of Mbed TLS (MBEDTLS_SHA256_ALT). So an image contains only one,
 * and a host's faster kernel serves TLS too. mbedtls/sha256.h includes this file by this name.
 */
#ifndef PORT_MBEDTLS_SHA256_ALT_H
#define PORT_MBEDTLS_SHA256_ALT_H

#include "engine/base/sha256.h"

typedef struct mbedtls_sha256_context {
	struct seal_sha256 hash;
} mbedtls_sha256_context;

#endif
