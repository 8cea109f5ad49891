/* SPDX-License-Identifier: Apache-2.0 */
#include "tools/mailseal/base/progress.h"

#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define QUIET_S 2

static char line[79];
static bool shown, changed;
static time_t since_s;

static time_t
seconds(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec;
}

void
progress_clear(void)
{
	if (shown)
		fputs("\r\033[K", stderr);
	shown = false;
	changed = true;
}

void
progress_tick(void)
{
	if (line[0] == '\0' || seconds() - since_s < QUIET_S || isatty(STDERR_FILENO) != 1 || (shown && !changed))
		return;
	progress_clear();
	(void)fflush(stdout);
	fputs(line, stderr);
	(void)fflush(stderr);
	shown = true;
	changed = false;
}

void
progress_set(const char *format, ...)
{
	va_list arguments;

	if (since_s == 0)
		since_s = seconds();
	va_start(arguments, format);
	(void)vsnprintf(line, sizeof line, format, arguments);
	va_end(arguments);
	changed = true;
	progress_tick();
}
