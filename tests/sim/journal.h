/* SPDX-License-Identifier: Apache-2.0
 *
 * journal.h - the gateway's log, as an administrator reads it.
 */
#ifndef TESTS_SIM_JOURNAL_H
#define TESTS_SIM_JOURNAL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define JOURNAL_MAX 256u

/* One record of a message or refusal. */
struct entry {
	uint32_t address;           /* of the client                                       */
	uint64_t id;
	unsigned number;            /* of the transaction, after the "-"; 0 without id    */
	bool has_id;
	char verdict[16];
	unsigned code;              /* 0: aborted                                          */
	bool by_next_hop, alarm, has_why, has_sender;
	unsigned num_signers, num_rcpts;
	char text[300], message_id[160];
};

enum counter {
	COUNT_CONNECTIONS, COUNT_DELIVERED, COUNT_SIGNATURES, COUNT_UNSIGNED, COUNT_REFUSED, COUNT_DEFERRED,
	COUNT_HOP_REFUSED, COUNT_ABORTED, COUNT_IN_DOUBT, COUNT_REOPENED, COUNT_LONG_LINES, COUNT_NORMALIZED,
	COUNT_KEY_ALARMS, COUNT_SPOOL_ALARMS, COUNT_LINK_ALARMS, COUNT_LOGINS_REFUSED, NUM_COUNTERS
};

void journal_clear(void);
void journal_line(const char *line, size_t len);
unsigned journal_count(void);
const struct entry *journal_at(unsigned i);

/* The last report of counters. */
uint64_t journal_counter(enum counter counter);
const char *journal_counter_name(enum counter counter);

/* The use of keys in the last report, all added up. */
uint64_t journal_key_uses(void);

#endif
