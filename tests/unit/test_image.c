/* SPDX-License-Identifier: Apache-2.0
 *
 * test_image.c - images are written here independently, from the description in image.h, so that
 * the reader is not tested with its own writer. No image is larger than two kilobytes.
 */
#include "engine/base/sha256.h"
#include "engine/config/image.h"
#include "tests/unit/test.h"

#define IMAGE_MAX 2176u

struct writer {
	uint8_t octets[IMAGE_MAX];
	size_t len, num_entries;
};

/* One for all: the stack of a board is small. */
static struct writer writer;

static void
image_put_u32(size_t at, uint32_t value)
{
	for (size_t i = 0; i < 4; i++)
		writer.octets[at + i] = (uint8_t)(value >> 8 * i);
}

static uint32_t
get_u32(size_t at)
{
	uint32_t value = 0;

	for (size_t i = 0; i < 4; i++)
		value |= (uint32_t)writer.octets[at + i] << 8 * i;
	return value;
}

/* An image for `capacity` entries. */
static void
image_begin(size_t capacity)
{
	memset(&writer, 0, sizeof writer);
	memcpy(writer.octets, "SEALIMG\x1a", 8);
	image_put_u32(8, 1);
	for (size_t i = 0; i < 32; i++)
		writer.octets[48 + i] = (uint8_t)(7u * i + 1u);
	writer.len = 88 + 16 * capacity;
}

/* Append octets at the next multiple of 8; returns their offset. */
static uint32_t
image_append(struct seal_span s)
{
	const size_t at = writer.len;

	if (s.len > 0)
		memcpy(writer.octets + at, s.ptr, s.len);
	writer.len = (at + s.len + 7u) / 8u * 8u;
	return (uint32_t)at;
}

static void
image_add(struct seal_span name, struct seal_span data)
{
	const size_t entry = 88 + 16 * writer.num_entries++;

	image_put_u32(entry, image_append(name));
	image_put_u32(entry + 4, (uint32_t)name.len);
	image_put_u32(entry + 8, image_append(data));
	image_put_u32(entry + 12, (uint32_t)data.len);
}

static void
seal(void)
{
	struct seal_sha256 hash;

	seal_sha256_init(&hash);
	seal_sha256_update(&hash, writer.octets + 48, writer.len - 48);
	seal_sha256_final(&hash, writer.octets + 16);
}

static struct seal_span
image_finish(void)
{
	image_put_u32(12, (uint32_t)writer.len);
	image_put_u32(80, (uint32_t)writer.num_entries);
	seal();
	return seal_span(writer.octets, writer.len);
}

/* Entries at 88 and 104, names and data at 120, 128, 144, 152; 168 octets in all. */
static struct seal_span
small_image(void)
{
	image_begin(2);
	image_add(SEAL_SPAN("config"), SEAL_SPAN("[gateway]\n"));
	image_add(SEAL_SPAN("s1.pem"), SEAL_SPAN("-----BEGIN"));
	return image_finish();
}

static enum seal_image_fault
image_open_it(struct seal_span memory)
{
	struct seal_image image;

	return seal_image_open(&image, memory);
}

/* The small image with one changed number and a digest that is right for it. */
static enum seal_image_fault
with_u32(size_t at, uint32_t value)
{
	struct seal_span octets = small_image();

	image_put_u32(at, value);
	seal();
	return image_open_it(octets);
}

