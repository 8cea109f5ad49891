/* SPDX-License-Identifier: Apache-2.0
 *
 * evidence.h - whether aggregate reports show that a stricter DMARC policy is safe.
 */
#ifndef TOOLS_REPORTS_EVIDENCE_H
#define TOOLS_REPORTS_EVIDENCE_H

#include "tools/mailseal/records/spf.h"
#include "tools/mailseal/reports/collection.h"
#include "tools/mailseal/reports/summary.h"

/* An address, or a network, that sends for the domain. */
struct evidence_sender {
	struct spf_address network;
	unsigned prefix;
};

struct evidence_request {
	const char *domain;                  /* whose policy will become stricter                */
	struct summary_keys keys;            /* that sign for the domain; empty: not known       */
	const struct evidence_sender *senders;
	size_t num_senders;
	bool enforced;                       /* count only reports under quarantine or reject    */
	unsigned days_wanted;                /* 0: there is no decision to make                  */
	int64_t since_s;                     /* reports that begin earlier do not count          */
	int64_t now_s;
};

/* Why a report counts or does not. */
enum evidence_use {
	EVIDENCE_COUNTS,
	EVIDENCE_REPEATED,      /* the same report as another file                      */
	EVIDENCE_OTHER_DOMAIN,
	EVIDENCE_BAD_PERIOD,    /* none, in the future, or longer than EVIDENCE_PERIOD_MAX_S */
	EVIDENCE_TOO_OLD,       /* begins before since_s                                */
	EVIDENCE_OTHER_POLICY,  /* from a time when the policy was weaker than `enforced` */
	EVIDENCE_USES
};

/* What is missing; each is one bit. */
enum evidence_lack {
	EVIDENCE_LACKS_DAYS = 1,    /* fewer than days_wanted                                */
	EVIDENCE_LACKS_RECENT = 2,  /* the last report is older than EVIDENCE_RECENT_S       */
	EVIDENCE_LACKS_OURS = 4,    /* no message has a signature of the keys                */
	EVIDENCE_LACKS_PASS = 8,    /* too many messages with such a signature fail          */
	EVIDENCE_LACKS_SENDER = 16  /* too many messages from one of the senders fail        */
};

#define EVIDENCE_DAY_S        INT64_C(86400)
#define EVIDENCE_PERIOD_MAX_S (8 * EVIDENCE_DAY_S)   /* a week and one day of tolerance          */
#define EVIDENCE_RECENT_S     (14 * EVIDENCE_DAY_S)
#define EVIDENCE_FAIL_SHARE   50u                    /* 1 of 50 may fail: lists break signatures */

/* An address that sent messages which failed DMARC. */
struct evidence_source {
	const struct aggregate_record *record;  /* the failed one with the most messages     */
	uint64_t count, failed;                 /* messages from this address                */
	uint64_t ours_failed;                   /* with a signature of ours, not forwarded   */
	bool ours;                              /* a failed message has such a signature     */
	bool sender;                            /* one of the senders                        */
	bool forwarded;                         /* a receiver reports it as a forwarder      */
	bool blocks;                            /* a reason not to publish the policy        */
	int64_t last_s;                         /* end of the last period with a failure     */
};

/* Borrows from the collection that it is made from. */
struct evidence {
	size_t num_reports;                     /* those that count                          */
	enum evidence_use *uses;                /* one for each report of the collection     */
	int64_t begin_s, end_s;                 /* of all reports together; or 0             */
	unsigned days;                          /* that the reports cover                    */
	uint64_t messages, passed;
	uint64_t ours, ours_passed;             /* signed by us; of those, verified          */
	uint64_t ours_failed;                   /* signed by us, failed DMARC, not forwarded */
	struct evidence_source *failing;        /* those that block first, then by number of messages */
	size_t num_failing;
	unsigned lacks;                         /* bits; 0: nothing is missing               */
};

/* Call evidence_free in any case. */
void evidence_make(struct evidence *e, const struct collection *c, const struct evidence_request *r);
void evidence_free(struct evidence *e);

/* Reads "192.0.2.1", "192.0.2.0/24" or "2001:db8::/32"; false: it is none of these. */
bool evidence_sender_parse(const char *text, struct evidence_sender *sender);

#endif
