/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/dkim/sign.h"

#include "engine/base/base64.h"
#include "engine/dkim/tags.h"

enum {
	STAGE_SIGN,
	STAGE_VERIFY,
	STAGE_DONE
};

#define CHUNK 48u /* octets of signature per piece of base64 */

/* The longest text of a signature of `len` octets, including folds. */
#define SIGNATURE_TEXT_MAX(len) (SEAL_BASE64_LEN(len) + 3u * (SEAL_BASE64_LEN(len) / 64u + 2u) + 2u)

static enum seal_status
fail_signing(struct seal_sign *s, struct seal_out *out, enum seal_status why)
{
	out->len = s->field_start;
	out->overflow = false;
	s->status = (uint8_t)why;
	return why;
}

/* h=, folded after a colon where the line is full (3.5). */
static void
put_fields(struct seal_tags *t, const struct seal_select_list *list, const struct seal_header *header)
{
	struct seal_select walk;
	struct seal_select_entry entry;
	bool first = true;

	seal_tags_tag(t, SEAL_SPAN("h"));
	seal_select_init(&walk, list);
	while (seal_select_next(&walk, list, header, &entry)) {
		if (!first)
			seal_tags_colon(t);
		seal_tags_token(t, entry.name);
		first = false;
	}
	seal_tags_end_tag(t);
}

static void
put_digest(struct seal_tags *t, const uint8_t digest[SEAL_SHA256_LEN])
{
	uint8_t text[SEAL_BASE64_LEN(SEAL_SHA256_LEN)];
	struct seal_out out = seal_out(text, sizeof text);

	seal_base64_put(&out, seal_span(digest, SEAL_SHA256_LEN));
	seal_tags_put(t, SEAL_SPAN("bh"), seal_out_span(&out));
}

/* The field up to "b=", which comes last so that its value can be appended (3.5). */
static void
put_unsigned_field(struct seal_tags *t, struct seal_out *out, const struct seal_sign_params *p,
                   const struct seal_header *header, const uint8_t *body_digest,
                   const struct seal_key *key)
{
	static const char *const CANON[2][2] = {
		{ "simple/simple", "simple/relaxed" }, { "relaxed/simple", "relaxed/relaxed" }
	};

	seal_tags_begin(t, out, SEAL_SPAN("DKIM-Signature"));
	seal_tags_put(t, SEAL_SPAN("v"), SEAL_SPAN("1"));
	seal_tags_put(t, SEAL_SPAN("a"), seal_span_text(key->algorithm));
	seal_tags_put(t, SEAL_SPAN("c"), seal_span_text(CANON[p->header_canon][p->body_canon]));
	seal_tags_put(t, SEAL_SPAN("d"), p->domain);
	seal_tags_put(t, SEAL_SPAN("s"), p->selector);
	if (p->identity.len > 0)
		seal_tags_put(t, SEAL_SPAN("i"), p->identity);
	if (p->query_method)
		seal_tags_put(t, SEAL_SPAN("q"), SEAL_SPAN("dns/txt"));
	if (p->signed_at_s > 0)
		seal_tags_put_u64(t, SEAL_SPAN("t"), p->signed_at_s);
	if (p->signed_at_s > 0 && p->lifetime_s > 0)
		seal_tags_put_u64(t, SEAL_SPAN("x"), p->signed_at_s + p->lifetime_s);
	put_fields(t, &p->fields, header);
	put_digest(t, body_digest);
	seal_tags_tag(t, SEAL_SPAN("b"));
}

static void
hash_header_run(void *ctx, const uint8_t *ptr, size_t len)
{
	struct seal_sha256 *hash = ctx;

	seal_sha256_update(hash, ptr, len);
}

/* The header hash (3.7 step 2): the fields of h=, then this field itself, with an empty b=
 * and without its CRLF. */
static void
hash_header(const struct seal_sign_params *p, const struct seal_header *header,
            struct seal_span own_field, uint8_t digest[SEAL_SHA256_LEN])
{
	static const uint8_t CRLF[2] = { '\r', '\n' };
	struct seal_sha256 hash;
	const struct seal_sink sink = { hash_header_run, &hash };
	struct seal_select walk;
	struct seal_select_entry entry;

	seal_sha256_init(&hash);
	seal_select_init(&walk, &p->fields);
	while (seal_select_next(&walk, &p->fields, header, &entry)) {
		if (entry.field.len < sizeof CRLF)
			continue; /* oversigned: no octets */
		seal_canon_field(p->header_canon,
		                 seal_span_first(entry.field, entry.field.len - sizeof CRLF), sink);
		seal_sha256_update(&hash, CRLF, sizeof CRLF);
	}
	seal_canon_field(p->header_canon, own_field, sink);
	seal_sha256_final(&hash, digest);
}

static bool
is_complete(const struct seal_sign_params *p, const struct seal_key *key)
{
	return p->domain.len > 0 && p->selector.len > 0 && key->signature_len > 0 &&
	       key->signature_len <= SEAL_SIGNATURE_MAX &&
	       seal_select_wants(&p->fields, SEAL_SPAN("From"));
}

enum seal_status
seal_sign_start(struct seal_sign *s, const struct seal_sign_params *params,
                const struct seal_header *header, const uint8_t body_digest[SEAL_SHA256_LEN],
                struct seal_key *key, struct seal_out *out)
{
	struct seal_tags tags;

	*s = (struct seal_sign){ .key = key, .field_start = out->len, .stage = STAGE_SIGN };
	if (!is_complete(params, key) || body_digest == NULL)
		return fail_signing(s, out, SEAL_E_CALLER);
	if (header->num_from == 0)
		return fail_signing(s, out, SEAL_E_PEER);
	put_unsigned_field(&tags, out, params, header, body_digest, key);
	if (out->overflow || SIGNATURE_TEXT_MAX(key->signature_len) > out->cap - out->len)
		return fail_signing(s, out, SEAL_E_LIMIT);
	s->column = tags.column;
	hash_header(params, header, seal_span_from(seal_out_span(out), s->field_start), s->job.digest);
	s->job.op = SEAL_KEY_SIGN;
	return SEAL_OK;
}

static void
put_signature(struct seal_sign *s, struct seal_out *out)
{
	struct seal_tags tags = { out, s->column };
	uint8_t text[SEAL_BASE64_LEN(CHUNK)];

	for (size_t i = 0; i < s->job.signature_len; i += CHUNK) {
		const struct seal_span all = seal_span(s->job.signature, s->job.signature_len);
		struct seal_out piece = seal_out(text, sizeof text);

		seal_base64_put(&piece, seal_span_first(seal_span_from(all, i), CHUNK));
		seal_tags_octets(&tags, seal_out_span(&piece));
	}
	seal_out_text(out, "\r\n");
}

enum seal_status
seal_sign_run(struct seal_sign *s, struct seal_out *out)
{
	while (s->status == SEAL_OK && s->stage != STAGE_DONE) {
		const enum seal_status result = s->key->ops->run(s->key, &s->job);

		if (result == SEAL_PENDING)
			return SEAL_PENDING;
		if (result != SEAL_OK)
			return fail_signing(s, out, SEAL_E_KEY);
		s->job.op = SEAL_KEY_VERIFY;
		s->job.progress = 0;
		if (++s->stage == STAGE_DONE)
			put_signature(s, out);
	}
	return (enum seal_status)s->status;
}
