/* SPDX-License-Identifier: Apache-2.0
 *
 * lwipopts.h - lwIP as mailseal uses it: one context, raw API, IPv4.
 *
 * How much of everything there is comes from a header of sizes. A board names its own,
 * -DSEAL_LWIP_SIZES='"board/x/lwip_sizes.h"'; sizes_small.h and sizes_host.h say what
 * it defines.
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

/* lwIP's count misses SNTP; the other one is for a second user of sys_timeout. */
#define MEMP_NUM_SYS_TIMEOUT   (LWIP_NUM_SYS_TIMEOUT_INTERNAL + 2)

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

/* Nothing here sends or needs fragments: TCP keeps to its MSS, DNS to 512 octets. */
#define IP_REASSEMBLY          0
#define IP_FRAG                0

#define IP_FORWARD             0

/* --- DNS: the next hop's address ------------------------------------------------------ */

#define LWIP_DNS               1
#define DNS_MAX_NAME_LENGTH    256
#define DNS_TABLE_SIZE         2
#define DNS_MAX_SERVERS        1
/* Random id and port (RFC 5452), and one question at a time for one name. */
#define LWIP_DNS_SECURE        (LWIP_DNS_SECURE_RAND_XID | LWIP_DNS_SECURE_RAND_SRC_PORT | \
                                LWIP_DNS_SECURE_NO_MULTIPLE_OUTSTANDING)

/* --- SNTP ------------------------------------------------------------------------------ */

#define SNTP_SERVER_DNS        1

/* --- TCP -------------------------------------------------------------------------------- */

#define LWIP_TCP               1
#define LWIP_CALLBACK_API      1
#define LWIP_TCP_KEEPALIVE     1
#define TCP_LISTEN_BACKLOG     1
#define TCP_CALCULATE_EFF_SEND_MSS 1
#define LWIP_TCP_TIMESTAMPS    0

/* Sequence numbers by RFC 6528. The argument type is struct ip4_addr, IPv6 being off. */
struct ip4_addr;
uint32_t seal_net_isn(const struct ip4_addr *local, uint16_t local_port,
                      const struct ip4_addr *remote, uint16_t remote_port);
#define LWIP_HOOK_TCP_ISN(local, local_port, remote, remote_port) \
	seal_net_isn((local), (local_port), (remote), (remote_port))

/* Who closes first waits, which is us: not for minutes, for clients come again. The hook
 * lets most in at once. */
#define TCP_MSL                5000 /* ms; TIME_WAIT is twice that */
struct pbuf;
int seal_net_ip4_input(const struct pbuf *p);
#define LWIP_HOOK_IP4_INPUT(p, netif) seal_net_ip4_input(p)

/* --- what is left out ---------------------------------------------------------------- */

#define LWIP_STATS             0

#endif
