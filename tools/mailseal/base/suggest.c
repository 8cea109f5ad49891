/* SPDX-License-Identifier: Apache-2.0 */
#include "tools/mailseal/base/suggest.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/base/ascii.h"
#include "tools/mailseal/base/tool.h"

#define LONGEST 63u

static unsigned
least(unsigned a, unsigned b)
{
	return a < b ? a : b;
}

static bool
is_same_letter(char a, char b)
{
	return seal_lower((uint8_t)a) == seal_lower((uint8_t)b);
}

/* The number of letters that are inserted, deleted, replaced or swapped with a neighbour; case does not matter. */
static unsigned
distance(const char *a, const char *b)
{
	unsigned rows[3][LONGEST + 1];
	unsigned *before = rows[0], *above = rows[1], *row = rows[2];
	const size_t len_a = strlen(a), len_b = strlen(b);

	if (len_a > LONGEST || len_b > LONGEST)
		return LONGEST;
	for (unsigned k = 0; k <= len_b; k++)
		above[k] = before[k] = k;
	for (unsigned i = 1; i <= len_a; i++) {
		unsigned *const spare = before;

		row[0] = i;
		for (unsigned k = 1; k <= len_b; k++) {
			row[k] = least(least(above[k], row[k - 1]) + 1,
			               above[k - 1] + !is_same_letter(a[i - 1], b[k - 1]));
			if (i > 1 && k > 1 && is_same_letter(a[i - 1], b[k - 2]) &&
			    is_same_letter(a[i - 2], b[k - 1]))
				row[k] = least(row[k], before[k - 2] + 1);
		}
		before = above;
		above = row;
		row = spare;
	}
	return above[len_b];
}

void
suggest_word(struct suggestion *s, const char *word)
{
	const unsigned d = distance(s->typed, word);
	const size_t allowed = 1 + strlen(word) / 4;

	if (d > allowed || d >= strlen(word) || (s->best != NULL && d >= s->distance))
		return;
	s->best = word;
	s->distance = d;
}

char *
suggest_text(const struct suggestion *s, const char *before)
{
	char *text = NULL;

	if (s->best == NULL)
		text = strdup("");
	else if (asprintf(&text, "; did you mean %s%s?", before, s->best) < 0)
		text = NULL;
	if (text == NULL) {
		fputs("mailseal: out of memory\n", stderr);
		exit(TOOL_IO);
	}
	return text;
}

const char *
suggest_see(const struct suggestion *s)
{
	return s->best == NULL ? "; see:" : " See:";
}
