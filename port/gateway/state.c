/* SPDX-License-Identifier: Apache-2.0 */
#include "port/gateway/state.h"

#include <string.h>

#include "engine/base/crc32.h"

/* A copy: all of a block, numbers least significant octet first, the rest zero. */
#define AT_MAGIC    0u
#define AT_SEQUENCE 8u
#define AT_BOOTS    12u
#define AT_LEN      16u
#define AT_VALUES   20u
#define AT_CRC      508u

static const uint8_t MAGIC[8] = { 's', 'e', 'a', 'l', 's', 't', '0', '1' };

_Static_assert(AT_VALUES + SEAL_STATE_VALUES <= AT_CRC && SEAL_STATE_VALUES <= UINT8_MAX, "fits a copy");

enum step {
	STEP_READ_A,
	STEP_READ_B,
	STEP_READY,         /* open; or a save that begins with its write */
	STEP_SYNC,
	STEP_VERIFY
};

static uint32_t
get_u32(const uint8_t *from)
{
	return (uint32_t)from[0] | (uint32_t)from[1] << 8 | (uint32_t)from[2] << 16 | (uint32_t)from[3] << 24;
}

static void
put_u32(uint8_t *to, uint32_t value)
{
	for (unsigned i = 0; i < 4u; i++)
		to[i] = (uint8_t)(value >> (8u * i));
}

/* --- values ------------------------------------------------------------------------------ */

/* Where the key's entry begins; num_values: not found. */
static size_t
find(const struct seal_state *s, uint8_t key)
{
	size_t at = 0;

	while (at < s->num_values && s->values[at] != key)
		at += 2u + s->values[at + 1u];
	return at;
}

/* True: whole entries up to the end. */
static bool
values_are_good(const uint8_t *values, size_t len)
{
	size_t at = 0;

	while (at + 2u <= len)
		at += 2u + values[at + 1u];
	return at == len;
}

struct seal_span
seal_state_get(const struct seal_state *s, uint8_t key)
{
	const size_t at = find(s, key);

	return at == s->num_values ? seal_span(NULL, 0) : seal_span(s->values + at + 2u, s->values[at + 1u]);
}

enum seal_status
seal_state_set(struct seal_state *s, uint8_t key, const uint8_t *data, size_t len)
{
	const size_t at = find(s, key);
	const size_t old = at == s->num_values ? 0 : 2u + s->values[at + 1u];
	const size_t left = s->num_values - old;

	if (len > 0 && (len > SEAL_STATE_VALUES || left + 2u + len > SEAL_STATE_VALUES))
		return SEAL_E_LIMIT;
	memmove(s->values + at, s->values + at + old, left - at);
	s->num_values = (uint8_t)left;
	if (len == 0)
		return SEAL_OK;
	s->values[left] = key;
	s->values[left + 1u] = (uint8_t)len;
	memcpy(s->values + left + 2u, data, len);
	s->num_values = (uint8_t)(left + 2u + len);
	return SEAL_OK;
}

/* --- copies ------------------------------------------------------------------------------ */

static void
state_compose(const struct seal_state *s, uint8_t *work)
{
	memset(work, 0, SEAL_BLOCK_SIZE);
	memcpy(work + AT_MAGIC, MAGIC, sizeof MAGIC);
	put_u32(work + AT_SEQUENCE, s->sequence + 1u);
	put_u32(work + AT_BOOTS, s->boots);
	work[AT_LEN] = s->num_values;
	memcpy(work + AT_VALUES, s->values, s->num_values);
	put_u32(work + AT_CRC, seal_crc32(0, work, AT_CRC));
}

static bool
state_is_ours(const uint8_t *work)
{
	return memcmp(work + AT_MAGIC, MAGIC, sizeof MAGIC) == 0;
}

static bool
state_is_whole(const uint8_t *work)
{
	return state_is_ours(work) && get_u32(work + AT_CRC) == seal_crc32(0, work, AT_CRC) &&
	       work[AT_LEN] <= SEAL_STATE_VALUES && values_are_good(work + AT_VALUES, work[AT_LEN]) &&
	       get_u32(work + AT_SEQUENCE) > 0;
}

