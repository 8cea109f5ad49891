/* SPDX-License-Identifier: Apache-2.0
 *
 * progress.h - one line on a terminal that shows what a command waits for, once it has taken two seconds.
 */
#ifndef TOOLS_BASE_PROGRESS_H
#define TOOLS_BASE_PROGRESS_H

/* What is waited for now; shown when the two seconds are over, and only if standard error is a terminal. */
void progress_set(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* Called at least every PROGRESS_STEP_MS while waiting. */
#define PROGRESS_STEP_MS 500
void progress_tick(void);

/* Remove the line, before something else is written. */
void progress_clear(void);

#endif
