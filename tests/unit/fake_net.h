/* SPDX-License-Identifier: Apache-2.0
 *
 * fake_net.h - a network with only UDP and one name server, controlled by a test.
 */
#ifndef TESTS_UNIT_FAKE_NET_H
#define TESTS_UNIT_FAKE_NET_H

#include "port/contract/net.h"

#define FAKE_NET_DNS_SERVER 0xC0000235u
#define FAKE_NET_DNS_PORT   5353u

extern struct fake_net {
	bool has_server;
	enum seal_net_sent sends;   /* what becomes of a datagram             */
	unsigned num_taken;         /* this many ports are taken              */
	bool in_pieces;             /* answers come in two                    */
	/* what happened */
	struct seal_net_udp *open;  /* NULL: no port is                       */
	unsigned num_sent;
	struct seal_ip to;          /* the last datagram                      */
	uint16_t to_port;
	uint8_t datagram[128];
	size_t datagram_len;
	uint8_t answer[128];        /* gone when it was delivered             */
} fake_net;

void fake_net_init(void);

/* The name in the last question, with dots; until the next call. */
struct seal_span fake_net_asked_name(void);

/* An answer to the last question comes from the server, with one record: its TXT is "x". */
void fake_net_answer(uint32_t ttl_s, uint32_t address);

#endif
