/* SPDX-License-Identifier: Apache-2.0
 *
 * test_vault.c - secrets on a medium: after any failure and any loss of power a secret is found
 * again or was never stored; it is never a different one, and never readable.
 */
#include "port/gateway/vault.h"
#include "tests/unit/fake_block.h"
#include "tests/unit/test.h"

#define NUM_SLOTS   3u
#define FIRST       4u
#define NUM_BLOCKS  (FIRST + NUM_SLOTS)
#define PENDING_MAX 200u
#define SECRET_LEN  256u

static const uint32_t STATE_BLOCKS[2] = { 0, 2 };

static uint8_t blocks[NUM_BLOCKS][SEAL_BLOCK_SIZE];
static uint8_t work[SEAL_BLOCK_SIZE];
static uint8_t secrets[2][SECRET_LEN];
static struct fake_block fake;
static struct seal_vault vault;
static uint8_t cipher_key;

/* No cipher, but another stream for each key, nonce and block. */
static void
vault_keystream(void *ctx, const uint8_t nonce[SEAL_CIPHER_NONCE], uint32_t block, uint8_t out[SEAL_CIPHER_OUT])
{
	const uint8_t *key = ctx;
	uint8_t digest[SEAL_SHA256_LEN];
	struct seal_sha256 hash;

	seal_sha256_init(&hash);
	seal_sha256_update(&hash, key, 1);
	seal_sha256_update(&hash, nonce, SEAL_CIPHER_NONCE);
	seal_sha256_update(&hash, (const uint8_t *)&block, sizeof block);
	seal_sha256_final(&hash, digest);
	memcpy(out, digest, SEAL_CIPHER_OUT);
}

static void
init(uint8_t key)
{
	uint8_t tag_key[SEAL_SHA256_LEN];

	memset(tag_key, key, sizeof tag_key);
	cipher_key = key;
	memset(&vault, 0xaa, sizeof vault);
	seal_vault_init(&vault, &fake.block, STATE_BLOCKS, FIRST, NUM_SLOTS,
	                (struct seal_cipher){ vault_keystream, &cipher_key }, tag_key);
}

/* Power on. */
static enum seal_status
vault_start(uint8_t key)
{
	enum seal_status status = SEAL_PENDING;

	init(key);
	for (unsigned i = 0; i < PENDING_MAX && status == SEAL_PENDING; i++)
		status = seal_vault_open(&vault, work);
	return status;
}

static struct seal_vault_id
id_of(const char *name)
{
	return seal_vault_id(seal_span_text(name));
}

static enum seal_status
store(uint8_t slot, const char *name, const uint8_t *secret)
{
	static const uint8_t nonce[SEAL_CIPHER_NONCE] = "twelve octet";
	enum seal_status status = SEAL_PENDING;

	for (unsigned i = 0; i < PENDING_MAX && status == SEAL_PENDING; i++)
		status = seal_vault_store(&vault, slot, id_of(name), nonce, seal_span(secret, SECRET_LEN), work);
	return status;
}

static enum seal_status
load(uint8_t slot, const char *name, const uint8_t *wanted)
{
	struct seal_span secret = seal_span(NULL, 0);
	enum seal_status status = SEAL_PENDING;

	for (unsigned i = 0; i < PENDING_MAX && status == SEAL_PENDING; i++)
		status = seal_vault_load(&vault, slot, id_of(name), work, &secret);
	if (status == SEAL_OK)
		CHECK_SPANS(secret, seal_span(wanted, SECRET_LEN));
	return status;
}

/* A medium on which "one" lies at slot 0. */
static void
vault_prepare(void)
{
	for (size_t i = 0; i < SECRET_LEN; i++) {
		secrets[0][i] = (uint8_t)i;
		secrets[1][i] = (uint8_t)(200u - i);
	}
	fake_block_init(&fake, blocks, NUM_BLOCKS, 0xff);
	CHECK_EQ(vault_start(1), SEAL_OK);
	CHECK_EQ(store(0, "one", secrets[0]), SEAL_OK);
}

