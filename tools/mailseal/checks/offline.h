/* SPDX-License-Identifier: Apache-2.0
 *
 * offline.h - DNS for commands that can do without: offline, every name exists and its records are empty.
 */
#ifndef TOOLS_CHECKS_OFFLINE_H
#define TOOLS_CHECKS_OFFLINE_H

#include "tools/mailseal/checks/report.h"

/* Stands for the domain of a record that is given alone; DNS is never asked for it. */
#define OFFLINE_DOMAIN "domain.invalid"

struct offline_dns {
	bool offline;    /* set by the caller */
	struct dns dns;
};

/* report_open, or nothing; dns_free in any case. */
bool offline_open(struct offline_dns *o, const struct report_request *r);
struct dns_lookup offline_lookup(struct offline_dns *o);

/* report_complete, or nothing. */
void offline_complete(struct offline_dns *o, struct findings *f);

#endif
