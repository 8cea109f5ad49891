/* SPDX-License-Identifier: Apache-2.0
 *
 * world.h - a relay between a scripted client and a scripted next hop, in virtual time;
 * anything can be made to fail at its n-th octet, moment or operation. Results are observed
 * only at the two ends: the replies that the client reads, the octets that the next hop
 * reads, and how much of the next hop's reply has reached the relay.
 */
#ifndef TESTS_CUT_WORLD_H
#define TESTS_CUT_WORLD_H

#include <limits.h>

#include "engine/gateway/relay.h"
#include "tests/fake_key.h"
#include "tests/fake_spool.h"

#define NEVER SIZE_MAX

/* What happens to a connection after a number of octets. */
enum cut_kind {
	CUT_CLOSE,   /* the other side closes its sending half    */
	CUT_RESET,   /* it is reset                               */
	CUT_STALL    /* no further octet moves; time goes on      */
};

struct cut {
	size_t after;            /* octets; NEVER: no cut          */
	enum cut_kind kind;
};

/* The same at a moment: moments lie between any two actions of the two ends and the relay, of
 * which each round has one. */
struct loss {
	unsigned at;             /* NO_MOMENT: never               */
	enum cut_kind kind;
};

#define NO_MOMENT UINT_MAX

struct plan {
	const char *const *client;   /* steps of the client: each is sent after the reply to the one
	                              * before; NULL ends them. Its message is a step           */
	bool pipelining;             /* the client waits only for 354                           */
	size_t chunk;                /* octets that move at a time                              */
	struct cut client_sends, client_reads;   /* octets from, and to, the client             */
	struct cut hop_reads, hop_sends;         /* the same at the next hop, first connection  */
	struct loss client_lost, hop_lost;       /* the same, at the first connection           */
	unsigned hop_thinks_ms;                  /* before its reply to the final dot           */
	unsigned hop_slow_rcpt_ms;   /* before its replies to RCPT, from the second connection on   */
	unsigned patience_s;         /* of the client; 0: the default                               */
	bool is_private;             /* both ends want STARTTLS and AUTH; the client's steps have them */
	const char *hop_insecure;    /* why TLS with the next hop fails; NULL: TLS works        */
	bool hop_returns;            /* connections after the first cut work                    */
	const char *hop_verb;        /* the next hop answers this verb with hop_reply; "" is    */
	const char *hop_reply;       /* its greeting, "." the end of data                       */
	const char *hop_ehlo;        /* its reply to EHLO; NULL: the usual one                  */
	uint64_t clock_s;            /* time of a trusted clock at the start; 0: none           */
	unsigned key_pending, key_fail_at, key_wrong_at;
	unsigned spool_pending, spool_fail_at;
	size_t spool_room;           /* octets; 0: unlimited                                    */
	unsigned spool_no_room_each; /* as in fake_spool.h                                      */
	enum seal_status spool_how;
	bool spool_flip;
};

struct result {
	unsigned client_code[16];    /* reply codes in order, the greeting first                */
	unsigned num_codes;
	char client_text[4096];      /* all replies to the client                               */
	size_t client_text_len;
	unsigned dot_code;           /* the reply to the client's final dot; 0: none            */
	bool hop_leak;               /* it got sender, content or password before TLS           */
	unsigned num_alarms;         /* records with an alarm                                   */
	unsigned dot_replies_read;   /* hop_replies_read when the client read that reply        */
	unsigned hop_messages;       /* whose final dot the next hop read and answered with 250 */
	unsigned hop_replies_read;   /* of those, how many 250 the relay has read completely    */
	char hop_message[4096];      /* the last of them, dots undone                           */
	size_t hop_message_len;
	bool hop_nested;             /* it got a MAIL within a transaction                      */
	unsigned hop_connections;
	bool finished;               /* the relay released everything in bounded time           */
	unsigned spool_open;         /* slots still in use at the end                           */
	unsigned spool_ops, key_ops; /* number of operations, to fail each in turn              */
	unsigned num_verdicts;       /* records of the message after its final dot              */
	unsigned moments;            /* number of moments, to lose a connection at each         */
	size_t client_sent, client_read, hop_read, hop_sent;
	struct seal_stats stats;
	unsigned num_records;
};

/* The usual plan: one message, without pipelining. */
void plan_default(struct plan *plan);

/* The same with STARTTLS and AUTH at both ends. TLS itself is not simulated. */
void plan_private(struct plan *plan);

void world_run(const struct plan *plan, struct result *result);

/* The content of the message that the default client sends, without dot-stuffing. */
extern const char world_message[];

#endif
