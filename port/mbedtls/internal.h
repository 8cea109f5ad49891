/* SPDX-License-Identifier: Apache-2.0
 *
 * internal.h - what the files of this folder share and no other folder needs.
 */
#ifndef PORT_MBEDTLS_INTERNAL_H
#define PORT_MBEDTLS_INTERNAL_H

#include "port/mbedtls/key_store.h"

/* What an error of Mbed TLS means; `otherwise` if it means nothing in particular. */
enum seal_key_fault seal_key_fault_of(int error, enum seal_key_fault otherwise);

/* --- from a key file's octets to DER (key_text.c) ------------------------------------------ */

/* Take the next block "-----BEGIN label-----body-----END ..." off the start of *rest, which then
 * begins at the END, or is empty if there was no block. */
bool seal_pem_next(struct seal_span *rest, struct seal_span *label, struct seal_span *body);

struct seal_key_der {
	uint8_t *der;  /* in the arena; secret */
	size_t len;
};

/* Copy the DER of a private key out of `text`: PEM among other lines, or DER itself.
 * Release it once, whatever this returns. */
enum seal_key_fault seal_key_der_read(struct seal_key_der *d, struct seal_span text);
void seal_key_der_release(struct seal_key_der *d);

/* Look into the outer structure, PKCS#8 or that of an algorithm: the OID of the algorithm, and the
 * algorithm's own structure; empty where PKCS#8 has none. */
enum seal_key_fault seal_key_der_split(const struct seal_key_der *d, struct seal_span *oid, struct seal_span *own);

/* --- algorithms (a row of key_store.c each) ------------------------------------------------ */

/* What can be seen of a private key without parsing it whole. */
struct seal_key_facts {
	const struct seal_key_algorithm *algorithm;
	struct seal_span own;       /* its own structure, in the DER            */
	uint32_t bits;
	size_t signature_len;
};

struct seal_key_algorithm {
	const char *name;           /* the a= tag (RFC 6376 3.5), as in dkim/key.h                    */
	const char *type;           /* the k= tag of a record                                         */
	struct seal_span oid;       /* in PKCS#8                                                      */
	uint32_t good_bits;         /* a new key should have at least this many                       */
	size_t parsed_len;          /* octets of a parsed key, without what it points to in the arena */

	/* Judge facts->own, and set bits and signature_len. */
	enum seal_key_fault (*inspect)(struct seal_key_facts *facts);
	/* Check the whole text after inspect. */
	enum seal_key_fault (*check)(struct seal_span text);
	/* As seal_key_public. */
	enum seal_status (*put_public)(const struct seal_key_private *key, struct seal_out *out);
	/* Parse a key into `parsed`, which is zeroed or was wiped; it is wiped in any case. */
	enum seal_key_fault (*load)(void *parsed, const struct seal_key_private *key);
	void (*wipe)(void *parsed);
	enum seal_key_fault (*compute)(void *parsed, struct seal_random *random, struct seal_key_job *job);
};

extern const struct seal_key_algorithm seal_key_rsa;

/* Find the algorithm of a private key and inspect it. */
enum seal_key_fault seal_key_look(const struct seal_key_der *d, struct seal_key_facts *facts);

/* What an open key has for the engine. */
struct seal_key seal_key_of(const struct seal_key_algorithm *algorithm, size_t signature_len);

/* --- RSA ------------------------------------------------------------------------------------ */

#define SEAL_RSA_EXPONENT 65537u

/* Compute and check the whole private key from its two primes, one after the other. Returns an error of Mbed TLS. */
struct mbedtls_rsa_context;
int seal_rsa_complete(struct mbedtls_rsa_context *rsa, struct seal_span primes);

/* Append the CRC-32 to `len` octets of numbers (keygen.h). */
void seal_rsa_seal_numbers(uint8_t *numbers, size_t len);

/* As seal_key_public_verify. */
enum seal_key_fault seal_rsa_public_verify(struct seal_span key, const uint8_t digest[SEAL_SHA256_LEN],
                                           struct seal_span signature);

#endif
