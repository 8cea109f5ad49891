/* SPDX-License-Identifier: Apache-2.0
 *
 * main.c - run every suite; exit code 0 if nothing failed.
 */
#include "tests/unit/test.h"

#define SUITES(X) \
	X(base) X(ip) X(dots) X(lines) X(header) X(addr) X(date) X(canon) X(select) X(tags) X(sign) \
	X(reply) X(command) X(server) X(client) X(smtp_abuse) \
	X(dns) X(ask) X(config) X(login) X(policy) X(keyring) X(learn) X(trace) X(envelope) X(intake) \
	X(link) X(image) \
	X(sntp) X(log) X(log_queue) X(spool) X(spool_sd) X(sd) X(at24c) X(state) X(vault) X(key) X(tls) X(assemble)

#define DECLARE(name) extern const struct test_case test_##name##_cases[];
SUITES(DECLARE)

#define LIST(name) { #name, test_##name##_cases },
static const struct {
	const char *name;
	const struct test_case *cases;
} suites[] = { SUITES(LIST) };

static unsigned num_failed_checks;

static void
print(const char *text)
{
	test_write(text, strlen(text));
}

static void
print_u64(uint64_t value)
{
	char digits[20];
	size_t at = sizeof digits;

	do {
		digits[--at] = (char)('0' + (char)(value % 10u));
		value /= 10u;
	} while (value > 0);
	test_write(digits + at, sizeof digits - at);
}

static void
print_where(const char *what, const char *file, int line)
{
	print(file);
	print(":");
	print_u64((uint64_t)line);
	print(": ");
	print(what);
}

static void
print_span(struct seal_span s)
{
	static const char hex[] = "0123456789abcdef";

	print("\"");
	for (size_t i = 0; i < s.len && i < 400; i++) {
		const uint8_t c = s.ptr[i];
		const char escaped[4] = { '\\', 'x', hex[c >> 4], hex[c & 15] };

		if (c >= 32 && c < 127 && c != '\\')
			test_write((const char *)&s.ptr[i], 1);
		else
			test_write(escaped, sizeof escaped);
	}
	print("\"");
}

bool
test_check(bool ok, const char *what, const char *file, int line)
{
	if (!ok) {
		num_failed_checks++;
		print_where(what, file, line);
		print(" does not hold\n");
	}
	return ok;
}

bool
test_check_eq(uint64_t a, uint64_t b, const char *what, const char *file, int line)
{
	if (a != b) {
		num_failed_checks++;
		print_where(what, file, line);
		print(": ");
		print_u64(a);
		print(" is not ");
		print_u64(b);
		print("\n");
	}
	return a == b;
}

bool
test_check_span(struct seal_span got, struct seal_span want, const char *what,
                const char *file, int line)
{
	const bool ok = seal_span_equal(got, want);

	if (!ok) {
		num_failed_checks++;
		print_where(what, file, line);
		print("\n  got  ");
		print_span(got);
		print("\n  want ");
		print_span(want);
		print("\n");
	}
	return ok;
}

int
main(void)
{
	unsigned passed = 0;
	unsigned failed = 0;

	for (size_t i = 0; i < sizeof suites / sizeof suites[0]; i++) {
		for (const struct test_case *c = suites[i].cases; c->run != NULL; c++) {
			const unsigned before = num_failed_checks;

			c->run();
			if (num_failed_checks == before) {
				passed++;
				continue;
			}
			failed++;
			print("FAILED ");
			print(suites[i].name);
			print(".");
			print(c->name);
			print("\n");
		}
	}
	print_u64(passed);
	print(" passed, ");
	print_u64(failed);
	print(" failed\n");
	return failed == 0 && passed > 0 ? 0 : 1;
}
