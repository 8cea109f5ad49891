/* SPDX-License-Identifier: Apache-2.0
 *
 * signature.h - read one DKIM-Signature field and verify it (RFC 6376 3.5, 3.7, 6).
 */
#ifndef TOOLS_DOCTOR_SIGNATURE_H
#define TOOLS_DOCTOR_SIGNATURE_H

#include "engine/base/sha256.h"
#include "engine/dkim/canon.h"
#include "tools/mailseal/doctor/message.h"
#include "tools/mailseal/records/findings.h"

enum signature_result {   /* RFC 8601 2.7.1 */
	SIGNATURE_PASS,
	SIGNATURE_FAIL,
	SIGNATURE_NEUTRAL,    /* not verified: unknown algorithm                     */
	SIGNATURE_PERMERROR,  /* the field or the key record is unusable             */
	SIGNATURE_TEMPERROR   /* DNS failed                                          */
};

enum signature_check {
	SIGNATURE_UNCHECKED,
	SIGNATURE_GOOD,
	SIGNATURE_BAD
};

struct signature {
	struct seal_span field;         /* raw                                       */
	char *tags;                     /* its value, unfolded; h, b and bh are in it */
	struct seal_span h, b, bh;
	char domain[DNS_NAME_SIZE], selector[DNS_NAME_SIZE];
	char *algorithm, *identity;
	enum seal_canon header_canon, body_canon;
	uint64_t signed_at_s, expires_s, length;
	bool has_length;
	const char *problem;            /* fault of the syntax; NULL: none           */

	enum signature_result result;
	enum signature_check body, header;
	bool expired;
	const char *key;                /* its record: "ok", "bad" or "unknown"      */
	size_t footer_lines;            /* added at the end of the signed body       */
	struct seal_span footer;
	char *subject_tag;              /* added to the signed Subject; NULL: none   */
};

/* `field` is raw; *s borrows from it. Call signature_free in any case. */
void signature_read(struct signature *s, struct seal_span field);
void signature_free(struct signature *s);

/* Asks DNS for the key and verifies the signature; adds problems of the key record to `f`. */
void signature_verify(struct signature *s, const struct message *m, struct dns_lookup lookup, uint64_t now_s,
                      struct findings *f);

/* True if h= contains the field name. */
bool signature_covers(const struct signature *s, struct seal_span name);

const char *signature_result_text(enum signature_result result);
const char *signature_check_text(enum signature_check check);

#endif
