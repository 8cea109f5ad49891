/* SPDX-License-Identifier: Apache-2.0
 *
 * version.h - the version of all programs.
 */
#ifndef SEAL_BASE_VERSION_H
#define SEAL_BASE_VERSION_H

#define SEAL_VERSION "0.2.0"

#endif
