/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>

#include "tests/unit/test.h"

void
test_write(const char *text, size_t len)
{
	fwrite(text, 1, len, stdout);
}
