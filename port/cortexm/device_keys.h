/* SPDX-License-Identifier: Apache-2.0
 *
 * device_keys.h - keys that the board makes for itself: key = device.
 *
 * Its primes are in the vault of the medium, encrypted with what is made of the image's seed; the key
 * is in the arena from start to end. It never leaves the device, but its DNS record is said on the
 * console at every start:
 *
 *	device-key name=SELECTOR._domainkey.DOMAIN record="v=DKIM1; k=rsa; p=..."
 */
#ifndef PORT_CORTEXM_DEVICE_KEYS_H
#define PORT_CORTEXM_DEVICE_KEYS_H

#include "port/gateway/assemble.h"

/* Of every key of a device's. */
#define SEAL_DEVICE_KEY_BITS 2048u

/* Load or make the keys of all sections with key = device, and open them. From thread mode, before
 * the network runs; making one takes a minute or more. After seal_signing_start and
 * seal_storage_count, whose answer is `boots`: where starts are not counted no key is made, for
 * random numbers could come again. False: *why says what is wrong; a key that is damaged is never
 * made anew by itself, for another one is in DNS. */
bool seal_device_keys_start(struct seal_assembly *a, uint32_t boots, struct seal_out *why);

#endif
