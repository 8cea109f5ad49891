/* SPDX-License-Identifier: Apache-2.0
 *
 * version.c - print the version of mailseal and what it was built from.
 */
#include "tools/mailseal/commands/version.h"

#include <string.h>

#include "build/deps/versions.h"
#include "engine/base/version.h"
#include "tools/mailseal/base/options.h"
#include "tools/mailseal/base/tool.h"

#if defined(__clang__)
#define COMPILER __VERSION__
#else
#define COMPILER "gcc " __VERSION__
#endif

static const struct option_row options[] = { OPTIONS_END };

/* The source is "NAME VERSION, FILE sha256 ...", or the folder that was given to make. */
static const char *
without_name(const char *source)
{
	const char *const space = strchr(source, ' ');

	return space == NULL ? source : space + 1;
}

int
version(struct result *result)
{
	result_set(result, json_pack("{s:s, s:s, s:s, s:s}", "mailseal", SEAL_VERSION, "mbedtls",
	                             without_name(SEAL_MBEDTLS_SOURCE), "lwip", without_name(SEAL_LWIP_SOURCE),
	                             "compiler", COMPILER));
	fprintf(result->text, "mailseal %s\n%s\n%s\n%s\n", SEAL_VERSION, SEAL_MBEDTLS_SOURCE, SEAL_LWIP_SOURCE,
	        COMPILER);
	return TOOL_OK;
}

static int
start(const void *request, struct result *result)
{
	(void)request;
	return version(result);
}

const struct tool_command tool_version = {
	.name = "version", .summary = "Print the version and what this program was built from",
	.options = options, .start = start,
	.help =
		"Prints one line each: mailseal, the sources of Mbed TLS and of lwIP with their SHA-256, and the\n"
		"compiler. mailseal --version is the same.\n",
	.json =
		"{ mailseal, mbedtls, lwip, compiler }\n"
};
