/* SPDX-License-Identifier: Apache-2.0
 *
 * judge.h - laws of the replies to a client, checked when it reads them.
 */
#ifndef TESTS_SIM_JUDGE_H
#define TESTS_SIM_JUDGE_H

#include "tests/sim/client.h"

void judge_clear(void);
void judge_greeting(const struct client *c, unsigned code, const char *text);
void judge_hello_reply(struct client *c, unsigned code);
void judge_auth_reply(struct client *c, unsigned code);
void judge_mail_sent(const struct client *c, struct letter *l);
void judge_mail_reply(struct client *c, struct letter *l);
void judge_drain(const struct client *c);
void judge_dot_reply(struct client *c, struct letter *l);

#endif
