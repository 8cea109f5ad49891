/* SPDX-License-Identifier: Apache-2.0
 *
 * spf_change.h - the SPF record that a sheet asks for.
 */
#ifndef TOOLS_SHEET_SPF_CHANGE_H
#define TOOLS_SHEET_SPF_CHANGE_H

#include <stddef.h>

enum spf_change {
	SPF_CHANGE,
	SPF_NO_CHANGE, /* said on stderr */
	SPF_BAD        /* reported       */
};

/* `existing` with the terms in it, or with NULL a new record. Only with SPF_CHANGE there is a
 * *merged: free() it. */
enum spf_change spf_change(const char *existing, const char *const *terms, size_t num_terms, char **merged);

#endif
