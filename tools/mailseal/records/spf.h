/* SPDX-License-Identifier: Apache-2.0
 *
 * spf.h - reads an SPF record, term by term (RFC 7208 4.6.1, 12).
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
	SPF_REDIRECT,   /* this and the following are modifiers */
	SPF_EXP,
	SPF_UNKNOWN
};

struct spf_address {
	bool v6;
	uint8_t octets[16];       /* IPv4: only the first 4  */
};

struct spf_term {
	struct seal_span text;    /* as written, with its qualifier               */
	enum spf_kind kind;
	char qualifier;           /* one of + - ~ ?                               */
	struct seal_span domain;  /* domain-spec, with its macros; may be empty   */
	struct spf_address network; /* ip4, ip6                                   */
	unsigned prefix4, prefix6;  /* default: 32 and 128                        */
};

/* True if the text is an SPF record: "v=spf1", followed by a blank or the end (4.5). */
bool spf_is_record(struct seal_span text);

/* The part after the version, for spf_next. */
struct seal_span spf_terms(struct seal_span record);

enum spf_next {
	SPF_NEXT_TERM,
	SPF_NEXT_END,
	SPF_NEXT_ERROR  /* term->text is the wrong part */
};

/* Takes the next term off *rest. On an error, *why names what was expected. */
enum spf_next spf_next(struct seal_span *rest, struct spf_term *term, const char **why);

/* True if the record is well formed (4.6), with redirect= and exp= at most once. Otherwise *text is the wrong part, and
 * *why names what was expected. */
bool spf_check_syntax(struct seal_span record, struct seal_span *text, const char **why);

/* True for a second "v=spf1", which shows that two records were joined. */
bool spf_is_joined(const struct spf_term *term);

/* True if a verifier must ask DNS for the term, which is limited (4.6.4). */
bool spf_needs_lookup(const struct spf_term *term);

/* Reads a dotted quad or an IPv6 address; an IPv4-mapped address becomes IPv4 (5). */
bool spf_address_parse(struct seal_span text, struct spf_address *address);

/* True if both have the same family and the same first `prefix` bits. */
bool spf_address_within(const struct spf_address *address, const struct spf_address *network, unsigned prefix);

#endif
