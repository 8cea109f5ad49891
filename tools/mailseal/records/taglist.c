/* SPDX-License-Identifier: Apache-2.0 */
#include "tools/mailseal/records/taglist.h"

#include "engine/base/ascii.h"

static bool
is_name(struct seal_span name)
{
	if (name.len == 0 || !seal_is_alpha(name.ptr[0]))
		return false;
	for (size_t i = 0; i < name.len; i++) {
		if (!seal_is_let_dig(name.ptr[i]) && name.ptr[i] != '_')
			return false;
	}
	return true;
}

/* Without FWS (RFC 6376 2.8) and line ends at both ends. A tag contains no ";". */
static struct seal_span
unfolded(struct seal_span s)
{
	struct seal_span bare = s;

	seal_span_split(&s, ';', &bare);
	return bare;
}

bool
taglist_next(struct seal_span *rest, struct taglist_tag *tag)
{
	size_t at;

	do {
		if (!seal_span_split(rest, ';', &tag->text))
			return false;
	} while (tag->text.len == 0);
	at = seal_span_find(tag->text, '=');
	tag->name = unfolded(seal_span_first(tag->text, at));
	tag->value = unfolded(seal_span_from(tag->text, at + 1));
	tag->valid = at < tag->text.len && is_name(tag->name);
	return true;
}

bool
taglist_find(struct seal_span text, const char *name, struct seal_span *value)
{
	struct taglist_tag tag;

	while (taglist_next(&text, &tag)) {
		if (tag.valid && seal_span_equal(tag.name, seal_span_text(name))) {
			*value = tag.value;
			return true;
		}
	}
	return false;
}

bool
taglist_is_double(struct seal_span text, struct seal_span name)
{
	struct taglist_tag tag;
	unsigned count = 0;

	while (taglist_next(&text, &tag))
		count += tag.valid && seal_span_equal(tag.name, name);
	return count > 1;
}
