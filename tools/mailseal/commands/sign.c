/* SPDX-License-Identifier: Apache-2.0
 *
 * sign.c - sign one message as the gateway would.
 */
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "tools/mailseal/base/options.h"
#include "tools/mailseal/base/result.h"
#include "tools/mailseal/base/signer.h"
#include "tools/mailseal/checks/keyring.h"

struct signing_time {
	bool given;
	uint64_t s;
};

struct request {
	const char *config;
	struct signing_time time;
	bool lf;
};

static bool
take_time(const char *text, const char *what, void *member)
{
	struct signing_time *const t = member;

	t->given = true;
	return tool_number(text, what, 0, UINT64_MAX / 2, &t->s);
}

static const struct option_row options[] = {
	OPTION_CONFIG_FILE(struct request, config,
	                   "The gateway's configuration. Key files are relative to its folder."),
	{ "time", 0, OPT_VALUE, offsetof(struct request, time), "T",
	  .text = "Seconds since 1970 for t= and x=; 0 omits both. The current time unless given.", .take = take_time },
	{ "lf", 0, OPT_FLAG, offsetof(struct request, lf),
	  .text = "The message has LF line ends: sign and write it with CRLF." },
	OPTIONS_END
};

static struct seal_key *
find_key(void *ctx, const struct seal_config_domain *domain)
{
	struct keyring_key *key = keyring_open(ctx, domain);

	if (key == NULL)
		return NULL;
	if (keyring_mode_is_open(key->mode))
		tool_warning(key->path, "readable by other users; run: chmod 600 %s",
		             key->path);
	return &key->private.key;
}

/* The key that waits for approval; NULL: none does. Without DNS, nothing else can keep a key from signing. */
static const struct seal_config_domain *
waiting_key(const struct signer *s)
{
	const struct seal_config *const config = s->message.intake.rules.config;
	const struct seal_config_domain *found = NULL;
	size_t longest = 0;

	for (size_t i = 0; i < config->num_domains; i++) {
		const struct seal_config_domain *const domain = &config->domains[i];
		const size_t len = seal_config_covers(domain, seal_intake_domain(&s->message.intake));

		if (len <= longest || domain->key.len == 0 || domain->activation != SEAL_ACTIVATION_MANUAL)
			continue;
		longest = len;
		found = domain;
	}
	return found;
}

static void
report_waiting(const struct signer *s)
{
	const struct seal_config_domain *const key = waiting_key(s);
	const struct seal_span domain = seal_intake_domain(&s->message.intake);

	if (key == NULL)
		return;
	tool_error("no key of %.*s signs: %.*s waits for: mailseal key approve %.*s %.*s", (int)domain.len,
	           (const char *)domain.ptr, (int)key->selector.len, (const char *)key->selector.ptr,
	           (int)key->name.len, (const char *)key->name.ptr, (int)key->selector.len,
	           (const char *)key->selector.ptr);
}

static void
report_refusal(const struct signer *s, struct seal_span message)
{
	uint8_t buf[SEAL_REPLY_TEXT_MAX];
	struct seal_out scratch = seal_out(buf, sizeof buf);
	const struct seal_reply reply = seal_intake_refusal(&s->message.intake, &scratch);
	const struct seal_span text = seal_span_from(reply.text, seal_span_find(reply.text, ' ') + 1);
	const struct seal_span domain = seal_intake_domain(&s->message.intake);
	const uint32_t line = signer_fault_line(s, message);
	char where[32] = "";

	if (line > 0)
		(void)snprintf(where, sizeof where, ", line %lu", (unsigned long)line);
	tool_error("standard input: %.*s%s%s%.*s%s", (int)text.len, (const char *)text.ptr, where,
	           domain.len > 0 ? ": " : "", (int)domain.len, (const char *)domain.ptr,
	           s->message.intake.fault == SEAL_INTAKE_BARE_LF ? "; for a file with LF line ends use --lf" : "");
}

