/* SPDX-License-Identifier: Apache-2.0
 *
 * hop_replies.h - the next hop's side of the dialogue: its replies, their times, and its losses.
 */
#ifndef TESTS_SIM_HOP_REPLIES_H
#define TESTS_SIM_HOP_REPLIES_H

#include "tests/sim/hop.h"

enum hop_topic {
	TOPIC_GREETING, TOPIC_EHLO, TOPIC_STARTTLS, TOPIC_AUTH, TOPIC_MAIL, TOPIC_RCPT, TOPIC_DATA, TOPIC_CONTENT,
	TOPIC_DOT, TOPIC_RSET, TOPIC_QUIT, TOPIC_OTHER
};

struct hop {
	unsigned number;
	struct wire *wire;
	unsigned offers;
	bool is_private, is_in;     /* TLS; logged in                                     */
	bool is_content;
	bool is_old;                /* it was greeted with HELO                           */
	bool has_sender;            /* a MAIL was accepted, and neither verdict nor RSET followed */
	bool is_gone, is_over;      /* lost; closed by the gateway                        */
	struct visit *visit;
	struct letter *letter;
	char mail[256];             /* MAIL as it came                                    */
	unsigned rcpts;             /* a bit for each recipient that was accepted         */
	uint64_t wanted_ms;         /* when the gateway began to connect                  */
	uint64_t connect_ms;        /* when the connection is made or refused             */
	unsigned connect;
	char line[1200];
	size_t line_len, num_read;
	char given[16];             /* the start of the command that the gateway is sending */
	size_t given_len;
	unsigned auth_stage;

	/* the reply that waits or is in transit */
	char reply[512];
	size_t reply_len;
	unsigned reply_code, topic, then; /* the loss that follows it: LOSS_*             */
	uint64_t reply_ms;          /* when it is sent; UINT64_MAX: nothing waits         */
	uint64_t reply_mark;        /* octets of the connection up to its end; 0: was read */
	bool starts_tls;

	unsigned loss, lost_at;
	size_t lost_octets;
	uint64_t lost_ms;
};

void hop_replies_clear(void);
void hop_replies_begin(struct hop *h);
void hop_reply_greeting(struct hop *h);
void hop_reply_to(struct hop *h, const char *line);
void hop_reply_verdict(struct hop *h);
void hop_reply_in_content(struct hop *h);
void hop_reply_was_read(struct hop *h);
void hop_command_given(struct hop *h, uint8_t octet);

void hop_lose_at(struct hop *h, unsigned where);
enum wire_handshake hop_handshake(struct hop *h);
struct visit *hop_begin_visit(struct hop *h);

#endif
