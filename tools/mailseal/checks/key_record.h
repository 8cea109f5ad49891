/* SPDX-License-Identifier: Apache-2.0
 *
 * key_record.h - the DNS record of a key (RFC 6376 3.6.1), and the creation of keys.
 */
#ifndef TOOLS_CHECKS_KEY_RECORD_H
#define TOOLS_CHECKS_KEY_RECORD_H

#include <stdio.h>

#include "engine/base/base64.h"
#include "engine/base/bounds.h"
#include "port/mbedtls/keygen.h"
#include "tools/mailseal/base/json.h"
#include "tools/mailseal/base/tool.h"
#include "tools/mailseal/checks/keyring.h"

#define RECORD_STRING_MAX 255u /* octets of one string of a TXT record (RFC 1035 3.3) */
#define RECORD_NAME_MAX 253u

#define RECORD_HEAD_MAX 32u    /* "v=DKIM1; k=...; p=" and a NUL */

#define RECORD_REVOKED "v=DKIM1; k=rsa; p="

/* True for labels of letters, digits and inner hyphens, joined by dots. */
bool record_selector_ok(struct seal_span selector);

struct record_value {
	char text[SEAL_BASE64_LEN(SEAL_KEY_PUBLIC_MAX) + RECORD_HEAD_MAX];
};

/* Makes the record of a key; false: it does not fit. */
bool record_value(const struct keyring_public *key, struct record_value *value);

/* Writes "a" "b": strings of at most 255 octets as in zone files (RFC 1035 5.1), with `between` after each but the
 * last. */
void record_put_strings(FILE *to, const char *value, const char *between);

/* The same strings as a JSON array. */
json_t *record_strings_json(const char *value);

/* True if a key of this size can be created, otherwise reported; `weak` allows fewer than SEAL_KEY_BITS_GOOD bits. */
bool record_bits_ok(uint64_t bits, bool weak);

/* A private key as text; wipe it with record_wipe_key. */
struct record_key {
	uint8_t text[SEAL_KEY_PEM_MAX];
	size_t len;
};

/* Make a key in memory, and read it as the gateway will: TOOL_OK or TOOL_KEY: reported. Takes the arena. */
int record_make_key(unsigned bits, struct record_key *key);

/* Write it to a new file for its owner alone; nothing is ever overwritten. TOOL_OK or TOOL_IO: reported. */
int record_write_key(const struct record_key *key, const char *path);
void record_wipe_key(struct record_key *key);

#endif
