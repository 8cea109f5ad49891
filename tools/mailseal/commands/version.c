/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <string.h>

#include "build/deps/versions.h"
#include "tools/mailseal/base/json.h"
#include "engine/base/version.h"

#if defined(__clang__)
#define COMPILER __VERSION__
#else
#define COMPILER "gcc " __VERSION__
#endif

/* "NAME VERSION, FILE sha256 ...", or whatever else was built from. */
static const char *
without_name(const char *source)
{
	const char *const space = strchr(source, ' ');

	return space == NULL ? source : space + 1;
}

static int
run(int argc, char **argv)
{
	static const struct option options[] = {
		{ "json", no_argument, NULL, 'j' },
		{ NULL, 0, NULL, 0 }
	};
	bool json = false;
	int option;

	while ((option = tool_option(argc, argv, options)) != -1) {
		if (option != 'j')
			return TOOL_USAGE;
		json = true;
	}
	if (!tool_arguments(argc, 0, ""))
		return TOOL_USAGE;
	if (json)
		return tool_print_json(json_pack("{s:s, s:s, s:s, s:s}", "mailseal", SEAL_VERSION, "mbedtls",
		                                 without_name(SEAL_MBEDTLS_SOURCE), "lwip",
		                                 without_name(SEAL_LWIP_SOURCE), "compiler", COMPILER));
	printf("mailseal %s\n%s\n%s\n%s\n", SEAL_VERSION, SEAL_MBEDTLS_SOURCE, SEAL_LWIP_SOURCE, COMPILER);
	return tool_finish_output();
}

const struct tool_command tool_version = {
	"version", "[--json]", "Say which mailseal this is, and what it was built from",
	"One line each: mailseal, the sources of Mbed TLS and of lwIP with their SHA-256, the\n"
	"compiler. With --json { mailseal, mbedtls, lwip, compiler }.\n",
	.run = run
};
