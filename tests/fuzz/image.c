/* SPDX-License-Identifier: Apache-2.0
 *
 * image.c - the image in flash. Promised: an image that opens holds only its entries, so an image written
 * from them is the same; it opens again, also with other memory after it.
 */
#include "engine/base/sha256.h"
#include "engine/config/image.h"
#include "tests/fuzz/fuzz.h"

static void
put_u32(uint8_t *at, size_t value)
{
	for (unsigned i = 0; i < 4; i++)
		at[i] = (uint8_t)(value >> 8 * i);
}

static void
seal(uint8_t *octets, size_t len)
{
	struct seal_sha256 hash;

	seal_sha256_init(&hash);
	seal_sha256_update(&hash, octets + SEAL_IMAGE_SEED_AT, len - SEAL_IMAGE_SEED_AT);
	seal_sha256_final(&hash, octets + SEAL_IMAGE_DIGEST_AT);
}

static size_t
append(uint8_t *octets, size_t at, struct seal_span s)
{
	memcpy(octets + at, s.ptr, s.len);
	return (at + s.len + SEAL_IMAGE_ALIGN - 1) / SEAL_IMAGE_ALIGN * SEAL_IMAGE_ALIGN;
}

static void
check_same(const struct seal_image *image)
{
	uint8_t *again = calloc(2, image->octets.len);
	struct seal_span name, data, found;
	struct seal_image other;
	size_t at = SEAL_IMAGE_HEADER_LEN + SEAL_IMAGE_ENTRY_LEN * image->num_entries;

	REQUIRE(again != NULL);
	memcpy(again, "SEALIMG\x1a\1", 9);
	put_u32(again + 12, image->octets.len);
	memcpy(again + SEAL_IMAGE_SEED_AT, image->seed.ptr, SEAL_IMAGE_SEED_LEN);
	put_u32(again + 80, image->num_entries);
	for (size_t i = 0; i < image->num_entries; i++) {
		uint8_t *entry = again + SEAL_IMAGE_HEADER_LEN + SEAL_IMAGE_ENTRY_LEN * i;

		REQUIRE(seal_image_entry(image, i, &name, &data));
		REQUIRE(name.len > 0 && data.len > 0 && !fuzz_has_control(name));
		REQUIRE(fuzz_within(name, image->octets) && fuzz_within(data, image->octets));
		REQUIRE(seal_image_find(image, name, &found) && found.ptr == data.ptr && found.len == data.len);
		put_u32(entry, at);
		put_u32(entry + 4, name.len);
		at = append(again, at, name);
		put_u32(entry + 8, at);
		put_u32(entry + 12, data.len);
		at = append(again, at, data);
	}
	REQUIRE(!seal_image_entry(image, image->num_entries, &name, &data));
	REQUIRE(at == image->octets.len);
	seal(again, at);
	REQUIRE(memcmp(again, image->octets.ptr, at) == 0);
	memset(again + at, 0xFF, at);
	REQUIRE(seal_image_open(&other, seal_span(again, 2 * at)) == SEAL_IMAGE_FINE);
	REQUIRE(other.octets.len == at && other.num_entries == image->num_entries);
	free(again);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct seal_span in = seal_span(data, len), memory, config;
	const bool sealed = fuzz_choice(&in) % 4 != 0;
	struct seal_image image;
	uint8_t *octets = malloc(in.len > 0 ? in.len : 1);

	REQUIRE(octets != NULL);
	if (in.len > 0)
		memcpy(octets, in.ptr, in.len);
	memory = seal_span(octets, in.len);
	if (sealed && in.len >= SEAL_IMAGE_HEADER_LEN) {
		memcpy(octets, "SEALIMG\x1a\1\0\0\0", 12);
		memory.len = in.len / SEAL_IMAGE_ALIGN * SEAL_IMAGE_ALIGN;
		put_u32(octets + 12, memory.len);
		seal(octets, memory.len);
	}
	if (seal_image_open(&image, memory) == SEAL_IMAGE_FINE) {
		REQUIRE(fuzz_within(image.octets, memory) && image.seed.len == SEAL_IMAGE_SEED_LEN);
		REQUIRE(seal_image_find(&image, SEAL_SPAN("config"), &config) && config.ptr == image.config.ptr);
		check_same(&image);
	}
	free(octets);
	return 0;
}
