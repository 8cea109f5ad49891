/* SPDX-License-Identifier: Apache-2.0
 *
 * setting.h - the configuration of a world, as text for the gateway and as members for the laws.
 */
#ifndef TESTS_SIM_SETTING_H
#define TESTS_SIM_SETTING_H

#include "engine/config/config.h"

#define SECTIONS      2u
#define SECTION_NONE  SECTIONS    /* clients without a section       */
#define KEYS_MAX      9u
#define SIGNERS_MAX   2u

#define OFFER_8BITMIME 1u
#define OFFER_SMTPUTF8 2u
#define OFFER_DSN      4u

struct section {
	unsigned tls, auth;         /* enum seal_smtpd_offer; auth as the words none, any, offered, required */
	unsigned patience_s;
	unsigned rate_count, rate_period_s;
	bool normalize, refuse_long_lines, pass_8bit_header, add_date, add_id;
};

struct setting {
	struct section sections[SECTIONS + 1];
	unsigned hop_tls, hop_auth, hop_name;
	unsigned offers;            /* OFFER_* of the next hop's first connection */
	unsigned later_offers;      /* and of those after it                      */
	uint64_t hop_size;          /* its SIZE; 0: not offered                   */
	uint64_t max_size;
	unsigned canon, activation, record, sign_all;
	bool masked;
	char text[4096];
	struct seal_config config;
};

/* Choose and parse it. `knows_names`: the next hop's name is found. */
void setting_make(struct setting *s, bool knows_names);

/* The keys that must sign mail of this author (enum AUTHOR_*), by number. */
struct signers {
	unsigned keys[SIGNERS_MAX];
	unsigned num;
	unsigned code;              /* of the refusal; 0: accepted with num signatures     */
};
struct signers setting_signers(const struct setting *s, unsigned author);

/* The domain of AUTHOR_* for a client of `section`, and of key `number`. */
const char *setting_author(unsigned author, unsigned section);
const char *setting_key_domain(unsigned number);

/* The number in the selector "k3". */
unsigned setting_key_number(struct seal_span selector);

#endif
