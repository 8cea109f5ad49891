/* SPDX-License-Identifier: Apache-2.0
 *
 * key_file.h - the DNS record of a key file (RFC 6376 3.6.1), for zone files, web forms and programs.
 */
#ifndef TOOLS_CHECKS_KEY_FILE_H
#define TOOLS_CHECKS_KEY_FILE_H

#include "engine/mail/addr.h"
#include "tools/mailseal/checks/key_record.h"

struct key_file {
	const char *path;
	uint8_t name[SEAL_DOMAIN_MAX + SEAL_SELECTOR_MAX + 16]; /* SELECTOR._domainkey.DOMAIN */
	size_t name_len;
	size_t domain_at;   /* in name */
};

/* Makes the name of the record. Returns false (reported) if --selector or --domain is wrong. */
bool key_file_set_name(struct key_file *f, const char *selector, const char *domain);

struct seal_span key_file_domain(const struct key_file *f);

/* Reads the key and makes the value of its record. Returns TOOL_OK, or TOOL_KEY (reported). Uses the arena. */
int key_file_read(const struct key_file *f, uint32_t *bits, struct record_value *value);

/* { name, type, value, strings, file, bits }. `value` is NULL for a key that was not created. */
json_t *key_file_json(const struct key_file *f, uint64_t bits, const char *value);

/* Prints lines for a zone file (RFC 1035 5.1), preceded by comments for web forms. */
void key_file_print(FILE *to, const struct key_file *f, const char *value);

#endif
