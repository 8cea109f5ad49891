/* SPDX-License-Identifier: Apache-2.0
 *
 * signer.h - sign a message in memory, in the same way as the gateway, but without a client, a network and a next hop.
 */
#ifndef TOOLS_BASE_SIGNER_H
#define TOOLS_BASE_SIGNER_H

#include "engine/gateway/message.h"

#ifdef __cplusplus
extern "C" {
#endif

struct signer_setup {
	const struct seal_config *config;
	struct seal_key_source keys;
	enum seal_bare_lf bare_lf;
	uint64_t now_s;      /* for t=; 0: no t=                                       */
	uint8_t *work;       /* for header fields; SIGNER_WORK is enough for any header */
	size_t work_cap;
};

#define SIGNER_WORK (SEAL_HEADER_MAX + 8u * SEAL_FIELDS_MAX)

/* The state after signer_sign; everything may be read. */
struct signer {
	struct seal_message message;
};

/* `added` gets the DKIM-Signature fields (SEAL_ADDED_MAX bytes), `clean` the message that must follow them: a copy of
 * `message` with normalized line ends, at most twice as long. Returns SEAL_E_PEER if the message is rejected (see
 * seal_intake_refusal), SEAL_E_KEY or SEAL_E_LIMIT if it could not be signed. Calls a key again that returns
 * SEAL_PENDING. */
enum seal_status signer_sign(struct signer *s, const struct signer_setup *setup, struct seal_span message,
                             struct seal_out *clean, struct seal_out *added);

/* The number, from 1, of the line with the bare CR, bare LF or NUL for which `message` was rejected; else 0. */
uint32_t signer_fault_line(const struct signer *s, struct seal_span message);

#ifdef __cplusplus
}
#endif

#endif