static void
state_judge(struct seal_state *s, uint8_t copy, const uint8_t *work)
{
	if (state_is_ours(work))
		s->num_ours++;
	if (!state_is_whole(work))
		return;
	s->num_whole++;
	if (get_u32(work + AT_SEQUENCE) <= s->sequence)
		return;
	s->newest = copy;
	s->sequence = get_u32(work + AT_SEQUENCE);
	s->boots = get_u32(work + AT_BOOTS);
	s->num_values = work[AT_LEN];
	memcpy(s->values, work + AT_VALUES, s->num_values);
}

void
seal_state_init(struct seal_state *s, struct seal_block *dev, uint32_t block_a, uint32_t block_b)
{
	*s = (struct seal_state){
		.dev = dev, .blocks = { block_a, block_b }, .newest = 1, .step = STEP_READ_A,
	};
}

/* A copy that cannot be read counts as a damaged one, because a write that was cut off may leave a
 * card with a block that fails its own check. If neither can be read, the medium is at fault. */
enum seal_status
seal_state_open(struct seal_state *s, uint8_t work[SEAL_BLOCK_SIZE])
{
	for (; s->step < STEP_READY; s->step++) {
		const uint8_t copy = s->step == STEP_READ_A ? 0 : 1;
		const enum seal_status status = s->dev->ops->read(s->dev, s->blocks[copy], work);

		if (status == SEAL_PENDING)
			return status;
		if (status == SEAL_OK)
			state_judge(s, copy, work);
		else
			s->num_unreadable++;
	}
	if (s->num_unreadable == 2u) {
		seal_state_init(s, s->dev, s->blocks[0], s->blocks[1]);
		return SEAL_E_SPOOL;
	}
	s->num_ours = (uint8_t)(s->num_ours + s->num_unreadable);
	if (s->num_whole > 0)
		s->found = s->num_whole == 2u ? SEAL_STATE_LOADED : SEAL_STATE_ONE_COPY;
	else
		s->found = s->num_ours == 2u ? SEAL_STATE_DAMAGED : SEAL_STATE_NEW;
	return SEAL_OK;
}

/* Write over the older copy; it becomes the newest once it was read back. */
static enum seal_status
save_step(struct seal_state *s, uint8_t *work)
{
	const uint8_t copy = (uint8_t)(1u - s->newest);
	const uint32_t block = s->blocks[copy];
	enum seal_status status = SEAL_E_CALLER;

	switch ((enum step)s->step) {
	case STEP_READ_A:
	case STEP_READ_B:
		break;
	case STEP_READY:
		state_compose(s, work);
		status = s->dev->ops->write(s->dev, block, work);
		break;
	case STEP_SYNC:
		status = s->dev->ops->sync(s->dev);
		break;
	case STEP_VERIFY:
		status = s->dev->ops->read(s->dev, block, work);
		if (status == SEAL_OK && (!state_is_whole(work) || get_u32(work + AT_SEQUENCE) != s->sequence + 1u))
			status = SEAL_E_SPOOL;
		break;
	}
	if (status == SEAL_OK)
		s->step++;
	return status;
}

enum seal_status
seal_state_save(struct seal_state *s, uint8_t work[SEAL_BLOCK_SIZE])
{
	enum seal_status status;

	do
		status = save_step(s, work);
	while (status == SEAL_OK && s->step <= STEP_VERIFY);
	if (status == SEAL_PENDING || status == SEAL_E_CALLER)
		return status;
	s->step = STEP_READY;
	if (status != SEAL_OK)
		return SEAL_E_SPOOL;
	s->newest = (uint8_t)(1u - s->newest);
	s->sequence++;
	return SEAL_OK;
}

enum seal_status
seal_state_boot(struct seal_state *s, uint8_t work[SEAL_BLOCK_SIZE])
{
	enum seal_status status;

	if (s->num_saves == 0) {
		s->boots++;
		s->num_saves = 1;
	}
	status = seal_state_save(s, work);
	if (status == SEAL_OK && s->num_saves == 1u) {
		s->num_saves = 2;
		status = seal_state_save(s, work);
	}
	return status;
}
