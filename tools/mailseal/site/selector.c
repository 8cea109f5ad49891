/* SPDX-License-Identifier: Apache-2.0 */
#include "tools/mailseal/site/selector.h"

#include <stdio.h>
#include <string.h>
#include <sys/random.h>

#include "engine/base/out.h"
#include "tools/mailseal/checks/key_record.h"

#define COUNT_MAX 99u

/* Values for the placeholders that may vary. */
struct found {
	bool counts, dated, random;
};

static bool
put_random(struct seal_out *out)
{
	uint8_t octets[16];

	if (getrandom(octets, sizeof octets, 0) != (ssize_t)sizeof octets) {
		tool_error("no random numbers for {rand}");
		return false;
	}
	seal_out_hex(out, seal_span(octets, sizeof octets));
	return true;
}

static bool
put_placeholder(const struct selector_request *r, struct seal_span name, unsigned count, struct seal_out *out,
                struct found *found)
{
	if (seal_span_equal(name, SEAL_SPAN("date"))) {
		seal_out_span_put(out, seal_span_text(r->date));
		found->dated = true;
	} else if (seal_span_equal(name, SEAL_SPAN("site")) && r->site != NULL) {
		seal_out_span_put(out, seal_span_text(r->site));
	} else if (seal_span_equal(name, SEAL_SPAN("nn")) || seal_span_equal(name, SEAL_SPAN("n"))) {
		seal_out_u64_padded(out, count, name.len == 2 ? 2 : 1);
		found->counts = true;
	} else if (seal_span_equal(name, SEAL_SPAN("rand"))) {
		found->random = true;
		return put_random(out);
	} else if (seal_span_equal(name, SEAL_SPAN("site"))) {
		tool_error("--selector: {site} needs --site NAME");
		return false;
	} else {
		tool_error("--selector: expected {date}, {site}, {nn}, {n} or {rand}, found {%.*s}", (int)name.len,
		           (const char *)name.ptr);
		return false;
	}
	return true;
}

static bool
expand(const struct selector_request *r, unsigned count, struct seal_out *out, struct found *found)
{
	struct seal_span rest = r->template_text;

	while (rest.len > 0) {
		const size_t open = seal_span_find(rest, '{');
		struct seal_span name;

		seal_out_span_put(out, seal_span_first(rest, open));
		rest = seal_span_from(rest, open + 1);
		if (rest.len == 0)
			break;
		name = seal_span_first(rest, seal_span_find(rest, '}'));
		rest = seal_span_from(rest, name.len + 1);
		if (!put_placeholder(r, name, count, out, found))
			return false;
	}
	return true;
}

/* Makes one name. `letter` makes dated names differ; 0: no letter. */
static bool
make_one(const struct selector_request *r, unsigned count, char letter, struct selector *selector,
         struct found *found)
{
	struct seal_out out = seal_out((uint8_t *)selector->text, SEAL_SELECTOR_MAX);

	if (!expand(r, count, &out, found))
		return false;
	if (letter != 0)
		seal_out_octet(&out, (uint8_t)letter);
	selector->text[out.len] = '\0';
	if (!out.overflow && record_selector_ok(seal_out_span(&out)))
		return true;
	tool_error("--selector: expected letters, digits and inner hyphens, labels of at most %u joined by dots; "
	           "%.*s makes %s", SEAL_LABEL_MAX, (int)r->template_text.len,
	           (const char *)r->template_text.ptr, selector->text);
	return false;
}

bool
selector_make(const struct selector_request *r, struct selector *selector)
{
	struct found found = { false, false, false };

	for (unsigned i = 1; i <= COUNT_MAX; i++) {
		const bool lettered = i > 1 && !found.counts && !found.random;

		if (lettered && (!found.dated || i > 26))
			break;
		if (!make_one(r, i, lettered ? (char)('a' + i - 1) : '\0', selector, &found))
			return false;
		if (!r->is_taken(r->ctx, selector->text))
			return true;
	}
	tool_error("--selector: %s is already in use, and %.*s makes no other name", selector->text,
	           (int)r->template_text.len, (const char *)r->template_text.ptr);
	return false;
}

struct seal_span
selector_template(const char *list, size_t i)
{
	struct seal_span rest = seal_span_text(list);
	struct seal_span item = rest;

	do {
		if (!seal_span_split(&rest, ',', &item))
			break;
	} while (i-- > 0 && rest.len > 0);
	return item;
}
