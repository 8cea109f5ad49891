/* SPDX-License-Identifier: Apache-2.0
 *
 * offline.h - DNS for commands that do not need it: offline, every name exists and its records are empty.
 */
#ifndef TOOLS_CHECKS_OFFLINE_H
#define TOOLS_CHECKS_OFFLINE_H

#include "tools/mailseal/checks/report.h"

/* The domain of a record that is given without one; DNS is never asked for it. */
#define OFFLINE_DOMAIN "domain.invalid"

struct offline_dns {
	bool offline;    /* set by the caller */
	struct dns dns;
};

/* Calls report_open unless offline; false: reported. Call dns_free in any case. */
bool offline_open(struct offline_dns *o, const struct report_request *r);
struct dns_lookup offline_lookup(struct offline_dns *o);

/* Calls report_complete unless offline. */
void offline_complete(struct offline_dns *o, struct findings *f);

#endif
