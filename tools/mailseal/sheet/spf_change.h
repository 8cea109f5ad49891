/* SPDX-License-Identifier: Apache-2.0
 *
 * spf_change.h - the SPF record that a sheet contains.
 */
#ifndef TOOLS_SHEET_SPF_CHANGE_H
#define TOOLS_SHEET_SPF_CHANGE_H

#include <stddef.h>

enum spf_change {
	SPF_CHANGE,
	SPF_NO_CHANGE, /* reported as a note */
	SPF_BAD        /* reported           */
};

/* Set *merged to `existing` with the terms added, or with NULL to a new record; free() it. It is set only
 * with SPF_CHANGE. */
enum spf_change spf_change(const char *existing, const char *const *terms, size_t num_terms, char **merged);

#endif
