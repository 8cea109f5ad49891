/* SPDX-License-Identifier: Apache-2.0
 *
 * relay.h - one client connection and its way to the next hop.
 *
 * The relay joins the server's side, the spool, the signer and the client's side. Its
 * one law: the 250 for a message is the next hop's 250 for exactly those octets plus
 * our own fields. MAIL and RCPT are passed on as they come; their verdicts pass back.
 *
 *	init -> { down_recv / up_* / down_* / tick -> step }... until seal_relay_done
 *
 * After every call that gave it something (octets, a connection, time, an answered key
 * job), call seal_relay_step once: it does all that can be done now. Nothing blocks;
 * what waits says so by its deadline or by SEAL_PENDING of key and spool, for which the
 * port steps again when they may have moved.
 */
#ifndef SEAL_GATEWAY_RELAY_H
#define SEAL_GATEWAY_RELAY_H

#include "engine/gateway/added.h"
#include "engine/gateway/envelope.h"
#include "engine/gateway/intake.h"
#include "engine/gateway/learn.h"
#include "engine/gateway/login.h"
#include "engine/gateway/policy.h"
#include "engine/gateway/signer.h"
#include "engine/gateway/spool.h"
#include "engine/gateway/stats.h"
#include "engine/smtp/client.h"
#include "engine/smtp/server.h"

/* One line of the log: a message that was handed in, or a refusal. Spans are valid
 * during the call only. */
struct seal_record {
	struct seal_span id;            /* transaction id                                 */
	struct seal_ip client_address;
	const struct seal_config_client *client; /* NULL: unknown client                  */
	struct seal_span sender;        /* reverse-path                                   */
	struct seal_span recipients;    /* "<a@x> <b@y>", those accepted                  */
	uint32_t num_recipients;
	uint64_t size;                  /* octets of content                              */
	struct seal_span author_domain;
	const struct seal_config_domain *const *signers;
	size_t num_signers;
	uint64_t signing_ms;            /* from the final dot to the last signature       */
	struct seal_span message_id;
	struct seal_reply reply;        /* what the client was told                       */
	bool from_next_hop;             /* the reply is the next hop's                    */
	bool in_doubt;
	bool alarm;                     /* key, spool, TLS or login with the next hop failed:
	                                 * somebody must look                             */
	struct seal_span protocol;      /* as in Received: "ESMTPSA"; empty before EHLO   */
	struct seal_span why;           /* no TLS with the client: the reason             */
};

/* What a gateway is, for all its relays: lent for as long as any relay lives. */
struct seal_gateway {
	const struct seal_config *config;
	struct seal_spool *spool;
	struct seal_bucket *buckets;    /* one per client section                         */
	struct seal_stats stats;

	/* What the way to the next hop is known to carry, from messages that took a second or
	 * longer; 0: not known. With it the wait that a declared SIZE means is known at MAIL. */
	uint64_t uplink_octets_per_s;

	struct seal_key_source keys;    /* no key: 451 and an alarm                       */
	const struct seal_keyring *keyring; /* NULL: every key counts as published        */
	struct seal_learn *learn;       /* whom nobody configured is noted; NULL: is not  */
	struct seal_smtpc_needs needs;  /* of the connection to the next hop              */
	uint32_t login_rounds;          /* of PBKDF2 that one step may do                 */

	/* A next hop that refused our login is not asked again before: it locks accounts. */
	uint64_t login_again_ms;
	void (*log)(void *ctx, const struct seal_record *record);
	void *log_ctx;
};

/* Caller's memory for one relay, any alignment. */
struct seal_relay_memory {
	uint8_t *work;                  /* held header fields; SEAL_WORK_TYPICAL          */
	size_t work_cap;
	uint8_t *envelope;              /* MAIL and RCPT; SEAL_ENVELOPE_TYPICAL           */
	size_t envelope_cap;
	uint8_t *added;                 /* our own fields; SEAL_ADDED_MAX                 */
	size_t added_cap;
};

/* What the port is to do with the connection to the next hop. */
enum seal_relay_up {
	SEAL_UP_NONE,     /* nothing                                                      */
	SEAL_UP_OPEN,     /* drop what may still be there and connect, then
	                   * seal_relay_up_connected or seal_relay_up_closed              */
	SEAL_UP_SECURE,   /* begin TLS, then seal_relay_up_secured or _insecure           */
	SEAL_UP_CLOSE,    /* send what send_view still has, then close                    */
	SEAL_UP_ABORT     /* reset: the next hop must not take a partial message for whole */
};

/* Longest transaction id: 16 hexadecimal digits, "-", a count. */
#define SEAL_RELAY_ID_MAX 28u

