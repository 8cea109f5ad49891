/* SPDX-License-Identifier: Apache-2.0
 *
 * script.h - what a client says next, and what it makes of a reply.
 */
#ifndef TESTS_SIM_SCRIPT_H
#define TESTS_SIM_SCRIPT_H

#include "tests/sim/client.h"

void script_make(struct client *c);
bool script_may_go_on(const struct client *c);
void script_go_on(struct client *c);    /* fills c->out, or passes over steps */
void script_sent(struct client *c);     /* all of c->out went                 */
void script_line(struct client *c);     /* one line of a reply                */

#endif
