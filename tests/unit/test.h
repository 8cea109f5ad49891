/* SPDX-License-Identifier: Apache-2.0
 *
 * test.h - a harness small enough for a board with 64 KB of RAM: no heap, no stdio.
 *
 *	TEST(name_of_the_behaviour) { CHECK(...); }
 *	const struct test_case test_x_cases[] = { CASE(name_of_the_behaviour), CASE_END };
 *
 * main.c lists the suites. A failed check is reported with file and line, and the
 * test goes on; a test with a failed check has failed.
 */
#ifndef TESTS_UNIT_TEST_H
#define TESTS_UNIT_TEST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "engine/base/span.h"

struct test_case {
	const char *name;
	void (*run)(void);
};

#define TEST(name_) static void test_##name_(void)
#define CASE(name_) { #name_, test_##name_ }
#define CASE_END    { NULL, NULL }

#define CHECK(cond) test_check((cond), #cond, __FILE__, __LINE__)
#define CHECK_EQ(a, b) test_check_eq((uint64_t)(a), (uint64_t)(b), #a " == " #b, __FILE__, __LINE__)
#define CHECK_SPAN(span, literal) test_check_span((span), SEAL_SPAN(literal), #span, __FILE__, __LINE__)
#define CHECK_SPANS(a, b) test_check_span((a), (b), #a, __FILE__, __LINE__)

/* A long sweep goes over every n-th case: the host runs all of them, a board, which is emulated, a sample. */
#ifdef __arm__
#define TEST_EVERY 11u
#else
#define TEST_EVERY 1u
#endif

/* Each returns true if the check held. */
bool test_check(bool ok, const char *what, const char *file, int line);
bool test_check_eq(uint64_t a, uint64_t b, const char *what, const char *file, int line);
bool test_check_span(struct seal_span got, struct seal_span want, const char *what,
                     const char *file, int line);

/* What the machine underneath provides: host_out.c, or semihosting on a board. */
void test_write(const char *text, size_t len);

#endif
