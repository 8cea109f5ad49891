/* SPDX-License-Identifier: Apache-2.0
 *
 * worker.h - the thread in which jobs run (port/contract/job.h), one after another.
 */
#ifndef PORT_LINUX_WORKER_H
#define PORT_LINUX_WORKER_H

/* Returns 0 or an errno. Once, before the first seal_port_submit. */
int seal_worker_start(void);

/* Jobs that have not begun are not done. */
void seal_worker_stop(void);

#endif
