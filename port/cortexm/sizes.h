/* SPDX-License-Identifier: Apache-2.0
 *
 * sizes.h - how much of everything a board has, unless its board.mk says otherwise. These are
 * the smallest values that make a gateway.
 */
#ifndef PORT_CORTEXM_SIZES_H
#define PORT_CORTEXM_SIZES_H

#ifndef SEAL_SESSIONS
#define SEAL_SESSIONS         2    /* clients at once                              */
#define SEAL_SESSION_WORK     2560 /* octets: header fields to be signed           */
#define SEAL_SESSION_ENVELOPE 1024 /* octets: MAIL and RCPT                        */
#define SEAL_SESSION_ADDED    1536 /* octets: our own fields                       */
#define SEAL_CLIENTS          4    /* client sections                              */
#define SEAL_DOMAINS          8    /* domain sections                              */
#define SEAL_KEY_BITS         2048 /* the longest key                              */
#define SEAL_TLS_CONNECTIONS  1    /* with TLS at once: one for each session and next
                                    * hop, or 1: one next hop after the other          */
#define SEAL_TLS_ARENA        0    /* octets of arena for them; on a board with one
                                    * memory TLS also takes all RAM that is free       */
#define SEAL_SYSLOG_MEMORY    512  /* octets of lines that wait for a log server   */
#define SEAL_CONSOLE_RING     1024 /* octets of lines that wait for the UART       */
#define SEAL_LEARN            0    /* unknown senders that are remembered; 0: none */
#endif

#endif
