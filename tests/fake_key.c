/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/fake_key.h"

#include <string.h>

static uint8_t
signature_octet(const struct fake_key *k, const struct seal_key_job *job, size_t i)
{
	return job->digest[i % SEAL_SHA256_LEN] ^ k->mark;
}

static enum seal_status
verify(const struct fake_key *k, const struct seal_key_job *job)
{
	if (job->signature_len != k->key.signature_len)
		return SEAL_E_KEY;
	for (size_t i = 0; i < job->signature_len; i++) {
		if (job->signature[i] != signature_octet(k, job, i))
			return SEAL_E_KEY;
	}
	return SEAL_OK;
}

static enum seal_status
run(struct seal_key *key, struct seal_key_job *job)
{
	struct fake_key *k = (struct fake_key *)key;

	if (job->progress < k->pending) {
		k->num_held += job->progress == 0;
		job->progress = job->progress + 1u;
		return SEAL_PENDING;
	}
	k->num_held -= k->pending > 0;
	if (++k->num_runs == k->fail_at)
		return SEAL_E_KEY;
	if (job->op == SEAL_KEY_VERIFY)
		return verify(k, job);
	job->signature_len = key->signature_len;
	for (size_t i = 0; i < job->signature_len; i++)
		job->signature[i] = signature_octet(k, job, i);
	if (k->num_runs == k->wrong_at)
		job->signature[0] ^= 1u;
	return SEAL_OK;
}

void
fake_key_init(struct fake_key *k, size_t signature_len)
{
	static const struct seal_key_ops OPS = { run };

	memset(k, 0, sizeof *k);
	k->key.ops = &OPS;
	k->key.algorithm = "rsa-sha256";
	k->key.signature_len = signature_len;
}
