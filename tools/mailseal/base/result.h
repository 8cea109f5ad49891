/* SPDX-License-Identifier: Apache-2.0
 *
 * result.h - what a command found: a text, a JSON document and messages. The command fills it; result_print, called in
 * one place, decides what is printed. So one command can call another and use what it found.
 */
#ifndef TOOLS_BASE_RESULT_H
#define TOOLS_BASE_RESULT_H

#include <jansson.h>
#include <stdbool.h>
#include <stdio.h>

#include "tools/mailseal/base/message.h"

#define RESULT_FORMAT 1 /* of every JSON document */

struct result_message {
	enum tool_severity severity;
	bool taken;             /* is in the document already */
	char *text;             /* "ABOUT: TEXT", or "TEXT" */
};

enum result_kind {
	RESULT_TEXT,
	RESULT_ASIDE,
	RESULT_MESSAGE
};

/* A piece of what is printed, in the order in which it was written. */
struct result_piece {
	enum result_kind kind;
	char *ptr;
	size_t len;
};

struct result {
	const char *command;    /* "spf new", with which each message begins */
	bool json;              /* print the document instead of the texts */
	FILE *text;             /* for standard output */
	FILE *aside;            /* text for standard error, which is no message */

	json_t *document;       /* an object without "format"; result_set */
	bool document_failed;
	bool soft;              /* errors are warnings */
	bool live;              /* messages are printed at once */
	bool direct;            /* so is text, which is never kept */
	struct result_message *messages;
	size_t num_messages;
	struct result_piece *pieces;
	size_t num_pieces;
	struct result *outer;
};

/* Messages belong to this result until result_end, then to the one before. result_free in any case. */
void result_begin(struct result *r, const char *command);
void result_end(struct result *r);
void result_free(struct result *r);

/* The document, which the result owns from now on; NULL is one that could not be made. */
void result_set(struct result *r, json_t *document);

/* From now on print at once, for commands that run long or ask questions; with `json` only messages. */
void result_live(struct result *r);

/* Print what was written so far. */
void result_flush(struct result *r);

/* End it and print all of it: with `json` the document, with "format", "errors", "warnings" and "notes"; a command that
 * failed has a document of these alone. Returns the exit code: `code`, or TOOL_IO when printing failed. */
int result_print(struct result *r, int code);

/* Until it is called with false, report errors as warnings, because the command succeeds in spite of them. */
void result_soften(bool soft);

/* All that was written to `text`, or all that goes to standard error; free() it. */
char *result_output(struct result *r, size_t *len);
char *result_remarks(struct result *r, size_t *len);

/* The messages of one severity from index `from` on, as an array of texts; they are then left out of the arrays at the
 * end of the document. */
json_t *result_take_messages(struct result *r, enum tool_severity severity, size_t from);

/* `aside` of the running command; standard error if none runs. */
FILE *result_aside(void);

/* The running command, for "see: mailseal help COMMAND"; "" before it is known. */
const char *result_command(void);

#endif
