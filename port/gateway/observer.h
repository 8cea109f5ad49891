/* SPDX-License-Identifier: Apache-2.0
 *
 * observer.h - asks (ask.h) for the records that engine/gateway/keyring.h wants, and logs its
 * events.
 *
 *	start -> run ...
 *
 * After seal_net_start, in the network context; nothing waits. Only a gateway with
 * activation = dns somewhere has one.
 */
#ifndef PORT_GATEWAY_OBSERVER_H
#define PORT_GATEWAY_OBSERVER_H

#include "engine/gateway/keyring.h"
#include "port/gateway/ask.h"

/* For one answer, and for the text of one record. Small is enough for keys of up to 2048 bits, and
 * for answers that would fit a datagram; longer ones fail. */
#define SEAL_OBSERVER_MEMORY       (SEAL_DNS_TCP_TYPICAL + SEAL_KEYRING_TEXT_TYPICAL)
#define SEAL_OBSERVER_MEMORY_SMALL (SEAL_DNS_UDP_MAX + 640u)

/* Opaque; it never moves. */
struct seal_observer {
	struct seal_keyring *keyring;
	struct seal_ask *ask;
	struct seal_ask_question question;
	size_t index;               /* of the section whose record is asked for */
	bool asking;
	uint8_t *text;              /* of a name, of a record, of a line of the log */
	size_t text_cap;
};

/* `keyring` has its keys; it, `ask` and `memory` are lent for good. */
void seal_observer_start(struct seal_observer *o, struct seal_keyring *keyring, struct seal_ask *ask,
                         uint8_t *memory, size_t memory_cap);

/* Call after every batch of frames and before seal_ask_run, and no later than the returned number
 * of milliseconds. */
uint32_t seal_observer_run(struct seal_observer *o);

#endif
