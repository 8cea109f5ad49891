/* SPDX-License-Identifier: Apache-2.0 */
#include "tools/mailseal/base/json.h"

#include <stdlib.h>

bool
tool_put_json(FILE *to, json_t *document)
{
	char *const text = document == NULL ? NULL : json_dumps(document, JSON_INDENT(2));

	json_decref(document);
	if (text == NULL)
		tool_error("no JSON could be made");
	else
		fprintf(to, "%s\n", text);
	free(text);
	return text != NULL;
}

int
tool_print_json(json_t *document)
{
	return tool_put_json(stdout, document) ? tool_finish_output() : TOOL_IO;
}

json_t *
tool_json_span(struct seal_span s)
{
	json_t *text = s.len == 0 ? json_null() : json_stringn((const char *)s.ptr, s.len);
	char *ascii;

	if (text != NULL)
		return text;
	ascii = tool_allocate(s.len);
	for (size_t i = 0; i < s.len; i++)
		ascii[i] = s.ptr[i] < 128 ? (char)s.ptr[i] : '?';
	text = json_stringn(ascii, s.len);
	free(ascii);
	return text;
}

static void
take_message(void *ctx, enum tool_severity severity, const char *text)
{
	struct tool_heard *const heard = ctx;

	json_array_append_new(severity == TOOL_WARNING ? heard->warnings : heard->errors,
	                      tool_json_span(seal_span_text(text)));
}

void
tool_hear_again(struct tool_heard *heard)
{
	tool_listen(heard == NULL ? NULL : take_message, heard);
}

void
tool_hear(struct tool_heard *heard)
{
	*heard = (struct tool_heard){ json_array(), json_array() };
	tool_hear_again(heard);
}

void
tool_hear_end(struct tool_heard *heard)
{
	tool_hear_again(NULL);
	json_decref(heard->errors);
	json_decref(heard->warnings);
}
