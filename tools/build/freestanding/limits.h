/* SPDX-License-Identifier: Apache-2.0
 *
 * limits.h - for "make check-m32": what C11 5.2.4.2.1 wants of a compiler without a C library.
 */
#ifndef TOOLS_BUILD_FREESTANDING_LIMITS_H
#define TOOLS_BUILD_FREESTANDING_LIMITS_H

#define CHAR_BIT __CHAR_BIT__
#define SCHAR_MAX __SCHAR_MAX__
#define UCHAR_MAX (SCHAR_MAX * 2 + 1)
#define SHRT_MAX __SHRT_MAX__
#define USHRT_MAX (SHRT_MAX * 2 + 1)
#define INT_MAX __INT_MAX__
#define INT_MIN (-INT_MAX - 1)
#define UINT_MAX (INT_MAX * 2u + 1u)
#define LONG_MAX __LONG_MAX__
#define LONG_MIN (-LONG_MAX - 1l)
#define ULONG_MAX (LONG_MAX * 2ul + 1ul)

#endif
