/* SPDX-License-Identifier: Apache-2.0 */
#include "tools/mailseal/site/adopt_keys.h"

#include <stdlib.h>
#include <string.h>

#include "tools/mailseal/records/dkim.h"
#include "tools/mailseal/records/text.h"

/* --- the log ------------------------------------------------------------ */

/* Move the line's start to after `what`; false: it is not on the line. */
static bool
find_after(struct seal_span *line, struct seal_span what)
{
	for (size_t i = 0; i + what.len <= line->len; i++) {
		if (memcmp(line->ptr + i, what.ptr, what.len) == 0) {
			*line = seal_span_from(*line, i + what.len);
			return true;
		}
	}
	return false;
}

/* The last record that the log has for the name, because a device may have made its keys again;
 * empty: none. */
static struct seal_span
find_record(struct seal_span log, const char *name)
{
	struct seal_span record = seal_span(log.ptr, 0);

	while (log.len > 0) {
		struct seal_span line = seal_span_first(log, seal_span_find(log, '\n'));
		const size_t len = line.len;

		if (find_after(&line, SEAL_SPAN("device-key name=")) &&
		    seal_span_equal_nocase(seal_span_first(line, seal_span_find(line, ' ')), seal_span_text(name)) &&
		    find_after(&line, SEAL_SPAN(" record=\"")) && seal_span_find(line, '"') < line.len)
			record = seal_span_first(line, seal_span_find(line, '"'));
		log = seal_span_from(log, len + 1);
	}
	return record;
}

static bool
is_record(struct seal_span record, const char *name)
{
	struct pubkey key;

	if (dkim_read(record, &key) && key.bits >= SEAL_KEY_BITS_GOOD)
		return true;
	tool_error("%s: the log has no whole record for it; copy the line again", name);
	return false;
}

/* --- the configuration -------------------------------------------------- */

/* In the first line of the section, or in place of an older note. */
static int
put_note(struct site *s, const struct seal_config_domain *section, struct seal_span record)
{
	const struct seal_span all = config_file_section(&s->file, section->name);
	size_t at = 0;
	const struct seal_span old = config_file_note(all, "record", &at);
	const struct seal_span place = old.len > 0 ? old : seal_span(all.ptr + seal_span_find(all, '\n') + 1, 0);
	char *text = old.len > 0 ? text_format("%.*s", (int)record.len, (const char *)record.ptr)
	                         : text_format("# mailseal: record = %.*s\n", (int)record.len,
	                                       (const char *)record.ptr);
	const int code = site_edit(s, &(struct site_edit){ (size_t)(place.ptr - s->file.text.ptr), place.len, text });

	free(text);
	return code;
}

static int
adopt_section(struct adoption *a, struct site *s, size_t index)
{
	const struct seal_config_domain *section = &s->file.config.domains[index];
	uint8_t buf[SEAL_DOMAIN_MAX + 1];
	const struct seal_span domain = seal_config_name(section->name, buf);
	char *name = text_format("%.*s._domainkey.%.*s", (int)section->selector.len,
	                         (const char *)section->selector.ptr, (int)domain.len, (const char *)domain.ptr);
	const struct seal_span record = find_record(tool_span(a->log), name);
	size_t at = 0;
	const struct seal_span old = config_file_note(config_file_section(&s->file, section->name), "record", &at);
	int code = TOOL_OK;

	if (record.len == 0) {
		a->num_missing += old.len == 0;
	} else if (!is_record(record, name)) {
		code = TOOL_KEY;
	} else if (old.len > 0 && !seal_span_equal(old, record) && !a->force) {
		tool_error("%s: the device has another key than the one that was adopted: was its medium exchanged, "
		           "or its seed? To take the new one, which DNS does not know: --force", name);
		code = TOOL_KEY;
	} else {
		json_array_append_new(a->keys, json_pack("{s:s, s:s%, s:b}", "name", name, "value", record.ptr,
		                                            record.len, "new", !seal_span_equal(old, record)));
		if (!seal_span_equal(old, record))
			code = put_note(s, section, record);
	}
	free(name);
	return code;
}

int
adopt_keys(struct adoption *a, struct site *s)
{
	int code = TOOL_OK;

	for (size_t i = 0; code == TOOL_OK && i < s->file.config.num_domains; i++) {
		if (!seal_config_key_is_on_device(&s->file.config.domains[i]))
			continue;
		a->num_on_device++;
		code = adopt_section(a, s, i);
	}
	return code;
}
