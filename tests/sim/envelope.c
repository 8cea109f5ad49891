/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/sim/envelope.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/sim/client.h"
#include "tests/sim/world.h"

void
envelope_mail(struct hop *h, const char *line)
{
	h->letter = NULL;
	h->rcpts = 0;
	(void)snprintf(h->mail, sizeof h->mail, "%s", line);
	EXPECT(!h->has_sender, "next hop %u: MAIL within a transaction", h->number);
	EXPECT(world.setting.hop_size > 0 || strstr(line, " SIZE=") == NULL, "next hop %u: SIZE not offered",
	       h->number);
}

/* "RCPT TO:<r0.c1m2@dest.example>" */
static struct letter *
letter_of_rcpt(const char *line)
{
	const char *const dot = strchr(line, '.');
	const char *const at = strchr(line, '@');

	return dot == NULL || at == NULL || at < dot ? NULL : clients_letter(dot + 1, (size_t)(at - dot - 1));
}

static unsigned
bit_of(const char *line)
{
	return 1u << (line[strlen("RCPT TO:<r")] - '0');
}

static bool
has(const struct hop *h, const char *parameter)
{
	return strstr(h->mail, parameter) != NULL;
}

static void
judge_sender(const struct hop *h, const struct letter *l)
{
	char sender[64], begin[96];

	letter_sender(l, sender, sizeof sender);
	(void)snprintf(begin, sizeof begin, "MAIL FROM:<%s>", sender);
	EXPECT(strncmp(h->mail, begin, strlen(begin)) == 0, "%s: the next hop gets %s", l->id, h->mail);
	EXPECT(has(h, " SMTPUTF8") == (l->body_param == PARAM_SMTPUTF8), "%s: SMTPUTF8 is added or lost: %s", l->id,
	       h->mail);
	/* RFC 3461 5.2.2: not to a next hop without DSN */
	EXPECT(has(h, " RET=HDRS") == (l->body_param == PARAM_RET && (h->offers & OFFER_DSN) != 0),
	       "%s: RET is added or lost: %s", l->id, h->mail);
}

/* Our own fields are added to the size that the client declared (RFC 1870 6.1). */
static void
judge_size(const struct hop *h, const struct letter *l)
{
	const char *const size = strstr(h->mail, " SIZE=");
	const bool is_due = l->size_param == SIZE_RIGHT && clients_at(l->client)->extended &&
	                    world.setting.hop_size > 0 && !h->is_old;

	EXPECT((size != NULL) == is_due, "%s: SIZE is added or lost: %s", l->id, h->mail);
	if (size != NULL)
		EXPECT(strtoul(size + 6, NULL, 10) == l->content_len + SEAL_ADDED_MAX, "%s: another SIZE: %s", l->id,
		       h->mail);
}

/* A later connection must offer at least as much as the one with which the transaction began. */
static void
judge_mirror(const struct hop *h, struct letter *l)
{
	EXPECT(!l->was_passed_on || (l->offers & ~h->offers) == 0, "%s: is passed on to a next hop that offers less",
	       l->id);
	if (!l->was_passed_on)
		l->offers = h->offers;
	l->was_passed_on = true;
}

void
envelope_rcpt(struct hop *h, const char *line)
{
	struct letter *const before = h->letter;

	h->letter = letter_of_rcpt(line);
	EXPECT(h->letter != NULL, "next hop %u: a recipient of no letter", h->number);
	if (h->letter == NULL)
		return;
	EXPECT(before == NULL || before == h->letter, "%s: has the envelope of %s too", h->letter->id, before->id);
	judge_sender(h, h->letter);
	judge_size(h, h->letter);
	judge_mirror(h, h->letter);
}

void
envelope_rcpt_reply(struct hop *h, const char *line, unsigned code)
{
	if (code / 100 == 2)
		h->rcpts |= bit_of(line);
}

/* The next hop must have accepted the same recipients that the client got accepted. */
void
envelope_data(struct hop *h)
{
	const struct letter *l = h->letter;
	unsigned rcpts = 0;

	EXPECT(l != NULL, "next hop %u: DATA without a recipient", h->number);
	for (unsigned i = 0; l != NULL && i < l->num_rcpts; i++)
		rcpts |= l->rcpt_code[i] / 100 == 2 ? 1u << i : 0;
	EXPECT(l == NULL || rcpts == h->rcpts, "%s: recipients are %x and not %x", l->id, h->rcpts, rcpts);
}
