/* SPDX-License-Identifier: Apache-2.0
 *
 * status.h - the steps to signed mail that a domain has reached, as listed in the hand-over sheet (words_steps), and
 * facts about the domain.
 */
#ifndef TOOLS_STATUS_STATUS_H
#define TOOLS_STATUS_STATUS_H

#include "tools/mailseal/base/result.h"
#include "tools/mailseal/checks/examine.h"
#include "tools/mailseal/checks/tree.h"
#include "tools/mailseal/sheet/words.h"
#include "tools/mailseal/site/observed.h"

#define STATUS_SENDERS_MAX 16u
#define STATUS_NO_KEY SIZE_MAX

struct status_request {
	const char *config, *log;            /* the log may be NULL                    */
	char domain[DNS_NAME_SIZE];
	struct spf_sender senders[STATUS_SENDERS_MAX];
	size_t num_senders;
	size_t lang;                         /* index in text_files                    */
};

enum status_state {
	STATUS_DONE,
	STATUS_TODO,
	STATUS_WRONG,                        /* published, but wrong                   */
	STATUS_UNKNOWN,                      /* DNS was not asked, or did not answer   */
	STATUS_WAITS                         /* no action now: waits for time, or for an earlier step */
};

struct status_step {
	enum status_state state;
	const char *who;                     /* who must act now: "you" or "dns"       */
	const char *text;                    /* key of the text about the next action; NULL: none */
	size_t key;                          /* index in the inventory, or STATUS_NO_KEY */
	char argument[DNS_NAME_SIZE];        /* for {1} in the text; "" or a word      */
};

struct status {
	const struct status_request *request;
	struct site site;
	struct site_name signs_as;           /* d=: the domain, or a parent that signs for it */
	bool aligned;                        /* DMARC accepts d= for the domain        */
	struct inventory inventory;
	struct observed observed;
	struct examination examination;
	struct tree tree;                    /* of the SPF record                      */
	size_t signing, next, old;           /* indexes in the inventory, or STATUS_NO_KEY */
	struct status_step steps[WORDS_NUM_STEPS];
};

/* Asks DNS and reads the log. Returns TOOL_OK, or TOOL_CONFIG or TOOL_IO (reported). If a key file cannot be read, only
 * its step is wrong. `s` must not move. Call status_free in any case. */
int status_make(struct status *s, const struct status_request *request, struct dns *dns);
void status_free(struct status *s);

/* Sets s->steps; status_make calls it. */
void status_judge(struct status *s);

const char *status_state_text(enum status_state state);

/* How strict the domain's DMARC policy is: 1 none, 2 quarantine, 3 reject; 0: no record applies. */
unsigned status_dmarc_stage(const struct status *s, enum dmarc_policy *policy);

/* A text of tools/mailseal/sheet about `step` with its values; the caller frees it. */
char *status_words(const struct status *s, const struct status_step *step, const char *key);

/* Writes the text, in the request's language, and the JSON document. */
void status_put(const struct status *s, struct result *result);

/* Writes one page about selectors, SPF and so on, without secrets and file names. */
void status_put_facts(const struct status *s, struct result *result);

#endif
