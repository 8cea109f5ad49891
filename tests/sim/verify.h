/* SPDX-License-Identifier: Apache-2.0
 *
 * verify.h - a second reading of DKIM (RFC 6376), which uses only SHA-256 and base64 of the engine.
 */
#ifndef TESTS_SIM_VERIFY_H
#define TESTS_SIM_VERIFY_H

#include "tests/sim/hop.h"

/* A law: the message of `v`, as it arrived, is its letter after our own fields, with exactly the
 * required signatures, and all of them verify. */
void verify_visit(const struct visit *v);

#endif
