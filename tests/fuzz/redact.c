/* SPDX-License-Identifier: Apache-2.0
 *
 * redact.c - configurations and logs for a support bundle. Promised: the result is printable, and has
 * neither a secret that was learned nor the local part of an address in a log.
 */
#include "tests/fuzz/fuzz.h"
#include "tests/fuzz/without_tool.h"
#include "tools/mailseal/bundle/redact.h"

static const char secret[] = "hunter2hunter2hunter2";

/* No file exists. */
char *
tool_path(const char *directory, const char *name)
{
	(void)directory;
	(void)name;
	return strdup("/nonexistent/file");
}

static void
check(const char *text, size_t len, bool masked)
{
	REQUIRE(memmem(text, len, secret, sizeof secret - 1) == NULL);
	for (size_t i = 0; i < len; i++) {
		REQUIRE(text[i] == '\n' || text[i] == '\t' || (text[i] >= ' ' && text[i] <= '~'));
		REQUIRE(!masked || text[i] != '@' || (i >= 3 && memcmp(text + i - 3, "***", 3) == 0));
	}
}

static struct document
document_of(struct seal_span text)
{
	struct tool_text copy = { tool_allocate(text.len), text.len };
	struct document d;

	if (text.len > 0)
		memcpy(copy.ptr, text.ptr, text.len);
	document_read(&d, copy);
	return d;
}

static void
fuzz_as(struct seal_span config, struct seal_span in, bool as_config)
{
	struct document known = document_of(config);
	struct document given = document_of(in);
	struct redact r;
	char *text = NULL;
	size_t len = 0;
	FILE *const to = open_memstream(&text, &len);

	REQUIRE(to != NULL);
	redact_init(&r, "");
	redact_learn(&r, &known);
	redact_learn(&r, &given);
	if (as_config)
		redact_config(&r, to, &given);
	else
		redact_text(&r, to, in, REDACT_MASK);
	REQUIRE(fclose(to) == 0);
	check(text, len, !as_config);
	free(text);
	redact_free(&r);
	document_free(&known);
	document_free(&given);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	const struct seal_span config = SEAL_SPAN("[next-hop]\nsecret-helper = hunter2hunter2hunter2\n");
	struct seal_span rest = seal_span(data, len);
	const struct seal_span in = fuzz_piece(&rest, len);

	fuzz_as(config, in, true);
	fuzz_as(config, in, false);
	fuzz_free(in);
	return 0;
}
