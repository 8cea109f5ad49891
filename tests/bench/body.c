/* SPDX-License-Identifier: Apache-2.0
 *
 * body.c - how fast a body is canonicalized and hashed.
 *
 *	body FILE simple|relaxed PASSES CHUNK... > "CHUNK TAB MB/s" lines
 */
#include <stdbool.h>
#include <string.h>

#include "engine/dkim/body_hash.h"
#include "tests/bench/bench.h"

static double
measure(const struct bench_body *body, bool relaxed, size_t chunk)
{
	struct seal_body_hash hash;
	const double start = bench_now();

	seal_body_hash_init(&hash, !relaxed, relaxed);
	for (size_t at = 0; at < body->len; at += chunk) {
		const size_t left = body->len - at;
		if (seal_body_hash_update(&hash, body->data + at, left < chunk ? left : chunk) != SEAL_OK)
			bench_fail("body");
	}
	if (seal_body_hash_final(&hash) != SEAL_OK)
		bench_fail("body");
	return bench_now() - start;
}

int
main(int argc, char **argv)
{
	if (argc < 5) {
		fputs("usage: body FILE simple|relaxed PASSES CHUNK...\n", stderr);
		return 2;
	}
	const struct bench_body body = bench_read(argv[1]);
	const bool relaxed = strcmp(argv[2], "relaxed") == 0;
	const int passes = atoi(argv[3]);

	for (int i = 4; i < argc; i++) {
		const size_t chunk = strtoul(argv[i], NULL, 10);
		double best = 0;
		for (int pass = 0; pass < passes; pass++) {
			const double seconds = measure(&body, relaxed, chunk);
			if (pass == 0 || seconds < best)
				best = seconds;
		}
		bench_report(chunk, body.len, best);
	}
	free(body.data);
	return 0;
}
