/* SPDX-License-Identifier: Apache-2.0
 *
 * spf_macro.h - the macros in an SPF record's names (RFC 7208 7).
 */
#ifndef TOOLS_RECORDS_SPF_MACRO_H
#define TOOLS_RECORDS_SPF_MACRO_H

#include "tools/mailseal/records/spf.h"

/* The values of the macros; NULL: not known. */
struct spf_macro_values {
	const char *sender, *helo;
	const char *domain;                 /* that has the record         */
	const char *origin;                 /* the sender's domain         */
	const struct spf_address *address;
	const char *validated;              /* %{p}                        */
};

/* Expands a domain-spec that spf_next has accepted; a name that is too long loses labels from the left (7.3). False: it
 * depends on a value that is not known, and `out` is "". */
bool spf_macro_expand(struct seal_span spec, const struct spf_macro_values *values, char out[DNS_NAME_SIZE]);

/* True if the spec has this macro. */
bool spf_macro_has(struct seal_span spec, char letter);

/* "1.2.0.192", or nibbles separated by dots, as used before in-addr.arpa and ip6.arpa. */
void spf_macro_reverse(const struct spf_address *address, char out[DNS_NAME_SIZE]);

#endif
