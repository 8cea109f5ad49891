/* SPDX-License-Identifier: Apache-2.0
 *
 * reading.h - the readable part of a configuration that may have errors, and all of its errors.
 *
 * The engine stops at the first error. The wrong part is then left out of a copy, and the copy is read again, until no
 * error is left. So the engine remains the only judge, and mailseald and the boards contain nothing of this. An error
 * that exists only because something was left out before is a consequence, and is not reported.
 */
#ifndef TOOLS_BASE_READING_H
#define TOOLS_BASE_READING_H

#include "engine/config/config.h"
#include "tools/mailseal/base/document.h"

#define READING_FAULTS_MAX 10000u /* that are found            */
#define READING_SHOWN_MAX 100u    /* that messages are made of */

struct reading_fault {
	struct seal_config_error error; /* line and column in the document; `found` is a copy */
	char *found;
	size_t offset;              /* in the document                                */
	char *text;                 /* "KEY: expected EXPECTED, found FOUND"          */
	char *heading;              /* of its section; "" before the first section    */
};

struct reading {
	struct reading_fault *faults;
	size_t num_faults;          /* in the order of the document                   */
	bool readable;              /* false: too many errors, so nothing is read     */
	uint8_t *copy;              /* NULL: no errors                                */
	size_t copy_len;
	uint32_t *origin;           /* of each byte of the copy: its offset in the document */
};

/* Reads the document into `config`; the caller frees its sections with free(). Its spans point into the document if
 * that has no errors, otherwise into the copy. Call reading_free in any case. */
void reading_make(struct reading *r, const struct document *d, struct seal_config *config);
void reading_free(struct reading *r);

/* The place in the document of a span of the configuration. */
struct seal_span reading_place(const struct reading *r, const struct document *d, struct seal_span s);

/* The next fault, from *at on, that occurs more often than in `old`; NULL: no more. */
const struct reading_fault *reading_next_new(const struct reading *r, const struct reading *old, size_t *at);

#endif
