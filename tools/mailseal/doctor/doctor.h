/* SPDX-License-Identifier: Apache-2.0
 *
 * doctor.h - judge a message that arrived: its signatures, SPF and DMARC, compared with the receiver's own results.
 */
#ifndef TOOLS_DOCTOR_DOCTOR_H
#define TOOLS_DOCTOR_DOCTOR_H

#include "tools/mailseal/checks/report.h"
#include "tools/mailseal/doctor/diagnosis.h"
#include "tools/mailseal/doctor/results.h"
#include "tools/mailseal/doctor/signature.h"
#include "tools/mailseal/records/dmarc.h"

#define DOCTOR_SIGNATURES_MAX 16u
#define DOCTOR_RESULTS_MAX     8u

struct doctor {
	const char *path, *config, *signed_path; /* the last two may be NULL              */
	const char *client, *envelope, *helo;    /* NULL: as found in the message         */
	uint64_t now_s;
	struct dns *dns;

	struct message message;
	char from[DNS_NAME_SIZE];                /* domain of From, or ""                 */
	struct signature signatures[DOCTOR_SIGNATURES_MAX];
	bool aligned[DOCTOR_SIGNATURES_MAX];
	size_t num_signatures;
	struct results results[DOCTOR_RESULTS_MAX];  /* topmost first: the receiver's own */
	size_t num_results;
	struct dmarc_walk walk;
	const char *dkim, *spf, *dmarc;          /* our own verdicts                      */
	char spf_client[64], spf_domain[DNS_NAME_SIZE];
	struct diagnoses diagnoses;
};

/* The caller sets the members before `message`, the others to zero. Returns TOOL_OK even if the message has faults, or
 * an exit code (reported). Call doctor_free in any case. */
int doctor_examine(struct doctor *d);
void doctor_free(struct doctor *d);

void doctor_print(FILE *to, const struct doctor *d);
json_t *doctor_json(const struct doctor *d);

/* Reads only the message, From and Authentication-Results, without DNS. Returns the same codes. */
int doctor_read_results(struct doctor *d);

/* TOOL_OK without errors; TOOL_IO if DNS failed and no other error was found; otherwise TOOL_REFUSED. */
int doctor_exit(const struct doctor *d);

#endif
