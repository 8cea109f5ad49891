/* SPDX-License-Identifier: Apache-2.0 */
#include "tools/mailseal/reports/unpack.h"

#include <archive.h>
#include <archive_entry.h>
#include <stdlib.h>
#include <string.h>

enum form {
	FORM_PLAIN,
	FORM_GZIP,
	FORM_ZIP
};

static enum form
form_of(struct seal_span s)
{
	if (s.len >= 2 && s.ptr[0] == 0x1f && s.ptr[1] == 0x8b)
		return FORM_GZIP;
	if (s.len >= 4 && s.ptr[0] == 'P' && s.ptr[1] == 'K' && s.ptr[2] < 9 && s.ptr[3] < 9)
		return FORM_ZIP;
	return FORM_PLAIN;
}

static bool
append(const char *path, struct tool_text *xml, size_t *cap, size_t packed_len, struct seal_span s)
{
	const size_t len = xml->len + s.len;

	if (len > UNPACK_XML_MAX) {
		tool_error("%s: unpacked text is larger than %zu bytes", path, UNPACK_XML_MAX);
		return false;
	}
	if (len > UNPACK_RATIO_FROM && len / UNPACK_RATIO_MAX > packed_len) {
		tool_error("%s: unpacks to more than %u times its size, unlike any report", path, UNPACK_RATIO_MAX);
		return false;
	}
	if (len > *cap) {
		uint8_t *const larger = tool_allocate(*cap = len * 2);

		if (xml->len > 0)
			memcpy(larger, xml->ptr, xml->len);
		free(xml->ptr);
		xml->ptr = larger;
	}
	if (s.len > 0)
		memcpy(xml->ptr + xml->len, s.ptr, s.len);
	xml->len = len;
	return true;
}

static bool
explain(const char *path, struct archive *a)
{
	const char *const why = archive_error_string(a);

	tool_error("%s: cannot be unpacked: %s", path, why != NULL ? why : "damaged");
	return false;
}

static bool
unpack_entry(const char *path, struct archive *a, size_t packed_len, struct tool_text *xml)
{
	uint8_t buf[16384];
	size_t cap = 0;
	la_ssize_t n;

	while ((n = archive_read_data(a, buf, sizeof buf)) > 0) {
		if (!append(path, xml, &cap, packed_len, seal_span(buf, (size_t)n)))
			return false;
	}
	return n == 0 || explain(path, a);
}

static bool
is_file(const char *path, struct archive_entry *entry, enum form form)
{
	if (form == FORM_ZIP && archive_entry_filetype(entry) != AE_IFREG) {
		tool_error("%s: expected one file in the archive, found a directory or a link", path);
		return false;
	}
	if (archive_entry_is_encrypted(entry)) {
		tool_error("%s: the archive is encrypted", path);
		return false;
	}
	return true;
}

static bool
unpack_one(const char *path, struct archive *a, enum form form, size_t packed_len, struct tool_text *xml)
{
	struct archive_entry *entry;
	int status = archive_read_next_header(a, &entry);

	if (status == ARCHIVE_EOF) {
		tool_error("%s: expected one file in the archive, found none", path);
		return false;
	}
	if (status != ARCHIVE_OK && status != ARCHIVE_WARN)
		return explain(path, a);
	if (archive_filter_count(a) > (form == FORM_GZIP ? 2 : 1)) {
		tool_error("%s: compressed more than once", path);
		return false;
	}
	if (!is_file(path, entry, form) || !unpack_entry(path, a, packed_len, xml))
		return false;
	status = archive_read_next_header(a, &entry);
	if (status == ARCHIVE_EOF)
		return true;
	if (status < ARCHIVE_WARN)
		return explain(path, a);
	tool_error("%s: expected one file in the archive, found several", path);
	return false;
}

static bool
unpack(const char *path, struct seal_span packed, enum form form, struct tool_text *xml)
{
	struct archive *const a = archive_read_new();
	bool ok = a != NULL && (form == FORM_ZIP ? archive_read_support_format_zip(a)
	                                         : archive_read_support_format_raw(a)) == ARCHIVE_OK;

	if (ok && form == FORM_GZIP)
		ok = archive_read_support_filter_gzip(a) == ARCHIVE_OK;
	if (!ok)
		tool_error("%s: libarchive cannot read this format", path);
	else if (archive_read_open_memory(a, packed.ptr, packed.len) != ARCHIVE_OK)
		ok = explain(path, a);
	ok = ok && unpack_one(path, a, form, packed.len, xml);
	archive_read_free(a);
	if (ok && form_of(tool_span(*xml)) != FORM_PLAIN) {
		tool_error("%s: compressed more than once", path);
		ok = false;
	}
	return ok;
}

int
unpack_file(const char *path, struct tool_text *xml)
{
	struct tool_text packed;
	enum form form;
	bool ok;

	*xml = (struct tool_text){ NULL, 0 };
	if (!tool_read_file(path, UNPACK_PACKED_MAX, &packed)) {
		free(packed.ptr);
		return TOOL_IO;
	}
	form = form_of(tool_span(packed));
	if (form == FORM_PLAIN) {
		*xml = packed;
		return TOOL_OK;
	}
	ok = unpack(path, tool_span(packed), form, xml);
	free(packed.ptr);
	return ok ? TOOL_OK : TOOL_REFUSED;
}
