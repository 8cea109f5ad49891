/* SPDX-License-Identifier: Apache-2.0
 *
 * signer.h - sign a message that is held in memory: the gateway's message, without a client,
 * a network or a next hop.
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
	uint64_t now_s;      /* t=; 0 leaves it out                                    */
	uint8_t *work;       /* held header fields; SIGNER_WORK holds any header       */
	size_t work_cap;
};

#define SIGNER_WORK (SEAL_HEADER_MAX + 8u * SEAL_FIELDS_MAX)

/* What became of a message; everything may be read after signer_sign. */
struct signer {
	struct seal_message message;
};

/* `added` gets the DKIM-Signature fields (SEAL_ADDED_MAX), `clean` the message as it is to
 * follow them: `message` itself but for line ends that were normalized, at most twice as
 * long. SEAL_E_PEER: refused, seal_intake_refusal says why. SEAL_E_KEY, SEAL_E_LIMIT: no
 * signature could be made. Waits for a key that answers SEAL_PENDING. */
enum seal_status signer_sign(struct signer *s, const struct signer_setup *setup, struct seal_span message,
                             struct seal_out *clean, struct seal_out *added);

/* The line, from 1, of a bare CR, bare LF or NUL that `message` was refused for; else 0. */
uint32_t signer_fault_line(const struct signer *s, struct seal_span message);

#ifdef __cplusplus
}
#endif

#endif
