/* SPDX-License-Identifier: Apache-2.0
 *
 * mail_records.h - every DNS record that a domain's mail needs, judged together.
 */
#ifndef TOOLS_CHECKS_MAIL_RECORDS_H
#define TOOLS_CHECKS_MAIL_RECORDS_H

#include "tools/mailseal/checks/keys.h"
#include "tools/mailseal/checks/tree.h"
#include "tools/mailseal/records/dmarc.h"

#define MAIL_RECORDS_SENDERS_MAX 16u

/* The request, and the results of one round of DNS queries. */
struct mail_records {
	struct report_request request;
	struct keys_request keys;
	char domain[DNS_NAME_SIZE], envelope[DNS_NAME_SIZE];
	struct spf_sender senders[MAIL_RECORDS_SENDERS_MAX];
	size_t num_senders;

	struct dns dns;
	struct findings findings;
	struct keys_result dkim;
	struct dmarc_walk walk;
	struct spf_verdict spf;
	struct tree tree;
};

/* Asks DNS once, without earlier answers. Returns TOOL_OK, or an exit code (reported). Call mail_records_free in any
 * case. */
int mail_records_look(struct mail_records *m);
void mail_records_free(struct mail_records *m);

/* Asks DNS again and again, until no error is left, or none that may disappear, or `wait_s` is over. Prints what it
 * waits for. *m, a copy of *asked, has the last results. */
int mail_records_wait(const struct mail_records *asked, struct mail_records *m, uint64_t wait_s);

#endif
