/* SPDX-License-Identifier: Apache-2.0
 *
 * hop.h - the scripted next hop, and what it knows about each message: a visit begins with DATA.
 */
#ifndef TESTS_SIM_HOP_H
#define TESTS_SIM_HOP_H

#include "tests/sim/letter.h"
#include "tests/sim/wire.h"

#define VISITS_MAX 64u
#define VISIT_MAX  16384u

struct visit {
	struct letter *letter;      /* found by its recipients; NULL: none of ours        */
	unsigned offers;            /* of the connection                                  */
	unsigned mail_offers;       /* of the one where the sender was accepted first     */
	bool is_open;               /* 354 was sent                                       */
	bool dot_arrived;
	unsigned sent_code;         /* its verdict; 0: none                               */
	unsigned read_code;         /* the same, once the gateway has read all of it      */
	uint64_t read_ms;
	bool is_early;              /* sent before the final dot                          */
	size_t given_len;           /* octets of content that the gateway has sent        */
	size_t arrived_len;         /* octets of it that have arrived                     */
	uint8_t content[VISIT_MAX];
};

struct hop;

void hops_clear(void);
void hop_connect(struct wire *w);
unsigned hops_count(void);
struct hop *hops_at(unsigned i);

bool hop_can_act(const struct hop *h);
void hop_act(struct hop *h);
uint64_t hop_due_ms(const struct hop *h);

/* True if the gateway wanted a connection at that time or later. */
bool hops_wanted_since(uint64_t since_ms);

unsigned visits_count(void);
struct visit *visits_at(unsigned i);

/* True if the final dot was given to the connection, even without its line end; and with it. */
bool visit_dot_given(const struct visit *v);
bool visit_all_given(const struct visit *v);

/* The visit of this letter whose 2yz was read; NULL: none. */
struct visit *visit_read(const struct letter *l);

#endif
