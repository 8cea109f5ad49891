/* SPDX-License-Identifier: Apache-2.0
 *
 * words.h - what is said to people, in their language: the texts of *.txt in this folder, which
 * the hand-over sheet and the status page share.
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
	size_t lang;                     /* in text_files                        */
	const struct words_name *names;  /* another name in braces is nothing    */
	size_t num_names;
};

/* "en", "de" ...; false: there are no such texts, and *lang is none. */
bool words_find_lang(const char *name, size_t *lang);

/* What a text is put through, name by name and piece by piece. */
typedef void (*words_escape)(FILE *to, const char *text);
void words_plain(FILE *to, const char *text);

/* The text of the key, in that language or else in English, filled in; nothing without one. */
void words_put(FILE *to, const struct words *w, const char *key, words_escape escape);

/* The same, plain, in memory: free() it. Never NULL. */
char *words_text(const struct words *w, const char *key);

/* The steps to mail that is signed, in order: "step.NAME" is what is true after one, and who
 * sees to it is "who.you", who runs the gateway, or "who.dns". */
struct words_step {
	const char *name;
	const char *who;                 /* "you" or "dns"                       */
};

#define WORDS_NUM_STEPS 9u
extern const struct words_step words_steps[WORDS_NUM_STEPS];

#endif
