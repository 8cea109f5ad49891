/* SPDX-License-Identifier: Apache-2.0
 *
 * storage.h - where messages are spooled, and where starts are counted.
 *
 *	start -> count -> key -> poll ...
 */
#ifndef PORT_CORTEXM_STORAGE_H
#define PORT_CORTEXM_STORAGE_H

#include "engine/gateway/spool.h"

/* A message that spools on a medium is encrypted with a key that key() makes, of random
 * octets; before it, messages are not to be taken. Once. */
struct seal_spool *seal_storage_start(void);
void seal_storage_key(void);

/* Count this start on the medium, waiting for it some seconds: from thread mode, before the
 * network runs. 0: there is no medium, or it failed. */
uint32_t seal_storage_count(void);

/* Once per tick. */
void seal_storage_poll(uint64_t now_ms);

/* The medium answers; true on a board without one. */
bool seal_storage_ready(void);

#endif
