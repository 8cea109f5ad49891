/* SPDX-License-Identifier: Apache-2.0
 *
 * cc.h - what lwIP must know about compiler and machine (lwip/arch.h).
 */
#ifndef PORT_LWIP_ARCH_CC_H
#define PORT_LWIP_ARCH_CC_H

#include <limits.h>
#include <stdint.h>
#include <sys/types.h> /* ssize_t */

#ifndef BYTE_ORDER /* some C libraries define it */
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
#define BYTE_ORDER BIG_ENDIAN
#else
#define BYTE_ORDER LITTLE_ENDIAN
#endif
#endif

#define LWIP_NO_INTTYPES_H 1
#define LWIP_NO_UNISTD_H   1
#define LWIP_NO_CTYPE_H    1
#ifndef SSIZE_MAX
#define SSIZE_MAX INT_MAX  /* else lwIP defines its own ssize_t */
#endif

/* DNS ids and ports, DHCP transaction ids, local ports. */
uint32_t seal_net_random(void);
#define LWIP_RAND() seal_net_random()

/* Diagnostics are compiled out (lwipopts.h), so nothing is formatted. */
#define LWIP_PLATFORM_DIAG(x) ((void)0)

/* Only the line number: the texts would take 6 KB of a board's flash. */
void seal_net_assert(unsigned line) __attribute__((noreturn));
#define LWIP_PLATFORM_ASSERT(x) seal_net_assert(__LINE__)

#endif
