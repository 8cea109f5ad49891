/* SPDX-License-Identifier: Apache-2.0
 *
 * bounds.h - every limit of the engine: its value, its source, its effect.
 *
 * Limits size arrays and stop peers; they never add, remove or reorder members
 * of a structure. A limit counts octets unless another unit is given.
 */
#ifndef SEAL_BASE_BOUNDS_H
#define SEAL_BASE_BOUNDS_H

/* --- SMTP, what a client may send (RFC 5321 4.5.3.1) ------------------- */

#define SEAL_LOCAL_PART_MAX       64u   /* 4.5.3.1.1; longer: 501 5.1.7          */
#define SEAL_DOMAIN_MAX          255u   /* 4.5.3.1.2; longer: 501 5.1.7          */
#define SEAL_LABEL_MAX            63u   /* RFC 1035 2.3.4; longer: 501 5.1.7     */
#define SEAL_PATH_MAX            256u   /* 4.5.3.1.3, with < and >; 501 5.1.7    */
#define SEAL_COMMAND_MAX         512u   /* 4.5.3.1.4, with CRLF; 500 5.5.2       */
#define SEAL_COMMAND_EXT_MAX    1024u   /* MAIL and RCPT with the parameters of
                                         * RFC 1870, 6152, 6531, 3461; 500 5.5.2.
                                         * AUTH and its responses (RFC 4954 4 wants
                                         * 12288, which Kerberos needs; passwords do
                                         * not); the password of LOGIN gets the
                                         * space that the user name left;
                                         * 500 5.5.6                             */
#define SEAL_LINE_MAX            998u   /* RFC 5322 2.1.1, without CRLF; longer
                                         * lines are counted, or 550 5.6.0 if
                                         * the client's section refuses them     */
#define SEAL_SIZE_DIGITS_MAX      20u   /* RFC 1870 3; more: 501 5.5.4           */
#define SEAL_ENVID_MAX           100u   /* RFC 3461 4.4; longer: 501 5.5.4       */
#define SEAL_ORCPT_MAX           500u   /* RFC 3461 4.2; longer: 501 5.5.4       */

/* --- SMTP, timeouts (RFC 5321 4.5.3.2), milliseconds -------------------- */

#define SEAL_SERVER_COMMAND_MS   300000u /* 4.5.3.2.7: one whole command line    */
#define SEAL_SERVER_DATA_MS      180000u /* 4.5.3.2.5: next octet of content     */
#define SEAL_SERVER_DATA_MIN_BPS    100u /* octets/s that a sender must reach on
                                          * average after SEAL_SERVER_DATA_MS    */
#define SEAL_SERVER_REPLY_MS     300000u /* a peer that does not read replies    */
#define SEAL_CLIENT_CONNECT_MS    60000u /* no RFC value; lwIP has its own limit */
#define SEAL_CLIENT_GREETING_MS  300000u /* 4.5.3.2.1                            */
#define SEAL_CLIENT_MAIL_MS      300000u /* 4.5.3.2.2; EHLO, STARTTLS, AUTH too  */
#define SEAL_CLIENT_RCPT_MS      300000u /* 4.5.3.2.3                            */
#define SEAL_CLIENT_DATA_MS      120000u /* 4.5.3.2.4: reply to DATA             */
#define SEAL_CLIENT_BLOCK_MS     180000u /* 4.5.3.2.5: progress of content       */
#define SEAL_CLIENT_DOT_MS       540000u /* 4.5.3.2.6 wants 10 minutes; the client
                                          * waits that long for us, so we reply
                                          * one minute earlier                   */
#define SEAL_CLIENT_QUIT_MS        5000u /* the transaction is over: wait little */
#define SEAL_HELLO_WAIT_MS        10000u /* EHLO waits this long for what the
                                          * next hop offers                      */
#define SEAL_LOGIN_AGAIN_MS       60000u /* pause after the next hop refused our
                                          * login                                */

/* --- SMTP, counts per connection --------------------------------------- */

#define SEAL_RCPT_MAX           1000u   /* accepted recipients; 452 4.5.3        */
#define SEAL_ERRORS_MAX           20u   /* 5yz replies of ours; then 421 4.7.0   */
#define SEAL_LOGIN_FAILURES_MAX    3u   /* 535 to AUTH; the next AUTH: 421 4.7.0 */
#define SEAL_IDLE_COMMANDS_MAX   100u   /* NOOP, RSET, VRFY, HELP, EHLO, STARTTLS,
                                         * AUTH between two messages; then 421
                                         * 4.7.0                                 */
