/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/dkim/select.h"

#include "engine/base/ascii.h"

enum {
	STAGE_OVERSIGNED,
	STAGE_PRESENT,
	STAGE_END
};

static bool
list_has(struct seal_span list, struct seal_span name)
{
	struct seal_span item;

	while (seal_span_split(&list, ',', &item)) {
		if (seal_span_equal_nocase(item, name))
			return true;
	}
	return false;
}

bool
seal_select_wants(const struct seal_select_list *list, struct seal_span name)
{
	return list_has(list->oversigned, name) || list_has(list->present, name);
}

void
seal_select_init(struct seal_select *s, const struct seal_select_list *list)
{
	*s = (struct seal_select){ .rest = list->oversigned, .stage = STAGE_OVERSIGNED };
}

/* True if `name` occurred earlier in its own list, or in the list before. */
static bool
is_repeated(const struct seal_select *s, const struct seal_select_list *list, struct seal_span name)
{
	const bool first = s->stage == STAGE_OVERSIGNED;
	struct seal_span text = first ? list->oversigned : list->present;
	const size_t before = (size_t)(name.ptr - text.ptr);

	return list_has(seal_span_first(text, before), name) ||
	       (!first && list_has(list->oversigned, name));
}

/* Set s->name to the next name of the lists. Returns false after the last. */
static bool
next_name(struct seal_select *s, const struct seal_select_list *list)
{
	while (s->stage != STAGE_END) {
		while (seal_span_split(&s->rest, ',', &s->name)) {
			if (s->name.len > 0 && !is_repeated(s, list, s->name))
				return true;
		}
		s->stage++;
		s->rest = list->present;
	}
	s->name.len = 0;
	return false;
}

bool
seal_select_next(struct seal_select *s, const struct seal_select_list *list,
                 const struct seal_header *header, struct seal_select_entry *entry)
{
	for (;;) {
		if (s->name.len == 0) {
			if (!next_name(s, list))
				return false;
			s->above = header->num_held;
		}
		entry->name = s->name;
		entry->field = (struct seal_span){ NULL, 0 };
		if (seal_header_find_up(header, s->name, &s->above)) {
			entry->field = seal_header_field(header, s->above);
			return true;
		}
		s->name.len = 0;
		if (s->stage == STAGE_OVERSIGNED)
			return true;
	}
}

bool
seal_select_check(struct seal_span list, struct seal_span *bad)
{
	size_t num = 0;

	while (seal_span_split(&list, ',', bad)) {
		if (bad->len == 0 || bad->len > SEAL_FIELD_NAME_MAX || ++num > SEAL_H_NAMES_MAX)
			return false;
		for (size_t i = 0; i < bad->len; i++) {
			/* ";" would end the tag (RFC 6376 3.2) */
			if (!seal_is_ftext(bad->ptr[i]) || bad->ptr[i] == ';')
				return false;
		}
	}
	return num > 0;
}
