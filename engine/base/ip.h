/* SPDX-License-Identifier: Apache-2.0
 *
 * ip.h - addresses and networks of IPv4 and IPv6 in one form.
 *
 * An address is 16 octets in network byte order; an IPv4 address is ::ffff:a.b.c.d (RFC 4291
 * 2.5.5.2). So a longer prefix is a narrower network in either family. "::" and 0.0.0.0 name no
 * host: they mean no address, or any of ours.
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

/* The address for the IPv4 address `address`, which is in host byte order. */
struct seal_ip seal_ip_v4(uint32_t address);

bool seal_ip_is_v4(const struct seal_ip *ip);

/* Returns an IPv4 address in host byte order; 0 for an IPv6 address. */
uint32_t seal_ip_to_v4(const struct seal_ip *ip);

/* True for "::" and 0.0.0.0. */
bool seal_ip_is_none(const struct seal_ip *ip);

/* True in 127.0.0.0/8, and for ::1. */
bool seal_ip_is_loopback(const struct seal_ip *ip);

bool seal_ip_equal(const struct seal_ip *a, const struct seal_ip *b);

/* Read an address, which must be all of `s`, into *ip; false: it is none. IPv4 is a dotted quad
 * without leading zeros (RFC 1123 2.1), IPv6 any form of RFC 4291 2.2. */
bool seal_ip_read(struct seal_span s, struct seal_ip *ip);
bool seal_ip_read_v4(struct seal_span s, struct seal_ip *ip);

/* "::" must replace at least `gap_min` groups of zeros: 1 in general, 2 in an address literal
 * (RFC 5321 4.1.3). */
bool seal_ip_read_v6(struct seal_span s, unsigned gap_min, struct seal_ip *ip);

/* Append a dotted quad, or the text of RFC 5952; at most SEAL_IP_TEXT_MAX octets. */
void seal_ip_put(struct seal_out *out, const struct seal_ip *ip);

/* Split HOST, HOST:PORT, [IPv6] or [IPv6]:PORT. *host is without brackets; *port begins with its
 * colon, and is empty without one. Returns false if the brackets do not hold an IPv6 address, or
 * something other than a port follows them. */
bool seal_ip_split_port(struct seal_span s, struct seal_span *host, struct seal_span *port);

/* --- networks ------------------------------------------------------------- */

struct seal_network {
	struct seal_ip address;
	uint8_t prefix_len; /* of the 128 bits; for IPv4, 96 more than the written length */
};

/* Read ADDRESS (a network of one) or ADDRESS/LEN, which must be all of `s`; false: it is neither.
 * Bits after the prefix may be set. */
bool seal_network_read(struct seal_span s, struct seal_network *network);

/* Clear the bits after the prefix. Returns false if none was set. */
bool seal_network_trim(struct seal_network *network);

/* Append ADDRESS/LEN; at most SEAL_IP_TEXT_MAX + 4 octets. */
void seal_network_put(struct seal_out *out, const struct seal_network *network);

/* True if `ip` has the network's prefix. */
bool seal_network_has(const struct seal_network *network, const struct seal_ip *ip);

#endif
