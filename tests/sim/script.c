/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/sim/script.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/sim/judge.h"
#include "tests/sim/world.h"

static void
add(struct client *c, enum step_kind kind, struct letter *letter, unsigned rcpt)
{
	if (c->num_steps == CLIENT_STEPS)
		abort();
	c->steps[c->num_steps++] = (struct step){ kind, letter, rcpt };
}

/* Returns false if the client leaves within the letter. */
static bool
add_letter(struct client *c, struct letter *l)
{
	add(c, STEP_MAIL, l, 0);
	if (l->mind == MIND_RSET_MAIL) {
		add(c, STEP_RSET, l, 0);
		return true;
	}
	for (unsigned i = 0; i < l->num_rcpts; i++)
		add(c, STEP_RCPT, l, i);
	if (l->mind == MIND_QUIT_RCPT) {
		add(c, STEP_QUIT, NULL, 0);
		return false;
	}
	if (l->mind == MIND_RSET_RCPT || l->mind == MIND_EHLO_RCPT) {
		add(c, l->mind == MIND_RSET_RCPT ? STEP_RSET : STEP_HELLO, l, 0);
		return true;
	}
	if (l->mind == MIND_NOOP)
		add(c, STEP_NOOP, l, 0);
	add(c, STEP_DATA, l, 0);
	add(c, STEP_CONTENT, l, 0);
	return true;
}

static void
add_login(struct client *c)
{
	const struct section *s = &world.setting.sections[c->section];

	if (c->section == SECTION_NONE || s->auth == 0 || c->login == LOGIN_NONE)
		return;
	add(c, STEP_AUTH, NULL, 0);
	if (c->login == LOGIN_LOGIN) {
		add(c, STEP_AUTH_USER, NULL, 0);
		add(c, STEP_AUTH_SECRET, NULL, 0);
	}
}

void
script_make(struct client *c)
{
	const struct section *s = &world.setting.sections[c->section];
	unsigned i = 0;

	c->awaited[c->num_awaited++] = (struct step){ STEP_GREETING, NULL, 0 };
	add(c, STEP_HELLO, NULL, 0);
	c->wants_tls = !c->is_private && s->tls != SEAL_SMTPD_HIDDEN &&
	               (c->wants_tls || s->tls == SEAL_SMTPD_REQUIRED) && c->extended;
	if (c->wants_tls) {
		add(c, STEP_STARTTLS, NULL, 0);
		add(c, STEP_HELLO, NULL, 0);
	}
	add_login(c);
	while (i < c->num_letters && add_letter(c, &c->letters[i]))
		i++;
	add(c, STEP_QUIT, NULL, 0);
}

/* --- going on ----------------------------------------------------------------------------------- */

bool
script_may_go_on(const struct client *c)
{
	const enum step_kind kind = c->steps[c->at].kind;
	const enum step_kind last = c->num_awaited > 0 ? c->awaited[c->num_awaited - 1].kind : STEP_GREETING;

	if (c->at == c->num_steps || (c->tried_tls && !c->was_secured))
		return false;
	return c->num_awaited == 0 ||
	       (c->pipelines && (kind == STEP_RCPT || kind == STEP_DATA) && (last == STEP_MAIL || last == STEP_RCPT));
}

static bool
is_good(unsigned code)
{
	return code / 100 == 2;
}

static bool
has_rcpt(const struct letter *l)
{
	bool found = false;

	for (unsigned i = 0; i < l->num_rcpts; i++)
		found |= is_good(l->rcpt_code[i]);
	return found;
}

/* With all replies read: a step that makes no sense is skipped, or becomes RSET. */
static bool
is_passed_over(struct client *c, struct step *step)
{
	const struct letter *l = step->letter;

	if (step->kind == STEP_AUTH_USER || step->kind == STEP_AUTH_SECRET)
		return c->last_code != 334;
	if (l == NULL || step->kind == STEP_MAIL || c->num_awaited > 0)
		return false;
	if (!is_good(l->mail_code))
		return true;
	if (step->kind == STEP_CONTENT && l->data_code != 354) {
		step->kind = STEP_RSET;
		return !c->in_transaction;
	}
	return step->kind == STEP_DATA && !has_rcpt(l);
}

static void
put_command(struct client *c, const char *text)
{
	c->out_len = strlen(text);
	memcpy(c->out, text, c->out_len);
}

