/* SPDX-License-Identifier: Apache-2.0
 *
 * suggest.h - finds the known word that a mistyped one was probably meant to be.
 */
#ifndef TOOLS_BASE_SUGGEST_H
#define TOOLS_BASE_SUGGEST_H

struct suggestion {
	const char *typed, *best;   /* best is NULL if no word is similar */
	unsigned distance;
};

static inline struct suggestion
suggestion(const char *typed)
{
	return (struct suggestion){ typed, 0, 0 };
}

/* Compares with one of the known words. */
void suggest_word(struct suggestion *s, const char *word);

/* "; did you mean BEST?" or ""; the caller frees it. `before` precedes BEST, for example "--". */
char *suggest_text(const struct suggestion *s, const char *before);

/* The text between suggest_text and "mailseal help". */
const char *suggest_see(const struct suggestion *s);

#endif
