/* SPDX-License-Identifier: Apache-2.0
 *
 * tool.h - what the commands of the host program share: exit codes, memory, files.
 */
#ifndef TOOLS_BASE_TOOL_H
#define TOOLS_BASE_TOOL_H

#include "engine/base/span.h"
#include "tools/mailseal/base/command.h"
#include "tools/mailseal/base/message.h"

enum tool_exit {
	TOOL_OK,
	TOOL_REFUSED,  /* the message is refused, as the gateway would; a record is wrong */
	TOOL_USAGE,
	TOOL_CONFIG,   /* an error in the configuration                             */
	TOOL_KEY,      /* a key that cannot be used, or failed                      */
	TOOL_IO        /* a file, a port or the terminal failed                     */
};

extern const struct tool_command tool_sign, tool_check, tool_domain_add, tool_domain_list,
	tool_domain_remove, tool_key_new, tool_key_next, tool_key_list, tool_key_approve,
	tool_key_adopt, tool_key_revoke, tool_key_dns, tool_password, tool_handover, tool_status,
	tool_image, tool_sink, tool_verify, tool_spf_new, tool_spf_check, tool_spf_merge, tool_spf_flatten,
	tool_dmarc_new, tool_dmarc_next, tool_dmarc_check, tool_report, tool_doctor, tool_selftest,
	tool_bundle, tool_completion,
	tool_version;

/* A whole decimal number in [min, max], else reported. */
bool tool_number(const char *text, const char *what, uint64_t min, uint64_t max, uint64_t *value);

/* Bytes on the heap; free() them. */
struct tool_text {
	uint8_t *ptr;
	size_t len;
};

/* malloc that ends the program when it fails; never NULL. */
void *tool_allocate(size_t len);

/* "A/B", or a copy of B if it is absolute or A is empty; free() it. */
char *tool_path(const char *directory, const char *name);

/* Read up to the end, or `max` + 1 bytes if there are more, which the caller checks. False: reported, with
 * `name`. */
bool tool_read_fd(int fd, const char *name, size_t max, struct tool_text *text);

/* The same, and a file over `max` bytes is reported too; free the text in any case. */
bool tool_read_file(const char *path, size_t max, struct tool_text *text);

/* All of it, or reported. */
bool tool_write_fd(int fd, const char *name, struct seal_span s);

/* The same, then it is on the disk, and `fd` is closed in any case. */
bool tool_write_and_close(int fd, const char *name, struct seal_span s);

enum tool_replace {
	TOOL_NEVER_REPLACE,
	TOOL_REPLACE
};

/* A file that only its owner can read, complete on the disk or not created at all: TOOL_OK, or TOOL_IO: reported.
 * Without TOOL_REPLACE nothing that exists is touched; with it, the old file stays until the new one is complete. */
int tool_write_secret(const char *path, struct seal_span s, enum tool_replace replace);

/* The same for a file as the umask allows; one that is replaced keeps its mode and owner. */
int tool_write_file(const char *path, struct seal_span s, enum tool_replace replace);

/* Could such a file be created? TOOL_OK, or TOOL_IO: reported. Nothing is touched. */
int tool_may_write(const char *path, enum tool_replace replace);

/* Between these two, which nest, an interrupt waits: what is written together is written as a whole. */
void tool_hold_signals(void);
void tool_release_signals(void);

/* stdout is flushed and was written without error, else reported: TOOL_OK or TOOL_IO. */
int tool_finish_output(void);

static inline struct seal_span
tool_span(struct tool_text text)
{
	return seal_span(text.ptr, text.len);
}

#endif