TEST(an_image_gives_back_what_was_packed)
{
	struct seal_image image;
	struct seal_span memory = small_image();
	struct seal_span name, data;

	CHECK_EQ(memory.len, 168);
	CHECK_EQ(seal_image_open(&image, memory), SEAL_IMAGE_FINE);
	CHECK_SPAN(image.config, "[gateway]\n");
	CHECK_EQ(image.num_entries, 2);
	CHECK_EQ(image.octets.len, memory.len);
	CHECK_SPANS(image.seed, seal_span(writer.octets + 48, 32));
	CHECK(seal_image_find(&image, SEAL_SPAN("s1.pem"), &data));
	CHECK_SPAN(data, "-----BEGIN");
	CHECK(data.ptr == writer.octets + 152); /* where it lies, not a copy */
	CHECK(seal_image_entry(&image, 0, &name, &data));
	CHECK_SPAN(name, "config");
	CHECK_SPAN(data, "[gateway]\n");
	CHECK(seal_image_entry(&image, 1, &name, &data));
	CHECK_SPAN(name, "s1.pem");
	CHECK(!seal_image_entry(&image, 2, &name, &data));
	CHECK(!seal_image_entry(&image, SIZE_MAX, &name, &data));
}

TEST(names_are_found_as_they_are_written)
{
	struct seal_image image;
	struct seal_span data;

	CHECK_EQ(seal_image_open(&image, small_image()), SEAL_IMAGE_FINE);
	CHECK(!seal_image_find(&image, SEAL_SPAN("S1.pem"), &data));
	CHECK(!seal_image_find(&image, SEAL_SPAN("s1.pe"), &data));
	CHECK(!seal_image_find(&image, SEAL_SPAN("s1.pem "), &data));
	CHECK(!seal_image_find(&image, seal_span(NULL, 0), &data));
}

TEST(names_and_data_of_every_length_come_back)
{
	for (size_t len = 1; len <= SEAL_IMAGE_NAME_MAX; len++) {
		uint8_t text[SEAL_IMAGE_NAME_MAX];
		struct seal_image image;
		struct seal_span data;

		memset(text, 'k', sizeof text);
		image_begin(3);
		image_add(seal_span(text, len), seal_span(text, len));
		image_add(SEAL_SPAN("config"), SEAL_SPAN("x"));
		image_add(SEAL_SPAN("last"), seal_span(text, len));
		CHECK_EQ(seal_image_open(&image, image_finish()), SEAL_IMAGE_FINE);
		CHECK(seal_image_find(&image, seal_span(text, len), &data));
		CHECK_SPANS(data, seal_span(text, len));
		CHECK(seal_image_find(&image, SEAL_SPAN("last"), &data));
		CHECK_SPANS(data, seal_span(text, len));
		CHECK_SPAN(image.config, "x");
	}
}

TEST(memory_after_the_image_is_not_read)
{
	struct seal_image image;
	struct seal_span memory = small_image();

	memset(writer.octets + memory.len, 0xff, 64);
	memory.len += 64;
	CHECK_EQ(seal_image_open(&image, memory), SEAL_IMAGE_FINE);
	CHECK_EQ(image.octets.len, 168);
}

/* Flash may begin anywhere; numbers are read octet by octet. */
TEST(memory_needs_no_alignment)
{
	static uint8_t moved[256];

	for (size_t shift = 0; shift < 8; shift++) {
		const struct seal_span memory = small_image();
		struct seal_image image;

		memcpy(moved + shift, memory.ptr, memory.len);
		CHECK_EQ(seal_image_open(&image, seal_span(moved + shift, memory.len)), SEAL_IMAGE_FINE);
		CHECK_SPAN(image.config, "[gateway]\n");
	}
}

/* The changed octet determines the reason. */
static enum seal_image_fault
damage_at(size_t at)
{
	if (at < 8)
		return SEAL_IMAGE_MAGIC;
	return at < 12 ? SEAL_IMAGE_VERSION_UNKNOWN : SEAL_IMAGE_DIGEST;
}

TEST(every_changed_bit_is_refused)
{
	const struct seal_span memory = small_image();

	for (size_t at = 0; at < memory.len; at++) {
		for (unsigned bit = 0; bit < 8; bit++) {
			enum seal_image_fault fault;

			writer.octets[at] ^= (uint8_t)(1u << bit);
			fault = image_open_it(memory);
			if (at >= 12 && at < 16)
				CHECK(fault == SEAL_IMAGE_LENGTH || fault == SEAL_IMAGE_DIGEST);
			else
				CHECK_EQ(fault, damage_at(at));
			writer.octets[at] ^= (uint8_t)(1u << bit);
		}
	}
	CHECK_EQ(image_open_it(memory), SEAL_IMAGE_FINE);
}

