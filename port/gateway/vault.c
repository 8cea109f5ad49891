/* SPDX-License-Identifier: Apache-2.0 */
#include "port/gateway/vault.h"

#include <string.h>

#include "engine/base/ct.h"

/* A block: magic, id, nonce, length of the secret (least significant octet first), zero; the secret
 * and zeros, encrypted; the tag: SHA-256 of its key and all octets before it, whose number is
 * always the same. */
#define AT_MAGIC  0u
#define AT_ID     8u
#define AT_NONCE  16u
#define AT_LEN    28u
#define AT_SECRET 32u
#define AT_TAG    480u

_Static_assert(AT_SECRET + SEAL_VAULT_SECRET_MAX == AT_TAG && AT_TAG + SEAL_SHA256_LEN == SEAL_BLOCK_SIZE, "fits");
_Static_assert(SEAL_VAULT_SLOTS_MAX * (SEAL_VAULT_ID + 2u) <= SEAL_STATE_VALUES, "the state has room");

static const uint8_t MAGIC[8] = { 's', 'e', 'a', 'l', 'k', 'e', 'y', '1' };

enum step {
	STEP_FORGET,
	STEP_WRITE,
	STEP_SYNC,
	STEP_VERIFY,
	STEP_RECORD
};

/* The key under which the state keeps a slot. */
static uint8_t
key_of(uint8_t slot)
{
	return (uint8_t)(slot + 1u);
}

struct seal_vault_id
seal_vault_id(struct seal_span name)
{
	uint8_t digest[SEAL_SHA256_LEN];
	struct seal_vault_id id;
	struct seal_sha256 hash;

	seal_sha256_init(&hash);
	seal_sha256_update(&hash, name.ptr, name.len);
	seal_sha256_final(&hash, digest);
	memcpy(id.octets, digest, sizeof id.octets);
	return id;
}

void
seal_vault_init(struct seal_vault *v, struct seal_block *dev, const uint32_t state_blocks[2], uint32_t first_block,
                uint8_t num_slots, struct seal_cipher cipher, const uint8_t tag_key[SEAL_SHA256_LEN])
{
	*v = (struct seal_vault){ .dev = dev, .first_block = first_block, .num_slots = num_slots, .cipher = cipher };
	memcpy(v->tag_key, tag_key, sizeof v->tag_key);
	seal_state_init(&v->state, dev, state_blocks[0], state_blocks[1]);
}

enum seal_status
seal_vault_open(struct seal_vault *v, uint8_t work[SEAL_BLOCK_SIZE])
{
	const enum seal_status status = seal_state_open(&v->state, work);

	return status == SEAL_OK && v->state.found == SEAL_STATE_DAMAGED ? SEAL_E_KEY : status;
}

/* --- blocks ------------------------------------------------------------------------------ */

static void
crypt(const struct seal_vault *v, uint8_t *work)
{
	uint8_t stream[SEAL_CIPHER_OUT];

	for (uint32_t i = 0; i < SEAL_VAULT_SECRET_MAX / SEAL_CIPHER_OUT; i++) {
		v->cipher.keystream(v->cipher.ctx, work + AT_NONCE, i, stream);
		for (uint32_t j = 0; j < SEAL_CIPHER_OUT; j++)
			work[AT_SECRET + i * SEAL_CIPHER_OUT + j] ^= stream[j];
	}
	seal_wipe(stream, sizeof stream);
}

static void
make_tag(const struct seal_vault *v, const uint8_t *work, uint8_t tag[SEAL_SHA256_LEN])
{
	struct seal_sha256 hash;

	seal_sha256_init(&hash);
	seal_sha256_update(&hash, v->tag_key, sizeof v->tag_key);
	seal_sha256_update(&hash, work, AT_TAG);
	seal_sha256_final(&hash, tag);
}

static void
vault_compose(const struct seal_vault *v, struct seal_vault_id id, const uint8_t *nonce, struct seal_span secret,
        uint8_t *work)
{
	memset(work, 0, SEAL_BLOCK_SIZE);
	memcpy(work + AT_MAGIC, MAGIC, sizeof MAGIC);
	memcpy(work + AT_ID, id.octets, sizeof id.octets);
	memcpy(work + AT_NONCE, nonce, SEAL_CIPHER_NONCE);
	work[AT_LEN] = (uint8_t)secret.len;
	work[AT_LEN + 1u] = (uint8_t)(secret.len >> 8);
	memcpy(work + AT_SECRET, secret.ptr, secret.len);
	crypt(v, work);
	make_tag(v, work, work + AT_TAG);
}