static bool
is_on_the_medium(const uint8_t *secret)
{
	const uint8_t *all = blocks[0];

	for (size_t i = 0; i + 16u <= sizeof blocks; i++) {
		if (memcmp(all + i, secret, 16) == 0)
			return true;
	}
	return false;
}

TEST(a_secret_is_found_again)
{
	uint8_t slot = 9;

	vault_prepare();
	fake.patience = 2;
	CHECK_EQ(store(2, "two", secrets[1]), SEAL_OK);
	CHECK_EQ(vault_start(1), SEAL_OK);
	CHECK(seal_vault_find(&vault, id_of("one"), &slot));
	CHECK_EQ(slot, 0);
	CHECK_EQ(load(slot, "one", secrets[0]), SEAL_OK);
	CHECK(seal_vault_find(&vault, id_of("two"), &slot));
	CHECK_EQ(slot, 2);
	CHECK_EQ(load(slot, "two", secrets[1]), SEAL_OK);
	CHECK(!seal_vault_find(&vault, id_of("three"), &slot));
	CHECK(!is_on_the_medium(secrets[0]));
	CHECK(!is_on_the_medium(secrets[1]));
}

TEST(a_secret_of_another_name_or_key_is_not_found)
{
	vault_prepare();
	CHECK_EQ(load(0, "two", secrets[0]), SEAL_E_KEY);
	CHECK_EQ(vault_start(2), SEAL_OK);
	CHECK_EQ(load(0, "one", secrets[0]), SEAL_E_KEY);
	CHECK_EQ(load(1, "one", secrets[0]), SEAL_E_KEY); /* nothing was ever there */
}

TEST(a_secret_that_was_changed_is_not_found)
{
	vault_prepare();
	for (size_t i = 0; i < SEAL_BLOCK_SIZE; i++) {
		blocks[FIRST][i] ^= (uint8_t)(1u << i % 8u);
		if (load(0, "one", secrets[0]) != SEAL_E_KEY)
			CHECK_EQ(i, SEAL_BLOCK_SIZE);
		blocks[FIRST][i] ^= (uint8_t)(1u << i % 8u);
	}
	CHECK_EQ(load(0, "one", secrets[0]), SEAL_OK);
}

/* After the start: "one" is as it was, "two" whole or not there. */
static void
check_both(bool must_be_there)
{
	uint8_t slot;

	fake_block_set(&fake, FAKE_SOUND, 0);
	CHECK_EQ(vault_start(1), SEAL_OK);
	CHECK(seal_vault_find(&vault, id_of("one"), &slot));
	CHECK_EQ(load(0, "one", secrets[0]), SEAL_OK);
	if (seal_vault_find(&vault, id_of("two"), &slot))
		CHECK_EQ(load(slot, "two", secrets[1]), SEAL_OK);
	else
		CHECK(!must_be_there);
}

TEST(power_may_go_at_any_moment)
{
	static const uint32_t lens[] = { 0, 1, 300, 511, 512 };

	for (unsigned l = 0; l < sizeof lens / sizeof lens[0]; l++) {
		bool cut = true;

		for (uint32_t at = 0; cut && at < 40; at++) {
			vault_prepare();
			fake.erases = true;
			fake.cut_len = lens[l];
			fake_block_set(&fake, FAKE_IS_CUT, at);
			cut = store(1, "two", secrets[1]) != SEAL_OK;
			check_both(!cut);
		}
		CHECK(!cut);
	}
}

