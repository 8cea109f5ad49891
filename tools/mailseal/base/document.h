/* SPDX-License-Identifier: Apache-2.0
 *
 * document.h - a configuration as a text that is edited: lines, sections, keys and notes, each with its place.
 *
 *	document_read -> look, edit, look ... -> document_free
 *
 * Any bytes are a document: an error in it is the engine's business, not ours. What counts as a line, a heading or a
 * continued value is what the engine takes for one. An edit changes the bytes that it names and no others: comments,
 * order, line ends, a byte order mark and a missing last line end stay. After an edit, lines and sections have new
 * numbers and every span and pointer into the document is void.
 *
 * Notes are comments that only the commands read: "# mailseal: NAME = VALUE". In a section:
 *	cname   the zone that holds its record: the customer's name is a CNAME to it
 *	record  what DNS must publish for a key that was made on a device
 * and anywhere:
 *	revoked DOMAIN SELECTOR DATE FILE of a key that was revoked
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
	DOCUMENT_MORE,     /* indented: goes on with the key before it, if that is the line before */
	DOCUMENT_OTHER
};

struct document_line {
	enum document_kind kind;
	struct seal_span text;         /* without line end and byte order mark                  */
	struct seal_span name, value;  /* of a key or note; the value as far as it is on this line */
	size_t start, end;             /* offsets; the end is after the line end                */
};

/* From its heading to its last key. Comments and blank lines after that belong to what follows. */
struct document_section {
	struct seal_span word, name;   /* of [word name]                     */
	size_t heading, end;           /* lines; the end is not part of it   */
};

struct document {
	struct tool_text text;
	struct document_line *lines;
	size_t num_lines;
	struct document_section *sections;
	size_t num_sections;
};

/* A key with its value, which may go on in indented lines. */
struct document_entry {
	struct seal_span name, value;
	size_t line, end;              /* the end is not part of it */
};

/* Takes the text over; document_free in any case. */
void document_read(struct document *d, struct tool_text text);
void document_free(struct document *d);

/* --- looking ------------------------------------------------------------------------------------------------------ */

/* The line that holds the byte at `offset`, or the last one; num_lines: the document is empty. */
size_t document_line_at(const struct document *d, size_t offset);

/* The section whose heading is this line or the last one before it; NULL: none. */
const struct document_section *document_section_of(const struct document *d, size_t line);

/* The section after `last`, which is NULL at the start, whose heading has this word; NULL: no more. */
const struct document_section *document_next(const struct document *d, const char *word,
                                             const struct document_section *last);

/* The line after the last one before the next heading. */
size_t document_section_limit(const struct document *d, const struct document_section *s);

/* The key that this line is part of. */
bool document_entry_at(const struct document *d, size_t line, struct document_entry *e);

/* The first key of that name in the section. */
bool document_find(const struct document *d, const struct document_section *s, const char *name,
                   struct document_entry *e);

/* The value of the next note of that name, from line *line on, which moves to the line after it. With a section only
 * notes in it count; with NULL all do. */
bool document_note(const struct document *d, const struct document_section *s, const char *name, size_t *line,
                   struct seal_span *value);

/* --- editing: lines end with LF in `text` and get the line ends of the document ----------------------------------- */

/* A part of the text goes, `text` comes in its place. */
void document_replace(struct document *d, struct seal_span old, const char *text);

/* Whole lines before line number `line`; num_lines: at the end. */
void document_insert(struct document *d, size_t line, const char *text);
void document_remove(struct document *d, size_t line, size_t end);

/* A section with its heading, after `after`, or with NULL at the end; a blank line before it. */
void document_add_section(struct document *d, const struct document_section *after, const char *text);

/* The opposite: one blank line before it goes too. Without one, the blank lines after it do. */
void document_remove_section(struct document *d, const struct document_section *s);

/* An item at the end of a list, on a new line if this one is long, or out of a list that has others; `item` is a part
 * of the value. */
void document_add_item(struct document *d, const struct document_entry *e, const char *item);
void document_remove_item(struct document *d, const struct document_entry *e, struct seal_span item);

/* `item` with the comma that separates it from another one. */
struct seal_span document_item_with_comma(struct seal_span list, struct seal_span item);

#endif
