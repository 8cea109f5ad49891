/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>

#include "build/deps/versions.h"
#include "tools/tool.h"
#include "tools/version.h"

#if defined(__clang__)
#define COMPILER __VERSION__
#else
#define COMPILER "gcc " __VERSION__
#endif

static int
run(int argc, char **argv)
{
	static const struct option options[] = { { NULL, 0, NULL, 0 } };

	if (tool_option(argc, argv, options) != -1 || !tool_arguments(argc, 0, ""))
		return TOOL_USAGE;
	printf("mailseal %s\n%s\n%s\n%s\n", SEAL_VERSION, SEAL_MBEDTLS_SOURCE, SEAL_LWIP_SOURCE, COMPILER);
	return tool_finish_output();
}

const struct tool_command tool_version = {
	"version", "", "Say which mailseal this is, and what it was built from",
	"One line each: mailseal, the sources of Mbed TLS and of lwIP with their SHA-256, the\n"
	"compiler.\n",
	run
};