#define SEAL_REPLY_LINES_MAX     128u   /* lines of one reply of the next hop    */
#define SEAL_REPLY_TEXT_MAX      512u   /* text of a reply that is passed on     */
#define SEAL_REPLY_LINE_MAX     2048u   /* 4.5.3.1.5 allows 512; longer lines are
                                         * cut, still longer ones are an error   */
#define SEAL_SERVER_OUT_MAX     1024u   /* replies waiting for the client        */
#define SEAL_CLIENT_OUT_MAX     SEAL_COMMAND_EXT_MAX /* one command to the next hop; a
                                         * longer AUTH response is sent in pieces */

/* --- Message ------------------------------------------------------------ */

#define SEAL_FIELD_NAME_MAX       76u   /* a field with a longer name is checked,
                                         * but never signed (h=)                 */
#define SEAL_FIELDS_MAX         1000u   /* header fields; 552 5.3.4              */
#define SEAL_HEADER_MAX       262144u   /* whole header section; 552 5.3.4       */
#define SEAL_RECEIVED_MAX         50u   /* RFC 5321 6.3; more: 554 5.4.6         */
#define SEAL_MESSAGE_ID_MAX      128u   /* kept for the log; longer ones are cut */

/* --- DKIM (RFC 6376, 8301) ---------------------------------------------- */

#define SEAL_KEY_BITS_MIN       1024u   /* RFC 8301 3.2; fewer: refused          */
#define SEAL_KEY_BITS_GOOD      2048u   /* RFC 8301 3.2; fewer: a warning        */
#define SEAL_KEY_BITS_MAX       4096u
#define SEAL_SIGNATURE_MAX      (SEAL_KEY_BITS_MAX / 8u)
#define SEAL_SIGNATURES_MAX        4u   /* signatures that we add to one message */
#define SEAL_SELECTOR_MAX        191u   /* with "._domainkey." and d= in 253     */
#define SEAL_H_NAMES_MAX          64u   /* names in one configured h= list       */
#define SEAL_COLUMN_MAX           78u   /* RFC 5322 2.1.1, our own fields        */

/* --- DNS (RFC 1035, 2308, 6891) ------------------------------------------ */

#define SEAL_DNS_NAME_MAX        255u   /* RFC 1035 2.3.4, as on the wire; longer: malformed */
#define SEAL_DNS_JUMPS_MAX       127u   /* compression pointers of one name; more: malformed */
#define SEAL_DNS_UDP_MAX        1232u   /* size that we announce (RFC 6891 6.2.3): no fragments */
#define SEAL_DNS_TCP_TYPICAL    2048u   /* memory for answers that are truncated over UDP; a
                                         * longer answer is a failure of its server */
#define SEAL_DNS_SERVERS_MAX       3u   /* asked in turn; further ones are not used */
#define SEAL_DNS_ROUNDS            3u   /* questions to each server              */
#define SEAL_DNS_ANSWER_MS      2000u   /* wait in the first round; doubled in each further one */
#define SEAL_DNS_TCP_MS        10000u   /* connection, question and answer       */
#define SEAL_DNS_ALIASES_MAX       8u   /* CNAMEs followed for one question; more: failed */
#define SEAL_DNS_IGNORED_MAX      16u   /* wrong answers to one question; after them it is
                                         * asked over TCP (RFC 5452 9.2)         */
#define SEAL_DNS_TTL_MAX_S    604800u   /* RFC 8767 4: a larger one counts as a week */
#define SEAL_DNS_NEGATIVE_MAX_S 86400u  /* RFC 2308 5: a larger one counts as a day */

/* --- Gateway ------------------------------------------------------------- */

#define SEAL_WORK_TYPICAL       4096u   /* memory for the header fields of h=    */
#define SEAL_ADDED_MAX          4608u   /* fields that we add to one message;
                                         * SIZE is lowered by it                 */
#define SEAL_ENVELOPE_TYPICAL   4096u   /* memory for MAIL and RCPT, to send them
                                         * again: about 100 recipients (4.5.3.1.8) */
#define SEAL_CONFIG_LINE_MAX    1024u   /* one line of configuration text        */
#define SEAL_CONFIG_NETWORKS_MAX   8u   /* networks of one client section        */
#define SEAL_CONFIG_PINS_MAX       4u   /* pinned keys of the next hop           */
#define SEAL_CONFIG_SECRET_MAX  8192u   /* secret for the next hop: tokens are long */

#endif
