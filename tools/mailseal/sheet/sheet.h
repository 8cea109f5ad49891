/* SPDX-License-Identifier: Apache-2.0
 *
 * sheet.h - the records that a customer's DNS must contain for one domain, made from the configuration and its key
 * files, with explanatory texts.
 */
#ifndef TOOLS_SHEET_SHEET_H
#define TOOLS_SHEET_SHEET_H

#include <stdio.h>

#include "tools/mailseal/base/options.h"
#include "tools/mailseal/sheet/words.h"
#include "tools/mailseal/site/inventory.h"

#define SHEET_TTL 3600u       /* long enough for caches, short enough to correct mistakes */
#define SHEET_VALID_DAYS 90
#define SHEET_LINK_MAX 1024u
#define SHEET_SPF_MAX 8u
#define SHEET_MAILTO "mailto:"

enum sheet_kind {
	SHEET_DKIM,      /* the key that signs                            */
	SHEET_NEXT,
	SHEET_OLD,
	SHEET_TARGET,    /* in the operator's zone: target of the CNAME   */
	SHEET_DMARC,
	SHEET_SPF,       /* to add or, if one exists, to change           */
	SHEET_REPORT     /* in the zone that gets the reports             */
};

struct sheet_record {
	enum sheet_kind kind;
	const struct inventory_key *key; /* NULL: not about a key       */
	char *name;                      /* absolute, without final dot */
	const char *type;                /* "TXT" or "CNAME"            */
	char *value;                     /* a CNAME has a final dot     */
};

/* What a provider's form requires. */
struct provider {
	const char *name, *title;
	const char *apex;         /* for the zone's own name */
	enum provider_value {
		PROVIDER_PLAIN,   /* in one piece                */
		PROVIDER_STRINGS, /* "a" "b" on one line         */
		PROVIDER_LINES    /* a and b on separate lines   */
	} value;
	const char *help;         /* the provider's own page */
};

extern const struct provider providers[];
extern const size_t num_providers;

struct sheet_request {
	const char *config, *domain;
	const char *zone;         /* apex; NULL: the domain itself               */
	const char *cname;        /* a zone of ours; NULL: as configured         */
	const char *contact, *existing_spf, *lang, *provider;
	const char *rua;          /* "mailto:" may be missing                    */
	struct option_list spf;   /* terms for the SPF record, SHEET_SPF_MAX at most */
	bool for_operator;        /* records for our own zone, not for the customer's */
};

struct sheet {
	const struct sheet_request *request;
	struct site site;
	struct inventory inventory;
	struct site_name domain, zone;
	const struct provider *provider;      /* NULL: not specified                 */
	size_t lang;                          /* index in text_files                 */
	struct sheet_record *records;
	size_t num_records;
	char *spf_merged;                     /* NULL: the SPF record does not change */
	char *rua;                            /* with "mailto:"; NULL: none          */
	struct sheet_record change;           /* of the SPF record; no name: none    */
	struct sheet_record report;           /* no name: none                       */
	const char *report_zone;              /* gets the reports; "": none          */
	struct site_date made, until;
	char link[SHEET_LINK_MAX];            /* page that shows the record of the signing key */
	char command[SHEET_LINK_MAX];         /* command that shows the first record */
};

/* Returns TOOL_OK, or an exit code (reported). Call sheet_free in any case. */
int sheet_make(struct sheet *s, const struct sheet_request *request);
void sheet_free(struct sheet *s);

/* Writes `name` relative to `zone`, as forms require it: "" or the provider's sign for the zone itself, and the full
 * name with a final dot if it is outside the zone. */
void sheet_put_host(FILE *to, const struct sheet *s, const char *name, const char *zone);

/* A parent of the domain that may be the real zone; NULL: none, or the request names the zone. */
const char *sheet_other_zone(const struct sheet *s);

/* Writes the text of a key in the sheet's language, or else in English, and fills in the names in braces; {1} is
 * `argument`. */
void sheet_put(FILE *to, const struct sheet *s, const char *key, const char *argument, words_escape escape);

bool sheet_has(const struct sheet *s, enum sheet_kind kind);

/* The texts that explain how to enter the records; ends with NULL. */
struct sheet_keys {
	const char *keys[5];
};
struct sheet_keys sheet_entry_texts(const struct sheet *s);

/* A step of words_steps that concerns this sheet, and who does it: "you" or "dns". */
bool sheet_has_step(const struct sheet *s, const struct words_step *step);
const char *sheet_step_who(const struct sheet *s, const struct words_step *step);

/* Writes the command that shows a record. */
void sheet_put_command(FILE *to, const struct sheet_record *r);

/* "dkim", "next" and so on, with which the keys of the texts about a record begin. */
const char *sheet_kind_text(enum sheet_kind kind);

/* Writes the value as the provider's form requires it. */
void sheet_put_value(FILE *to, const struct sheet *s, const struct sheet_record *r);

#endif
