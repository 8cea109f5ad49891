/* SPDX-License-Identifier: Apache-2.0
 *
 * examine.h - all DNS records for the mail of a domain, judged by subject: "dns", "dkim", "spf", "dmarc". Each subject
 * depends on those before it.
 */
#ifndef TOOLS_CHECKS_EXAMINE_H
#define TOOLS_CHECKS_EXAMINE_H

#include "tools/mailseal/checks/keys.h"
#include "tools/mailseal/records/dmarc.h"

struct examine_request {
	struct keys_request keys;            /* names the domain; without configuration and
	                                      * selector, no key is judged                      */
	const struct spf_sender *senders;    /* that SPF must allow                             */
	size_t num_senders;
	void (*visit)(void *ctx, const struct spf_step *step); /* of the SPF record, or NULL    */
	void *ctx;
};

struct examination {
	bool answered;                       /* DNS knows the domain; if not, the rest is empty */
	bool has_keys;                       /* keys were judged                                */
	struct findings findings;
	struct keys_result keys;
	struct dmarc_walk walk;
	struct spf_verdict spf;
};

/* Returns TOOL_OK, or an exit code (reported) if the configuration or a key file is wrong. `e` must not move while it
 * is used. Call examination_free in any case. */
int examine(struct examination *e, struct examine_request *r, struct dns *dns);
void examination_free(struct examination *e);

/* The first error of a subject; NULL: none, or the subject was not judged. */
const struct finding *examination_error(const struct examination *e, const char *subject);

#endif