static size_t
secret_len(const uint8_t *work)
{
	return work[AT_LEN] | (size_t)work[AT_LEN + 1u] << 8;
}

static bool
vault_is_whole(const struct seal_vault *v, struct seal_vault_id id, const uint8_t *work)
{
	uint8_t tag[SEAL_SHA256_LEN];

	make_tag(v, work, tag);
	return seal_ct_equal(tag, work + AT_TAG, sizeof tag) && memcmp(work + AT_MAGIC, MAGIC, sizeof MAGIC) == 0 &&
	       memcmp(work + AT_ID, id.octets, sizeof id.octets) == 0 && secret_len(work) <= SEAL_VAULT_SECRET_MAX;
}

/* --- slots ------------------------------------------------------------------------------- */

bool
seal_vault_find(const struct seal_vault *v, struct seal_vault_id id, uint8_t *slot)
{
	const struct seal_span wanted = seal_span(id.octets, sizeof id.octets);

	for (*slot = 0; *slot < v->num_slots; (*slot)++) {
		if (seal_span_equal(seal_state_get(&v->state, key_of(*slot)), wanted))
			return true;
	}
	return false;
}

bool
seal_vault_place(const struct seal_vault *v, bool (*wanted)(void *ctx, struct seal_vault_id id), void *ctx,
                 uint8_t *slot)
{
	for (*slot = 0; *slot < v->num_slots; (*slot)++) {
		if (seal_state_get(&v->state, key_of(*slot)).len == 0)
			return true;
	}
	for (*slot = 0; *slot < v->num_slots; (*slot)++) {
		struct seal_vault_id id = { { 0 } };
		const struct seal_span there = seal_state_get(&v->state, key_of(*slot));

		memcpy(id.octets, there.ptr, there.len < sizeof id.octets ? there.len : sizeof id.octets);
		if (!wanted(ctx, id))
			return true;
	}
	return false;
}

/* --- secrets ----------------------------------------------------------------------------- */

enum seal_status
seal_vault_load(struct seal_vault *v, uint8_t slot, struct seal_vault_id id, uint8_t work[SEAL_BLOCK_SIZE],
                struct seal_span *secret)
{
	const enum seal_status status = v->dev->ops->read(v->dev, v->first_block + slot, work);

	if (status != SEAL_OK)
		return status == SEAL_PENDING ? status : SEAL_E_SPOOL;
	if (!vault_is_whole(v, id, work))
		return SEAL_E_KEY;
	crypt(v, work);
	*secret = seal_span(work + AT_SECRET, secret_len(work));
	return SEAL_OK;
}

static enum seal_status
store_step(struct seal_vault *v, uint8_t slot, struct seal_vault_id id, const uint8_t *nonce, struct seal_span secret,
           uint8_t *work)
{
	const uint32_t block = v->first_block + slot;
	enum seal_status status = SEAL_E_CALLER;

	switch ((enum step)v->step) {
	case STEP_FORGET:
		(void)seal_state_set(&v->state, key_of(slot), NULL, 0);
		status = seal_state_save(&v->state, work);
		break;
	case STEP_WRITE:
		vault_compose(v, id, nonce, secret, work);
		status = v->dev->ops->write(v->dev, block, work);
		break;
	case STEP_SYNC:
		status = v->dev->ops->sync(v->dev);
		break;
	case STEP_VERIFY:
		status = v->dev->ops->read(v->dev, block, work);
		if (status == SEAL_OK && !vault_is_whole(v, id, work))
			status = SEAL_E_SPOOL;
		if (status == SEAL_OK)
			status = seal_state_set(&v->state, key_of(slot), id.octets, sizeof id.octets);
		break;
	case STEP_RECORD:
		status = seal_state_save(&v->state, work);
		break;
	}
	if (status == SEAL_OK)
		v->step++;
	return status;
}

enum seal_status
seal_vault_store(struct seal_vault *v, uint8_t slot, struct seal_vault_id id, const uint8_t nonce[SEAL_CIPHER_NONCE],
                 struct seal_span secret, uint8_t work[SEAL_BLOCK_SIZE])
{
	enum seal_status status;

	if (secret.len > SEAL_VAULT_SECRET_MAX)
		return SEAL_E_CALLER;
	do
		status = store_step(v, slot, id, nonce, secret, work);
	while (status == SEAL_OK && v->step <= STEP_RECORD);
	if (status == SEAL_PENDING)
		return status;
	v->step = STEP_FORGET;
	return status == SEAL_OK ? SEAL_OK : SEAL_E_SPOOL;
}
