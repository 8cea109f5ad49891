/* SPDX-License-Identifier: Apache-2.0
 *
 * dice.h - all choices of a world, from one seed, and how often each one has occurred.
 *
 * A dimension is a named list of values with weights. `roll` chooses a value; `note` counts
 * that it has occurred: a fault occurs later than its choice, or never.
 */
#ifndef TESTS_SIM_DICE_H
#define TESTS_SIM_DICE_H

#include <stdbool.h>
#include <stdint.h>

enum dim {
	/* configuration */
	DIM_SESSIONS, DIM_TLS_SLOTS, DIM_CLOCK, DIM_LOG, DIM_MAX_SIZE, DIM_SPOOL_SIZE,
	DIM_HOP_TLS, DIM_HOP_AUTH, DIM_HOP_NAME, DIM_HOP_OFFERS, DIM_HOP_SIZE, DIM_HOP_FORGETS,
	DIM_SECTION_TLS, DIM_SECTION_AUTH, DIM_PATIENCE, DIM_RATE, DIM_BARE_LF, DIM_LONG_LINES,
	DIM_8BIT_HEADER, DIM_ADD, DIM_CANON, DIM_SIGN_WITH, DIM_ACTIVATION, DIM_RECORD,
	/* clients and their messages */
	DIM_CLIENT, DIM_PORT, DIM_HELLO, DIM_PIPELINING, DIM_LOGIN, DIM_MESSAGES, DIM_SENDER, DIM_AUTHOR,
	DIM_SIZE_PARAM, DIM_BODY_PARAM, DIM_RCPTS, DIM_SHAPE, DIM_MIND,
	/* the network and time */
	DIM_PIECES, DIM_WINDOW, DIM_PACE, DIM_CLIENT_LOSS, DIM_CLIENT_LOST_AT, DIM_HOP_LOSS, DIM_HOP_LOST_AT,
	DIM_CONNECT, DIM_HANDSHAKE, DIM_DRAIN,
	/* the next hop's replies */
	DIM_AT_GREETING, DIM_AT_EHLO, DIM_AT_STARTTLS, DIM_AT_AUTH, DIM_AT_MAIL, DIM_AT_RCPT, DIM_AT_DATA,
	DIM_AT_CONTENT, DIM_AT_DOT, DIM_AT_RSET, DIM_HOP_TAKES,
	/* memory, keys */
	DIM_SPOOL_FAULT, DIM_KEY_FAULT, DIM_VERDICT,
	NUM_DIMS
};

#define DICE_VALUES_MAX 16u

void dice_seed(uint64_t seed);
uint64_t dice_u64(void);
unsigned dice_below(unsigned n);
bool dice_one_in(unsigned n);

unsigned dice_roll(enum dim dim);
void dice_note(enum dim dim, unsigned value);
unsigned dice_draw(enum dim dim);           /* both */
unsigned dice_draw_up_to(enum dim dim, unsigned most); /* the first value instead of those above `most` */

const char *dice_name(enum dim dim, unsigned value);

/* Print the counts. Returns how many values occurred fewer than `least` times. */
unsigned dice_report(unsigned long least);

#endif
