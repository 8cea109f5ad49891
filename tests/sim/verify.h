/* SPDX-License-Identifier: Apache-2.0
 *
 * verify.h - DKIM (RFC 6376) read again, knowing nothing of the engine but SHA-256 and base64.
 */
#ifndef TESTS_SIM_VERIFY_H
#define TESTS_SIM_VERIFY_H

#include "tests/sim/hop.h"

/* The message of `v`, as it arrived, is its letter after our own fields, with exactly the
 * signatures that it must have, and all of them verify. Breaks a law where that is not so. */
void verify_visit(const struct visit *v);

#endif
