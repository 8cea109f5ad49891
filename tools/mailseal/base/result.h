/* SPDX-License-Identifier: Apache-2.0
 *
 * result.h - the result of a command: a text, a JSON document and messages. The command fills it; result_print, called
 * in one place, decides what is printed. So one command can call another and use its result.
 */
#ifndef TOOLS_BASE_RESULT_H
#define TOOLS_BASE_RESULT_H

#include <jansson.h>
#include <stdbool.h>
#include <stdio.h>

#include "tools/mailseal/base/message.h"


struct result_message {
	enum tool_severity severity;
	bool taken;             /* the document already contains it */
	char *text;             /* "ABOUT: TEXT", or "TEXT" */
};

enum result_kind {
	RESULT_TEXT,
	RESULT_ASIDE,
	RESULT_MESSAGE
};

/* A piece of the output; pieces are kept in the order in which they were written. */
struct result_piece {
	enum result_kind kind;
	char *ptr;
	size_t len;
};

struct result {
	const char *command;    /* "spf new", with which each message begins */
	bool json;              /* print the document instead of the texts */
	FILE *text;             /* for standard output */
	FILE *aside;            /* text for standard error that is not a message */

	json_t *document;       /* an object without "format"; result_set */
	bool document_failed;
	bool soft;              /* errors are warnings */
	bool live;              /* messages are printed immediately */
	bool direct;            /* text too; it is not kept */
	struct result_message *messages;
	size_t num_messages;
	struct result_piece *pieces;
	size_t num_pieces;
	struct result *outer;
};

/* Messages go to this result until result_end, then to the previous one. Call result_free in any case. */
void result_begin(struct result *r, const char *command);
void result_end(struct result *r);
void result_free(struct result *r);

/* Sets the document; the result owns it. NULL: it could not be made. */
void result_set(struct result *r, json_t *document);

/* Prints immediately from now on, for commands that run long or ask questions; with `json`, only messages. */
void result_live(struct result *r);

/* Prints everything that was written so far. */
void result_flush(struct result *r);

/* Ends the result and prints it. With `json`, prints the document, with "format", "errors", "warnings" and "notes";
 * after a failure it may contain only these. Returns `code`, or TOOL_IO if printing failed. */
int result_print(struct result *r, int code);

/* Until it is called with false, report errors as warnings, because the command succeeds in spite of them. */
void result_soften(bool soft);

/* All text that was written to `text`, or all output for standard error; the caller frees it. */
char *result_output(struct result *r, size_t *len);
char *result_remarks(struct result *r, size_t *len);

/* The messages of one severity from index `from` on, as an array of texts. The arrays at the end of the document then
 * omit them. */
json_t *result_take_messages(struct result *r, enum tool_severity severity, size_t from);

/* The `aside` of the running command; standard error if no command runs. */
FILE *result_aside(void);

/* The name of the running command, for "see: mailseal help COMMAND"; "" as long as it is not known. */
const char *result_command(void);

#endif
