/* SPDX-License-Identifier: Apache-2.0
 *
 * sizes_host.h - lwIP's pools on the host: 64 sessions of two connections each.
 *
 * Octets that wait for a slow relay are in pool buffers, so the pool covers the windows of all
 * sessions; connections to the next hop only receive replies.
 */
#ifndef PORT_LWIP_SIZES_HOST_H
#define PORT_LWIP_SIZES_HOST_H

#define TCP_MSS               1460
#define LWIP_WND_SCALE        1
#define TCP_RCV_SCALE         0 /* our own window needs none; a peer's may */
#define TCP_WND               (44 * TCP_MSS)
#define TCP_SND_BUF           (44 * TCP_MSS)
#define TCP_SND_QUEUELEN      (4 * TCP_SND_BUF / TCP_MSS)
#define TCP_QUEUE_OOSEQ       1

#define PBUF_POOL_SIZE        (64 * 48 + 512)
#define PBUF_POOL_BUFSIZE     1600 /* a frame, and some octets for a malformed header to overrun */
#define MEM_SIZE              (10u * 1024u * 1024u)
#define MEMP_NUM_PBUF         1024
#define MEMP_NUM_TCP_SEG      16384

/* Two for each session, the rest for TIME_WAIT, last octets and handshakes. */
#define MEMP_NUM_TCP_PCB      320
#define MEMP_NUM_TCP_PCB_LISTEN 2
#define TCP_DEFAULT_LISTEN_BACKLOG 128
#define MEMP_NUM_UDP_PCB      8
#define ARP_QUEUEING          1
#define ARP_TABLE_SIZE        32

#endif
