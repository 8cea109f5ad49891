/* SPDX-License-Identifier: Apache-2.0
 *
 * compare.h - which octets of a message changed since it was signed.
 */
#ifndef TOOLS_DOCTOR_COMPARE_H
#define TOOLS_DOCTOR_COMPARE_H

#include "tools/mailseal/doctor/diagnosis.h"
#include "tools/mailseal/doctor/signature.h"

/* `then` is the copy that was signed, `now` the one that arrived. The fields of `s`, or those
 * that are usually signed if s is NULL, and the body. */
void compare_messages(const struct message *then, const struct message *now, const struct signature *s,
                      struct diagnoses *d);

#endif
