/* SPDX-License-Identifier: Apache-2.0
 *
 * ip.h - addresses and networks of IPv4 and IPv6 in one form.
 *
 * An address is 16 octets in network byte order; an IPv4 address is ::ffff:a.b.c.d (RFC 4291
 * 2.5.5.2). So a longer prefix is a narrower network, whichever family it is of. "::" and
 * 0.0.0.0 name no host: they stand for no address, or for any of ours.
 */
#ifndef SEAL_BASE_IP_H
#define SEAL_BASE_IP_H

#include "engine/base/out.h"
#include "engine/base/span.h"

#define SEAL_IP_LEN      16u
#define SEAL_IP_TEXT_MAX 39u /* octets of an address as text: eight groups of four digits */

struct seal_ip {
	uint8_t octets[SEAL_IP_LEN];
};

/* The IPv4 address `address`, host byte order. */
struct seal_ip seal_ip_v4(uint32_t address);

bool seal_ip_is_v4(const struct seal_ip *ip);

/* An IPv4 address in host byte order; 0 for an IPv6 address. */
uint32_t seal_ip_to_v4(const struct seal_ip *ip);

/* "::" or 0.0.0.0. */
bool seal_ip_is_none(const struct seal_ip *ip);

/* In 127.0.0.0/8, or ::1. */
bool seal_ip_is_loopback(const struct seal_ip *ip);

bool seal_ip_equal(const struct seal_ip *a, const struct seal_ip *b);

/* The whole of `s` is an address: true, and *ip is set. IPv4 is a dotted quad without leading
 * zeros (RFC 1123 2.1), IPv6 is what RFC 4291 2.2 allows. */
bool seal_ip_read(struct seal_span s, struct seal_ip *ip);
bool seal_ip_read_v4(struct seal_span s, struct seal_ip *ip);

/* "::" stands for `gap_min` groups of zeros at least: 1 in general, 2 in an address literal
 * (RFC 5321 4.1.3). */
bool seal_ip_read_v6(struct seal_span s, unsigned gap_min, struct seal_ip *ip);

/* A dotted quad, or the text of RFC 5952; SEAL_IP_TEXT_MAX octets at most. */
void seal_ip_put(struct seal_out *out, const struct seal_ip *ip);

/* HOST, HOST:PORT, [IPv6] or [IPv6]:PORT: *host is without brackets, *port begins with its
 * colon and is empty when there is none. False: the brackets do not hold an IPv6 address, or
 * something else follows them. */
bool seal_ip_split_port(struct seal_span s, struct seal_span *host, struct seal_span *port);

/* --- networks ------------------------------------------------------------- */

struct seal_network {
	struct seal_ip address;
	uint8_t prefix_len; /* of the 128 bits: 96 more than an IPv4 network is written with */
};

/* ADDRESS, which is a network of one, or ADDRESS/LEN. Bits after the prefix may be set. */
bool seal_network_read(struct seal_span s, struct seal_network *network);

/* Clear the bits after the prefix; false: none was set. */
bool seal_network_trim(struct seal_network *network);

/* ADDRESS/LEN; SEAL_IP_TEXT_MAX + 4 octets at most. */
void seal_network_put(struct seal_out *out, const struct seal_network *network);

/* `ip` has the network's prefix. */
bool seal_network_has(const struct seal_network *network, const struct seal_ip *ip);

#endif
