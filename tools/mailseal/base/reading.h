/* SPDX-License-Identifier: Apache-2.0
 *
 * reading.h - what the engine can read of a configuration that may have errors, and all of its errors.
 *
 * The engine stops at the first error. What it complains of is left out of a copy, and the copy is read again, until
 * no error is left. So the engine remains the only judge, and mailseald and boards carry nothing of this. An error
 * that only says that something is missing which was left out before is a consequence, and not reported.
 */
#ifndef TOOLS_BASE_READING_H
#define TOOLS_BASE_READING_H

#include "engine/config/config.h"
#include "tools/mailseal/base/document.h"

#define READING_FAULTS_MAX 10000u /* that are found            */
#define READING_SHOWN_MAX 100u    /* that messages are made of */

struct reading_fault {
	struct seal_config_error error; /* line and column in the document; found is a copy */
	char *found;
	size_t offset;              /* in the document                                */
	char *text;                 /* "KEY: expected EXPECTED, found FOUND"          */
	char *heading;              /* of its section; "" before the first one        */
};

struct reading {
	struct reading_fault *faults;
	size_t num_faults;          /* in the order of the document                   */
	bool readable;              /* false: too many errors to read anything        */
	uint8_t *copy;              /* NULL: there was no error                       */
	size_t copy_len;
	uint32_t *origin;           /* of each byte of the copy: its offset in the document */
};

/* Read the document into `config`, whose sections are allocated: free() them. Its spans lie in the document if that has
 * no error, else in the copy. reading_free in any case. */
void reading_make(struct reading *r, const struct document *d, struct seal_config *config);
void reading_free(struct reading *r);

/* Where a span of the configuration lies in the document. */
struct seal_span reading_place(const struct reading *r, const struct document *d, struct seal_span s);

/* The next fault, from *at on, that `old` does not have as often; NULL: none. */
const struct reading_fault *reading_next_new(const struct reading *r, const struct reading *old, size_t *at);

#endif
