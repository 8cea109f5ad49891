/* SPDX-License-Identifier: Apache-2.0
 *
 * message.h - a message out of a file: header fields and body, with CRLF line ends.
 */
#ifndef TOOLS_DOCTOR_MESSAGE_H
#define TOOLS_DOCTOR_MESSAGE_H

#include "engine/mail/header.h"
#include "tools/mailseal/base/tool.h"

#define MESSAGE_MAX ((size_t)64 << 20)

struct message {
	struct tool_text text;      /* CRLF everywhere                  */
	uint8_t *work;
	struct seal_header header;  /* every field is held              */
	struct seal_span body;
	bool had_lf;                /* the file had LF alone            */
};

/* TOOL_OK, or TOOL_IO: reported. message_free in any case. */
int message_read(struct message *m, const char *path);
void message_free(struct message *m);

/* The instance of `name` with `skip` others below it (bottom-up), or `skip` above it (top-down);
 * false: not found. */
bool message_field_up(const struct message *m, struct seal_span name, uint32_t skip, struct seal_span *field);
bool message_field_down(const struct message *m, struct seal_span name, uint32_t skip, struct seal_span *field);
uint32_t message_count(const struct message *m, struct seal_span name);

/* A field's value without folds: free() it. */
char *message_unfold(struct seal_span field);

/* The next line off the front of *rest, without CRLF; false at the end. */
bool message_next_line(struct seal_span *rest, struct seal_span *line);

#endif