TEST(every_octet_of_every_other_value_is_refused)
{
	const struct seal_span memory = small_image();

	for (size_t at = 0; at < memory.len; at++) {
		const uint8_t was = writer.octets[at];

		for (unsigned value = 0; value < 256; value++) {
			writer.octets[at] = (uint8_t)value;
			if (value != was)
				CHECK(image_open_it(memory) != SEAL_IMAGE_FINE);
		}
		writer.octets[at] = was;
	}
}

TEST(every_truncation_is_refused)
{
	const struct seal_span memory = small_image();

	for (size_t len = 0; len < memory.len; len++)
		CHECK_EQ(image_open_it(seal_span_first(memory, len)), len < 88 ? SEAL_IMAGE_SHORT : SEAL_IMAGE_LENGTH);
	CHECK_EQ(image_open_it(seal_span(NULL, 0)), SEAL_IMAGE_SHORT);
}

/* Cut off, with the length adapted. */
TEST(every_truncation_that_is_digested_is_refused)
{
	for (size_t len = 88; len < 168; len += 8) {
		struct seal_span memory = small_image();

		image_put_u32(12, (uint32_t)len);
		writer.len = len;
		seal();
		memory.len = len;
		CHECK(image_open_it(memory) >= SEAL_IMAGE_COUNT);
	}
}

TEST(erased_memory_is_no_image)
{
	memset(writer.octets, 0xff, sizeof writer.octets);
	CHECK_EQ(image_open_it(seal_span(writer.octets, sizeof writer.octets)), SEAL_IMAGE_MAGIC);
	memset(writer.octets, 0, sizeof writer.octets);
	CHECK_EQ(image_open_it(seal_span(writer.octets, sizeof writer.octets)), SEAL_IMAGE_MAGIC);
}

static const uint32_t hostile[] = {
	0, 1, 7, 8, 15, 16, 87, 88, 96, 119, 120, 121, 127, 128, 136, 144, 152, 160, 168, 169, 176, 4096,
	0x7fffffffu, 0x80000000u, 0xfffffff0u, 0xfffffff8u, 0xffffffffu
};

/* Every number of the image takes every hostile value, with a right digest. Only data may be
 * longer or shorter by its padding: then zeros are part of it. */
TEST(hostile_numbers_are_refused)
{
	static const size_t places[] = { 8, 12, 80, 84, 88, 92, 96, 100, 104, 108, 112, 116 };

	for (size_t p = 0; p < sizeof places / sizeof places[0]; p++) {
		for (size_t v = 0; v < sizeof hostile / sizeof hostile[0]; v++) {
			const bool is_data_length = places[p] == 100 || places[p] == 116;
			enum seal_image_fault fault;
			uint32_t before;

			(void)small_image();
			before = get_u32(places[p]);
			fault = with_u32(places[p], hostile[v]);
			if (hostile[v] != before && !(is_data_length && hostile[v] > 10 && hostile[v] <= 16))
				CHECK(fault != SEAL_IMAGE_FINE);
		}
	}
}

TEST(a_wrong_version_is_named)
{
	CHECK_EQ(with_u32(8, 0), SEAL_IMAGE_VERSION_UNKNOWN);
	CHECK_EQ(with_u32(8, 2), SEAL_IMAGE_VERSION_UNKNOWN);
	CHECK_EQ(with_u32(8, 0x01000000u), SEAL_IMAGE_VERSION_UNKNOWN); /* big-endian */
}

TEST(a_wrong_length_is_named)
{
	CHECK_EQ(with_u32(12, 0), SEAL_IMAGE_LENGTH);
	CHECK_EQ(with_u32(12, 80), SEAL_IMAGE_LENGTH);
	CHECK_EQ(with_u32(12, 164), SEAL_IMAGE_LENGTH);
	CHECK_EQ(with_u32(12, 176), SEAL_IMAGE_LENGTH);
	CHECK_EQ(with_u32(12, 0xfffffff8u), SEAL_IMAGE_LENGTH);
	CHECK_EQ(with_u32(12, 0xffffffffu), SEAL_IMAGE_LENGTH);
	CHECK_EQ(with_u32(12, 160), SEAL_IMAGE_DIGEST);
}

