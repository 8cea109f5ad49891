/* SPDX-License-Identifier: Apache-2.0
 *
 * spf_change.h - the SPF record for a sheet.
 */
#ifndef TOOLS_SHEET_SPF_CHANGE_H
#define TOOLS_SHEET_SPF_CHANGE_H

#include <stddef.h>

enum spf_change {
	SPF_CHANGE,
	SPF_NO_CHANGE, /* reported as a note */
	SPF_BAD        /* reported           */
};

/* Sets *merged to `existing` with the terms added, or to a new record if `existing` is NULL; the caller frees it. It is
 * NULL unless SPF_CHANGE is returned. */
enum spf_change spf_change(const char *existing, const char *const *terms, size_t num_terms, char **merged);

#endif
