/* SPDX-License-Identifier: Apache-2.0
 *
 * i2c.h - the two lines of an I2C bus with one master and no device that stretches the clock.
 */
#ifndef PORT_DRIVER_EEPROM_I2C_H
#define PORT_DRIVER_EEPROM_I2C_H

#include <stdbool.h>
#include <stdint.h>

struct seal_i2c;

struct seal_i2c_ops {
	/* Set both lines; high releases a line. SCL falls before SDA changes and rises after it. Takes
	 * half a period of the bus. */
	void (*set)(struct seal_i2c *bus, bool scl, bool sda);

	/* SDA is high. */
	bool (*sda)(struct seal_i2c *bus);
};

/* First member of every implementation's own structure. */
struct seal_i2c {
	const struct seal_i2c_ops *ops;
};

#endif
