/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/base/ip.h"

#include <string.h>

#include "engine/base/ascii.h"
#include "engine/base/num.h"

#define GROUPS     8u
#define GROUP_LEN  2u   /* octets      */
#define DIGITS_MAX 4u   /* of a group  */
#define V4_AT      12u  /* the octets of an IPv4 address */
#define V4_LEN     4u
#define V4_PREFIX  96u  /* bits before it           */
#define NO_GAP     (SEAL_IP_LEN + 1u)

static const uint8_t v4_prefix[V4_AT] = { [10] = 0xff, [11] = 0xff };

struct seal_ip
seal_ip_v4(uint32_t address)
{
	struct seal_ip ip;

	memcpy(ip.octets, v4_prefix, V4_AT);
	for (unsigned i = 0; i < V4_LEN; i++)
		ip.octets[V4_AT + i] = (uint8_t)(address >> (24u - 8u * i));
	return ip;
}

bool
seal_ip_is_v4(const struct seal_ip *ip)
{
	return memcmp(ip->octets, v4_prefix, V4_AT) == 0;
}

uint32_t
seal_ip_to_v4(const struct seal_ip *ip)
{
	uint32_t address = 0;

	if (!seal_ip_is_v4(ip))
		return 0;
	for (size_t i = V4_AT; i < SEAL_IP_LEN; i++)
		address = address << 8 | ip->octets[i];
	return address;
}

bool
seal_ip_is_none(const struct seal_ip *ip)
{
	static const struct seal_ip none;

	return seal_ip_equal(ip, &none) || (seal_ip_is_v4(ip) && seal_ip_to_v4(ip) == 0);
}

bool
seal_ip_is_loopback(const struct seal_ip *ip)
{
	static const struct seal_ip loopback = { { [SEAL_IP_LEN - 1u] = 1 } };

	return seal_ip_equal(ip, &loopback) || seal_ip_to_v4(ip) >> 24 == 127u;
}

bool
seal_ip_equal(const struct seal_ip *a, const struct seal_ip *b)
{
	return memcmp(a->octets, b->octets, SEAL_IP_LEN) == 0;
}

/* --- reading -------------------------------------------------------------- */

bool
seal_ip_read_v4(struct seal_span s, struct seal_ip *ip)
{
	uint32_t address = 0;

	for (unsigned part = 0; part < V4_LEN; part++) {
		const struct seal_span digits = seal_span_first(s, seal_span_find(s, '.'));
		uint64_t value = 0;

		if (!seal_num_u64(digits, &value) || value > 255u)
			return false;
		if (digits.len > 1 && digits.ptr[0] == '0')
			return false;
		if ((part < V4_LEN - 1u) != (digits.len < s.len))
			return false;
		address = address << 8 | (uint32_t)value;
		s = seal_span_from(s, digits.len + 1);
	}
	*ip = seal_ip_v4(address);
	return true;
}

/* One to four hexadecimal digits. */
static bool
read_group(struct seal_span s, uint8_t octets[GROUP_LEN])
{
	unsigned value = 0;

	if (s.len == 0 || s.len > DIGITS_MAX)
		return false;
	for (size_t i = 0; i < s.len; i++) {
		const uint8_t c = seal_lower(s.ptr[i]);

		if (!seal_is_digit(c) && (c < 'a' || c > 'f'))
			return false;
		value = value << 4 | (unsigned)(c - (seal_is_digit(c) ? '0' : 'a' - 10));
	}
	octets[0] = (uint8_t)(value >> 8);
	octets[1] = (uint8_t)value;
	return true;
}

/* Read the text between two colons, or an IPv4 address at the end, into ip->octets[at]...
 * Returns the number of octets; 0: neither of them, or no room. */
static size_t
read_piece(struct seal_span piece, bool at_end, struct seal_ip *ip, size_t at)
{
	struct seal_ip v4;

	if (at_end && at <= V4_AT && seal_ip_read_v4(piece, &v4)) {
		memcpy(ip->octets + at, v4.octets + V4_AT, V4_LEN);
		return V4_LEN;
	}
	return at < SEAL_IP_LEN && read_group(piece, ip->octets + at) ? GROUP_LEN : 0;
}

/* Move the octets from `gap` to `len` to the end and fill the gap with zeros. */
static void
open_gap(struct seal_ip *ip, size_t gap, size_t len)
{
	const size_t zeros = SEAL_IP_LEN - len;

	memmove(ip->octets + gap + zeros, ip->octets + gap, len - gap);
	memset(ip->octets + gap, 0, zeros);
}

bool
seal_ip_read_v6(struct seal_span s, unsigned gap_min, struct seal_ip *ip)
{
	const bool begins_with_gap = seal_span_starts_nocase(s, SEAL_SPAN("::"));
	size_t gap = begins_with_gap ? 0 : NO_GAP;
	size_t len = 0;

	s = seal_span_from(s, begins_with_gap ? 2 : 0);
	while (s.len > 0) {
		const struct seal_span piece = seal_span_first(s, seal_span_find(s, ':'));
		const size_t piece_len = read_piece(piece, piece.len == s.len, ip, len);

		if (piece_len == 0)
			return false;
		len += piece_len;
		if (piece.len == s.len)
			break;
		s = seal_span_from(s, piece.len + 1);
		if (s.len == 0 || (s.ptr[0] == ':' && gap != NO_GAP))
			return false;
		if (s.ptr[0] == ':') {
			gap = len;
			s = seal_span_from(s, 1);
		}
	}
	if (gap == NO_GAP)
		return len == SEAL_IP_LEN;
	if (SEAL_IP_LEN - len < gap_min * GROUP_LEN)
		return false;
	open_gap(ip, gap, len);
	return true;
}

