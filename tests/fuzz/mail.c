/* SPDX-License-Identifier: Apache-2.0
 *
 * mail.c - line ends, dots, header fields and addresses. Promised: any cut gives the same; stuffed dots
 * are removed again; a line end is CRLF or is reported; an author domain is a domain name.
 */
#include "engine/mail/addr.h"
#include "engine/mail/dots.h"
#include "engine/mail/header.h"
#include "engine/mail/lines.h"
#include "tests/fuzz/fuzz.h"

#define WORK 600u
#define TEXT_CAP 20000u

static uint8_t clean[TEXT_CAP], stuffed[TEXT_CAP * 2], bare[TEXT_CAP];

static bool
wants(const void *ctx, struct seal_span name)
{
	(void)ctx;
	return name.len % 2 == 0;
}

/* The content after the judgement of line ends; returns its length. */
static size_t
pass_lines(struct seal_span in, enum seal_bare_lf policy)
{
	struct seal_lines lines;
	struct seal_span run;
	size_t n = 0;
	bool cr = false;

	seal_lines_init(&lines, policy);
	while (in.len > 0) {
		const size_t taken = seal_lines_recv(&lines, in.ptr, in.len, &run);

		REQUIRE(taken <= in.len && run.len > 0 && n + run.len <= TEXT_CAP);
		memcpy(clean + n, run.ptr, run.len);
		n += run.len;
		in = seal_span_from(in, taken);
	}
	seal_lines_finish(&lines);
	REQUIRE(policy == SEAL_BARE_LF_REFUSE || !lines.bare_lf);
	for (size_t i = 0; i < n; i++) {
		REQUIRE(cr == (clean[i] == '\n') || lines.bare_cr || lines.bare_lf);
		REQUIRE(clean[i] != 0 || lines.nul);
		REQUIRE(clean[i] < 0x80 || lines.eight_bit);
		cr = clean[i] == '\r';
	}
	return n;
}

static void
check_dots(struct seal_span text, struct seal_span *cuts)
{
	struct seal_undot undot;
	struct seal_span in, run;
	struct seal_dot dot;
	size_t n = 0, m = 0;

	seal_dot_init(&dot);
	for (in = text; in.len > 0;) {
		const size_t cut = fuzz_cut(cuts);
		const size_t taken = seal_dot_send(&dot, in.ptr, in.len < cut ? in.len : cut, &run);

		memcpy(stuffed + n, run.ptr, run.len);
		n += run.len;
		in = seal_span_from(in, taken);
	}
	run = seal_dot_end(&dot);
	memcpy(stuffed + n, run.ptr, run.len);
	n += run.len;
	seal_undot_init(&undot);
	for (in = seal_span(stuffed, n); in.len > 0;) {
		const size_t cut = fuzz_cut(cuts);
		const size_t taken = seal_undot_recv(&undot, in.ptr, in.len < cut ? in.len : cut, &run);

		REQUIRE(m + run.len <= TEXT_CAP);
		if (run.len > 0)
			memcpy(bare + m, run.ptr, run.len);
		m += run.len;
		in = seal_span_from(in, taken);
		REQUIRE(seal_undot_ended(&undot) == (in.len == 0));
	}
	/* With a CRLF at the end if it was missing. */
	REQUIRE(m == text.len || (m == text.len + 2 && memcmp(bare + text.len, "\r\n", 2) == 0));
	REQUIRE(text.len == 0 || memcmp(bare, text.ptr, text.len) == 0);
}

