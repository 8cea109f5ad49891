/* SPDX-License-Identifier: Apache-2.0 */
#include "tools/mailseal/site/adopt_keys.h"

#include <stdlib.h>
#include <string.h>

#include "tools/mailseal/records/dkim.h"
#include "tools/mailseal/records/text.h"

/* --- the log ------------------------------------------------------------ */

/* Moves the start of the line to after the first occurrence of `what`; false: the line does not contain it. */
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

/* The last record of that name in the log, because a device may have created its keys again; empty: none. */
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
	tool_error("%s: its record in the log is incomplete; copy the line again", name);
	return false;
}

/* --- the configuration -------------------------------------------------- */

/* Replaces an existing note, or adds one in the line after the heading. */
static void
put_note(struct site *s, const struct document_section *section, struct seal_span record)
{
	struct document *const d = &s->file.document;
	struct seal_span old = seal_span(NULL, 0);
	size_t line = 0;
	const bool exists = document_note(d, section, "record", &line, &old);
	char *const text = text_format("%s%.*s%s", exists ? "" : "# mailseal: record = ", (int)record.len,
	                               (const char *)record.ptr, exists ? "" : "\n");

	if (exists)
		document_replace(d, old, text);
	else
		document_insert(d, section->heading + 1, text);
	free(text);
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
	const struct seal_span old = config_file_note(&s->file, section->name, "record");
	int code = TOOL_OK;

	if (record.len == 0) {
		a->num_missing += old.len == 0;
	} else if (!is_record(record, name)) {
		code = TOOL_KEY;
	} else if (old.len > 0 && !seal_span_equal(old, record) && !a->force) {
		tool_error("%s: the device has another key than the adopted one (was its medium or seed replaced?); to "
		           "adopt the new key, which is not published in DNS yet, use --force", name);
		code = TOOL_KEY;
	} else {
		json_array_append_new(a->keys, json_pack("{s:s, s:s%, s:b}", "name", name, "value", record.ptr,
		                                            record.len, "new", !seal_span_equal(old, record)));
		if (!seal_span_equal(old, record)) {
			put_note(s, config_file_section(&s->file, section->name), record);
			code = site_settle(s);
		}
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
