/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/config/image.h"

#include <string.h>

#include "engine/base/ascii.h"
#include "engine/base/sha256.h"

#define VERSION_AT  8u
#define LENGTH_AT   12u
#define COUNT_AT    80u
#define RESERVED_AT 84u

static const uint8_t MAGIC[SEAL_IMAGE_MAGIC_LEN] = { 'S', 'E', 'A', 'L', 'I', 'M', 'G', 0x1a };

static const char *const TEXTS[] = {
	[SEAL_IMAGE_FINE] = "fine",
	[SEAL_IMAGE_SHORT] = "the memory is too small for an image",
	[SEAL_IMAGE_MAGIC] = "magic: no image found; make one with: mailseal image",
	[SEAL_IMAGE_VERSION_UNKNOWN] = "version: made for another version of this program",
	[SEAL_IMAGE_LENGTH] = "length: cut off, or larger than its memory",
	[SEAL_IMAGE_DIGEST] = "digest: damaged",
	[SEAL_IMAGE_SEED] = "seed: all bytes are the same",
	[SEAL_IMAGE_RESERVED] = "reserved bytes: not zero",
	[SEAL_IMAGE_COUNT] = "number of entries: zero, too many, or they do not fit the length",
	[SEAL_IMAGE_NAME_OFFSET] = "name offset: not right after the part before it",
	[SEAL_IMAGE_NAME_LENGTH] = "name length: zero, too long, or past the end",
	[SEAL_IMAGE_NAME_TEXT] = "name: holds a control character",
	[SEAL_IMAGE_NAME_TWICE] = "name: another entry has it too",
	[SEAL_IMAGE_DATA_OFFSET] = "data offset: not right after the part before it",
	[SEAL_IMAGE_DATA_LENGTH] = "data length: zero, or past the end",
	[SEAL_IMAGE_PADDING] = "padding: not zero",
	[SEAL_IMAGE_REST] = "length: more than the entries",
	[SEAL_IMAGE_NO_CONFIG] = "entries: none is called config",
};
_Static_assert(sizeof TEXTS / sizeof TEXTS[0] == SEAL_IMAGE_NO_CONFIG + 1u, "each fault has a text");

const char *
seal_image_fault_text(enum seal_image_fault fault)
{
	return TEXTS[fault];
}

/* Precondition: `s` has at + 4 bytes. */
static uint32_t
read_u32(struct seal_span s, size_t at)
{
	const uint8_t *p = s.ptr + at;

	return (uint32_t)p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 | (uint32_t)p[3] << 24;
}

static bool
all_same(struct seal_span s)
{
	size_t i = 1;

	while (i < s.len && s.ptr[i] == s.ptr[0])
		i++;
	return i >= s.len;
}

static bool
has_control(struct seal_span s)
{
	size_t i = 0;

	while (i < s.len && !seal_is_ctl(s.ptr[i]))
		i++;
	return i < s.len;
}

static bool
digest_matches(struct seal_span octets)
{
	const struct seal_span hashed = seal_span_from(octets, SEAL_IMAGE_SEED_AT);
	uint8_t digest[SEAL_SHA256_LEN];
	struct seal_sha256 hash;

	seal_sha256_init(&hash);
	seal_sha256_update(&hash, hashed.ptr, hashed.len);
	seal_sha256_final(&hash, digest);
	return memcmp(digest, octets.ptr + SEAL_IMAGE_DIGEST_AT, sizeof digest) == 0;
}

/* After this everything before the table is correct, and the table lies within the image. */
static enum seal_image_fault
open_header(struct seal_image *image, struct seal_span memory)
{
	uint32_t length, count;

	if (memory.len < SEAL_IMAGE_HEADER_LEN)
		return SEAL_IMAGE_SHORT;
	if (memcmp(memory.ptr, MAGIC, sizeof MAGIC) != 0)
		return SEAL_IMAGE_MAGIC;
	if (read_u32(memory, VERSION_AT) != SEAL_IMAGE_VERSION)
		return SEAL_IMAGE_VERSION_UNKNOWN;
	length = read_u32(memory, LENGTH_AT);
	if (length < SEAL_IMAGE_HEADER_LEN || length > memory.len || length % SEAL_IMAGE_ALIGN != 0)
		return SEAL_IMAGE_LENGTH;
	image->octets = seal_span_first(memory, length);
	if (!digest_matches(image->octets))
		return SEAL_IMAGE_DIGEST;
	image->seed = seal_span(memory.ptr + SEAL_IMAGE_SEED_AT, SEAL_IMAGE_SEED_LEN);
	if (all_same(image->seed))
		return SEAL_IMAGE_SEED;
	if (read_u32(memory, RESERVED_AT) != 0)
		return SEAL_IMAGE_RESERVED;
	count = read_u32(memory, COUNT_AT);
	if (count == 0 || count > SEAL_IMAGE_ENTRIES_MAX ||
	    count > (length - SEAL_IMAGE_HEADER_LEN) / SEAL_IMAGE_ENTRY_LEN)
		return SEAL_IMAGE_COUNT;
	image->num_entries = count;
	return SEAL_IMAGE_FINE;
}