static size_t
read_header(struct seal_header *h, uint8_t *work, struct seal_span text, struct seal_span *cuts)
{
	const struct seal_header_wanted wanted = { wants, NULL };
	size_t at = 0;

	seal_header_init(h, work, WORK);
	while (at < text.len && !seal_header_ended(h)) {
		const size_t cut = cuts == NULL ? SIZE_MAX : fuzz_cut(cuts);
		struct seal_span rest = seal_span_from(text, at);
		const struct seal_span piece = fuzz_piece(&rest, cut);
		const size_t taken = seal_header_recv(h, wanted, piece.ptr, piece.len);

		REQUIRE(taken == piece.len || (taken < piece.len && seal_header_ended(h)));
		at += taken;
		fuzz_free(piece);
	}
	if (!seal_header_ended(h))
		seal_header_finish(h);
	return at;
}

static void
check_header(struct seal_span text, struct seal_span *cuts)
{
	static uint8_t work[WORK], other_work[WORK];
	struct seal_header h, other;
	const size_t len = read_header(&h, work, text, NULL);

	REQUIRE(read_header(&other, other_work, text, cuts) == len);
	REQUIRE(seal_header_status(&h) == seal_header_status(&other) && h.fault == other.fault);
	REQUIRE(h.fault == SEAL_HEADER_FINE || h.fault_line == other.fault_line);
	if (seal_header_status(&h) != SEAL_OK)
		return;
	REQUIRE(h.num_held == other.num_held && h.num_fields == other.num_fields && h.num_from == other.num_from);
	for (uint32_t i = 0; i < h.num_held; i++) {
		const struct seal_span field = seal_header_field(&h, i);
		const struct seal_span name = seal_field_name(field), value = seal_field_value(field);
		uint32_t up = h.num_held;

		REQUIRE(fuzz_within(field, seal_span(work, sizeof work)));
		REQUIRE(seal_span_equal(field, seal_header_field(&other, i)));
		REQUIRE(field.len >= 3 && memcmp(field.ptr + field.len - 2, "\r\n", 2) == 0);
		REQUIRE(name.len > 0 && fuzz_within(name, field) && fuzz_within(value, field) && wants(NULL, name));
		REQUIRE(seal_header_find_up(&h, name, &up) && up >= i);
	}
}

static void
check_address(struct seal_span value)
{
	uint8_t octets[SEAL_DOMAIN_MAX], again[SEAL_DOMAIN_MAX];
	struct seal_out domain = seal_out(octets, sizeof octets), normal = seal_out(again, sizeof again);
	enum seal_addr_fault fault;
	size_t at = 0;
	const enum seal_status status = seal_addr_author_domain(value, &domain, &fault, &at);

	REQUIRE(status == SEAL_OK || status == SEAL_E_PEER);
	if (status == SEAL_OK) {
		REQUIRE(fault == SEAL_ADDR_FINE && domain.len > 0);
		REQUIRE(seal_addr_domain_normalize(seal_out_span(&domain), &normal) == SEAL_OK);
		REQUIRE(seal_span_equal(seal_out_span(&domain), seal_out_span(&normal)));
		REQUIRE(seal_addr_domain_within(seal_out_span(&domain), seal_out_span(&normal)));
		REQUIRE(!seal_span_has_8bit(seal_out_span(&domain)) && !fuzz_has_control(seal_out_span(&domain)));
	} else {
		REQUIRE(fault != SEAL_ADDR_FINE && at <= value.len && domain.len == 0);
	}
	domain.len = 0;
	domain.overflow = false;
	if (seal_addr_domain_normalize(value, &domain) == SEAL_OK)
		REQUIRE(domain.len > 0 && !seal_span_has_8bit(seal_out_span(&domain)));
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct seal_span in = seal_span(data, len < TEXT_CAP / 2 ? len : TEXT_CAP / 2);
	const enum seal_bare_lf policy = fuzz_choice(&in) % 2 ? SEAL_BARE_LF_NORMALIZE : SEAL_BARE_LF_REFUSE;
	const size_t n = pass_lines(in, policy);
	const struct seal_span text = seal_span(clean, n);
	struct seal_span cuts = in;

	check_dots(text, &cuts);
	cuts = in;
	check_header(text, &cuts);
	check_address(in);
	return 0;
}
