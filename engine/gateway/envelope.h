/* SPDX-License-Identifier: Apache-2.0
 *
 * envelope.h - MAIL and RCPT of one transaction, kept so that they can be sent again
 * if the connection to the next hop is lost.
 */
#ifndef SEAL_GATEWAY_ENVELOPE_H
#define SEAL_GATEWAY_ENVELOPE_H

#include "engine/base/out.h"
#include "engine/base/status.h"
#include "engine/smtp/command.h"

struct seal_envelope {
	uint8_t *ptr;       /* the caller's memory, any alignment */
	size_t cap, len;
	uint32_t num;       /* commands: MAIL is the first    */
};

/* Append a copy of a command. SEAL_E_LIMIT: it does not fit, and nothing was written. */
enum seal_status seal_envelope_add(struct seal_envelope *e, const struct seal_path_command *command);

/* Read the command at offset *at (0 for the first) and move *at after it; its spans lie in
 * the envelope. Returns false after the last. */
bool seal_envelope_next(const struct seal_envelope *e, size_t *at, struct seal_path_command *command);

/* Remove the last command, which begins at offset `at`. */
void seal_envelope_drop(struct seal_envelope *e, size_t at);

#endif
