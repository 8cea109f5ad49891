/* SPDX-License-Identifier: Apache-2.0 */
#include "tools/mailseal/bundle/pack.h"

#include <archive.h>
#include <archive_entry.h>
#include <stdio.h>
#include <stdlib.h>

static la_ssize_t
append(struct archive *a, void *ctx, const void *bytes, size_t len)
{
	FILE *const to = ctx;

	(void)a;
	return fwrite(bytes, 1, len, to) == len ? (la_ssize_t)len : -1;
}

static bool
add(struct archive *a, const struct pack_file *file, int64_t now_s)
{
	struct archive_entry *const entry = archive_entry_new();
	bool ok = entry != NULL;

	if (ok) {
		archive_entry_set_pathname(entry, file->name);
		archive_entry_set_size(entry, (la_int64_t)file->text.len);
		archive_entry_set_filetype(entry, AE_IFREG);
		archive_entry_set_perm(entry, 0600);
		archive_entry_set_mtime(entry, (time_t)now_s, 0);
		ok = archive_write_header(a, entry) == ARCHIVE_OK &&
		     archive_write_data(a, file->text.ptr, file->text.len) == (la_ssize_t)file->text.len;
	}
	archive_entry_free(entry);
	return ok;
}

/* Omits the time of packing, so that the same files make the same archive. */
static bool
begin(struct archive *a, FILE *to)
{
	return archive_write_set_format_ustar(a) == ARCHIVE_OK && archive_write_add_filter_gzip(a) == ARCHIVE_OK &&
	       archive_write_set_filter_option(a, "gzip", "timestamp", NULL) == ARCHIVE_OK &&
	       archive_write_open(a, to, NULL, append, NULL) == ARCHIVE_OK;
}

int
pack(const struct pack_file *files, size_t num_files, int64_t now_s, struct tool_text *archive)
{
	char *bytes = NULL;
	size_t len = 0;
	FILE *const to = open_memstream(&bytes, &len);
	struct archive *const a = to == NULL ? NULL : archive_write_new();
	bool ok = a != NULL && begin(a, to);

	for (size_t i = 0; ok && i < num_files; i++)
		ok = add(a, &files[i], now_s);
	if (a != NULL)
		ok = archive_write_close(a) == ARCHIVE_OK && ok;
	if (!ok)
		tool_error("cannot create the archive: %s",
		           a != NULL && archive_error_string(a) != NULL ? archive_error_string(a) : "no memory");
	archive_write_free(a);
	if (to != NULL && fclose(to) != 0)
		ok = false;
	*archive = (struct tool_text){ (uint8_t *)bytes, len };
	return ok ? TOOL_OK : TOOL_IO;
}
