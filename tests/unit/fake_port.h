/* SPDX-License-Identifier: Apache-2.0
 *
 * fake_port.h - the machine that port/contract/port.h needs, for tests.
 */
#ifndef TESTS_UNIT_FAKE_PORT_H
#define TESTS_UNIT_FAKE_PORT_H

#include "port/contract/port.h"

struct fake_port {
	uint64_t now_ms;
	uint8_t random;         /* of the next octets */
	bool hold_jobs;         /* else a job is done at once */
	struct seal_job *held;
};

extern struct fake_port fake_port;

#endif
