/* SPDX-License-Identifier: Apache-2.0
 *
 * results.h - read an Authentication-Results field (RFC 8601 2.2).
 */
#ifndef TOOLS_DOCTOR_RESULTS_H
#define TOOLS_DOCTOR_RESULTS_H

#include "engine/base/span.h"

#define RESULTS_MAX    32u
#define RESULTS_PROPERTIES_MAX 16u

struct results_property {
	char *name, *value;       /* "header.d"; also "reason" */
};

struct results_one {
	char *method, *result;    /* in lower case             */
	struct results_property properties[RESULTS_PROPERTIES_MAX];
	size_t num_properties;
};

struct results {
	char *server;             /* authserv-id               */
	struct results_one list[RESULTS_MAX];
	size_t num;
};

/* `value` must be unfolded. False: it is malformed. Call results_free in any case. */
bool results_read(struct results *r, const char *value);
void results_free(struct results *r);

/* "" if the property does not exist. */
const char *results_property(const struct results_one *one, const char *name);

/* The best result of a method, because each of several signatures may have one: "pass" if any has it, otherwise the
 * first; "none" if the method is missing. */
const char *results_of(const struct results *r, const char *method);

#endif
