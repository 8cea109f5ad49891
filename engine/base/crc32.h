/* SPDX-License-Identifier: Apache-2.0
 *
 * crc32.h - CRC-32 of ISO-HDLC (polynomial 0xEDB88320), against spool decay.
 *
 * It finds memory that changed by itself; it is no defence against a forger.
 */
#ifndef SEAL_BASE_CRC32_H
#define SEAL_BASE_CRC32_H

#include <stddef.h>
#include <stdint.h>

/* Start with crc 0 and pass the last answer in: any cut gives the same value. */
uint32_t seal_crc32(uint32_t crc, const uint8_t *data, size_t len);

#endif
