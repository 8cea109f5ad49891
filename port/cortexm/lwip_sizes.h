/* SPDX-License-Identifier: Apache-2.0
 *
 * lwip_sizes.h - lwIP's pools on a board, derived from the number of its sessions.
 *
 * A session has two connections. The client's fills a window of the pool while the spool or
 * the relay makes it wait; the next hop's carries only replies. The MSS is small because
 * the sum of all windows must fit a MAC's FIFO (some 10 KB): a frame that is dropped there
 * costs a second.
 */
#ifndef PORT_CORTEXM_LWIP_SIZES_H
#define PORT_CORTEXM_LWIP_SIZES_H

#include "port/cortexm/sizes.h"

#define TCP_MSS               536
#define LWIP_WND_SCALE        0
#define TCP_WND               (2 * TCP_MSS)
#define TCP_SND_BUF           (2 * TCP_MSS)
#define TCP_SND_QUEUELEN      8
#define TCP_QUEUE_OOSEQ       0

#define PBUF_POOL_SIZE        (2 * SEAL_SESSIONS + 3)
#define PBUF_POOL_BUFSIZE     600 /* a frame, and some octets for a malformed header to overrun */
#define MEM_SIZE              (512 + 1280 * SEAL_SESSIONS)
#define MEMP_NUM_PBUF         (4 + 2 * SEAL_SESSIONS)
#define MEMP_NUM_TCP_SEG      (8 + 8 * SEAL_SESSIONS)

/* Two for each session, the rest for TIME_WAIT, last octets and handshakes. */
#define MEMP_NUM_TCP_PCB      (3 * SEAL_SESSIONS + 3)
#define MEMP_NUM_TCP_PCB_LISTEN 2
#define TCP_DEFAULT_LISTEN_BACKLOG 4
#define MEMP_NUM_UDP_PCB      4 /* DHCP, DNS, time, log */
#define ARP_QUEUEING          0 /* 0: only the newest packet waits for a reply, the others are repeated */
#define ARP_TABLE_SIZE        6

#endif