static void
put_mail(struct client *c, struct letter *l)
{
	char sender[64], size[32] = "";
	char line[256];
	const char *body = "";

	letter_sender(l, sender, sizeof sender);
	if (c->extended && l->size_param == SIZE_RIGHT)
		(void)snprintf(size, sizeof size, " SIZE=%zu", l->content_len);
	if (c->extended && l->size_param == SIZE_TOO_LARGE)
		(void)snprintf(size, sizeof size, " SIZE=99999999");
	if (l->body_param == PARAM_8BITMIME && (c->offers & OFFER_8BITMIME) != 0)
		body = " BODY=8BITMIME";
	else if (l->body_param == PARAM_SMTPUTF8 && (c->offers & OFFER_SMTPUTF8) != 0)
		body = " SMTPUTF8";
	else if (l->body_param == PARAM_RET && (c->offers & OFFER_DSN) != 0)
		body = " RET=HDRS";
	else
		l->body_param = PARAM_NONE;
	(void)snprintf(line, sizeof line, "MAIL FROM:<%s>%s%s\r\n", sender, size, body);
	l->mail_sent = true;
	put_command(c, line);
}

static void
put_auth(struct client *c)
{
	static const char *const TEXTS[] = {
		[LOGIN_PLAIN] = "AUTH PLAIN AGFsaQBvcGVuc2VzYW1l\r\n", [LOGIN_LOGIN] = "AUTH LOGIN\r\n",
		[LOGIN_WRONG] = "AUTH PLAIN AGFsaQBvcGVuc2VzYW0=\r\n"
	};

	put_command(c, TEXTS[c->login]);
}

static void
put_step(struct client *c, const struct step *step)
{
	char line[128];

	switch (step->kind) {
	case STEP_HELLO:
		(void)snprintf(line, sizeof line, "%s client%u.example\r\n", c->extended ? "EHLO" : "HELO", c->number);
		put_command(c, line);
		break;
	case STEP_AUTH:
		put_auth(c);
		break;
	case STEP_MAIL:
		put_mail(c, step->letter);
		break;
	case STEP_RCPT:
		(void)snprintf(line, sizeof line, "RCPT TO:<r%u.%s@dest.example>\r\n", step->rcpt, step->letter->id);
		put_command(c, line);
		break;
	case STEP_CONTENT:
		c->out_len = step->letter->wire_len;
		memcpy(c->out, step->letter->wire, c->out_len);
		break;
	case STEP_STARTTLS:
		put_command(c, "STARTTLS\r\n");
		break;
	case STEP_AUTH_USER:
		put_command(c, "YWxp\r\n");
		break;
	case STEP_AUTH_SECRET:
		put_command(c, "b3BlbnNlc2FtZQ==\r\n");
		break;
	case STEP_DATA:
		put_command(c, "DATA\r\n");
		break;
	case STEP_RSET:
		put_command(c, "RSET\r\n");
		break;
	case STEP_NOOP:
		put_command(c, "NOOP\r\n");
		break;
	case STEP_QUIT:
	case STEP_GREETING:
		put_command(c, "QUIT\r\n");
		break;
	}
}

void
script_go_on(struct client *c)
{
	c->out_len = c->out_at = 0;
	judge_drain(c);
	while (script_may_go_on(c)) {
		struct step *step = &c->steps[c->at];

		if (is_passed_over(c, step)) {
			c->at++;
			continue;
		}
		put_step(c, step);
		if (step->kind == STEP_CONTENT)
			world_trace("client %u: content of %s, %zu octets", c->number, step->letter->id, c->out_len);
		else
			world_trace("client %u: %.*s", c->number, (int)c->out_len - 2, (const char *)c->out);
		return;
	}
}

void
script_sent(struct client *c)
{
	const struct step *step = &c->steps[c->at++];

	c->awaited[c->num_awaited++] = *step;
	c->out_len = c->out_at = 0;
	if (step->kind == STEP_HELLO) {
		c->hello_mark = c->wire->plain_sent;
		c->hello_sent_ms = world.now_ms;
		c->hello_taken_ms = c->hello_given_ms = 0;
	}
	if (step->kind == STEP_CONTENT) {
		step->letter->dot_sent = true;
		step->letter->dot_mark = c->wire->plain_sent;
	}
	if (step->kind == STEP_MAIL)
		judge_mail_sent(c, step->letter);
}

/* --- replies ----------------------------------------------------------------------------------------- */

