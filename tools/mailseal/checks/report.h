/* SPDX-License-Identifier: Apache-2.0
 *
 * report.h - what the commands about records share: options of DNS, findings as text and JSON.
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
	"(of dkimpy, Mail::DKIM, OpenDKIM; null: no key record was judged), advice, who (you, dns, owner),\n" \
	"zone, wait_s (null: as far as is known, waiting does not help) }. Codes keep their names; more may\n" \
	"be added.\n"

struct report_request {
	const char *server;
	bool authoritative;
	uint64_t zone_port, timeout_s;
};

/* Rows for a struct report_request, as a group of the command's own. */
extern const struct option_row report_options[];
#define OPTION_GROUP_DNS(type, member) \
	{ NULL, 0, OPT_GROUP, offsetof(type, member), NULL, .text = "How DNS is asked", .rows = report_options }

/* dns_init as the options say; dns_free in any case. */
bool report_open(const struct report_request *r, struct dns *dns);

/* A domain name as DNS has it; false: reported. */
bool report_domain(const char *text, const char *what, char domain[DNS_NAME_SIZE]);

/* The same as the `take` of an option or argument, into a char[DNS_NAME_SIZE]. */
bool report_take_domain(const char *text, const char *what, void *domain);

/* Add who is to act, how long a cache keeps an answer that is no longer true, and where the
 * servers of a zone differ. */
void report_complete(struct findings *f, struct dns *dns);

void report_print_findings(FILE *to, const struct findings *f);
json_t *report_findings_json(const struct findings *f);

#define REPORT_NO_ANSWER "DNS did not answer every question; run the command again later"

/* TOOL_OK without errors; TOOL_IO, reported, when DNS failed and nothing else is wrong; else TOOL_REFUSED. */
int report_exit(const struct findings *f);

/* A DNS answer as { name, type, status, ttl_s, values }. */
json_t *report_answer_json(const char *name, const char *type, const struct dns_answer *answer);

/* A heap text into JSON; frees it. NULL becomes null. */
json_t *report_text_json(char *text);

#endif
