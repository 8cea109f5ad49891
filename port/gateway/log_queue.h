/* SPDX-License-Identifier: Apache-2.0
 *
 * log_queue.h - lines on their way to a log server, and how one is written (RFC 5424).
 *
 *	init -> { put ... first -> header -> drop }...
 *
 * A ring in memory that the port lends. A line that does not fit is lost and counted; the count
 * goes out with the next line. No I/O: syslog.h sends.
 */
#ifndef PORT_GATEWAY_LOG_QUEUE_H
#define PORT_GATEWAY_LOG_QUEUE_H

#include "engine/base/out.h"

/* RFC 5424 6.2.1; it follows from a line's verdict. The facility is mail, 2. */
enum seal_log_severity {
	SEAL_LOG_ALERT = 1,     /* alarm=yes                  */
	SEAL_LOG_WARNING = 4,   /* verdict=deferred, in-doubt */
	SEAL_LOG_NOTICE = 5,    /* verdict=refused            */
	SEAL_LOG_INFO = 6       /* everything else            */
};

/* The severity of a line that log.h wrote. Only what comes before the first quoted value counts,
 * so text from a peer cannot raise an alarm. */
enum seal_log_severity seal_log_severity_of(struct seal_span line);

/* Opaque except for num_lost. */
struct seal_log_queue {
	uint8_t *memory;
	size_t cap;
	size_t at;              /* the oldest line                            */
	size_t len;             /* octets in use                              */
	uint32_t num_lost;      /* since the last call of seal_log_queue_drop */
};

/* Octets of memory that a line costs beyond its own. */
#define SEAL_LOG_QUEUE_COST 11u

/* `memory` is lent for good. */
void seal_log_queue_init(struct seal_log_queue *q, uint8_t *memory, size_t cap);

/* Copies `line`. now_s: seconds since 1970 UTC, 0: not known. False: lost, and counted. */
bool seal_log_queue_put(struct seal_log_queue *q, struct seal_span line, uint64_t now_s);

struct seal_log_entry {
	struct seal_span pieces[2];     /* in the ring, the second may be empty; until _drop */
	uint64_t now_s;
	enum seal_log_severity severity;
	uint32_t num_lost;              /* some of them were older than this line        */
};

/* Get the oldest line; false: the queue is empty. */
bool seal_log_queue_first(const struct seal_log_queue *q, struct seal_log_entry *entry);

/* That line was sent, with the count of lost lines that _first returned. */
void seal_log_queue_drop(struct seal_log_queue *q);

/* The beginning of a message, before the pieces (RFC 5424 6): "<22>1 TIME HOST mailseal - - - "
 * and, if lines were lost, "lost-lines=N ". */
#define SEAL_LOG_HEADER_MAX(hostname_len) ((hostname_len) + 80u)
void seal_log_header(struct seal_out *out, const struct seal_log_entry *entry, struct seal_span hostname);

#endif
