/* SPDX-License-Identifier: Apache-2.0
 *
 * spf.h - read an SPF record, term by term (RFC 7208 4.6.1, 12).
 */
#ifndef TOOLS_RECORDS_SPF_H
#define TOOLS_RECORDS_SPF_H

#include "tools/mailseal/records/text.h"

enum spf_kind {
	SPF_ALL,
	SPF_INCLUDE,
	SPF_A,
	SPF_MX,
	SPF_PTR,
	SPF_IP4,
	SPF_IP6,
	SPF_EXISTS,
	SPF_REDIRECT,   /* from here on modifiers  */
	SPF_EXP,
	SPF_UNKNOWN
};

struct spf_address {
	bool v6;
	uint8_t octets[16];       /* the first 4 when not v6 */
};

struct spf_term {
	struct seal_span text;    /* as written, with its qualifier               */
	enum spf_kind kind;
	char qualifier;           /* one of + - ~ ?                               */
	struct seal_span domain;  /* domain-spec, with its macros; may be empty   */
	struct spf_address network; /* ip4, ip6                                   */
	unsigned prefix4, prefix6;  /* 32 and 128 when nothing is said            */
};

/* The text is an SPF record: "v=spf1", then a blank or the end (4.5). */
bool spf_is_record(struct seal_span text);

/* What follows the version, for spf_next. */
struct seal_span spf_terms(struct seal_span record);

enum spf_next {
	SPF_NEXT_TERM,
	SPF_NEXT_END,
	SPF_NEXT_ERROR  /* term->text is what is wrong */
};

/* The next term off the front of *rest. On an error *why says what was expected. */
enum spf_next spf_next(struct seal_span *rest, struct spf_term *term, const char **why);

/* All of the record is well formed (4.6), redirect= and exp= stand once at most; else *text
 * and *why say where and how it is not. */
bool spf_check_syntax(struct seal_span record, struct seal_span *text, const char **why);

/* "v=spf1" again: two records were written as one. */
bool spf_is_joined(const struct spf_term *term);

/* The term makes a verifier ask DNS, which is limited (4.6.4). */
bool spf_needs_lookup(const struct spf_term *term);

/* Quad or IPv6; an IPv4-mapped address becomes IPv4 (5). */
bool spf_address_parse(struct seal_span text, struct spf_address *address);

/* The first `prefix` bits are the same, and the family is. */
bool spf_address_within(const struct spf_address *address, const struct spf_address *network, unsigned prefix);

#endif
