/* SPDX-License-Identifier: Apache-2.0
 *
 * keyrec.h - the TXT record of a public key (RFC 6376 3.6.1), read to decide whether our
 * signatures will verify with it. Where verifiers differ, the strictest one counts.
 */
#ifndef SEAL_DKIM_KEYREC_H
#define SEAL_DKIM_KEYREC_H

#include "engine/base/sha256.h"
#include "engine/base/span.h"

enum seal_keyrec_fault {
	SEAL_KEYREC_FINE,
	SEAL_KEYREC_SYNTAX,     /* not a list of tag=value (3.2)                           */
	SEAL_KEYREC_TWICE,      /* a tag occurs twice                                      */
	SEAL_KEYREC_VERSION,    /* v= is not the first tag, or not DKIM1                   */
	SEAL_KEYREC_KEY_TYPE,   /* k= is not rsa                                           */
	SEAL_KEYREC_HASH,       /* h= does not allow sha256                                */
	SEAL_KEYREC_SERVICE,    /* s= is neither * nor email                               */
	SEAL_KEYREC_NO_KEY,     /* p= is missing                                           */
	/* never of seal_keyrec_read; found by its callers: */
	SEAL_KEYREC_BASE64,     /* p= is not base64                                        */
	SEAL_KEYREC_IDENTITY,   /* t=s, and our i= is below d=                             */
	SEAL_KEYREC_LONG        /* more octets than the gateway has memory for             */
};

/* What is wrong and what to do: constant, NUL-ended. */
const char *seal_keyrec_fault_text(enum seal_keyrec_fault fault);

struct seal_keyrec {
	struct seal_span key;   /* p=, in `text`, including its white space; empty: revoked */
	bool testing;           /* t=y: verifiers are asked to overlook failures           */
	bool strict;            /* t=s: the domain of i= must be d= itself                 */
};

/* Read `text`, the joined strings of the record. Unknown tags are ignored (3.2). */
enum seal_keyrec_fault seal_keyrec_read(struct seal_keyrec *rec, struct seal_span text);

/* The SHA-256 of the octets that rec->key encodes. Returns false if it is empty or, apart from
 * white space, not base64 (RFC 4648 4). If it equals the digest of our own public key as DER
 * SubjectPublicKeyInfo, it is our key. */
bool seal_keyrec_digest(const struct seal_keyrec *rec, uint8_t digest[SEAL_SHA256_LEN]);

#endif
