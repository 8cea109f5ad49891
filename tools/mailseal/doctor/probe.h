/* SPDX-License-Identifier: Apache-2.0
 *
 * probe.h - a message that can be recognized later, sent to a gateway by SMTP.
 */
#ifndef TOOLS_DOCTOR_PROBE_H
#define TOOLS_DOCTOR_PROBE_H

#include "engine/smtp/command.h"
#include "engine/smtp/reply.h"
#include "tools/mailseal/base/tool.h"

#define PROBE_PREFIX "mailseal-selftest-" /* begins the local part of Message-ID */

struct probe {
	const char *gateway;                  /* HOST or HOST:PORT           */
	struct seal_path_command from, to;
	char message_id[512];                 /* with angle brackets         */
	uint16_t code;                        /* of the last reply; 0: none  */
	char reply[SEAL_REPLY_TEXT_MAX + 1];
};

/* Reads "local@domain"; false: reported, with `what`. The command borrows from `buf`. */
bool probe_address(const char *text, const char *what, char buf[SEAL_PATH_MAX + 3], struct seal_path_command *c);

/* Returns TOOL_OK if the gateway accepted the message, TOOL_REFUSED if it did not (see p->code and p->reply), or
 * TOOL_IO (reported). */
int probe_send(struct probe *p);

#endif
