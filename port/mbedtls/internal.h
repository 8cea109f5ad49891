/* SPDX-License-Identifier: Apache-2.0
 *
 * internal.h - what the files of this folder share and nobody else needs.
 */
#ifndef PORT_MBEDTLS_INTERNAL_H
#define PORT_MBEDTLS_INTERNAL_H

#include "port/mbedtls/key_mbedtls.h"

/* What an error of Mbed TLS means; `otherwise` where it says nothing in particular. */
enum seal_rsa_fault seal_rsa_fault_of(int error, enum seal_rsa_fault otherwise);

/* Take the next block "-----BEGIN label-----body-----END ..." off the front of *rest, which
 * then begins at the END: empty, when there is none. */
bool seal_pem_next(struct seal_span *rest, struct seal_span *label, struct seal_span *body);

#define SEAL_RSA_EXPONENT 65537u

/* The whole private key out of its primes, one behind the other, checked. An error of Mbed TLS. */
struct mbedtls_rsa_context;
int seal_rsa_complete(struct mbedtls_rsa_context *rsa, struct seal_span primes);

/* Put the CRC-32 behind `len` octets of numbers (key_mbedtls.h). */
void seal_rsa_seal_numbers(uint8_t *numbers, size_t len);

struct seal_key_der {
	uint8_t *der;  /* in the arena; secret */
	size_t len;
};

/* From a key file's octets to DER, and to what can be said of a key before it is
 * computed with (key_text.c). Copy the DER of a private key out of `text`: PEM among
 * other lines, or DER itself. Release it once, whatever this answers. */
enum seal_rsa_fault seal_key_der_read(struct seal_key_der *d, struct seal_span text);
void seal_key_der_release(struct seal_key_der *d);

/* The public numbers, as the contents of their DER INTEGERs. */
struct seal_key_numbers {
	struct seal_span modulus, exponent;
	uint32_t bits;
};

/* Look through the structure, PKCS#1 or PKCS#8, and judge what shows on the surface. */
enum seal_rsa_fault seal_key_der_inspect(const struct seal_key_der *d, struct seal_key_numbers *n);

#endif
