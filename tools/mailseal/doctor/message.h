/* SPDX-License-Identifier: Apache-2.0
 *
 * message.h - a message from a file: its header fields and its body, with CRLF line ends.
 */
#ifndef TOOLS_DOCTOR_MESSAGE_H
#define TOOLS_DOCTOR_MESSAGE_H

#include "engine/mail/header.h"
#include "tools/mailseal/base/tool.h"

#define MESSAGE_MAX ((size_t)64 << 20)

struct message {
	struct tool_text text;      /* all line ends are CRLF           */
	uint8_t *work;
	struct seal_header header;  /* holds all fields                 */
	struct seal_span body;
	bool had_lf;                /* the file had LF without CR       */
};

/* Returns TOOL_OK, or TOOL_IO (reported). Call message_free in any case. */
int message_read(struct message *m, const char *path);
void message_free(struct message *m);

/* Finds field `name`, counted from the bottom (up) or from the top (down) after `skip` others of this name; false: no
 * such field exists. */
bool message_field_up(const struct message *m, struct seal_span name, uint32_t skip, struct seal_span *field);
bool message_field_down(const struct message *m, struct seal_span name, uint32_t skip, struct seal_span *field);
uint32_t message_count(const struct message *m, struct seal_span name);

/* The value of a field without line folding; the caller frees it. */
char *message_unfold(struct seal_span field);

/* Takes the next line off *rest, without CRLF; false at the end. */
bool message_next_line(struct seal_span *rest, struct seal_span *line);

#endif
