/* SPDX-License-Identifier: Apache-2.0
 *
 * client.h - a scripted client: a connection, perhaps TLS and a login, some letters.
 */
#ifndef TESTS_SIM_CLIENT_H
#define TESTS_SIM_CLIENT_H

#include "tests/sim/letter.h"
#include "tests/sim/wire.h"

#define CLIENTS_MAX        5u
#define CLIENT_LETTERS     3u
#define CLIENT_STEPS       48u
#define CLIENT_NO_ADDRESS  0u

enum step_kind {
	STEP_GREETING, STEP_HELLO, STEP_STARTTLS, STEP_AUTH, STEP_AUTH_USER, STEP_AUTH_SECRET, STEP_MAIL, STEP_RCPT,
	STEP_DATA, STEP_CONTENT, STEP_RSET, STEP_NOOP, STEP_QUIT
};

struct step {
	enum step_kind kind;
	struct letter *letter;
	unsigned rcpt;
};

struct client {
	unsigned number, section;
	uint32_t address;
	struct wire *wire;          /* NULL: not connected yet, or the port is closed      */
	uint64_t comes_ms;
	uint64_t act_ms;            /* not before                                          */
	bool is_private, extended, pipelines, wants_tls, is_done;
	unsigned login, handshake;
	struct letter letters[CLIENT_LETTERS];
	unsigned num_letters;
	struct step steps[CLIENT_STEPS];
	unsigned num_steps, at;
	struct step awaited[CLIENT_STEPS]; /* commands without a reply so far              */
	unsigned num_awaited;
	uint8_t out[LETTER_MAX + 1024u];
	size_t out_len, out_at;

	/* its observations */
	char line[600];
	size_t line_len;
	char ehlo[512];             /* its lines, each ended by LF                         */
	unsigned offers;
	uint64_t size_offered;
	bool offers_tls, offers_auth;   /* offered in the last reply to EHLO                   */
	unsigned last_code;
	uint64_t last_ms;           /* when the last line came                             */
	char last_text[200];
	bool is_in, was_secured;    /* logged in; TLS                                      */
	unsigned num_transactions;
	unsigned num_refused_logins;
	uint64_t hello_mark, hello_sent_ms, hello_taken_ms, hello_given_ms;
	bool was_turned_away, saw_421, was_reset, was_ended, is_gone;
	bool in_transaction;        /* after an accepted MAIL, until its end               */
	bool tried_tls, was_hostile;
	uint64_t ended_ms;

	/* its loss */
	unsigned loss, lost_at;
	size_t lost_octets;
	uint64_t lost_ms;
	uint64_t rst_ms;            /* after its FIN; UINT64_MAX: none                     */
	size_t num_read;
};

void clients_make(void);
unsigned clients_count(void);
struct client *clients_at(unsigned i);
struct letter *clients_letter(const char *id, size_t len);

/* True if it can do something now; do it. */
bool client_can_act(const struct client *c);
void client_act(struct client *c);
uint64_t client_due_ms(const struct client *c);
bool clients_are_done(void);

/* The letter's final dot was given to the next hop; its reply is in transit. */
void client_dot_given(const struct letter *l);
void client_reply_comes(const struct letter *l);

#endif
