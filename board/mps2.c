/* SPDX-License-Identifier: Apache-2.0 */
#include "board/mps2.h"

#include "port/driver/eeprom/at24c.h"
#include "port/driver/eeprom/i2c_sbcon.h"

/* A 24C32 with its address pins low. */
#define EEPROM_ADDRESS 0x50u
#define EEPROM_SIZE    4096u

struct seal_eth *
seal_mps2_ethernet(const uint8_t mac[6])
{
	static struct seal_eth_lan9118 eth;
	static uint32_t buffer[SEAL_ETH_BUFFER / sizeof(uint32_t)];

	(void)mac;
	seal_eth_lan9118_init(&eth, seal_mps2.eth, (const uint8_t[6]){ 0 }, buffer);
	return &eth.eth;
}

/* With nothing connected to the header, there is no medium. */
struct seal_block *
seal_mps2_eeprom(void)
{
	static struct seal_sbcon i2c;
	static struct seal_at24c eeprom;

	seal_sbcon_init(&i2c, seal_mps2.i2c, seal_mps2.cpu_hz);
	return seal_at24c_init(&eeprom, &i2c.bus, EEPROM_ADDRESS, EEPROM_SIZE) ? &eeprom.block : NULL;
}
