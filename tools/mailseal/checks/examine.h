/* SPDX-License-Identifier: Apache-2.0
 *
 * examine.h - all that DNS says for the mail of a domain, judged subject by subject: "dns",
 * "dkim", "spf", "dmarc". Each rests on those before it.
 */
#ifndef TOOLS_CHECKS_EXAMINE_H
#define TOOLS_CHECKS_EXAMINE_H

#include "tools/mailseal/checks/keys.h"
#include "tools/mailseal/records/dmarc.h"

struct examine_request {
	struct keys_request keys;            /* whose domain it is; with neither configuration nor
	                                      * selector no key is judged                       */
	const struct spf_sender *senders;    /* SPF must allow them                             */
	size_t num_senders;
	void (*visit)(void *ctx, const struct spf_step *step); /* of the SPF record, or NULL    */
	void *ctx;
};

struct examination {
	bool answered;                       /* DNS knows the domain: else the rest is empty    */
	bool has_keys;                       /* keys were to be judged                          */
	struct findings findings;
	struct keys_result keys;
	struct dmarc_walk walk;
	struct spf_verdict spf;
};

/* TOOL_OK, or what is wrong with configuration or key files: reported. `e` must not move while
 * it is used; examination_free in any case. */
int examine(struct examination *e, struct examine_request *r, struct dns *dns);
void examination_free(struct examination *e);

/* The first error of a subject; NULL: no errors, as far as it was asked. */
const struct finding *examination_error(const struct examination *e, const char *subject);

#endif
