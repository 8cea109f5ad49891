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

/* The request, and what one look at DNS found. */
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

/* One look, with nothing remembered: TOOL_OK, or reported. mail_records_free in any case. */
int mail_records_look(struct mail_records *m);
void mail_records_free(struct mail_records *m);

/* Look until no error is left, none that may vanish, or `wait_s` is over; why it goes on is reported. The last look is
 * left in *m, a copy of *asked. */
int mail_records_wait(const struct mail_records *asked, struct mail_records *m, uint64_t wait_s);

#endif
