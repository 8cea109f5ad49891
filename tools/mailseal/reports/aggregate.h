/* SPDX-License-Identifier: Apache-2.0
 *
 * aggregate.h - read a DMARC aggregate report (RFC 9990; RFC 7489 appendix C).
 */
#ifndef TOOLS_REPORTS_AGGREGATE_H
#define TOOLS_REPORTS_AGGREGATE_H

#include "tools/mailseal/base/tool.h"

#define AGGREGATE_DEPTH_MAX   16u
#define AGGREGATE_VALUE_MAX   4096u   /* bytes of one element's text       */
#define AGGREGATE_RECORDS_MAX 200000u
#define AGGREGATE_AUTHS_MAX   100u    /* results of one record             */

/* Texts are printable ASCII and never NULL; "" if the report does not have the value. */
struct aggregate_auth {
	char *method;            /* "dkim" or "spf"                            */
	char *domain, *selector, *result;
};

struct aggregate_record {
	uint64_t count;
	char *source_ip, *disposition;
	char *dkim, *spf;        /* passed and aligned: "pass", else "fail"    */
	char *header_from, *envelope_from;
	char *reason;            /* why the receiver overrode the policy       */
	struct aggregate_auth *auths;
	size_t num_auths;
};

struct aggregate {
	char *organization, *report_id, *begin, *end; /* seconds since 1970    */
	char *domain, *policy, *testing;
	struct aggregate_record *records;
	size_t num_records, cap;
};

/* Returns TOOL_OK, or TOOL_REFUSED if the text is not a report (reported, with path and line). Call aggregate_free in
 * any case. */
int aggregate_read(struct aggregate *a, const char *path, struct seal_span xml);
void aggregate_free(struct aggregate *a);

/* True if DMARC passed: DKIM or SPF did. */
bool aggregate_passed(const struct aggregate_record *r);

#endif
