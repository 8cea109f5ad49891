/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "tools/mailseal/base/signer.h"
#include "tools/mailseal/checks/keyring.h"

struct request {
	const char *config_path;
	uint64_t now_s;
	enum seal_bare_lf bare_lf;
};

static bool
read_options(int argc, char **argv, struct request *r)
{
	static const struct option options[] = {
		{ "config", required_argument, NULL, 'c' },
		{ "time", required_argument, NULL, 't' },
		{ "lf", no_argument, NULL, 'l' },
		{ NULL, 0, NULL, 0 }
	};
	int option;

	*r = (struct request){ NULL, (uint64_t)time(NULL), SEAL_BARE_LF_REFUSE };
	while ((option = tool_option(argc, argv, options)) != -1) {
		if (option == 'c')
			r->config_path = optarg;
		else if (option == 'l')
			r->bare_lf = SEAL_BARE_LF_NORMALIZE;
		else if (option != 't' || !tool_number(optarg, "--time", 0, UINT64_MAX / 2, &r->now_s))
			return false;
	}
	return tool_required(r->config_path, "-c CONF") && tool_arguments(argc, 0, "");
}

static struct seal_key *
find_key(void *ctx, const struct seal_config_domain *domain)
{
	struct keyring_key *key = keyring_open(ctx, domain);

	if (key == NULL)
		return NULL;
	if (keyring_mode_is_open(key->mode))
		tool_warning(key->path, "others than the owner can read this key; run: chmod 600 %s",
		             key->path);
	return &key->private.key;
}

/* Without DNS there is nothing but approval that a key could wait for; NULL: none does. */
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
		tool_error("signing failed: the signature fields do not fit %u octets", SEAL_ADDED_MAX);
	return TOOL_KEY;
}

static void
warn_of_unsigned(const struct signer *s)
{
	const struct seal_span domain = seal_intake_domain(&s->message.intake);
	const bool off = s->message.intake.verdict.author == SEAL_POLICY_OFF;

	tool_warning(NULL, "not signed, for the configuration says %s for %.*s", off ? "sign = off" : "unsigned = pass",
	             (int)domain.len, (const char *)domain.ptr);
	if (s->message.intake.verdict.author == SEAL_POLICY_PASS_UNPUBLISHED)
		report_waiting(s);
}

static int
write_signed(const struct signer *s, const struct seal_out *added, const struct seal_out *clean)
{
	if (s->message.intake.verdict.num_signers == 0)
		warn_of_unsigned(s);
	return tool_write_fd(STDOUT_FILENO, "standard output", seal_out_span(added)) &&
	       tool_write_fd(STDOUT_FILENO, "standard output", seal_out_span(clean)) ? TOOL_OK : TOOL_IO;
}

static int
sign_text(const struct request *r, const struct config_file *file, struct keyring *ring, struct seal_span message)
{
	const size_t clean_cap = message.len * 2;
	uint8_t *memory = tool_allocate(SIGNER_WORK + SEAL_ADDED_MAX + clean_cap);
	struct seal_out added = seal_out(memory + SIGNER_WORK, SEAL_ADDED_MAX);
	struct seal_out clean = seal_out(memory + SIGNER_WORK + SEAL_ADDED_MAX, clean_cap);
	struct signer *s = tool_allocate(sizeof *s);
	const struct signer_setup setup = {
		.config = &file->config,
		.keys = { find_key, ring },
		.bare_lf = r->bare_lf,
		.now_s = r->now_s,
		.work = memory,
		.work_cap = SIGNER_WORK
	};
	const enum seal_status status = signer_sign(s, &setup, message, &clean, &added);
	const int code = status == SEAL_OK ? write_signed(s, &added, &clean) : report(s, status, message, ring);

	free(s);
	free(memory);
	return code;
}

static int
sign_input(const struct request *r, const struct config_file *file)
{
	struct keyring ring;
	struct tool_text text = { NULL, 0 };
	int code = TOOL_KEY;

	if (keyring_init(&ring, file)) {
		code = TOOL_IO;
		if (tool_read_fd(STDIN_FILENO, "standard input", (size_t)file->config.gateway.max_size, &text))
			code = sign_text(r, file, &ring, tool_span(text));
	}
	free(text.ptr);
	keyring_free(&ring);
	return code;
}

static int
run(int argc, char **argv)
{
	struct request r;
	struct config_file file;
	int code;

	if (!read_options(argc, argv, &r))
		return TOOL_USAGE;
	code = config_file_load(&file, r.config_path);
	if (code == TOOL_OK)
		code = sign_input(&r, &file);
	config_file_free(&file);
	return code;
}

const struct tool_command tool_sign = {
	"sign", "-c CONF [--time T] [--lf] < MESSAGE > SIGNED", "Sign one message, as the gateway would",
	"  -c, --config CONF  the gateway's configuration; key files are relative to its folder\n"
	"  --time T           seconds since 1970 for t= and x=, 0 leaves both out; default: now\n"
	"  --lf               the message has LF line ends: sign and write it with CRLF\n"
	"\n"
	"Writes the DKIM-Signature fields and then the message, octet for octet as it came. A\n"
	"message that the gateway would refuse is refused: exit code 1, the reason on standard\n"
	"error, nothing on standard output.\n",
	.run = run
};
