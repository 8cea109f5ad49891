/* SPDX-License-Identifier: Apache-2.0
 *
 * keyrec.h - the TXT record of a public key (RFC 6376 3.6.1), read to decide whether our
 * signatures will verify with it: where verifiers differ, the strictest counts.
 */
#ifndef SEAL_DKIM_KEYREC_H
#define SEAL_DKIM_KEYREC_H

#include "engine/base/sha256.h"
#include "engine/base/span.h"

enum seal_keyrec_fault {
	SEAL_KEYREC_FINE,
	SEAL_KEYREC_SYNTAX,     /* no list of tag=value (3.2)                              */
	SEAL_KEYREC_TWICE,      /* a tag stands twice                                      */
	SEAL_KEYREC_VERSION,    /* v= is not in front, or not DKIM1                        */
	SEAL_KEYREC_KEY_TYPE,   /* k= is not rsa                                           */
	SEAL_KEYREC_HASH,       /* h= does not allow sha256                                */
	SEAL_KEYREC_SERVICE,    /* s= is neither * nor email                               */
	SEAL_KEYREC_NO_KEY,     /* there is no p=                                          */
	/* not of _read, but of what it is compared with: */
	SEAL_KEYREC_BASE64,     /* p= is not base64                                        */
	SEAL_KEYREC_IDENTITY,   /* t=s, and our i= is below d=                             */
	SEAL_KEYREC_LONG        /* more octets than the gateway has memory for             */
};

/* What is wrong and what to do, NUL-ended. */
const char *seal_keyrec_fault_text(enum seal_keyrec_fault fault);

struct seal_keyrec {
	struct seal_span key;   /* p=, in `text`, with the white space in it; empty: revoked */
	bool testing;           /* t=y: verifiers are asked to overlook failures           */
	bool strict;            /* t=s: the domain of i= must be d= itself                 */
};

/* Read `text`, the strings of the record joined. Unknown tags mean nothing (3.2). */
enum seal_keyrec_fault seal_keyrec_read(struct seal_keyrec *rec, struct seal_span text);

/* The SHA-256 of the octets that rec->key is the base64 of; false: it is empty or not base64
 * as RFC 4648 4 has it, white space aside. Equal to the digest of our own public key as DER
 * SubjectPublicKeyInfo: it is our key. */
bool seal_keyrec_digest(const struct seal_keyrec *rec, uint8_t digest[SEAL_SHA256_LEN]);

#endif
