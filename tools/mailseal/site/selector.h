/* SPDX-License-Identifier: Apache-2.0
 *
 * selector.h - names for new keys, made from a template. {date} becomes 20260115, {site} the argument of --site, {nn}
 * 01, 02 and so on, {n} 1, 2 and so on, {rand} 32 hexadecimal digits that cannot be guessed. A comma separates the
 * templates of two keys.
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

/* Makes the first name that is not in use. If only the date varies, the second name gets a "b". False: reported. */
bool selector_make(const struct selector_request *r, struct selector *selector);

/* The template in `list` for key number i, counted from 0; the last template is used for all further keys. */
struct seal_span selector_template(const char *list, size_t i);

#endif
