/* SPDX-License-Identifier: Apache-2.0
 *
 * envelope.h - MAIL and RCPT of one transaction, kept so that they can be said again
 * to a next hop that went away in between.
 */
#ifndef SEAL_GATEWAY_ENVELOPE_H
#define SEAL_GATEWAY_ENVELOPE_H

#include "engine/base/out.h"
#include "engine/base/status.h"
#include "engine/smtp/command.h"

struct seal_envelope {
	uint8_t *ptr;       /* caller's memory, any alignment */
	size_t cap, len;
	uint32_t num;       /* commands: MAIL is the first    */
};

/* Copy a command in behind the others. SEAL_E_LIMIT: it does not fit. */
enum seal_status seal_envelope_add(struct seal_envelope *e, const struct seal_path_command *command);

/* The command at offset *at (0 for the first), and *at moved behind it; its spans lie in
 * the envelope. False after the last. */
bool seal_envelope_next(const struct seal_envelope *e, size_t *at, struct seal_path_command *command);

/* Take the last command out again; it began at offset `at`. */
void seal_envelope_drop(struct seal_envelope *e, size_t at);

#endif
