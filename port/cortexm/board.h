/* SPDX-License-Identifier: Apache-2.0
 *
 * board.h - what port/cortexm must know about a board: facts, in one constant table.
 *
 * docs/porting.md shows how to find them and in which order to try them.
 * Addresses are those that the program sees. Facts that size memory are not here but
 * in board.mk and link.ld, because the compiler and the linker need them.
 */
#ifndef PORT_CORTEXM_BOARD_H
#define PORT_CORTEXM_BOARD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "engine/base/span.h"
#include "port/contract/block.h"
#include "port/driver/eth/eth.h"
#include "port/driver/uart/uart.h"

/* One step of starting the clocks: write `value`, or wait until the register, masked
 * with `wait_mask`, is `value`. */
struct seal_board_step {
	uint32_t address;
	uint32_t value;
	uint32_t wait_mask;         /* 0: write */
};

/* A counter that runs freely, over all bits of `mask`, and is never written. Ticks must come
 * more often than it wraps. */
struct seal_board_counter {
	uint32_t address;
	uint32_t mask;              /* 2^n - 1 */
	uint32_t hz;                /* up to 290 MHz */
	bool down;
};

/* What wakes the network context every 10 ms. */
struct seal_board_tick {
	bool systick;               /* SysTick, on the processor's clock; else:     */
	uint32_t irq;               /* of a timer that the steps have started       */
	uint32_t clear_address;     /* write clear_value there to end its interrupt */
	uint32_t clear_value;
};

#define SEAL_BOARD_TICK_MS 10u

/* A watchdog of Arm's SP805 or CMSDK kind: the first time-out interrupts, the second resets. Or one of
 * another kind: what starts it, with 4 to 8 seconds, and what feeds it; its time-out resets at once. */
struct seal_board_watchdog {
	uint32_t base;              /* 0: the board has none of Arm's */
	uint32_t hz;
	uint32_t irq;               /* of the first time-out; 0: the NMI */
	const struct seal_board_step *start, *feed;
	size_t num_start, num_feed;
};

/* A medium that keeps its content without power. */
struct seal_board_medium {
	/* Prepare it, once; NULL: the board has none. It need not respond yet. */
	struct seal_block *(*start)(void);
	void (*poll)(uint64_t now_ms);      /* once per tick; NULL: not needed                        */
	uint32_t state_blocks[2];           /* where starts are counted, in two erase units           */
	uint32_t vault_block;               /* the first block of keys that the device made           */
	uint8_t vault_slots;                /* how many of these blocks follow (port/gateway/vault.h) */
	uint32_t spool_block;               /* messages from here on; 0: not on this medium           */
	uint64_t spool_expected;            /* longest message, in octets, until it responds          */
};

struct seal_board {
	const char *name;
	uint32_t cpu_hz;
	const struct seal_board_step *steps;
	size_t num_steps;
	struct seal_board_counter counter;
	struct seal_board_tick tick;
	struct seal_board_watchdog watchdog;
	struct seal_uart uart;
	/* Read the image into the board's own memory, once; an empty span: it cannot be read. NULL: the
	 * image is in CODE, at SEAL_IMAGE. */
	struct seal_span (*image)(void);
	uint32_t eth_irq;
	/* Prepare the Ethernet controller, in the board's own memory. `mac` is for a controller without
	 * an address. Once. NULL: no driver exists yet, and the gateway refuses to start. */
	struct seal_eth *(*eth)(const uint8_t mac[6]);
	struct seal_board_medium medium;
};

extern const struct seal_board seal_board;

#endif
