/* SPDX-License-Identifier: Apache-2.0
 *
 * main.c - sim [SEED [WORLDS [FAILURES]]]: runs worlds until 20,000 transactions; with a seed only that one, with
 * its dialogue, or WORLDS of them from it on.
 */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/time.h>
#include <unistd.h>

#include "tests/sim/world.h"

#define TRANSACTIONS 20000u
#define LEAST        100u
#define FAILED_MAX   5u
#define WORLD_S      5      /* of processor time: a world usually needs a thousandth of it */

static unsigned num_failed, failed_max = FAILED_MAX;

/* A call into the gateway does not return. */
static void
on_stuck(int number)
{
	static const char WORDS[] = "FAILED seed: a call into the gateway does not end\n";

	(void)number;
	if (write(STDOUT_FILENO, WORDS, sizeof WORDS - 1u) < 0)
		_exit(2);
	_exit(1);
}

static void
run(uint64_t seed, bool is_traced)
{
	const struct itimerval limit = { .it_value = { .tv_sec = WORLD_S } };

	(void)signal(SIGVTALRM, on_stuck);
	(void)setitimer(ITIMER_VIRTUAL, &limit, NULL);
	if (world_run(seed, is_traced))
		return;
	num_failed++;
	printf("FAILED: make sim SEED=%llu\n", (unsigned long long)seed);
}

static unsigned long
run_all(uint64_t seed, unsigned long num)
{
	unsigned long worlds = 0;

	while (num_failed < failed_max && (num > 0 ? worlds < num : world_transactions() < TRANSACTIONS))
		run(seed + worlds++, false);
	return worlds;
}

int
main(int argc, char **argv)
{
	const char *const seed_text = argc > 1 ? argv[1] : "";
	const char *const count_text = argc > 2 ? argv[2] : "";
	const uint64_t seed = seed_text[0] != '\0' ? strtoull(seed_text, NULL, 10) : 1;
	unsigned rare = 0;
	unsigned long worlds = 1;

	if (argc > 3)
		failed_max = (unsigned)strtoul(argv[3], NULL, 10);
	if (seed_text[0] != '\0' && count_text[0] == '\0')
		run(seed, true);
	else
		worlds = run_all(seed, strtoul(count_text, NULL, 10));
	if (seed_text[0] == '\0' && count_text[0] == '\0' && num_failed < failed_max)
		rare = dice_report(LEAST);
	printf("%lu worlds, %lu transactions\n", worlds, world_transactions());
	printf("%lu passed, %u failed\n", world_checks(), num_failed + rare);
	return num_failed + rare == 0 ? 0 : 1;
}
