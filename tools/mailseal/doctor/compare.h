/* SPDX-License-Identifier: Apache-2.0
 *
 * compare.h - which parts of a message have changed since it was signed.
 */
#ifndef TOOLS_DOCTOR_COMPARE_H
#define TOOLS_DOCTOR_COMPARE_H

#include "tools/mailseal/doctor/diagnosis.h"
#include "tools/mailseal/doctor/signature.h"

/* `then` is the copy that was signed, `now` the message that arrived. Compares the fields that `s` signs, or commonly
 * signed fields if `s` is NULL, and the body. */
void compare_messages(const struct message *then, const struct message *now, const struct signature *s,
                      struct diagnoses *d);

#endif
