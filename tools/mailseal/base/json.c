/* SPDX-License-Identifier: Apache-2.0 */
#include "tools/mailseal/base/json.h"

#include <stdlib.h>

#define FORMAT 1

json_t *
tool_json_document(json_t *members)
{
	json_t *const document = members == NULL ? NULL : json_pack("{s:i}", "format", FORMAT);

	if (document != NULL)
		json_object_update(document, members);
	json_decref(members);
	return document;
}

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
