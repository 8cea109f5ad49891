/* SPDX-License-Identifier: Apache-2.0
 *
 * crc32.h - CRC-32 of ISO-HDLC (polynomial 0xEDB88320), to detect decay in the spool.
 *
 * It finds memory that changed on its own; it is no defence against a forger.
 */
#ifndef SEAL_BASE_CRC32_H
#define SEAL_BASE_CRC32_H

#include <stddef.h>
#include <stdint.h>

/* The CRC of octets in several pieces: begin with `crc` 0, then pass the last result. Any cut gives
 * the same value. */
uint32_t seal_crc32(uint32_t crc, const uint8_t *data, size_t len);

#endif
