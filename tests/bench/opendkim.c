/* SPDX-License-Identifier: Apache-2.0
 *
 * opendkim.c - the same as body.c with libopendkim: dkim_body on the same octets.
 *
 *	opendkim FILE simple|relaxed PASSES CHUNK... > "CHUNK TAB MB/s" lines
 *
 * What it takes to begin a message and to make the signature is not in the time.
 */
#include <stdbool.h>
#include <string.h>
#include <sys/types.h>

#include <opendkim/dkim.h>

#include "tests/bench/bench.h"

static char from[] = "From: a@sender.example";
static char key[] = "never used: the signature is not made";

static double
measure(DKIM_LIB *lib, const struct bench_body *body, bool relaxed, size_t chunk)
{
	const dkim_canon_t canon = relaxed ? DKIM_CANON_RELAXED : DKIM_CANON_SIMPLE;
	DKIM_STAT status;
	DKIM *dkim = dkim_sign(lib, (const u_char *)"bench", NULL, (dkim_sigkey_t)key, (const u_char *)"s",
	                       (const u_char *)"sender.example", canon, canon, DKIM_SIGN_RSASHA256, -1, &status);

	if (dkim == NULL || dkim_header(dkim, (u_char *)from, strlen(from)) != DKIM_STAT_OK ||
	    dkim_eoh(dkim) != DKIM_STAT_OK)
		bench_fail("dkim_sign");
	const double start = bench_now();
	for (size_t at = 0; at < body->len; at += chunk) {
		const size_t left = body->len - at;
		if (dkim_body(dkim, body->data + at, left < chunk ? left : chunk) != DKIM_STAT_OK)
			bench_fail("dkim_body");
	}
	const double seconds = bench_now() - start;
	dkim_free(dkim);
	return seconds;
}

int
main(int argc, char **argv)
{
	if (argc < 5) {
		fputs("usage: opendkim FILE simple|relaxed PASSES CHUNK...\n", stderr);
		return 2;
	}
	const struct bench_body body = bench_read(argv[1]);
	const bool relaxed = strcmp(argv[2], "relaxed") == 0;
	const int passes = atoi(argv[3]);
	DKIM_LIB *lib = dkim_init(NULL, NULL);

	if (lib == NULL)
		bench_fail("dkim_init");
	for (int i = 4; i < argc; i++) {
		const size_t chunk = strtoul(argv[i], NULL, 10);
		double best = 0;
		for (int pass = 0; pass < passes; pass++) {
			const double seconds = measure(lib, &body, relaxed, chunk);
			if (pass == 0 || seconds < best)
				best = seconds;
		}
		bench_report(chunk, body.len, best);
	}
	dkim_close(lib);
	free(body.data);
	return 0;
}
