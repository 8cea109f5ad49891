/* SPDX-License-Identifier: Apache-2.0
 *
 * bench.h - what the two body benchmarks share: the body of a message in memory, a
 * clock, and what is printed.
 */
#ifndef TESTS_BENCH_BENCH_H
#define TESTS_BENCH_BENCH_H

#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

struct bench_body {
	unsigned char *data;
	size_t len;
};

static inline void
bench_fail(const char *what)
{
	perror(what);
	exit(1);
}

static inline struct bench_body
bench_read(const char *name)
{
	struct bench_body body = { NULL, 0 };
	FILE *f = fopen(name, "rb");
	if (f == NULL || fseek(f, 0, SEEK_END) != 0)
		bench_fail(name);
	body.len = (size_t)ftell(f);
	rewind(f);
	body.data = malloc(body.len);
	if (body.data == NULL || fread(body.data, 1, body.len, f) != body.len)
		bench_fail(name);
	fclose(f);
	return body;
}

static inline double
bench_now(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static inline void
bench_report(size_t chunk, size_t len, double best)
{
	printf("%zu\t%.1f\n", chunk, (double)len / 1e6 / best);
}

#endif