bool
seal_ip_read(struct seal_span s, struct seal_ip *ip)
{
	return seal_ip_read_v4(s, ip) || seal_ip_read_v6(s, 1, ip);
}

bool
seal_ip_split_port(struct seal_span s, struct seal_span *host, struct seal_span *port)
{
	const size_t end = seal_span_find(s, ']');
	struct seal_ip ip;

	if (s.len == 0 || s.ptr[0] != '[') {
		*host = seal_span_first(s, seal_span_find(s, ':'));
		*port = seal_span_from(s, host->len);
		return true;
	}
	*host = seal_span_from(seal_span_first(s, end), 1);
	*port = seal_span_from(s, end + 1);
	return end < s.len && seal_ip_read_v6(*host, 1, &ip) && (port->len == 0 || port->ptr[0] == ':');
}

/* --- writing -------------------------------------------------------------- */

static void
put_v4(struct seal_out *out, const struct seal_ip *ip)
{
	for (size_t i = V4_AT; i < SEAL_IP_LEN; i++) {
		if (i > V4_AT)
			seal_out_octet(out, '.');
		seal_out_u64(out, ip->octets[i]);
	}
}

static unsigned
group(const struct seal_ip *ip, size_t index)
{
	return (unsigned)ip->octets[2 * index] << 8 | ip->octets[2 * index + 1];
}

static void
put_group(struct seal_out *out, unsigned value)
{
	bool begun = false;

	for (unsigned shift = 16; shift > 0;) {
		shift -= 4;
		begun = begun || value >> shift != 0 || shift == 0;
		if (begun)
			seal_out_octet(out, (uint8_t)"0123456789abcdef"[value >> shift & 0xfu]);
	}
}

static size_t
num_zeros(const struct seal_ip *ip, size_t from)
{
	size_t num = 0;

	while (from + num < GROUPS && group(ip, from + num) == 0)
		num++;
	return num;
}

/* RFC 5952 4.2.2, 4.2.3: "::" replaces the longest run of at least two zero groups, the first of
 * equal ones. Returns its length; 0: no such run exists. */
static size_t
longest_run(const struct seal_ip *ip, size_t *at)
{
	size_t longest = 1;

	for (size_t i = 0; i < GROUPS; i++) {
		const size_t num = num_zeros(ip, i);

		if (num > longest) {
			longest = num;
			*at = i;
		}
	}
	return longest > 1 ? longest : 0;
}

void
seal_ip_put(struct seal_out *out, const struct seal_ip *ip)
{
	size_t run_at = GROUPS;
	const size_t run = longest_run(ip, &run_at);

	if (seal_ip_is_v4(ip)) {
		put_v4(out, ip);
		return;
	}
	for (size_t i = 0; i < GROUPS;) {
		if (i == run_at) {
			seal_out_text(out, "::");
			i += run;
			continue;
		}
		if (i > 0 && i != run_at + run)
			seal_out_octet(out, ':');
		put_group(out, group(ip, i));
		i++;
	}
}

/* --- networks ------------------------------------------------------------- */

bool
seal_network_read(struct seal_span s, struct seal_network *network)
{
	const size_t slash = seal_span_find(s, '/');
	const unsigned max = seal_ip_read_v4(seal_span_first(s, slash), &network->address) ? 32 : 128;
	uint64_t len = max;

	if (max == 128 && !seal_ip_read_v6(seal_span_first(s, slash), 1, &network->address))
		return false;
	if (slash < s.len && (!seal_num_u64(seal_span_from(s, slash + 1), &len) || len > max))
		return false;
	network->prefix_len = (uint8_t)(128u - max + len);
	return true;
}

/* The bits of octet `i` that belong to a prefix of `len` bits. */
static unsigned
prefix_bits(unsigned len, unsigned i)
{
	const unsigned bits = len > 8u * i ? len - 8u * i : 0;

	return bits >= 8u ? 0xffu : 0xff00u >> bits & 0xffu;
}

bool
seal_network_trim(struct seal_network *network)
{
	bool found = false;

	for (unsigned i = 0; i < SEAL_IP_LEN; i++) {
		const uint8_t kept = (uint8_t)(network->address.octets[i] & prefix_bits(network->prefix_len, i));

		found = found || kept != network->address.octets[i];
		network->address.octets[i] = kept;
	}
	return found;
}

void
seal_network_put(struct seal_out *out, const struct seal_network *network)
{
	const bool is_v4 = seal_ip_is_v4(&network->address) && network->prefix_len >= V4_PREFIX;

	seal_ip_put(out, &network->address);
	seal_out_octet(out, '/');
	seal_out_u64(out, is_v4 ? network->prefix_len - V4_PREFIX : network->prefix_len);
}

bool
seal_network_has(const struct seal_network *network, const struct seal_ip *ip)
{
	for (unsigned i = 0; i < SEAL_IP_LEN; i++) {
		if (((network->address.octets[i] ^ ip->octets[i]) & prefix_bits(network->prefix_len, i)) != 0)
			return false;
	}
	return true;
}