/* Move *at over `len` bytes and the zeros after them. Preconditions: *at and the image's
 * length are multiples of SEAL_IMAGE_ALIGN, and `len` is not past the end; so neither is
 * the next multiple. */
static bool
skip(struct seal_span octets, size_t *at, size_t len)
{
	*at += len;
	for (; *at % SEAL_IMAGE_ALIGN != 0; (*at)++) {
		if (octets.ptr[*at] != 0)
			return false;
	}
	return true;
}

/* All that lies before *at was checked. */
static enum seal_image_fault
check_name(const struct seal_image *image, size_t entry_at, size_t *at)
{
	const struct seal_span octets = image->octets;
	const uint32_t offset = read_u32(octets, entry_at);
	const uint32_t len = read_u32(octets, entry_at + 4u);

	if (offset != *at)
		return SEAL_IMAGE_NAME_OFFSET;
	if (len == 0 || len > SEAL_IMAGE_NAME_MAX || len > octets.len - *at)
		return SEAL_IMAGE_NAME_LENGTH;
	if (has_control(seal_span(octets.ptr + offset, len)))
		return SEAL_IMAGE_NAME_TEXT;
	return skip(octets, at, len) ? SEAL_IMAGE_FINE : SEAL_IMAGE_PADDING;
}

static enum seal_image_fault
check_data(const struct seal_image *image, size_t entry_at, size_t *at)
{
	const uint32_t offset = read_u32(image->octets, entry_at + 8u);
	const uint32_t len = read_u32(image->octets, entry_at + 12u);

	if (offset != *at)
		return SEAL_IMAGE_DATA_OFFSET;
	if (len == 0 || len > image->octets.len - *at)
		return SEAL_IMAGE_DATA_LENGTH;
	return skip(image->octets, at, len) ? SEAL_IMAGE_FINE : SEAL_IMAGE_PADDING;
}

/* Preconditions: entries up to `index` were checked. */
static bool
name_is_duplicate(const struct seal_image *image, size_t index)
{
	struct seal_span name, other, data;

	(void)seal_image_entry(image, index, &name, &data);
	for (size_t i = 0; i < index; i++) {
		(void)seal_image_entry(image, i, &other, &data);
		if (seal_span_equal(name, other))
			return true;
	}
	return false;
}

static enum seal_image_fault
check_entries(struct seal_image *image)
{
	size_t at = SEAL_IMAGE_HEADER_LEN + image->num_entries * SEAL_IMAGE_ENTRY_LEN;
	size_t entry_at = SEAL_IMAGE_HEADER_LEN;
	enum seal_image_fault fault;

	for (size_t i = 0; i < image->num_entries; i++, entry_at += SEAL_IMAGE_ENTRY_LEN) {
		image->bad_entry = i;
		fault = check_name(image, entry_at, &at);
		if (fault == SEAL_IMAGE_FINE)
			fault = check_data(image, entry_at, &at);
		if (fault == SEAL_IMAGE_FINE && name_is_duplicate(image, i))
			fault = SEAL_IMAGE_NAME_TWICE;
		if (fault != SEAL_IMAGE_FINE)
			return fault;
	}
	return at == image->octets.len ? SEAL_IMAGE_FINE : SEAL_IMAGE_REST;
}

enum seal_image_fault
seal_image_open(struct seal_image *image, struct seal_span memory)
{
	enum seal_image_fault fault;

	*image = (struct seal_image){ 0 };
	fault = open_header(image, memory);
	if (fault == SEAL_IMAGE_FINE)
		fault = check_entries(image);
	if (fault == SEAL_IMAGE_FINE && !seal_image_find(image, SEAL_SPAN("config"), &image->config))
		fault = SEAL_IMAGE_NO_CONFIG;
	return fault;
}

bool
seal_image_entry(const struct seal_image *image, size_t index, struct seal_span *name,
                 struct seal_span *data)
{
	const uint8_t *octets = image->octets.ptr;
	const size_t at = SEAL_IMAGE_HEADER_LEN + index * SEAL_IMAGE_ENTRY_LEN;

	if (index >= image->num_entries)
		return false;
	*name = seal_span(octets + read_u32(image->octets, at), read_u32(image->octets, at + 4u));
	*data = seal_span(octets + read_u32(image->octets, at + 8u), read_u32(image->octets, at + 12u));
	return true;
}

bool
seal_image_find(const struct seal_image *image, struct seal_span name, struct seal_span *data)
{
	struct seal_span found;

	for (size_t i = 0; seal_image_entry(image, i, &found, data); i++) {
		if (seal_span_equal(found, name))
			return true;
	}
	return false;
}
