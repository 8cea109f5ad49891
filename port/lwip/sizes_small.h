/* SPDX-License-Identifier: Apache-2.0
 *
 * sizes_small.h - lwIP's pools for 64 KB of RAM: 4 sessions of two connections each.
 *
 * A board with more memory, or a MAC with a small FIFO, defines the same names in its own header.
 * They must fit together: TCP_WND times the number of connections that may be held is at most
 * PBUF_POOL_SIZE buffers, and MEMP_NUM_TCP_SEG is at least TCP_SND_QUEUELEN.
 */
#ifndef PORT_LWIP_SIZES_SMALL_H
#define PORT_LWIP_SIZES_SMALL_H

#define TCP_MSS               536
#define LWIP_WND_SCALE        0
#define TCP_WND               (2 * TCP_MSS)
#define TCP_SND_BUF           (2 * TCP_MSS)
#define TCP_SND_QUEUELEN      8
#define TCP_QUEUE_OOSEQ       0

#define PBUF_POOL_SIZE        10
#define PBUF_POOL_BUFSIZE     600 /* a frame, and some octets for a malformed header to overrun */
#define MEM_SIZE              4096
#define MEMP_NUM_PBUF         8
#define MEMP_NUM_TCP_SEG      24

#define MEMP_NUM_TCP_PCB      12
#define MEMP_NUM_TCP_PCB_LISTEN 2
#define TCP_DEFAULT_LISTEN_BACKLOG 4
#define MEMP_NUM_UDP_PCB      4 /* DHCP, DNS, time, log */
#define ARP_QUEUEING          0 /* 0: only the newest packet waits for a reply, the others are repeated */
#define ARP_TABLE_SIZE        6

#endif
