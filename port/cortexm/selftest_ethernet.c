/* SPDX-License-Identifier: Apache-2.0 */
#include "port/cortexm/selftest.h"

#include <string.h>

#include "port/cortexm/board.h"
#include "port/cortexm/clock.h"
#include "port/cortexm/registers.h"

#define LINK_MS  5000u
#define FRAME_MS 5000u
#define ASK_MS   1000u

/* DHCPDISCOVER (RFC 2131), broadcast in both directions: 300 bytes within UDP, IP and Ethernet. */
#define IP       14u
#define UDP      (IP + 20u)
#define DHCP     (UDP + 8u)
#define DHCP_LEN 300u
#define OPTIONS  (DHCP + 236u)
#define QUESTION (DHCP + DHCP_LEN)

/* Locally administered; for a controller without an address. */
static const uint8_t test_mac[6] = { 0x02, 0x73, 0x65, 0x61, 0x6c, 0x00 };

static struct seal_eth *eth;
static volatile bool interrupted;

bool
seal_selftest_ethernet_interrupt(uint32_t irq)
{
	if (eth == NULL || irq != seal_board.eth_irq)
		return false;
	eth->ops->quiet(eth);
	interrupted = true;
	return true;
}

static void
selftest_put_16(uint8_t *at, uint32_t value)
{
	at[0] = (uint8_t)(value >> 8);
	at[1] = (uint8_t)value;
}

static void
put_ip_checksum(uint8_t *ip)
{
	uint32_t sum = 0;

	for (unsigned i = 0; i < 20u; i += 2u)
		sum += (uint32_t)ip[i] << 8 | ip[i + 1u];
	sum = (sum & 0xffffu) + (sum >> 16);
	sum = (sum & 0xffffu) + (sum >> 16);
	selftest_put_16(ip + 10, ~sum & 0xffffu);
}

static void
selftest_ask(void)
{
	static const uint8_t ip[] = { 0x45, 0, (QUESTION - IP) >> 8, (QUESTION - IP) & 0xff, 0, 0, 0, 0, 64, 17 };
	static const uint8_t udp[] = { 0, 68, 0, 67, (QUESTION - UDP) >> 8, (QUESTION - UDP) & 0xff };
	static const uint8_t dhcp[] = { 1, 1, 6, 0, 's', 'e', 'l', 'f', 0, 0, 0x80, 0 };
	static const uint8_t options[] = { 99, 130, 83, 99, 53, 1, 1, 255 };
	static uint8_t frame[QUESTION];
	const struct seal_span whole = seal_span(frame, sizeof frame);

	memset(frame, 0, sizeof frame);
	memset(frame, 0xff, 6);
	memcpy(frame + 6, eth->mac, 6);
	selftest_put_16(frame + 12, 0x0800);
	memcpy(frame + IP, ip, sizeof ip);
	memset(frame + IP + 16, 0xff, 4);
	put_ip_checksum(frame + IP);
	memcpy(frame + UDP, udp, sizeof udp);
	memcpy(frame + DHCP, dhcp, sizeof dhcp);
	memcpy(frame + DHCP + 28, eth->mac, 6);
	memcpy(frame + OPTIONS, options, sizeof options);
	eth->ops->send(eth, &whole, 1);
}

static bool
wait_for_link(void)
{
	const uint64_t start_ms = seal_clock_ms();
	bool up;

	do
		up = eth->ops->link(eth);
	while (!up && seal_clock_ms() - start_ms < LINK_MS);
	if (up)
		seal_selftest_put_number("ethernet: link up after ", seal_clock_ms() - start_ms, " ms");
	else
		seal_selftest_put("ethernet: no link: look at the cable, and at the address of the PHY");
	seal_selftest_end(up);
	return up;
}

/* The controller may call only once for several frames. */
static void
wait_for_frame(void)
{
	const uint64_t start_ms = seal_clock_ms();
	uint64_t asked_ms = start_ms - ASK_MS;
	size_t len;

	seal_irq_forget(seal_board.eth_irq);
	seal_irq_enable(seal_board.eth_irq);
	(void)eth->ops->arm(eth);
	while (!interrupted && seal_clock_ms() - start_ms < FRAME_MS) {
		if (seal_clock_ms() - asked_ms >= ASK_MS) {
			asked_ms = seal_clock_ms();
			selftest_ask();
		}
	}
	len = eth->ops->receive(eth).len;
	if (len == 0)
		seal_selftest_put("ethernet: no frame came; connect it to a network with a DHCP server");
	else if (!interrupted)
		seal_selftest_put("ethernet: a frame came, but no interrupt: look at eth_irq");
	else
		seal_selftest_put_number("ethernet: a frame of ", len, " bytes came, with its interrupt");
	seal_selftest_end(len > 0 && interrupted);
	seal_irq_disable(seal_board.eth_irq);
}

void
seal_selftest_ethernet(void)
{
	if (seal_board.eth == NULL) {
		seal_selftest_put("ethernet: none");
		seal_selftest_end(true);
		return;
	}
	eth = seal_board.eth(test_mac);
	if (!eth->ops->start(eth)) {
		seal_selftest_put("ethernet: the controller does not answer");
		seal_selftest_end(false);
		return;
	}
	if (wait_for_link())
		wait_for_frame();
}
