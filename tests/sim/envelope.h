/* SPDX-License-Identifier: Apache-2.0
 *
 * envelope.h - laws of the envelope that the next hop gets: it is the client's, complete and once.
 */
#ifndef TESTS_SIM_ENVELOPE_H
#define TESTS_SIM_ENVELOPE_H

#include "tests/sim/hop_replies.h"

void envelope_mail(struct hop *h, const char *line);
void envelope_rcpt(struct hop *h, const char *line);    /* sets h->letter */
void envelope_rcpt_reply(struct hop *h, const char *line, unsigned code);
void envelope_data(struct hop *h);

#endif
