/* SPDX-License-Identifier: Apache-2.0 */
#include "tools/mailseal/records/text.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "engine/base/ascii.h"

static char *
format_list(const char *format, va_list arguments)
{
	char *text = NULL;

	if (vasprintf(&text, format, arguments) < 0)
		abort();
	return text;
}

char *
text_format(const char *format, ...)
{
	va_list arguments;
	char *text;

	va_start(arguments, format);
	text = format_list(format, arguments);
	va_end(arguments);
	return text;
}

char *
text_visible(struct seal_span s)
{
	char *text = malloc(s.len + 1);

	if (text == NULL)
		abort();
	for (size_t i = 0; i < s.len; i++)
		text[i] = seal_is_vchar(s.ptr[i]) || s.ptr[i] == ' ' ? (char)s.ptr[i] : '?';
	text[s.len] = '\0';
	return text;
}

void
text_append(char **text, const char *format, ...)
{
	va_list arguments;
	char *more, *joined;

	va_start(arguments, format);
	more = format_list(format, arguments);
	va_end(arguments);
	joined = text_format("%s%s", *text == NULL ? "" : *text, more);
	free(more);
	free(*text);
	*text = joined;
}

bool
name_join(char out[DNS_NAME_SIZE], const char *prefix, const char *name)
{
	const int len = snprintf(out, DNS_NAME_SIZE, "%s%s%s", prefix, prefix[0] == '\0' ? "" : ".", name);

	if (len >= 0 && (size_t)len < DNS_NAME_SIZE)
		return true;
	out[0] = '\0';
	return false;
}

bool
name_copy(char out[DNS_NAME_SIZE], struct seal_span name)
{
	if (name.len > 0 && name.ptr[name.len - 1] == '.')
		name.len--;
	out[0] = '\0';
	if (name.len > DNS_NAME_MAX)
		return false;
	for (size_t i = 0; i < name.len; i++)
		out[i] = (char)seal_lower(name.ptr[i]);
	out[name.len] = '\0';
	return true;
}

bool
name_equal(const char *a, const char *b)
{
	return strcasecmp(a, b) == 0;
}

bool
name_within(const char *name, const char *parent)
{
	const size_t len = strlen(name), parent_len = strlen(parent);

	if (len == parent_len)
		return name_equal(name, parent);
	return len > parent_len && name[len - parent_len - 1] == '.' && name_equal(name + len - parent_len, parent);
}

const char *
name_parent(const char *name)
{
	const char *dot = strchr(name, '.');

	return dot == NULL ? name + strlen(name) : dot + 1;
}

unsigned
name_labels(const char *name)
{
	unsigned count = 0;

	for (; name[0] != '\0'; name = name_parent(name))
		count++;
	return count;
}
