/* SPDX-License-Identifier: Apache-2.0
 *
 * progress.h - one line on a terminal that shows what a command waits for, after two seconds.
 */
#ifndef TOOLS_BASE_PROGRESS_H
#define TOOLS_BASE_PROGRESS_H

/* Sets the text of the line. It appears only if standard error is a terminal, and after two seconds. */
void progress_set(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* Must be called at least every PROGRESS_STEP_MS while the command waits. */
#define PROGRESS_STEP_MS 500
void progress_tick(void);

/* Removes the line; must be called before other output. */
void progress_clear(void);

#endif