TEST(a_seed_of_one_octet_is_named)
{
	static const uint8_t values[] = { 0, 0x55, 0xff };

	for (size_t i = 0; i < sizeof values; i++) {
		const struct seal_span memory = small_image();

		memset(writer.octets + 48, values[i], 32);
		seal();
		CHECK_EQ(image_open_it(memory), SEAL_IMAGE_SEED);
		writer.octets[79] ^= 1u;
		seal();
		CHECK_EQ(image_open_it(memory), SEAL_IMAGE_FINE);
		writer.octets[79] ^= 1u;
		writer.octets[48] ^= 1u;
		seal();
		CHECK_EQ(image_open_it(memory), SEAL_IMAGE_FINE);
	}
}

TEST(reserved_octets_are_zero)
{
	CHECK_EQ(with_u32(84, 1), SEAL_IMAGE_RESERVED);
	CHECK_EQ(with_u32(84, 0x80000000u), SEAL_IMAGE_RESERVED);
}

TEST(a_wrong_number_of_entries_is_named)
{
	CHECK_EQ(with_u32(80, 0), SEAL_IMAGE_COUNT);
	CHECK_EQ(with_u32(80, 6), SEAL_IMAGE_COUNT); /* the image has room for five */
	CHECK_EQ(with_u32(80, SEAL_IMAGE_ENTRIES_MAX + 1u), SEAL_IMAGE_COUNT);
	CHECK_EQ(with_u32(80, 0x10000000u), SEAL_IMAGE_COUNT); /* times 16 is 0 */
	CHECK_EQ(with_u32(80, 0xffffffffu), SEAL_IMAGE_COUNT);
	CHECK_EQ(with_u32(80, 1), SEAL_IMAGE_NAME_OFFSET);     /* the table would end earlier */
	CHECK_EQ(with_u32(80, 3), SEAL_IMAGE_NAME_OFFSET);
	CHECK_EQ(with_u32(80, 5), SEAL_IMAGE_NAME_OFFSET);
}

TEST(entries_overlap_nothing_and_leave_no_gap)
{
	CHECK_EQ(with_u32(88, 48), SEAL_IMAGE_NAME_OFFSET);   /* the seed  */
	CHECK_EQ(with_u32(88, 104), SEAL_IMAGE_NAME_OFFSET);  /* the table */
	CHECK_EQ(with_u32(88, 128), SEAL_IMAGE_NAME_OFFSET);  /* a gap     */
	CHECK_EQ(with_u32(88, 121), SEAL_IMAGE_NAME_OFFSET);  /* alignment */
	CHECK_EQ(with_u32(88, 168), SEAL_IMAGE_NAME_OFFSET);
	CHECK_EQ(with_u32(88, 0xffffffffu), SEAL_IMAGE_NAME_OFFSET);
	CHECK_EQ(with_u32(96, 120), SEAL_IMAGE_DATA_OFFSET);  /* its name  */
	CHECK_EQ(with_u32(96, 126), SEAL_IMAGE_DATA_OFFSET);  /* alignment */
	CHECK_EQ(with_u32(96, 152), SEAL_IMAGE_DATA_OFFSET);
	CHECK_EQ(with_u32(96, 0xfffffff8u), SEAL_IMAGE_DATA_OFFSET);
	CHECK_EQ(with_u32(104, 128), SEAL_IMAGE_NAME_OFFSET); /* the first's data */
	CHECK_EQ(with_u32(112, 128), SEAL_IMAGE_DATA_OFFSET);
	CHECK_EQ(with_u32(112, 48), SEAL_IMAGE_DATA_OFFSET);
	CHECK_EQ(with_u32(100, 17), SEAL_IMAGE_PADDING);      /* into the second's name */
	CHECK_EQ(with_u32(100, 24), SEAL_IMAGE_NAME_OFFSET);
	CHECK_EQ(with_u32(100, 40), SEAL_IMAGE_NAME_OFFSET);  /* all the rest */
}

