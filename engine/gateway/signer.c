/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/gateway/signer.h"

void
seal_signer_init(struct seal_signer *s, const struct seal_out *out)
{
	s->num_done = 0;
	s->start = out->len;
	s->running = false;
}

static enum seal_status
start_one(struct seal_signer *s, const struct seal_intake *in, struct seal_key_source keys,
          uint64_t now_s, struct seal_out *out)
{
	const struct seal_config_domain *domain = in->verdict.signers[s->num_done];
	struct seal_key *key = keys.find(keys.ctx, domain);
	uint8_t name[SEAL_DOMAIN_MAX];
	struct seal_out normalized = seal_out(name, sizeof name);
	struct seal_sign_params params = {
		.selector = domain->selector,
		.identity = domain->identity,
		.fields = domain->fields,
		.header_canon = domain->header_canon,
		.body_canon = domain->body_canon,
		.signed_at_s = domain->timestamp ? now_s : 0,
		.lifetime_s = domain->lifetime_s,
		.query_method = domain->query_method
	};

	if (key == NULL)
		return SEAL_E_KEY;
	if (seal_addr_domain_normalize(domain->name, &normalized) != SEAL_OK)
		return SEAL_E_CALLER;
	params.domain = seal_out_span(&normalized);
	return seal_sign_start(&s->sign, &params, &in->header,
	                       seal_body_hash_digest(&in->body, domain->body_canon), key, out);
}

enum seal_status
seal_signer_run(struct seal_signer *s, const struct seal_intake *in, struct seal_key_source keys,
                uint64_t now_s, struct seal_out *out)
{
	enum seal_status status = SEAL_OK;

	while (status == SEAL_OK && (s->running || s->num_done < in->verdict.num_signers)) {
		if (!s->running)
			status = start_one(s, in, keys, now_s, out);
		if (status == SEAL_OK)
			status = seal_sign_run(&s->sign, out);
		s->running = status == SEAL_PENDING;
		if (status == SEAL_OK)
			s->num_done++;
	}
	if (status != SEAL_OK && status != SEAL_PENDING)
		out->len = s->start;
	return status;
}

enum seal_status
seal_signer_settle(struct seal_signer *s, struct seal_out *out)
{
	if (s->running)
		s->running = seal_sign_run(&s->sign, out) == SEAL_PENDING;
	return s->running ? SEAL_PENDING : SEAL_OK;
}