static int
report(const struct signer *s, enum seal_status status, struct seal_span message, const struct keyring *ring)
{
	if (status == SEAL_E_PEER && s->message.intake.fault == SEAL_INTAKE_POLICY && waiting_key(s) != NULL) {
		report_waiting(s);
		return TOOL_REFUSED;
	}
	if (status == SEAL_E_PEER) {
		report_refusal(s, message);
		return TOOL_REFUSED;
	}
	if (status == SEAL_E_KEY && ring->worker.fault != SEAL_KEY_FINE)
		tool_error("signing failed: %s", seal_key_fault_text(ring->worker.fault));
	else if (status == SEAL_E_KEY)
		tool_error("signing failed: the key cannot be used");
	else
		tool_error("signing failed: the signature fields do not fit %u bytes", SEAL_ADDED_MAX);
	return TOOL_KEY;
}

static void
warn_of_unsigned(const struct signer *s)
{
	const struct seal_span domain = seal_intake_domain(&s->message.intake);
	const bool off = s->message.intake.verdict.author == SEAL_POLICY_OFF;

	tool_warning(NULL, "not signed, because the configuration has %s for %.*s",
	             off ? "sign = off" : "unsigned = pass", (int)domain.len, (const char *)domain.ptr);
	if (s->message.intake.verdict.author == SEAL_POLICY_PASS_UNPUBLISHED)
		report_waiting(s);
}

static int
put_signed(const struct signer *s, const struct seal_out *added, const struct seal_out *clean, struct result *result)
{
	if (s->message.intake.verdict.num_signers == 0)
		warn_of_unsigned(s);
	(void)fwrite(added->ptr, 1, added->len, result->text);
	(void)fwrite(clean->ptr, 1, clean->len, result->text);
	return TOOL_OK;
}

static int
sign_text(const struct request *r, const struct config_file *file, struct keyring *ring, struct seal_span message,
          struct result *result)
{
	const size_t clean_cap = message.len * 2;
	uint8_t *memory = tool_allocate(SIGNER_WORK + SEAL_ADDED_MAX + clean_cap);
	struct seal_out added = seal_out(memory + SIGNER_WORK, SEAL_ADDED_MAX);
	struct seal_out clean = seal_out(memory + SIGNER_WORK + SEAL_ADDED_MAX, clean_cap);
	struct signer *s = tool_allocate(sizeof *s);
	const struct signer_setup setup = {
		.config = &file->config,
		.keys = { find_key, ring },
		.bare_lf = r->lf ? SEAL_BARE_LF_NORMALIZE : SEAL_BARE_LF_REFUSE,
		.now_s = r->time.given ? r->time.s : (uint64_t)time(NULL),
		.work = memory,
		.work_cap = SIGNER_WORK
	};
	const enum seal_status status = signer_sign(s, &setup, message, &clean, &added);
	const int code = status == SEAL_OK ? put_signed(s, &added, &clean, result) : report(s, status, message, ring);

	free(s);
	free(memory);
	return code;
}

static int
sign_input(const struct request *r, const struct config_file *file, struct result *result)
{
	struct keyring ring;
	struct tool_text text = { NULL, 0 };
	int code = TOOL_KEY;

	if (keyring_init(&ring, file)) {
		code = TOOL_IO;
		if (tool_read_fd(STDIN_FILENO, "standard input", (size_t)file->config.gateway.max_size, &text))
			code = sign_text(r, file, &ring, tool_span(text), result);
	}
	free(text.ptr);
	keyring_free(&ring);
	return code;
}

static int
start(const void *request, struct result *result)
{
	const struct request *const r = request;
	struct config_file file;
	int code = config_file_load(&file, r->config);

	if (code == TOOL_OK)
		code = sign_input(r, &file, result);
	config_file_free(&file);
	return code;
}

const struct tool_command tool_sign = {
	.name = "sign", .summary = "Sign one message as the gateway would",
	.options = options, .request_size = sizeof(struct request), .start = start,
	.help =
		"Reads a message from standard input and writes the DKIM-Signature fields, then the message\n"
		"byte for byte as it was read. If the gateway would reject the message, the reason goes to\n"
		"standard error and nothing to standard output.\n"
		"Exit codes: 0 done, 1 the message is rejected, 2 usage, 3 configuration, 4 the key failed,\n"
		"5 input or output.\n"
		"\n"
		"  mailseal sign -c gateway.conf < message.eml > signed.eml\n"
};
