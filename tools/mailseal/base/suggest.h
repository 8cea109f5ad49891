/* SPDX-License-Identifier: Apache-2.0
 *
 * suggest.h - the known word that a mistyped one was probably meant to be.
 */
#ifndef TOOLS_BASE_SUGGEST_H
#define TOOLS_BASE_SUGGEST_H

struct suggestion {
	const char *typed, *best;   /* best: NULL when no word is near */
	unsigned distance;
};

static inline struct suggestion
suggestion(const char *typed)
{
	return (struct suggestion){ typed, 0, 0 };
}

/* One of the known words. */
void suggest_word(struct suggestion *s, const char *word);

/* "; did you mean BEST?" or "", to be freed; `before` precedes BEST, such as "--". */
char *suggest_text(const struct suggestion *s, const char *before);

/* What follows that text before "mailseal help". */
const char *suggest_see(const struct suggestion *s);

#endif
