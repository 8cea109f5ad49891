/* SPDX-License-Identifier: Apache-2.0 */
#include "port/linux/host.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/random.h>
#include <time.h>
#include <unistd.h>

#include "port/contract/port.h"
#include "port/gateway/log.h"

/* 2025-01-01: this program did not exist before. */
#define EARLIEST_S 1735689600

static int wake_fd = -1;
static unsigned long num_unlogged;

bool
seal_host_init(void)
{
	wake_fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
	return wake_fd >= 0;
}

int
seal_host_wake_fd(void)
{
	return wake_fd;
}

void
seal_host_woken(void)
{
	uint64_t count;

	(void)!read(wake_fd, &count, sizeof count);
}

void
seal_port_wake(void)
{
	const uint64_t one = 1;

	(void)!write(wake_fd, &one, sizeof one);
}

uint64_t
seal_port_now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000u + (uint64_t)now.tv_nsec / 1000000u;
}

bool
seal_host_clock_is_sane(void)
{
	return time(NULL) >= EARLIEST_S;
}

uint64_t
seal_port_now_s(void)
{
	const time_t now = time(NULL);

	return now >= EARLIEST_S ? (uint64_t)now : 0;
}

void
seal_port_random(uint8_t *out, size_t len)
{
	while (len > 0) {
		const ssize_t n = getrandom(out, len, 0);

		if (n > 0) {
			out += n;
			len -= (size_t)n;
		} else if (errno != EINTR) {
			seal_port_panic("no random octets");
		}
	}
}

/* A reader of the log that stalls must not stop the mail: the line is lost and counted instead.
 * A write of up to PIPE_BUF does not block where there is room (pipe(7)). */
static void
write_line(const char *line, size_t len)
{
	struct pollfd log = { .fd = STDERR_FILENO, .events = POLLOUT };

	if (poll(&log, 1, 0) != 1 || (log.revents & POLLOUT) == 0 ||
	    write(STDERR_FILENO, line, len) != (ssize_t)len)
		num_unlogged++;
}

void
seal_port_log(const char *line, size_t len)
{
	char text[SEAL_LOG_LINE_MAX + 128];
	struct timespec now;
	struct tm utc;
	size_t at;

	clock_gettime(CLOCK_REALTIME, &now);
	gmtime_r(&now.tv_sec, &utc);
	at = strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%S", &utc);
	at += (size_t)snprintf(text + at, sizeof text - at, ".%03ldZ ", now.tv_nsec / 1000000);
	if (num_unlogged > 0) {
		at += (size_t)snprintf(text + at, sizeof text - at, "lost-lines=%lu ", num_unlogged);
		num_unlogged = 0;
	}
	if (len > sizeof text - at - 1)
		len = sizeof text - at - 1;
	memcpy(text + at, line, len);
	text[at + len] = '\n';
	write_line(text, at + len + 1);
}

void
seal_port_panic(const char *what)
{
	fprintf(stderr, "mailseald: internal error: %s\n", what);
	abort();
}
