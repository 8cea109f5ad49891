/* SPDX-License-Identifier: Apache-2.0
 *
 * script.h - the next command of a client, and its reaction to a reply.
 */
#ifndef TESTS_SIM_SCRIPT_H
#define TESTS_SIM_SCRIPT_H

#include "tests/sim/client.h"

void script_make(struct client *c);
bool script_may_go_on(const struct client *c);
void script_go_on(struct client *c);    /* fills c->out, or skips steps       */
void script_sent(struct client *c);     /* all of c->out was sent             */
void script_line(struct client *c);     /* one line of a reply                */

#endif
