/* SPDX-License-Identifier: Apache-2.0
 *
 * selector.h - names for new keys, out of a template: text, in which {date} is 20260115,
 * {site} is what --site says, {nn} counts 01, 02 ..., {n} counts 1, 2 ..., {rand} is 32
 * unpredictable hexadecimal digits. A comma separates the templates of two keys.
 */
#ifndef TOOLS_SITE_SELECTOR_H
#define TOOLS_SITE_SELECTOR_H

#include "engine/base/bounds.h"
#include "engine/base/span.h"

#define SELECTOR_DATED "s{date}"
#define SELECTOR_SITED "{site}{nn}"
#define SELECTOR_CNAME "k{n}"

struct selector_request {
	struct seal_span template_text;
	const char *site;              /* NULL: none                              */
	const char *date;
	bool (*is_taken)(void *ctx, const char *selector);
	void *ctx;
};

struct selector {
	char text[SEAL_SELECTOR_MAX + 1];
};

/* The first name that is not taken; where only the date could tell two apart, the second
 * gets a "b". False: reported. */
bool selector_make(const struct selector_request *r, struct selector *selector);

/* The template that `list` has for key number i: the last one serves all that follow. */
struct seal_span selector_template(const char *list, size_t i);

#endif