/* A refusal of the protocol, not of the relay: no record reports it. */
static bool
is_of_protocol(const struct client *c, unsigned code, const char *text)
{
	(void)c;
	return code == 530 || code == 503 || code == 555 || code == 501 || code == 502 ||
	       strncmp(text, "5.3.4 Message size exceeds", 26) == 0 || code == 421;
}

static void
on_mail_reply(struct client *c, struct letter *l, unsigned code, const char *text)
{
	l->mail_code = code;
	(void)snprintf(l->mail_text, sizeof l->mail_text, "%s", text);
	if (!is_of_protocol(c, code, text)) {
		l->is_counted = true;
		l->number = ++c->num_transactions;
	}
	c->in_transaction = is_good(code);
	judge_mail_reply(c, l);
}

static void
on_starttls_reply(struct client *c, unsigned code)
{
	if (code != 220)
		return;
	c->tried_tls = true;
	dice_note(DIM_HANDSHAKE, c->handshake);
	c->ehlo[0] = '\0';
	c->offers = 0;
	wire_secure(c->wire, true, (enum wire_handshake)c->handshake);
}

static void
on_reply(struct client *c, const struct step *step, unsigned code, const char *text)
{
	switch (step->kind) {
	case STEP_HELLO:
		c->in_transaction = false;
		judge_hello_reply(c, code);
		break;
	case STEP_STARTTLS:
		on_starttls_reply(c, code);
		break;
	case STEP_AUTH:
	case STEP_AUTH_SECRET:
		judge_auth_reply(c, code);
		break;
	case STEP_MAIL:
		on_mail_reply(c, step->letter, code, text);
		break;
	case STEP_RCPT:
		step->letter->rcpt_code[step->rcpt] = code;
		break;
	case STEP_DATA:
		step->letter->data_code = code;
		break;
	case STEP_CONTENT:
		step->letter->dot_code = code;
		(void)snprintf(step->letter->dot_text, sizeof step->letter->dot_text, "%s", text);
		c->in_transaction = false;
		c->was_hostile |= letter_is_hostile(step->letter);
		judge_dot_reply(c, step->letter);
		break;
	case STEP_RSET:
		c->in_transaction = false;
		break;
	case STEP_GREETING:
		judge_greeting(c, code, text);
		break;
	case STEP_NOOP:
	case STEP_QUIT:
	case STEP_AUTH_USER:
		break;
	}
}

static void
note_hello_line(struct client *c)
{
	const char *const text = c->line + 4;

	if (strncmp(text, "8BITMIME", 8) == 0)
		c->offers |= OFFER_8BITMIME;
	if (strncmp(text, "SMTPUTF8", 8) == 0)
		c->offers |= OFFER_SMTPUTF8;
	if (strncmp(text, "DSN", 3) == 0)
		c->offers |= OFFER_DSN;
	if (strncmp(text, "SIZE ", 5) == 0)
		c->size_offered = strtoull(text + 5, NULL, 10);
	c->offers_tls |= strncmp(text, "STARTTLS", 8) == 0;
	c->offers_auth |= strncmp(text, "AUTH ", 5) == 0;
}

static void
begin_hello(struct client *c)
{
	c->offers = 0;
	c->size_offered = 0;
	c->offers_tls = c->offers_auth = false;
}

void
script_line(struct client *c)
{
	const unsigned code = (unsigned)strtoul(c->line, NULL, 10);
	const bool is_hello = c->num_awaited > 0 && c->awaited[0].kind == STEP_HELLO;
	struct step step;

	if (is_hello && c->last_text[0] != '+')
		begin_hello(c);
	if (is_hello)
		note_hello_line(c);
	if (c->line[3] == '-') {
		(void)snprintf(c->last_text, sizeof c->last_text, "+");
		return;
	}
	c->last_code = code;
	c->last_ms = world.now_ms;
	(void)snprintf(c->last_text, sizeof c->last_text, "%.*s", (int)strcspn(c->line + 4, "\r"), c->line + 4);
	c->saw_421 |= code == 421;
	if (dice_one_in(40))
		c->act_ms = world.now_ms + dice_below(20000);
	else if (dice_one_in(3))
		c->act_ms = world.now_ms + dice_below(world.pace == 2 ? 400 : 8);
	if (c->num_awaited == 0) {
		EXPECT(code == 421, "client %u gets an unsolicited %u", c->number, code);
		return;
	}
	step = c->awaited[0];
	memmove(c->awaited, c->awaited + 1, --c->num_awaited * sizeof step);
	on_reply(c, &step, code, c->last_text);
}
