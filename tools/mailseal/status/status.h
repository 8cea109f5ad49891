/* SPDX-License-Identifier: Apache-2.0
 *
 * status.h - which steps to signed mail a domain has reached, as the hand-over sheet lists them
 * (words_steps), and the facts about it that others ask for.
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
	size_t lang;                         /* in text_files                          */
};

enum status_state {
	STATUS_DONE,
	STATUS_TODO,
	STATUS_WRONG,                        /* something is published, but is wrong   */
	STATUS_UNKNOWN,                      /* DNS was not asked, or did not answer   */
	STATUS_WAITS                         /* nothing to do now: time, or a step before */
};

struct status_step {
	enum status_state state;
	const char *who;                     /* "you" or "dns", now                    */
	const char *text;                    /* key of what to do next; NULL: nothing  */
	size_t key;                          /* in the inventory, or STATUS_NO_KEY     */
	char argument[DNS_NAME_SIZE];        /* {1} of the text; "" or a word          */
};

struct status {
	const struct status_request *request;
	struct site site;
	struct site_name signs_as;           /* d=: the domain, or one that signs for it */
	bool aligned;                        /* and DMARC counts it for the domain     */
	struct inventory inventory;
	struct observed observed;
	struct examination examination;
	struct tree tree;                    /* of the SPF record                      */
	size_t signing, next, old;           /* which key is which now, or STATUS_NO_KEY */
	struct status_step steps[WORDS_NUM_STEPS];
};

/* Ask DNS and read the log: TOOL_OK, or TOOL_CONFIG or TOOL_IO: reported. A key file that cannot
 * be read is a step that is wrong. `s` must not move; status_free in any case. */
int status_make(struct status *s, const struct status_request *request, struct dns *dns);
void status_free(struct status *s);

/* Fills in s->steps; status_make has done so. */
void status_judge(struct status *s);

const char *status_state_text(enum status_state state);

/* DMARC's policy for the domain is this much on its way: 1 none, 2 quarantine, 3 reject; 0: there
 * is no record that counts. */
unsigned status_dmarc_stage(const struct status *s, enum dmarc_policy *policy);

/* A text of tools/mailseal/sheet about `step`, filled in: free() it. */
char *status_words(const struct status *s, const struct status_step *step, const char *key);

/* As text in the request's language, and as the document. */
void status_put(const struct status *s, struct result *result);

/* One page about selectors, SPF and so on: nothing that is secret, and no names of files. */
void status_put_facts(const struct status *s, struct result *result);

#endif
