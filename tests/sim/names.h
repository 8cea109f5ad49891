/* SPDX-License-Identifier: Apache-2.0
 *
 * names.h - the public key of the world's key record.
 */
#ifndef TESTS_SIM_NAMES_H
#define TESTS_SIM_NAMES_H

#include <stdint.h>

extern const uint8_t names_public_key[64];

#endif
