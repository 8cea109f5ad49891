/* SPDX-License-Identifier: Apache-2.0
 *
 * words.h - texts for people in their language, from *.txt in this folder; the hand-over sheet and the status page
 * share them.
 */
#ifndef TOOLS_SHEET_WORDS_H
#define TOOLS_SHEET_WORDS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

struct words_name {
	const char *name, *value; /* `value` replaces "{name}" in a text */
};

struct words {
	size_t lang;                     /* index in text_files               */
	const struct words_name *names;  /* other names in braces are removed */
	size_t num_names;
};

/* Sets *lang for "en", "de" and so on; false: no such texts exist, and *lang is invalid. */
bool words_find_lang(const char *name, size_t *lang);

/* Writes a piece of a text, or a value, with the escapes that the format needs. */
typedef void (*words_escape)(FILE *to, const char *text);
void words_plain(FILE *to, const char *text);

/* Writes the text of the key in the language, or else in English, with names filled in; nothing if it does not
 * exist. */
void words_put(FILE *to, const struct words *w, const char *key, words_escape escape);

/* The same as plain text in memory, never NULL; the caller frees it. */
char *words_text(const struct words *w, const char *key);

/* A date in the notation of the language, from YYYY-MM-DD. */
struct words_date {
	char text[16];
};
struct words_date words_date(size_t lang, const char *dashed);

/* The steps to signed mail, in order. The text "step.NAME" describes a step that is done; `who` does it: "you", the
 * operator of the gateway, or "dns". */
struct words_step {
	const char *name;
	const char *who;                 /* "you" or "dns"                       */
};

#define WORDS_NUM_STEPS 9u
extern const struct words_step words_steps[WORDS_NUM_STEPS];

#endif
