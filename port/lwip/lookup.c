/* SPDX-License-Identifier: Apache-2.0 */
#include "port/lwip/lookup.h"

#include <string.h>

#include "engine/base/bounds.h"
#include "engine/base/ip.h"
#include "lwip/dns.h"

/* A question of ours is open. */
static bool busy;

static void
on_found(const char *name, const ip_addr_t *address, void *arg)
{
	struct seal_lookup *l = arg;

	(void)name;
	busy = false;
	l->asking = false;
	l->answered = true;
	l->address = address == NULL ? 0 : lwip_ntohl(ip_addr_get_ip4_u32(address));
}

/* lwIP copies the name. */
static enum seal_lookup_answer
ask(struct seal_lookup *l, struct seal_span name, uint32_t dns_server)
{
	const ip_addr_t server = { lwip_htonl(dns_server) };
	char text[SEAL_DOMAIN_MAX + 1];
	ip_addr_t address;

	if (name.len == 0 || name.len >= sizeof text)
		return SEAL_LOOKUP_NOT_FOUND;
	memcpy(text, name.ptr, name.len);
	text[name.len] = '\0';
	if (dns_server != 0)
		dns_setserver(0, &server);      /* DHCP may have put another one there */
	switch (dns_gethostbyname(text, &address, on_found, l)) {
	case ERR_OK:
		l->address = lwip_ntohl(ip_addr_get_ip4_u32(&address));
		return l->address != 0 ? SEAL_LOOKUP_FOUND : SEAL_LOOKUP_NOT_FOUND;
	case ERR_INPROGRESS:
		busy = true;
		l->asking = true;
		return SEAL_LOOKUP_ASKING;
	default:
		return SEAL_LOOKUP_NOT_FOUND;
	}
}

enum seal_lookup_answer
seal_lookup(struct seal_lookup *l, struct seal_span name, uint32_t dns_server, uint32_t *address)
{
	enum seal_lookup_answer answer = SEAL_LOOKUP_ASKING;
	struct seal_ip literal;

	if (seal_ip_read_v4(name, &literal)) {
		*address = seal_ip_to_v4(&literal);
		return *address != 0 ? SEAL_LOOKUP_FOUND : SEAL_LOOKUP_NOT_FOUND;
	}
	if (l->answered)
		answer = l->address != 0 ? SEAL_LOOKUP_FOUND : SEAL_LOOKUP_NOT_FOUND;
	else if (!busy)
		answer = ask(l, name, dns_server);
	l->answered = false;
	*address = answer == SEAL_LOOKUP_FOUND ? l->address : 0;
	return answer;
}
