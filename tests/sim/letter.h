/* SPDX-License-Identifier: Apache-2.0
 *
 * letter.h - one message of one client: its form, and its fate as its client and the next hop know it.
 */
#ifndef TESTS_SIM_LETTER_H
#define TESTS_SIM_LETTER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "engine/base/span.h"

#define LETTER_MAX   8192u
#define LETTER_RCPTS 5u

struct letter {
	char id[12];            /* "c3m1"; in its header, and in its addresses                */
	unsigned client, section;
	unsigned sender, author, shape, mind, size_param, body_param;
	unsigned num_rcpts;

	/* the replies to its client; 0: none */
	unsigned mail_code, data_code, dot_code;
	unsigned rcpt_code[LETTER_RCPTS];
	bool mail_sent, dot_sent;
	bool is_counted;        /* the relay answered its MAIL: see `number`                  */
	unsigned number;        /* of the transaction on its connection, from 1               */
	char mail_text[200], dot_text[200];
	uint64_t dot_mark;      /* octets of the connection up to its final dot               */
	uint64_t dot_taken_ms;  /* when the gateway had read it; 0: never                     */
	uint64_t dot_given_ms;  /* when the first octet of its reply was sent                 */
	uint64_t mail_sent_ms;

	bool was_passed_on;          /* to a next hop, which offered:                               */
	unsigned offers;
	bool was_given_data;    /* DATA was given to its connection                            */

	size_t content_len, wire_len, kept_len;
	uint8_t content[LETTER_MAX];
	uint8_t wire[LETTER_MAX + 512];   /* with dots stuffed, and the final one             */
	uint8_t kept[LETTER_MAX];         /* as it must arrive after our own fields           */
};

/* Choose all its properties. */
void letter_make(struct letter *l, unsigned client, unsigned section, unsigned number);

/* The sender's address. */
void letter_sender(const struct letter *l, char *out, size_t cap);

/* The domain of the sender is one that the client may not use. */
bool letter_sender_is_theft(const struct letter *l);

/* True if readers could disagree about its end: its connection is closed after the reply. */
bool letter_is_hostile(const struct letter *l);

/* True if a gateway whose next hop offers OFFER_* and takes `size_max` octets must refuse it. */
bool letter_is_bad(const struct letter *l, unsigned offers, uint64_t size_max, bool utf8);

/* The same, for any author. */
bool letter_content_is_bad(const struct letter *l, unsigned offers, uint64_t size_max, bool utf8);

/* The content with dots stuffed, without the final dot. */
struct seal_span letter_stuffed(const struct letter *l);

#endif
