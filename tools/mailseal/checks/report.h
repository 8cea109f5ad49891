/* SPDX-License-Identifier: Apache-2.0
 *
 * report.h - shared by the commands about records: DNS options, and findings as text and JSON.
 */
#ifndef TOOLS_CHECKS_REPORT_H
#define TOOLS_CHECKS_REPORT_H

#include "tools/mailseal/base/json.h"
#include "tools/mailseal/base/options.h"
#include "tools/mailseal/base/tool.h"
#include "tools/mailseal/checks/dns.h"
#include "tools/mailseal/records/findings.h"
#include "tools/mailseal/records/spf_judge.h"

#define REPORT_FINDING_HELP \
"A finding is { code, severity (error, warning, note), name, expected, found, reason, refused_by\n" \
"(those of dkimpy, Mail::DKIM, OpenDKIM that reject the key record; null: none was judged), advice,\n" \
"who (you, dns, owner: the one to act), zone, wait_s (null: waiting probably does not help) }.\n" \
"The meaning of a code never changes; more may be added.\n"

struct report_request {
	const char *server;
	bool authoritative;
	uint64_t zone_port, timeout_s;
};

/* Rows for a struct report_request, for use as a group of a command's options. */
extern const struct option_row report_options[];
#define OPTION_GROUP_DNS(type, member) \
	{ NULL, 0, OPT_GROUP, offsetof(type, member), NULL, .text = "How DNS is asked", .rows = report_options }

/* Calls dns_init with the options; false: reported. Call dns_free in any case. */
bool report_open(const struct report_request *r, struct dns *dns);

/* Normalizes a domain name; false (reported, with `what`): it is not one. */
bool report_domain(const char *text, const char *what, char domain[DNS_NAME_SIZE]);

/* The same as a `take` function of an option or argument; `domain` is a char[DNS_NAME_SIZE]. */
bool report_take_domain(const char *text, const char *what, void *domain);

/* Completes each finding: who must act, how long a cache keeps an outdated answer, and whether the servers of a zone
 * disagree. */
void report_complete(struct findings *f, struct dns *dns);

void report_print_findings(FILE *to, const struct findings *f);
json_t *report_findings_json(const struct findings *f);

#define REPORT_NO_ANSWER "DNS did not answer every question; run the command again later"

/* TOOL_OK without errors; TOOL_IO, reported, when DNS failed and nothing else is wrong; else TOOL_REFUSED. */
int report_exit(const struct findings *f);

/* A DNS answer as { name, type, status, ttl_s, values }. */
json_t *report_answer_json(const char *name, const char *type, const struct dns_answer *answer);

/* Converts a text from the heap to JSON and frees it; NULL becomes null. */
json_t *report_text_json(char *text);

#endif
