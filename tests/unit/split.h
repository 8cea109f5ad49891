/* SPDX-License-Identifier: Apache-2.0
 *
 * split.h - streaming modules must not care where their input is cut.
 */
#ifndef TESTS_UNIT_SPLIT_H
#define TESTS_UNIT_SPLIT_H

#include "engine/base/out.h"

/* Runs a module from its init to its finish over `input`, given in pieces cut at `first`
 * and `second` (first <= second <= input.len), and writes everything observable (octets,
 * statuses) to `out`. */
typedef void (*split_run)(struct seal_span input, size_t first, size_t second,
                          struct seal_out *out);

/* Checks that every pair of cuts gives what no cut gives. Input up to some 200 octets. */
void split_check(split_run run, struct seal_span input, const char *file, int line);

/* The piece `i` of 0..2. */
struct seal_span split_piece(struct seal_span input, size_t first, size_t second, unsigned i);

#define SPLIT_CHECK(run, input) split_check((run), (input), __FILE__, __LINE__)

#endif