TEST(every_failure_of_the_medium_is_noticed)
{
	static const enum fake_fault faults[] = { FAKE_FAILS, FAKE_LIES, FAKE_FLIPS };

	for (unsigned f = 0; f < sizeof faults / sizeof faults[0]; f++) {
		uint32_t num_ops = 0;

		for (uint32_t at = 0; at <= num_ops; at++) {
			enum seal_status status;

			vault_prepare();
			num_ops = fake.num_ops;
			fake_block_set(&fake, faults[f], at);
			status = store(1, "two", secrets[1]);
			num_ops = fake.num_ops - num_ops;
			CHECK(status == SEAL_OK || status == SEAL_E_SPOOL);
			if (status != SEAL_OK)          /* it may be tried again */
				CHECK_EQ(store(1, "two", secrets[1]), SEAL_OK);
			check_both(true);
		}
	}
}

static bool
is_two(void *ctx, struct seal_vault_id id)
{
	(void)ctx;
	return memcmp(id.octets, id_of("two").octets, sizeof id.octets) == 0;
}

static bool
is_any(void *ctx, struct seal_vault_id id)
{
	(void)ctx;
	(void)id;
	return true;
}

TEST(a_new_secret_goes_where_no_other_is_wanted)
{
	uint8_t slot = 9;

	vault_prepare();
	CHECK(seal_vault_place(&vault, is_two, NULL, &slot));
	CHECK_EQ(slot, 1);                      /* a free slot is used first */
	CHECK_EQ(store(1, "two", secrets[1]), SEAL_OK);
	CHECK_EQ(store(2, "three", secrets[1]), SEAL_OK);
	CHECK(!seal_vault_place(&vault, is_any, NULL, &slot));
	CHECK(seal_vault_place(&vault, is_two, NULL, &slot));
	CHECK_EQ(slot, 0);
	CHECK_EQ(store(0, "four", secrets[1]), SEAL_OK);
	CHECK_EQ(vault_start(1), SEAL_OK);
	CHECK(!seal_vault_find(&vault, id_of("one"), &slot));
	CHECK(seal_vault_find(&vault, id_of("four"), &slot));
	CHECK_EQ(load(slot, "four", secrets[1]), SEAL_OK);
}

TEST(bounds_of_a_secret)
{
	static const uint8_t nonce[SEAL_CIPHER_NONCE];
	static uint8_t longest[SEAL_VAULT_SECRET_MAX + 1u];
	struct seal_span secret;
	enum seal_status status = SEAL_PENDING;

	vault_prepare();
	CHECK_EQ(seal_vault_store(&vault, 1, id_of("two"), nonce, seal_span(longest, sizeof longest), work),
	         SEAL_E_CALLER);
	while (status == SEAL_PENDING)
		status = seal_vault_store(&vault, 1, id_of("two"), nonce, seal_span(longest, SEAL_VAULT_SECRET_MAX),
		                          work);
	CHECK_EQ(status, SEAL_OK);
	CHECK_EQ(seal_vault_load(&vault, 1, id_of("two"), work, &secret), SEAL_OK);
	CHECK_SPANS(secret, seal_span(longest, SEAL_VAULT_SECRET_MAX));
}

TEST(predictable_values_are_no_secret)
{
	vault_prepare();
	memset(blocks[STATE_BLOCKS[0]] + 100, 1, 8);
	memset(blocks[STATE_BLOCKS[1]] + 100, 1, 8);
	CHECK_EQ(vault_start(1), SEAL_E_KEY);
	fake_block_set(&fake, FAKE_IS_CUT, 0);
	CHECK_EQ(vault_start(1), SEAL_E_SPOOL);
}

const struct test_case test_vault_cases[] = {
	CASE(a_secret_is_found_again),
	CASE(a_secret_of_another_name_or_key_is_not_found),
	CASE(a_secret_that_was_changed_is_not_found),
	CASE(power_may_go_at_any_moment),
	CASE(every_failure_of_the_medium_is_noticed),
	CASE(a_new_secret_goes_where_no_other_is_wanted),
	CASE(bounds_of_a_secret),
	CASE(predictable_values_are_no_secret),
	CASE_END
};
