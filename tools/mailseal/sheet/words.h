/* SPDX-License-Identifier: Apache-2.0
 *
 * words.h - texts for people, in their language: *.txt in this folder, which the hand-over sheet and
 * the status page share.
 */
#ifndef TOOLS_SHEET_WORDS_H
#define TOOLS_SHEET_WORDS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

struct words_name {
	const char *name, *value; /* "{name}" in a text is the value */
};

struct words {
	size_t lang;                     /* in text_files                     */
	const struct words_name *names;  /* any other name in braces is empty */
	size_t num_names;
};

/* "en", "de" ...; false: such texts do not exist, and *lang is invalid. */
bool words_find_lang(const char *name, size_t *lang);

/* How the pieces and names of a text are written. */
typedef void (*words_escape)(FILE *to, const char *text);
void words_plain(FILE *to, const char *text);

/* Write the text of the key, in that language or else in English, filled in; nothing if it does not exist. */
void words_put(FILE *to, const struct words *w, const char *key, words_escape escape);

/* The same, plain, in memory: free() it. Never NULL. */
char *words_text(const struct words *w, const char *key);

/* A date as the language writes it, from YYYY-MM-DD. */
struct words_date {
	char text[16];
};
struct words_date words_date(size_t lang, const char *dashed);

/* The steps to signed mail, in order: "step.NAME" is true when a step is done. "who.you", the operator of
 * the gateway, or "who.dns" does it. */
struct words_step {
	const char *name;
	const char *who;                 /* "you" or "dns"                       */
};

#define WORDS_NUM_STEPS 9u
extern const struct words_step words_steps[WORDS_NUM_STEPS];

#endif