/* Opaque, laid out for its size. No pointer of it points into itself. */
struct seal_relay {
	struct seal_gateway *gateway;
	const struct seal_config_client *client;  /* NULL: nobody we know                  */
	uint8_t *work;
	size_t work_cap;
	struct seal_smtpd smtpd;
	struct seal_smtpc smtpc;
	struct seal_envelope envelope;
	struct seal_added added;
	struct seal_intake intake;
	union {
		struct seal_signer signer;
		struct seal_login login;    /* while AUTH waits for its answer; zero behind it      */
	};
	struct seal_reply trouble;      /* local trouble with the message; constant text       */
	struct seal_extensions mirror;  /* what the next hop of this transaction offers        */
	size_t told;                    /* octets of the envelope that the next hop has accepted */
	size_t pending_at;              /* where the command that waits for a verdict begins   */
	uint64_t id;
	uint64_t hello_until_ms, answer_by_ms;
	uint64_t end_ms, sending_ms;    /* when the final dot came; when sending began         */
	uint64_t signing_ms;
	uint64_t replayed;              /* octets read back from the spool                     */
	uint32_t written_crc, replayed_crc;
	struct seal_ip client_address;
	uint32_t num_transactions;
	uint32_t slot;                  /* of the spool                                        */
	const char *up_why;             /* why there is no TLS with the next hop, or NULL      */
	uint8_t phase, link, waiting, up_wanted, piece;
	bool link_busy;                 /* a command to the next hop waits for its reply       */
	bool may_open;                  /* the need in hand may open the link once             */
	bool pending;                   /* key or spool said SEAL_PENDING                      */
	bool working;                   /* there is more to compute, in the next step          */
	bool spool_open;                /* `slot` is ours                                      */
	bool spool_failed;              /* `trouble` is the spool's fault: an alarm            */
	bool link_failed;               /* TLS or login with the next hop is: an alarm         */
	bool signing_begun;
	bool signing_stale;             /* a key still works for a transaction that is over    */
	bool down_gone;                 /* the client's connection is no more                  */
	bool draining;
};

/* `id` is unique for this gateway's uptime; it names transactions. `is_private`: TLS from the
 * first octet on. */
void seal_relay_init(struct seal_relay *r, struct seal_gateway *gateway,
                     const struct seal_relay_memory *memory, const struct seal_ip *client_address,
                     uint64_t id, bool is_private, uint64_t now_ms);

/* All that can be done now. `now_s`: seconds since 1970 from a clock known to be right,
 * else 0. */
void seal_relay_step(struct seal_relay *r, uint64_t now_ms, uint64_t now_s);

/* The client's connection. recv answers how many octets were taken: that many, and no
 * more, may be acknowledged to TCP. */
size_t seal_relay_down_recv(struct seal_relay *r, const uint8_t *data, size_t len,
                            uint64_t now_ms, uint64_t now_s);
void seal_relay_down_closed(struct seal_relay *r);       /* FIN, and all before it taken  */
void seal_relay_down_lost(struct seal_relay *r);         /* reset, or closed by the port  */
struct seal_span seal_relay_down_view(const struct seal_relay *r);
void seal_relay_down_sent(struct seal_relay *r, size_t len, uint64_t now_ms);
bool seal_relay_down_closing(const struct seal_relay *r); /* close it when the view is empty */

/* When the view is empty, what came before was given to recv and closing is false: begin TLS,
 * then call one of the two below. `why` is NUL-ended and constant; the connection is over. */
bool seal_relay_down_wants_tls(const struct seal_relay *r);
void seal_relay_down_secured(struct seal_relay *r, uint64_t now_ms);
void seal_relay_down_insecure(struct seal_relay *r, const char *why);

/* The connection to the next hop. */
enum seal_relay_up seal_relay_up_wanted(struct seal_relay *r); /* fetch and clear         */
void seal_relay_up_connected(struct seal_relay *r, struct seal_secrecy secrecy, uint64_t now_ms);
void seal_relay_up_secured(struct seal_relay *r, struct seal_secrecy secrecy, uint64_t now_ms);
void seal_relay_up_insecure(struct seal_relay *r, const char *why); /* instead of _closed */
size_t seal_relay_up_recv(struct seal_relay *r, const uint8_t *data, size_t len, uint64_t now_ms);
void seal_relay_up_closed(struct seal_relay *r);         /* by the next hop, or not reached */
struct seal_span seal_relay_up_view(struct seal_relay *r);
void seal_relay_up_sent(struct seal_relay *r, size_t len, uint64_t now_ms);

/* No transaction needs the connection: closing it costs nothing but another one later. */
bool seal_relay_up_is_idle(const struct seal_relay *r);

/* Time. The key or spool is being waited for when `pending`: step again soon; when `working`,
 * at once. */
uint64_t seal_relay_deadline_ms(const struct seal_relay *r);
bool seal_relay_pending(const struct seal_relay *r);
bool seal_relay_working(const struct seal_relay *r);
void seal_relay_tick(struct seal_relay *r, uint64_t now_ms);

/* Both connections are over and nothing is owned: the memory may be used again. */
bool seal_relay_done(const struct seal_relay *r);

/* Ask for an early, clean end (SIGTERM): no new transaction is begun, the running one is
 * finished, then the client gets 421. */
void seal_relay_drain(struct seal_relay *r);

#endif
