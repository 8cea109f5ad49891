/* SPDX-License-Identifier: Apache-2.0
 *
 * without_tool.h - replaces tools/mailseal/base/tool.c, which would write a message for nearly every input. Promised:
 * messages have no control characters.
 */
#ifndef TESTS_FUZZ_WITHOUT_TOOL_H
#define TESTS_FUZZ_WITHOUT_TOOL_H

#include <stdarg.h>

#include "tests/fuzz/fuzz.h"
#include "tools/mailseal/base/tool.h"

void
tool_error(const char *format, ...)
{
	char text[4096];
	va_list args;

	va_start(args, format);
	vsnprintf(text, sizeof text, format, args);
	va_end(args);
	REQUIRE(!fuzz_has_control(seal_span_text(text)));
}

void *
tool_allocate(size_t len)
{
	void *ptr = malloc(len > 0 ? len : 1);

	REQUIRE(ptr != NULL);
	return ptr;
}

#endif