TEST(wrong_lengths_of_names_and_data_are_named)
{
	CHECK_EQ(with_u32(92, 0), SEAL_IMAGE_NAME_LENGTH);
	CHECK_EQ(with_u32(92, 49), SEAL_IMAGE_NAME_LENGTH);   /* one past the end */
	CHECK_EQ(with_u32(92, 256), SEAL_IMAGE_NAME_LENGTH);
	CHECK_EQ(with_u32(92, 0xffffffffu), SEAL_IMAGE_NAME_LENGTH);
	CHECK_EQ(with_u32(92, 0xfffffff8u), SEAL_IMAGE_NAME_LENGTH);
	CHECK_EQ(with_u32(92, 0xffffff88u), SEAL_IMAGE_NAME_LENGTH); /* 120 more is 0 */
	CHECK_EQ(with_u32(100, 0), SEAL_IMAGE_DATA_LENGTH);
	CHECK_EQ(with_u32(100, 41), SEAL_IMAGE_DATA_LENGTH);
	CHECK_EQ(with_u32(100, 0xffffffffu), SEAL_IMAGE_DATA_LENGTH);
	CHECK_EQ(with_u32(100, 0xffffff80u), SEAL_IMAGE_DATA_LENGTH);
	CHECK_EQ(with_u32(116, 17), SEAL_IMAGE_DATA_LENGTH);
	CHECK_EQ(with_u32(116, 0xfffffff8u), SEAL_IMAGE_DATA_LENGTH);
	CHECK_EQ(with_u32(116, 11), SEAL_IMAGE_FINE);         /* a zero of the padding is data now */
}

TEST(a_name_over_the_bound_is_named)
{
	uint8_t text[SEAL_IMAGE_NAME_MAX + 1u];

	memset(text, 'k', sizeof text);
	image_begin(1);
	image_add(seal_span(text, sizeof text), SEAL_SPAN("x"));
	CHECK_EQ(image_open_it(image_finish()), SEAL_IMAGE_NAME_LENGTH);
}

TEST(a_control_character_in_a_name_is_named)
{
	static const uint8_t bad[] = { 0, '\n', 31, 127 };

	for (size_t i = 0; i < sizeof bad; i++) {
		for (size_t at = 144; at < 150; at++) {
			const struct seal_span memory = small_image();

			writer.octets[at] = bad[i];
			seal();
			CHECK_EQ(image_open_it(memory), SEAL_IMAGE_NAME_TEXT);
		}
	}
}

TEST(a_name_that_is_twice_is_named_with_its_entry)
{
	struct seal_image image;

	image_begin(4);
	image_add(SEAL_SPAN("config"), SEAL_SPAN("x"));
	image_add(SEAL_SPAN("a"), SEAL_SPAN("1"));
	image_add(SEAL_SPAN("b"), SEAL_SPAN("1"));
	image_add(SEAL_SPAN("a"), SEAL_SPAN("2"));
	CHECK_EQ(seal_image_open(&image, image_finish()), SEAL_IMAGE_NAME_TWICE);
	CHECK_EQ(image.bad_entry, 3);
	image_begin(2);
	image_add(SEAL_SPAN("config"), SEAL_SPAN("x"));
	image_add(SEAL_SPAN("config"), SEAL_SPAN("x"));
	CHECK_EQ(seal_image_open(&image, image_finish()), SEAL_IMAGE_NAME_TWICE);
	CHECK_EQ(image.bad_entry, 1);
}

