/* SPDX-License-Identifier: Apache-2.0
 *
 * pubkey.h - look into the public key of a DKIM record: base64 and as much DER as that needs.
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
	PUBKEY_SPKI,         /* SubjectPublicKeyInfo, as everybody writes it        */
	PUBKEY_PKCS1,        /* RSAPublicKey alone, as RFC 6376 3.6.1 literally has */
	PUBKEY_OTHER         /* not RSA                                             */
};

struct pubkey {
	uint8_t der[PUBKEY_MAX];
	size_t der_len;
	struct seal_span rsa;    /* in der: the RSAPublicKey; empty unless RSA      */
	enum pubkey_form form;
	unsigned bits;           /* of the modulus                                  */
	bool has_blanks;         /* white space inside the base64                   */
};

/* `der` as it is read from base64 text. `key` must not move while key->rsa is used. */
enum pubkey_fault pubkey_read(struct pubkey *key, struct seal_span text);

/* The RSAPublicKey in DER of either form; empty when there is none. */
struct seal_span pubkey_rsa(struct seal_span der);

#endif
