/* SPDX-License-Identifier: Apache-2.0
 *
 * pubkey.h - look into the public key of a DKIM record, to explain a verdict: base64 and as much
 * DER as that needs. Whether a record is good is decided by engine/gateway/keyring.h alone.
 */
#ifndef TOOLS_RECORDS_PUBKEY_H
#define TOOLS_RECORDS_PUBKEY_H

#include "engine/base/out.h"

#define PUBKEY_MAX 4096u /* octets of DER that are looked at */

enum pubkey_fault {
	PUBKEY_FINE,
	PUBKEY_NOT_BASE64,
	PUBKEY_HEX,          /* hexadecimal digits and nothing else     */
	PUBKEY_TRUNCATED,    /* the end is missing                      */
	PUBKEY_NOT_A_KEY
};

enum pubkey_form {
	PUBKEY_SPKI,         /* SubjectPublicKeyInfo, the usual form                */
	PUBKEY_PKCS1,        /* RSAPublicKey alone, as RFC 6376 3.6.1 literally has */
	PUBKEY_PSS,          /* SubjectPublicKeyInfo of a key for RSASSA-PSS alone  */
	PUBKEY_OTHER         /* not RSA                                             */
};

struct pubkey {
	uint8_t der[PUBKEY_MAX];
	size_t der_len;
	struct seal_span rsa;    /* in der: the RSAPublicKey; empty unless RSA      */
	struct seal_span modulus, exponent; /* in rsa, without leading zeros        */
	enum pubkey_form form;
	unsigned bits;           /* of the modulus                                  */
	bool has_null;           /* the algorithm has its NULL (RFC 3279 2.3.1)     */
	bool has_blanks;         /* white space inside the base64                   */
};

/* `der` as it is read from base64 text. `key` must not move while its spans are used. */
enum pubkey_fault pubkey_read(struct pubkey *key, struct seal_span text);

/* The same of key->der, key->der_len octets. */
enum pubkey_fault pubkey_read_der(struct pubkey *key);

/* Modulus and exponent are equal, in whatever form. */
bool pubkey_equal(const struct pubkey *a, const struct pubkey *b);

/* Append the SubjectPublicKeyInfo that the gateway has of this RSA key. */
void pubkey_put(const struct pubkey *key, struct seal_out *out);

#endif
