/* SPDX-License-Identifier: Apache-2.0
 *
 * names.h - the public key that the world's key record holds, or does not.
 */
#ifndef TESTS_SIM_NAMES_H
#define TESTS_SIM_NAMES_H

#include <stdint.h>

extern const uint8_t names_public_key[64];

#endif
