/* SPDX-License-Identifier: Apache-2.0
 *
 * fake_block.h - a medium of blocks in memory that makes callers wait and fails on demand.
 */
#ifndef TESTS_UNIT_FAKE_BLOCK_H
#define TESTS_UNIT_FAKE_BLOCK_H

#include <stdbool.h>

#include "port/contract/block.h"

enum fake_fault {
	FAKE_SOUND,
	FAKE_FAILS,     /* the operation, once                                            */
	FAKE_LOSES,     /* octets written before, which its epoch shows                   */
	FAKE_IS_CUT,    /* power: of a write some octets get there, then nothing answers  */
	FAKE_LIES,      /* a write is taken and forgotten, once                           */
	FAKE_FLIPS      /* one bit of what is written or read, once                       */
};

struct fake_block {
	struct seal_block block;    /* first */
	uint8_t (*blocks)[SEAL_BLOCK_SIZE];
	uint32_t num_blocks;        /* 0: no medium */
	uint32_t epoch;
	uint32_t patience;          /* each operation returns PENDING this often first */
	uint32_t waited;
	enum fake_fault fault;
	uint32_t at;                /* counts down with each operation; it strikes at 0 */
	uint32_t cut_len;           /* octets of a cut write that get there */
	bool erases;                /* a write begins with all bits 1 */
	bool off;
	uint32_t num_ops;
};

/* Filled with `fill`. */
void fake_block_init(struct fake_block *f, uint8_t (*blocks)[SEAL_BLOCK_SIZE], uint32_t num_blocks, uint8_t fill);

/* From now on, at the operation `at`, counted from 0. Also switches the power on. */
void fake_block_set(struct fake_block *f, enum fake_fault fault, uint32_t at);

#endif
