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
	SIGNATURE_NEUTRAL,    /* not verified: another algorithm                     */
	SIGNATURE_PERMERROR,  /* the field or the key record is of no use            */
	SIGNATURE_TEMPERROR   /* DNS failed                                          */
};

enum signature_check {
	SIGNATURE_UNCHECKED,
	SIGNATURE_GOOD,
	SIGNATURE_BAD
};

struct signature {
	struct seal_span field;         /* raw                                       */
	char *tags;                     /* its value, unfolded; the spans lie in it  */
	struct seal_span h, b, bh;
	char domain[DNS_NAME_SIZE], selector[DNS_NAME_SIZE];
	char *algorithm, *identity;
	enum seal_canon header_canon, body_canon;
	uint64_t signed_at_s, expires_s, length;
	bool has_length;
	const char *problem;            /* of its syntax; NULL: none                 */

	enum signature_result result;
	enum signature_check body, header;
	bool expired;
	const char *key;                /* "ok", "bad", "unknown": its record        */
	size_t footer_lines;            /* without these the body is the signed one  */
	struct seal_span footer;
	char *subject_tag;              /* without this the header is; NULL: no      */
};

/* `field` is raw; *s borrows from it. signature_free in any case. */
void signature_read(struct signature *s, struct seal_span field);
void signature_free(struct signature *s);

/* Ask for the key and verify; what is wrong with the record goes to f. */
void signature_verify(struct signature *s, const struct message *m, struct dns_lookup lookup, uint64_t now_s,
                      struct findings *f);

/* The field name stands in h=. */
bool signature_covers(const struct signature *s, struct seal_span name);

const char *signature_result_text(enum signature_result result);
const char *signature_check_text(enum signature_check check);

#endif
