/* SPDX-License-Identifier: Apache-2.0
 *
 * version.h - the one place that says which mailseal this is.
 */
#ifndef TOOLS_BASE_VERSION_H
#define TOOLS_BASE_VERSION_H

#define SEAL_VERSION "0.1.0"

#endif
