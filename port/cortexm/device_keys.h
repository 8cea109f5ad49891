/* SPDX-License-Identifier: Apache-2.0
 *
 * device_keys.h - keys that the board makes for itself: key = device.
 *
 * Its primes are in the vault of the medium, encrypted with a key derived from the image's seed; the key
 * is in the arena for the whole run. It never leaves the device, but every start prints its DNS record
 * on the console:
 *
 *	device-key name=SELECTOR._domainkey.DOMAIN record="v=DKIM1; k=rsa; p=..."
 */
#ifndef PORT_CORTEXM_DEVICE_KEYS_H
#define PORT_CORTEXM_DEVICE_KEYS_H

#include "port/gateway/assemble.h"

/* The size of every key that a device makes. */
#define SEAL_DEVICE_KEY_BITS 2048u

/* Load or make the keys of all sections with key = device, and open them. From thread mode, before
 * the network runs; making one takes a minute or more. After seal_signing_start and
 * seal_storage_count, which returned `boots`: where starts are not counted no key is made, because
 * random numbers could repeat. False: *why says what is wrong. A damaged key is never replaced
 * automatically, because its record is in DNS. */
bool seal_device_keys_start(struct seal_assembly *a, uint32_t boots, struct seal_out *why);

#endif
