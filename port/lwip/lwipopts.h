/* SPDX-License-Identifier: Apache-2.0
 *
 * lwipopts.h - lwIP as mailseal uses it: one context, raw API, IPv4.
 *
 * How much of everything there is comes from a header of sizes. A board names its own header,
 * -DSEAL_LWIP_SIZES='"board/x/lwip_sizes.h"'; sizes_small.h and sizes_host.h show what it must
 * define.
 */
#ifndef PORT_LWIP_LWIPOPTS_H
#define PORT_LWIP_LWIPOPTS_H

#include <stdint.h>

#ifndef SEAL_LWIP_SIZES
#define SEAL_LWIP_SIZES "port/lwip/sizes_host.h"
#endif
#include SEAL_LWIP_SIZES

/* --- one context, no operating system ---------------------------------------------- */

#define NO_SYS                 1
#define SYS_LIGHTWEIGHT_PROT   0
#define LWIP_NETCONN           0
#define LWIP_SOCKET            0
#define LWIP_TIMERS            1
#define MEM_ALIGNMENT          8
#define MEMP_MEM_MALLOC        0
#define MEM_LIBC_MALLOC        0

/* --- IPv4 --------------------------------------------------------------------------- */

#define LWIP_IPV4              1
#define LWIP_IPV6              0
#define LWIP_ARP               1
#define LWIP_ETHERNET          1
#define LWIP_ICMP              1
#define LWIP_RAW               0
#define LWIP_UDP               1
#define LWIP_DHCP              1
#define LWIP_ACD               0
#define LWIP_DHCP_DOES_ACD_CHECK 0
#define LWIP_AUTOIP            0
#define LWIP_IGMP              0
#define LWIP_NETIF_HOSTNAME    1
#define LWIP_NETIF_LOOPBACK    0
#define LWIP_HAVE_LOOPIF       0
#define LWIP_SINGLE_NETIF      1

/* Nothing here sends or needs fragments: TCP respects its MSS, DNS its 512 octets. */
#define IP_REASSEMBLY          0
#define IP_FRAG                0

#define IP_FORWARD             0

/* --- DNS: engine/dns asks; DHCP gives the server ---------------------------------------- */

/* 1 in dhcp.c only (Makefile): with 0 it would not request a name server. */
#ifndef LWIP_DNS
#define LWIP_DNS               0
#endif
#define DNS_MAX_SERVERS        1

/* dhcp.c then calls this. The argument type is struct ip4_addr because IPv6 is off. */
struct ip4_addr;
void seal_net_note_dns_server(uint8_t num, const struct ip4_addr *address);
#define dns_setserver          seal_net_note_dns_server

/* --- TCP -------------------------------------------------------------------------------- */

#define LWIP_TCP               1
#define LWIP_CALLBACK_API      1
#define LWIP_TCP_KEEPALIVE     1
#define TCP_LISTEN_BACKLOG     1
#define TCP_CALCULATE_EFF_SEND_MSS 1
#define LWIP_TCP_TIMESTAMPS    0

/* Sequence numbers by RFC 6528. */
uint32_t seal_net_isn(const struct ip4_addr *local, uint16_t local_port,
                      const struct ip4_addr *remote, uint16_t remote_port);
#define LWIP_HOOK_TCP_ISN(local, local_port, remote, remote_port) \
	seal_net_isn((local), (local_port), (remote), (remote_port))

/* The side that closes first waits, which is us. It must not wait for minutes, because clients come
 * again. The hook lets most of them in at once. */
#define TCP_MSL                5000 /* ms; TIME_WAIT is twice that */
struct pbuf;
int seal_net_ip4_input(const struct pbuf *p);
#define LWIP_HOOK_IP4_INPUT(p, netif) seal_net_ip4_input(p)

/* --- what is left out ---------------------------------------------------------------- */

#define LWIP_STATS             0

#endif
