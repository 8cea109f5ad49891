/* SPDX-License-Identifier: Apache-2.0
 *
 * laws.h - what must be true at the end of a world: what was heard, counted and logged is one.
 */
#ifndef TESTS_SIM_LAWS_H
#define TESTS_SIM_LAWS_H

/* All is over, and the gateway has reported its counters. */
void laws_check(void);

#endif
