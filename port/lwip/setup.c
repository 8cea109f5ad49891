/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "engine/base/ip.h"
#include "engine/base/num.h"
#include "engine/base/sha256.h"
#include "port/lwip/stack.h"

uint32_t
seal_net_v4(struct seal_span text)
{
	struct seal_ip address;

	return seal_ip_read_v4(text, &address) ? seal_ip_to_v4(&address) : 0;
}

void
seal_net_read_config(struct seal_net_setup *setup, const struct seal_config_gateway *config)
{
	const size_t slash = seal_span_find(config->address, '/');
	uint64_t bits = 0;

	setup->address = seal_net_v4(seal_span_first(config->address, slash));
	if (setup->address != 0 && seal_num_u64(seal_span_from(config->address, slash + 1), &bits) && bits > 0)
		setup->mask = UINT32_MAX << (32u - bits);
	setup->router = seal_net_v4(config->router);
	setup->dns_server = seal_net_v4(config->dns_server.host);
	setup->dns_port = config->dns_server.port;
}

void
seal_net_make_mac(uint8_t mac[6], struct seal_span device, struct seal_span label)
{
	uint8_t digest[SEAL_SHA256_LEN];
	struct seal_sha256 hash;

	seal_sha256_init(&hash);
	seal_sha256_update(&hash, device.ptr, device.len);
	seal_sha256_update(&hash, label.ptr, label.len);
	seal_sha256_final(&hash, digest);
	memcpy(mac, digest, 6);
	mac[0] = (uint8_t)((mac[0] & 0xfcu) | 0x02u); /* locally administered, unicast */
}
