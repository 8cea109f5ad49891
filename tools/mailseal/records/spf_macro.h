/* SPDX-License-Identifier: Apache-2.0
 *
 * spf_macro.h - the macros in an SPF record's names (RFC 7208 7).
 */
#ifndef TOOLS_RECORDS_SPF_MACRO_H
#define TOOLS_RECORDS_SPF_MACRO_H

#include "tools/mailseal/records/spf.h"

/* What macros stand for; NULL: not known. */
struct spf_macro_values {
	const char *sender, *helo;
	const char *domain;                 /* whose record it is          */
	const char *origin;                 /* the sender's domain         */
	const struct spf_address *address;
	const char *validated;              /* %{p}                        */
};

/* A domain-spec that spf_next accepted becomes a name, shortened from the left when it is
 * too long (7.3). False: it depends on what is not known, and out is "". */
bool spf_macro_expand(struct seal_span spec, const struct spf_macro_values *values, char out[DNS_NAME_SIZE]);

/* The spec has this macro. */
bool spf_macro_has(struct seal_span spec, char letter);

/* "1.2.0.192" or nibbles, each with a dot between, as they precede in-addr.arpa. */
void spf_macro_reverse(const struct spf_address *address, char out[DNS_NAME_SIZE]);

#endif
