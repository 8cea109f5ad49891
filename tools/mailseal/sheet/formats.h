/* SPDX-License-Identifier: Apache-2.0
 *
 * formats.h - the formats of a sheet.
 */
#ifndef TOOLS_SHEET_FORMATS_H
#define TOOLS_SHEET_FORMATS_H

#include "tools/mailseal/sheet/sheet.h"

struct format {
	const char *name;
	bool (*put)(FILE *to, const struct sheet *s); /* false: reported */
};

extern const struct format formats[];
extern const size_t num_formats;

/* The document for --json. */
json_t *sheet_json(const struct sheet *s);

/* For people. */
bool format_text(FILE *to, const struct sheet *s);
bool format_markdown(FILE *to, const struct sheet *s);
bool format_html(FILE *to, const struct sheet *s);

/* For name servers: only records to add, not a change of an existing record (SPF). */
bool format_zone(FILE *to, const struct sheet *s);
bool format_bind(FILE *to, const struct sheet *s);
bool format_cloudflare(FILE *to, const struct sheet *s);
bool format_nsupdate(FILE *to, const struct sheet *s);
bool format_powershell(FILE *to, const struct sheet *s);
bool format_route53(FILE *to, const struct sheet *s);
bool format_json(FILE *to, const struct sheet *s);

/* A line of a zone file with an absolute name (RFC 1035 5.1). */
void format_zone_line(FILE *to, const struct sheet_record *r, unsigned ttl);

#endif
