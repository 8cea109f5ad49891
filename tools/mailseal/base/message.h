/* SPDX-License-Identifier: Apache-2.0
 *
 * message.h - errors, warnings and notes. They become part of the running command's result.
 */
#ifndef TOOLS_BASE_MESSAGE_H
#define TOOLS_BASE_MESSAGE_H

enum tool_severity {
	TOOL_ERROR,
	TOOL_WARNING,
	TOOL_NOTE
};

/* "mailseal NAME: ...", "mailseal NAME: ABOUT: warning: ...", "mailseal NAME: ABOUT: note: ..."; ABOUT may be NULL. */
void tool_error(const char *format, ...) __attribute__((format(printf, 1, 2)));
void tool_warning(const char *about, const char *format, ...) __attribute__((format(printf, 2, 3)));
void tool_note(const char *about, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* "PATH:LINE:COLUMN: TEXT", a form that compilers print and editors recognize. */
void tool_error_at(const char *path, unsigned long number, unsigned long column, const char *text);

#endif
