/* SPDX-License-Identifier: Apache-2.0
 *
 * addr.h - the author domain, out of a From field (RFC 5322 3.4, 3.6.2, 4.4).
 *
 * The whole mailbox-list grammar is read: comments, quoted strings, folding,
 * encoded words (opaque here), groups, obsolete routes, domain literals, UTF-8
 * (RFC 6532). A reader that skipped any of it could be led to sign for another
 * domain than the one shown.
 */
#ifndef SEAL_MAIL_ADDR_H
#define SEAL_MAIL_ADDR_H

#include "engine/base/bounds.h"
#include "engine/base/out.h"
#include "engine/base/status.h"

enum seal_addr_fault {
	SEAL_ADDR_FINE,
	SEAL_ADDR_NONE,           /* no mailbox at all                  */
	SEAL_ADDR_SEVERAL,        /* more than one mailbox              */
	SEAL_ADDR_GROUP,          /* a group, which has no author       */
	SEAL_ADDR_NO_DOMAIN,      /* a mailbox without "@domain"        */
	SEAL_ADDR_LITERAL,        /* "@[192.0.2.1]": nobody's DNS       */
	SEAL_ADDR_BAD_DOMAIN,     /* not a domain name, or too long     */
	SEAL_ADDR_SYNTAX          /* not RFC 5322                       */
};

/* Read the value of a From field (after the colon, folds and final CRLF allowed)
 * and write the one mailbox's domain to `domain`: A-labels, lower case, no final
 * dot, at most SEAL_DOMAIN_MAX octets. SEAL_E_PEER: *fault says why and *at is the
 * offset where reading stopped; nothing was written. SEAL_E_LIMIT: `domain` is too
 * small. Recursion-free: nested comments are counted. */
enum seal_status seal_addr_author_domain(struct seal_span value, struct seal_out *domain,
                                         enum seal_addr_fault *fault, size_t *at);

/* Put a domain name into the form that names are compared in: U-labels become
 * A-labels (RFC 5890, RFC 3492; U-labels are taken as they are: IDNA2008 admits
 * only lower-case NFC), ASCII in lower case, no final dot. SEAL_E_PEER: not a
 * domain name (labels of 1..63, 253 in all, Let-dig, "-" and "_"). */
enum seal_status seal_addr_domain_normalize(struct seal_span domain, struct seal_out *out);

/* True when `domain` is `parent` or a name below it; both normalized. */
bool seal_addr_domain_within(struct seal_span domain, struct seal_span parent);

#endif