TEST(padding_is_zero)
{
	static const size_t places[] = { 126, 127, 138, 143, 150, 151, 162, 167 };

	for (size_t i = 0; i < sizeof places / sizeof places[0]; i++) {
		struct seal_image image;
		const struct seal_span memory = small_image();

		writer.octets[places[i]] = 1;
		seal();
		CHECK_EQ(seal_image_open(&image, memory), SEAL_IMAGE_PADDING);
		CHECK_EQ(image.bad_entry, places[i] < 144 ? 0 : 1);
	}
}

TEST(nothing_follows_the_last_entry)
{
	(void)small_image();
	writer.len += 8;
	CHECK_EQ(image_open_it(image_finish()), SEAL_IMAGE_REST);
}

TEST(a_configuration_exists)
{
	image_begin(1);
	image_add(SEAL_SPAN("Config"), SEAL_SPAN("x"));
	CHECK_EQ(image_open_it(image_finish()), SEAL_IMAGE_NO_CONFIG);
	image_begin(1);
	image_add(SEAL_SPAN("config"), seal_span(NULL, 0));
	CHECK_EQ(image_open_it(image_finish()), SEAL_IMAGE_DATA_LENGTH);
}

/* The maximum number of entries, and one more; each name has two letters. */
TEST(the_number_of_entries_has_a_bound)
{
	image_begin(SEAL_IMAGE_ENTRIES_MAX);
	for (size_t i = 0; i < SEAL_IMAGE_ENTRIES_MAX; i++) {
		const uint8_t name[2] = { (uint8_t)('a' + i / 16u), (uint8_t)('a' + i % 16u) };

		if (i == 1)
			image_add(SEAL_SPAN("config"), SEAL_SPAN("x"));
		else
			image_add(seal_span(name, sizeof name), SEAL_SPAN("x"));
	}
	CHECK(writer.len <= sizeof writer.octets);
	CHECK_EQ(image_open_it(image_finish()), SEAL_IMAGE_FINE);
	image_begin(SEAL_IMAGE_ENTRIES_MAX + 1u);
	writer.num_entries = SEAL_IMAGE_ENTRIES_MAX + 1u;
	CHECK_EQ(image_open_it(image_finish()), SEAL_IMAGE_COUNT);
}

TEST(every_fault_has_its_own_text)
{
	for (unsigned a = SEAL_IMAGE_FINE; a <= SEAL_IMAGE_NO_CONFIG; a++) {
		const struct seal_span text = seal_span_text(seal_image_fault_text((enum seal_image_fault)a));

		CHECK(text.len > 0);
		for (unsigned b = SEAL_IMAGE_FINE; b < a; b++)
			CHECK(!seal_span_equal(text, seal_span_text(seal_image_fault_text((enum seal_image_fault)b))));
	}
}

const struct test_case test_image_cases[] = {
	CASE(an_image_gives_back_what_was_packed),
	CASE(names_are_found_as_they_are_written),
	CASE(names_and_data_of_every_length_come_back),
	CASE(memory_after_the_image_is_not_read),
	CASE(memory_needs_no_alignment),
	CASE(every_changed_bit_is_refused),
	CASE(every_octet_of_every_other_value_is_refused),
	CASE(every_truncation_is_refused),
	CASE(every_truncation_that_is_digested_is_refused),
	CASE(erased_memory_is_no_image),
	CASE(hostile_numbers_are_refused),
	CASE(a_wrong_version_is_named),
	CASE(a_wrong_length_is_named),
	CASE(a_seed_of_one_octet_is_named),
	CASE(reserved_octets_are_zero),
	CASE(a_wrong_number_of_entries_is_named),
	CASE(entries_overlap_nothing_and_leave_no_gap),
	CASE(wrong_lengths_of_names_and_data_are_named),
	CASE(a_name_over_the_bound_is_named),
	CASE(a_control_character_in_a_name_is_named),
	CASE(a_name_that_is_twice_is_named_with_its_entry),
	CASE(padding_is_zero),
	CASE(nothing_follows_the_last_entry),
	CASE(a_configuration_exists),
	CASE(the_number_of_entries_has_a_bound),
	CASE(every_fault_has_its_own_text),
	CASE_END
};
