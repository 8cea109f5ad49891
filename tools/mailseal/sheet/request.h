/* SPDX-License-Identifier: Apache-2.0
 *
 * request.h - judge what a sheet is requested to contain.
 */
#ifndef TOOLS_SHEET_REQUEST_H
#define TOOLS_SHEET_REQUEST_H

#include "tools/mailseal/sheet/sheet.h"

/* Fill in language, provider, domain and zone of the sheet; false: reported. */
bool request_judge(struct sheet *s);

#endif
