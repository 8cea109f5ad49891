/* SPDX-License-Identifier: Apache-2.0
 *
 * spool.h - the message between the client's last octet and the next hop's first.
 *
 *	open -> append ... -> rewind -> read ... -> close
 *
 * Scratch, never a queue: nothing outlives its transaction. One implementation per
 * kind of memory, in port/ and tests/; what removable media get is unreadable
 * without a key made at boot. Calls come from one context and do not block for longer
 * than one block of the medium.
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

	/* Octets that append takes now without waiting; 0: ask again later. Never 0 because
	 * the spool is full: then it is 1, and append says so. */
	size_t (*room)(struct seal_spool *spool, uint32_t slot);

	/* Append all of `len` octets: at most what room said, or 2 where it said 1 (one octet that
	 * became CRLF). SEAL_E_LIMIT: full; SEAL_E_SPOOL: failed: after either the content is
	 * of no use. */
	enum seal_status (*append)(struct seal_spool *spool, uint32_t slot,
	                           const uint8_t *data, size_t len);

	/* All is written: read from the first octet on. May be called again. SEAL_PENDING: ask
	 * again later. */
	enum seal_status (*rewind)(struct seal_spool *spool, uint32_t slot);

	/* The next piece, of any size, valid until the next call for this slot; empty at the
	 * end. SEAL_PENDING as above. */
	enum seal_status (*read)(struct seal_spool *spool, uint32_t slot, struct seal_span *piece);

	/* Give the slot back; its content is gone. */
	void (*close)(struct seal_spool *spool, uint32_t slot);

	/* The largest message that fits an empty spool: what EHLO's SIZE starts from. */
	uint64_t (*capacity)(struct seal_spool *spool);
};

/* First member of every implementation's own structure. */
struct seal_spool {
	const struct seal_spool_ops *ops;
};

#endif
