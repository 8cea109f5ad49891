/* SPDX-License-Identifier: Apache-2.0
 *
 * tool.h - shared by the commands of the host program: exit codes, memory, files.
 */
#ifndef TOOLS_BASE_TOOL_H
#define TOOLS_BASE_TOOL_H

#include "engine/base/span.h"
#include "tools/mailseal/base/command.h"
#include "tools/mailseal/base/message.h"

enum tool_exit {
	TOOL_OK,
	TOOL_REFUSED,  /* the gateway would reject the message; or a record is wrong */
	TOOL_USAGE,
	TOOL_CONFIG,   /* an error in the configuration                             */
	TOOL_KEY,      /* a key is unusable, or failed                              */
	TOOL_IO        /* a file, a port or the terminal failed                     */
};

extern const struct tool_command tool_sign, tool_check, tool_domain_add, tool_domain_list,
	tool_domain_remove, tool_key_new, tool_key_next, tool_key_list, tool_key_approve,
	tool_key_adopt, tool_key_revoke, tool_key_dns, tool_password, tool_handover, tool_status,
	tool_image, tool_sink, tool_verify, tool_spf_new, tool_spf_check, tool_spf_merge, tool_spf_flatten,
	tool_dmarc_new, tool_dmarc_next, tool_dmarc_check, tool_report, tool_doctor, tool_selftest,
	tool_bundle, tool_completion,
	tool_version;

/* Reads a decimal number from `min` to `max`; false: reported. */
bool tool_number(const char *text, const char *what, uint64_t min, uint64_t max, uint64_t *value);

/* Bytes on the heap; the caller frees `ptr`. */
struct tool_text {
	uint8_t *ptr;
	size_t len;
};

/* malloc that ends the program on failure; never NULL. */
void *tool_allocate(size_t len);

/* "A/B", or a copy of B if B is absolute or A is empty; the caller frees it. */
char *tool_path(const char *directory, const char *name);

/* Reads to the end, but not more than `max` + 1 bytes, so that the caller can see that there are more. Returns false on
 * an error (reported, with `name`). */
bool tool_read_fd(int fd, const char *name, size_t max, struct tool_text *text);

/* The same for a file; more than `max` bytes are an error too. Free the text in any case. */
bool tool_read_file(const char *path, size_t max, struct tool_text *text);

/* Writes all bytes. Returns false on an error (reported). */
bool tool_write_fd(int fd, const char *name, struct seal_span s);

/* The same; then waits until the bytes are on the disk, and closes `fd` in any case. */
bool tool_write_and_close(int fd, const char *name, struct seal_span s);

enum tool_replace {
	TOOL_NEVER_REPLACE,
	TOOL_REPLACE
};

/* Writes a file that only its owner can read; it is created completely or not at all. Without TOOL_REPLACE, no existing
 * file is changed; with it, the old file is kept until the new one is complete. Returns TOOL_OK, or TOOL_IO
 * (reported). */
int tool_write_secret(const char *path, struct seal_span s, enum tool_replace replace);

/* The same with a mode that depends on the umask. A replaced file keeps its mode and owner. */
int tool_write_file(const char *path, struct seal_span s, enum tool_replace replace);

/* Checks whether such a file could be created, without changing anything. Returns TOOL_OK, or TOOL_IO (reported). */
int tool_may_write(const char *path, enum tool_replace replace);

/* Between these two, which nest, an interrupt waits: what is written together is written as a whole. */
void tool_hold_signals(void);
void tool_release_signals(void);

/* Flushes standard output. Returns TOOL_OK, or TOOL_IO (reported) if a write failed. */
int tool_finish_output(void);

static inline struct seal_span
tool_span(struct tool_text text)
{
	return seal_span(text.ptr, text.len);
}

#endif
