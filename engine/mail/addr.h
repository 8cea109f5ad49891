/* SPDX-License-Identifier: Apache-2.0
 *
 * addr.h - the author domain of a From field (RFC 5322 3.4, 3.6.2, 4.4).
 *
 * The whole mailbox-list grammar is read: comments, quoted strings, folding,
 * encoded words (opaque here), groups, obsolete routes, domain literals, UTF-8
 * (RFC 6532). A reader that left any of it out could be tricked into signing for
 * a domain other than the displayed one.
 */
#ifndef SEAL_MAIL_ADDR_H
#define SEAL_MAIL_ADDR_H

#include "engine/base/bounds.h"
#include "engine/base/out.h"
#include "engine/base/status.h"

enum seal_addr_fault {
	SEAL_ADDR_FINE,
	SEAL_ADDR_NONE,           /* no mailbox                         */
	SEAL_ADDR_SEVERAL,        /* more than one mailbox              */
	SEAL_ADDR_GROUP,          /* a group, which has no author       */
	SEAL_ADDR_NO_DOMAIN,      /* a mailbox without "@domain"        */
	SEAL_ADDR_LITERAL,        /* "@[192.0.2.1]": not in the DNS     */
	SEAL_ADDR_BAD_DOMAIN,     /* not a domain name, or too long     */
	SEAL_ADDR_SYNTAX          /* not RFC 5322                       */
};

/* Read the value of a From field (the text after the colon; folds and a final CRLF
 * are allowed) and append the domain of its only mailbox to `domain`: A-labels, lower
 * case, no final dot, at most SEAL_DOMAIN_MAX octets. SEAL_E_PEER: *fault is the
 * reason, *at the offset where reading stopped, and nothing was written. SEAL_E_LIMIT:
 * `domain` is too small. Nested comments are counted, so nothing recurses. */
enum seal_status seal_addr_author_domain(struct seal_span value, struct seal_out *domain,
                                         enum seal_addr_fault *fault, size_t *at);

/* Append a domain name in the form in which names are compared: U-labels as A-labels
 * (RFC 5890, RFC 3492; they are not mapped, because IDNA2008 admits only lower-case
 * NFC), ASCII in lower case, no final dot. SEAL_E_PEER: not a domain name (labels of
 * 1..63 octets, 253 in all, of Let-dig, "-" and "_"). SEAL_E_LIMIT: `out` is too small. */
enum seal_status seal_addr_domain_normalize(struct seal_span domain, struct seal_out *out);

/* True if `domain` is `parent` or a name below it. Both are normalized. */
bool seal_addr_domain_within(struct seal_span domain, struct seal_span parent);

#endif
