/* SPDX-License-Identifier: Apache-2.0
 *
 * evidence.h - whether aggregate reports speak for a stricter DMARC policy.
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
	const char *domain;                  /* whose policy is to become stricter               */
	struct summary_keys keys;            /* that sign for it; none of them: not known        */
	const struct evidence_sender *senders;
	size_t num_senders;
	bool enforced;                       /* only reports under quarantine or reject count    */
	unsigned days_wanted;                /* 0: nothing is to be decided                      */
	int64_t since_s;                     /* reports that begin before do not count           */
	int64_t now_s;
};

/* Why a report counts or does not. */
enum evidence_use {
	EVIDENCE_COUNTS,
	EVIDENCE_REPEATED,      /* the same report as another file                      */
	EVIDENCE_OTHER_DOMAIN,
	EVIDENCE_BAD_PERIOD,    /* none, in the future, or longer than EVIDENCE_PERIOD_MAX_S */
	EVIDENCE_TOO_OLD,       /* before since_s                                       */
	EVIDENCE_OTHER_POLICY,  /* made when the policy was weaker than `enforced`      */
	EVIDENCE_USES
};

/* What is missing: bits. */
enum evidence_lack {
	EVIDENCE_LACKS_DAYS = 1,    /* fewer than days_wanted                                */
	EVIDENCE_LACKS_RECENT = 2,  /* the last report is older than EVIDENCE_RECENT_S       */
	EVIDENCE_LACKS_OURS = 4,    /* no message bears a signature of the keys              */
	EVIDENCE_LACKS_PASS = 8,    /* too many of those that do fail                        */
	EVIDENCE_LACKS_SENDER = 16  /* too many messages of one of the senders fail          */
};

#define EVIDENCE_DAY_S        INT64_C(86400)
#define EVIDENCE_PERIOD_MAX_S (8 * EVIDENCE_DAY_S)   /* a week, and a day of patience           */
#define EVIDENCE_RECENT_S     (14 * EVIDENCE_DAY_S)
#define EVIDENCE_FAIL_SHARE   50u                    /* one in this many: lists break signatures */

/* An address from which messages failed DMARC. */
struct evidence_source {
	const struct aggregate_record *record;  /* the failing one with most messages        */
	uint64_t count, failed;                 /* its messages                              */
	uint64_t ours_failed;                   /* with a signature of ours, not forwarded   */
	bool ours;                              /* a failing message bears such a signature  */
	bool sender;                            /* one of the senders                        */
	bool forwarded;                         /* a receiver says that it forwards          */
	bool blocks;                            /* what speaks against the policy            */
	int64_t last_s;                         /* up to here reports have a failing one     */
};

/* Borrows from the collection. */
struct evidence {
	size_t num_reports;                     /* that count                                */
	enum evidence_use *uses;                /* of each report of the collection          */
	int64_t begin_s, end_s;                 /* from the first on, up to the last; or 0   */
	unsigned days;                          /* within which reports say something        */
	uint64_t messages, passed;
	uint64_t ours, ours_passed;             /* signed by us; found good                  */
	uint64_t ours_failed;                   /* signed by us, failed DMARC, not forwarded */
	struct evidence_source *failing;        /* what blocks first, then most messages     */
	size_t num_failing;
	unsigned lacks;                         /* 0: enough                                 */
};

/* evidence_free in any case. */
void evidence_make(struct evidence *e, const struct collection *c, const struct evidence_request *r);
void evidence_free(struct evidence *e);

/* "192.0.2.1", "192.0.2.0/24", "2001:db8::/32". */
bool evidence_sender_parse(const char *text, struct evidence_sender *sender);

#endif
