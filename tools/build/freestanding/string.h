/* SPDX-License-Identifier: Apache-2.0
 *
 * string.h - for "make check-m32": all of a C library that the engine may use.
 */
#ifndef TOOLS_BUILD_FREESTANDING_STRING_H
#define TOOLS_BUILD_FREESTANDING_STRING_H

#include <stddef.h>

void *memcpy(void *restrict to, const void *restrict from, size_t len);
void *memmove(void *to, const void *from, size_t len);
void *memset(void *to, int octet, size_t len);
int memcmp(const void *a, const void *b, size_t len);

#endif
