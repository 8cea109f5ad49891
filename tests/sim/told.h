/* SPDX-License-Identifier: Apache-2.0
 *
 * told.h - laws on the envelope that the next hop is told: it is the client's, whole and once.
 */
#ifndef TESTS_SIM_TOLD_H
#define TESTS_SIM_TOLD_H

#include "tests/sim/hop_says.h"

void told_mail(struct hop *h, const char *line);
void told_rcpt(struct hop *h, const char *line);    /* sets h->letter */
void told_rcpt_reply(struct hop *h, const char *line, unsigned code);
void told_data(struct hop *h);

#endif
