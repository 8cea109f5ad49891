/* SPDX-License-Identifier: Apache-2.0
 *
 * laws.h - laws that hold at the end of a world: replies, counters and log agree.
 */
#ifndef TESTS_SIM_LAWS_H
#define TESTS_SIM_LAWS_H

/* Check them, after everything has ended and the gateway has reported its counters. */
void laws_check(void);

#endif
