/* SPDX-License-Identifier: Apache-2.0
 *
 * mps2.h - what all images for Arm's MPS2 board have in common, at different addresses.
 */
#ifndef BOARD_MPS2_H
#define BOARD_MPS2_H

#include "port/cortexm/board.h"

struct seal_mps2 {
	uint32_t cpu_hz;
	uintptr_t eth;              /* the LAN9118                                       */
	uintptr_t i2c;              /* the SBCon whose lines go to the header "shield 1" */
};

/* Defined by the board. */
extern const struct seal_mps2 seal_mps2;

/* For seal_board.eth and seal_board.medium.start. */
struct seal_eth *seal_mps2_ethernet(const uint8_t mac[6]);
struct seal_block *seal_mps2_eeprom(void);

#endif
