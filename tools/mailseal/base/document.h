/* SPDX-License-Identifier: Apache-2.0
 *
 * document.h - a configuration as a text to edit: lines, sections, keys and notes, each with its position.
 *
 *	document_read -> read, edit, read ... -> document_free
 *
 * Any bytes are a document; its errors are found by the engine, not here. Lines, headings and continued values are
 * recognized in the same way as by the engine. An edit changes only the bytes that it names: comments, order, line
 * ends, a byte order mark and a missing last line end are kept. After an edit, lines and sections have new numbers, and
 * every span and pointer into the document is invalid.
 *
 * Notes are comments that only the commands read: "# mailseal: NAME = VALUE". In a section:
 *	cname   the zone that holds the record of the key; the customer's name is a CNAME
 *	record  the record that DNS must publish for a key that a device created
 * and anywhere:
 *	revoked DOMAIN SELECTOR DATE FILE of a revoked key
 */
#ifndef TOOLS_BASE_DOCUMENT_H
#define TOOLS_BASE_DOCUMENT_H

#include "tools/mailseal/base/tool.h"

enum document_kind {
	DOCUMENT_BLANK,
	DOCUMENT_COMMENT,
	DOCUMENT_NOTE,
	DOCUMENT_HEADING,
	DOCUMENT_KEY,
	DOCUMENT_MORE,     /* indented: continues the value of the key on the line before */
	DOCUMENT_OTHER
};

struct document_line {
	enum document_kind kind;
	struct seal_span text;         /* without line end and byte order mark                  */
	struct seal_span name, value;  /* of a key or note; only the part of the value on this line */
	size_t start, end;             /* offsets; `end` is after the line end                  */
};

/* From the heading to the last key. Comments and blank lines after it belong to the next section. */
struct document_section {
	struct seal_span word, name;   /* of [word name]                     */
	size_t heading, end;           /* line numbers; `end` is exclusive   */
};

struct document {
	struct tool_text text;
	struct document_line *lines;
	size_t num_lines;
	struct document_section *sections;
	size_t num_sections;
};

/* A key with its value, which may continue on indented lines. */
struct document_entry {
	struct seal_span name, value;
	size_t line, end;              /* line numbers; `end` is exclusive */
};

/* Takes ownership of the text. Call document_free in any case. */
void document_read(struct document *d, struct tool_text text);
void document_free(struct document *d);

/* --- reading ------------------------------------------------------------------------------------------------------ */

/* The number of the line that contains the byte at `offset`, or of the last line; 0 if the document is empty. */
size_t document_line_at(const struct document *d, size_t offset);

/* The section of this line, which may be its heading; NULL: no heading precedes the line. */
const struct document_section *document_section_of(const struct document *d, size_t line);

/* The next section after `last` whose heading has this word; the first one if `last` is NULL. NULL: no further
 * section. */
const struct document_section *document_next(const struct document *d, const char *word,
                                             const struct document_section *last);

/* The line of the next heading, or the number of lines. */
size_t document_section_limit(const struct document *d, const struct document_section *s);

/* The key to which this line belongs; false: none. */
bool document_entry_at(const struct document *d, size_t line, struct document_entry *e);

/* The first key of that name in the section; false: none. */
bool document_find(const struct document *d, const struct document_section *s, const char *name,
                   struct document_entry *e);

/* The value of the next note of that name, from line *line on; *line is moved to the line after it. If `s` is not NULL,
 * only notes in that section count. False: no further note. */
bool document_note(const struct document *d, const struct document_section *s, const char *name, size_t *line,
                   struct seal_span *value);

/* --- editing: `text` has LF line ends, which become those of the document ----------------------------------------- */

/* Replaces a part of the text. */
void document_replace(struct document *d, struct seal_span old, const char *text);

/* Inserts whole lines before line number `line`; num_lines: at the end. */
void document_insert(struct document *d, size_t line, const char *text);
void document_remove(struct document *d, size_t line, size_t end);

/* Adds a section with its heading after `after`, or at the end if it is NULL, with a blank line before it. */
void document_add_section(struct document *d, const struct document_section *after, const char *text);

/* Removes a section, and one blank line before it. If none precedes it, the blank lines after it are removed. */
void document_remove_section(struct document *d, const struct document_section *s);

/* Adds an item at the end of a list, or removes `item`, a part of the value, from a list that has other items. */
void document_add_item(struct document *d, const struct document_entry *e, const char *item);
void document_remove_item(struct document *d, const struct document_entry *e, struct seal_span item);

/* `item` together with the comma that separates it from its neighbour. */
struct seal_span document_item_with_comma(struct seal_span list, struct seal_span item);

#endif
