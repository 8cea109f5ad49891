/* SPDX-License-Identifier: Apache-2.0
 *
 * pubkey.h - reads the public key of a DKIM record to explain a verdict: base64, and the necessary part of DER. Whether
 * a record is good is decided only by engine/gateway/keyring.h.
 */
#ifndef TOOLS_RECORDS_PUBKEY_H
#define TOOLS_RECORDS_PUBKEY_H

#include "engine/base/out.h"

#define PUBKEY_MAX 4096u /* octets of DER that are read */

enum pubkey_fault {
	PUBKEY_FINE,
	PUBKEY_NOT_BASE64,
	PUBKEY_HEX,          /* only hexadecimal digits                 */
	PUBKEY_TRUNCATED,    /* the end is missing                      */
	PUBKEY_NOT_A_KEY
};

enum pubkey_form {
	PUBKEY_SPKI,         /* SubjectPublicKeyInfo, the usual form                */
	PUBKEY_PKCS1,        /* RSAPublicKey alone, the literal form of RFC 6376 3.6.1 */
	PUBKEY_PSS,          /* SubjectPublicKeyInfo of a key only for RSASSA-PSS   */
	PUBKEY_OTHER         /* not RSA                                             */
};

struct pubkey {
	uint8_t der[PUBKEY_MAX];
	size_t der_len;
	struct seal_span rsa;    /* the RSAPublicKey in `der`; empty if not RSA     */
	struct seal_span modulus, exponent; /* in `rsa`, without leading zeros      */
	enum pubkey_form form;
	unsigned bits;           /* of the modulus                                  */
	bool has_null;           /* the algorithm has NULL parameters (RFC 3279 2.3.1) */
	bool has_blanks;         /* white space inside the base64                   */
};

/* Reads base64 text into key->der, and the key. `key` must not move while its spans are used. */
enum pubkey_fault pubkey_read(struct pubkey *key, struct seal_span text);

/* The same without base64: reads the key->der_len octets in key->der. */
enum pubkey_fault pubkey_read_der(struct pubkey *key);

/* True if modulus and exponent are equal; the form does not matter. */
bool pubkey_equal(const struct pubkey *a, const struct pubkey *b);

/* Appends the SubjectPublicKeyInfo that the gateway would make of this RSA key. */
void pubkey_put(const struct pubkey *key, struct seal_out *out);

#endif
