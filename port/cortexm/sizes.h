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

#ifndef SEAL_SESSION_WORK
#error "board.mk sets SEAL_SESSIONS, but not SEAL_SESSION_WORK"
#endif
#ifndef SEAL_SESSION_ENVELOPE
#error "board.mk sets SEAL_SESSIONS, but not SEAL_SESSION_ENVELOPE"
#endif
#ifndef SEAL_SESSION_ADDED
#error "board.mk sets SEAL_SESSIONS, but not SEAL_SESSION_ADDED"
#endif
#ifndef SEAL_CLIENTS
#error "board.mk sets SEAL_SESSIONS, but not SEAL_CLIENTS"
#endif
#ifndef SEAL_DOMAINS
#error "board.mk sets SEAL_SESSIONS, but not SEAL_DOMAINS"
#endif
#ifndef SEAL_KEY_BITS
#error "board.mk sets SEAL_SESSIONS, but not SEAL_KEY_BITS"
#endif
#ifndef SEAL_TLS_CONNECTIONS
#error "board.mk sets SEAL_SESSIONS, but not SEAL_TLS_CONNECTIONS"
#endif
#ifndef SEAL_TLS_ARENA
#error "board.mk sets SEAL_SESSIONS, but not SEAL_TLS_ARENA"
#endif
#ifndef SEAL_SYSLOG_MEMORY
#error "board.mk sets SEAL_SESSIONS, but not SEAL_SYSLOG_MEMORY"
#endif
#ifndef SEAL_CONSOLE_RING
#error "board.mk sets SEAL_SESSIONS, but not SEAL_CONSOLE_RING"
#endif
#ifndef SEAL_LEARN
#error "board.mk sets SEAL_SESSIONS, but not SEAL_LEARN"
#endif

#endif
