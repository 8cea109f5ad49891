/* SPDX-License-Identifier: Apache-2.0
 *
 * arena.h - the one piece of memory that Mbed TLS works in.
 *
 * First fit in address order, headers of two words, neighbours joined when freed. Free memory is
 * zero: no octet of a key outlives its block. Mbed TLS has one allocator for all threads, so
 * there is one arena; the port provides its lock.
 */
#ifndef PORT_MBEDTLS_ARENA_H
#define PORT_MBEDTLS_ARENA_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Held while some dozens of blocks are searched. NULL functions: one context only. */
struct seal_arena_lock {
	void (*lock)(void *ctx);
	void (*unlock)(void *ctx);
	void *ctx;
};

/* Lend `memory`, of any alignment, until the next init. Clears it, with the counters. Before it,
 * every allocation fails. */
void seal_arena_init(uint8_t *memory, size_t len, struct seal_arena_lock lock);

/* Octets, headers and padding included. */
struct seal_arena_use {
	size_t len;       /* the size of the arena                                 */
	size_t used;      /* now; 0 when everything is released                    */
	size_t blocks;    /* now                                                   */
	size_t peak;      /* most ever in use                                      */
	size_t extent;    /* the highest octet ever in use: for the same calls, an arena of
	                   * this length would have been enough, a shorter one not */
	size_t refusals;  /* allocations that did not fit                          */
};

struct seal_arena_use seal_arena_use(void);

/* For Mbed TLS (mbedtls_config.h); semantics of calloc and free. */
void *seal_arena_calloc(size_t count, size_t size);
void seal_arena_free(void *ptr);

#ifdef __cplusplus
}
#endif

#endif
