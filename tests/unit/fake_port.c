/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/fake_port.h"

#include <string.h>

struct fake_port fake_port;

uint64_t
seal_port_now_ms(void)
{
	return fake_port.now_ms;
}

void
seal_port_random(uint8_t *out, size_t len)
{
	memset(out, ++fake_port.random, len);
}

void
seal_port_submit(struct seal_job *job)
{
	if (fake_port.hold_jobs)
		fake_port.held = job;
	else
		seal_job_do(job);
}
