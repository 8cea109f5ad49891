/* SPDX-License-Identifier: Apache-2.0
 *
 * spool.h - the message between the client's last octet and the next hop's first.
 *
 *	open -> append ... -> rewind -> read ... -> close
 *
 * It is scratch memory, never a queue: nothing outlives its transaction. Each kind of
 * memory has an implementation, in port/ and tests/; on removable media the content is
 * encrypted with a key made at boot. Calls come from one context and block at most for
 * one block of the medium.
 */
#ifndef SEAL_GATEWAY_SPOOL_H
#define SEAL_GATEWAY_SPOOL_H

#include "engine/base/span.h"
#include "engine/base/status.h"

struct seal_spool;

struct seal_spool_ops {
	/* Take a slot for a message of about `size` octets (0: unknown). SEAL_E_LIMIT: no
	 * slot or no room; SEAL_E_SPOOL: the medium failed. */
	enum seal_status (*open)(struct seal_spool *spool, uint64_t size, uint32_t *slot);

	/* Returns how many octets append takes now without waiting; 0: call again later. If the
	 * spool is full it returns 1, not 0, and append returns SEAL_E_LIMIT. */
	size_t (*room)(struct seal_spool *spool, uint32_t slot);

	/* Append all of `len` octets: at most as many as room returned, or 2 if it returned 1 (one
	 * octet that became CRLF). SEAL_E_LIMIT: full. SEAL_E_SPOOL: the medium failed. After
	 * either the content is no longer usable. */
	enum seal_status (*append)(struct seal_spool *spool, uint32_t slot,
	                           const uint8_t *data, size_t len);

	/* Everything is written: read from the first octet on. It may be called repeatedly.
	 * SEAL_PENDING: call again later. */
	enum seal_status (*rewind)(struct seal_spool *spool, uint32_t slot);

	/* The next piece, of any size, valid until the next call for this slot; empty at the
	 * end. SEAL_PENDING as above. */
	enum seal_status (*read)(struct seal_spool *spool, uint32_t slot, struct seal_span *piece);

	/* Give the slot back; its content is lost. */
	void (*close)(struct seal_spool *spool, uint32_t slot);

	/* The largest message, in octets, that fits an empty spool: a limit of EHLO's SIZE. */
	uint64_t (*capacity)(struct seal_spool *spool);
};

/* First member of every implementation's own structure. */
struct seal_spool {
	const struct seal_spool_ops *ops;
};

#endif
